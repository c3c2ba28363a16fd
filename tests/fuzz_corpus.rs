//! The fuzz targets' oracles without a fuzzer: every input that is kept in `tests/fuzz/corpus`, and what
//! a little change makes of each.

#[path = "support/effort.rs"]
mod effort;
#[allow(dead_code, reason = "the allocator that counts is for the fuzzer")]
#[path = "fuzz/src/oracles/mod.rs"]
mod oracles;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use effort::effort;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(target);
    let entries =
        fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    files.into_iter().map(read).collect()
}

/// A generator that gives the same numbers each time.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

/// One input changed a little, perhaps with a piece of another.
fn changed(bytes: &[u8], other: &[u8], state: &mut u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=next(state) % 3 {
        let at = next(state) % (bytes.len() + 1);
        let end = (at + next(state) % 9).min(bytes.len());
        match next(state) % 4 {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.insert(at, u8::try_from(next(state) % 256).unwrap()),
            2 if at < bytes.len() => bytes[at] ^= 1 << (next(state) % 8),
            _ => {
                let from = next(state) % (other.len() + 1);
                let to = (from + next(state) % 40).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
    bytes
}

/// The first input for which the oracle does not hold.
fn first_failure(target: &str, check: fn(&[u8]), times: usize) -> Option<String> {
    let files = corpus(target);
    assert!(!files.is_empty(), "nothing is kept for {target}");
    let fails = |bytes: &[u8]| catch_unwind(|| check(bytes)).is_err();
    let mut state = 0x9E37_79B9_7F4A_7C15;
    for (path, bytes) in &files {
        if fails(bytes) {
            return Some(format!("{target}: {}", path.display()));
        }
        for _ in 0..times {
            let other = &files[next(&mut state) % files.len()].1;
            let input = changed(bytes, other, &mut state);
            if fails(&input) {
                return Some(format!("{target}: {}", input.escape_ascii()));
            }
        }
    }
    None
}

#[track_caller]
fn holds(target: &str) {
    let times = effort(20, 40, 2_000);
    let (name, check) = oracles::TARGETS
        .into_iter()
        .find(|(name, _)| *name == target)
        .expect("a target of this name");
    if let Some(failed) = first_failure(name, check, times) {
        panic!("{failed}");
    }
}

// One for each, so that it can be said of each what it catches.

#[test]
fn the_oracle_of_addresses_holds() {
    holds("addresses");
}

#[test]
fn the_oracle_of_c_calls_holds() {
    holds("c_calls");
}

#[test]
fn the_oracle_of_checkpoint_holds() {
    holds("checkpoint");
}

#[test]
fn the_oracle_of_dates_holds() {
    holds("dates");
}

#[test]
fn the_oracle_of_headers_holds() {
    holds("headers");
}

#[test]
fn the_oracle_of_keys_holds() {
    holds("keys");
}

#[test]
fn the_oracle_of_plan_holds() {
    holds("plan");
}

#[test]
fn the_oracle_of_replies_holds() {
    holds("replies");
}

#[test]
fn the_oracle_of_simulation_holds() {
    holds("simulation");
}

#[test]
fn the_oracle_of_xml_complete_holds() {
    holds("xml_complete");
}

#[test]
fn the_oracle_of_xml_initiate_holds() {
    holds("xml_initiate");
}

#[test]
fn the_oracle_of_xml_list_parts_holds() {
    holds("xml_list_parts");
}

#[test]
fn the_oracle_of_xml_list_uploads_holds() {
    holds("xml_list_uploads");
}

#[test]
fn every_target_of_the_fuzzer_is_replayed_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let names = |directory: &str| {
        let entries = fs::read_dir(root.join(directory)).unwrap();
        let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap().path())).collect();
        names.sort();
        names
    };
    let replayed = oracles::TARGETS.map(|(name, _)| name.to_owned());
    assert_eq!(names("targets"), replayed);
    assert_eq!(names("corpus"), replayed);
    let tests = fs::read_to_string(root.with_file_name("fuzz_corpus.rs")).unwrap();
    for name in &replayed {
        let holds = format!("fn the_oracle_of_{name}_holds() {{\n    holds(\"{name}\");\n}}");
        assert!(tests.contains(&holds), "{name} is not tried");
    }
}
