//! What has to be on the disk before the next request is sent, as the system calls of a real program tell.
#![cfg(target_os = "linux")]

#[path = "support/engine.rs"]
mod engine;
mod support;

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use engine::*;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};

/// A system call: the lines of the trace in which it began and ended, and its text.
struct Syscall {
    began: usize,
    ended: usize,
    text: String,
}

/// Reads what `strace -f` wrote, where a call that another thread interrupts is in two pieces.
fn read_trace(trace: &str) -> Vec<Syscall> {
    let mut calls = Vec::new();
    let mut unfinished: HashMap<&str, (usize, &str)> = HashMap::new();
    for (line, text) in trace.lines().enumerate() {
        let (thread, text) = text.split_once(' ').expect("a thread and what it does");
        let text = text.trim_start();
        if let Some(first) = text.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, (line, first));
        } else if text.starts_with("<... ") {
            let Some((began, first)) = unfinished.remove(thread) else {
                continue;
            };
            let (_, rest) = text.split_once("resumed>").expect("the end of a call");
            calls.push(Syscall {
                began,
                ended: line,
                text: format!("{first}{rest}"),
            });
        } else {
            calls.push(Syscall {
                began: line,
                ended: line,
                text: text.to_owned(),
            });
        }
    }
    calls
}

/// The first call that begins after `line` and has all the words.
#[track_caller]
fn first_after<'a>(calls: &'a [Syscall], line: usize, words: &[&str]) -> &'a Syscall {
    let is_it =
        |call: &&Syscall| call.began >= line && words.iter().all(|word| call.text.contains(word));
    let found = calls.iter().filter(is_it).min_by_key(|call| call.began);
    found.unwrap_or_else(|| panic!("no call {words:?} after line {line}"))
}

fn traced(rig: &Rig, program: &Path, file: &Path) -> Vec<Syscall> {
    let trace = rig.path("trace");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-y", "-s", "300", "-o"])
        .arg(&trace)
        .args(["-e", "trace=rename,fsync,fdatasync,write,writev,sendto"])
        .arg(program)
        .arg(file)
        .arg(format!("oss://{BUCKET}/{KEY}"))
        .args(["--endpoint", &rig.server.url(), "--region", "cn-hangzhou"])
        .args(["--part-size", &PART.to_string(), "--threads", "2"])
        .arg("--checkpoint")
        .arg(rig.checkpoint(file))
        .env_remove("LD_LIBRARY_PATH")
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET);
    support::run_ok(&mut command);
    read_trace(&std::fs::read_to_string(trace).unwrap())
}

#[test]
fn what_a_power_cut_must_not_take_is_on_the_disk_before_the_next_request() {
    // Installed is not enough: a container may forbid tracing.
    let tried = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    if !tried.is_ok_and(|output| output.status.success()) {
        return support::skipped("strace", "install strace; tracing has to be allowed");
    }
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-durable", source, &[]) else {
        return;
    };
    let rig = Rig::new();
    let file = rig.file("file", 4 * PART);
    let calls = traced(&rig, &program, &file);
    rig.assert_stored(&file);

    let checkpoint = rig.checkpoint(&file);
    let checkpoint = format!("<{}>", checkpoint.to_str().unwrap());
    let directory = format!("<{}>", rig.dir.to_str().unwrap());
    let part = first_after(&calls, 0, &["partNumber="]);

    // The upload id, under the name by which it is looked for.
    let header = first_after(&calls, 0, &["write(", "\\\"upload_id\\\""]);
    let renamed = first_after(&calls, header.ended, &["rename("]);
    let synced = first_after(&calls, header.ended, &["fsync(", &checkpoint, "= 0"]);
    let named = first_after(&calls, renamed.ended, &["fsync(", &directory, "= 0"]);
    assert!(synced.ended < part.began, "the upload id is not durable");
    assert!(named.ended < part.began, "the checkpoint's name is not");

    // That the commit may have happened.
    let record = first_after(&calls, part.began, &["write(", "\\\"completing\\\""]);
    let complete = first_after(&calls, part.began, &["POST /", "uploadId="]);
    let synced = first_after(&calls, record.ended, &["fdatasync(", &checkpoint, "= 0"]);
    assert!(
        synced.ended < complete.began,
        "that it commits is not durable"
    );
}
