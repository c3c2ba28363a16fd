//! How much memory a parser takes at most, counted for each thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What is allowed besides four times the input. Far less than a reply may cost, so that short inputs,
/// of which many can be tried, show a parser that takes too much.
const ALWAYS: isize = 4 * 1024;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The fuzzer's allocator. Without it nothing is counted.
pub struct Counting;

fn count(bytes: isize) {
    let live = LIVE.get() + bytes;
    LIVE.set(live);
    if live > PEAK.get() {
        PEAK.set(live);
    }
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

// SAFETY: the system's allocator does the work; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(signed(size) - signed(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Runs a parser, which may not hold more at once than four times its input and a little.
pub fn bounded<T>(input: &[u8], parse: impl FnOnce() -> T) -> T {
    let before = LIVE.get();
    PEAK.set(before);
    let parsed = parse();
    let taken = PEAK.get() - before;
    let allowed = 4 * signed(input.len()) + ALWAYS;
    assert!(
        taken <= allowed,
        "{taken} bytes were taken for an input of {}",
        input.len()
    );
    parsed
}

/// Long enough for a parser that takes too much to be seen: `piece` over and over.
pub fn many(piece: &[u8]) -> Vec<u8> {
    const LENGTH: usize = 6 * 1024;
    let times = LENGTH.checked_div(piece.len()).unwrap_or(0);
    piece.repeat(times.max(1))
}
