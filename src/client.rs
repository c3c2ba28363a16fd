//! What uploads share: configuration, credentials, the clock's offset, limits, and a connection pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::budget::Budget;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::error::Result;
use crate::host::{AskCredentials, Host};
use crate::http::Http;
use crate::limiter::{Limiter, Rate};
use crate::lock::AsyncMutex;
use crate::log::Log;
use crate::provider;
use crate::renewal::{Keeper, NoCredentials, Origin, Renewing};
use crate::runtime::{self, PerProcess};

pub struct Client {
    pub config: Config,
    pub credentials: Keeper,
    pub clock: Clock,
    pub host: Host,
    pub log: Arc<Log>,
    rate: Arc<Rate>,
    local: PerProcess<Arc<Local>>,
    owners: AtomicU64,
}

/// What belongs to one process: a child made by `fork()` must not use its parent's connections, and
/// may find its parent's locks held for ever.
pub struct Local {
    pub http: Http,
    pub limiter: Arc<Limiter>,
    /// None without a limit.
    pub budget: Option<Arc<Budget>>,
    renewing: Renewing,
    network: provider::Network,
}

/// What a client is made of.
pub struct Setup {
    pub config: Config,
    pub origin: Origin,
    pub log: Log,
    pub ask_credentials: Option<AskCredentials>,
}

impl Client {
    /// With credentials that only the user replaces, and no log.
    pub fn new(config: Config, credentials: Credentials) -> Result<Client> {
        Client::with(Setup {
            config,
            origin: Origin::Fixed(credentials),
            log: Log::default(),
            ask_credentials: None,
        })
    }

    /// Fails on settings that cannot work, so that no upload begins with them.
    pub fn with(setup: Setup) -> Result<Client> {
        let log = Arc::new(setup.log);
        let client = Client {
            credentials: Keeper::new(setup.origin),
            clock: Clock::default(),
            host: Host::new(Arc::clone(&log), setup.ask_credentials),
            log,
            rate: Arc::default(),
            local: PerProcess::empty(),
            owners: AtomicU64::new(0),
            config: setup.config,
        };
        client.local()?;
        Ok(client)
    }

    pub fn local(&self) -> Result<Arc<Local>> {
        self.local.get_or_make(|| {
            let http = Http::new(&self.config)?;
            let most = self.config.network.max_connections;
            Ok(Arc::new(Local {
                network: provider::Network {
                    sts: http.client().clone(),
                    metadata: provider::Network::metadata_client()?,
                },
                http,
                limiter: Arc::new(Limiter::new(Arc::clone(&self.rate))),
                budget: most.map(Budget::new),
                renewing: Arc::new(AsyncMutex::new(())),
            }))
        })
    }

    /// Bytes per second over all uploads, 0 for no limit; holds at once.
    pub fn set_bandwidth(&self, bytes_per_second: u64) -> Result<()> {
        self.rate.set(bytes_per_second);
        self.local()?.limiter.wake();
        Ok(())
    }

    /// Blocks a thread of the host until a task of the engine ends; callbacks run on it meanwhile.
    pub fn wait_for<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        runtime::spare_standard_descriptors();
        let task = runtime::handle()?.spawn(future);
        runtime::wait_for(task, &|| self.host.attend())
    }

    /// A number that tells one upload from the others of this client.
    pub fn next_owner(&self) -> u64 {
        self.owners.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What to sign the next request with.
    pub async fn sign_with(
        &self,
        local: &Local,
    ) -> std::result::Result<Arc<Credentials>, NoCredentials> {
        let now = i64::try_from(self.clock.now()).unwrap_or(i64::MAX);
        let Local {
            renewing, network, ..
        } = local;
        let keeper = &self.credentials;
        keeper
            .get(now, renewing, network, &self.host, &self.log)
            .await
    }
}

/// The time that requests are signed with: the system's, corrected by what OSS said.
#[derive(Debug, Default)]
pub struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    pub fn now(&self) -> u64 {
        let now = system_seconds() + self.offset_seconds.load(Ordering::Relaxed);
        u64::try_from(now).unwrap_or(0)
    }

    /// From the `ServerTime` of a refusal. The system's clock is never touched.
    pub fn correct(&self, server_seconds: i64) {
        self.offset_seconds
            .store(server_seconds - system_seconds(), Ordering::Relaxed);
    }
}

fn system_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
