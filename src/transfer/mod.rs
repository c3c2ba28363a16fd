//! The one place that knows the order of things: `machine` decides, `driver` does.

mod commit;
pub mod discard;
pub mod driver;
pub mod events;
pub mod leftovers;
pub mod machine;
mod parts;
mod patient;
pub mod resume;
