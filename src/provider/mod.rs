//! Credentials from where a program's surroundings keep them: environment, profile file of the
//! Alibaba Cloud CLI, a command, an OIDC token, the ECS metadata service.
//!
//! Everything here fetches once for each call; keeping and renewing is the caller's business. What
//! goes over the network is done by `reqsign`, which is given our own connections, files and
//! variables, so that time limits, sizes and error texts are ours.

mod environment;
mod file;
mod keys;
mod process;
mod profile;
mod remote;
mod settings;
mod wire;

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::credentials::Credentials;
use crate::error::{Error, Result};

pub use environment::Environment;
pub use process::PrepareCommand;
pub use settings::{Settings, TimeLimits};

use keys::{Keys, Secret};
use profile::{Base, Plan};
use remote::{Metadata, OidcRole};
use settings::Checked;

/// Where credentials can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET`, `OSS_SESSION_TOKEN`; else
    /// `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET`,
    /// `ALIBABA_CLOUD_SECURITY_TOKEN`.
    Environment,
    /// The file that the Alibaba Cloud CLI writes.
    Profile,
    /// The output of a command.
    Process,
    /// A role taken with the OIDC token of a file, as RRSA sets it up (AssumeRoleWithOIDC).
    Oidc,
    /// The role of the ECS instance, from its metadata service.
    EcsRamRole,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Environment => "environment",
            Kind::Profile => "profile",
            Kind::Process => "process",
            Kind::Oidc => "OIDC role",
            Kind::EcsRamRole => "ECS RAM role",
        }
    }
}

/// The connections to fetch over. Neither may follow redirects: a token would go along.
#[derive(Clone)]
pub struct Network {
    /// To STS.
    pub sts: reqwest::Client,
    /// To the metadata service: never through a proxy. See [`Network::metadata_client`].
    pub metadata: reqwest::Client,
}

impl Network {
    /// For the metadata service: plain HTTP, no proxy, no redirects, 2 s to connect.
    pub fn metadata_client() -> Result<reqwest::Client> {
        wire::metadata_client()
    }
}

#[derive(Debug)]
pub struct Fetched {
    pub credentials: Credentials,
    /// Seconds since 1970, UTC; `None`: not said.
    pub expires_at: Option<i64>,
    /// Who answered.
    pub kind: Kind,
}

/// Holds no secret: only sentences of ours, and of a service's answer its status, code, message and
/// request id, without anything secret that had been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError {
    pub message: String,
    /// Asking again does not help before something is changed.
    pub permanent: bool,
}

impl FetchError {
    fn permanent(message: impl Into<String>) -> FetchError {
        FetchError {
            message: message.into(),
            permanent: true,
        }
    }

    fn transient(message: impl Into<String>) -> FetchError {
        FetchError {
            message: message.into(),
            permanent: false,
        }
    }

