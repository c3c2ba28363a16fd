//! Every header a user may give: on which requests it goes out, and what becomes of it.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/ffi.rs"]
mod ffi;

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use engine::*;
use ffi::Strings;
use oss_resumable::client::Client;
use oss_resumable::config::Limits;
use oss_resumable::error::Code;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_resumable::headers::ObjectHeaders;
use oss_resumable::transfer::driver::Report;
use oss_test_server::Op::{
    AbortMultipartUpload, CompleteMultipartUpload, HeadObject, InitiateMultipartUpload, ListParts,
    PutObject, UploadPart,
};
use oss_test_server::{Action, LogEntry, Op, Rule};

/// Every request that an upload of parts can send.
const ALL: [Op; 6] = [
    InitiateMultipartUpload,
    UploadPart,
    ListParts,
    CompleteMultipartUpload,
    HeadObject,
    AbortMultipartUpload,
];
const INITIATE: &[Op] = &[InitiateMultipartUpload, PutObject];
const PARTS: &[Op] = &[UploadPart, PutObject];
const COMPLETE: &[Op] = &[CompleteMultipartUpload, PutObject];
const ENDS: &[Op] = &[InitiateMultipartUpload, CompleteMultipartUpload, PutObject];
const EVERYWHERE: &[Op] = &[
    InitiateMultipartUpload,
    UploadPart,
    ListParts,
    CompleteMultipartUpload,
    HeadObject,
    AbortMultipartUpload,
    PutObject,
];

/// What becomes of a header.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// The object has it, and HEAD shows it.
    Shown,
    /// The object has it; HEAD does not show it.
    Kept,
    /// It concerned the requests alone.
    Gone,
}

struct Case {
    name: &'static str,
    value: &'static str,
    on: &'static [Op],
    fate: Fate,
    /// Without these OSS refuses it.
    with: &'static [(&'static str, &'static str)],
}

/// A client that tries nothing twice, so that a lost reply is settled with HEAD.
fn client(rig: &Rig) -> Arc<Client> {
    let limits = Limits {
        max_retries: Some(0),
        ..limits()
    };
    engine::client(&rig.server.url(), limits)
}

fn upload(rig: &Rig, key: &str, file: &Path, headers: &ObjectHeaders, keep: bool) -> Arc<Report> {
    let mut request = request(file);
    request.object = key.into();
    request.headers = headers.clone();
    // One after the other, so that a part that is refused has no others beside it.
    request.parts_in_flight = 1;
    if !keep {
        request.checkpoint = None;
    }
    run(&client(rig), request)
}

/// The header is on every request of these operations, and on no other.
#[track_caller]
fn assert_sent(case: &Case, log: &[LogEntry]) {
    for entry in log {
        let given = entry.header(case.name);
        if case.on.contains(&entry.op) {
            assert_eq!(given, Some(case.value), "{:?}", entry.op);
        } else if case.name == "content-type" {
            // Complete has one of its own, for its body.
            assert_ne!(given, Some(case.value), "{:?}", entry.op);
        } else {
            assert_eq!(given, None, "{:?}", entry.op);
        }
    }
}

#[track_caller]
fn assert_kept(case: &Case, rig: &Rig, file: &Path, report: &Report) {
    rig.assert_stored(file);
    let object = rig.server.object(BUCKET, KEY).unwrap();
    let expected = (case.fate != Fate::Gone).then_some(case.value);
    assert_eq!(object.header(case.name), expected);
    // The upload was settled with HEAD, whose headers are those of the result.
    let committed = report.outcome.as_ref().unwrap();
    let shown = committed.headers.get(case.name);
    let expected = (case.fate == Fate::Shown).then_some(case.value.as_bytes());
    assert_eq!(shown.map(|value| value.as_bytes()), expected);
}

/// Goes through every request there is.
fn in_parts(case: &Case, headers: &ObjectHeaders) {
    let rig = Rig::new();
    let refuse = |part| {
        let rule = Rule::on(UploadPart).part(part).once();
        rig.server
            .rule(rule.then(Action::status(403, "AccessDenied")));
    };
    let file = rig.file("data", 4 * PART);
    refuse(2);
    let thrown_away = upload(&rig, "another", &file, headers, false);
    assert_code(&thrown_away, Code::Service);

    refuse(3);
    assert_code(&upload(&rig, KEY, &file, headers, true), Code::Service);
    let rule = Rule::on(CompleteMultipartUpload).once();
    rig.server.rule(rule.then(Action::DropReply));
    let report = upload(&rig, KEY, &file, headers, true);
    assert_ok(&report);

    let log = rig.server.log();
    for op in ALL {
        assert!(log.iter().any(|entry| entry.op == op), "no {op:?}");
    }
    assert_sent(case, &log);
    assert_kept(case, &rig, &file, &report);
}

