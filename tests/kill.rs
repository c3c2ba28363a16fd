//! SIGKILL of a real program at random moments, then the same command again.

#[path = "support/engine.rs"]
mod engine;
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use engine::*;
use oss_resumable::checkpoint::record;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule};

const KILLS: u32 = 25;
const PARTS: u64 = 40;
const THREADS: u64 = 3;
const SIZE: u64 = PARTS * PART + 77;

fn command(program: &Path, rig: &Rig, file: &Path, key: &str) -> Command {
    let mut command = Command::new(program);
    command
        .arg(file)
        .arg(format!("oss://{BUCKET}/{key}"))
        .args(["--endpoint", &rig.server.url(), "--region", "cn-hangzhou"])
        .args(["--part-size", &PART.to_string()])
        .args(["--threads", &THREADS.to_string()])
        .arg("--checkpoint")
        .arg(rig.checkpoint(file))
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn resumed_bytes(stdout: &str) -> u64 {
    let last = stdout.lines().last().unwrap_or_default();
    let value = last
        .split_whitespace()
        .find_map(|word| word.strip_prefix("resumed_bytes="));
    value
        .unwrap_or_else(|| panic!("no resumed_bytes in {last:?}"))
        .parse()
        .unwrap()
}

#[test]
fn a_program_killed_at_any_moment_resumes_without_sending_finished_parts_again() {
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-kill", source, &[]) else {
        return;
    };
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 20 }));
    let file = rig.file("file", SIZE);

    let started = Instant::now();
    let whole = command(&program, &rig, &file, "unharmed").output().unwrap();
    assert!(whole.status.success(), "{whole:?}");
    let usual = started.elapsed();

    let (mut resumed, mut orphans) = (0, BTreeSet::new());
    // Different in each run of the test, and said, so that a failure can be looked into.
    let mut random = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .subsec_nanos();
    println!("seed {random}");
    for round in 0..KILLS {
        let key = format!("object-{round}");
        rig.server.clear_log();
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let moment = usual.mul_f64(f64::from(random >> 8) / f64::from(1 << 24));
        let child = command(&program, &rig, &file, &key).spawn().unwrap();
        std::thread::sleep(moment);
        kill(child);

        let bytes = std::fs::read(rig.checkpoint(&file)).unwrap_or_default();
        let known = record::load(&bytes);
        let finished: BTreeSet<u32> = known.parts.keys().copied().collect();
        let upload_id = known.header.map(|header| header.upload_id);
        // Killed between the answer to Initiate and the durable checkpoint: nobody knows this id.
        for upload in rig.server.uploads() {
            if Some(&upload.upload_id) != upload_id.as_ref() {
                orphans.insert(upload.upload_id);
            }
        }
        let sent_before = rig.part_numbers_sent().len();

        let again = command(&program, &rig, &file, &key).output().unwrap();
        let stdout = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success(), "round {round}: {again:?}");
        assert_no_secret(&stdout);
        assert_no_secret(&String::from_utf8_lossy(&again.stderr));
        assert!(
            rig.server.object_equals_file(BUCKET, &key, &file),
            "round {round}, killed after {moment:?}"
        );
        let sent_again: Vec<u32> = rig.part_numbers_sent().split_off(sent_before);
        if rig.server.requests(Op::InitiateMultipartUpload) <= 1 {
            assert!(
                sent_again.iter().all(|number| !finished.contains(number)),
                "round {round}: {finished:?} were finished, sent were {sent_again:?}"
            );
        }
        let twice = rig.server.part_bytes_received().saturating_sub(SIZE);
        let committed_before = finished.is_empty() && sent_before as u64 > PARTS;
        if !committed_before {
            assert!(
                twice <= (THREADS + 1) * PART,
                "round {round}: {twice} bytes were sent twice"
            );
            resumed += u32::from(resumed_bytes(&stdout) > 0);
        }
        assert!(!rig.checkpoint(&file).exists());
    }
    let open: BTreeSet<String> = rig
        .server
        .uploads()
        .into_iter()
        .map(|upload| upload.upload_id)
        .collect();
    assert!(open.is_subset(&orphans), "left open: {open:?}");
    for upload in rig.server.uploads() {
        assert_eq!(
            upload.parts,
            [],
            "parts that nobody knows are left to pay for"
        );
    }
    println!(
        "{KILLS} kills, {resumed} resumed, {} killed before the upload id could be kept",
        orphans.len()
    );
    assert!(resumed >= KILLS / 3, "only {resumed} of {KILLS} resumed");
}

#[test]
fn an_interrupted_program_keeps_its_checkpoint_and_says_so_with_its_exit_code() {
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-int", source, &[]) else {
        return;
    };
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 100 }));
    let file = rig.file("file", SIZE);
    let child = command(&program, &rig, &file, KEY).spawn().unwrap();
    eventually("some parts are stored", || {
        rig.server
            .uploads()
            .iter()
            .any(|upload| upload.parts.len() >= 3)
    });
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(rig.checkpoint(&file).exists());
    rig.server.clear_rules();
    let again = command(&program, &rig, &file, KEY).output().unwrap();
    assert!(again.status.success());
    assert!(resumed_bytes(&String::from_utf8_lossy(&again.stdout)) > 0);
    rig.assert_stored(&file);
}

#[test]
fn the_example_has_an_exit_code_for_each_kind_of_failure() {
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-codes", source, &[]) else {
        return;
    };
    let run = |change: &dyn Fn(&Rig, &mut Command), code: i32| {
        let rig = Rig::new();
        let file = rig.file("file", 3 * PART);
        let mut command = command(&program, &rig, &file, KEY);
        change(&rig, &mut command);
        let ended = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{stderr}");
        assert_no_secret(&stderr);
        if code != 0 {
            assert!(!stderr.is_empty());
        }
    };
    run(&|_, _| {}, 0);
    run(
        &|_, command| {
            command.env("OSS_ACCESS_KEY_SECRET", "wrong-CANARY");
        },
        1,
    );
    run(
        &|_, command| {
            command.args(["--part-size", "5"]);
        },
        2,
    );
    run(
        &|_, command| {
            command.arg("--no-such-option");
        },
        2,
    );
    run(
        &|_, command| {
            command.args(["--header", "no colon"]);
        },
        2,
    );
    run(
        &|_, command| {
            command.args(["--checkpoint", "/does/not/exist/x"]);
        },
        5,
    );
    run(&|rig, _| std::fs::remove_file(rig.path("file")).unwrap(), 4);
}

#[test]
fn the_wait_for_a_dead_server_is_bounded() {
    // Covered in full by tests/faults.rs; here only that the program ends by itself.
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-refused", source, &[]) else {
        return;
    };
    let rig = Rig::new();
    rig.server
        .rule(Rule::any().then(Action::status(403, "AccessDenied")));
    let file = rig.file("file", 3 * PART);
    let started = Instant::now();
    let ended = command(&program, &rig, &file, KEY).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(5));
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let last = stderr.lines().last().unwrap_or_default();
    assert!(last.contains("AccessDenied"), "{stderr}");
}
