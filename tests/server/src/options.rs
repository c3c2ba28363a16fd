//! What a server can be told when it starts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::op::Op;

/// The long-term account every server knows unless told otherwise.
pub const ACCESS_KEY_ID: &str = "test-access-key-id";
pub const ACCESS_KEY_SECRET: &str = "test-access-key-secret";
/// The temporary account every server knows unless told otherwise.
pub const STS_ACCESS_KEY_ID: &str = "test-sts-access-key-id";
pub const STS_ACCESS_KEY_SECRET: &str = "test-sts-access-key-secret";
pub const STS_TOKEN: &str = "test-sts-token";

/// An access key, and the STS token it is only valid with, if it is a temporary one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    pub secret: String,
    #[serde(default)]
    pub token: Option<String>,
    /// Unix seconds, by the server's own clock.
    #[serde(default)]
    pub expires_at: Option<i64>,
}

impl Account {
    pub fn new(id: &str, secret: &str, token: Option<&str>) -> Account {
        Account {
            id: id.to_owned(),
            secret: secret.to_owned(),
            token: token.map(str::to_owned),
            expires_at: None,
        }
    }
}

/// How CRC64 is handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crc {
    /// Computed over what arrives, and sent in every reply that carries one.
    #[default]
    Compute,
    /// Neither computed nor sent.
    Off,
}

/// The settings of one server.
#[derive(Clone, Debug)]
pub struct Options {
    /// 0 lets the system choose.
    pub port: u16,
    /// Where bytes are kept; `None` is a temporary directory that goes with the server.
    pub dir: Option<PathBuf>,
    /// For measuring clients: data is counted and thrown away, and ETags are tokens, not MD5s.
    pub bench: bool,
    pub crc: Crc,
    pub accounts: Vec<Account>,
    /// The region a V4 credential scope has to name.
    pub region: String,
    /// Whether replies carry `x-oss-version-id`.
    pub versioning: bool,
    /// Operations answered with 403 AccessDenied.
    pub deny: BTreeSet<Op>,
    /// Buckets that do not exist; all others do.
    pub missing_buckets: BTreeSet<String>,
    /// Buckets of other regions: their endpoints, to which clients are sent.
    pub bucket_endpoints: BTreeMap<String, String>,
    /// Custom domains: host name to bucket.
    pub cnames: BTreeMap<String, String>,
    /// The least size of a part that is not the last one.
    pub min_part_size: u64,
    /// How long an application may take over a callback.
    pub callback_timeout: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            dir: None,
            bench: false,
            crc: Crc::Compute,
            accounts: vec![
                Account::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None),
                Account::new(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN)),
            ],
            region: "cn-hangzhou".to_owned(),
            versioning: false,
            deny: BTreeSet::new(),
            missing_buckets: BTreeSet::new(),
            bucket_endpoints: BTreeMap::new(),
            cnames: BTreeMap::new(),
            min_part_size: 100 * 1024,
            // As long as real OSS waits.
            callback_timeout: Duration::from_secs(5),
        }
    }
}

impl Options {
    /// Everything per byte off that a client does not need in order to run at full speed.
    pub fn bench() -> Options {
        Options {
            bench: true,
            ..Options::default()
        }
    }
}
