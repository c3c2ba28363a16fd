//! Uploads that are continued: what is sent again, what is not, and when everything is.

#[path = "support/engine.rs"]
mod engine;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use engine::*;
use oss_resumable::config::{CheckpointPlace, Input};
use oss_resumable::error::Code;
use oss_resumable::headers::ObjectHeaders;
use oss_resumable::plan::PartSize;
use oss_resumable::transfer::events::warning;
use oss_test_server::{Action, Op, Options, Rule};

const PARTS: u64 = 20;

/// An upload that ended after some parts; its checkpoint is there and nothing runs any more.
fn interrupted(rig: &Rig, file: &Path) {
    let refuse = Action::status(403, "AccessDenied");
    rig.server
        .rule(Rule::on(Op::UploadPart).part(12).then(refuse));
    assert_code(&rig.upload(request(file)), Code::Service);
    rig.server.clear_rules();
    // What was in flight may still arrive after the upload has ended.
    eventually("nothing is in flight", || {
        rig.server.concurrent(Op::UploadPart) == 0
    });
    assert!(rig.checkpoint(file).exists());
    assert_eq!(rig.server.uploads().len(), 1);
}

fn parts_on_server(rig: &Rig) -> BTreeSet<u32> {
    let uploads = rig.server.uploads();
    uploads
        .iter()
        .flat_map(|upload| upload.parts.iter().map(|part| part.number))
        .collect()
}

#[test]
fn finished_parts_are_not_sent_again() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART + 5);
    interrupted(&rig, &file);
    let stored = parts_on_server(&rig);
    assert!(stored.len() >= 9);
    rig.server.clear_log();
    let report = rig.upload(request(&file));
    assert_ok(&report);
    rig.assert_stored(&file);
    let sent: BTreeSet<u32> = rig.part_numbers_sent().into_iter().collect();
    assert!(sent.is_disjoint(&stored), "{sent:?} {stored:?}");
    // Not equal: what was in flight at the end of the first run may have arrived since.
    assert!(report.resumed_bytes >= stored.len() as u64 * PART);
    assert_eq!(rig.server.requests(Op::InitiateMultipartUpload), 0);
    assert!(!rig.checkpoint(&file).exists());
}

#[test]
fn resuming_works_with_the_right_to_put_objects_alone() {
    let denied = [Op::ListParts, Op::AbortMultipartUpload, Op::HeadObject];
    for mix in 0..8 {
        let rig = Rig::new();
        let deny: Vec<Op> = (0..3)
            .filter(|bit| mix & (1 << bit) != 0)
            .map(|bit| denied[bit])
            .collect();
        rig.server.deny(&deny);
        let file = rig.file("file", PARTS * PART);
        interrupted(&rig, &file);
        rig.server.clear_log();
        let report = rig.upload(request(&file));
        assert_ok(&report);
        assert!(report.resumed_bytes >= 9 * PART, "{deny:?}");
        rig.assert_stored(&file);
        // Three of the first run may be logged late.
        assert!(rig.part_numbers_sent().len() <= 11 + 3, "{deny:?}");
    }
}

#[test]
fn a_part_that_was_stored_but_not_recorded_is_taken_over_when_it_holds_the_same_bytes() {
    for list_allowed in [true, false] {
        let rig = Rig::new();
        let file = rig.file("file", PARTS * PART);
        // The part is stored, and its reply never comes.
        rig.server.rule(
            Rule::on(Op::UploadPart)
                .part(7)
                .then(Action::StallReply { ms: None }),
        );
        let upload = rig.start(request(&file));
        eventually("all other parts are stored", || {
            parts_on_server(&rig).len() == PARTS as usize
                && upload.progress().unwrap().parts_done >= 19
        });
        upload.cancel();
        assert_code(&wait(&upload), Code::Canceled);
        rig.server.clear_rules();
        rig.server.clear_log();
        if !list_allowed {
            rig.server.deny(&[Op::ListParts]);
        }
        let report = rig.upload(request(&file));
        assert_ok(&report);
        rig.assert_stored(&file);
        let expected: &[u32] = if list_allowed { &[] } else { &[7] };
        assert_eq!(rig.part_numbers_sent(), expected);
    }
}

