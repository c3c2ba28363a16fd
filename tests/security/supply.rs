//! What the library is made of, and what it must not offer.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;

use crate::figures;
use crate::support::{self, cargo, is_installed, root, skipped};

fn lines(output: Output) -> String {
    assert!(output.status.success(), "{}", support::said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// `name version` of everything that normal dependencies lead to, the library itself left out.
fn dependencies() -> BTreeSet<String> {
    let arguments = [
        "tree",
        "--locked",
        "--edges=normal",
        "--prefix=none",
        "--package=oss-resumable",
    ];
    let output = lines(cargo().args(arguments).output().unwrap());
    let words = |line: &str| {
        let mut words = line.split(' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        (name != "oss-resumable").then(|| format!("{name} {version}"))
    };
    output.lines().filter_map(words).collect()
}

/// What `.ci/sbom` prints; `None` without Python, which has been said then.
fn bill() -> Option<Value> {
    if !is_installed("python3") {
        skipped("the bill of materials", "install python3");
        return None;
    }
    let output = Command::new(root().join(".ci/sbom"))
        .current_dir(root())
        .output();
    Some(serde_json::from_str(&lines(output.unwrap())).unwrap())
}

fn named(component: &Value) -> String {
    let text = |field: &str| component[field].as_str().unwrap().to_owned();
    format!("{} {}", text("name"), text("version"))
}

#[test]
fn the_bill_of_materials_lists_exactly_the_crates_that_are_linked() {
    let Some(bill) = bill() else {
        return;
    };
    assert_eq!(bill["bomFormat"], "CycloneDX");
    let ours = concat!("oss-resumable ", env!("CARGO_PKG_VERSION"));
    assert_eq!(named(&bill["metadata"]["component"]), ours);
    let components = bill["components"].as_array().unwrap();
    let listed: BTreeSet<String> = components.iter().map(named).collect();
    assert_eq!(listed.len(), components.len(), "something is listed twice");
    assert_eq!(listed, dependencies());
    let mut licences = BTreeSet::new();
    for component in components {
        let hash = component["hashes"][0]["content"].as_str().unwrap();
        assert_eq!(hash.len(), 64, "{component}");
        licences.insert(component["licenses"][0]["expression"].as_str().unwrap());
    }
    // Everything that can be seen in the library itself is in the list. Panics carry the paths of the
    // sources they come from: …/registry/src/INDEX/NAME-VERSION/….
    let bytes = std::fs::read(support::library()).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let mut seen = 0;
    for (at, mark) in text.match_indices("/registry/src/") {
        let Some((_, path)) = text[at + mark.len()..].split_once('/') else {
            continue;
        };
        let part = |letter: char| letter.is_ascii_alphanumeric() || "_-.+".contains(letter);
        let directory = &path[..path.find(|letter| !part(letter)).unwrap_or(path.len())];
        let known = |name: &String| name.replacen(' ', "-", 1) == directory;
        assert!(listed.iter().any(known), "{directory} is not listed");
        seen += 1;
    }
    assert!(seen > 100, "{seen} paths were found in the library");
    let figures = [
        ("crates", listed.len() as u64),
        ("licences", licences.len() as u64),
    ];
    figures::record("supply-chain-crates", &figures);
}

#[test]
fn the_same_lock_file_gives_the_same_bill_of_materials() {
    assert_eq!(bill(), bill());
}

#[test]
fn every_crate_comes_from_the_registry_with_its_checksum() {
    // Of three workspaces: what fuzzes and what models runs on developers' machines, and in CI.
    for lock in [
        "Cargo.lock",
        "tests/fuzz/Cargo.lock",
        "tests/models/Cargo.lock",
    ] {
        crates_come_from_the_registry(lock);
    }
}

fn crates_come_from_the_registry(lock: &str) {
    let ours = [
        "oss-resumable",
        "oss-test-server",
        "oss-resumable-fuzz",
        "oss-resumable-models",
    ];
    let lock = std::fs::read_to_string(root().join(lock)).unwrap();
    let mut crates = 0;
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let lines = package.lines();
            let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            values.next().map(|value| value.trim_matches('"'))
        };
        let name = field("name").unwrap();
        let registry = Some("registry+https://github.com/rust-lang/crates.io-index");
        match field("source") {
            None => assert!(ours.contains(&name), "{name}"),
            source => {
                assert_eq!(source, registry, "{name}");
                assert_eq!(field("checksum").map(str::len), Some(64), "{name}");
            }
        }
        crates += 1;
    }
    assert!(crates > 100, "{crates}");
}

#[test]
fn the_release_build_counts_with_overflow_checks_and_unwinds() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, profile) = manifest.split_once("\n[profile.release]\n").unwrap();
    let profile = profile.split("\n[").next().unwrap();
    for line in ["overflow-checks = true", "panic = \"unwind\""] {
        assert!(profile.lines().any(|given| given == line), "{profile}");
    }
}

/// Names of functions, fields and constants of the header.
fn interface() -> BTreeSet<String> {
    let header = std::fs::read_to_string(root().join("include/oss_resumable.h")).unwrap();
    let mut code = String::new();
    let mut rest = header.as_str();
    while let Some((before, after)) = rest.split_once("/*") {
        code.push_str(before);
        rest = after.split_once("*/").unwrap().1;
    }
    code.push_str(rest);
    let words = code.split(|letter: char| letter != '_' && !letter.is_ascii_alphanumeric());
    words.map(str::to_ascii_lowercase).collect()
}

#[test]
fn nothing_in_the_interface_switches_the_verification_of_servers_off() {
    let interface = interface();
    assert!(interface.contains("oss_resumable_client_new"));
    let about = |words: &[&str]| -> Vec<&str> {
        let names = interface.iter().map(String::as_str);
        names
            .filter(|name| words.iter().any(|word| name.contains(word)))
            .collect()
    };
    let switches = [
        "insecure", "danger", "skip", "trust", "accept", "peer", "hostname",
    ];
    assert_eq!(about(&switches), [""; 0]);
    // What there is on the subject adds trust in a certificate or names a failure.
    assert_eq!(
        about(&["tls", "ssl", "cert", "ca_", "https"]),
        ["ca_data", "ca_data_len", "ca_file"]
    );
    let verify = about(&["verif"]);
    assert!(verify.iter().all(|name| name.contains("verify_on_resume")
        || name.contains("oss_resumable_verify_")), "{verify:?}");
}

#[test]
fn no_example_takes_a_secret_on_its_command_line() {
    let mut dirs = vec![root().join("bindings")];
    let mut looked_at = 0;
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["node_modules", "target", "build", "vendor"].contains(&name.as_str()) {
                    dirs.push(path);
                }
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            for option in [
                "--access-key-secret",
                "--secret",
                "--sts-token",
                "--proxy-password",
            ] {
                assert!(!text.contains(option), "{option} in {}", path.display());
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 50, "{looked_at}");
}
