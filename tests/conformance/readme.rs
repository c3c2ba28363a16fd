//! The bindings' READMEs: one shape, and samples that are cut from programs that run.

use std::fs;

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

#[test]
fn every_sample_is_the_marked_part_of_a_program() {
    for language in &LANGUAGES {
        let dir = language.directory();
        let text = fs::read_to_string(dir.join("README.md")).unwrap();
        let (_, after) = text.split_once("\n## Sample\n").expect("the sample");
        let (_, after) = after.split_once("\n```").expect("a block");
        let (_, body) = after.split_once('\n').expect("a first line");
        let (body, _) = body.split_once("\n```").expect("the block's end");
        let sample = squeezed(body);
        let mut files = vec![dir.clone()];
        let mut found = false;
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
            let marked = program
                .split_once("sample: begin")
                .and_then(|(_, rest)| rest.split_once("sample: end"));
            if let Some((marked, _)) = marked {
                let without_markers = marked.split_once('\n').map_or("", |(_, rest)| rest);
                let lines = without_markers
                    .rsplit_once('\n')
                    .map_or("", |(lines, _)| lines);
                let marked = squeezed(lines);
                // PHP's sample also says where the package is, which a program elsewhere does not.
                found |= marked.lines().count() > 5 && sample.contains(&marked);
            }
        }
        assert!(
            found,
            "{}: no program has the sample of README.md",
            language.name
        );
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
