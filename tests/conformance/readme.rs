//! The bindings' READMEs: one shape, and samples that are cut from programs that run.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Server};

use crate::LANGUAGES;
use crate::support::{library_dir, make_file, root, run_ok, temp_dir};

const HEADINGS: [&str; 8] = [
    "Install",
    "Sample",
    "Parameters",
    "Errors",
    "Cancel",
    "Async",
    "Threads",
    "Migration",
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

/// What every directory has; the example is a file or a directory.
#[test]
fn every_directory_has_the_same_shape() {
    for language in &LANGUAGES {
        let dir = language.directory();
        for name in ["README.md", "run.sh", "tests"] {
            assert!(dir.join(name).exists(), "{}: no {name}", language.name);
        }
        let entries = fs::read_dir(&dir).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let examples = names.filter(|name| name.starts_with("example"));
        assert_eq!(examples.count(), 1, "{}: one example", language.name);
        let conformance = fs::read_dir(dir.join("tests")).unwrap().any(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.to_lowercase().starts_with("conformance")
        });
        assert!(conformance, "{}: no conformance program", language.name);

        let commands = fs::read_to_string(dir.join("run.sh")).unwrap();
        for command in [
            "build",
            "test",
            "conformance",
            "example",
            "package",
            "install",
        ] {
            // As a pattern of `case`, alone or among others.
            let is_there = commands.lines().any(|line| {
                let pattern = line.split_once(')').map_or("", |(pattern, _)| pattern);
                pattern.split('|').any(|name| name.trim() == command)
            });
            assert!(is_there, "{}: run.sh has no {command}", language.name);
        }
    }
}

/// The fenced blocks of a text, whatever the language: the line before, the tag and the content.
fn fenced(text: &str) -> Vec<(&str, &str, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    let mut before = "";
    while let Some(line) = lines.next() {
        if let Some(tag) = line.trim_start().strip_prefix("```") {
            let inner: Vec<&str> = lines
                .by_ref()
                .take_while(|line| line.trim() != "```")
                .collect();
            blocks.push((before, tag, inner.join("\n")));
        }
        before = line;
    }
    blocks
}

/// All blocks from the sample on, the sample first.
fn blocks(text: &str) -> Vec<String> {
    let (_, after) = text.split_once("\n## Sample\n").expect("the sample");
    let found = fenced(after).into_iter();
    found.map(|(_, _, block)| squeezed(&block)).collect()
}

/// What has to be typed to install a package, as printed, where the library has been built.
#[test]
fn the_commands_of_a_readme_that_is_marked_so_install_the_package_and_run_the_sample() {
    let mut marked = 0;
    for language in &LANGUAGES {
        let readme = fs::read_to_string(language.directory().join("README.md")).unwrap();
        let (install, sample) = readme.split_once("\n## Sample\n").expect("the sample");
        let (_, tag, sample) = fenced(sample).into_iter().next().expect("the sample");
        for (mark, _, script) in fenced(install) {
            if mark != "<!-- test: install -->" {
                continue;
            }
            marked += 1;
            let _alone = language.alone();
            if !language.is_built() {
                continue;
            }
            let (dir, server) = (temp_dir("commands"), Server::start());
            fs::create_dir(dir.join("target")).unwrap();
            symlink(library_dir(), dir.join("target/release")).unwrap();
            for name in ["bindings", "include", "LICENSE"] {
                symlink(root().join(name), dir.join(name)).unwrap();
            }
            let ending = match tag {
                "csharp" => "cs",
                "objc" => "m",
                other => panic!("how do files of {other} end?"),
            };
            fs::write(
                dir.join("Sample").with_extension(ending),
                sample.clone() + "\n",
            )
            .unwrap();
            let file = dir.join("big.bin");
            make_file(&file, 1 << 20, 3);
            let mut shell = Command::new("sh");
            shell
                .args(["-euc", &script])
                .current_dir(dir.path())
                .env("OSS_ENDPOINT", server.url())
                .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
                .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
                .env_remove("OSS_RESUMABLE_LIBRARY")
                .env_remove("LD_LIBRARY_PATH");
            run_ok(&mut shell);
            let equal = server.object_equals_file("examplebucket", "dir/big.bin", &file);
            assert!(equal, "{}: the sample's object", language.name);
        }
    }
    assert!(marked >= 2, "{marked} READMEs have such commands");
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
