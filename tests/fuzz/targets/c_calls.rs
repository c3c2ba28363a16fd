#![no_main]

use std::sync::atomic::{AtomicU32, Ordering};

unsafe extern "C" {
    fn __lsan_do_recoverable_leak_check() -> i32;
}

/// Looking takes milliseconds, so the input that is blamed may be this many after the one that leaks.
const EVERY: u32 = 500;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    oss_resumable_fuzz::oracles::c_calls::check(data);
    if RUNS.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1 {
        // SAFETY: part of every program that is built with AddressSanitizer.
        assert_eq!(
            unsafe { __lsan_do_recoverable_leak_check() },
            0,
            "memory was lost"
        );
    }
});
