//! Networks and servers that fail: what is tried again, what is not, and what it costs.

#[path = "support/engine.rs"]
mod engine;

use std::time::{Duration, Instant};

use engine::*;
use oss_resumable::error::{Code, Reason};
use oss_resumable::transfer::events::warning;
use oss_test_server::{Action, Op, Rule};

const PARTS: u64 = 30;

/// An upload of thirty parts under one rule succeeds; returns the part bytes beyond the file's.
fn survives(rule: Rule) -> (Rig, u64) {
    let rig = Rig::facing(&rule.action);
    rig.server.rule(rule);
    let file = rig.file("file", PARTS * PART);
    let report = rig.upload(request(&file));
    assert_ok(&report);
    rig.assert_stored(&file);
    assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
    let extra = rig.server.part_bytes_received() - PARTS * PART;
    (rig, extra)
}

#[test]
fn parts_that_are_refused_with_5xx_are_sent_again_alone() {
    for (status, code) in [
        (500, "InternalError"),
        (502, ""),
        (503, "ServiceUnavailable"),
        (504, ""),
        (429, "TooManyRequests"),
        (408, "RequestTimeout"),
    ] {
        let (rig, _) = survives(
            Rule::on(Op::UploadPart)
                .every(7)
                .then(Action::status(status, code)),
        );
        let failed = rig
            .server
            .log()
            .iter()
            .filter(|e| e.status == status)
            .count();
        assert!(failed >= 4, "{status}: {failed}");
        assert_eq!(rig.server.requests(Op::UploadPart), PARTS as usize + failed);
    }
}

#[test]
fn a_server_that_asks_for_a_pause_gets_one() {
    let started = Instant::now();
    let (rig, _) = survives(
        Rule::on(Op::UploadPart)
            .every(10)
            .times(2)
            .then(Action::retry_after(503, "ServiceUnavailable", "2")),
    );
    assert!(started.elapsed() >= Duration::from_secs(2));
    let log = rig.server.log();
    let asked = log.iter().find(|entry| entry.status == 503).unwrap();
    let end = asked.time_ms + asked.elapsed_ms.unwrap();
    let within = |entry: &&oss_test_server::LogEntry| {
        entry.op == Op::UploadPart && (end + 1..end + 2000).contains(&entry.time_ms)
    };
    // The other two in flight may have been begun before the answer was read.
    let early = log.iter().filter(within).count();
    assert!(early <= 2, "{early} parts were sent in the pause");
}

#[test]
fn connections_that_are_reset_in_the_middle_of_a_part_cost_that_part() {
    for bytes in [0, 1, 65_536, PART - 1] {
        let rule = Rule::on(Op::UploadPart)
            .every(7)
            .then(Action::ResetAfter { bytes });
        let (_, extra) = survives(rule);
        assert!(extra <= 6 * PART, "{bytes}: {extra}");
    }
}

#[test]
fn connections_that_are_closed_in_the_middle_of_a_part_cost_that_part() {
    let rule = Rule::on(Op::UploadPart)
        .every(7)
        .then(Action::CutAfter { bytes: 50_000 });
    let (_, extra) = survives(rule);
    assert!(extra <= 6 * PART, "{extra}");
}

#[test]
fn a_part_whose_reply_is_lost_is_sent_again() {
    for action in [
        Action::DropReply,
        Action::ResetReplyAfter { bytes: 10 },
        Action::CutReplyAfter { bytes: 40 },
    ] {
        let (_, extra) = survives(Rule::on(Op::UploadPart).every(7).then(action));
        assert_eq!(extra % PART, 0);
        assert!((1..=6).contains(&(extra / PART)), "{extra}");
    }
}

#[test]
fn a_server_that_stops_reading_or_answering_is_left_after_the_stall_time() {
    for action in [
        Action::StallRead {
            bytes: 10_000,
            ms: None,
        },
        Action::StallReply { ms: None },
    ] {
        let started = Instant::now();
        survives(Rule::on(Op::UploadPart).part(4).once().then(action));
        let took = started.elapsed();
        assert!(took >= impatient().stall_timeout, "{took:?}");
        assert!(took < Duration::from_secs(30), "{took:?}");
    }
}

#[test]
fn a_slow_connection_that_moves_is_not_taken_for_a_stalled_one() {
    let rig = Rig::impatient();
    // A part takes three stall times.
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::SlowRead {
            bytes_per_second: PART / 9,
        }));
    let file = rig.file("file", 3 * PART);
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn a_part_with_a_wrong_crc_is_sent_again_alone() {
    for action in [
        Action::WrongCrc,
        Action::CorruptBody,
        Action::no_crc_header(),
    ] {
        let (rig, extra) = survives(Rule::on(Op::UploadPart).part(5).times(2).then(action));
        assert_eq!(extra, 2 * PART);
        assert_eq!(
            rig.part_numbers_sent().iter().filter(|n| **n == 5).count(),
            3
        );
    }
}

