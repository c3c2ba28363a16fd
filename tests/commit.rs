//! The last request: committed, not committed, or unknown, and always what the server's state is.

#[path = "support/engine.rs"]
mod engine;

use std::sync::Arc;
use std::time::Duration;

use engine::*;
use oss_resumable::error::Code;
use oss_resumable::headers::ObjectHeaders;
use oss_resumable::transfer::driver::Report;
use oss_resumable::transfer::events::warning;
use oss_test_server::{Action, Op, Rule};

const COMPLETE: Op = Op::CompleteMultipartUpload;

fn with_rules(rules: Vec<Rule>) -> (Rig, std::path::PathBuf, Arc<Report>) {
    let rig = Rig::facing(&rules[0].action);
    for rule in rules {
        rig.server.rule(rule);
    }
    let file = rig.file("file", 5 * PART);
    let report = rig.upload(request(&file));
    (rig, file, report)
}

#[test]
fn a_complete_that_worked_but_was_not_heard_is_a_success() {
    for action in [
        Action::DropReply,
        Action::ResetReplyAfter { bytes: 20 },
        Action::CutReplyAfter { bytes: 200 },
        Action::StallReply { ms: None },
        Action::empty_200(),
        Action::RawBody {
            body: "<html>proxy</html>".into(),
            code: None,
        },
    ] {
        let shown = format!("{action:?}");
        // With little patience, more than what stalls may be taken for stalled.
        let stalls = matches!(action, Action::StallReply { .. });
        let (rig, file, report) = with_rules(vec![Rule::on(COMPLETE).once().then(action)]);
        assert_ok(&report);
        rig.assert_stored(&file);
        let object = rig.server.object(BUCKET, KEY).unwrap();
        assert_eq!(object.versions, 1, "{shown}");
        assert_eq!(object.crc64, Some(report.crc64), "{shown}");
        let sent = rig.part_numbers_sent().len();
        assert!(sent == 5 || stalls && sent > 5, "{shown}: {sent}");
        assert!(!rig.checkpoint(&file).exists(), "{shown}");
    }
}

#[test]
fn a_200_with_an_error_in_it_is_not_a_success() {
    let (rig, file, report) = with_rules(vec![Rule::on(COMPLETE).times(2).then(Action::Status {
        code: 200,
        oss_code: None,
        message: None,
        headers: Default::default(),
        body: Some("<Error><Code>InternalError</Code><Message>m</Message></Error>".into()),
        early: false,
    })]);
    assert_ok(&report);
    assert_eq!(rig.server.requests(COMPLETE), 3);
    rig.assert_stored(&file);

    let (rig, _, report) = with_rules(vec![Rule::on(COMPLETE).then(Action::Status {
        code: 200,
        oss_code: None,
        message: None,
        headers: Default::default(),
        body: Some("<Error><Code>InvalidRequest</Code><Message>m</Message></Error>".into()),
        early: false,
    })]);
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.service.code.as_deref(), Some("InvalidRequest"));
    rig.assert_absent();
}

