//! Cancelling: from anywhere, at any time, with one true answer.

#[path = "support/engine.rs"]
mod engine;

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::*;
use oss_resumable::error::Code;
use oss_resumable::progress::Snapshot;
use oss_test_server::{Action, Op, Rule};

const PARTS: u64 = 10;

/// Waits for a stalled request for longer than a cancel waits for anything, and than any of these
/// tests takes.
fn patient(rig: &mut Rig) {
    let limits = oss_resumable::config::Limits {
        stall_timeout: Duration::from_secs(60),
        ..limits()
    };
    rig.client = client(&rig.server.url(), limits);
}

/// The last part has no answer the first time: nothing ends before it was canceled.
fn hold(rig: &Rig) {
    let last = Rule::on(Op::UploadPart).part(PARTS as u32).once();
    rig.server.rule(last.then(Action::StallReply { ms: None }));
}

#[test]
fn a_cancel_ends_a_stalled_upload_at_once_and_keeps_what_was_done() {
    let mut rig = Rig::new();
    patient(&mut rig);
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(6)
            .then(Action::StallReply { ms: None }),
    );
    let file = rig.file("file", PARTS * PART);
    let upload = rig.start(request(&file));
    eventually("part 6 alone is left", || {
        upload.progress().unwrap().parts_done >= 8
    });
    let started = Instant::now();
    upload.cancel();
    upload.cancel();
    assert_code(&wait(&upload), Code::Canceled);
    assert!(started.elapsed() < Duration::from_secs(20));
    upload.cancel();
    assert_code(&wait(&upload), Code::Canceled);
    rig.server.clear_rules();
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn without_a_checkpoint_a_cancel_leaves_nothing_on_the_server() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 30 }));
    hold(&rig);
    let file = rig.file("file", PARTS * PART);
    let mut plain = request(&file);
    plain.checkpoint = None;
    let upload = rig.start(plain);
    eventually("some parts are done", || {
        upload.progress().unwrap().parts_done >= 2
    });
    upload.cancel();
    assert_code(&wait(&upload), Code::Canceled);
    assert_eq!(rig.server.uploads(), []);
    rig.assert_absent();
}

#[test]
fn a_callback_that_says_no_cancels_and_is_not_called_again() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 150 }));
    hold(&rig);
    let file = rig.file("file", PARTS * PART);
    let upload = rig.start(request(&file));
    let mut calls = 0;
    let mut say_no = |snapshot: Snapshot| {
        calls += 1;
        snapshot.consumed_bytes == 0
    };
    let report = upload
        .wait(Some(Duration::from_secs(30)), Some(&mut say_no))
        .unwrap()
        .unwrap();
    assert_code(&report, Code::Canceled);
    assert!((1..=2).contains(&calls), "{calls}");
    rig.assert_absent();
}

#[test]
fn a_cancel_that_races_with_the_commit_reports_what_the_server_has() {
    let mut committed = 0;
    for round in 0..60 {
        let rig = Rig::new();
        let size = if round % 2 == 0 { 100 } else { 3 * PART };
        let file = rig.file("file", size);
        let upload = Arc::new(rig.start(request(&file)));
        let canceler = {
            let upload = Arc::clone(&upload);
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_micros(round * 400));
                upload.cancel();
            })
        };
        let report = wait(&upload);
        canceler.join().unwrap();
        let stored = rig.server.object(BUCKET, KEY).is_some();
        match &report.outcome {
            Ok(_) => assert!(stored, "round {round}"),
            Err(error) => {
                assert_eq!(error.code, Code::Canceled, "round {round}: {error:?}");
                assert!(
                    !stored,
                    "round {round}: canceled, and yet there is an object"
                );
            }
        }
        committed += u32::from(stored);
    }
    println!("{committed} of 60 were committed");
}

