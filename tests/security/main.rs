//! What SECURITY.md promises, as far as no other test shows it.

#[path = "../support/capi.rs"]
mod capi;
#[path = "../support/engine.rs"]
mod engine;
#[path = "../support/figures.rs"]
mod figures;
#[path = "../support/resuming.rs"]
mod resuming;
#[path = "../support/mod.rs"]
mod support;

mod document;
mod forgery;
#[cfg(target_os = "linux")]
mod memory;
mod server;
mod supply;
#[cfg(target_os = "linux")]
mod system;
