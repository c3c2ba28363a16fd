//! The credentials of a client, kept fresh: one renewal at a time, early, and once more when OSS says
//! that they have expired. Uploads go on under the same upload id.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::bug::{self, Bug};
use crate::credentials::Credentials;
use crate::error::{Code, Error, Stage};
use crate::host::{Given, Host};
use crate::lock::atomic::{AtomicU64, Ordering};
use crate::lock::{ArcSwapOption, AsyncMutex};
use crate::log::{Level, Log};
use crate::provider::{Network, Provider};

/// The most by which credentials are renewed before they end; less where they do not live long.
const MAX_MARGIN: i64 = 300;
/// After a renewal that failed while the old ones still hold.
const PAUSE: i64 = 5;

/// Where credentials come from.
pub enum Origin {
    /// Given by the user, and replaced by the user alone.
    Fixed(Credentials),
    Provider(Box<Provider>),
    /// A callback of the host.
    Host,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::Fixed(_) => "Fixed",
            Origin::Provider(_) => "Provider",
            Origin::Host => "Host",
        })
    }
}

enum Source {
    Nothing,
    Provider(Box<Provider>),
    Host,
}

/// Credentials and for how long they are good, in unix seconds.
struct Held {
    credentials: Arc<Credentials>,
    renew_at: i64,
    expires_at: i64,
}

/// Holds no lock but the one of [`Renewing`], which belongs to a process, so a child made by `fork()`
/// can never find it locked.
pub struct Keeper {
    source: Source,
    held: ArcSwapOption<Held>,
    generations: AtomicU64,
    /// The latest set that OSS refused as expired.
    refused: AtomicU64,
    failed: ArcSwapOption<(Instant, NoCredentials)>,
}

/// The right to renew.
pub type Renewing = Arc<AsyncMutex<()>>;

/// Why there are no credentials now.
#[derive(Clone, Debug)]
pub struct NoCredentials {
    pub error: Error,
    pub permanent: bool,
}

impl Keeper {
    pub fn new(origin: Origin) -> Keeper {
        let keeper = Keeper {
            source: Source::Nothing,
            held: ArcSwapOption::empty(),
            generations: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            failed: ArcSwapOption::empty(),
        };
        match origin {
            Origin::Fixed(credentials) => {
                keeper.replace(credentials);
                keeper
            }
            Origin::Provider(provider) => Keeper {
                source: Source::Provider(provider),
                ..keeper
            },
            Origin::Host => Keeper {
                source: Source::Host,
                ..keeper
            },
        }
    }

    /// From the user; holds from the next request on, and for good: nothing is fetched any more
    /// unless these are refused as expired.
    pub fn replace(&self, credentials: Credentials) {
        let forever = Given {
            credentials,
            expires_at: None,
        };
        self.held.store(Some(Arc::new(self.hold(forever, 0))));
    }

    fn hold(&self, given: Given, now: i64) -> Held {
        let generation = self.generations.fetch_add(1, Ordering::AcqRel) + 1;
        let credentials = Arc::new(given.credentials.of_generation(generation));
        let expires_at = given.expires_at.unwrap_or(i64::MAX);
        let life = expires_at.saturating_sub(now);
        let margin = (life / 5).clamp(1, MAX_MARGIN);
        Held {
            credentials,
            renew_at: expires_at.saturating_sub(margin),
            expires_at,
        }
    }

    /// The newest set, whether it is still good or not.
    pub fn held(&self) -> Option<Arc<Credentials>> {
        let held = self.held.load();
        held.as_ref().map(|held| Arc::clone(&held.credentials))
    }

    /// Of the newest set; 0 before there is any.
    pub fn generation(&self) -> u64 {
        let held = self.held.load();
        held.as_ref()
            .map_or(0, |held| held.credentials.generation())
    }

    /// OSS has refused this set as expired. False when nothing newer can be had.
    pub fn refuse(&self, generation: u64) -> bool {
        if matches!(self.source, Source::Nothing) {
            return false;
        }
        // A late refusal of an older set takes nothing back.
        self.refused.fetch_max(generation, Ordering::AcqRel);
        true
    }

    fn is_refused(&self, held: &Held) -> bool {
        held.credentials.generation() == self.refused.load(Ordering::Acquire)
    }

    fn is_usable(&self, held: &Held, now: i64) -> bool {
        held.expires_at > now && !self.is_refused(held)
    }

