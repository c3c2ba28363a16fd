//! Unfinished uploads, whoever began them: listed and aborted, through the C API.

#[path = "leftovers/calls.rs"]
mod calls;
#[path = "support/capi.rs"]
mod capi;
#[path = "leftovers/discard.rs"]
mod discard;
#[path = "support/engine.rs"]
mod engine;

use std::collections::BTreeSet;
use std::ptr;
use std::time::{Duration, SystemTime};

use calls::*;
use capi::*;
use engine::{BUCKET, KEY, PART, Rig, eventually};
use oss_resumable::ffi::leftovers::*;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::transfer::events::warning;
use oss_test_server::{Action, LogEntry, Op, Rule};

// ---- Listing -----------------------------------------------------------------------------------

#[test]
fn keys_of_any_kind_are_listed_as_they_are_in_the_order_of_keys() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let odd = [
        "\u{76ee}\u{5f55}/\u{6587}\u{4ef6}.bin",
        "\u{1f680}",
        "a b+c",
        "%41&b=c?d#e",
        "<key>\"'",
        "tab\tand\nline",
        " blank ",
        "a//b",
        "twice",
        "twice",
    ];
    begin(&rig, odd);
    let found = list(&client, None, 0).unwrap();
    let listed: Vec<_> = found
        .iter()
        .cloned()
        .map(|(key, id, _)| (key, id))
        .collect();
    assert_eq!(listed, open_uploads(&rig));
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    for (key, _, initiated) in &found {
        assert!(
            (now - 60..=now + 1).contains(initiated),
            "{key}: {initiated}"
        );
    }
    assert_eq!(list(&client, Some(""), 0).unwrap(), found);
    for (prefix, expected) in [
        ("\u{76ee}", &[odd[0]][..]),
        ("%4", &[odd[3]]),
        ("tab\t", &[odd[5]]),
        ("a", &["a b+c", "a//b"]),
        ("twice", &["twice", "twice"]),
        ("A", &[]),
    ] {
        assert_eq!(keys(&client, prefix, 0), expected, "{prefix}");
    }
    // Only looked at.
    assert_eq!(rig.server.uploads().len(), odd.len());
}

#[test]
fn the_age_is_told_by_the_clock_of_oss() {
    // A clock that is off by a few minutes is good enough for signatures.
    for shift in [0, 600, -600, 86_400, -86_400] {
        let rig = Rig::new();
        rig.server.shift_clock(shift);
        begin(&rig, ["old", "older"]);
        rig.server.age_uploads(3_600);
        begin(&rig, ["new"]);
        // One that has never been told what time it is there.
        let client = CClient::new(&rig.server.url());
        assert_eq!(keys(&client, "", 300), ["old", "older"], "{shift}");
        assert_eq!(keys(&client, "", 3_500), ["old", "older"], "{shift}");
        assert_eq!(keys(&client, "", 7_200), [""; 0], "{shift}");
        assert_eq!(keys(&client, "", 0), ["new", "old", "older"], "{shift}");
        assert_eq!(keys(&client, "new", i64::MAX), [""; 0], "{shift}");
    }
}

#[test]
fn lists_of_more_than_a_thousand_uploads_are_read_and_aborted_to_their_end() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    // The first page ends in the middle of the uploads of one key.
    begin(&rig, (0..500).map(|number| format!("k{number:03}")));
    begin(&rig, ["same"; 505]);
    rig.server.clear_log();
    let found = list(&client, None, 0).unwrap();
    let listed: Vec<_> = found.into_iter().map(|(key, id, _)| (key, id)).collect();
    assert_eq!(listed, open_uploads(&rig));
    assert_eq!(rig.server.requests(Op::ListMultipartUploads), 2);

    let (ended, aborted) = abort(&client, "same", 0);
    assert_eq!((ended.code, aborted), (OSS_RESUMABLE_OK, 505));
    assert_eq!(rig.server.uploads().len(), 500);
    assert!(open_keys(&rig).iter().all(|key| key.starts_with('k')));
    assert_eq!(rig.server.requests(Op::AbortMultipartUpload), 505);
}

fn page(inner: &str) -> Rule {
    Rule::on(Op::ListMultipartUploads).then(Action::RawBody {
        body: format!("<ListMultipartUploadsResult>{inner}</ListMultipartUploadsResult>"),
        code: None,
    })
}

