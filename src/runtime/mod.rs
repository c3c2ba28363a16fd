//! The threads of the engine: one small tokio runtime for the process, started when first needed and
//! started anew in a child made by `fork()`.

mod blocking;

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use crate::bug::{self, Bug};
use crate::error::{Error, Result};
use crate::lock::{ArcSwapOption, Mutex, lock};

pub use blocking::{blocking, blocking_while_wanted};

/// Two were measured to be as fast as one thread for each part.
const WORKER_THREADS: usize = 2;
const THREAD_NAME: &str = "oss-resumable";

/// A value that belongs to the process that made it. After `fork()` the child makes its own: what it
/// inherited refers to threads and sockets that are not there.
pub struct PerProcess<T> {
    slot: ArcSwapOption<Owned<T>>,
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let inherited = self.slot.swap(None);
        if inherited
            .as_ref()
            .is_some_and(|owned| owned.process != std::process::id())
        {
            // Closing the parent's sockets here would take them out of the parent's event queue.
            std::mem::forget(inherited);
        }
    }
}

struct Owned<T> {
    process: u32,
    value: T,
}

impl<T: Clone> PerProcess<T> {
    /// Empty until first asked.
    pub const fn empty() -> PerProcess<T> {
        PerProcess {
            slot: ArcSwapOption::const_empty(),
        }
    }

    /// Takes no lock: another thread of the parent may have held it at the moment of `fork()`.
    pub fn get_or_make(&self, make: impl FnOnce() -> Result<T>) -> Result<T> {
        let process = std::process::id();
        let current = self.slot.load();
        if let Some(owned) = current.as_ref()
            && (owned.process == process || bug::seeded(Bug::ForkUnnoticed))
        {
            return Ok(owned.value.clone());
        }
        let made = Arc::new(Owned {
            process,
            value: make()?,
        });
        let previous = self.slot.compare_and_swap(&current, Some(made.clone()));
        if let Some(winner) = previous.as_ref()
            && winner.process == process
        {
            // Another thread was quicker; what was made here goes away unused.
            return Ok(winner.value.clone());
        }
        // Dropping what the parent made would wait for threads that do not exist in this process.
        std::mem::forget(arc_swap::Guard::into_inner(current));
        std::mem::forget(arc_swap::Guard::into_inner(previous));
        Ok(made.value.clone())
    }
}

/// Shuts a runtime down without waiting for its threads.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

static RUNTIME: PerProcess<Arc<Background>> = PerProcess::empty();

/// The process' runtime.
pub fn handle() -> Result<Handle> {
    let runtime =
        RUNTIME.get_or_make(|| start().map(|runtime| Arc::new(Background(Some(runtime)))))?;
    match &runtime.0 {
        Some(runtime) => Ok(runtime.handle().clone()),
        None => Err(Error::internal("the runtime is gone")),
    }
}

/// Before anything is opened. A host may have closed descriptors 0 to 2 and print all the same: what
/// then has such a number would get that text. They are filled, for good, as the C library does it for
/// programs that start without.
pub fn spare_standard_descriptors() {
    #[cfg(unix)]
    {
        use std::os::fd::{AsRawFd, IntoRawFd};
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true);
        // The system gives the lowest number that is free.
        while let Ok(null) = options.open("/dev/null") {
            if null.as_raw_fd() > 2 {
                return;
            }
            let _ = null.into_raw_fd();
        }
    }
}

/// How often a thread that waits does what is to be done meanwhile.
pub const ATTENTION: Duration = Duration::from_millis(20);

/// Blocks a thread of the caller until a task of the engine ends; `meanwhile` is called on it.
pub fn wait_for<T: Send + 'static>(task: JoinHandle<Result<T>>, meanwhile: &dyn Fn()) -> Result<T> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    handle()?.spawn(async move {
        let ended = task
            .await
            .unwrap_or_else(|panic| Err(Error::internal(panic)));
        // Nobody listens when the caller's thread is gone.
        let _ = sender.send(ended);
    });
    let outcome = loop {
        match receiver.recv_timeout(ATTENTION) {
            Err(RecvTimeoutError::Timeout) => meanwhile(),
            Err(gone) => break Err(Error::internal(gone)),
            Ok(ended) => break ended,
        }
    };
    meanwhile();
    outcome
}

