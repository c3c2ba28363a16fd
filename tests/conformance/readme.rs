//! The bindings' READMEs: one shape, and samples that are cut from programs that run.

use std::fs;
use std::path::Path;

use crate::LANGUAGES;

const HEADINGS: [&str; 7] = [
    "Install",
    "Sample",
    "Parameters",
    "Errors",
    "Cancel",
    "Async",
    "Threads",
];

#[test]
fn every_readme_has_the_same_headings_in_the_same_order() {
    for language in &LANGUAGES {
        let path = language.directory().join("README.md");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let found: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .filter(|heading| HEADINGS.contains(heading))
            .collect();
        assert_eq!(found, HEADINGS, "{path:?}");
    }
}

/// The blocks of a README in the language itself, the sample first.
fn blocks(text: &str) -> Vec<String> {
    let (_, after) = text.split_once("\n## Sample\n").expect("the sample");
    let (_, tagged) = after.split_once("\n```").expect("a block");
    let (tag, _) = tagged.split_once('\n').expect("a first line");
    let fence = format!("\n```{tag}\n");
    let found = after.split(&fence).skip(1);
    found
        .map(|rest| squeezed(rest.split_once("\n```").expect("the block's end").0))
        .collect()
}

/// What stands between the markers in all programs of a directory.
fn marked(dir: &Path) -> Vec<String> {
    let mut files = vec![dir.to_owned()];
    let mut parts = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let Ok(program) = fs::read_to_string(&path) else {
            continue;
        };
        for word in ["sample", "snippet"] {
            for rest in program.split(&format!("{word}: begin")).skip(1) {
                let Some((part, _)) = rest.split_once(&format!("{word}: end")) else {
                    continue;
                };
                // Between these two is what a test needs and a reader does not.
                let part = match (
                    part.split_once("snippet: pause"),
                    part.split_once("snippet: go on"),
                ) {
                    (Some((before, _)), Some((_, after))) => format!("{before}\n{after}"),
                    _ => part.to_owned(),
                };
                let lines: Vec<&str> = part.lines().collect();
                // The first and the last line are the rest of the markers'.
                if let Some(inner) = lines.get(1..lines.len().saturating_sub(1)) {
                    parts.push(squeezed(&inner.join("\n")));
                }
            }
        }
    }
    parts
}

#[test]
fn every_sample_and_snippet_is_the_marked_part_of_a_program_that_is_tested() {
    for language in &LANGUAGES {
        let dir = language.directory();
        let blocks = blocks(&fs::read_to_string(dir.join("README.md")).unwrap());
        let marked = marked(&dir);
        let comments = ["#", "//", "/*", ""];
        let plain = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::to_owned);
            lines
                .filter(|line| !comments.contains(&line.as_str()))
                .collect()
        };
        for (number, block) in blocks.iter().enumerate() {
            // PHP's sample also says where the package is, which a program elsewhere does not.
            let found = marked.iter().any(|part| {
                let part = plain(part).join("\n");
                part == *block || (number == 0 && part.lines().count() > 5 && block.contains(&part))
            });
            assert!(found, "{}: no program has this:\n{block}", language.name);
        }
    }
}

/// Without the indentation that a program adds.
fn squeezed(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}
