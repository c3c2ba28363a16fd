//! The decisions of an upload under seeded simulation: virtual time, faults and crashes at any step.
//! `SEED=n cargo test --test simulation -- whatever` replays one.

mod crash_points;
#[path = "../support/effort.rs"]
mod effort;
#[path = "../support/figures.rs"]
mod figures;
mod seeds;
mod simulator;