fn start() -> Result<Runtime> {
    let failed = |what| move |error| Error::internal(format_args!("cannot start {what}: {error}"));
    with_signals_blocked(|| {
        try_threads().map_err(failed("a thread"))?;
        // On a thread that is new: a caller that ends (an atexit handler) has no thread-local values
        // any more, which tokio needs for this.
        let thread = thread::Builder::new().name(THREAD_NAME.into());
        let built = thread.spawn(build).map_err(failed("a thread"))?.join();
        built
            .map_err(|panic| Error::panicked(&*panic))?
            .map_err(failed("the runtime"))
    })
}

fn build() -> std::io::Result<Runtime> {
    // Inside a runtime that has no threads: outside of any, when a worker cannot be started, tokio
    // would wait for ever for the one that was.
    Builder::new_current_thread().build()?.block_on(async {
        Builder::new_multi_thread()
            .worker_threads(WORKER_THREADS)
            .thread_name(THREAD_NAME)
            .enable_io()
            .enable_time()
            .build()
    })
}

/// tokio panics when a worker cannot be started. Trying first turns the likely case, a process at its
/// thread limit, into an error; the rest is caught.
fn try_threads() -> std::io::Result<()> {
    // All of them are there at once: each waits for this.
    let gate = Arc::new(Mutex::new(()));
    let closed = lock(&gate);
    let tried: Vec<_> = (0..WORKER_THREADS)
        .map(|_| {
            let gate = Arc::clone(&gate);
            let thread = thread::Builder::new().name(THREAD_NAME.into());
            thread.spawn(move || drop(lock(&gate)))
        })
        .collect();
    drop(closed);
    let mut outcome = Ok(());
    // Not broken off at the first failure: the others are waited for.
    for thread in tried {
        outcome = outcome.and(thread.map(|thread| drop(thread.join())));
    }
    outcome
}

/// Engine threads inherit a mask with every signal blocked, from their first instruction: the host's
/// handlers never run on them, and a SIGPIPE of ours never kills the host. Signals that a fault of the
/// thread itself raises stay as they are, for crash reporters.
#[cfg(unix)]
fn with_signals_blocked<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    use nix::sys::signal::{SigSet, SigmaskHow, Signal};
    let mut signals = SigSet::all();
    for fault in [
        Signal::SIGSEGV,
        Signal::SIGBUS,
        Signal::SIGFPE,
        Signal::SIGILL,
        Signal::SIGTRAP,
    ] {
        signals.remove(fault);
    }
    if bug::seeded(Bug::SignalsUnblocked) {
        signals = SigSet::empty();
    }
    let before = signals
        .thread_swap_mask(SigmaskHow::SIG_BLOCK)
        .map_err(|error| Error::internal(format_args!("cannot block signals: {error}")))?;
    // A panic in `body` must not leave the host's thread with signals blocked.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
    before
        .thread_set_mask()
        .map_err(|error| Error::internal(format_args!("cannot restore signals: {error}")))?;
    outcome.unwrap_or_else(|panic| Err(Error::panicked(&*panic)))
}

#[cfg(not(unix))]
fn with_signals_blocked<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    body()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_is_made_once() {
        let first = handle().unwrap();
        let second = handle().unwrap();
        assert_eq!(first.id(), second.id());
    }

    #[test]
    #[cfg(unix)]
    fn the_callers_signal_mask_is_left_as_it_was() {
        use nix::sys::signal::SigSet;
        let before = SigSet::thread_get_mask().unwrap();
        handle().unwrap();
        with_signals_blocked(|| -> Result<()> { panic!("inside") }).unwrap_err();
        assert_eq!(before, SigSet::thread_get_mask().unwrap());
    }

    #[test]
    #[cfg(unix)]
    fn engine_threads_take_no_signals_but_their_own_faults() {
        use nix::sys::signal::{SigSet, Signal};
        let mask = handle()
            .unwrap()
            .block_on(async { tokio::spawn(async { SigSet::thread_get_mask().unwrap() }).await })
            .unwrap();
        assert!(mask.contains(Signal::SIGPIPE) && mask.contains(Signal::SIGALRM));
        assert!(!mask.contains(Signal::SIGSEGV));
    }
}
