//! A panic in the engine itself, which only a bug could cause: the upload ends with a code that says what
//! is known, and the next run ends in the object. Only where mistakes can be made on purpose
//! (`tests/bugs/run`).
#![cfg(feature = "seeded-bugs")]

#[path = "support/engine.rs"]
mod engine;

use std::path::{Path, PathBuf};
use std::process::Command;

use engine::*;
use oss_resumable::error::{Code, Stage};
use oss_test_server::Op;

const URL: &str = "OSS_RESUMABLE_PANICS_URL";
const FILE: &str = "OSS_RESUMABLE_PANICS_FILE";
const BUG: &str = "OSS_RESUMABLE_SEEDED_BUG";
const PARTS: u64 = 5;

/// Run as a process of its own, which has the bug.
#[test]
#[ignore = "the other side of the tests below"]
fn the_uploading_process() {
    let (Ok(url), Ok(file)) = (std::env::var(URL), std::env::var(FILE)) else {
        return;
    };
    let mut wanted = request(Path::new(&file));
    wanted.parts_in_flight = 1;
    match &run(&client(&url, limits()), wanted).outcome {
        Ok(_) => println!("\ntold=ok"),
        Err(error) => println!("\ntold={:?} stage={:?} {error}", error.code, error.stage),
    }
}

/// What an upload tells in whose process the bug is made, besides the one that is tried with this test.
fn with_bug(bug: &str, rig: &Rig, file: &Path) -> String {
    let tried = std::env::var(BUG).unwrap_or_default();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "the_uploading_process",
            "--ignored",
            "--nocapture",
        ])
        .env(URL, rig.server.url())
        .env(FILE, file)
        .env(BUG, format!("{tried} {bug}"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "the process did not live");
    assert!(said.contains("panicked at"), "no panic");
    // One line of it: what the other harness says about its test must not be taken for this one's.
    let told = said.lines().find_map(|line| line.strip_prefix("told="));
    told.expect("an end").to_owned()
}

fn rig(size: u64) -> (Rig, PathBuf) {
    let rig = Rig::new();
    let file = rig.file("file", size);
    (rig, file)
}

#[test]
fn a_panic_while_a_commit_is_out_is_unknown_and_the_next_run_settles_it() {
    for size in [PARTS * PART, PART / 2] {
        let (rig, file) = rig(size);
        let told = with_bug("DriverPanics", &rig, &file);
        let expected = format!("{:?} stage={:?} ", Code::CommitUnknown, Stage::Settle);
        assert!(told.starts_with(&expected), "{told}");
        assert!(told.contains("may or may not"), "{told}");
        // Its answer was there when the panic came.
        rig.assert_stored(&file);
        let in_parts = size > PART;
        assert_eq!(rig.checkpoint(&file).exists(), in_parts);

        assert_ok(&rig.upload(request(&file)));
        rig.assert_stored(&file);
        let parts = if in_parts { PARTS as usize } else { 0 };
        assert_eq!(rig.server.requests(Op::UploadPart), parts);
        assert!(!rig.checkpoint(&file).exists());
    }
}

#[test]
fn a_panic_in_the_call_of_a_part_ends_the_upload_alone_and_keeps_the_other_parts() {
    let (rig, file) = rig(PARTS * PART);
    let told = with_bug("PartPanics", &rig, &file);
    let expected = format!("{:?} stage={:?} ", Code::Internal, Stage::Upload);
    assert!(told.starts_with(&expected), "{told}");
    rig.assert_absent();
    assert!(rig.checkpoint(&file).exists());

    let report = rig.upload(request(&file));
    assert_ok(&report);
    assert_eq!(report.resumed_bytes, (PARTS - 1) * PART);
    assert_eq!(rig.part_numbers_sent(), [1, 2, 3, 4, 5]);
    rig.assert_stored(&file);
}
