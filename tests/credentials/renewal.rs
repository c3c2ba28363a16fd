//! Credentials that end while an upload runs, and services that do not give new ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use oss_resumable::credentials::Credentials;
use oss_resumable::error::Code;
use oss_resumable::headers::ObjectHeaders;
use oss_resumable::host::{AskCredentials, Given};
use oss_resumable::provider::{Environment, Kind, Settings};
use oss_resumable::renewal::Origin;
use oss_resumable::upload::Upload;
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Account, Action, Issued, Issuing, Op, Rule,
    STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_TOKEN,
};

use super::engine::*;
use super::{Logged, assert_never_sent_twice, metadata, signers};

fn refused(rig: &Rig) -> usize {
    let log = rig.server.log();
    log.iter().filter(|entry| entry.status == 403).count()
}

/// Those that were granted.
fn granted(rig: &Rig) -> Vec<Issued> {
    let mut issued = rig.server.issued();
    issued.retain(|issued| issued.status == 200);
    issued
}

#[test]
fn an_upload_of_a_minute_outlives_a_dozen_tokens_of_five_seconds_under_one_upload_id() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        lifetime_seconds: 5,
        // Long enough that two who ask at once would be seen together.
        delay_ms: 200,
        ..Issuing::default()
    });
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let parts = 160;
    let size = parts * PART;
    logged.client.set_bandwidth(size / 60).unwrap();
    let file = rig.file("data", size);
    let mut request = request(&file);
    request.parts_in_flight = 8;
    let started = Instant::now();
    let report = run(&logged.client, request);
    let took = started.elapsed().as_secs_f64();
    assert_ok(&report);
    rig.assert_stored(&file);
    assert!(took > 50.0, "{took} s: not the upload that is meant here");
    assert_eq!(rig.server.max_concurrent(Op::UploadPart), 8);
    assert_never_sent_twice(&rig.server, parts as u32);
    assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);

    assert_eq!(rig.server.max_concurrent_issuing(), 1);
    let issued = granted(&rig);
    assert_eq!(issued.len(), rig.server.issued().len());
    // After four of its five seconds a token is renewed, by clocks that count whole seconds.
    let times = issued.len() as f64;
    assert!(times >= took / 5.0 - 2.0, "{times} in {took} s");
    assert!(times <= took / 3.0 + 2.0, "{times} in {took} s");
    assert_eq!(signers(&rig.server).len(), issued.len(), "all were used");
    logged.assert_no_secret();
}

#[test]
fn keys_that_oss_calls_expired_are_renewed_once_and_the_upload_goes_on() {
    let rig = Rig::new();
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    // Parts that are on their way together are refused together.
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 50 }));
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(12)
            .once()
            .then(Action::ExpireToken),
    );
    let file = rig.file("data", 40 * PART);
    let mut request = request(&file);
    request.parts_in_flight = 8;
    let report = run(&logged.client, request);
    assert_ok(&report);
    rig.assert_stored(&file);
    assert_never_sent_twice(&rig.server, 40);
    assert_eq!(rig.server.issued().len(), 2, "the first, and one more");
    let refused = refused(&rig);
    assert!((1..=8).contains(&refused), "{refused} were refused");
    assert_eq!(report.retries as usize, refused);
    let log = rig.server.log();
    let codes: Vec<_> = log.iter().filter_map(|e| e.oss_code.as_deref()).collect();
    assert!(codes.iter().all(|code| *code == "SecurityTokenExpired"));
    logged.assert_no_secret();
}

#[test]
fn keys_that_end_before_the_commit_are_renewed_for_it() {
    for op in [
        Op::InitiateMultipartUpload,
        Op::CompleteMultipartUpload,
        Op::PutObject,
    ] {
        let rig = Rig::new();
        let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
        rig.server
            .rule(Rule::on(op).once().then(Action::ExpireToken));
        let size = if op == Op::PutObject { 10 } else { 3 * PART };
        let file = rig.file("data", size);
        assert_ok(&run(&logged.client, request(&file)));
        rig.assert_stored(&file);
        assert_eq!(rig.server.requests(op), 2);
        assert_eq!(rig.server.issued().len(), 2);
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
    }
}

#[test]
fn keys_that_end_before_what_settles_a_lost_reply_are_renewed_for_it() {
    for (commit, size) in [(Op::CompleteMultipartUpload, 3 * PART), (Op::PutObject, 10)] {
        let rig = Rig::new();
        let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
        rig.server
            .rule(Rule::on(commit).times(1).then(Action::DropReply));
        rig.server
            .rule(Rule::on(Op::HeadObject).once().then(Action::ExpireToken));
        let file = rig.file("data", size);
        let mut request = request(&file);
        // So that a PutObject that is sent again is refused, and leads to HEAD as well.
        let forbid = [("x-oss-forbid-overwrite", "true")];
        request.headers = ObjectHeaders::new(forbid).unwrap();
        assert_ok(&run(&logged.client, request));
        rig.assert_stored(&file);
        assert_eq!(rig.server.requests(Op::HeadObject), 2);
        assert_eq!(rig.server.issued().len(), 2);
        logged.assert_no_secret();
    }
}

