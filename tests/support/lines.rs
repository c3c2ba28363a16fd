//! A client whose log is kept by the test.
#![allow(dead_code)]

use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use oss_resumable::client::{Client, Setup};
use oss_resumable::config::Config;
use oss_resumable::credentials::Credentials;
use oss_resumable::host::AskCredentials;
use oss_resumable::log::{Level, Log, Sink};
use oss_resumable::renewal::Origin;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};

use super::engine::limits;

#[derive(Clone, Debug)]
pub struct Line {
    pub level: Level,
    pub text: String,
    pub thread: ThreadId,
}

impl Line {
    /// The value of a `name=value` in it.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut words = self.text.split(' ');
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What the log callback was told.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<Line>>>);

impl Lines {
    pub fn all(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }

    pub fn of(&self, level: Level) -> Vec<Line> {
        let mut lines = self.all();
        lines.retain(|line| line.level == level);
        lines
    }

    /// A callback that takes so long for a line.
    pub fn sink(&self, pause: Duration) -> Sink {
        let lines = self.clone();
        Sink::Host(Box::new(move |level, text| {
            lines.0.lock().unwrap().push(Line {
                level,
                text: text.to_owned(),
                thread: std::thread::current().id(),
            });
            std::thread::sleep(pause);
        }))
    }
}

pub fn account() -> Origin {
    Origin::Fixed(Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap())
}

pub fn logging_client(
    mut config: Config,
    origin: Origin,
    ask_credentials: Option<AskCredentials>,
    log: Log,
) -> Arc<Client> {
    config.limits = limits();
    let client = Client::with(Setup {
        config,
        origin,
        log,
        ask_credentials,
    });
    Arc::new(client.unwrap())
}
