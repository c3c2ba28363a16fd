//! The way to the server: failures by their names, time limits, addresses, connections.

#[path = "support/cclient.rs"]
mod cclient;
#[path = "support/engine.rs"]
mod engine;
#[cfg(target_os = "linux")]
#[path = "support/hole.rs"]
mod hole;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cclient::CClient;
use engine::*;
use oss_resumable::client::Client;
use oss_resumable::config::{Config, Limits, UploadRequest};
use oss_resumable::error::{Error, Reason};
use oss_resumable::upload::Upload;
use oss_test_server::{Action, LogEntry, Op, Rule, most_at_once};

fn client_with_limits(mut config: Config, limits: Limits) -> Arc<Client> {
    config.limits = limits;
    client_as_configured(config)
}

/// One attempt, so that its failure is the outcome.
fn single_attempt(connect_timeout: Duration, stall_timeout: Duration) -> Limits {
    Limits {
        connect_timeout,
        stall_timeout,
        max_retries: Some(0),
        ..limits()
    }
}

const SHORT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(10);

/// The failure of an upload of three parts, which took so long.
fn failure(url: &str, limits: Limits) -> (Error, Duration) {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let started = Instant::now();
    let report = run(&client_with_limits(config(url), limits), request(&file));
    let took = started.elapsed();
    (report.outcome.as_ref().unwrap_err().clone(), took)
}

#[test]
fn a_name_that_does_not_exist_and_a_closed_port_are_told_apart() {
    let (error, _) = {
        // Whoever is asked for the name may take its time.
        let patient = single_attempt(Duration::from_secs(60), LONG);
        failure("http://no-such-host.invalid", patient)
    };
    assert_eq!(error.reason, Some(Reason::Dns), "{error:?}");
    let closed = format!("http://127.0.0.1:{}", closed_port());
    let (error, _) = failure(&closed, single_attempt(LONG, LONG));
    assert_eq!(error.reason, Some(Reason::ConnectionRefused), "{error:?}");
    #[cfg(unix)]
    assert_eq!(error.os_errno.map(i32::from), Some(libc::ECONNREFUSED));
    assert!(error.retryable);
}

