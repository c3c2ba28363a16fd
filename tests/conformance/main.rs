//! Every binding, the same cases: `tests/scenarios.json` played by nine languages against the test
//! server, their own tests, their packages installed, and an upload that goes around all of them.
//!
//! What came of it is kept in `target/conformance/LANGUAGE`, for the table that `.ci/run` prints.
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod circle;
mod details;
mod example;
mod language;
mod migration;
mod readme;
mod scenario;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use language::{Language, NOT_INSTALLED, say_skipped};
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};
use support::{c_program, library_dir, run, said, temp_dir};

pub static LANGUAGES: [Language; 9] = [
    Language::new("c"),
    Language::new("cpp"),
    Language::new("go"),
    Language::new("csharp"),
    Language::new("python"),
    Language::new("java"),
    Language::new("nodejs"),
    Language::new("php"),
    Language::new("objc"),
];

fn language(name: &str) -> &'static Language {
    let found = LANGUAGES.iter().find(|language| language.name == name);
    found.expect("one of the nine")
}

/// The C example, as a second program that writes the same checkpoints.
pub fn engine(endpoint: String, file: &Path, bucket: &str, key: &str) -> Command {
    let source = "bindings/c/examples/oss-upload.c";
    let program = c_program("conformance-engine", source, &[]).expect("a C compiler");
    let mut command = support::command(&program);
    command
        .arg(file)
        .arg(format!("oss://{bucket}/{key}"))
        .args(["--endpoint", &endpoint, "--region", "cn-hangzhou"])
        .args(["--part-size", "102400", "--threads", "1"])
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET);
    command
}

fn record(language: &Language, text: &str) {
    let dir = library_dir().with_file_name("conformance");
    fs::create_dir_all(&dir).expect("the target directory is writable");
    fs::write(dir.join(language.name), text).expect("the target directory is writable");
}

fn conformance(language: &Language) {
    let _alone = language.alone();
    // Written before it is known: where everything has to run, one that cannot panics.
    record(language, "not run: not installed, or not built\n");
    if !language.is_built() {
        return;
    }
    record(language, "not run: broken off\n");
    let scenarios = scenario::all();
    let mut failed = String::new();
    let mut lines = String::new();
    for scenario in &scenarios {
        let outcome = scenario::play(language, scenario);
        let word = if outcome.is_ok() { "passed" } else { "FAILED" };
        lines.push_str(&format!("{word}: {}\n", scenario.name));
        if let Err(problem) = outcome {
            failed.push_str(&format!("{}: {problem}\n", scenario.name));
        }
    }
    record(language, &lines);
    assert!(failed.is_empty(), "{}:\n{failed}", language.name);
}

fn own_tests(language: &Language) {
    let _alone = language.alone();
    if !language.is_built() {
        return;
    }
    for (variable, value) in variants(language.name) {
        let mut command = language.command("test");
        if !variable.is_empty() {
            // Apart from what the usual compiler made.
            let scratch = language.scratch().join(value.replace('/', "-"));
            fs::create_dir_all(&scratch).unwrap();
            command.env(variable, &value).env("BUILD_DIR", scratch);
        }
        let output = run(&mut command);
        assert!(output.status.success(), "{value}: {}", said(&output));
        say_skipped(&output);
    }
}

/// As the machine has it, and with the second compiler or runtime that the language is to run with.
fn variants(language: &str) -> Vec<(&'static str, String)> {
    let mut variants = vec![("", String::new())];
    match language {
        "c" if support::is_installed("clang") => variants.push(("CC", "clang".to_owned())),
        "c" => support::skipped("the tests of C with clang", "install clang"),
        "java" => {
            let installed = fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
            let newer = installed.map(|entry| entry.path()).filter(|path| {
                let release = fs::read_to_string(path.join("release")).unwrap_or_default();
                let version = release.split("JAVA_VERSION=\"").nth(1).unwrap_or_default();
                let major = version.split(['.', '"']).next().unwrap_or_default();
                let is_newer = major.parse::<u32>().is_ok_and(|major| major > 17);
                is_newer && path.join("bin/javac").exists()
            });
            variants.extend(newer.map(|path| ("JAVA_HOME", path.display().to_string())));
        }
        _ => {}
    }
    variants
}

/// The package as users get it, in an empty directory, with README's sample in it.
fn package(language: &Language) {
    let _alone = language.alone();
    if !language.is_built() {
        return;
    }
    let (packages, new) = (temp_dir("packages"), temp_dir("installed"));
    let server = oss_test_server::Server::start();
    if is_skipped(&run(language.command("package").arg(packages.path()))) {
        return;
    }
    let file = new.join("big.bin");
    support::make_file(&file, 9 << 20, 3);
    let mut install = language.command("install");
    install
        .arg(packages.path())
        .arg(new.path())
        .env("OSS_ENDPOINT", server.url())
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
        .env_remove("OSS_RESUMABLE_LIBRARY");
    if is_skipped(&run(&mut install)) {
        return;
    }
    let equal = server.object_equals_file("examplebucket", "dir/big.bin", &file);
    assert!(equal, "the sample's object is not its file");
}

/// Whether a command lacks what it needs; anything else that is not a success is a failure.
fn is_skipped(output: &Output) -> bool {
    say_skipped(output);
    let is_skipped = output.status.code() == Some(NOT_INSTALLED);
    assert!(is_skipped || output.status.success(), "{}", said(output));
    is_skipped
}

macro_rules! languages {
    ($($module:ident: $name:literal),+ $(,)?) => {$(
        mod $module {
            #[test]
            fn passes_every_scenario() {
                super::conformance(super::language($name));
            }

            #[test]
            fn passes_its_own_tests() {
                super::own_tests(super::language($name));
            }

            #[test]
            fn has_an_example_that_does_what_the_c_example_does() {
                super::example::does_what_the_c_example_does(super::language($name));
            }

            #[test]
            fn has_an_example_that_keeps_its_checkpoint_on_ctrl_c() {
                super::example::keeps_its_checkpoint_on_ctrl_c(super::language($name));
            }

            #[test]
            fn shows_progress_cancel_metadata_and_callback_in_its_readme() {
                super::details::shows_all_that_an_upload_has(super::language($name));
            }

            #[test]
            fn stores_what_the_official_sdk_stores() {
                super::migration::stores_the_same_object(super::language($name));
            }

            #[test]
            fn is_installed_from_its_package_and_runs_the_sample_of_its_readme() {
                super::package(super::language($name));
            }
        }
    )+};
}

languages! {
    c: "c",
    cpp: "cpp",
    go: "go",
    csharp: "csharp",
    python: "python",
    java: "java",
    nodejs: "nodejs",
    php: "php",
    objc: "objc",
}
