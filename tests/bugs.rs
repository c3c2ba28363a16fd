//! The bugs that can be switched on (`src/bug.rs`) and the table of what catches them. Whether it does is
//! for `tests/bugs/run` to say, which needs a build of its own.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::{library, root};

const VARIABLE: &str = "OSS_RESUMABLE_SEEDED_BUG";
const FEATURE: &str = "seeded-bugs";

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The variants of the enum.
fn bugs() -> Vec<String> {
    let source = read("src/bug.rs");
    let (_, body) = source.split_once("pub enum Bug {\n").unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    body.lines()
        .map(|line| line.trim().strip_suffix(',').unwrap().to_owned())
        .collect()
}

/// The rows of the table, field by field.
fn rows() -> Vec<Vec<String>> {
    let table = read("tests/bugs/table");
    let rows = table.lines().filter(|line| !line.is_empty());
    rows.filter(|line| !line.starts_with('#'))
        .map(|line| {
            line.split('|')
                .map(|field| field.trim().to_owned())
                .collect()
        })
        .collect()
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        // Other tests make directories and remove them.
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

fn contains(path: &Path, text: &str) -> bool {
    // Other tests make files and remove them.
    let bytes = fs::read(path).unwrap_or_default();
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn the_table_says_what_every_bug_does_and_has_no_other() {
    let (first, further): (Vec<_>, Vec<_>) = rows().into_iter().partition(|row| !row[1].is_empty());
    let names = |rows: &[Vec<String>]| rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), bugs());
    let different: BTreeSet<String> = names(&first).into_iter().collect();
    assert_eq!(different.len(), first.len());
    assert!(first.len() >= 20);
    assert!(names(&further).iter().all(|name| different.contains(name)));
}

#[test]
fn every_bug_is_somewhere_in_the_source() {
    let sources: String = files_in(&root().join("src"))
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for bug in bugs() {
        let site = format!("bug::seeded(Bug::{bug})");
        assert!(sources.contains(&site), "{site} is nowhere");
    }
}

/// A checker that catches nothing is a defect. Whether they do, `tests/bugs/run` counts.
#[test]
fn every_program_that_readme_calls_a_proof_has_a_bug_to_catch() {
    let readme = read("README.md");
    let (_, section) = readme.split_once("\n## What we promise").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let mut words = section.split([' ', '`', '\n']).peekable();
    let mut proofs = BTreeSet::new();
    while let Some(word) = words.next() {
        match word {
            "--test" => proofs.extend(words.peek().copied()),
            // Its oracles without a fuzzer.
            "tests/fuzz/run" => proofs.extend(["fuzz_corpus"]),
            _ => {}
        }
    }
    assert!(proofs.len() >= 10, "{proofs:?}");
    let rows = rows();
    for program in proofs {
        let catches = rows.iter().any(|row| row[2] == program);
        assert!(catches, "tests/bugs/table has no row for {program}");
    }
}

#[test]
fn every_test_of_the_table_exists() {
    for row in rows() {
        assert!((4..=5).contains(&row.len()), "{row:?}");
        let (program, test) = (&row[2], &row[3]);
        let file = match test.split_once("::") {
            Some((module, _)) => format!("tests/{program}/{module}.rs"),
            None if root().join(format!("tests/{program}/main.rs")).exists() => {
                format!("tests/{program}/main.rs")
            }
            None => format!("tests/{program}.rs"),
        };
        let name = test.rsplit("::").next().unwrap();
        let declared = format!("\nfn {name}()");
        assert!(
            read(&file).contains(&declared),
            "{name} is no test of {file}"
        );
        if let Some(seconds) = row.get(4) {
            assert!((1..=60).contains(&seconds.parse().unwrap()), "{row:?}");
        }
    }
}

/// Looked for in the library that this test was built with, and in the one for users where it was built.
#[test]
fn a_build_for_users_has_no_bug_that_can_be_switched_on() {
    let seeded = cfg!(feature = "seeded-bugs");
    assert_eq!(contains(&library(), VARIABLE), seeded);

    let name = library().file_name().unwrap().to_owned();
    let target = library().ancestors().nth(3).unwrap().to_owned();
    for place in ["release", "release/deps"] {
        let release = target.join(place).join(&name);
        if release.exists() {
            assert!(!contains(&release, VARIABLE), "{}", release.display());
        }
    }
}

#[test]
fn nothing_that_builds_for_users_asks_for_bugs() {
    let manifest = read("Cargo.toml");
    // Once, where it is declared: no default, and in no other feature.
    let features: Vec<&str> = manifest
        .lines()
        .filter(|line| line.contains(FEATURE))
        .collect();
    assert_eq!(features, [format!("{FEATURE} = []")]);

    let mut files = vec![root().join("build.rs")];
    for directory in ["bindings", ".cargo", "include"] {
        files.extend(files_in(&root().join(directory)));
    }
    assert!(files.len() > 20);
    for file in files {
        for text in [FEATURE, "all-features", VARIABLE] {
            assert!(!contains(&file, text), "{text} is in {}", file.display());
        }
    }
}
