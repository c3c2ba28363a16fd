//! The simulation of uploads with the fuzzer's bytes for chance: whatever fails and whenever it stops, no
//! rule is broken, and once nothing fails any more the object is there.

#[allow(
    dead_code,
    unused_imports,
    clippy::large_enum_variant,
    reason = "it is made for more than this"
)]
#[path = "../../../simulation/simulator/mod.rs"]
mod simulator;

use simulator::{Random, simulate};

pub fn check(data: &[u8]) {
    if let Err(broken) = simulate(Random::of_bytes(data)) {
        panic!("{broken:?}");
    }
}