#[test]
#[cfg(target_os = "linux")]
fn a_host_that_does_not_answer_is_given_up_after_the_connect_timeout() {
    let hole = hole::BlackHole::new();
    let limits = single_attempt(SHORT, Duration::from_secs(60));
    let (error, took) = failure(&hole.url(), limits);
    assert_eq!(error.reason, Some(Reason::ConnectTimeout), "{error:?}");
    assert!(error.retryable);
    assert!(took >= SHORT && took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn a_connection_that_breaks_and_one_that_stalls_are_told_apart() {
    for (action, reason) in [
        (Action::ResetAfter { bytes: 1000 }, Reason::Broken),
        (Action::CutReplyAfter { bytes: 30 }, Reason::Broken),
        (Action::StallReply { ms: None }, Reason::Stalled),
    ] {
        let rig = Rig::new();
        rig.server
            .rule(Rule::on(Op::UploadPart).part(2).then(action));
        let file = rig.file("file", 3 * PART);
        let stall = match reason {
            Reason::Stalled => Duration::from_secs(3),
            _ => LONG,
        };
        let once = single_attempt(LONG, stall);
        let client = client_with_limits(config(&rig.server.url()), once);
        let report = run(&client, request(&file));
        assert_reason(&report, reason);
        let error = report.outcome.as_ref().unwrap_err();
        assert_eq!((error.part_number, error.attempts), (2, 1), "{error:?}");
    }
}

#[test]
fn the_c_api_tells_the_reason_and_the_error_number() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let upload = |url: &str| {
        let client = CClient::new(url, |config| config.max_retries = -1);
        client
            .unwrap_or_else(|error| panic!("{error:?}"))
            .upload(&file)
    };
    let refused = upload(&format!("http://127.0.0.1:{}", closed_port()));
    assert_eq!(refused.code, -5, "{refused:?}");
    assert_eq!(refused.reason.as_deref(), Some("connection_refused"));
    #[cfg(unix)]
    assert_eq!(refused.os_errno, libc::ECONNREFUSED);
    let stored = upload(&rig.server.url());
    assert_eq!((stored.code, stored.reason, stored.os_errno), (0, None, 0));
    rig.assert_stored(&file);
}

// ---- Time --------------------------------------------------------------------------------------

fn slow_to_answer(op: Op, ms: u64) -> Rule {
    Rule::on(op)
        .once()
        .then(Action::StallReply { ms: Some(ms) })
}

fn first_byte(timeout: Option<Duration>) -> Limits {
    Limits {
        stall_timeout: Duration::from_secs(60),
        first_byte_timeout: timeout,
        retry_timeout: Duration::from_secs(60),
        ..limits()
    }
}

#[test]
fn an_answer_is_waited_for_as_long_as_the_first_byte_timeout_says() {
    for (timeout, sent) in [(Some(Duration::from_secs(4)), 2), (None, 1)] {
        let rig = Rig::new();
        rig.server
            .rule(slow_to_answer(Op::UploadPart, 8000).part(2));
        let file = rig.file("file", 3 * PART);
        let client = client_with_limits(config(&rig.server.url()), first_byte(timeout));
        let report = run(&client, request(&file));
        assert_ok(&report);
        rig.assert_stored(&file);
        assert_eq!(report.retries, sent - 1, "{timeout:?}");
        let numbers = rig.part_numbers_sent();
        let second = numbers.iter().filter(|number| **number == 2).count();
        assert_eq!(second, sent as usize, "{timeout:?}");
    }
}

#[test]
fn the_commit_is_waited_for_four_times_as_long() {
    let timeout = Duration::from_secs(4);
    for (ms, asked_what_became_of_it) in [(8000, false), (24_000, true)] {
        let rig = Rig::new();
        rig.server
            .rule(slow_to_answer(Op::CompleteMultipartUpload, ms));
        let file = rig.file("file", 3 * PART);
        let limits = first_byte(Some(timeout));
        let client = client_with_limits(config(&rig.server.url()), limits);
        assert_ok(&run(&client, request(&file)));
        rig.assert_stored(&file);
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
        let log = rig.server.log();
        let others = log.iter().filter(|entry| entry.op != Op::UploadPart);
        let others = others.count() - 2;
        assert_eq!(others > 0, asked_what_became_of_it, "{ms}: {others}");
    }
}

/// What looks handed over may be in the buffers of this machine for long.
#[test]
fn a_first_byte_timeout_shorter_than_a_part_takes_does_not_fail_the_upload() {
    let rig = Rig::new();
    // More than a second for a part, of which nothing can be seen from here.
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::SlowRead {
            bytes_per_second: PART * 4 / 5,
        }));
    let file = rig.file("file", 2 * PART);
    let limits = first_byte(Some(Duration::from_millis(300)));
    let client = client_with_limits(config(&rig.server.url()), limits);
    let report = run(&client, request(&file));
    assert_ok(&report);
    rig.assert_stored(&file);
    assert!((1..=30).contains(&report.retries), "{report:?}");
}

#[test]
fn a_body_that_moves_is_never_too_slow_however_long_it_takes() {
    let rig = Rig::new();
    // A part of 16 MiB in more than three stall times. The system takes it in steps of up to 1.4 MiB.
    let part = 16 << 20;
    rig.server
        .rule(Rule::on(Op::UploadPart).times(1).then(Action::SlowRead {
            bytes_per_second: 1 << 20,
        }));
    let file = rig.file("file", part + 1);
    let limits = Limits {
        stall_timeout: Duration::from_secs(5),
        // After the body.
        first_byte_timeout: Some(Duration::from_secs(60)),
        ..limits()
    };
    let mut request = request(&file);
    request.part_size = oss_resumable::plan::PartSize::Bytes(part);
    let client = client_with_limits(config(&rig.server.url()), limits);
    let report = run(&client, request);
    assert_ok(&report);
    assert_eq!(report.retries, 0);
    rig.assert_stored(&file);
}