#[test]
fn a_list_that_repeats_itself_ends_with_an_error() {
    for (body, requests) in [
        (
            "<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>",
            2,
        ),
        ("<IsTruncated>true</IsTruncated>", 1),
    ] {
        let rig = Rig::new();
        rig.server.rule(page(body));
        let client = CClient::new(&rig.server.url());
        let error = list(&client, None, 0).unwrap_err();
        assert_eq!(error.code, OSS_RESUMABLE_E_SERVICE);
        assert!(error.message.contains("repeats"), "{error:?}");
        assert_eq!(rig.server.requests(Op::ListMultipartUploads), requests);
    }
}

#[test]
fn what_a_server_lists_beyond_the_prefix_is_neither_told_nor_aborted() {
    let rig = Rig::new();
    begin(&rig, ["precious"]);
    let (key, id) = open_uploads(&rig).remove(0);
    rig.server.rule(page(&format!(
        "<IsTruncated>false</IsTruncated><Upload><Key>{key}</Key><UploadId>{id}</UploadId>\
         <Initiated>2012-02-23T04:18:23.000Z</Initiated></Upload>"
    )));
    let client = CClient::new(&rig.server.url());
    assert_eq!(keys(&client, "precious", 0), ["precious"]);
    assert_eq!(list(&client, Some("tmp/"), 0).unwrap(), []);
    assert_eq!(abort(&client, "tmp/", 0).1, 0);
    assert_eq!(open_keys(&rig), ["precious"]);
}

// ---- Aborting ----------------------------------------------------------------------------------

#[test]
fn exactly_what_would_be_listed_is_aborted_and_counted() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    begin(&rig, ["tmp/a", "tmp/b", "tmp/b", "keep", "tmp"]);
    rig.server.age_uploads(3_600);
    begin(&rig, ["tmp/new"]);
    let (ended, aborted) = abort(&client, "tmp/", 1_800);
    assert_eq!((ended.code, aborted), (OSS_RESUMABLE_OK, 3));
    assert_eq!(open_keys(&rig), ["keep", "tmp", "tmp/new"]);
    assert_eq!(rig.server.requests(Op::AbortMultipartUpload), 3);
    // Nothing more to do is a success.
    assert_eq!(abort(&client, "tmp/", 1_800).1, 0);
    assert_eq!(abort(&client, "", 0).1, 3);
    assert_eq!(rig.server.uploads(), []);
}

#[test]
fn an_upload_that_survives_its_abort_is_aborted_again() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    begin(&rig, ["tough", "weak"]);
    let unimpressed = || {
        Rule::on(Op::AbortMultipartUpload)
            .key("tough")
            .then(Action::foreign(204, ""))
    };
    rig.server.rule(unimpressed().once());
    let (ended, aborted) = abort(&client, "", 0);
    assert_eq!((ended.code, aborted), (OSS_RESUMABLE_OK, 2));
    assert_eq!(rig.server.uploads(), []);
    assert_eq!(rig.server.requests(Op::AbortMultipartUpload), 3);
    assert_eq!(rig.server.requests(Op::ListMultipartUploads), 3);

    // Not for ever.
    begin(&rig, ["tough"]);
    rig.server.rule(unimpressed());
    rig.server.clear_log();
    let (ended, aborted) = abort(&client, "", 0);
    assert_eq!((ended.code, aborted), (OSS_RESUMABLE_E_SERVICE, 0));
    assert_eq!((ended.stage.as_str(), ended.retryable), ("abort", 1));
    assert!(rig.server.requests(Op::AbortMultipartUpload) <= 10);
}

#[test]
fn an_upload_that_may_not_be_aborted_keeps_none_of_the_others() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    begin(&rig, ["a", "kept", "z"]);
    let refused = Action::status(403, "AccessDenied");
    let rule = Rule::on(Op::AbortMultipartUpload).key("kept").then(refused);
    rig.server.rule(rule);
    let (ended, _) = abort(&client, "", 0);
    assert_eq!(ended.code, OSS_RESUMABLE_E_SERVICE);
    assert_eq!(ended.error_code.as_deref(), Some("AccessDenied"));
    let left = rig.server.uploads();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].key, "kept");
}

