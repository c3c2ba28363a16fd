//! The C and C++ programs under AddressSanitizer with its leak check and UndefinedBehaviorSanitizer, and
//! under valgrind; and a program with bugs, to see that each tool is on.
//!
//! The C side is instrumented, the library is not; but both allocate with the C library's functions,
//! which either tool replaces, so what the library leaks or frees twice is seen as well. For the library
//! with instrumentation of its own see `tests/memory/run`.
#![cfg(target_os = "linux")]

#[path = "support/effort.rs"]
mod effort;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/stage.rs"]
mod stage;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use effort::effort;
use oss_test_server::Server;
use stage::Stage;
use support::{c_program, run, run_ok, said, skipped, temp_dir};

/// As its own exit code, so that it is not taken for a failed check.
const FOUND: i32 = 9;

/// What was run under which tool, and which seeded bugs were seen; a run that finds something fails.
static COUNTED: Mutex<[(&str, u64); 5]> = Mutex::new([
    ("C and C++ programs under AddressSanitizer and UBSan", 0),
    ("C and C++ programs under valgrind", 0),
    ("errors and leaks found in them", 0),
    ("seeded bugs seen", 0),
    ("seeded bugs not seen", 0),
]);
const SANITIZED: usize = 0;
const VALGRIND: usize = 1;
const ERRORS: usize = 2;
const SEEDED: usize = 3;
const NOT_SEEN: usize = 4;

fn count(which: usize) {
    let mut counted = COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    counted[which].1 += 1;
    figures::record("memory-c", &*counted);
}

const INSTRUMENTATION: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

fn build(name: &str, extra_args: &[&str]) -> Option<PathBuf> {
    let source = format!("tests/c/{name}.c");
    let mut args = vec!["-std=c99"];
    args.extend(extra_args);
    build_as(name, &source, &args)
}

fn build_cpp(name: &str, extra_args: &[&str]) -> Option<PathBuf> {
    let include = |directory: &str| format!("-I{}", support::root().join(directory).display());
    let (ours, of_c) = (include("bindings/cpp/include"), include("bindings/c/tests"));
    let second = support::root().join("bindings/cpp/tests/include_twice.cpp");
    let mut args = vec!["-std=c++11", ours.as_str(), of_c.as_str()];
    if name == "tests" {
        args.push(second.to_str()?);
    }
    args.extend(extra_args);
    let source = format!("bindings/cpp/tests/{name}.cpp");
    build_as(&format!("cpp-{name}"), &source, &args)
}

/// Not `memory.c`, which refuses memory in the place of the C library, where the sanitizer wants to be.
fn build_host(file: &str, extra_args: &[&str]) -> Option<PathBuf> {
    let (name, language) = match file.split_once('.')? {
        (name, "cpp") => (name, "-std=c++17"),
        (name, _) => (name, "-std=gnu11"),
    };
    let mut args = vec![language, "-ldl"];
    args.extend(extra_args);
    build_as(name, &format!("tests/c/{file}"), &args)
}

fn build_as(name: &str, source: &str, args: &[&str]) -> Option<PathBuf> {
    let is_instrumented = args.contains(&INSTRUMENTATION[0]);
    let suffix = if is_instrumented { "asan" } else { "plain" };
    c_program(&format!("{name}-{suffix}"), source, args)
}

fn instrumented(program: &Path) -> Command {
    let mut command = support::command(program);
    command.env(
        "ASAN_OPTIONS",
        format!("detect_leaks=1:detect_stack_use_after_return=1:exitcode={FOUND}"),
    );
    command.env("LSAN_OPTIONS", format!("exitcode={FOUND}"));
    command.env("UBSAN_OPTIONS", format!("exitcode={FOUND}"));
    command
}

/// The program ends well under the tool.
#[track_caller]
fn run_under(tool: usize, command: &mut Command) {
    let output = run(command);
    count(tool);
    if output.status.code() == Some(FOUND) {
        count(ERRORS);
    }
    let said = said(&output);
    assert!(output.status.success(), "{}\n{said}", output.status);
}

/// Runs `command` with the arguments of the uploading programs.
fn run_with_server(tool: usize, name: &str, mut command: Command) {
    let stage = Stage::new(name);
    let arguments = command.arg(stage.server.url());
    run_under(tool, arguments.arg(&stage.file).arg(&stage.small));
    assert_eq!(stage.server.uploads(), [], "uploads left open");
}

/// Runs `command` with the arguments of the C++ tests.
fn run_cpp(tool: usize, name: &str, mut command: Command) {
    let server = Server::start();
    let dir = temp_dir(name);
    let snapshot = support::root().join("tests/abi.json");
    run_under(
        tool,
        command.arg(server.url()).arg(snapshot).arg(dir.path()),
    );
    assert_eq!(server.uploads(), [], "uploads left open");
}

/// The tool ends the program because of `bug`, says so, and has nothing to say about the program
/// without it.
#[track_caller]
fn sees(bugs: &[(&str, &str)], command: &dyn Fn() -> Command) {
    run_ok(&mut command());
    for (bug, expected) in bugs {
        let output = run(command().arg(bug));
        let said = said(&output);
        let is_seen = output.status.code() == Some(FOUND) && said.contains(expected);
        count(if is_seen { SEEDED } else { NOT_SEEN });
        assert!(is_seen, "{bug}: {}\n{said}", output.status);
    }
}

