//! The official SDKs and this library side by side: the same file, the same settings, the same object;
//! and README's table, whose lines are cut from the programs that did it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Op, Server};

use crate::language::{Language, NOT_INSTALLED, say_skipped};
use crate::support::{self, make_file, root, run, said, temp_dir};

const PART: u64 = 102_400;

/// Languages whose official SDK runs here; for C it is the drop-in with its headers.
const RUN_HERE: [&str; 5] = ["c", "go", "python", "java", "nodejs"];

/// README's name of each SDK.
const ROWS: [(&str, &str); 9] = [
    ("C", "c"),
    ("C++", "cpp"),
    ("Go V2", "go"),
    ("C#", "csharp"),
    ("Python V2", "python"),
    ("Java V1", "java"),
    ("Node.js", "nodejs"),
    ("PHP V2", "php"),
    ("iOS", "objc"),
];

fn directory() -> PathBuf {
    root().join("tests/sdk/migration")
}

/// A program with the official SDK of the language, or one with its binding.
pub fn command(language: &Language, program: &Path) -> Command {
    let mut command = Command::new(directory().join("run.sh"));
    command
        .arg(language.name)
        .arg(program)
        .env("LIB_DIR", support::library_dir())
        .env("BUILD_DIR", language.scratch())
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
        // A proxy that the SDKs came through is of no use for the server.
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env_remove("LD_LIBRARY_PATH");
    command
}

/// Everything a side has to do, with the arguments that all programs have.
fn upload(language: &Language, side: &str, server: &Server, key: &str) -> bool {
    let dir = temp_dir("migration");
    let file = dir.join("file.bin");
    make_file(&file, 10 * PART + 1, 7);
    let program = match side {
        "official" => PathBuf::from(side),
        _ => program(language.name, side),
    };
    let mut command = command(language, &program);
    command
        .args([&server.url(), "examplebucket", key])
        .arg(&file);
    let output = run(&mut command);
    say_skipped(&output);
    if output.status.code() == Some(NOT_INSTALLED) {
        return false;
    }
    let (name, text) = (language.name, said(&output));
    assert!(output.status.success(), "{name}, {side}: {text}");
    let equal = server.object_equals_file("examplebucket", key, &file);
    assert!(equal, "{name}, {side}: the object is not the file");
    assert_eq!(server.requests(Op::UploadPart), 11, "{name}, {side}");
    assert_eq!(server.uploads(), [], "{name}, {side}: uploads left open");
    server.clear_log();
    true
}

pub fn stores_the_same_object(language: &Language) {
    let _alone = language.alone();
    if !language.is_built() {
        return;
    }
    let server = Server::start();
    assert!(upload(language, "ours", &server, "ours.bin"));
    if RUN_HERE.contains(&language.name) && upload(language, "official", &server, "official.bin") {
        let object = |key| server.object("examplebucket", key).expect("it is stored");
        let (ours, official) = (object("ours.bin"), object("official.bin"));
        assert_eq!((ours.etag, ours.crc64), (official.etag, official.crc64));
    }
}

fn program(language: &str, side: &str) -> PathBuf {
    let programs = fs::read_dir(directory().join(language)).expect("its directory");
    let mut programs = programs.map(|entry| entry.unwrap().path());
    let found = programs.find(|path| {
        let stem = path.file_stem().unwrap().to_string_lossy().to_lowercase();
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        // Go's say which versions it takes.
        stem == side && !["mod", "sum"].contains(&ending.as_ref())
    });
    found.unwrap_or_else(|| panic!("{language} has no {side}"))
}

/// The marked line of a program, without what ends a statement.
fn marked(language: &str, side: &str) -> String {
    let text = fs::read_to_string(program(language, side)).unwrap();
    let (_, after) = text.split_once("migration: begin").expect("a begin");
    let (part, _) = after.split_once("migration: end").expect("an end");
    let lines: Vec<&str> = part.lines().map(str::trim).collect();
    // The first and the last line are the rest of the markers'.
    // Calls that are chained stand in lines of their own.
    let line = lines[1..lines.len() - 1].join(" ").replace(" .", ".");
    line.trim_end_matches(';').to_owned()
}

#[test]
fn the_lines_of_the_table_in_the_readme_are_those_of_programs_that_were_run() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = readme
        .split_once("\n| SDK | Official | Here |\n|---|---|---|\n")
        .expect("the table");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), ROWS.len());
    for (row, (title, name)) in rows.iter().zip(ROWS) {
        assert_eq!(row[0], title);
        // The code comes first; what a reader has to know besides may follow.
        let code = |cell: &str| cell.split('`').nth(1).unwrap_or_default().to_owned();
        assert_eq!(code(row[2]), marked(name, "ours"), "{title}");
        if RUN_HERE.contains(&name) {
            assert_eq!(code(row[1]), marked(name, "official"), "{title}");
        } else {
            assert!(row[1].contains("` ¹"), "{title}: who ran {}?", row[1]);
        }
    }
    assert!(table.contains("\n¹ "), "it is not said what was not run");
}
