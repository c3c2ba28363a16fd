//! The application that upload callbacks go to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::reply::Reply;
use crate::request::{Request, lookup};
use crate::small_http::{self, Background};

/// What the application answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Empty for none.
    pub content_type: String,
    pub body: Vec<u8>,
    /// How long it thinks about it.
    pub delay: Duration,
}

impl Default for Answer {
    fn default() -> Answer {
        Answer {
            status: 200,
            content_type: "application/json".to_owned(),
            body: b"{\"Status\":\"OK\"}".to_vec(),
            delay: Duration::ZERO,
        }
    }
}

/// One callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub method: String,
    /// With the query, as received.
    pub path: String,
    /// Lower-case names, values as received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        lookup(&self.headers, name)
    }
}

struct State {
    answer: Answer,
    requests: Vec<Received>,
}

/// A running application on the loopback. Dropping it closes every connection at once.
pub struct Receiver {
    state: Arc<Mutex<State>>,
    port: u16,
    _background: Background,
}

impl Receiver {
    /// # Panics
    ///
    /// If no port can be had: no test can go on from there.
    pub fn start(answer: Answer) -> Receiver {
        let background = Background::new("callback-receiver").expect("a thread can be had");
        let bound = small_http::bind(background.handle(), 0);
        let (listener, port) = bound.expect("a port can be had");
        let state = Arc::new(Mutex::new(State {
            answer,
            requests: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        background
            .handle()
            .spawn(small_http::serve(listener, move |request, body| {
                respond(Arc::clone(&shared), request, body)
            }));
        Receiver {
            state,
            port,
            _background: background,
        }
    }

    /// An address of the application; it takes callbacks at any other path, too.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/callback", self.port)
    }

    /// All callbacks, in order of arrival.
    pub fn requests(&self) -> Vec<Received> {
        lock(&self.state).requests.clone()
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: Answer) {
        lock(&self.state).answer = answer;
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn respond(state: Arc<Mutex<State>>, request: Request, body: Vec<u8>) -> Reply {
    let answer = {
        let mut state = lock(&state);
        let mark = if request.query_text.is_empty() {
            ""
        } else {
            "?"
        };
        state.requests.push(Received {
            method: request.method,
            path: format!("{}{mark}{}", request.path, request.query_text),
            headers: request.headers,
            body,
        });
        state.answer.clone()
    };
    sleep(answer.delay).await;
    let mut reply = Reply::empty(answer.status).body(&answer.content_type, answer.body);
    if answer.content_type.is_empty() {
        reply.set_header("content-type", None);
    }
    reply
}
