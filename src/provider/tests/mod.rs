//! Whole fetches. Every secret contains the word CANARY, which no message may show.

mod chain;
mod process;
mod profile;
mod remote;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;

const OIDC_TOKEN: &str = "CANARY.eyJhbGciOiJSUzI1NiJ9.c2lnbmF0dXJl-CANARY";

fn environment<const N: usize>(pairs: [(&str, &str); N]) -> Environment {
    Environment::from_pairs(pairs)
}

/// For tests in which something does not end by itself.
fn quick() -> TimeLimits {
    TimeLimits {
        sts: Duration::from_millis(300),
        metadata: Duration::from_millis(300),
        process: Duration::from_millis(400),
    }
}

fn provider(kinds: &[Kind], settings: Settings) -> Provider {
    let text = format!("{settings:?}");
    assert!(!text.contains("CANARY"), "{text}");
    let provider = Provider::new(kinds.to_vec(), settings, |_| {}).unwrap();
    let text = format!("{provider:?}");
    assert!(!text.contains("CANARY"), "{text}");
    provider
}

async fn ask(provider: &Provider) -> Result<Fetched, FetchError> {
    let client = Network::metadata_client().unwrap();
    let network = Network {
        sts: client.clone(),
        metadata: client,
    };
    let outcome = provider.fetch(&network).await;
    let text = format!("{outcome:?}");
    assert!(!text.contains("CANARY"), "{text}");
    outcome
}

async fn fetch(kinds: &[Kind], settings: Settings) -> Result<Fetched, FetchError> {
    ask(&provider(kinds, settings)).await
}

fn id(fetched: &Fetched) -> &str {
    fetched.credentials.access_key_id()
}

/// Removed when dropped.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Dir {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("oss-resumable-provider-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Dir(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn oidc(dir: &Dir, sts_url: &str) -> Settings {
    Settings {
        role_arn: Some("acs:ram::1:role/worker".into()),
        oidc_provider_arn: Some("acs:ram::1:oidc-provider/cluster".into()),
        oidc_token_file: Some(dir.write("token", &format!("{OIDC_TOKEN}\n"))),
        sts_url: Some(sts_url.into()),
        ..Settings::default()
    }
}

fn metadata(url: &str) -> Settings {
    Settings {
        metadata_url: Some(url.into()),
        ..Settings::default()
    }
}
