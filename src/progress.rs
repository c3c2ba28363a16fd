//! Counters of one upload, written by the engine and read by anyone.

use crate::error::Stage;
use crate::lock::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

/// A look at the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub stage: Stage,
    /// Never goes back and never exceeds `total_bytes`.
    pub consumed_bytes: u64,
    pub total_bytes: u64,
    pub resumed_bytes: u64,
    pub parts_done: u32,
    pub parts_total: u32,
    pub retries: u32,
}

#[derive(Debug, Default)]
pub struct Progress {
    stage: AtomicI32,
    total_bytes: AtomicU64,
    done_bytes: AtomicU64,
    /// Handed to the network by attempts whose end is still open.
    moving_bytes: AtomicU64,
    shown_bytes: AtomicU64,
    resumed_bytes: AtomicU64,
    parts_done: AtomicU32,
    parts_total: AtomicU32,
    retries: AtomicU32,
}

impl Progress {
    pub fn set_total(&self, bytes: u64, parts: u32) {
        self.total_bytes.store(bytes, Ordering::Relaxed);
        self.parts_total.store(parts, Ordering::Relaxed);
    }

    pub fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as i32, Ordering::Release);
    }

    pub fn set_resumed(&self, bytes: u64) {
        self.resumed_bytes.store(bytes, Ordering::Relaxed);
    }

    pub fn set_done(&self, bytes: u64, parts: u32) {
        self.done_bytes.store(bytes, Ordering::Relaxed);
        self.parts_done.store(parts, Ordering::Relaxed);
    }

    pub fn set_retries(&self, retries: u32) {
        self.retries.store(retries, Ordering::Relaxed);
    }

    pub fn moved(&self, bytes: u64) {
        self.moving_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// An attempt ended: its bytes are either counted as done now, or will be sent again.
    pub fn settled(&self, bytes: u64) {
        self.moving_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub fn snapshot(&self) -> Snapshot {
        // First: the counters are at least as new as the stage that is told with them.
        let stage = self.stage.load(Ordering::Acquire);
        let total = self.total_bytes.load(Ordering::Relaxed);
        let now =
            self.done_bytes.load(Ordering::Relaxed) + self.moving_bytes.load(Ordering::Relaxed);
        let shown = self
            .shown_bytes
            .fetch_max(now.min(total), Ordering::Relaxed)
            .max(now.min(total));
        Snapshot {
            stage: Stage::from_number(stage),
            consumed_bytes: shown,
            total_bytes: total,
            resumed_bytes: self.resumed_bytes.load(Ordering::Relaxed),
            parts_done: self.parts_done.load(Ordering::Relaxed),
            parts_total: self.parts_total.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumed_bytes_never_go_back_and_never_exceed_the_total() {
        let progress = Progress::default();
        progress.set_total(100, 2);
        progress.moved(80);
        assert_eq!(progress.snapshot().consumed_bytes, 80);
        progress.settled(80);
        assert_eq!(progress.snapshot().consumed_bytes, 80);
        progress.moved(100);
        progress.set_done(50, 1);
        assert_eq!(progress.snapshot().consumed_bytes, 100);
    }
}