// ---- Addresses ---------------------------------------------------------------------------------

#[test]
#[cfg(target_os = "linux")]
fn connections_come_from_the_source_address() {
    let rig = Rig::new();
    let file = rig.file("file", 5 * PART);
    for (source, peer) in [(None, "127.0.0.1:"), (Some("127.0.0.2"), "127.0.0.2:")] {
        rig.server.clear_log();
        let mut config = config(&rig.server.url());
        config.network.source_address = source.map(|text| text.parse().unwrap());
        assert_ok(&run(&client_from(config), request(&file)));
        rig.assert_stored(&file);
        let log = rig.server.log();
        let from_there = |entry: &LogEntry| entry.peer.starts_with(peer);
        assert!(log.len() >= 7 && log.iter().all(from_there), "{log:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_source_address_that_is_not_this_machines_gives_no_connection() {
    let rig = Rig::new();
    let file = rig.file("file", 5 * PART);
    let mut config = config(&rig.server.url());
    config.network.source_address = Some("192.0.2.1".parse().unwrap());
    let report = run(
        &client_with_limits(config, single_attempt(LONG, LONG)),
        request(&file),
    );
    assert_reason(&report, Reason::Connect);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(
        error.os_errno.map(i32::from),
        Some(libc::EADDRNOTAVAIL),
        "{error:?}"
    );
    assert_eq!(rig.server.connections(), 0);
}

#[test]
fn the_user_agent_names_library_and_host() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let library = format!("oss-resumable/{}", env!("CARGO_PKG_VERSION"));
    for (suffix, agent) in [
        (None, library.clone()),
        (
            Some("host/1.2 (test)"),
            format!("{library} host/1.2 (test)"),
        ),
    ] {
        rig.server.clear_log();
        let mut config = config(&rig.server.url());
        config.network.user_agent = suffix.map(str::to_owned);
        assert_ok(&run(&client_from(config), request(&file)));
        let log = rig.server.log();
        assert_eq!(log.len(), 5);
        for entry in log {
            assert_eq!(entry.header("user-agent"), Some(agent.as_str()));
        }
    }
}

// ---- Connections -------------------------------------------------------------------------------

fn keyed(file: &std::path::Path, key: &str, parts_in_flight: u32) -> UploadRequest {
    UploadRequest {
        object: key.to_owned(),
        checkpoint: None,
        parts_in_flight,
        ..request(file)
    }
}

#[test]
fn uploads_of_a_client_share_its_connections() {
    for most in [None, Some(4), Some(1)] {
        let rig = Rig::new();
        // Without a limit, long enough that those that are out together are seen together.
        let ms = if most.is_none() { 2000 } else { 100 };
        rig.server
            .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms }));
        let file = rig.file("file", 8 * PART);
        let mut config = config(&rig.server.url());
        config.network.max_connections = most;
        let client = client_from(config);
        let uploads: Vec<Upload> = (0..3)
            .map(|number| {
                let request = keyed(&file, &format!("key-{number}"), 8);
                Upload::start(&client, request).unwrap()
            })
            .collect();
        for (number, upload) in uploads.iter().enumerate() {
            assert_ok(&wait(upload));
            let key = format!("key-{number}");
            assert!(rig.server.object_equals_file(BUCKET, &key, &file));
        }
        let at_once = most_at_once(&rig.server.log());
        match most {
            Some(most) => assert_eq!(at_once, most as usize),
            None => assert!(at_once > 6, "{at_once}"),
        }
    }
}