#[test]
fn a_listed_part_with_other_bytes_is_not_taken_over() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    interrupted(&rig, &file);
    // A part of the right size that nobody confirmed to us, as another writer would leave it.
    let upload = &rig.server.uploads()[0];
    let foreign = rig.file("foreign", PART);
    let intruder = rig.file("intruder", PARTS * PART);
    let _ = (foreign, intruder);
    let checkpoint = std::fs::read_to_string(rig.checkpoint(&file)).unwrap();
    let last = upload.parts.last().unwrap().number;
    // Forget one record, and let the file hold other bytes there: same size and time.
    let kept: String = checkpoint
        .lines()
        .filter(|line| !line.contains(&format!("\"number\":{last},")))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(rig.checkpoint(&file), kept).unwrap();
    let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
    {
        use std::os::unix::fs::FileExt;
        let handle = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
        handle
            .write_all_at(b"other bytes", u64::from(last - 1) * PART)
            .unwrap();
        handle.set_modified(modified).unwrap();
    }
    rig.server.clear_log();
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
    assert!(rig.part_numbers_sent().contains(&last));
}

#[test]
fn long_lists_are_read_to_their_end() {
    let rig = Rig::with(Options {
        bench: true,
        ..Options::default()
    });
    let path = rig.path("file");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(2_500 * PART)
        .unwrap();
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(2_400)
            .then(Action::status(403, "AccessDenied")),
    );
    let mut wanted = request(&path);
    wanted.parts_in_flight = 8;
    assert_code(&rig.upload(wanted.clone()), Code::Service);
    rig.server.clear_rules();
    // Only the server still knows the parts.
    let text = std::fs::read_to_string(rig.checkpoint(&path)).unwrap();
    let head: String = text
        .lines()
        .take(2)
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(rig.checkpoint(&path), head).unwrap();
    rig.server.clear_log();
    let report = rig.upload(wanted);
    assert_ok(&report);
    assert!(
        report.resumed_bytes >= 2_390 * PART,
        "{}",
        report.resumed_bytes / PART
    );
    assert_eq!(rig.server.requests(Op::ListParts), 3);
}

#[test]
fn when_all_parts_are_there_only_complete_is_sent() {
    for size in [PARTS * PART, PARTS * PART - 3] {
        let rig = Rig::new();
        rig.server
            .rule(Rule::on(Op::CompleteMultipartUpload).then(Action::status(403, "AccessDenied")));
        let file = rig.file("file", size);
        assert_code(&rig.upload(request(&file)), Code::Service);
        rig.server.clear_rules();
        rig.server.clear_log();
        let report = rig.upload(request(&file));
        assert_ok(&report);
        assert_eq!(report.resumed_bytes, size);
        rig.assert_stored(&file);
        assert_eq!(rig.server.part_bytes_received(), 0);
    }
}

#[test]
fn an_upload_id_that_died_meanwhile_heals_itself() {
    for deny_list in [false, true] {
        let rig = Rig::new();
        let file = rig.file("file", PARTS * PART);
        interrupted(&rig, &file);
        rig.server.abort_all();
        if deny_list {
            rig.server.deny(&[Op::ListParts]);
        }
        let report = rig.upload(request(&file));
        assert_ok(&report);
        assert_ne!(report.warnings & warning::RESTARTED, 0);
        assert_eq!(report.resumed_bytes, 0);
        rig.assert_stored(&file);
    }
}

#[test]
fn a_list_that_fails_for_a_while_costs_no_part() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    interrupted(&rig, &file);
    let stored = parts_on_server(&rig);
    rig.server.clear_log();
    rig.server.rule(
        Rule::on(Op::ListParts)
            .times(5)
            .then(Action::status(503, "ServiceUnavailable")),
    );
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
    assert!(rig.part_numbers_sent().len() <= PARTS as usize - stored.len() + 3);
}

#[test]
fn lists_that_make_no_sense_are_not_believed() {
    let list = |body: &str| {
        format!(
            "<ListPartsResult><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId>{body}</ListPartsResult>"
        )
    };
    let part = "<Part><PartNumber>1</PartNumber><ETag>\"X\"</ETag><Size>1</Size></Part>";
    for body in [
        "garbage".to_owned(),
        list("<IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker>"),
        list(&format!("<IsTruncated>false</IsTruncated>{part}{part}")),
        list(
            "<IsTruncated>false</IsTruncated><Part><PartNumber>0</PartNumber><ETag>x</ETag><Size>1</Size></Part>",
        ),
    ] {
        let rig = Rig::new();
        let file = rig.file("file", PARTS * PART);
        interrupted(&rig, &file);
        rig.server
            .rule(Rule::on(Op::ListParts).then(Action::RawBody {
                body: body.clone(),
                code: None,
            }));
        let quick = oss_resumable::config::Limits {
            retry_timeout: Duration::from_secs(1),
            ..limits()
        };
        let report = run(&client(&rig.server.url(), quick), request(&file));
        assert_ok(&report);
        assert!(report.resumed_bytes >= 9 * PART, "{body}");
        rig.assert_stored(&file);
    }
}