#[test]
fn a_commit_that_was_overwritten_before_it_was_heard_is_unknown_and_the_next_run_uploads() {
    let (rig, file, report) = with_rules(vec![
        Rule::on(COMPLETE).once().then(Action::PutOtherObject),
        Rule::on(COMPLETE).once().then(Action::DropReply),
    ]);
    assert_code(&report, Code::CommitUnknown);
    assert!(!rig.server.object_equals_file(BUCKET, KEY, &file));
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn a_commit_whose_head_is_forbidden_is_unknown_and_the_next_run_uploads() {
    let rig = Rig::new();
    rig.server.deny(&[Op::HeadObject]);
    rig.server
        .rule(Rule::on(COMPLETE).once().then(Action::DropReply));
    let file = rig.file("file", 5 * PART);
    let report = rig.upload(request(&file));
    assert_code(&report, Code::CommitUnknown);
    assert!(rig.server.object_equals_file(BUCKET, KEY, &file));
    // No manual step: the same call again ends in the object.
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn a_committed_object_that_was_deleted_before_it_was_heard_is_uploaded_again_once() {
    let (rig, file, report) = with_rules(vec![
        Rule::on(COMPLETE).once().then(Action::DeleteObject),
        Rule::on(COMPLETE).once().then(Action::DropReply),
    ]);
    assert_ok(&report);
    assert_ne!(report.warnings & warning::RESTARTED, 0);
    assert_eq!(rig.server.requests(Op::InitiateMultipartUpload), 2);
    rig.assert_stored(&file);
}

#[test]
fn a_404_at_complete_with_an_older_object_at_the_key_is_never_taken_for_success() {
    let rig = Rig::new();
    rig.server.put_object(BUCKET, KEY, b"older");
    rig.server
        .rule(Rule::on(COMPLETE).once().then(Action::ForgetUpload));
    let file = rig.file("file", 5 * PART);
    // No Complete was in doubt before, so nothing can have been committed: it starts over.
    let report = rig.upload(request(&file));
    assert_ok(&report);
    assert_ne!(report.warnings & warning::RESTARTED, 0);
    rig.assert_stored(&file);
}

#[test]
fn an_unreachable_server_at_complete_is_unknown_and_the_next_run_settles_it_without_sending_parts()
{
    for applied in [true, false] {
        let rig = Rig::new();
        let gone = if applied {
            Action::DropReply
        } else {
            Action::ResetAfter { bytes: 0 }
        };
        rig.server.rule(Rule::on(COMPLETE).once().then(gone));
        rig.server.rule(
            Rule::on(COMPLETE)
                .skip(1)
                .then(Action::ResetAfter { bytes: 0 }),
        );
        rig.server
            .rule(Rule::on(Op::HeadObject).then(Action::ResetAfter { bytes: 0 }));
        let quick = oss_resumable::config::Limits {
            retry_timeout: Duration::from_secs(1),
            ..limits()
        };
        let file = rig.file("file", 5 * PART);
        let report = run(&client(&rig.server.url(), quick), request(&file));
        assert_code(&report, Code::CommitUnknown);
        assert!(rig.checkpoint(&file).exists());
        rig.server.clear_rules();
        let again = rig.upload(request(&file));
        assert_ok(&again);
        rig.assert_stored(&file);
        assert_eq!(rig.part_numbers_sent().len(), 5, "applied: {applied}");
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
        assert_eq!(again.resumed_bytes, 5 * PART);
    }
}

#[test]
fn an_unknown_commit_without_a_checkpoint_tells_of_the_upload_that_may_be_left() {
    for has_checkpoint in [false, true] {
        let rig = Rig::new();
        let cut = Action::ResetAfter { bytes: u64::MAX };
        rig.server.rule(Rule::on(COMPLETE).then(cut));
        rig.server.deny(&[Op::HeadObject]);
        let quick = oss_resumable::config::Limits {
            retry_timeout: Duration::from_secs(1),
            ..limits()
        };
        let mut request = request(&rig.file("file", 5 * PART));
        if !has_checkpoint {
            request.checkpoint = None;
        }
        let report = run(&client(&rig.server.url(), quick), request);
        assert_code(&report, Code::CommitUnknown);
        assert_eq!(rig.server.uploads().len(), 1);
        let told = report.warnings & warning::UPLOAD_LEFT != 0;
        // The next run has the checkpoint to find it by.
        assert_eq!(told, !has_checkpoint);
    }
}

#[test]
fn a_wrong_crc_at_complete_is_an_integrity_error_and_the_next_run_uploads_anew() {
    let (rig, file, report) = with_rules(vec![Rule::on(COMPLETE).once().then(Action::WrongCrc)]);
    assert_code(&report, Code::Integrity);
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn a_complete_without_a_crc_is_proven_by_head() {
    let (rig, file, report) = with_rules(vec![
        Rule::on(COMPLETE).once().then(Action::no_crc_header()),
    ]);
    assert_ok(&report);
    assert_eq!(rig.server.requests(Op::HeadObject), 1);
    rig.assert_stored(&file);
}

#[test]
fn parts_that_the_server_no_longer_has_at_complete_are_sent_again() {
    let (rig, file, report) = with_rules(vec![
        Rule::on(COMPLETE)
            .once()
            .then(Action::status(400, "InvalidPart")),
    ]);
    assert_ok(&report);
    assert_ne!(report.warnings & warning::RESTARTED, 0);
    rig.assert_stored(&file);
}

#[test]
fn an_object_that_must_not_be_overwritten_is_not() {
    for size in [10, 5 * PART] {
        let rig = Rig::new();
        rig.server.put_object(BUCKET, KEY, b"older");
        let file = rig.file("file", size);
        let mut request = request(&file);
        request.headers = ObjectHeaders::new([("x-oss-forbid-overwrite", "true")]).unwrap();
        let report = rig.upload(request);
        assert_code(&report, Code::Service);
        let error = report.outcome.as_ref().unwrap_err();
        assert_eq!(error.service.code.as_deref(), Some("FileAlreadyExists"));
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().bytes(), b"older");
    }
}

#[test]
fn our_own_commit_is_not_mistaken_for_an_object_that_must_not_be_overwritten() {
    for size in [10, 5 * PART] {
        let rig = Rig::new();
        for op in [COMPLETE, Op::PutObject] {
            rig.server.rule(Rule::on(op).once().then(Action::DropReply));
        }
        let file = rig.file("file", size);
        let mut request = request(&file);
        request.headers = ObjectHeaders::new([("x-oss-forbid-overwrite", "true")]).unwrap();
        assert_ok(&rig.upload(request));
        rig.assert_stored(&file);
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
    }
}

#[test]
fn a_small_file_whose_put_was_not_heard_is_put_again() {
    for action in [
        Action::DropReply,
        Action::StallReply { ms: None },
        Action::WrongCrc,
    ] {
        let rig = Rig::facing(&action);
        let stalls = matches!(action, Action::StallReply { .. });
        rig.server.rule(Rule::on(Op::PutObject).once().then(action));
        let file = rig.file("file", 1000);
        assert_ok(&rig.upload(request(&file)));
        rig.assert_stored(&file);
        let sent = rig.server.requests(Op::PutObject);
        assert!(sent == 2 || stalls && sent > 2, "{sent}");
    }
}

/// Nothing listens where it goes.
fn unheard_callback() -> ObjectHeaders {
    use base64::Engine;
    let callback = base64::engine::general_purpose::STANDARD
        .encode(r#"{"callbackUrl":"http://127.0.0.1:9/x","callbackBody":"a=b"}"#);
    ObjectHeaders::new([("x-oss-callback", callback.as_str())]).unwrap()
}

#[test]
fn a_failed_callback_is_a_stored_object_with_a_warning() {
    for size in [10, 5 * PART] {
        let rig = Rig::new();
        let file = rig.file("file", size);
        let mut request = request(&file);
        request.headers = unheard_callback();
        let report = rig.upload(request);
        assert_ok(&report);
        assert_eq!(report.warnings, warning::CALLBACK_FAILED);
        assert_eq!(report.outcome.as_ref().unwrap().status, 203);
        rig.assert_stored(&file);
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
    }
}

fn bad_gateway() -> Action {
    Action::Status {
        code: 502,
        oss_code: None,
        message: None,
        headers: Default::default(),
        body: None,
        early: false,
    }
}

/// Gives up after a second.
fn hasty(rig: &Rig) -> Arc<oss_resumable::client::Client> {
    let quick = oss_resumable::config::Limits {
        retry_timeout: Duration::from_secs(1),
        ..limits()
    };
    client(&rig.server.url(), quick)
}

#[test]
fn equal_bytes_at_the_key_are_no_success_when_our_own_upload_is_still_open() {
    for committed in [true, false] {
        let rig = Rig::new();
        let file = rig.file("file", 5 * PART);
        if committed {
            rig.server
                .rule(Rule::on(COMPLETE).once().then(Action::DropReply));
        } else {
            rig.server
                .put_object(BUCKET, KEY, std::fs::read(&file).unwrap());
        }
        let rest = Rule::on(COMPLETE).skip(u32::from(committed));
        rig.server.rule(rest.then(bad_gateway()));
        let report = run(&hasty(&rig), request(&file));
        if committed {
            assert_ok(&report);
        } else {
            assert_code(&report, Code::Service);
            let error = report.outcome.as_ref().unwrap_err();
            assert_eq!((error.service.http_status, error.retryable), (502, true));
        }
        let commits = rig.server.object(BUCKET, KEY).unwrap().versions;
        assert_eq!(commits, u32::from(committed));
        assert_eq!(rig.server.uploads(), [], "committed: {committed}");
        assert!(!rig.checkpoint(&file).exists());
        rig.server.clear_rules();
        assert_ok(&rig.upload(request(&file)));
        rig.assert_stored(&file);
    }
}

#[test]
fn a_page_of_a_proxy_instead_of_the_answer_is_no_success_though_equal_bytes_are_at_the_key() {
    for committed in [true, false] {
        let rig = Rig::new();
        let file = rig.file("file", 5 * PART);
        rig.server
            .put_object(BUCKET, KEY, std::fs::read(&file).unwrap());
        let page = "<html>Welcome</html>";
        rig.server.rule(Rule::on(COMPLETE).then(match committed {
            true => Action::RawBody {
                body: page.into(),
                code: None,
            },
            false => Action::foreign(200, page),
        }));
        if committed {
            rig.server
                .rule(Rule::on(COMPLETE).then(Action::no_crc_header()));
        }
        let mut request = request(&file);
        request.headers = unheard_callback();
        let report = rig.upload(request);
        if committed {
            assert_ok(&report);
        } else {
            assert_code(&report, Code::Service);
        }
        let commits = rig.server.object(BUCKET, KEY).unwrap().versions;
        assert_eq!(commits, u32::from(committed));
        assert_eq!(rig.server.uploads(), [], "committed: {committed}");
        assert!(!rig.checkpoint(&file).exists());
    }
}

#[test]
fn a_commit_whose_connection_broke_is_unknown_though_the_object_is_not_there_yet() {
    let rig = Rig::new();
    let broken = Action::ResetAfter { bytes: 0 };
    rig.server.rule(Rule::on(COMPLETE).then(broken));
    let file = rig.file("file", 5 * PART);
    let report = run(&hasty(&rig), request(&file));
    assert_code(&report, Code::CommitUnknown);
    assert!(rig.server.requests(Op::HeadObject) > 0);
    rig.server.clear_rules();
    let again = rig.upload(request(&file));
    assert_ok(&again);
    rig.assert_stored(&file);
    assert_eq!(rig.part_numbers_sent().len(), 5);
}

#[test]
fn the_pause_that_oss_asks_for_does_not_keep_a_canceled_upload_from_being_aborted() {
    let rig = Rig::new();
    let wait = Action::retry_after(503, "ServiceUnavailable", "15");
    rig.server.rule(Rule::on(Op::UploadPart).then(wait));
    let file = rig.file("file", 5 * PART);
    let mut request = request(&file);
    request.checkpoint = None;
    let upload = rig.start(request);
    eventually("it is told to wait", || {
        rig.server.requests(Op::UploadPart) > 0
    });
    // The reply has to arrive as well.
    std::thread::sleep(Duration::from_millis(500));
    upload.cancel();
    let report = engine::wait(&upload);
    assert_code(&report, Code::Canceled);
    assert_eq!(report.warnings & warning::UPLOAD_LEFT, 0);
    assert_eq!(rig.server.uploads(), []);
}