    /// What to sign the next request with. `now` in unix seconds, by OSS's clock.
    pub async fn get(
        &self,
        now: i64,
        renewing: &Renewing,
        network: &Network,
        host: &Host,
        log: &Arc<Log>,
    ) -> Result<Arc<Credentials>, NoCredentials> {
        let nobodys;
        let renewing = match bug::seeded(Bug::TwoRenewals) {
            true => {
                nobodys = Renewing::default();
                &nobodys
            }
            false => renewing,
        };
        let (held, asked) = (self.held.load_full(), Instant::now());
        let generation_of = |held: &Arc<Held>| held.credentials.generation();
        let before = held.as_ref().map_or(0, generation_of);
        let usable = held.filter(|held| self.is_usable(held, now));
        let _renewing = match &usable {
            Some(held) if now < held.renew_at => return Ok(Arc::clone(&held.credentials)),
            Some(held) => match renewing.try_lock() {
                Ok(renewing) => renewing,
                // Somebody is at it already, and these are still good.
                Err(_) => return Ok(Arc::clone(&held.credentials)),
            },
            None => renewing.lock().await,
        };
        if let Some(held) = self.held.load_full() {
            // Renewed, or tried in vain and put off, since this one looked.
            let is_newer = held.credentials.generation() != before;
            if is_newer || (self.is_usable(&held, now) && now < held.renew_at) {
                return Ok(Arc::clone(&held.credentials));
            }
        }
        if usable.is_none()
            && let Some((when, failure)) = self.failed.load().as_deref()
            && *when > asked
        {
            return Err(failure.clone());
        }
        let fetched = match &self.source {
            Source::Nothing => Err((true, "there are none".to_owned())),
            Source::Provider(provider) => match provider.fetch(network).await {
                Ok(fetched) => Ok(Given {
                    credentials: fetched.credentials,
                    expires_at: fetched.expires_at,
                }),
                Err(error) => Err((error.permanent, error.message)),
            },
            Source::Host => host.credentials().await.map_err(|message| (false, message)),
        };
        self.take(fetched, before, now, log)
    }

    /// What the user has given since `before` was held; it is not overwritten by what was being fetched.
    fn given_meanwhile(held: Option<&Held>, before: u64) -> Option<Arc<Credentials>> {
        held.filter(|held| held.credentials.generation() != before)
            .map(|held| Arc::clone(&held.credentials))
    }

    /// `before`: the set that was held when the fetching began.
    fn take(
        &self,
        fetched: Result<Given, (bool, String)>,
        before: u64,
        now: i64,
        log: &Arc<Log>,
    ) -> Result<Arc<Credentials>, NoCredentials> {
        let held = self.held.load_full();
        if let Some(given) = Self::given_meanwhile(held.as_deref(), before) {
            return Ok(given);
        }
        let keep = |new: Held| {
            let credentials = Arc::clone(&new.credentials);
            let now_held = self.held.compare_and_swap(&held, Some(Arc::new(new)));
            Self::given_meanwhile(now_held.as_deref(), before).unwrap_or(credentials)
        };
        let fetched = match fetched {
            Ok(given)
                if held.as_ref().is_some_and(|held| {
                    self.is_refused(held) && held.credentials.is_same(&given.credentials)
                }) =>
            {
                Err((false, "OSS refuses what is still being given".to_owned()))
            }
            other => other,
        };
        match fetched {
            // Even if it has ended: as likely our clock is wrong, which OSS then says.
            Ok(given) => {
                let life = given.expires_at.map(|ends| ends.saturating_sub(now));
                let credentials = keep(self.hold(given, now));
                log.line(Level::Info, || {
                    let life = life.map_or("without an end".into(), |s| format!("for {s} s"));
                    format!("credentials of {} {life}", credentials.access_key_id())
                });
                Ok(credentials)
            }
            Err((permanent, message)) => {
                log.line(Level::Warn, || format!("no new credentials: {message}"));
                if let Some(held) = &held
                    && self.is_usable(held, now)
                {
                    return Ok(keep(Held {
                        credentials: Arc::clone(&held.credentials),
                        renew_at: now + PAUSE,
                        expires_at: held.expires_at,
                    }));
                }
                let text = format!("no credentials: {message}");
                let error = Error::new(Code::Credentials, text).at(Stage::Prepare);
                let failure = NoCredentials {
                    error: error.retryable(!permanent),
                    permanent,
                };
                self.failed
                    .store(Some(Arc::new((Instant::now(), failure.clone()))));
                Err(failure)
            }
        }
    }
}

/// Whether a refusal means that a newer set may be taken.
pub fn is_expiry(oss_code: &str) -> bool {
    matches!(
        oss_code,
        "SecurityTokenExpired" | "InvalidSecurityToken" | "InvalidAccessKeyId"
    )
}