#[test]
fn one_upload_is_aborted_by_its_id_and_one_that_is_gone_is_a_success() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let odd = "\u{76ee}\u{5f55}/a b+%41";
    begin(&rig, [odd, odd]);
    let open = open_uploads(&rig);
    let (key, id) = &open[0];
    for _ in 0..2 {
        assert_eq!(abort_one(&client, key, id).code, OSS_RESUMABLE_OK);
        assert_eq!(open_uploads(&rig), open[1..]);
    }
    assert_eq!(
        abort_one(&client, "other", &open[1].1).code,
        OSS_RESUMABLE_OK
    );
    assert_eq!(open_uploads(&rig), open[1..]);
}

#[test]
fn an_upload_that_outlives_its_abort_by_a_part_on_its_way_is_aborted_once_that_is_there() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let file = rig.file("file", 3 * PART);
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::OutliveAbort));
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = client.start(Some(&file), |params| params.thread_num = 1);
    assert!(gate.wait_reached(Duration::from_secs(30)));
    // Whoever sent it does not wait for it any more; the part is there nevertheless.
    upload.cancel();
    assert_eq!(upload.end().code, OSS_RESUMABLE_E_CANCELED);
    let id = open_uploads(&rig).remove(0).1;
    // Time for the part to arrive before anybody looks again.
    let slowly = Action::StallReply { ms: Some(2_000) };
    rig.server
        .rule(Rule::on(Op::AbortMultipartUpload).once().then(slowly));

    let (ended, aborted) = std::thread::scope(|scope| {
        let aborting = scope.spawn(|| abort(&client, "", 0));
        eventually("it is aborted for the first time", || {
            let log = rig.server.log();
            let aborts = |entry: &LogEntry| entry.op == Op::AbortMultipartUpload;
            log.iter().any(|entry| aborts(entry) && entry.applied)
        });
        gate.release();
        aborting.join().unwrap()
    });
    assert_eq!((ended.code, aborted), (OSS_RESUMABLE_OK, 1), "{ended:?}");
    assert_eq!(rig.server.uploads(), []);
    let log = rig.server.log();
    let aborts: Vec<_> = log
        .iter()
        .filter(|entry| entry.op == Op::AbortMultipartUpload)
        .map(|entry| (entry.status, entry.upload_id.as_ref()))
        .collect();
    assert!(aborts.len() > 1, "one was not enough: {aborts:?}");
    assert!(aborts.iter().all(|abort| *abort == (204, Some(&id))));
    assert!(rig.server.requests(Op::ListMultipartUploads) > 2);
}

#[test]
fn an_upload_that_was_aborted_here_begins_anew_where_it_is_continued() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let file = rig.file("file", 5 * PART);
    let refuse = Action::status(403, "AccessDenied");
    rig.server
        .rule(Rule::on(Op::UploadPart).part(4).then(refuse));
    let first = client.upload(Some(&file), |_| {});
    assert_eq!(first.code, OSS_RESUMABLE_E_SERVICE);
    rig.server.clear_rules();
    let found = list(&client, Some(KEY), 0).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(Some(&found[0].1), first.upload_id.as_ref());
    assert_eq!(abort_one(&client, KEY, &found[0].1).code, OSS_RESUMABLE_OK);
    let second = client.upload(Some(&file), |_| {}).ok();
    assert_eq!(
        (second.warnings, second.resumed_bytes),
        (warning::RESTARTED, 0)
    );
    rig.assert_stored(&file);
}

// ---- Errors ------------------------------------------------------------------------------------

#[test]
fn a_missing_right_is_told_in_the_words_of_oss() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    begin(&rig, ["a"]);
    let id = open_uploads(&rig).remove(0).1;
    rig.server
        .deny(&[Op::ListMultipartUploads, Op::AbortMultipartUpload]);
    let listed = list(&client, None, 0).unwrap_err();
    let (all, aborted) = abort(&client, "", 0);
    let one = abort_one(&client, "a", &id);
    rig.server.deny(&[Op::AbortMultipartUpload]);
    let (cannot_abort, aborted_either) = abort(&client, "", 0);
    assert_eq!((aborted, aborted_either), (0, 0));
    for (ended, stage) in [
        (*listed, "prepare"),
        (all, "prepare"),
        (one, "abort"),
        (cannot_abort, "abort"),
    ] {
        assert_eq!(ended.code, OSS_RESUMABLE_E_SERVICE);
        assert_eq!(ended.http_status, 403);
        assert_eq!(ended.error_code.as_deref(), Some("AccessDenied"));
        assert_eq!((ended.attempts, ended.retryable), (1, 0));
        assert_eq!(ended.stage, stage);
        assert!(ended.request_id.is_some() && ended.ec.is_some());
    }
    assert_eq!(open_keys(&rig), ["a"]);
}