#[test]
fn a_part_that_stays_wrong_fails_the_upload_and_is_never_committed() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).part(5).then(Action::CorruptBody));
    let file = rig.file("file", PARTS * PART);
    let report = rig.upload(request(&file));
    assert_code(&report, Code::Integrity);
    assert_eq!(report.outcome.as_ref().unwrap_err().part_number, 5);
    assert_eq!(rig.server.requests(Op::CompleteMultipartUpload), 0);
    rig.assert_absent();
    // The fault gone, the same call again ends in the object.
    rig.server.clear_rules();
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn a_reply_without_an_etag_does_not_count() {
    survives(
        Rule::on(Op::UploadPart)
            .part(5)
            .once()
            .then(Action::no_etag()),
    );
    for etag in ["W/\"abc\"", "\"\""] {
        let etag = Action::Etag { value: etag.into() };
        let rig = Rig::new();
        rig.server
            .rule(Rule::on(Op::UploadPart).part(5).once().then(etag));
        let file = rig.file("file", PARTS * PART);
        assert_ok(&rig.upload(request(&file)));
        rig.assert_stored(&file);
    }
}

#[test]
fn a_definite_refusal_fails_at_once_with_what_oss_said() {
    for (status, code) in [
        (400, "InvalidArgument"),
        (403, "AccessDenied"),
        (404, "NoSuchBucket"),
    ] {
        let rig = Rig::new();
        let refuse = Action::status(status, code);
        rig.server
            .rule(Rule::on(Op::InitiateMultipartUpload).then(refuse));
        let file = rig.file("file", PARTS * PART);
        let started = Instant::now();
        let report = rig.upload(request(&file));
        assert!(started.elapsed() < limits().retry_timeout / 2);
        assert_code(&report, Code::Service);
        let error = report.outcome.as_ref().unwrap_err();
        assert_eq!(error.service.http_status, status);
        assert_eq!(error.service.code.as_deref(), Some(code));
        assert_eq!(
            error.service.request_id,
            rig.server.log().pop().map(|e| e.request_id)
        );
        assert!(error.service.ec.is_some());
        assert_eq!(rig.server.log().len(), 1, "sent once");
    }
}

#[test]
fn a_wrong_secret_is_refused_once_and_nothing_secret_is_said() {
    let rig = Rig::new();
    let secret = "a-wrong-secret-CANARY";
    let id = oss_test_server::ACCESS_KEY_ID;
    let client = client_with(&rig.server.url(), limits(), id, secret, None);
    let file = rig.file("file", 2 * PART);
    let report = run(&client, request(&file));
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.service.code.as_deref(), Some("SignatureDoesNotMatch"));
    assert_eq!(rig.server.log().len(), 1);
    let shown = format!("{report:?}");
    for secret in [
        "CANARY",
        "OSS4-HMAC",
        "aliyun_v4_request",
        "x-oss-content-sha256",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[test]
fn a_wrong_clock_is_corrected_from_the_servers_refusal() {
    for seconds in [-86_400, 1_200, 10 * 365 * 86_400] {
        let rig = Rig::new();
        rig.server.shift_clock(seconds);
        let file = rig.file("file", 5 * PART);
        assert_ok(&rig.upload(request(&file)));
        rig.assert_stored(&file);
        let refused = rig.server.log().iter().filter(|e| e.status == 403).count();
        assert_eq!(refused, 1, "{seconds}");
    }
}

#[test]
fn replaced_credentials_are_used_for_what_was_refused_with_the_old_ones() {
    let rig = Rig::new();
    let gate = rig.server.pause_next(Op::UploadPart);
    let file = rig.file("file", 10 * PART);
    let mut request = request(&file);
    request.parts_in_flight = 1;
    let upload = rig.start(request);
    assert!(gate.wait_reached(Duration::from_secs(10)));
    rig.server.set_account("new-id", "new-secret", None);
    rig.server.remove_account(oss_test_server::ACCESS_KEY_ID);
    let new = oss_resumable::credentials::Credentials::new("new-id", "new-secret", None).unwrap();
    rig.client.credentials.replace(new);
    gate.release();
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
}

#[test]
fn redirects_are_not_followed_and_the_host_is_named() {
    let (rig, other) = (Rig::new(), Rig::new());
    rig.server.rule(
        Rule::on(Op::InitiateMultipartUpload).then(Action::Redirect {
            code: 307,
            location: format!("{}/bucket/key", other.server.url()),
        }),
    );
    let file = rig.file("file", 3 * PART);
    let report = rig.upload(request(&file));
    assert_code(&report, Code::Service);
    let message = &report.outcome.as_ref().unwrap_err().message;
    assert!(message.contains("127.0.0.1"), "{message}");
    assert_eq!(other.server.log().len(), 0);
}

#[test]
fn an_unreachable_server_is_reported_with_its_reason() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let quick = oss_resumable::config::Limits {
        retry_timeout: Duration::from_secs(1),
        ..limits()
    };
    // Nothing listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for (url, what) in [
        (format!("http://127.0.0.1:{port}"), "refused"),
        ("http://no-such-host.invalid".to_owned(), "resolved"),
    ] {
        let report = run(&client(&url, quick), request(&file));
        assert_code(&report, Code::Network);
        let message = &report.outcome.as_ref().unwrap_err().message;
        assert!(message.contains(what), "{message}");
    }
}

