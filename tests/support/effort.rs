//! How much of what could be tried is tried: `OSS_RESUMABLE_EFFORT` is `quick` (what `cargo test` does
//! for daily work), `ci` or `long`.

/// Of three amounts the one that this run is for.
pub fn effort<T>(quick: T, ci: T, long: T) -> T {
    match std::env::var("OSS_RESUMABLE_EFFORT").as_deref() {
        Err(_) | Ok("" | "quick") => quick,
        Ok("ci") => ci,
        Ok("long") => long,
        Ok(other) => panic!("OSS_RESUMABLE_EFFORT is {other:?}, not quick, ci or long"),
    }
}
