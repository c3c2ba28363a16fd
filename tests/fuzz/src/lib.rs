//! The oracles with an allocator that counts, for the fuzzer.

pub mod oracles;

#[global_allocator]
static ALLOCATOR: oracles::allocation::Counting = oracles::allocation::Counting;
