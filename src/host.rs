//! What only the host can do, on a thread of its own that waits for an upload: its callbacks never
//! run on a thread of ours.

use std::fmt;
use std::sync::Arc;

use crate::credentials::Credentials;
use crate::lock::{Mutex, lock, oneshot, try_lock};
use crate::log::Log;
use crate::runtime::PerProcess;

/// Credentials as a callback or a provider gives them.
#[derive(Debug)]
pub struct Given {
    pub credentials: Credentials,
    /// Unix seconds; `None`: they do not end.
    pub expires_at: Option<i64>,
}

/// Gives credentials, or a sentence that says why not.
pub type AskCredentials = Box<dyn Fn() -> Result<Given, String> + Send + Sync>;

pub struct Host {
    log: Arc<Log>,
    ask: Option<AskCredentials>,
    asked: PerProcess<Arc<Asked>>,
}

type Question = oneshot::Sender<Result<Given, String>>;

#[derive(Default)]
struct Asked {
    question: Mutex<Option<Question>>,
    /// One callback at a time, and none inside another.
    calling: Mutex<()>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl Host {
    pub fn new(log: Arc<Log>, ask: Option<AskCredentials>) -> Host {
        Host {
            log,
            ask,
            asked: PerProcess::empty(),
        }
    }

    /// Whether a thread that waits has to look here from time to time.
    pub fn has_callbacks(&self) -> bool {
        self.ask.is_some() || self.log.calls_host()
    }

    /// Returns when what was said so far is written, if that takes no longer than a second.
    pub fn flush(&self) {
        self.log.flush();
    }

    /// Asked by one task at a time. Waits for as long as no thread of the host waits for us.
    pub async fn credentials(&self) -> Result<Given, String> {
        let gone = |_| "the callback did not answer".to_owned();
        let asked = self
            .asked
            .get_or_make(|| Ok(Arc::default()))
            .map_err(|error| error.message)?;
        let (question, answer) = oneshot::channel();
        *lock(&asked.question) = Some(question);
        answer.await.map_err(gone)?
    }

    /// Does what is to be done, on the calling thread.
    pub fn attend(&self) {
        self.log.drain();
        let Some(ask) = &self.ask else {
            return;
        };
        let Ok(asked) = self.asked.get_or_make(|| Ok(Arc::default())) else {
            return;
        };
        let Some(_calling) = try_lock(&asked.calling) else {
            return;
        };
        let question = lock(&asked.question).take();
        if let Some(question) = question
            // The upload that asked may be over.
            && !question.is_closed()
        {
            let _ = question.send(ask());
        }
    }
}