fn in_one_request(case: &Case, headers: &ObjectHeaders) {
    let rig = Rig::new();
    let rule = Rule::on(PutObject).once();
    rig.server.rule(rule.then(Action::DropReply));
    let file = rig.file("data", 10);
    let report = upload(&rig, KEY, &file, headers, true);
    assert_ok(&report);
    let log = rig.server.log();
    let ops: Vec<Op> = log.iter().map(|entry| entry.op).collect();
    assert_eq!(ops, [PutObject, HeadObject]);
    assert_sent(case, &log);
    assert_kept(case, &rig, &file, &report);
}

fn check(case: &Case) {
    let given = case.with.iter().copied();
    let headers = ObjectHeaders::new(given.chain([(case.name, case.value)])).unwrap();
    in_parts(case, &headers);
    in_one_request(case, &headers);
}

/// A test for each header, in parts and in one request.
macro_rules! headers {
    ($($test:ident: $name:literal = $value:expr, $on:expr, $fate:ident $(, with $with:expr)?;)+) => {
        $(
            #[test]
            fn $test() {
                let with: Option<&[(&str, &str)]> = None$(.or(Some($with)))?;
                let with = with.unwrap_or_default();
                check(&Case { name: $name, value: $value, on: $on, fate: Fate::$fate, with });
            }
        )+
    };
}

const KMS: &[(&str, &str)] = &[("x-oss-server-side-encryption", "KMS")];
/// `{"callbackUrl":"http://127.0.0.1:9/","callbackBody":"x"}`, where nobody listens.
const NOBODY: &str = "eyJjYWxsYmFja1VybCI6Imh0dHA6Ly8xMjcuMC4wLjE6OS8iLCJjYWxsYmFja0JvZHkiOiJ4In0=";

headers! {
    content_type_is_the_objects: "content-type" = "text/x-test; charset=utf-8", INITIATE, Shown;
    content_disposition_is_the_objects:
        "content-disposition" = "attachment; filename=\"a b.txt\"", INITIATE, Shown;
    content_encoding_is_the_objects: "content-encoding" = "gzip", INITIATE, Shown;
    content_language_is_the_objects: "content-language" = "zh-CN", INITIATE, Shown;
    cache_control_is_the_objects: "cache-control" = "max-age=3600, public", INITIATE, Shown;
    expires_is_the_objects: "expires" = "Thu, 01 Jan 2099 00:00:00 GMT", INITIATE, Shown;
    user_metadata_is_the_objects: "x-oss-meta-author" = "somebody else", INITIATE, Shown;
    object_acl_goes_with_the_request_that_commits:
        "x-oss-object-acl" = "public-read", COMPLETE, Kept;
    storage_class_is_the_objects: "x-oss-storage-class" = "IA", INITIATE, Shown;
    server_side_encryption_is_the_objects:
        "x-oss-server-side-encryption" = "AES256", INITIATE, Shown;
    the_key_of_the_encryption_is_the_objects:
        "x-oss-server-side-encryption-key-id" = "9468da86-3509-4f8d-a61e-6eab1eac1234",
        INITIATE, Shown, with KMS;
    the_method_of_the_encryption_is_the_objects:
        "x-oss-server-side-data-encryption" = "SM4", INITIATE, Shown, with KMS;
    tagging_is_the_objects: "x-oss-tagging" = "team=a%20b&year=2026", INITIATE, Kept;
    forbid_overwrite_is_said_when_an_upload_begins_and_when_it_ends:
        "x-oss-forbid-overwrite" = "true", ENDS, Gone;
    request_payer_is_on_every_request: "x-oss-request-payer" = "requester", EVERYWHERE, Gone;
    traffic_limit_goes_with_the_data: "x-oss-traffic-limit" = "838860800", PARTS, Gone;
    callback_goes_with_the_request_that_commits: "x-oss-callback" = NOBODY, COMPLETE, Gone;
    callback_var_goes_with_the_request_that_commits:
        "x-oss-callback-var" = "eyJ4OmEiOiJiIn0=", COMPLETE, Gone,
        with &[("x-oss-callback", NOBODY)];
}

