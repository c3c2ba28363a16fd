//! What a run has counted, for the table that CI ends with and for README: one file for each proof in
//! `target/figures`, a line `name: number` for each figure.

use std::fmt::Write;
use std::path::Path;

pub fn record(proof: &str, figures: &[(&str, u64)]) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../figures");
    std::fs::create_dir_all(&directory).unwrap();
    let mut text = String::new();
    for (name, number) in figures {
        writeln!(text, "{name}: {number}").unwrap();
    }
    std::fs::write(directory.join(proof), &text).unwrap();
    print!("{proof}\n{text}");
}
