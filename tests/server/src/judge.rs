//! What the server makes of the head of a request, without a connection.

use std::collections::BTreeMap;

use crate::options::Account;
use crate::request;
use crate::verify::{self, Policy};

/// A request whose signature is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub bucket: Option<String>,
    pub key: Option<String>,
    /// Decoded, in the order received.
    pub query: Vec<(String, String)>,
}

/// Checks a request that came at `now` (Unix seconds); header names are in lower case, and `host` is
/// among them. Why not, where its signature is wrong.
pub fn judge(
    method: &str,
    target: &str,
    headers: Vec<(String, String)>,
    account: &Account,
    region: &str,
    now: i64,
) -> Result<Judged, String> {
    let cnames = BTreeMap::new();
    let request = request::build(method, target, 1, headers, &cnames)
        .ok_or_else(|| "the framing is not acceptable".to_owned())?;
    let accounts = BTreeMap::from([(account.id.clone(), account.clone())]);
    let policy = Policy {
        accounts: &accounts,
        region,
        now,
    };
    let claim = verify::claim(&request);
    verify::verify(&request, &claim, &policy).map_err(|error| format!("{error:?}"))?;
    Ok(Judged {
        bucket: request.bucket,
        key: request.key,
        query: request.query,
    })
}
