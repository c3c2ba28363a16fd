//! Files that change: between runs and during the run. Never a mixed object.

#[path = "support/engine.rs"]
mod engine;

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use engine::*;
use oss_resumable::error::Code;
use oss_test_server::{Action, Op, Rule};

const PARTS: u64 = 8;

type Change = fn(&Path);

fn edit_in_place(file: &Path) {
    let handle = OpenOptions::new().write(true).open(file).unwrap();
    handle.write_all_at(b"edited", PART + 5).unwrap();
}

/// The edit that size and modification time do not show.
fn edit_with_the_time_set_back(file: &Path) {
    let modified = std::fs::metadata(file).unwrap().modified().unwrap();
    let handle = OpenOptions::new().write(true).open(file).unwrap();
    handle.write_all_at(b"edited", PART + 5).unwrap();
    handle.set_modified(modified).unwrap();
}

fn truncate(file: &Path) {
    OpenOptions::new()
        .write(true)
        .open(file)
        .unwrap()
        .set_len(PARTS * PART - 1)
        .unwrap();
}

fn grow(file: &Path) {
    OpenOptions::new()
        .write(true)
        .open(file)
        .unwrap()
        .set_len(PARTS * PART + 1)
        .unwrap();
}

fn replace(file: &Path) {
    let other = file.with_extension("new");
    write_file(&other, PARTS * PART, 99);
    std::fs::rename(&other, file).unwrap();
}

fn delete(file: &Path) {
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_file_that_changes_while_it_is_uploaded_is_not_committed() {
    let changes: [(&str, Change); 6] = [
        ("edited", edit_in_place),
        ("edited, time set back", edit_with_the_time_set_back),
        ("truncated", truncate),
        ("grown", grow),
        ("replaced", replace),
        ("deleted", delete),
    ];
    for (what, change) in changes {
        let rig = Rig::new();
        rig.server.put_object(BUCKET, KEY, b"what was there before");
        let file = rig.file("file", PARTS * PART);
        let mut one_at_a_time = request(&file);
        one_at_a_time.parts_in_flight = 1;
        // Three parts are done when the fourth one is on its way.
        let gates: [_; 4] = std::array::from_fn(|_| rig.server.pause_next(Op::UploadPart));
        let upload = rig.start(one_at_a_time);
        for gate in &gates[..3] {
            assert!(gate.wait_reached(Duration::from_secs(60)));
            gate.release();
        }
        assert!(gates[3].wait_reached(Duration::from_secs(60)));
        change(&file);
        gates[3].release();
        let report = wait(&upload);
        assert_code(&report, Code::FileChanged);
        assert_eq!(
            rig.server.requests(Op::CompleteMultipartUpload),
            0,
            "{what}"
        );
        let object = rig.server.object(BUCKET, KEY).unwrap();
        assert_eq!(object.bytes(), b"what was there before", "{what}");
        assert_eq!(
            rig.server.uploads(),
            [],
            "{what}: parts are left to pay for"
        );
        assert!(!rig.checkpoint(&file).exists(), "{what}");
        if file.exists() {
            rig.server.clear_rules();
            assert_ok(&rig.upload(request(&file)));
            rig.assert_stored(&file);
        }
    }
}

#[test]
fn a_small_file_that_changes_while_it_is_sent_never_becomes_visible() {
    let changes: [(&str, Change); 4] = [
        ("edited", edit_in_place),
        ("edited, time set back", edit_with_the_time_set_back),
        ("replaced", replace),
        ("deleted", delete),
    ];
    for (what, change) in changes {
        let rig = Rig::new();
        // Larger than all the buffers on the way, so that it cannot be out before the change.
        let file = rig.file("file", 32 << 20);
        rig.server
            .rule(Rule::on(Op::PutObject).then(Action::StallRead {
                bytes: 100_000,
                ms: Some(3000),
            }));
        let mut whole = request(&file);
        whole.part_size = oss_resumable::plan::PartSize::Bytes(64 << 20);
        let upload = rig.start(whole);
        eventually("some of it is out", || {
            upload.progress().unwrap().consumed_bytes > 0
        });
        change(&file);
        assert_code(&wait(&upload), Code::FileChanged);
        std::thread::sleep(Duration::from_millis(3500));
        assert!(rig.server.object(BUCKET, KEY).is_none(), "{what}");
    }
}

#[test]
fn a_file_that_changed_between_runs_is_sent_whole_again() {
    let changes: [(&str, Change); 4] = [
        ("edited", edit_in_place),
        ("truncated", truncate),
        ("grown", grow),
        ("replaced", replace),
    ];
    for (what, change) in changes {
        let rig = Rig::new();
        let file = rig.file("file", PARTS * PART);
        rig.server.rule(
            Rule::on(Op::UploadPart)
                .part(6)
                .then(Action::status(403, "AccessDenied")),
        );
        assert_code(&rig.upload(request(&file)), Code::Service);
        rig.server.clear_rules();
        change(&file);
        let report = rig.upload(request(&file));
        assert_ok(&report);
        assert_eq!(report.resumed_bytes, 0, "{what}");
        rig.assert_stored(&file);
    }
}

#[test]
fn an_edit_between_runs_that_set_the_time_back_is_found_and_only_that_part_sent_again() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(7)
            .then(Action::status(403, "AccessDenied")),
    );
    let mut one_at_a_time = request(&file);
    one_at_a_time.parts_in_flight = 1;
    assert_code(&rig.upload(one_at_a_time.clone()), Code::Service);
    rig.server.clear_rules();
    edit_with_the_time_set_back(&file);
    rig.server.clear_log();
    let report = rig.upload(one_at_a_time);
    assert_ok(&report);
    rig.assert_stored(&file);
    assert_eq!(rig.part_numbers_sent(), [2, 7, 8]);
}

#[test]
fn a_file_that_is_gone_on_resume_is_an_error_and_the_checkpoint_stays() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(6)
            .then(Action::status(403, "AccessDenied")),
    );
    // One at a time: no part of it can arrive after the log has been cleared.
    let mut one_at_a_time = request(&file);
    one_at_a_time.parts_in_flight = 1;
    assert_code(&rig.upload(one_at_a_time), Code::Service);
    let content = std::fs::read(&file).unwrap();
    delete(&file);
    rig.server.clear_log();
    assert_code(&rig.upload(request(&file)), Code::File);
    assert_eq!(rig.server.log().len(), 0);
    assert!(rig.checkpoint(&file).exists());
    std::fs::write(&file, content).unwrap();
    rig.server.clear_rules();
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn a_change_of_mode_alone_does_not_stop_an_upload() {
    use std::os::unix::fs::PermissionsExt;
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(4)
            .then(Action::Delay { ms: 200 }),
    );
    let upload = rig.start(request(&file));
    eventually("some parts are done", || {
        upload.progress().unwrap().parts_done >= 1
    });
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
}
