//! A bandwidth limit over all uploads of a client, changeable while they run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::lock::atomic::{AtomicU64, Ordering};
use crate::lock::{AsyncMutex, Notify, sleep_until};

use crate::bug::{self, Bug};

/// The lowest limit, in bytes per second.
pub const MIN_RATE: u64 = 1024;
/// What may go out at once after a pause: enough that the timer's coarseness costs no bandwidth.
const BURST: Duration = Duration::from_millis(50);
/// Handed over at a time under a limit, so that many uploads take turns quickly.
const MAX_TURN: u64 = 16 * 1024;
/// Below this, turns would be so small that their overhead is most of what is sent.
const MIN_TURN: u64 = 512;

/// The wanted rate. Holds no lock, so that it can be set at any time, also in a child of `fork()`.
#[derive(Debug, Default)]
pub struct Rate(AtomicU64);

impl Rate {
    /// 0 for no limit.
    pub fn set(&self, bytes_per_second: u64) {
        self.0.store(bytes_per_second, Ordering::Relaxed);
    }

    pub fn get(&self) -> Option<u64> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            _ if bug::seeded(Bug::BandwidthUnlimited) => None,
            rate => Some(rate),
        }
    }
}

/// Gives out turns in the order in which they were asked for.
#[derive(Debug)]
pub struct Limiter {
    rate: Arc<Rate>,
    changed: Notify,
    /// When the bytes given out so far are paid for. Only the first in the queue waits with it, so a
    /// changed rate holds for everything behind.
    paid_until: AsyncMutex<Instant>,
}

impl Limiter {
    pub fn new(rate: Arc<Rate>) -> Limiter {
        Limiter {
            rate,
            changed: Notify::new(),
            paid_until: AsyncMutex::new(Instant::now()),
        }
    }

    /// The rate was changed: whoever waits counts anew.
    pub fn wake(&self) {
        self.changed.notify_waiters();
    }

    /// How many bytes one turn may have now; `None` without a limit.
    pub fn turn(&self) -> Option<usize> {
        let rate = self.rate.get()?;
        // A twentieth of a second each, so that a slow link's queue still moves visibly.
        usize::try_from((rate / 20).clamp(MIN_TURN, MAX_TURN)).ok()
    }

    /// Returns when `bytes` may be sent.
    pub async fn take(&self, bytes: usize) {
        let mut paid_until = self.paid_until.lock().await;
        loop {
            let changed = self.changed.notified();
            let Some(rate) = self.rate.get() else {
                *paid_until = Instant::now();
                return;
            };
            let now = Instant::now();
            let from = (*paid_until).max(now.checked_sub(BURST).unwrap_or(now));
            if from <= now {
                let cost = Duration::from_secs_f64(bytes as f64 / rate as f64);
                *paid_until = from + cost;
                return;
            }
            tokio::select! {
                () = sleep_until(from.into()) => {}
                () = changed => {
                    // What was given out at the old rate is not held against the new one.
                    *paid_until = (*paid_until).min(Instant::now());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(rate: u64, turns: u32, bytes: usize) -> f64 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let wanted = Arc::new(Rate::default());
            wanted.set(rate);
            let limiter = Limiter::new(wanted);
            let started = Instant::now();
            for _ in 0..turns {
                limiter.take(bytes).await;
            }
            started.elapsed().as_secs_f64()
        })
    }

    #[test]
    fn bytes_go_out_at_the_rate_and_at_once_without_one() {
        let limited = seconds(1_000_000, 40, 16_384);
        assert!((0.55..10.0).contains(&limited), "{limited}");
        // At that rate it would take sixteen seconds.
        assert!(seconds(0, 1000, 16_384) < 8.0);
    }

    #[test]
    fn a_raised_rate_frees_those_who_wait() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let wanted = Arc::new(Rate::default());
            wanted.set(1024);
            let limiter = Arc::new(Limiter::new(Arc::clone(&wanted)));
            limiter.take(1_000_000).await;
            let waiting: Vec<_> = (0..4)
                .map(|_| {
                    let limiter = Arc::clone(&limiter);
                    tokio::spawn(async move { limiter.take(1000).await })
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(50)).await;
            wanted.set(10_000_000);
            limiter.wake();
            for task in waiting {
                tokio::time::timeout(Duration::from_secs(30), task)
                    .await
                    .unwrap()
                    .unwrap();
            }
        });
    }
}
