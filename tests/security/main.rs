//! What SECURITY.md promises, as far as no other test shows it.

#[path = "../support/engine.rs"]
mod engine;
#[path = "../support/figures.rs"]
mod figures;
#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
mod memory;