#[test]
fn the_sanitizer_sees_each_seeded_bug() {
    if let Some(program) = build("seeded", &INSTRUMENTATION) {
        let bugs = [
            ("leak", "detected memory leaks"),
            ("use-after-free", "heap-use-after-free"),
            ("overflow", "signed integer overflow"),
        ];
        sees(&bugs, &|| instrumented(&program));
    }
    if let Some(program) = build_cpp("seeded", &INSTRUMENTATION) {
        let bugs = [
            ("leak", "detected memory leaks"),
            ("use-after-free", "heap-use-after-free"),
        ];
        sees(&bugs, &|| instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_what_the_api_refuses() {
    if let Some(program) = build("api", &INSTRUMENTATION) {
        run_under(SANITIZED, &mut instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_uploads() {
    if let Some(program) = build("upload", &INSTRUMENTATION) {
        run_with_server(SANITIZED, "asan-upload", instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_a_host() {
    if let Some(program) = build("host", &INSTRUMENTATION) {
        run_with_server(SANITIZED, "asan-host", instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_cpp() {
    if let Some(program) = build_cpp("tests", &INSTRUMENTATION) {
        run_cpp(SANITIZED, "asan-cpp", instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_callbacks_that_block_or_call_again() {
    if let Some(program) = build_host("callbacks.cpp", &INSTRUMENTATION) {
        run_with_server(SANITIZED, "asan-callbacks", instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_programs_that_end_while_they_upload() {
    let Some(program) = build_host("exits.cpp", &INSTRUMENTATION) else {
        return;
    };
    let stage = Stage::new("asan-exits");
    let run = |how: &str| {
        let mut command = instrumented(&program);
        command.arg(stage.server.url()).arg(&stage.file);
        run(command.args(["exits", how]))
    };
    count(SANITIZED);
    for how in [
        "return",
        "at-once",
        "exit",
        "thread",
        "callback",
        "static-free",
        "static-finish",
        "static-exit",
        "static-upload",
    ] {
        let output = run(how);
        if output.status.code() == Some(FOUND) {
            count(ERRORS);
        }
        assert_eq!(output.status.code(), Some(7), "{how}: {}", said(&output));
    }
    assert!(run("finish").status.success());
    stage.assert_stored("exits", &stage.file);
    assert_eq!(stage.server.uploads(), [], "uploads left open");
}

#[test]
fn the_sanitizer_finds_nothing_in_a_process_that_is_short_of_threads() {
    if let Some(program) = build_host("threads.c", &INSTRUMENTATION) {
        let stage = Stage::new("asan-threads");
        let mut command = instrumented(&program);
        let arguments = command.arg(stage.server.url());
        run_under(SANITIZED, arguments.arg(&stage.small));
        assert_eq!(stage.server.uploads(), [], "uploads left open");
    }
}

/// Valgrind for a program; `None` where there is none, which has been said then.
fn valgrind(program: &Path, leaks: &[&str]) -> Option<Command> {
    if !support::is_installed("valgrind") {
        skipped("valgrind", "install valgrind");
        return None;
    }
    let mut command = support::command(Path::new("valgrind"));
    command
        .arg(format!("--error-exitcode={FOUND}"))
        .args([
            "--quiet",
            "--fair-sched=yes",
            "--child-silent-after-fork=yes",
        ])
        .args(leaks)
        .arg(program);
    Some(command)
}

/// The engine's threads live as long as the process, and what they hold with them: only what is lost for
/// certain is a leak.
const LEAKS: [&str; 3] = [
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
];

#[test]
fn valgrind_sees_each_seeded_bug() {
    let (c, cpp) = (build("seeded", &[]), build_cpp("seeded", &[]));
    let bugs = [
        ("leak", "definitely lost"),
        ("use-after-free", "Invalid read"),
        ("uninitialised", "depends on uninitialised"),
    ];
    for (program, bugs) in [(c, &bugs[..]), (cpp, &bugs[..1])] {
        if let Some(program) = program
            && valgrind(&program, &LEAKS).is_some()
        {
            sees(bugs, &|| valgrind(&program, &LEAKS).unwrap());
        }
    }
}

#[test]
fn valgrind_finds_nothing_in_what_the_api_refuses() {
    let command = build("api", &[]).and_then(|program| valgrind(&program, &LEAKS));
    if let Some(mut command) = command {
        run_under(VALGRIND, &mut command);
    }
}

#[test]
fn valgrind_finds_nothing_in_uploads() {
    let name = effort("small", "upload", "upload");
    let command = build(name, &[]).and_then(|program| valgrind(&program, &LEAKS));
    if let Some(command) = command {
        run_with_server(VALGRIND, "valgrind-upload", command);
    }
}

#[test]
fn valgrind_finds_nothing_in_a_host() {
    // A child made by fork() lacks the threads of its parent, and so loses what they hold.
    let leaks = ["--leak-check=no"];
    let command = build("host", &[]).and_then(|program| valgrind(&program, &leaks));
    if effort(false, true, true)
        && let Some(command) = command
    {
        run_with_server(VALGRIND, "valgrind-host", command);
    }
}

#[test]
fn valgrind_finds_nothing_in_cpp() {
    let command = build_cpp("tests", &[]).and_then(|program| valgrind(&program, &LEAKS));
    if effort(false, true, true)
        && let Some(command) = command
    {
        run_cpp(VALGRIND, "valgrind-cpp", command);
    }
}
