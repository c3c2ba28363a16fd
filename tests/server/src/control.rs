//! The test controls over HTTP, for clients that are not written in Rust.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::OssError;
use crate::fault::Rule;
use crate::issuing::Issuing;
use crate::object::{Object, OpenUpload};
use crate::op::Op;
use crate::options::Account;
use crate::reply::{Payload, Reply};
use crate::request::Request;
use crate::state::Shared;

/// What `POST /-/config` changes; what is absent stays.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Changes {
    /// Replaces the operations that are denied.
    deny: Option<Vec<Op>>,
    /// Adds or replaces accounts.
    accounts: Vec<Account>,
    remove_accounts: Vec<String>,
    missing_buckets: Option<Vec<String>>,
    /// Replaces the buckets of other regions, with their endpoints.
    bucket_endpoints: Option<BTreeMap<String, String>>,
    /// How temporary accounts are issued from now on.
    temporary_credentials: Option<Issuing>,
    /// How far the server's clock is off this machine's, in seconds.
    clock_shift: Option<i64>,
    forget_uploads: Vec<String>,
    /// Makes all open uploads look as if they had been begun so many seconds earlier.
    age_uploads: i64,
    abort_all: bool,
}

/// One rule, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum RuleList {
    Many(Vec<Rule>),
    One(Box<Rule>),
}

/// Reads rules from JSON: a list, or a single one.
pub fn parse_rules(text: &[u8]) -> serde_json::Result<Vec<Rule>> {
    Ok(match serde_json::from_slice(text)? {
        RuleList::Many(rules) => rules,
        RuleList::One(rule) => vec![*rule],
    })
}

#[derive(Serialize)]
struct ListedObject {
    #[serde(flatten)]
    object: Object,
    /// Absent in bench mode, where no bytes are kept.
    sha256: Option<String>,
}

pub fn answer(shared: &Shared, request: &Request, body: &[u8]) -> Reply {
    match route(shared, request, body) {
        Ok(reply) => reply,
        Err((status, message)) => Reply {
            status,
            ..to_json(&json!({ "error": message }))
        },
    }
}

fn to_json<T: Serialize>(value: &T) -> Reply {
    Reply::json(serde_json::to_string(value).unwrap_or_default())
}

fn done() -> Reply {
    to_json(&json!({ "ok": true }))
}

type Failure = (u16, String);

fn bad_request(error: impl ToString) -> Failure {
    (400, error.to_string())
}

fn route(shared: &Shared, request: &Request, body: &[u8]) -> Result<Reply, Failure> {
    let path = request.path.strip_prefix("/-/").unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "health") => Ok(done()),
        ("GET", "log") => Ok(to_json(&shared.state().log.entries())),
        ("DELETE", "log") => {
            shared.state().log.clear();
            Ok(done())
        }
        ("POST", "rules") => {
            let rules = parse_rules(body).map_err(bad_request)?;
            let mut state = shared.state();
            rules.into_iter().for_each(|rule| state.rules.add(rule));
            Ok(done())
        }
        ("DELETE", "rules") => {
            shared.state().rules.clear();
            Ok(done())
        }
        ("GET", "uploads") => {
            let uploads: Vec<OpenUpload> = shared
                .state()
                .store
                .uploads()
                .map(OpenUpload::from)
                .collect();
            Ok(to_json(&uploads))
        }
        ("GET", "issued") => Ok(to_json(&shared.state().issuer.log)),
        ("GET", "objects") => Ok(to_json(&objects(shared, request))),
        (method, "object") => object(shared, request, method, body),
        ("GET", "stats") => Ok(to_json(&stats(shared))),
        ("POST", "config") => {
            let changes: Changes = serde_json::from_slice(body).map_err(bad_request)?;
            configure(shared, changes);
            Ok(done())
        }
        _ => Err((404, "There is no such control.".to_owned())),
    }
}

/// All objects, or those of `?bucket=` and `?key=`.
fn objects(shared: &Shared, request: &Request) -> Vec<ListedObject> {
    let wanted = |name: &str, value: &str| request.param(name).is_none_or(|given| given == value);
    let objects = shared.state().store.objects();
    objects
        .into_iter()
        .filter(|object| wanted("bucket", &object.bucket) && wanted("key", &object.key))
        .map(|object| ListedObject {
            sha256: object.try_sha256().ok(),
            object,
        })
        .collect()
}

/// `?bucket=…&key=…` without any signature: read, plant, delete.
fn object(shared: &Shared, request: &Request, method: &str, body: &[u8]) -> Result<Reply, Failure> {
    let param = |name: &str| {
        request
            .param(name)
            .ok_or_else(|| bad_request(format!("{name} is missing")))
    };
    let name = (param("bucket")?.to_owned(), param("key")?.to_owned());
    match method {
        "GET" => {
            let object = shared.state().store.object(&name);
            let object = object.ok_or_else(|| (404, OssError::no_such_key(&name.1).message))?;
            let mut reply = Reply::empty(200);
            reply.payload = Payload::Stored {
                len: object.size,
                start: 0,
                blob: object.blob,
            };
            Ok(reply)
        }
        "PUT" => {
            let planted = shared.plant(&name.0, &name.1, body);
            planted.map_err(|error| (500, error.to_string()))?;
            Ok(done())
        }
        "DELETE" => {
            shared.state().store.delete(&name);
            Ok(done())
        }
        _ => Err((405, "Only GET, PUT and DELETE.".to_owned())),
    }
}

fn configure(shared: &Shared, changes: Changes) {
    let mut state = shared.state();
    if let Some(deny) = changes.deny {
        state.deny = deny.into_iter().collect();
    }
    for account in changes.accounts {
        state.accounts.insert(account.id.clone(), account);
    }
    for id in changes.remove_accounts {
        state.accounts.remove(&id);
    }
    if let Some(missing) = changes.missing_buckets {
        state.missing_buckets = missing.into_iter().collect();
    }
    if let Some(seconds) = changes.clock_shift {
        state.clock_shift = seconds;
    }
    if let Some(endpoints) = changes.bucket_endpoints {
        state.bucket_endpoints = endpoints;
    }
    if let Some(settings) = changes.temporary_credentials {
        state.issuer.settings = settings;
    }
    state.store.age_uploads(changes.age_uploads);
    for id in changes.forget_uploads {
        state.store.forget(&id);
    }
    if changes.abort_all {
        state.store.forget_all();
    }
}

fn stats(shared: &Shared) -> Value {
    let connections = shared
        .connections
        .load(std::sync::atomic::Ordering::Relaxed);
    let state = shared.state();
    let (received, accepted) = state.log.part_bytes();
    json!({
        "connections": connections,
        "requests": state.log.entries().len(),
        "part_bytes_received": received,
        "part_bytes_accepted": accepted,
        "concurrency": state.concurrency.iter().map(|(op, counts)| {
            (format!("{op:?}"), json!(counts))
        }).collect::<serde_json::Map<_, _>>(),
    })
}
