//! Work that may block, on threads that come when they are needed and go when they are idle.
//!
//! Not tokio's: those panic where the system has no thread to give.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use super::{PerProcess, THREAD_NAME};
use crate::error::{Error, Result};
use crate::lock::{Condvar, Mutex, lock, oneshot};

/// For name resolution, synchronising of checkpoints, and reads from slow disks.
const MAX_THREADS: usize = 16;
const KEEP_ALIVE: Duration = Duration::from_secs(5);

type Work = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Pool {
    state: Mutex<State>,
    wake: Condvar,
}

/// Without a thread there is nothing that waits.
#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    threads: usize,
    idle: usize,
}

static POOL: PerProcess<Arc<Pool>> = PerProcess::empty();

/// Begins at once, whether or not the future is polled, and is not stopped when that is dropped.
///
/// Only for threads of the engine: those that are started here inherit their signal mask.
pub fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T>> + Send + Sync {
    start(work, |_| true)
}

/// As [`blocking`], but not begun any more once the future is dropped: where many are given up, as
/// lookups of names are while no name server answers, they must not hold up what is wanted.
pub fn blocking_while_wanted<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T>> + Send + Sync {
    start(work, |sender| !sender.is_closed())
}

fn start<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    is_wanted: fn(&oneshot::Sender<Result<T>>) -> bool,
) -> impl Future<Output = Result<T>> + Send + Sync {
    let (sender, receiver) = oneshot::channel();
    submit(Box::new(move || {
        if !is_wanted(&sender) {
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Nobody listens when the upload is gone.
        let _ = sender.send(outcome.map_err(|panic| Error::panicked(&*panic)));
    }));
    async move {
        let outcome = receiver.await;
        outcome.unwrap_or_else(|gone| Err(Error::internal(gone)))
    }
}

fn submit(work: Work) {
    let Ok(pool) = POOL.get_or_make(|| Ok(Arc::default())) else {
        return work();
    };
    let mut state = lock(&pool.state);
    state.waiting.push_back(work);
    if state.idle >= state.waiting.len() {
        pool.wake.notify_one();
        return;
    }
    if state.threads == MAX_THREADS {
        return;
    }
    let server = Arc::clone(&pool);
    let started = thread::Builder::new()
        .name(THREAD_NAME.into())
        .spawn(move || server.serve());
    match started {
        Ok(_) => state.threads += 1,
        // One of those will take it.
        Err(_) if state.threads > 0 => {}
        // Holding up the uploads of this thread is better than never ending this one.
        Err(_) => {
            let work = state.waiting.pop_back();
            drop(state);
            if let Some(work) = work {
                work();
            }
        }
    }
}

impl Pool {
    fn serve(&self) {
        let mut state = lock(&self.state);
        loop {
            while let Some(work) = state.waiting.pop_front() {
                drop(state);
                work();
                state = lock(&self.state);
            }
            state.idle += 1;
            let woken = self.wake.wait_timeout(state, KEEP_ALIVE);
            let (again, waited) = woken.unwrap_or_else(PoisonError::into_inner);
            state = again;
            state.idle -= 1;
            if waited.timed_out() && state.waiting.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::handle;
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn work_ends_with_its_value_and_a_panic_with_an_error() {
        let runtime = handle().unwrap();
        assert_eq!(runtime.block_on(blocking(|| 7)).unwrap(), 7);
        let panicked = runtime.block_on(blocking(|| -> u8 { panic!("inside") }));
        assert!(panicked.unwrap_err().message.contains("inside"));
    }

    #[test]
    fn work_that_nobody_waits_for_any_more_is_left_undone_where_that_is_wanted() {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let runtime = handle().unwrap();
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(std::sync::Mutex::new(gate));
        let busy: Vec<_> = (0..MAX_THREADS)
            .map(|_| {
                let gate = Arc::clone(&gate);
                blocking(move || drop(gate.lock().map(|gate| gate.recv())))
            })
            .collect();
        let done = || DONE.fetch_add(1, Ordering::SeqCst);
        let unwanted: Vec<_> = (0..50).map(|_| blocking_while_wanted(done)).collect();
        let (told, heard) = std::sync::mpsc::channel();
        drop(blocking(move || told.send(())));
        let last = blocking_while_wanted(done);
        drop(unwanted);
        drop(open);
        for work in busy {
            runtime.block_on(work).unwrap();
        }
        runtime.block_on(last).unwrap();
        heard.recv().unwrap();
        assert_eq!(DONE.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn much_work_is_done_by_a_bounded_number_of_threads() {
        static RUNNING: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let runtime = handle().unwrap();
        let all: Vec<_> = (0..100)
            .map(|number| {
                blocking(move || {
                    let running = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
                    MOST.fetch_max(running, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(5));
                    RUNNING.fetch_sub(1, Ordering::SeqCst);
                    number
                })
            })
            .collect();
        for (number, work) in all.into_iter().enumerate() {
            assert_eq!(runtime.block_on(work).unwrap(), number);
        }
        let most = MOST.load(Ordering::SeqCst);
        assert!((2..=MAX_THREADS).contains(&most), "{most}");
    }
}
