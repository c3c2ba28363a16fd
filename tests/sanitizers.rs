//! The C programs under AddressSanitizer with its leak check, and under valgrind.
//!
//! The C side is instrumented, the library is not; but both allocate with the C library's functions,
//! which either tool replaces, so what the library leaks or frees twice is seen as well.
#![cfg(target_os = "linux")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use oss_test_server::{Action, Op, Rule, Server};
use support::{c_program, make_file, run, run_ok, said, skipped, temp_dir};

const PART: u64 = 102_400;

/// As its own exit code, so that it is not taken for a failed check.
const FOUND: i32 = 9;

fn build(name: &str, extra_args: &[&str]) -> Option<PathBuf> {
    let source = format!("tests/c/{name}.c");
    let mut args = vec!["-std=c99"];
    args.extend(extra_args);
    let suffix = if extra_args.is_empty() {
        "plain"
    } else {
        "asan"
    };
    c_program(&format!("{name}-{suffix}"), &source, &args)
}

fn build_instrumented(name: &str) -> Option<PathBuf> {
    build(
        name,
        &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    )
}

fn instrumented(program: &Path) -> Command {
    let mut command = support::command(program);
    command.env(
        "ASAN_OPTIONS",
        format!("detect_leaks=1:detect_stack_use_after_return=1:exitcode={FOUND}"),
    );
    command.env("LSAN_OPTIONS", format!("exitcode={FOUND}"));
    command
}

/// Runs `command` with the arguments of the uploading programs.
fn run_with_server(name: &str, mut command: Command) {
    let server = Server::start();
    server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 10 }));
    let dir = temp_dir(name);
    let (file, small) = (dir.join("file"), dir.join("small"));
    make_file(&file, 30 * PART + 12_345, 1);
    make_file(&small, 2 * PART + 1, 2);
    run_ok(command.arg(server.url()).arg(file).arg(small));
    assert_eq!(server.uploads(), [], "uploads left open");
}

#[test]
fn the_sanitizer_sees_a_leak_of_the_librarys_memory() {
    let Some(program) = build_instrumented("leak") else {
        return;
    };
    let output = run(&mut instrumented(&program));
    assert_eq!(output.status.code(), Some(FOUND), "{}", said(&output));
    assert!(said(&output).contains("detected memory leaks"));
    run_ok(instrumented(&program).arg("without a leak"));
}

#[test]
fn the_sanitizer_finds_nothing_in_what_the_api_refuses() {
    if let Some(program) = build_instrumented("api") {
        run_ok(&mut instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_uploads() {
    if let Some(program) = build_instrumented("upload") {
        run_with_server("asan-upload", instrumented(&program));
    }
}

#[test]
fn the_sanitizer_finds_nothing_in_a_host() {
    if let Some(program) = build_instrumented("host") {
        run_with_server("asan-host", instrumented(&program));
    }
}

/// Valgrind for a program; `None` where there is none, which has been said then.
fn valgrind(program: &Path) -> Option<Command> {
    if !support::is_installed("valgrind") {
        skipped("valgrind", "install valgrind");
        return None;
    }
    let mut command = support::command(Path::new("valgrind"));
    command
        .arg(format!("--error-exitcode={FOUND}"))
        .args(["--quiet", "--leak-check=full", "--show-leak-kinds=definite"])
        // The engine's threads live as long as the process, and what they hold with them.
        .arg("--errors-for-leak-kinds=definite")
        .args(["--fair-sched=yes", "--child-silent-after-fork=yes"])
        .arg(program);
    Some(command)
}

#[test]
fn valgrind_sees_a_leak_of_the_librarys_memory() {
    let Some(program) = build("leak", &[]) else {
        return;
    };
    let Some(mut command) = valgrind(&program) else {
        return;
    };
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(FOUND), "{}", said(&output));
    run_ok(command.arg("without a leak"));
}

#[test]
fn valgrind_finds_nothing_in_what_the_api_refuses() {
    let command = build("api", &[]).and_then(|program| valgrind(&program));
    if let Some(mut command) = command {
        run_ok(&mut command);
    }
}

#[test]
fn valgrind_finds_nothing_in_a_small_upload() {
    let command = build("small", &[]).and_then(|program| valgrind(&program));
    if let Some(command) = command {
        run_with_server("valgrind-upload", command);
    }
}
