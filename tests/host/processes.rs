//! fork(), the end of the process, and a library that comes and goes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::*;
use crate::effort::effort;
use crate::figures::record;
use crate::support::{run, run_ok, said};

#[test]
fn children_of_a_busy_parent_upload_on_and_disturb_nobody() {
    let Some(program) = program("forks") else {
        return;
    };
    let stage = Stage::new("forks");
    let forks = effort(50, 1000, 10_000);
    let mut command = stage.command(&program);
    command.arg(&stage.file).arg(&stage.small);
    let output = run_ok(command.arg(forks.to_string()));
    stage.assert_sound();
    for child in 0..8 {
        for name in ["a", "b"] {
            stage.assert_stored(&format!("child/{child}/{name}"), &stage.file);
        }
    }
    for child in (0..forks).step_by(25) {
        stage.assert_stored(&format!("short/{child}"), &stage.small);
    }
    for key in ["locked/1", "locked/2", "early"] {
        stage.assert_stored(key, &stage.file);
    }
    stage.assert_stored("late", &stage.small);
    assert!(stage.server.object(BUCKET, "locked/child").is_none());
    // No part of any upload was sent by two processes.
    let log = stage.server.log();
    let mut parts: Vec<_> = log
        .iter()
        .filter(|entry| entry.op == Op::UploadPart)
        .map(|entry| (&entry.upload_id, entry.part_number))
        .collect();
    let sent = parts.len();
    parts.sort();
    parts.dedup();
    assert_eq!(parts.len(), sent, "a part was sent twice");
    record(
        "host-forks",
        &[
            ("forks", printed(&output, "forks")),
            ("uploads of parents meanwhile", printed(&output, "uploads")),
            ("parts", sent as u64),
            ("parts sent twice", (sent - parts.len()) as u64),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}

/// Programs that know nothing of each other, not a parent and its child.
#[test]
fn of_two_programs_with_one_checkpoint_the_second_is_refused_and_disturbs_nothing() {
    let Some(program) = program("once") else {
        return;
    };
    // While parts are sent, and while the commit is out.
    for op in [Op::UploadPart, Op::CompleteMultipartUpload] {
        let stage = Stage::new("two");
        let checkpoint = stage.dir.join("shared.ucp");
        let command = || {
            let mut command = stage.command(&program);
            command.arg(&stage.file).arg("two").arg(&checkpoint);
            command
        };
        let gate = stage.server.pause_next(op);
        let first = command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let owner = first.id();
        assert!(gate.wait_reached(Duration::from_secs(20)));
        let before = std::fs::read(&checkpoint).unwrap();

        let second = said(&run_ok(&mut command()));
        assert!(second.starts_with("code=-4 "), "{second}");
        let holder = format!("is in use by process {owner}");
        assert!(second.contains(&holder), "{second}");
        // The first one may have added to it meanwhile.
        let after = std::fs::read(&checkpoint).unwrap();
        assert!(after.starts_with(&before) && stage.server.objects().is_empty());

        gate.release();
        let first = first.wait_with_output().unwrap();
        assert!(first.status.success());
        assert!(
            said(&first).starts_with("code=0 warnings=0 resumed=0 "),
            "{}",
            said(&first)
        );
        stage.assert_stored("two", &stage.file);
        stage.assert_sound();
        assert_eq!(stage.server.requests(Op::InitiateMultipartUpload), 1);
        assert_eq!(stage.server.requests(Op::UploadPart), 31);
        assert!(!checkpoint.exists());
        // Who was refused need only call again.
        let third = said(&run_ok(&mut command()));
        assert!(third.starts_with("code=0 "), "{third}");
        stage.assert_sound();
    }
}

#[test]
fn a_program_may_end_in_every_way_while_it_uploads_and_goes_on_when_it_is_run_again() {
    let Some(program) = program("exits.cpp") else {
        return;
    };
    let stage = Stage::new("exits");
    let rounds = effort(1, 5, 50);
    let (mut ends, mut otherwise, mut slowest) = (0, 0, Duration::ZERO);
    for how in [
        "return",
        "at-once",
        "exit",
        "thread",
        "quick",
        "callback",
        "static-free",
        "static-finish",
        "static-exit",
        "static-upload",
    ] {
        for _ in 0..rounds {
            let key = format!("exits/{how}");
            let ran = |how: &str| {
                let mut command = stage.command(&program);
                run(command.arg(&stage.file).args([&key, how]))
            };
            // Whoever ends in mid-upload does so however late it gets to run.
            let late = Rule::on(Op::UploadPart).key(&key).part(24).once();
            let ms = if how == "static-finish" { 3000 } else { 10_000 };
            stage.server.rule(late.then(Action::Delay { ms }));
            let started = Instant::now();
            let output = ran(how);
            slowest = slowest.max(started.elapsed());
            ends += 1;
            if output.status.code() != Some(7) {
                otherwise += 1;
                eprintln!("{how}: {}: {}", output.status, said(&output));
            }
            if how == "static-finish" {
                stage.assert_stored(&key, &stage.file);
            }
            stage.server.clear_rules();
            run_ok(
                stage
                    .command(&program)
                    .arg(&stage.file)
                    .args([&key, "finish"]),
            );
            stage.assert_stored(&key, &stage.file);
            stage.assert_sound();
            stage.server.delete_object(BUCKET, &key);
        }
    }
    // The slowest one sends a whole file in the end.
    assert!(slowest < Duration::from_secs(30), "{slowest:?}");
    assert_eq!(otherwise, 0);
    record(
        "host-exits",
        &[
            ("programs that ended in mid-upload", ends),
            ("ended otherwise than they said", otherwise),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}

#[test]
fn a_library_that_is_loaded_and_unloaded_again_and_again_leaves_no_thread_and_no_descriptor() {
    let Some(program) = program("plugin") else {
        return;
    };
    let stage = Stage::new("plugin");
    let rounds = effort(20, 100, 1000);
    let mut command = stage.command(&program);
    command.arg(&stage.small).arg(crate::support::library());
    let output = run_ok(command.arg(rounds.to_string()));
    for round in 0..rounds {
        stage.assert_stored(&format!("plugin/{round}"), &stage.small);
    }
    stage.assert_sound();
    let leaked = |what: &str| printed(&output, what);
    let (threads, descriptors) = (leaked("threads_leaked"), leaked("descriptors_leaked"));
    assert_eq!((threads, descriptors), (0, 0));
    record(
        "host-plugin",
        &[
            (
                "times loaded, used and unloaded",
                printed(&output, "rounds"),
            ),
            ("threads leaked", threads),
            ("descriptors leaked", descriptors),
            ("wrong objects", stage.wrong_objects()),
        ],
    );
}