#[test]
fn an_upload_outlives_a_server_that_is_away_for_a_while() {
    let rig = Rig::new();
    for op in [Op::UploadPart, Op::CompleteMultipartUpload] {
        rig.server.rule(
            Rule::on(op)
                .times(6)
                .then(Action::status(503, "ServiceUnavailable")),
        );
    }
    let file = rig.file("file", 6 * PART);
    let report = rig.upload(request(&file));
    assert_ok(&report);
    assert!(report.retries >= 12);
    rig.assert_stored(&file);
}

#[test]
fn without_retries_the_first_failure_ends_the_upload_and_keeps_what_was_done() {
    let rig = Rig::new();
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(8)
            .once()
            .then(Action::status(500, "InternalError")),
    );
    let file = rig.file("file", 10 * PART);
    let none = oss_resumable::config::Limits {
        max_retries: Some(0),
        ..limits()
    };
    let report = run(&client(&rig.server.url(), none), request(&file));
    assert_code(&report, Code::Service);
    let again = rig.upload(request(&file));
    assert_ok(&again);
    assert!(again.resumed_bytes >= 5 * PART);
    rig.assert_stored(&file);
}

#[test]
fn without_a_checkpoint_a_failed_upload_leaves_nothing_on_the_server() {
    let rig = Rig::new();
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(8)
            .then(Action::status(403, "AccessDenied")),
    );
    let file = rig.file("file", 10 * PART);
    let mut plain = request(&file);
    plain.checkpoint = None;
    let report = rig.upload(plain);
    assert_code(&report, Code::Service);
    assert_eq!(report.warnings & warning::UPLOAD_LEFT, 0);
    assert_eq!(rig.server.uploads(), []);
    rig.assert_absent();
}

#[test]
fn an_upload_id_that_dies_in_the_middle_is_replaced_once() {
    let rig = Rig::new();
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(8)
            .once()
            .then(Action::ForgetUpload),
    );
    let file = rig.file("file", 10 * PART);
    let report = rig.upload(request(&file));
    assert_ok(&report);
    assert_ne!(report.warnings & warning::RESTARTED, 0);
    assert_eq!(rig.server.requests(Op::InitiateMultipartUpload), 2);
    rig.assert_stored(&file);

    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).part(8).then(Action::ForgetUpload));
    let file = rig.file("file", 10 * PART);
    assert_code(&rig.upload(request(&file)), Code::Service);
    assert_eq!(rig.server.requests(Op::InitiateMultipartUpload), 2);
}

#[test]
fn an_answer_before_the_body_is_read_is_the_answer() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::status(403, "AccessDenied").early()));
    let file = rig.file("file", 4 * PART);
    let mut big = request(&file);
    big.part_size = oss_resumable::plan::PartSize::Bytes(3 * PART);
    let report = rig.upload(big);
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.service.code.as_deref(), Some("AccessDenied"));
}

#[test]
fn a_reply_without_an_end_is_cut_off() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::InitiateMultipartUpload).then(Action::EndlessReply));
    let file = rig.file("file", 4 * PART);
    let report = rig.upload(request(&file));
    assert_reason(&report, Reason::OversizedReply);
    rig.assert_absent();
}

#[test]
fn idle_connections_that_the_server_closes_are_not_errors() {
    let rule = Rule::on(Op::UploadPart).every(3).then(Action::CloseIdle);
    survives(rule);
    survives(
        Rule::on(Op::UploadPart)
            .every(3)
            .then(Action::CloseConnection),
    );
}

#[test]
fn a_small_file_that_is_damaged_on_its_way_is_never_visible() {
    let rig = Rig::new();
    let file = rig.file("file", PART);
    let damage = || Rule::on(Op::PutObject).then(Action::CorruptBody);
    rig.server.rule(damage());
    let mut limits = limits();
    limits.max_retries = Some(2);
    let report = run(&client(&rig.server.url(), limits), request(&file));
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.service.code.as_deref(), Some("InvalidDigest"));
    assert!(rig.server.object(BUCKET, KEY).is_none());
    assert_eq!(rig.server.requests(Op::PutObject), 3);

    rig.server.clear_rules();
    rig.server.rule(damage().times(2));
    assert_ok(&rig.upload(request(&file)));
    rig.assert_stored(&file);
    assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
}