#[test]
fn another_file_key_bucket_part_size_or_header_begins_anew_and_aborts_the_old_upload() {
    type Change = fn(&Rig, &mut oss_resumable::config::UploadRequest);
    let changes: [(&str, Change); 5] = [
        ("key", |_, request| request.object = "other".into()),
        ("bucket", |_, request| request.bucket = "other".into()),
        ("part size", |_, request| {
            request.part_size = PartSize::Bytes(2 * PART)
        }),
        ("headers", |_, request| {
            request.headers = ObjectHeaders::new([("x-oss-meta-a", "1")]).unwrap();
        }),
        ("file", |rig, request| {
            let other = rig.path("other");
            write_file(&other, PARTS * PART + 1, 2);
            request.checkpoint = Some(CheckpointPlace::Path(
                rig.checkpoint(request.input.path().unwrap()),
            ));
            request.input = Input::Path(other);
        }),
    ];
    for (what, change) in changes {
        let rig = Rig::new();
        let file = rig.file("file", PARTS * PART);
        interrupted(&rig, &file);
        let mut other = request(&file);
        change(&rig, &mut other);
        let report = rig.upload(other.clone());
        assert_ok(&report);
        assert_eq!(report.resumed_bytes, 0, "{what}");
        let (bucket, key) = (&other.bucket, &other.object);
        assert!(
            rig.server
                .object_equals_file(bucket, key, other.input.path().unwrap()),
            "{what}"
        );
        assert_eq!(rig.server.uploads(), [], "{what}");
    }
}

#[test]
fn another_endpoint_begins_anew() {
    let (rig, other) = (Rig::new(), Rig::new());
    let file = rig.file("file", PARTS * PART);
    interrupted(&rig, &file);
    let report = run(&other.client, request(&file));
    assert_ok(&report);
    assert_eq!(report.resumed_bytes, 0);
    // What was begun there cannot be aborted from here.
    assert_eq!(report.warnings, warning::UPLOAD_LEFT);
    assert!(other.server.object_equals_file(BUCKET, KEY, &file));
}

#[test]
fn an_upload_that_no_longer_needs_parts_aborts_what_it_left() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    interrupted(&rig, &file);
    write_file(&file, 100, 1);
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
    assert!(!rig.checkpoint(&file).exists());
}

#[test]
fn a_copy_of_the_file_with_the_same_times_is_continued_after_reading_it_again() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    interrupted(&rig, &file);
    let stored = parts_on_server(&rig).len();
    let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
    let copy = rig.path("copy");
    std::fs::copy(&file, &copy).unwrap();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&copy)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let mut moved = request(&copy);
    moved.checkpoint = Some(CheckpointPlace::Path(rig.checkpoint(&file)));
    let report = rig.upload(moved);
    assert_ok(&report);
    assert!(report.resumed_bytes >= stored as u64 * PART);
    rig.assert_stored(&copy);
}

#[test]
fn discard_aborts_the_upload_and_removes_the_checkpoint() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    interrupted(&rig, &file);
    let discard = |key: &'static str| {
        let (client, file) = (rig.client.clone(), file.clone());
        let task = oss_resumable::runtime::handle().unwrap().spawn(async move {
            let place = CheckpointPlace::BesideFile;
            oss_resumable::transfer::discard::discard(client, BUCKET, key, Some(&file), &place)
                .await
        });
        oss_resumable::runtime::wait_for(task, &|| {})
    };
    assert_eq!(discard("another").unwrap_err().code, Code::Checkpoint);
    assert_eq!(rig.server.uploads().len(), 1);
    discard(KEY).unwrap();
    assert_eq!(rig.server.uploads(), []);
    assert!(!rig.checkpoint(&file).exists());
    discard(KEY).unwrap();
}
