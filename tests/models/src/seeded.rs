//! Which of the seeded bugs (`seeded.toml`) is on. For one thread alone: shuttle runs all of a model's
//! threads on the one that explores it.

use std::cell::Cell;

thread_local! {
    static ON: Cell<&'static str> = const { Cell::new("") };
}

pub fn on(bug: &str) -> bool {
    ON.get() == bug
}

pub fn set(bug: &'static str) {
    ON.set(bug);
}