    fn within(mut self, place: impl fmt::Display) -> FetchError {
        self.message = format!("{place}: {}", self.message);
        self
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FetchError {}

/// Why one kind gave nothing.
struct Failure {
    error: FetchError,
    /// Not set up here: the next kind may be asked.
    absent: bool,
}

impl Failure {
    fn absent(why: impl Into<String>) -> Failure {
        Failure {
            error: FetchError::permanent(why),
            absent: true,
        }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Failure {
        Failure {
            error,
            absent: false,
        }
    }
}

/// Nobody has answered yet.
const UNDECIDED: usize = usize::MAX;

/// Asks the kinds in their order. A kind that is not set up here is passed over. The first that is
/// decides: if it fails, the fetch fails, and never is another identity used silently. For the same
/// reason, once a kind has answered, only that kind is asked again.
pub struct Provider {
    kinds: Vec<Kind>,
    checked: Checked,
    prepare: PrepareCommand,
    /// Index of the kind that has answered.
    decided: AtomicUsize,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("kinds", &self.kinds)
            .field("settings", &self.checked)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// Checks what can be checked without I/O. `prepare` is called on the command of
    /// `Kind::Process`, or of a profile, before it is started.
    pub fn new(kinds: Vec<Kind>, settings: Settings, prepare: PrepareCommand) -> Result<Provider> {
        if kinds.is_empty() {
            return Err(Error::invalid("credentials.provider", "names no source"));
        }
        Ok(Provider {
            checked: Checked::new(&kinds, settings)?,
            kinds,
            prepare,
            decided: AtomicUsize::new(UNDECIDED),
        })
    }

    /// Must be called on the engine's runtime.
    pub async fn fetch(&self, network: &Network) -> Result<Fetched, FetchError> {
        let decided = self.decided.load(Ordering::Acquire);
        let mut missed = Vec::new();
        for (index, &kind) in self.kinds.iter().enumerate() {
            if decided != UNDECIDED && decided != index {
                continue;
            }
            match self.ask(kind, network).await {
                Ok(keys) => {
                    let fetched = keys.into_fetched(kind)?;
                    self.decided.store(index, Ordering::Release);
                    return Ok(fetched);
                }
                Err(failure) if failure.absent => missed.push(failure.error.within(kind.name())),
                Err(failure) => return Err(failure.error.within(kind.name())),
            }
        }
        if decided != UNDECIDED {
            // It was there before: perhaps a file is just being replaced.
            missed.iter_mut().for_each(|error| error.permanent = false);
        }
        Err(nothing_found(missed))
    }

    async fn ask(&self, kind: Kind, network: &Network) -> Result<Keys, Failure> {
        match kind {
            Kind::Environment => match self.checked.environment.keys()? {
                Some(keys) => Ok(keys),
                None => Err(Failure::absent(environment::NOT_SET)),
            },
            Kind::Profile => {
                let plan = self.profile().await?;
                Ok(self.follow(plan, network).await?)
            }
            Kind::Process => match &self.checked.process {
                Some(command) => Ok(self.run(command).await?),
                None => Err(Failure::absent("no command is given")),
            },
            Kind::Oidc => {
                let role = self.oidc()?;
                Ok(remote::oidc(network, role, self.checked.limits.sts).await?)
            }
            Kind::EcsRamRole => self.metadata(self.checked.role_name.clone(), network).await,
        }
    }

    /// What the profile file says is to be done.
    async fn profile(&self) -> Result<Plan, Failure> {
        let checked = &self.checked;
        if !checked.profile_is_explicit() && checked.environment.is_true(profile::DISABLED) {
            return Err(Failure::absent(format!(
                "switched off by {}",
                profile::DISABLED
            )));
        }
        let Some(path) = checked.profile_path() else {
            return Err(Failure::absent("there is no home directory"));
        };
        let text = match file::read(path.clone(), profile::MAX_FILE).await {
            Ok(text) => text,
            Err(error) => {
                let absent =
                    error.kind() == io::ErrorKind::NotFound && !checked.profile_is_explicit();
                return Err(Failure {
                    absent,
                    ..unreadable(&path, &error)
                });
            }
        };
        let name = checked.profile_name.as_deref();
        match profile::plan(&text, name) {
            Ok(Some(plan)) => Ok(plan),
            Ok(None) if checked.profile_is_explicit() => Err(Failure::from(FetchError::permanent(
                format!("the profile in {} holds no keys", path.display()),
            ))),
            Ok(None) => Err(Failure::absent(format!(
                "the profile in {} holds no keys",
                path.display()
            ))),
            Err(error) => Err(error.within(path.display()).into()),
        }
    }

    /// The keys that a profile starts from, then its roles one after the other.
    async fn follow(&self, plan: Plan, network: &Network) -> Result<Keys, FetchError> {
        let sts_limit = self.checked.limits.sts;
        let mut keys = match plan.base {
            Base::Keys(keys) => keys,
            Base::Process(command) => self.run(&command).await?,
            Base::Ecs(role_name) => {
                let role_name = role_name.or_else(|| self.checked.role_name.clone());
                let keys = self.metadata(role_name, network).await;
                keys.map_err(|failure| failure.error.within(Kind::EcsRamRole.name()))?
            }
            Base::Oidc(oidc) => {
                let role = OidcRole {
                    arn: oidc.arn,
                    provider_arn: oidc.provider_arn,
                    token_file: oidc.token_file,
                    session_name: oidc.session_name,
                    sts_url: self.checked.sts_url_of_profile(oidc.sts_region.as_deref()),
                };
                remote::oidc(network, role, sts_limit).await?
            }
        };
        for role in plan.roles {
            let sts_url = self.checked.sts_url_of_profile(role.sts_region.as_deref());
            keys = remote::assume(network, role, sts_url, keys, sts_limit).await?;
        }
        Ok(keys)
    }

    async fn run(&self, command: &Secret) -> Result<Keys, FetchError> {
        process::run(command.clone(), self.prepare, self.checked.limits.process).await
    }

    async fn metadata(
        &self,
        role_name: Option<String>,
        network: &Network,
    ) -> Result<Keys, Failure> {
        let checked = &self.checked;
        if checked.environment.is_true(remote::METADATA_DISABLED) {
            return Err(Failure::absent(format!(
                "switched off by {}",
                remote::METADATA_DISABLED
            )));
        }
        let metadata = Metadata {
            url: checked.metadata_url.clone(),
            role_name,
            token_needed: checked.environment.is_true(remote::V1_DISABLED),
        };
        let outcome = remote::ecs(network, metadata, checked.limits.metadata).await;
        outcome.map_err(|failure| Failure {
            absent: failure.absent && !checked.metadata_is_explicit,
            ..failure
        })
    }

    fn oidc(&self) -> Result<OidcRole, Failure> {
        let checked = &self.checked;
        let complete = checked.oidc.complete().map_err(|missing| {
            let error = FetchError::permanent(format!("{} is not set", missing.variable));
            let absent = !checked.oidc.is_begun();
            Failure { error, absent }
        })?;
        Ok(OidcRole {
            arn: complete.role_arn,
            provider_arn: complete.provider_arn,
            token_file: complete.token_file,
            session_name: checked.oidc.session_name.clone(),
            sts_url: checked.sts_url.clone(),
        })
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    FetchError {
        message: format!("{} cannot be read: {error}", path.display()),
        permanent: matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput
        ),
    }
    .into()
}

fn nothing_found(mut missed: Vec<FetchError>) -> FetchError {
    if missed.len() == 1
        && let Some(only) = missed.pop()
    {
        return only;
    }
    let tried: Vec<String> = missed.into_iter().map(|error| error.message).collect();
    FetchError::permanent(format!("no credentials found: {}", tried.join("; ")))
}