#[test]
fn keys_that_have_ended_by_a_clock_that_runs_hours_ahead_are_used_all_the_same() {
    for size in [10, 3 * PART] {
        for hours in [-8, 8] {
            let rig = Rig::new();
            rig.server.shift_clock(hours * 3600);
            let logged =
                Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
            let file = rig.file("data", size);
            assert_ok(&run(&logged.client, request(&file)));
            rig.assert_stored(&file);
            let log = rig.server.log();
            let skewed = log.iter().filter(|entry| entry.status == 403).count();
            assert_eq!(skewed, 1, "the clock is corrected with the first reply");
            assert!(rig.server.issued().len() <= 2);
        }
    }
}

#[test]
fn a_service_that_fails_twice_is_asked_again_before_anything_is_sent() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        fail_next: 2,
        ..Issuing::default()
    });
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let file = rig.file("data", 4 * PART);
    assert_ok(&run(&logged.client, request(&file)));
    rig.assert_stored(&file);
    assert_eq!(rig.server.issued().len(), 3);
    assert_eq!(rig.server.log().len(), 6);
    logged.assert_no_secret();
}

#[test]
fn a_renewal_that_fails_twice_delays_an_upload_and_does_not_end_it() {
    let rig = Rig::new();
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 50 }));
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(9)
            .once()
            .then(Action::ExpireToken),
    );
    let file = rig.file("data", 20 * PART);
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = Upload::start(&logged.client, request(&file)).unwrap();
    assert!(gate.wait_reached(Duration::from_secs(30)));
    rig.server.temporary_credentials(Issuing {
        fail_next: 2,
        ..Issuing::default()
    });
    gate.release();
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
    assert_never_sent_twice(&rig.server, 20);
    assert_eq!(granted(&rig).len(), 2);
    assert_eq!(rig.server.max_concurrent_issuing(), 1);
}

#[test]
fn a_renewal_ahead_of_time_that_fails_leaves_the_old_keys_in_use_while_they_hold() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        lifetime_seconds: 100,
        ..Issuing::default()
    });
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let file = rig.file("data", 10 * PART);
    let started = Instant::now();
    assert_ok(&run(&logged.client, request(&file)));
    // Renewed from the eightieth second on, but good until the hundredth, by OSS's clock.
    let now = logged.client.clock.now() as i64;
    logged.client.clock.correct(now + 85);
    rig.server.temporary_credentials(Issuing {
        fail_next: 1000,
        ..Issuing::default()
    });
    rig.server.clear_log();
    assert_ok(&run(&logged.client, request(&file)));
    assert!(rig.server.issued().len() >= 2, "a renewal was tried");
    assert_eq!(granted(&rig).len(), 1);
    if started.elapsed() < Duration::from_secs(12) {
        assert_eq!(rig.server.issued().len(), 2, "once, not for every request");
        assert_eq!(refused(&rig), 0);
    }
    rig.assert_stored(&file);
}

#[test]
fn a_service_that_stays_down_ends_the_upload_within_the_retry_time() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        fail_next: u32::MAX,
        ..Issuing::default()
    });
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let file = rig.file("data", 4 * PART);
    let started = Instant::now();
    let report = run(&logged.client, request(&file));
    let took = started.elapsed();
    assert_code(&report, Code::Credentials);
    let error = report.outcome.as_ref().unwrap_err();
    assert!(error.retryable && error.attempts > 1, "{error:?}");
    assert!(error.message.contains("HTTP 500"), "{}", error.message);
    assert!(
        took < limits().retry_timeout + Duration::from_secs(15),
        "{took:?}"
    );
    assert_eq!(rig.server.log().len(), 0, "something was sent to OSS");
    logged.assert_no_secret();
}

/// What was refused is given again and again: an error, and no endless loop.
#[track_caller]
fn ends(rig: &Rig, logged: &Logged, most_requests: usize) {
    let file = rig.file("data", 3 * PART);
    let started = Instant::now();
    let report = run(&logged.client, request(&file));
    let error = report.outcome.as_ref().unwrap_err();
    assert!(
        matches!(error.code, Code::Credentials | Code::Service),
        "{error:?}"
    );
    let took = started.elapsed();
    assert!(
        took < limits().retry_timeout + Duration::from_secs(15),
        "{took:?}"
    );
    let sent = rig.server.log().len();
    assert!((1..=most_requests).contains(&sent), "{sent} requests");
    rig.assert_absent();
    logged.assert_no_secret();
}

#[test]
fn a_source_that_keeps_giving_what_oss_refuses_does_not_make_a_loop() {
    let rig = Rig::new();
    let settings = Settings {
        environment: Environment::from_pairs([
            ("OSS_ACCESS_KEY_ID", "gone-long-ago"),
            ("OSS_ACCESS_KEY_SECRET", "CANARY-of-one-who-left"),
        ]),
        ..Settings::default()
    };
    let logged = Logged::from_provider(&rig.server, &[Kind::Environment], settings);
    ends(&rig, &logged, 1);
    assert!(signers(&rig.server) == ["gone-long-ago"]);
}