#[test]
fn a_list_that_fails_for_a_while_is_asked_for_again() {
    let rig = Rig::new();
    begin(&rig, ["a"]);
    for rule in [
        Rule::on(Op::ListMultipartUploads)
            .times(2)
            .then(Action::status(503, "SlowDown")),
        Rule::on(Op::ListMultipartUploads)
            .once()
            .then(Action::DropReply),
    ] {
        rig.server.rule(rule);
    }
    let client = CClient::new(&rig.server.url());
    assert_eq!(keys(&client, "", 0), ["a"]);
    rig.server.rule(page("<IsTruncated>perhaps</IsTruncated>"));
    let client = CClient::with(&rig.server.url(), |config| config.max_retries = 1).unwrap();
    let error = list(&client, None, 0).unwrap_err();
    assert_eq!((error.code, error.attempts), (OSS_RESUMABLE_E_SERVICE, 2));
    assert!(error.message.contains("not OSS's"), "{error:?}");
}

#[test]
fn bad_arguments_are_refused_by_name_before_anything_is_sent() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let (bucket, bad, none) = (c(BUCKET), c("My_Bucket"), ptr::null());
    let (bucket, bad) = (bucket.as_ptr(), bad.as_ptr());
    let long = c(&"p".repeat(1024));
    let latin1 = c_latin1();
    let mut fields = BTreeSet::new();
    let mut refused = |code, result, field: &str| {
        let ended = take(code, result);
        assert_eq!(ended.code, OSS_RESUMABLE_E_INVALID_ARGUMENT, "{field}");
        assert!(
            ended.message.starts_with(&format!("{field}: ")),
            "{field}: {ended:?}"
        );
        fields.insert(field.to_owned());
    };
    let (mut found, mut result) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: every pointer is NULL or valid during the call.
    unsafe {
        for (client, bucket, prefix, age, field) in [
            (ptr::null_mut(), bucket, none, 0, "client"),
            (client.0, none, none, 0, "bucket"),
            (client.0, bad, none, 0, "bucket"),
            (client.0, bucket, long.as_ptr(), 0, "prefix"),
            (client.0, bucket, latin1.as_ptr(), 0, "prefix"),
            (client.0, bucket, none, -1, "min_age_seconds"),
            (client.0, bucket, none, i64::MIN, "min_age_seconds"),
        ] {
            let code =
                oss_resumable_list_uploads(client, bucket, prefix, age, &mut found, &mut result);
            refused(code, result, field);
            let nowhere = ptr::null_mut();
            let code =
                oss_resumable_abort_uploads(client, bucket, prefix, age, nowhere, &mut result);
            refused(code, result, field);
        }
        let nowhere = ptr::null_mut();
        let code = oss_resumable_list_uploads(client.0, bucket, none, 0, nowhere, &mut result);
        refused(code, result, "list_out");
        let (key, id, spaced) = (c("key"), c("ID"), c("I D"));
        let (key, id, spaced) = (key.as_ptr(), id.as_ptr(), spaced.as_ptr());
        for (bucket, key, id, field) in [
            (bad, key, id, "bucket"),
            (bucket, none, id, "object"),
            (bucket, key, none, "upload_id"),
            (bucket, key, spaced, "upload_id"),
        ] {
            let code = oss_resumable_abort_upload(client.0, bucket, key, id, &mut result);
            refused(code, result, field);
        }
        assert_eq!(oss_resumable_upload_list_count(ptr::null()), 0);
        oss_resumable_upload_list_free(ptr::null_mut());
    }
    assert_eq!(fields.len(), 7);
    assert_eq!(rig.server.log().len(), 0);
}

fn c_latin1() -> std::ffi::CString {
    std::ffi::CString::new([0xe9]).unwrap()
}
