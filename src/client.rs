//! What uploads share: configuration, credentials, the clock's offset, and a connection pool.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::Config;
use crate::credentials::{CredentialStore, Credentials};
use crate::error::Result;
use crate::http::Http;
use crate::runtime::PerProcess;

pub struct Client {
    pub config: Config,
    pub credentials: CredentialStore,
    pub clock: Clock,
    http: PerProcess<Http>,
}

impl Client {
    /// Fails on settings that cannot work, so that no upload begins with them.
    pub fn new(config: Config, credentials: Credentials) -> Result<Client> {
        let client = Client {
            config,
            credentials: CredentialStore::new(credentials),
            clock: Clock::default(),
            http: PerProcess::empty(),
        };
        client.http()?;
        Ok(client)
    }

    /// The connections of this process: a child made by `fork()` must not use its parent's.
    pub fn http(&self) -> Result<Http> {
        self.http.get_or_make(|| Http::new(&self.config))
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
