//! State that travels: checkpoints that are continued elsewhere, with a copy of the file, at another
//! endpoint; and what is read again before finished parts are trusted.

#[path = "support/capi.rs"]
mod capi;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/resuming.rs"]
mod resuming;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use capi::*;
use engine::*;
use oss_resumable::client::Client;
use oss_resumable::config::{Address, CheckpointPlace, Config, Input, UploadRequest, Verify};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Code;
use oss_resumable::ffi::types::oss_resumable_code_t::OSS_RESUMABLE_E_INVALID_ARGUMENT;
use oss_resumable::ffi::types::*;
use oss_resumable::transfer::events::warning;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Op};
use resuming::*;

fn by_path(rig: &Rig, path: &Path) -> UploadRequest {
    request_of(rig, Input::Path(path.to_owned()))
}

fn by_content(rig: &Rig, path: &Path) -> UploadRequest {
    let mut request = by_path(rig, path);
    request.resume.by_content = true;
    request
}

/// A file whose upload ended in the middle, and which was last written a while ago.
fn interrupted(rig: &Rig) -> PathBuf {
    let file = rig.file("file", SIZE);
    let handle = OpenOptions::new().write(true).open(&file).unwrap();
    handle
        .set_modified(std::time::SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
    interrupt(rig, by_path(rig, &file));
    file
}

/// Other bytes in one part, and everything that can be set back set back.
fn change_secretly(file: &Path, part: u64) {
    let modified = std::fs::metadata(file).unwrap().modified().unwrap();
    let handle = OpenOptions::new().write(true).open(file).unwrap();
    handle
        .write_all_at(b"other bytes", (part - 1) * PART)
        .unwrap();
    handle.set_modified(modified).unwrap();
}

fn upload_id(rig: &Rig) -> String {
    rig.server.uploads()[0].upload_id.clone()
}

/// The parts that were read before they were trusted: those that are sent again after all of them have
/// secretly been changed.
fn read_again(rig: &Rig, request: UploadRequest) -> Vec<u32> {
    let Input::Path(file) = &request.input else {
        panic!("a path");
    };
    for part in FINISHED {
        change_secretly(file, part.into());
    }
    assert_ok(&rig.upload(request.clone()));
    let sent = rig.part_numbers_sent();
    sent.into_iter()
        .filter(|number| FINISHED.contains(number))
        .collect()
}

// ---- Another copy of the file ------------------------------------------------------------------

#[test]
fn a_copy_elsewhere_goes_on_with_the_checkpoint_that_was_taken_along() {
    for switched_on in [true, false] {
        let rig = Rig::new();
        let file = interrupted(&rig);
        let (begun, key) = (upload_id(&rig), c(KEY));
        let elsewhere = rig.path("elsewhere");
        std::fs::create_dir(&elsewhere).unwrap();
        let (copy, moved) = (elsewhere.join("renamed"), elsewhere.join("taken-along"));
        std::fs::copy(&file, &copy).unwrap();
        std::fs::rename(rig.path("c.ucp"), &moved).unwrap();
        std::fs::remove_file(&file).unwrap();

        let checkpoint = c_path(&moved);
        let client = CClient::new(&rig.server.url());
        let ended = client.upload_to(BUCKET, key.to_str().unwrap(), Some(&copy), |params| {
            params.checkpoint_path = checkpoint.as_ptr();
            params.thread_num = 1;
            params.resume_by_content = i32::from(switched_on);
        });
        let ended = ended.ok();
        rig.assert_stored(&copy);
        assert!(!moved.exists());
        if switched_on {
            assert_eq!(rig.part_numbers_sent(), UNFINISHED);
            assert_eq!(ended.upload_id, Some(begun));
            assert_eq!(ended.resumed_bytes, 5 * PART as i64);
            assert_eq!(rig.server.requests(Op::InitiateMultipartUpload), 0);
        } else {
            assert_eq!(rig.part_numbers_sent(), numbers());
            assert_ne!(ended.upload_id, Some(begun));
            assert_eq!(ended.resumed_bytes, 0);
        }
    }
}

#[test]
fn of_a_copy_that_differs_only_what_differs_and_what_was_missing_is_sent() {
    let rig = Rig::new();
    let file = interrupted(&rig);
    let copy = changed_copy(&rig, &file, "copy", 2);
    let report = rig.upload(by_content(&rig, &copy));
    assert_ok(&report);
    rig.assert_stored(&copy);
    assert_eq!(rig.part_numbers_sent(), [2, 6, 7, 8]);
    assert_eq!(report.resumed_bytes, 4 * PART);
}

#[test]
fn a_copy_of_another_size_begins_anew_and_aborts_what_was_begun() {
    for size in [SIZE - 1, SIZE + 1] {
        let rig = Rig::new();
        interrupted(&rig);
        let other = rig.file("other", size);
        let report = rig.upload(by_content(&rig, &other));
        assert_ok(&report);
        // Nothing is left open of the first one.
        rig.assert_stored(&other);
        assert!(rig.part_numbers_sent().starts_with(&numbers()));
        assert_eq!(rig.server.requests(Op::AbortMultipartUpload), 1);
        assert_eq!(report.warnings, 0);
    }
}

// ---- Another endpoint --------------------------------------------------------------------------

/// The same server under its other name.
fn other_name(rig: &Rig) -> Arc<Client> {
    let mut config = Config::new(Address {
        endpoint: Some(&format!("http://localhost:{}", rig.server.port())),
        region: Some("cn-hangzhou"),
        is_path_style: true,
        ..Address::default()
    })
    .unwrap();
    config.limits = limits();
    let credentials = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

#[test]
fn another_endpoint_of_the_same_bucket_goes_on_by_content_and_begins_anew_otherwise() {
    for by_content in [true, false] {
        let rig = Rig::new();
        let file = interrupted(&rig);
        let begun = upload_id(&rig);
        let mut request = by_path(&rig, &file);
        request.resume.by_content = by_content;
        let report = run(&other_name(&rig), request);
        assert_ok(&report);
        rig.assert_stored(&file);
        assert_eq!(report.upload_id == Some(begun), by_content);
        let expected = if by_content {
            UNFINISHED.to_vec()
        } else {
            numbers()
        };
        assert_eq!(rig.part_numbers_sent(), expected);
        // What was begun is aborted through the name that is known now.
        assert_eq!(report.warnings, 0);
    }
}

#[test]
fn what_goes_on_at_another_endpoint_can_go_on_there_a_second_time() {
    let rig = Rig::new();
    let file = interrupted(&rig);
    let other = other_name(&rig);
    fail_at(&rig, &other, 7, by_content(&rig, &file));
    assert_ok(&run(&other, by_content(&rig, &file)));
    rig.assert_stored(&file);
    assert_eq!(rig.part_numbers_sent(), [7, 8]);
}

#[test]
fn an_endpoint_that_does_not_know_the_upload_begins_anew_and_says_what_may_be_left() {
    let (rig, other) = (Rig::new(), Rig::new());
    let file = interrupted(&rig);
    let report = run(&other.client, by_content(&rig, &file));
    assert_ok(&report);
    other.assert_stored(&file);
    assert_eq!(other.part_numbers_sent(), numbers());
    assert_eq!(report.warnings, warning::RESTARTED | warning::UPLOAD_LEFT);
    assert_eq!(report.resumed_bytes, 0);
    // It is left indeed.
    assert_eq!(rig.server.uploads().len(), 1);
    assert_eq!(rig.server.log().len(), 0);
}

// ---- What is read again ------------------------------------------------------------------------

#[test]
fn a_change_whose_time_was_set_back_is_in_doubt_so_the_parts_are_read_and_sent_again() {
    for verify in [Verify::WhenInDoubt, Verify::Always] {
        let rig = Rig::new();
        let file = interrupted(&rig);
        change_secretly(&file, 4);
        let mut request = by_path(&rig, &file);
        request.resume.verify = verify;
        assert_ok(&rig.upload(request));
        rig.assert_stored(&file);
        assert_eq!(rig.part_numbers_sent(), [4, 6, 7, 8], "{verify:?}");
    }
}

/// What a user of `never` is promised, and what not: the object is what was sent in both runs, which is
/// not what the file is now. Nothing at the end notices, because nothing of the old parts is read.
#[test]
fn with_never_a_change_whose_time_was_set_back_goes_unnoticed_and_the_old_bytes_are_committed() {
    let rig = Rig::new();
    let file = interrupted(&rig);
    let before = rig.path("before");
    std::fs::copy(&file, &before).unwrap();
    change_secretly(&file, 4);
    let mut request = by_path(&rig, &file);
    request.resume.verify = Verify::Never;
    let report = rig.upload(request);
    assert_ok(&report);
    rig.assert_stored(&before);
    assert!(!rig.server.object_equals_file(BUCKET, KEY, &file));
    assert_eq!(rig.part_numbers_sent(), UNFINISHED);
    assert_eq!(
        Some(report.crc64),
        rig.server.object(BUCKET, KEY).unwrap().crc64
    );
}

/// Size and modification time are looked at whatever the user says.
#[test]
fn with_never_a_change_that_shows_begins_anew_all_the_same() {
    for size in [SIZE, SIZE + 1] {
        let rig = Rig::new();
        let file = interrupted(&rig);
        write_file(&file, size, 2);
        let mut request = by_path(&rig, &file);
        request.resume.verify = Verify::Never;
        assert_ok(&rig.upload(request));
        rig.assert_stored(&file);
        assert!(rig.part_numbers_sent().starts_with(&numbers()));
    }
}

/// A change while the upload runs is noticed, because the open file is compared with itself.
#[test]
fn with_never_a_change_of_a_finished_part_while_it_goes_on_is_noticed() {
    let rig = Rig::new();
    let file = interrupted(&rig);
    let mut request = by_path(&rig, &file);
    request.resume.verify = Verify::Never;
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = rig.start(request);
    assert!(gate.wait_reached(Duration::from_secs(60)));
    change_secretly(&file, 1);
    gate.release();
    assert_code(&wait(&upload), Code::FileChanged);
    rig.assert_absent();
    assert_eq!(rig.server.uploads(), []);
}

/// A record that lies shows it: reading the part puts it right, and without that the object's CRC64 is
/// not the one that the records give.
#[test]
fn an_untouched_file_is_not_read_again_unless_the_user_says_always() {
    for verify in [Verify::WhenInDoubt, Verify::Never, Verify::Always] {
        let rig = Rig::new();
        let file = interrupted(&rig);
        forge_record(&rig, 3);
        let mut request = by_path(&rig, &file);
        request.resume.verify = verify;
        let report = rig.upload(request);
        match verify {
            Verify::Always => assert_ok(&report),
            _ => assert_code(&report, Code::Integrity),
        }
        // What the server has of part 3 is what the file holds.
        assert_eq!(rig.part_numbers_sent(), UNFINISHED, "{verify:?}");
    }
}

/// Another CRC64 in the record of a part, with the checksum of the record put right.
fn forge_record(rig: &Rig, part: u32) {
    use oss_resumable::checkpoint::record;
    let path = rig.path("c.ucp");
    let mut bytes = std::fs::read(&path).unwrap();
    let mut forged = record::load(&bytes).parts[&part].clone();
    forged.crc64 ^= 1;
    bytes.extend(record::part_line(part, &forged).unwrap().bytes());
    std::fs::write(&path, bytes).unwrap();
}

#[test]
fn a_file_whose_rights_changed_is_read_again_and_goes_on() {
    let rig = Rig::new();
    let file = interrupted(&rig);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    forge_record(&rig, 3);
    let report = rig.upload(by_path(&rig, &file));
    assert_ok(&report);
    rig.assert_stored(&file);
    assert_eq!(rig.part_numbers_sent(), UNFINISHED);
}

#[test]
fn every_finished_part_is_read_when_one_is() {
    let all: Vec<u32> = FINISHED.collect();
    for by_content in [false, true] {
        let rig = Rig::new();
        let file = interrupted(&rig);
        let mut request = by_path(&rig, &file);
        request.resume.by_content = by_content;
        assert_eq!(read_again(&rig, request), all);
        rig.assert_stored(&file);
    }
}

#[test]
fn through_the_c_api_the_three_ways_are_chosen_by_number_and_others_are_refused() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let checkpoint = c_path(&rig.path("c.ucp"));
    for (verify, expected) in [
        (OSS_RESUMABLE_VERIFY_IN_DOUBT, &[4, 6, 7, 8][..]),
        (OSS_RESUMABLE_VERIFY_ALWAYS, &[4, 6, 7, 8]),
        (OSS_RESUMABLE_VERIFY_NEVER, &UNFINISHED),
    ] {
        let file = interrupted(&rig);
        change_secretly(&file, 4);
        let ended = client.upload(Some(&file), |params| {
            params.checkpoint_path = checkpoint.as_ptr();
            params.thread_num = 1;
            params.verify_on_resume = verify;
        });
        ended.ok();
        assert_eq!(rig.part_numbers_sent(), expected, "{verify}");
        rig.server.clear_log();
    }
    let file = rig.file("file", SIZE);
    for (verify, by_content, field) in [
        (3, 0, "verify_on_resume: 3 "),
        (-1, 0, "verify_on_resume: -1 "),
        (OSS_RESUMABLE_VERIFY_NEVER, 1, "verify_on_resume: "),
        (0, 2, "resume_by_content: 2 "),
    ] {
        let ended = client.upload(Some(&file), |params| {
            params.verify_on_resume = verify;
            params.resume_by_content = by_content;
        });
        assert_eq!(ended.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
        assert!(ended.message.starts_with(field), "{ended:?}");
    }
    assert_eq!(rig.server.log().len(), 0);
}

/// Where the checkpoint is a directory, its name depends on the path, so a copy does not find it.
#[test]
fn a_checkpoint_in_a_directory_belongs_to_the_path() {
    let rig = Rig::new();
    let dir = rig.path("state");
    std::fs::create_dir(&dir).unwrap();
    let file = rig.file("file", SIZE);
    let mut first = by_path(&rig, &file);
    first.checkpoint = Some(CheckpointPlace::Path(dir.clone()));
    interrupt(&rig, first);
    let copy = rig.path("copy");
    std::fs::copy(&file, &copy).unwrap();
    let mut second = by_content(&rig, &copy);
    second.checkpoint = Some(CheckpointPlace::Path(dir.clone()));
    assert_ok(&rig.upload(second));
    assert!(rig.server.object_equals_file(BUCKET, KEY, &copy));
    assert_eq!(rig.part_numbers_sent(), numbers());
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
    assert!(File::open(&file).is_ok());
}
