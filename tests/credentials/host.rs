//! Credentials that the host gives: by a callback on a thread of its own, or by replacing them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use oss_resumable::credentials::Credentials;
use oss_resumable::error::Code;
use oss_resumable::host::{AskCredentials, Given};
use oss_resumable::renewal::Origin;
use oss_resumable::upload::Upload;
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET,
    STS_TOKEN,
};

use super::engine::*;
use super::{Logged, assert_never_sent_twice, signers};

fn temporary_keys() -> Credentials {
    Credentials::new(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN)).unwrap()
}

/// A callback that gives keys of so many seconds, and the threads that it was called on.
fn callback(life: i64) -> (AskCredentials, Arc<Mutex<Vec<ThreadId>>>) {
    let threads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&threads);
    let ask = move || {
        seen.lock().unwrap().push(thread::current().id());
        Ok(Given {
            credentials: temporary_keys(),
            expires_at: Some(unix_now() + life),
        })
    };
    (Box::new(ask), threads)
}

fn unix_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

#[test]
fn a_callback_runs_on_the_thread_that_waits_and_on_no_other() {
    let rig = Rig::new();
    // Renewed every two seconds or so, while parts are on their way.
    let (ask, threads) = callback(3);
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let size = 20 * PART;
    logged.client.set_bandwidth(size / 8).unwrap();
    let file = rig.file("data", size);
    assert_ok(&run(&logged.client, request(&file)));
    rig.assert_stored(&file);
    assert_eq!(signers(&rig.server), [STS_ACCESS_KEY_ID]);
    let threads = threads.lock().unwrap();
    assert!(threads.len() >= 2, "asked {} times", threads.len());
    let me = thread::current().id();
    assert!(threads.iter().all(|id| *id == me), "on another thread");
    logged.assert_no_secret();
}

#[test]
fn an_upload_whose_keys_come_from_a_callback_waits_until_somebody_waits_for_it() {
    let rig = Rig::new();
    let (ask, threads) = callback(3600);
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    let upload = Upload::start(&logged.client, request(&file)).unwrap();
    thread::sleep(Duration::from_millis(500));
    assert!(upload.report().unwrap().is_none());
    assert_eq!(threads.lock().unwrap().len(), 0, "nobody waited");
    assert_eq!(rig.server.log().len(), 0, "nothing to sign with");
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
    assert_eq!(*threads.lock().unwrap(), [thread::current().id()]);
}

#[test]
fn a_callback_is_asked_once_for_all_uploads_of_a_client() {
    let rig = Rig::new();
    let (ask, threads) = callback(3600);
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    let uploads: Vec<_> = (0..8)
        .map(|number| {
            let mut request = request(&file);
            request.object = format!("object-{number}");
            request.checkpoint = None;
            Upload::start(&logged.client, request).unwrap()
        })
        .collect();
    for upload in &uploads {
        assert_ok(&wait(upload));
    }
    assert_eq!(threads.lock().unwrap().len(), 1);
    assert_eq!(rig.server.objects().len(), 8);
}

#[test]
fn a_callback_that_has_nothing_at_first_is_asked_again() {
    let rig = Rig::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let ask: AskCredentials = Box::new(move || match counted.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err("the vault is sealed".to_owned()),
        _ => Ok(Given {
            credentials: temporary_keys(),
            expires_at: None,
        }),
    });
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    assert_ok(&run(&logged.client, request(&file)));
    rig.assert_stored(&file);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[test]
fn a_callback_that_never_has_any_ends_the_upload_with_its_words_after_the_retries() {
    let rig = Rig::new();
    let ask: AskCredentials = Box::new(|| Err("the vault is sealed".to_owned()));
    let provider = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    let started = Instant::now();
    let report = run(&provider.client, request(&file));
    assert_code(&report, Code::Credentials);
    let error = report.outcome.as_ref().unwrap_err();
    assert!(error.message.contains("the vault is sealed"), "{error}");
    assert!(error.retryable && error.attempts > 1, "{error:?}");
    assert!(started.elapsed() < limits().retry_timeout + Duration::from_secs(15));
    assert_eq!(rig.server.log().len(), 0);
}

/// It must not, but what it breaks is one call and not the client.
#[test]
fn a_callback_that_panics_is_asked_again() {
    let rig = Rig::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let ask: AskCredentials = Box::new(move || {
        assert!(
            counted.fetch_add(1, Ordering::SeqCst) > 0,
            "the vault burns"
        );
        Ok(Given {
            credentials: temporary_keys(),
            expires_at: None,
        })
    });
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    let upload = Upload::start(&logged.client, request(&file)).unwrap();
    let waited = catch_unwind(AssertUnwindSafe(|| upload.wait(None, None)));
    assert!(waited.is_err(), "the panic is its caller's");
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn an_upload_that_waits_for_a_callback_can_be_canceled() {
    let rig = Rig::new();
    let (ask, _) = callback(3600);
    let logged = Logged::new(&rig.server, Origin::Host, Some(ask));
    let file = rig.file("data", 3 * PART);
    let upload = Upload::start(&logged.client, request(&file)).unwrap();
    thread::sleep(Duration::from_millis(100));
    upload.cancel();
    eventually("the upload ends though nobody waits", || {
        upload.report().unwrap().is_some()
    });
    assert_code(&wait(&upload), Code::Canceled);
    rig.assert_absent();
}

#[test]
fn credentials_that_are_replaced_sign_every_later_request_of_a_running_upload() {
    let rig = Rig::new();
    let keys = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    let logged = Logged::new(&rig.server, Origin::Fixed(keys), None);
    let file = rig.file("data", 10 * PART);
    let mut request = request(&file);
    request.parts_in_flight = 1;
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = Upload::start(&logged.client, request).unwrap();
    assert!(gate.wait_reached(Duration::from_secs(30)));
    logged.client.credentials.replace(temporary_keys());
    let before = rig.server.log().len();
    assert_eq!(before, 2, "Initiate and the part that is held");
    // From now on the old keys are worth nothing.
    rig.server.remove_account(ACCESS_KEY_ID);
    gate.release();
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
    let log = rig.server.log();
    assert_never_sent_twice(&rig.server, 10);
    for (index, entry) in log.iter().enumerate() {
        let expected = if index < before {
            ACCESS_KEY_ID
        } else {
            STS_ACCESS_KEY_ID
        };
        assert_eq!(entry.access_key_id.as_deref(), Some(expected), "{index}");
        assert_eq!(entry.status, 200, "{index}");
    }
}

#[test]
fn a_part_that_was_signed_with_keys_that_have_been_replaced_is_signed_again() {
    let rig = Rig::new();
    let keys = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    let logged = Logged::new(&rig.server, Origin::Fixed(keys), None);
    // Judged only after a while, when its keys are gone.
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(2)
            .once()
            .then(Action::Delay { ms: 5000 }),
    );
    let file = rig.file("data", 5 * PART);
    let upload = Upload::start(&logged.client, request(&file)).unwrap();
    eventually("part 2 is on its way", || {
        rig.part_numbers_sent().contains(&2)
    });
    logged.client.credentials.replace(temporary_keys());
    rig.server.remove_account(ACCESS_KEY_ID);
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
    assert_never_sent_twice(&rig.server, 5);
    let refused = rig.server.log();
    let refused = refused.iter().filter(|entry| entry.status == 403);
    assert!(refused.clone().any(|entry| entry.part_number == Some(2)));
    for entry in refused {
        assert_eq!(entry.access_key_id.as_deref(), Some(ACCESS_KEY_ID));
    }
}
