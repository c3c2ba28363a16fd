//! When the machine let nobody run: what times out then is no fault of ours.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(20);
/// A quarter of what these uploads wait for an answer.
const LATE: Duration = Duration::from_millis(100);

pub struct Pauses {
    /// The end of the last one.
    last: Arc<Mutex<Option<Instant>>>,
}

impl Pauses {
    /// Watches for as long as this lives.
    pub fn watch() -> Pauses {
        let last = Arc::default();
        let weak: Weak<Mutex<Option<Instant>>> = Arc::downgrade(&last);
        std::thread::spawn(move || {
            loop {
                let before = Instant::now();
                std::thread::sleep(STEP);
                let Some(last) = weak.upgrade() else { return };
                if before.elapsed() > LATE {
                    *last.lock().unwrap() = Some(Instant::now());
                }
            }
        });
        Pauses { last }
    }

    pub fn since(&self, started: Instant) -> bool {
        self.last.lock().unwrap().is_some_and(|last| last > started)
    }
}
