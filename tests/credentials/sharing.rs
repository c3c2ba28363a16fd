//! Many uploads of one client, one set of credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use oss_resumable::config::UploadRequest;
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Code;
use oss_resumable::host::{AskCredentials, Given};
use oss_resumable::provider::Kind;
use oss_resumable::renewal::Origin;
use oss_resumable::upload::Upload;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Issuing, Op, Rule};

use super::engine::*;
use super::{Logged, metadata, signers};

/// To a key of its own, without a checkpoint.
fn start(logged: &Logged, file: &std::path::Path, number: usize) -> Upload {
    let request = UploadRequest {
        object: format!("object-{number}"),
        checkpoint: None,
        ..request(file)
    };
    Upload::start(&logged.client, request).unwrap()
}

#[test]
fn uploads_that_begin_together_fetch_once() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        delay_ms: 300,
        ..Issuing::default()
    });
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let file = rig.file("data", 3 * PART);
    let uploads: Vec<_> = (0..16).map(|n| start(&logged, &file, n)).collect();
    for upload in &uploads {
        assert_ok(&wait(upload));
    }
    assert_eq!(rig.server.objects().len(), 16);
    assert_eq!(rig.server.issued().len(), 1);
    assert_eq!(rig.server.max_concurrent_issuing(), 1);
    assert_eq!(signers(&rig.server).len(), 1);
    logged.assert_no_secret();
}

#[test]
fn uploads_whose_keys_expire_together_renew_once() {
    let rig = Rig::new();
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 100 }));
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .skip(20)
            .once()
            .then(Action::ExpireToken),
    );
    let file = rig.file("data", 6 * PART);
    let uploads: Vec<_> = (0..8).map(|n| start(&logged, &file, n)).collect();
    for upload in &uploads {
        assert_ok(&wait(upload));
    }
    assert_eq!(rig.server.objects().len(), 8);
    assert_eq!(rig.server.issued().len(), 2);
    assert_eq!(rig.server.requests(Op::InitiateMultipartUpload), 8);
    let log = rig.server.log();
    let refused = log.iter().filter(|entry| entry.status == 403).count();
    assert!((1..=24).contains(&refused), "{refused}");
}

#[test]
fn an_upload_that_is_canceled_while_it_fetches_leaves_the_fetching_to_the_others() {
    let rig = Rig::new();
    rig.server.temporary_credentials(Issuing {
        delay_ms: 4000,
        ..Issuing::default()
    });
    let logged = Logged::from_provider(&rig.server, &[Kind::EcsRamRole], metadata(&rig.server));
    let file = rig.file("data", 3 * PART);
    let first = start(&logged, &file, 1);
    eventually("the first one asks", || !rig.server.issued().is_empty());
    let second = start(&logged, &file, 2);
    first.cancel();
    assert_code(&wait(&first), Code::Canceled);
    assert_ok(&wait(&second));
    assert!(rig.server.object_equals_file(BUCKET, "object-2", &file));
    assert!(rig.server.object(BUCKET, "object-1").is_none());
}

#[test]
fn an_upload_that_is_canceled_while_a_callback_is_waited_for_leaves_it_to_the_others() {
    let rig = Rig::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let ask: AskCredentials = Box::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Given {
            credentials: Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap(),
            expires_at: None,
        })
    });
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    let first = start(&logged, &file, 1);
    thread::sleep(Duration::from_millis(200));
    let second = start(&logged, &file, 2);
    first.cancel();
    eventually("the first one ends", || first.report().unwrap().is_some());
    assert_eq!(calls.load(Ordering::SeqCst), 0, "nobody waited");
    assert_ok(&wait(&second));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert!(rig.server.object_equals_file(BUCKET, "object-2", &file));
}

#[test]
fn whoever_waits_for_one_upload_answers_for_all() {
    let rig = Rig::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let ask: AskCredentials = Box::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Given {
            credentials: Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap(),
            expires_at: None,
        })
    });
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    let asking = start(&logged, &file, 1);
    thread::sleep(Duration::from_millis(200));
    let other = start(&logged, &file, 2);
    assert_ok(&wait(&other));
    eventually("the one nobody waits for ends", || {
        asking.report().unwrap().is_some()
    });
    assert_ok(&wait(&asking));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(rig.server.objects().len(), 2);
}
