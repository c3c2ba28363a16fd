//! Does one thing wrong on purpose, to see that a tool is on: `seeded [leak|use-after-free|race]`.

use std::hint::black_box;
use std::sync::Arc;
use std::thread;

static mut COUNTER: u64 = 0;

fn main() {
    let bug = std::env::args().nth(1).unwrap_or_default();
    let boxed = black_box(Box::new([1_u8; 100]));
    let address: *const u8 = boxed.as_ptr();
    if bug == "leak" {
        std::mem::forget(boxed);
    } else {
        drop(boxed);
    }
    if bug == "use-after-free" {
        // SAFETY: none, that is the point.
        println!("{}", unsafe { address.read_volatile() });
    }
    black_box(std::ptr::null::<u8>());

    // Both know of each other, and neither waits for the other.
    let racing = Arc::new(bug == "race");
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let racing = Arc::clone(&racing);
            thread::spawn(move || {
                if *racing {
                    // SAFETY: none, that is the point.
                    unsafe { COUNTER += 1 };
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