#[test]
fn a_commit_that_is_out_when_the_cancel_comes_is_waited_for() {
    for op in [Op::CompleteMultipartUpload, Op::PutObject] {
        let rig = Rig::new();
        let gate = rig.server.pause_next(op);
        let file = rig.file("file", if op == Op::PutObject { 100 } else { 3 * PART });
        let upload = rig.start(request(&file));
        assert!(gate.wait_reached(Duration::from_secs(60)));
        upload.cancel();
        std::thread::sleep(Duration::from_millis(200));
        gate.release();
        assert_ok(&wait(&upload));
        rig.assert_stored(&file);
    }
}

#[test]
fn a_commit_that_never_answers_after_a_cancel_is_unknown_and_the_next_run_settles_it() {
    let mut rig = Rig::new();
    patient(&mut rig);
    rig.server.rule(
        Rule::on(Op::CompleteMultipartUpload)
            .once()
            .then(Action::StallReply { ms: None }),
    );
    let file = rig.file("file", 3 * PART);
    let upload = rig.start(request(&file));
    eventually("Complete is out", || {
        rig.server.requests(Op::CompleteMultipartUpload) == 1
    });
    upload.cancel();
    assert_code(&wait(&upload), Code::CommitUnknown);
    assert!(rig.checkpoint(&file).exists());
    rig.server.clear_log();
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
    assert_eq!(rig.server.part_bytes_received(), 0);
}

#[test]
fn a_small_file_that_is_stuck_on_its_way_is_canceled_and_never_appears() {
    let mut rig = Rig::new();
    patient(&mut rig);
    rig.server
        .rule(Rule::on(Op::PutObject).then(Action::StallRead {
            bytes: 1000,
            ms: Some(12_000),
        }));
    let file = rig.file("file", 32 << 20);
    let mut whole = request(&file);
    whole.part_size = oss_resumable::plan::PartSize::Bytes(64 << 20);
    let upload = rig.start(whole);
    eventually("some of it is out", || {
        upload.progress().unwrap().consumed_bytes > 0
    });
    let started = Instant::now();
    upload.cancel();
    assert_code(&wait(&upload), Code::Canceled);
    assert!(started.elapsed() < Duration::from_secs(11));
    std::thread::sleep(Duration::from_millis(12_500));
    rig.assert_absent();
}

#[test]
fn an_upload_that_is_dropped_while_it_runs_is_canceled() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 30 }));
    let file = rig.file("file", PARTS * PART);
    let mut plain = request(&file);
    plain.checkpoint = None;
    drop(rig.start(plain));
    eventually("nothing is left", || {
        rig.server.uploads().is_empty() && rig.server.concurrent(Op::UploadPart) == 0
    });
    rig.assert_absent();
}

#[test]
fn one_at_a_time_may_wait() {
    let rig = Rig::new();
    let gate = rig.server.pause_next(Op::UploadPart);
    let file = rig.file("file", PARTS * PART);
    let upload = Arc::new(rig.start(request(&file)));
    let waiter = {
        let upload = Arc::clone(&upload);
        std::thread::spawn(move || wait(&upload))
    };
    assert!(gate.wait_reached(Duration::from_secs(60)));
    eventually(
        "the second is refused",
        || matches!(upload.wait(Some(Duration::ZERO), None), Err(error) if error.code == Code::State),
    );
    gate.release();
    assert_ok(&waiter.join().unwrap());
    assert_ok(&wait(&upload));
}

#[test]
fn an_upload_that_is_just_being_begun_when_the_cancel_comes_is_aborted() {
    for with_checkpoint in [true, false] {
        let rig = Rig::new();
        let gate = rig.server.pause_next(Op::InitiateMultipartUpload);
        let file = rig.file("file", 3 * PART);
        let mut wanted = request(&file);
        if !with_checkpoint {
            wanted.checkpoint = None;
        }
        let upload = rig.start(wanted);
        assert!(gate.wait_reached(Duration::from_secs(60)));
        upload.cancel();
        std::thread::sleep(Duration::from_millis(100));
        gate.release();
        let report = wait(&upload);
        assert_code(&report, Code::Canceled);
        assert_eq!(report.warnings, 0);
        assert_eq!(rig.server.uploads(), []);
        assert!(!rig.checkpoint(&file).exists());
    }
}
