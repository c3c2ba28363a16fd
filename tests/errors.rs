//! What a caller is told when something goes wrong: one table of situations, each of them produced for
//! real through the C API, and for each of them everything that the result says.

#[path = "support/capi.rs"]
mod capi;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/front.rs"]
mod front;
#[path = "support/hole.rs"]
mod hole;
#[path = "errors/local.rs"]
mod local;
#[path = "errors/reading.rs"]
mod reading;
#[path = "errors/remote.rs"]
mod remote;
#[path = "errors/ways.rs"]
mod ways;

use std::collections::BTreeSet;

use capi::*;
use engine::{PART, Rig, eventually};
use local::{arguments, checkpoints, files};
use oss_resumable::error::Reason;
use oss_resumable::ffi::types::oss_resumable_code_t::{self, *};
use oss_test_server::{Op, Rule};
use remote::{networks, nobody, others, services};
use ways::{certificates, hosts, proxies};

const PARTS: u64 = 5;

/// What a result is to say. As it is made, nothing but the code: no request, no place, no cause.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Expected {
    code: oss_resumable_code_t,
    stage: &'static str,
    part_number: i32,
    offset: i64,
    os_errno: i32,
    reason: Option<&'static str>,
    attempts: i32,
    retryable: i32,
    /// Status and code from OSS; EC, request id and host id come with them or are absent as well.
    oss: Option<(i32, &'static str)>,
}

fn expect(code: oss_resumable_code_t) -> Expected {
    Expected {
        code,
        stage: "prepare",
        part_number: 0,
        offset: -1,
        os_errno: 0,
        reason: None,
        attempts: 0,
        retryable: 0,
        oss: None,
    }
}

impl Expected {
    /// Failed there for good, after so many attempts.
    fn at(self, stage: &'static str, attempts: i32) -> Expected {
        Expected {
            stage,
            attempts,
            ..self
        }
    }

    /// Of the test file.
    fn part(self, part_number: i32) -> Expected {
        let offset = i64::from(part_number - 1) * PART as i64;
        Expected {
            part_number,
            offset,
            ..self
        }
    }

    fn errno(self, os_errno: i32) -> Expected {
        Expected { os_errno, ..self }
    }

    fn reason(self, reason: &'static str) -> Expected {
        Expected {
            reason: Some(reason),
            ..self
        }
    }

    fn retryable(self) -> Expected {
        Expected {
            retryable: 1,
            ..self
        }
    }

    fn oss(self, status: i32, code: &'static str) -> Expected {
        Expected {
            oss: Some((status, code)),
            ..self
        }
    }
}

struct Situation {
    name: &'static str,
    expected: Expected,
    /// Words of the message, which lead a person to what is wrong.
    says: &'static [&'static str],
    make: fn(&Rig) -> Ended,
}

fn situation(
    name: &'static str,
    expected: Expected,
    says: &'static [&'static str],
    make: fn(&Rig) -> Ended,
) -> Situation {
    Situation {
        name,
        expected,
        says,
        make,
    }
}

// ---- Helpers -----------------------------------------------------------------------------------

fn client(rig: &Rig) -> CClient {
    CClient::new(&rig.server.url())
}

fn uploads(client: &CClient, rig: &Rig) -> Ended {
    client.upload(Some(&rig.file("file", PARTS * PART)), |_| {})
}

/// An upload under a rule; each request is tried three times at most.
fn under(rig: &Rig, rule: Rule) -> Ended {
    rig.server.rule(rule);
    uploads_to(rig, &rig.server.url())
}

fn uploads_to(rig: &Rig, url: &str) -> Ended {
    let client = CClient::with(url, |config| config.max_retries = 2);
    uploads(&client.unwrap(), rig)
}

// ---- The tests ---------------------------------------------------------------------------------

fn problem(rig: &Rig, situation: &Situation, ended: &Ended) -> Option<String> {
    let told = Expected {
        code: ended.code,
        stage: ended.stage.clone().leak(),
        part_number: ended.part_number,
        offset: ended.offset,
        os_errno: ended.os_errno,
        reason: ended.reason.clone().map(|reason| &*reason.leak()),
        attempts: ended.attempts,
        retryable: ended.retryable,
        oss: (ended.http_status != 0).then(|| {
            let code = ended.error_code.clone().unwrap_or_default();
            (ended.http_status, &*code.leak())
        }),
    };
    let ids = [&ended.request_id, &ended.host_id, &ended.ec];
    let is_of_oss = match situation.expected.oss {
        None => ids == [&None; 3] && ended.http_status == 0,
        // The server knows which request that was.
        Some((status, code)) => {
            let log = rig.server.log();
            let refused = log.iter().any(|entry| {
                Some(&entry.request_id) == ended.request_id.as_ref()
                    && i32::from(entry.status) == status
            });
            let host = rig.server.url().replace("http://", "");
            // What is found wrong with a success was not called so by OSS.
            let said = ended.host_id == Some(host) && ended.ec.is_some();
            refused && (said || code.is_empty())
        }
    };
    let says = |words: &&str| ended.message.contains(words);
    // What is only there after a success.
    let no_object = (&ended.etag, ended.crc64, ended.body.len()) == (&None, 0, 0);
    let right = told == situation.expected
        && is_of_oss
        && no_object
        && !ended.message.is_empty()
        && situation.says.iter().all(says);
    let Situation {
        name,
        expected,
        says,
        ..
    } = situation;
    (!right).then(|| format!("{name}: {ended:#?}, expected {says:?} and {expected:#?}"))
}

