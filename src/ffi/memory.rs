//! What the engine gives back of its memory is wiped first, whoever used it.
//!
//! Our own keys wipe themselves; but the HTTP library copies the security token and the signature of
//! every request into buffers of its own, and TLS has its session keys. They would stay in freed
//! memory, and be in every core file, until something else happens to be written there.

use std::alloc::{GlobalAlloc, Layout, System};

use crate::bug::{self, Bug};

/// The head of a request, which is the largest thing with a secret in it, is far smaller. The buffers
/// for the file's bytes are larger: wiping those would cost time and protect nothing.
const LARGEST: usize = 64 * 1024;

struct Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// # Safety
/// `size` bytes at `memory` may be written, and nobody reads them any more.
unsafe fn wipe(memory: *mut u8, size: usize) {
    if size <= LARGEST && !bug::seeded(Bug::MemoryUnwiped) {
        // SAFETY: the caller's promise.
        unsafe { memory.write_bytes(0, size) };
        // Somebody may look: or else writing to what is freed next would be left out.
        std::hint::black_box(memory);
    }
}

// SAFETY: all memory comes from `System` and goes back to it with the layout it came with.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise: `memory` has this layout, and is not used after this.
        unsafe {
            wipe(memory, layout.size());
            System.dealloc(memory, layout);
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.size() > LARGEST {
            // SAFETY: the caller's promise.
            return unsafe { System.realloc(memory, layout, size) };
        }
        // The system's may move the bytes, and would leave the old ones behind.
        // SAFETY: the caller's promise: `size` is not 0, and fits when rounded up to the alignment.
        unsafe {
            let new = System.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(memory, size.min(layout.size()));
                self.dealloc(memory, layout);
            }
            new
        }
    }
}