/// The large ones have all connections when the small one comes, and more parts waiting than it has
/// requests.
#[test]
fn a_small_upload_has_its_turn_however_few_connections_there_are() {
    const PARTS: usize = 40;
    for (connections, large) in [(1, 1), (4, 4)] {
        let rig = Rig::new();
        rig.server
            .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 150 }));
        let (long, short) = (
            rig.file("large", PARTS as u64 * PART),
            rig.file("small", 3 * PART),
        );
        let mut config = config(&rig.server.url());
        config.network.max_connections = Some(connections);
        let client = client_from(config);
        let gates: Vec<_> = (0..connections)
            .map(|_| rig.server.pause_next(Op::UploadPart))
            .collect();
        let slow: Vec<Upload> = (0..large)
            .map(|number| {
                let request = keyed(&long, &format!("large-{number}"), 16);
                Upload::start(&client, request).unwrap()
            })
            .collect();
        for gate in &gates {
            assert!(gate.wait_reached(Duration::from_secs(60)));
        }
        let quick = Upload::start(&client, keyed(&short, "small", 3)).unwrap();
        // It asks for its turn meanwhile.
        std::thread::sleep(Duration::from_secs(1));
        drop(gates);
        assert_ok(&wait(&quick));
        assert!(rig.server.object_equals_file(BUCKET, "small", &short));
        let log = rig.server.log();
        let is_small = |entry: &LogEntry| entry.key.as_deref() == Some("small");
        let end = log.iter().rposition(is_small).unwrap();
        let before = log[..end].iter().filter(|entry| !is_small(entry)).count();
        let all = large * PARTS;
        assert!(
            before < all / 2,
            "{before} requests of about {all} came first"
        );
        rig.server.clear_rules();
        for (number, upload) in slow.iter().enumerate() {
            assert_ok(&wait(upload));
            let key = format!("large-{number}");
            assert!(rig.server.object_equals_file(BUCKET, &key, &long));
        }
    }
}

#[test]
fn sixty_four_parts_that_are_refused_at_once_do_not_make_a_storm() {
    const FLIGHT: usize = 64;
    let rig = Rig::in_memory();
    let busy = Action::status(503, "ServiceUnavailable");
    rig.server.rule(Rule::on(Op::UploadPart).then(busy));
    let file = rig.file("file", FLIGHT as u64 * PART);
    let upload = rig.start(keyed(&file, KEY, FLIGHT as u32));
    eventually("all are refused", || {
        rig.server.requests(Op::UploadPart) >= FLIGHT
    });
    std::thread::sleep(Duration::from_secs(3));
    // Waits that double from 0.2 s, of which a random share is waited.
    let refused = rig.server.requests(Op::UploadPart);
    assert!(refused < FLIGHT * 12, "{refused}");
    rig.server.clear_rules();
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
    let retries = wait(&upload).retries as usize;
    assert_eq!(rig.server.requests(Op::UploadPart), FLIGHT + retries);
}

#[test]
fn a_small_upload_does_not_wait_for_a_large_one() {
    let rig = Rig::new();
    for op in [Op::UploadPart, Op::PutObject] {
        rig.server
            .rule(Rule::on(op).then(Action::Delay { ms: 1000 }));
    }
    let (large, small) = (rig.file("large", 40 * PART), rig.file("small", PART));
    let mut config = config(&rig.server.url());
    config.network.max_connections = Some(4);
    let client = client_from(config);
    let slow = Upload::start(&client, keyed(&large, "large", 40)).unwrap();
    eventually("the large one is at it", || {
        rig.server.concurrent(Op::UploadPart) == 4
    });
    let quick = Upload::start(&client, keyed(&small, "small", 1)).unwrap();
    assert_ok(&wait(&quick));
    let done = slow.progress().unwrap().parts_done;
    assert!(done < 20, "{done} of 40 parts were done");
    rig.server.clear_rules();
    assert!(rig.server.object_equals_file(BUCKET, "small", &small));
    assert_ok(&wait(&slow));
    assert!(rig.server.object_equals_file(BUCKET, "large", &large));
}

#[test]
fn a_part_that_waits_long_for_its_turn_has_not_stalled() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 600 }));
    let mut config = config(&rig.server.url());
    config.network.max_connections = Some(1);
    config.limits.stall_timeout = Duration::from_secs(4);
    // The last one waits for seven seconds.
    let file = rig.file("file", 12 * PART);
    let report = run(&client_from(config), keyed(&file, KEY, 12));
    assert_ok(&report);
    rig.assert_stored(&file);
    assert_eq!(report.retries, 0);
}
