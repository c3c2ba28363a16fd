//! The engine, as `build.rs` takes it from the repository's `src`.
#![allow(clippy::all, dead_code, unexpected_cfgs)]

pub mod seeded;

include!(concat!(env!("OUT_DIR"), "/src/lib.rs"));
