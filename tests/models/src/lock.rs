//! In the place of the engine's `src/lock.rs`: the same names, with a step of shuttle's scheduler before
//! everything that another thread could notice.
//!
//! Locks, condition variables and atomics are shuttle's own. What comes from tokio and arc-swap is the
//! real thing with such a step in front: neither ever blocks a thread. Memory is sequentially consistent
//! here; weaker orders are for ThreadSanitizer to see.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LockResult, PoisonError, TryLockError};
use std::time::Duration;

pub use shuttle::sync::atomic;

/// A step: another thread may go on here.
fn step() {
    atomic::AtomicBool::new(false).load(atomic::Ordering::SeqCst);
}

#[derive(Debug, Default)]
pub struct Mutex<T>(shuttle::sync::Mutex<T>);

#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    real: shuttle::sync::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T> {
        Mutex(shuttle::sync::Mutex::new(value))
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.real
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.real
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    let real = mutex.0.lock().unwrap_or_else(PoisonError::into_inner);
    MutexGuard { real, mutex }
}

pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    let real = match mutex.0.try_lock() {
        Ok(guard) => guard,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    Some(MutexGuard { real, mutex })
}

/// Longer than any model takes: who waits for this long waits to be woken.
const FOR_EVER: Duration = Duration::from_secs(60);

pub struct TimedOut;

impl TimedOut {
    pub fn timed_out(&self) -> bool {
        true
    }
}

#[derive(Debug, Default)]
pub struct Condvar(shuttle::sync::Condvar);

impl Condvar {
    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Ends by its time, after others had their turn.
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _time: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, TimedOut)> {
        let mutex = guard.mutex;
        drop(guard);
        shuttle::thread::yield_now();
        Ok((lock(mutex), TimedOut))
    }

    /// A wait that is short ends by its time, after others had their turn; a long one only when woken.
    pub fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        time: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let MutexGuard { mut real, mutex } = guard;
        if time >= FOR_EVER {
            let real = self
                .0
                .wait_while(real, condition)
                .unwrap_or_else(PoisonError::into_inner);
            return Ok((MutexGuard { real, mutex }, false));
        }
        if !condition(&mut real) {
            return Ok((MutexGuard { real, mutex }, false));
        }
        drop(real);
        shuttle::thread::yield_now();
        let mut guard = lock(mutex);
        let timed_out = condition(&mut guard);
        Ok((guard, timed_out))
    }
}

#[derive(Debug, Default)]
pub struct Notify(tokio::sync::Notify);

impl Notify {
    pub fn new() -> Notify {
        Notify::default()
    }

    pub fn notify_one(&self) {
        step();
        self.0.notify_one();
    }

    pub fn notify_waiters(&self) {
        step();
        self.0.notify_waiters();
    }

    pub fn notified(&self) -> tokio::sync::futures::Notified<'_> {
        step();
        self.0.notified()
    }
}

#[derive(Debug, Default)]
pub struct AsyncMutex<T>(tokio::sync::Mutex<T>);

impl<T> AsyncMutex<T> {
    pub fn new(value: T) -> AsyncMutex<T> {
        AsyncMutex(tokio::sync::Mutex::new(value))
    }

    pub async fn lock(&self) -> tokio::sync::MutexGuard<'_, T> {
        step();
        let guard = self.0.lock().await;
        step();
        guard
    }

    pub fn try_lock(&self) -> Result<tokio::sync::MutexGuard<'_, T>, tokio::sync::TryLockError> {
        step();
        self.0.try_lock()
    }
}

pub mod oneshot {
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::sync::oneshot;

    #[derive(Debug)]
    pub struct Sender<T>(oneshot::Sender<T>);
    #[derive(Debug)]
    pub struct Receiver<T>(oneshot::Receiver<T>);

    pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (Sender(sender), Receiver(receiver))
    }

    impl<T> Sender<T> {
        pub fn send(self, value: T) -> Result<(), T> {
            super::step();
            self.0.send(value)
        }

        pub fn is_closed(&self) -> bool {
            super::step();
            self.0.is_closed()
        }
    }

    impl<T> Future for Receiver<T> {
        type Output = Result<T, oneshot::error::RecvError>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            super::step();
            Pin::new(&mut self.0).poll(context)
        }
    }
}

/// Time stands still: nobody is woken by it.
pub async fn sleep_until(_when: tokio::time::Instant) {
    std::future::pending::<()>().await;
}

pub struct ArcSwapOption<T>(arc_swap::ArcSwapOption<T>);

impl<T> ArcSwapOption<T> {
    pub const fn const_empty() -> ArcSwapOption<T> {
        ArcSwapOption(arc_swap::ArcSwapOption::const_empty())
    }

    pub fn empty() -> ArcSwapOption<T> {
        ArcSwapOption::const_empty()
    }

    pub fn load(&self) -> arc_swap::Guard<Option<Arc<T>>> {
        step();
        self.0.load()
    }

    pub fn load_full(&self) -> Option<Arc<T>> {
        step();
        self.0.load_full()
    }

    pub fn store(&self, value: Option<Arc<T>>) {
        step();
        self.0.store(value);
    }

    pub fn swap(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        self.0.swap(value)
    }

    pub fn compare_and_swap(
        &self,
        current: impl arc_swap::AsRaw<T>,
        value: Option<Arc<T>>,
    ) -> arc_swap::Guard<Option<Arc<T>>> {
        step();
        self.0.compare_and_swap(current, value)
    }
}
