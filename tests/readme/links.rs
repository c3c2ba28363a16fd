//! Links between the documents lead to files and headings that exist.

use std::fs;
use std::path::{Path, PathBuf};

use super::prose;
use super::support::root;

/// As GitHub makes an anchor of a heading.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

fn has_anchor(file: &Path, name: &str) -> bool {
    let text = prose(&fs::read_to_string(file).unwrap_or_default());
    let mut headings = text.lines().filter(|line| line.starts_with('#'));
    headings.any(|heading| anchor(heading) == name)
}

#[test]
fn every_link_leads_somewhere() {
    let mut files: Vec<PathBuf> = ["README.md", "CHANGELOG.md", "SECURITY.md", "bindings"]
        .map(|name| root().join(name))
        .to_vec();
    files.push(root().join("tests/server/README.md"));
    files.push(root().join("bindings/c/compat/README.md"));
    let bindings = fs::read_dir(root().join("bindings")).unwrap();
    files.extend(bindings.map(|entry| entry.unwrap().path()));
    let mut links = 0;
    for mut file in files {
        if file.is_dir() {
            file.push("README.md");
        }
        let text = prose(&fs::read_to_string(&file).expect("a file of text"));
        for after in text.split("](").skip(1) {
            let (target, _) = after.split_once(')').expect("a closing bracket");
            // Of other places, or a function without a name in the words of C++.
            if target.contains("://") || target.contains(' ') {
                continue;
            }
            let (path, name) = target.split_once('#').unwrap_or((target, ""));
            let place = match path {
                "" => file.clone(),
                path => file.parent().expect("a file").join(path),
            };
            let found = place.exists() && (name.is_empty() || has_anchor(&place, name));
            assert!(found, "{}: {target}", file.display());
            links += 1;
        }
    }
    assert!(links > 100, "{links}");
}
