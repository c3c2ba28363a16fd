//! SECURITY.md: every line of what is promised names its test, or says why there is none.

use std::collections::BTreeSet;
use std::path::Path;

use crate::figures;
use crate::support::root;

/// Every function that is a test, in tests and in the source.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    let mut dirs = vec![root().join("tests"), root().join("src")];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                collect(&path, &mut tests);
            }
        }
    }
    tests
}

fn collect(path: &Path, tests: &mut BTreeSet<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        let name = line.strip_prefix("fn ").or(line.strip_prefix("async fn "));
        if let (Some(name), true) = (name, marked) {
            tests.insert(name.split('(').next().unwrap().to_owned());
        }
        // Further attributes may stand between.
        marked = (line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
            || marked && (line.starts_with("#[") || line.starts_with("//"));
    }
}

/// The cells of the rows of the tables below a heading.
fn rows(document: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = document
        .split_once(&format!("\n## {heading}\n"))
        .expect(heading);
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with('|'));
    // The first two are the head of the table.
    let rows = lines.skip(2).map(|line| {
        let cells = line.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    });
    rows.collect()
}

#[test]
fn every_line_of_what_is_promised_has_a_test_that_exists_or_a_reason() {
    let document = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let tests = tests();
    assert!(tests.len() > 300, "{}", tests.len());
    let promised = rows(&document, "What we promise");
    let mut named = BTreeSet::new();
    let mut reasons = 0;
    for (index, cells) in promised.iter().enumerate() {
        let [number, promise, proof] = &cells[..] else {
            panic!("{cells:?}");
        };
        assert_eq!(*number, (index + 1).to_string(), "{promise}");
        // Between backticks is every second piece; test names have an underscore and no path.
        let quoted = proof.split('`').skip(1).step_by(2);
        let here: Vec<&str> = quoted
            .filter(|name| !name.contains(['/', '.', ' ']))
            .collect();
        for name in &here {
            assert!(
                tests.contains(*name),
                "line {number}: there is no test {name}"
            );
        }
        let says = |text: &str| promise.contains(text) || proof.contains(text);
        let has_reason = says("Not tested: ") || says("Not done: ");
        reasons += u64::from(has_reason);
        assert!(
            !here.is_empty() || has_reason,
            "line {number} has neither a test nor a reason"
        );
        named.extend(here.into_iter().map(str::to_owned));
    }
    assert_eq!(promised.len(), 31);
    for path in document.split('`').skip(1).step_by(2) {
        if [".ci/", "tests/", "src/"]
            .iter()
            .any(|start| path.starts_with(start))
        {
            assert!(root().join(path).exists(), "{path} does not exist");
        }
    }
    let figures = [
        ("lines of the security list", promised.len() as u64),
        ("tests they name", named.len() as u64),
        ("of them with a reason for what is not tested", reasons),
    ];
    figures::record("security", &figures);
}
