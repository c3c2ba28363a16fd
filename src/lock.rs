//! What threads and tasks meet at, from one place: `tests/models` compiles the engine with another
//! version of this file, under which every order of their steps can be tried. And mutexes that outlive a
//! panic of whoever held them: what they guard is never left half changed.

use std::sync::{PoisonError, TryLockError};

pub use std::sync::{Condvar, Mutex, MutexGuard, atomic};

pub use arc_swap::ArcSwapOption;
pub use tokio::sync::{Mutex as AsyncMutex, Notify, oneshot};
pub use tokio::time::sleep_until;

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `None`: somebody has it.
pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