#[test]
fn the_callback_of_these_tests_is_what_it_says() {
    let text = STANDARD.decode(NOBODY).unwrap();
    let expected = r#"{"callbackUrl":"http://127.0.0.1:9/","callbackBody":"x"}"#;
    assert_eq!(text, expected.as_bytes());
}

#[test]
fn tags_are_counted_by_head() {
    let rig = Rig::new();
    let headers = ObjectHeaders::new([("x-oss-tagging", "team=a%20b&year=2026")]).unwrap();
    let rule = Rule::on(PutObject).once();
    rig.server.rule(rule.then(Action::DropReply));
    let report = upload(&rig, KEY, &rig.file("data", 10), &headers, true);
    let committed = report.outcome.as_ref().unwrap();
    assert_eq!(committed.headers["x-oss-tagging-count"], "2");
}

#[test]
fn with_forbid_overwrite_an_object_that_is_there_stays_as_it_is() {
    for size in [10, 3 * PART] {
        let rig = Rig::new();
        let headers = ObjectHeaders::new([("x-oss-forbid-overwrite", "true")]).unwrap();
        let file = rig.file("data", size);
        assert_ok(&upload(&rig, KEY, &file, &headers, false));
        let before = rig.server.object(BUCKET, KEY).unwrap();

        let other = rig.path("other");
        write_file(&other, size, 2);
        let report = upload(&rig, KEY, &other, &headers, false);
        assert_code(&report, Code::Service);
        let error = report.outcome.as_ref().unwrap_err();
        assert_eq!(error.service.http_status, 409);
        assert_eq!(error.service.code.as_deref(), Some("FileAlreadyExists"));
        rig.assert_stored(&file);
        let after = rig.server.object(BUCKET, KEY).unwrap();
        assert_eq!((after.versions, &after.etag), (1, &before.etag));

        // And without it the object is replaced.
        let free = ObjectHeaders::new([("x-oss-forbid-overwrite", "false")]).unwrap();
        assert_ok(&upload(&rig, KEY, &other, &free, false));
        rig.assert_stored(&other);
    }
}

#[test]
fn with_forbid_overwrite_an_object_that_appears_meanwhile_stays_as_it_is() {
    let rig = Rig::new();
    let headers = ObjectHeaders::new([("x-oss-forbid-overwrite", "true")]).unwrap();
    let file = rig.file("data", 3 * PART);
    let gate = rig.server.pause_next(UploadPart);
    let mut request = request(&file);
    request.headers = headers;
    request.checkpoint = None;
    let running = rig.start(request);
    assert!(gate.wait_reached(limits().retry_timeout));
    rig.server.put_object(BUCKET, KEY, b"somebody was faster");
    gate.release();
    let report = wait(&running);
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.service.code.as_deref(), Some("FileAlreadyExists"));
    let object = rig.server.object(BUCKET, KEY).unwrap();
    assert_eq!(object.bytes(), b"somebody was faster");
    assert_eq!(rig.server.uploads(), [], "what was sent is thrown away");
}

/// The type of an object that was uploaded with the C API.
#[track_caller]
fn type_of(key: &str, file_name: &str, given: Option<&str>, size: u64) -> String {
    let (rig, strings) = (Rig::new(), Strings::default());
    let client = ffi::Client::new(&ffi::config_for(&rig.server.url(), &strings)).unwrap();
    let header = oss_resumable_header_t {
        name: strings.keep("Content-Type"),
        value: strings.keep(given.unwrap_or_default()),
    };
    let mut params = ffi::params();
    if given.is_some() {
        params.headers = &header;
        params.headers_len = 1;
    }
    let file = rig.file(file_name, size);
    let outcome = client.upload_to(BUCKET, key, &file, &params);
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    let object = rig.server.object(BUCKET, key).unwrap();
    assert_eq!(object.multipart, size > PART);
    object.header("content-type").unwrap().to_owned()
}

#[test]
fn the_type_is_the_keys_else_the_files_and_the_users_before_both() {
    for size in [10, 2 * PART] {
        for (key, file, given, expected) in [
            ("a/photo.JPG", "x.txt", None, "image/jpeg"),
            ("a/photo", "x.txt", None, "text/plain"),
            ("a.b/photo", "x", None, "application/octet-stream"),
            ("a/page.html", "x.txt", Some("text/x-mine"), "text/x-mine"),
        ] {
            assert_eq!(type_of(key, file, given, size), expected, "{key} {file}");
        }
    }
}
