//! Holds one request between its body and its effect, so that a test can act in between.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::op::Op;

type Reached = Arc<(Mutex<bool>, Condvar)>;

/// The test's end: the held request goes on when this is released or dropped.
pub struct Gate {
    reached: Reached,
    open: watch::Sender<bool>,
}

impl Gate {
    /// Waits until a request stands at the gate; false if none came in time.
    pub fn wait_reached(&self, timeout: Duration) -> bool {
        let (reached, arrival) = &*self.reached;
        let guard = reached.lock().unwrap_or_else(PoisonError::into_inner);
        let (guard, _) = arrival
            .wait_timeout_while(guard, timeout, |reached| !*reached)
            .unwrap_or_else(PoisonError::into_inner);
        *guard
    }

    /// Lets the request go on. A gate no request has reached yet holds none from now on.
    pub fn release(&self) {
        self.open.send_replace(true);
    }
}

/// The server's end.
pub struct Barrier {
    reached: Reached,
    open: watch::Receiver<bool>,
}

impl Barrier {
    pub async fn pass(mut self) {
        let (reached, arrival) = &*self.reached;
        *reached.lock().unwrap_or_else(PoisonError::into_inner) = true;
        arrival.notify_all();
        // An error means that the gate was dropped, which also opens it.
        let _ = self.open.wait_for(|open| *open).await;
    }
}

/// The gates no request has reached yet.
#[derive(Default)]
pub struct Gates {
    waiting: VecDeque<(Op, Barrier)>,
}

impl Gates {
    pub fn add(&mut self, op: Op) -> Gate {
        let reached = Reached::default();
        let (open, receiver) = watch::channel(false);
        self.waiting.push_back((
            op,
            Barrier {
                reached: Arc::clone(&reached),
                open: receiver,
            },
        ));
        Gate { reached, open }
    }

    pub fn take(&mut self, op: Op) -> Option<Barrier> {
        let index = self.waiting.iter().position(|(wanted, _)| *wanted == op)?;
        self.waiting.remove(index).map(|(_, barrier)| barrier)
    }
}