#[test]
fn keys_that_have_really_ended_are_tried_once_and_not_for_ever() {
    let rig = Rig::new();
    rig.server.add_account(Account {
        expires_at: Some(1),
        ..Account::new("ended", "CANARY-secret", Some("CANARY-token"))
    });
    let path = rig.path("config.json");
    let profile = r#"{"profiles": [{"name": "default", "mode": "StsToken", "access_key_id": "ended",
        "access_key_secret": "CANARY-secret", "sts_token": "CANARY-token", "sts_expiration": 1}]}"#;
    std::fs::write(&path, profile).unwrap();
    let settings = Settings {
        profile_file: Some(path),
        ..Settings::default()
    };
    let logged = Logged::from_provider(&rig.server, &[Kind::Profile], settings);
    ends(&rig, &logged, 1);
    let refused = rig.server.log().pop().unwrap();
    assert_eq!(refused.oss_code.as_deref(), Some("SecurityTokenExpired"));
}

#[test]
fn a_source_that_gives_ever_new_keys_that_oss_refuses_does_not_make_a_loop() {
    let rig = Rig::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let ask: AskCredentials = Box::new(move || {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        let id = format!("unknown-{number}");
        Ok(Given {
            credentials: Credentials::new(&id, "CANARY", None).unwrap(),
            expires_at: None,
        })
    });
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    ends(&rig, &logged, 12);
    assert!(asked.load(Ordering::SeqCst) <= 12);
}

#[test]
fn a_refusal_that_is_not_about_the_keys_renews_nothing() {
    let rig = Rig::new();
    rig.server.deny(&[Op::UploadPart]);
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let file = rig.file("data", 3 * PART);
    let mut request = request(&file);
    request.parts_in_flight = 1;
    let report = run(&logged.client, request);
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.service.code.as_deref(), Some("AccessDenied"));
    assert_eq!(rig.server.issued().len(), 1);
    assert_eq!(rig.server.requests(Op::UploadPart), 1);
}

#[test]
fn keys_from_a_provider_can_be_replaced_by_hand_and_are_fetched_again_when_those_end() {
    let rig = Rig::new();
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let by_hand = Credentials::new(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN));
    logged.client.credentials.replace(by_hand.unwrap());
    let file = rig.file("data", 3 * PART);
    assert_ok(&run(&logged.client, request(&file)));
    assert_eq!(signers(&rig.server), [STS_ACCESS_KEY_ID]);
    assert_eq!(rig.server.issued().len(), 0, "nothing was fetched");

    rig.server
        .rule(Rule::any().once().then(Action::ExpireToken));
    assert_ok(&run(&logged.client, request(&file)));
    rig.assert_stored(&file);
    assert_eq!(rig.server.issued().len(), 1);
}

#[test]
fn keys_that_are_given_while_others_are_being_fetched_are_the_ones_that_sign() {
    for fail_next in [0, 1] {
        let rig = Rig::new();
        rig.server.temporary_credentials(Issuing {
            delay_ms: 1500,
            fail_next,
            ..Issuing::default()
        });
        let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
        let file = rig.file("data", 3 * PART);
        let upload = Upload::start(&logged.client, request(&file)).unwrap();
        eventually("somebody fetches", || {
            rig.server.max_concurrent_issuing() > 0
        });
        let by_hand = Credentials::new(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN));
        logged.client.credentials.replace(by_hand.unwrap());
        assert_ok(&wait(&upload));
        assert_eq!(signers(&rig.server), [STS_ACCESS_KEY_ID]);
        let fetched = rig.server.issued().len();
        assert_ok(&run(&logged.client, request(&file)));
        assert_eq!(signers(&rig.server), [STS_ACCESS_KEY_ID]);
        assert_eq!(
            rig.server.issued().len(),
            fetched,
            "nothing is fetched any more"
        );
    }
}

#[test]
fn fixed_keys_that_expire_end_the_upload_with_what_oss_said() {
    let rig = Rig::new();
    let keys = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    let logged = Logged::new(&rig.server, Origin::Fixed(keys), None);
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(3)
            .once()
            .then(Action::ExpireToken),
    );
    let file = rig.file("data", 5 * PART);
    let mut first = request(&file);
    first.parts_in_flight = 1;
    let report = run(&logged.client, first);
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.service.code.as_deref(), Some("SecurityTokenExpired"));
    assert_eq!(error.part_number, 3);

    // With new ones the upload goes on where it was.
    let fresh = Credentials::new(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN));
    logged.client.credentials.replace(fresh.unwrap());
    assert_ok(&run(&logged.client, request(&file)));
    rig.assert_stored(&file);
    assert_never_sent_twice(&rig.server, 5);
}
