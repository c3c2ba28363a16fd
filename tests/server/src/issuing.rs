//! Temporary accounts, issued by the metadata service and by STS into the server's own table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::clock;
use crate::options::Account;
use crate::state::Shared;

/// The OIDC token `AssumeRoleWithOIDC` accepts unless told otherwise.
pub const OIDC_TOKEN: &str = "oidc.CANARY-token.of-the-test-server";
/// The role the metadata service has unless told otherwise.
pub const ROLE: &str = "test-role";

/// Which versions of its protocol the metadata service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetadataMode {
    /// A token is not needed, but one that is sent has to be right.
    #[default]
    Both,
    /// Without a token there is nothing to be had.
    V2Only,
    /// Tokens are unknown; asking for one is answered with this status.
    V1Only(u16),
}

/// How temporary accounts are issued, by the metadata service and by STS alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Issuing {
    /// Whatever duration a client asks STS for, so that tests need not wait for 15 minutes.
    pub lifetime_seconds: i64,
    /// So many requests for credentials are answered with 500 from now on.
    pub fail_next: u32,
    /// How long each request for credentials takes.
    pub delay_ms: u64,
    pub metadata: MetadataMode,
    /// The roles of the machine; without any the metadata service answers 404.
    pub roles: Vec<String>,
    /// What `AssumeRoleWithOIDC` accepts.
    pub oidc_token: String,
}

impl Default for Issuing {
    fn default() -> Issuing {
        Issuing {
            lifetime_seconds: 3600,
            fail_next: 0,
            delay_ms: 0,
            metadata: MetadataMode::Both,
            roles: vec![ROLE.to_owned()],
            oidc_token: OIDC_TOKEN.to_owned(),
        }
    }
}

/// Who was asked for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Via {
    Metadata,
    AssumeRole,
    #[serde(rename = "AssumeRoleWithOIDC")]
    AssumeRoleWithOidc,
}

/// One request for credentials, granted or not.
#[derive(Clone, Debug, Serialize)]
pub struct Issued {
    pub via: Via,
    pub method: String,
    /// When the request had arrived, in milliseconds since the server started.
    pub time_ms: u64,
    /// When its reply was made; `None` as long as, or if ever, it was not.
    pub ended_ms: Option<u64>,
    /// 0 as long as there is no reply.
    pub status: u16,
    /// The code of the error that was answered.
    pub code: Option<String>,
    /// The account that was issued.
    pub access_key_id: Option<String>,
    /// Unix seconds, by the server's clock.
    pub expires_at: Option<i64>,
    /// What the request asked with: the role's name, or all parameters of the STS call.
    pub parameters: Vec<(String, String)>,
}

impl Issued {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        crate::request::lookup(&self.parameters, name)
    }
}

/// One request the metadata service got, those for tokens and role names included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MetadataRequest {
    pub method: String,
    pub path: String,
    pub status: u16,
    /// Whether a metadata token came with it.
    pub token: bool,
}

/// What the state keeps of all this.
#[derive(Default)]
pub struct Issuer {
    pub settings: Issuing,
    pub log: Vec<Issued>,
    pub metadata_log: Vec<MetadataRequest>,
    pub max_concurrent: usize,
    /// Metadata tokens, and when they end.
    pub metadata_tokens: BTreeMap<String, i64>,
    /// The nonces of signed STS calls, none of which may come twice.
    pub nonces: BTreeSet<String>,
    concurrent: usize,
    made: u64,
}

impl Issuer {
    /// A number that makes the names of this server's secrets differ.
    pub fn next(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

/// What a request for credentials gets if all is well.
pub struct Grant {
    pub account: Account,
    pub expiration: String,
    pub updated: String,
}

/// One request for credentials being served: its log entry and its place in the count.
pub struct Issue {
    shared: Arc<Shared>,
    index: usize,
}

impl Issue {
    pub fn begin(
        shared: &Arc<Shared>,
        via: Via,
        method: &str,
        parameters: Vec<(String, String)>,
    ) -> Issue {
        let time_ms = shared.elapsed_ms();
        let issuer = &mut shared.state().issuer;
        issuer.concurrent += 1;
        issuer.max_concurrent = issuer.max_concurrent.max(issuer.concurrent);
        issuer.log.push(Issued {
            via,
            method: method.to_owned(),
            time_ms,
            ended_ms: None,
            status: 0,
            code: None,
            access_key_id: None,
            expires_at: None,
            parameters,
        });
        Issue {
            shared: Arc::clone(shared),
            index: issuer.log.len() - 1,
        }
    }

    /// Takes the time it has to; false if this request is one of those that fail.
    pub async fn admit(&self) -> bool {
        let (delay, fails) = {
            let settings = &mut self.shared.state().issuer.settings;
            let fails = settings.fail_next > 0;
            settings.fail_next = settings.fail_next.saturating_sub(1);
            (settings.delay_ms, fails)
        };
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        !fails
    }

    /// Adds a fresh temporary account. Its secrets carry a word that logs are searched for.
    pub fn grant(&self) -> Grant {
        let mut state = self.shared.state();
        let now = state.now();
        let number = state.issuer.next();
        let expires_at = now + state.issuer.settings.lifetime_seconds;
        let account = Account {
            id: format!("STS.test-{number}"),
            secret: format!("CANARY-secret-{number}-{now}"),
            token: Some(format!("STS.CANARY-token-{number}-{now}/+=")),
            expires_at: Some(expires_at),
        };
        state.accounts.insert(account.id.clone(), account.clone());
        if let Some(entry) = state.issuer.log.get_mut(self.index) {
            entry.access_key_id = Some(account.id.clone());
            entry.expires_at = Some(expires_at);
        }
        Grant {
            account,
            expiration: clock::iso_date(expires_at),
            updated: clock::iso_date(now),
        }
    }

    /// Notes the end: the request is no longer in progress once its reply is made.
    pub fn end(self, status: u16, code: Option<&str>) {
        let ended_ms = self.shared.elapsed_ms();
        if let Some(entry) = self.shared.state().issuer.log.get_mut(self.index) {
            entry.ended_ms = Some(ended_ms);
            entry.status = status;
            entry.code = code.map(str::to_owned);
        }
    }
}

impl Drop for Issue {
    fn drop(&mut self) {
        self.shared.state().issuer.concurrent -= 1;
    }
}