#[track_caller]
fn check(situations: &[Situation]) {
    let problems: Vec<String> = situations
        .iter()
        .filter_map(|situation| {
            let rig = Rig::new();
            let ended = (situation.make)(&rig);
            problem(&rig, situation, &ended)
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn bad_arguments_name_the_field_and_the_value() {
    check(&arguments());
}

#[test]
fn what_is_wrong_with_the_file_is_told_with_its_path_and_errno() {
    check(&files());
}

#[test]
fn what_is_wrong_with_the_checkpoint_is_told_with_its_path_and_errno() {
    check(&checkpoints());
}

#[test]
fn what_is_wrong_with_the_network_is_told_with_the_host_and_the_reason() {
    check(&networks());
}

#[test]
fn what_is_wrong_with_the_host_that_is_called_is_told_with_its_name() {
    check(&hosts());
}

#[test]
fn what_is_wrong_with_the_proxy_is_not_blamed_on_the_server() {
    check(&proxies());
}

#[test]
fn what_is_wrong_with_the_certificate_is_told_at_once() {
    check(&certificates());
}

#[test]
fn what_oss_refuses_is_told_with_everything_that_its_support_asks_for() {
    check(&services());
}

#[test]
fn what_is_none_of_these_is_told_as_exactly() {
    check(&others());
}

/// The wrong moment: told by the code alone, because a wait has no result to hand out.
#[test]
fn a_second_thread_that_waits_is_sent_away_and_the_first_one_goes_on() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = client(&rig).start(Some(&file), |_| {});
    let upload = &upload;
    std::thread::scope(|scope| {
        // The other one may be waiting at that very moment, and this one be sent away.
        let first = scope.spawn(|| {
            loop {
                let code = upload.wait(120_000);
                if code != OSS_RESUMABLE_E_STATE {
                    return code;
                }
            }
        });
        eventually("the other one is sent away", || {
            upload.wait(0) == OSS_RESUMABLE_E_STATE
        });
        gate.release();
        assert_eq!(first.join().unwrap(), OSS_RESUMABLE_OK);
    });
    assert_eq!(upload.end().code, OSS_RESUMABLE_OK);
    rig.assert_stored(&file);
}

/// All that the tests above produce.
fn table() -> Vec<Situation> {
    let tables = [
        arguments(),
        files(),
        checkpoints(),
        networks(),
        hosts(),
        proxies(),
        certificates(),
        services(),
        others(),
    ];
    tables.into_iter().flatten().collect()
}

/// README's table of reasons is the one of the source, as another test says.
#[test]
fn every_reason_is_in_the_table() {
    let produced: BTreeSet<&str> = table()
        .iter()
        .filter_map(|situation| situation.expected.reason)
        .collect();
    let known = Reason::ALL.map(|reason| reason.name().to_str().unwrap());
    assert_eq!(produced, known.into());
}

/// STATE is in a test of its own.
#[test]
fn every_code_is_in_the_table() {
    let produced: BTreeSet<i32> = table()
        .iter()
        .map(|situation| situation.expected.code as i32)
        .chain([OSS_RESUMABLE_E_STATE as i32])
        .collect();
    // A new code does not compile before it is dealt with here.
    let codes = [
        OSS_RESUMABLE_E_INVALID_ARGUMENT,
        OSS_RESUMABLE_E_FILE,
        OSS_RESUMABLE_E_FILE_CHANGED,
        OSS_RESUMABLE_E_CHECKPOINT,
        OSS_RESUMABLE_E_NETWORK,
        OSS_RESUMABLE_E_SERVICE,
        OSS_RESUMABLE_E_INTEGRITY,
        OSS_RESUMABLE_E_CANCELED,
        OSS_RESUMABLE_E_STATE,
        OSS_RESUMABLE_E_COMMIT_UNKNOWN,
        OSS_RESUMABLE_E_CREDENTIALS,
        OSS_RESUMABLE_E_INTERNAL,
    ];
    for code in codes {
        match code {
            OSS_RESUMABLE_PENDING | OSS_RESUMABLE_OK => panic!("no error"),
            OSS_RESUMABLE_E_INVALID_ARGUMENT
            | OSS_RESUMABLE_E_FILE
            | OSS_RESUMABLE_E_FILE_CHANGED
            | OSS_RESUMABLE_E_CHECKPOINT
            | OSS_RESUMABLE_E_NETWORK
            | OSS_RESUMABLE_E_SERVICE
            | OSS_RESUMABLE_E_INTEGRITY
            | OSS_RESUMABLE_E_CANCELED
            | OSS_RESUMABLE_E_STATE
            | OSS_RESUMABLE_E_COMMIT_UNKNOWN
            | OSS_RESUMABLE_E_CREDENTIALS
            | OSS_RESUMABLE_E_INTERNAL => {}
        }
    }
    assert_eq!(produced, codes.map(|code| code as i32).into());
}
