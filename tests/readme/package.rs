//! What the package of the crate holds.

use std::fs;

use super::support::{cargo, root, run_ok};

/// Names under `dir`, relative to the repository.
fn files_under(dir: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(dir)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{dir}/{}", entry.file_name().to_str().expect("UTF-8"));
        if entry.path().is_dir() {
            files_under(&name, found);
        } else {
            found.push(name);
        }
    }
}

#[test]
fn the_package_of_the_crate_holds_all_of_the_source_and_no_tests_of_the_repository() {
    let listed = run_ok(cargo().args(["package", "--list", "--allow-dirty", "--offline"]));
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let listed: Vec<&str> = listed.lines().collect();
    let mut source = Vec::new();
    files_under("src", &mut source);
    assert!(source.len() > 50, "{source:?}");
    for name in ["README.md", "LICENSE", "build.rs", "include/cbindgen.toml"] {
        source.push(name.to_owned());
    }
    for name in &source {
        assert!(listed.contains(&name.as_str()), "{name} is not packed");
    }
    let is_of_the_repository = |name: &&str| {
        ["tests/", "bindings/", ".ci/"]
            .iter()
            .any(|dir| name.starts_with(dir))
    };
    assert_eq!(listed.iter().find(|name| is_of_the_repository(name)), None);
}
