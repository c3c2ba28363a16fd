//! Uploads with credentials from everywhere, and credentials that end while an upload runs.

#[path = "credentials/c.rs"]
mod c;
#[path = "credentials/chains.rs"]
mod chains;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/ffi.rs"]
mod ffi;
#[path = "credentials/host.rs"]
mod host;
#[path = "credentials/kinds.rs"]
mod kinds;
#[path = "credentials/renewal.rs"]
mod renewal;
#[path = "credentials/sharing.rs"]
mod sharing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::*;
use oss_resumable::client::{Client, Setup};
use oss_resumable::config::Limits;
use oss_resumable::host::AskCredentials;
use oss_resumable::log::{Level, Log, Sink};
use oss_resumable::provider::{Kind, Provider, Settings};
use oss_resumable::renewal::Origin;
use oss_test_server::{Op, Server};

/// A client, and what it logs, which must hold no secret.
pub struct Logged {
    pub client: Arc<Client>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Logged {
    pub fn new(server: &Server, origin: Origin, ask: Option<AskCredentials>) -> Logged {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let on_line = Box::new(move |_: Level, line: &str| {
            kept.lock().unwrap().push(line.to_owned());
        });
        let mut config = config(&server.url());
        // Nothing here is about stalls.
        config.limits = Limits {
            stall_timeout: Duration::from_secs(15),
            ..limits()
        };
        let client = Client::with(Setup {
            config,
            origin,
            log: Log::new(Level::Trace, Sink::Host(on_line)),
            ask_credentials: ask,
        });
        let client = Arc::new(client.unwrap());
        Logged { client, lines }
    }

    pub fn from_provider(server: &Server, kinds: &[Kind], settings: Settings) -> Logged {
        let provider = Provider::new(kinds.to_vec(), settings, |_| {}).unwrap();
        Logged::new(server, Origin::Provider(Box::new(provider)), None)
    }

    #[track_caller]
    pub fn assert_no_secret(&self) {
        let text = self.lines.lock().unwrap().join("\n");
        assert!(text.contains("upload="), "nothing was logged");
        assert_no_secret(&text);
    }
}

/// From the metadata service that the server plays.
pub fn metadata(server: &Server) -> Settings {
    Settings {
        metadata_url: Some(server.metadata_url()),
        ..Settings::default()
    }
}

/// The accounts that signed the requests, in the order of their first one.
pub fn signers(server: &Server) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for entry in server.log() {
        let id = entry.access_key_id.expect("every request is signed");
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    seen
}

/// How often each part was stored.
pub fn parts_stored(server: &Server) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    for entry in server.log() {
        if let (Op::UploadPart, 200, Some(number)) = (entry.op, entry.status, entry.part_number) {
            *counts.entry(number).or_default() += 1;
        }
    }
    counts
}

/// One upload id, each part stored once, and nothing sent again but what was refused with 403.
#[track_caller]
pub fn assert_never_sent_twice(server: &Server, parts: u32) {
    assert_eq!(server.requests(Op::InitiateMultipartUpload), 1);
    assert_eq!(server.requests(Op::CompleteMultipartUpload), 1);
    let stored = parts_stored(server);
    assert_eq!(stored.len(), parts as usize, "parts");
    assert!(stored.values().all(|count| *count == 1), "{stored:?}");
    for entry in server.log() {
        assert!(matches!(entry.status, 200 | 403), "{entry:?}");
    }
}
