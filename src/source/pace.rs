//! How fast a source is read.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Whether reads come back at once (page cache, fast disk), so that they may be done on an engine
/// thread, or take long, so that they would hold up other uploads there.
#[derive(Debug, Default)]
pub struct ReadPace {
    score: AtomicU32,
}

const SLOW_READ: Duration = Duration::from_millis(20);

impl ReadPace {
    /// Two slow reads close together make a source slow; a run of quick ones makes it quick again.
    /// A single slow read is more likely a busy machine than a slow disk.
    pub(super) fn note(&self, took: Duration) {
        let score = self.score.load(Ordering::Relaxed);
        if took >= SLOW_READ {
            self.score.store((score + 8).min(32), Ordering::Relaxed);
        } else if score > 0 {
            self.score.store(score - 1, Ordering::Relaxed);
        }
    }

    pub fn is_slow(&self) -> bool {
        self.score.load(Ordering::Relaxed) > 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_slow_only_after_two_slow_reads_close_together() {
        let pace = ReadPace::default();
        pace.note(SLOW_READ);
        assert!(!pace.is_slow());
        pace.note(SLOW_READ);
        assert!(pace.is_slow());
        for _ in 0..8 {
            pace.note(Duration::ZERO);
        }
        assert!(!pace.is_slow());
    }
}
