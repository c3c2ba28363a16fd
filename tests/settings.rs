//! The network settings of the C API, one by one: what a server, a proxy or a certificate sees of each.
//! Every setting is tried both ways, so that one that is not passed on is seen.
// Other addresses of this machine, a store of certificates that a variable names.
#![cfg(target_os = "linux")]

#[path = "support/capi.rs"]
mod capi;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/front.rs"]
mod front;
#[path = "support/hole.rs"]
mod hole;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use capi::*;
use engine::{BUCKET, KEY, PART, Rig};
use front::TlsFront;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::oss_resumable_config_t;
use oss_test_server::{Action, HttpProxy, LogEntry, Op, ProxyOptions, Rule, most_at_once};

/// An upload of three parts by a client with these settings; the log holds nothing else.
#[track_caller]
fn upload(rig: &Rig, url: &str, set: impl FnOnce(&mut oss_resumable_config_t)) -> Ended {
    rig.server.delete_object(BUCKET, KEY);
    rig.server.clear_log();
    let client = CClient::with(url, set).unwrap_or_else(|ended| panic!("{ended:?}"));
    client.upload(Some(&rig.file("file", 3 * PART)), |params| {
        params.enable_checkpoint = 0;
    })
}

/// One that succeeds, byte for byte.
#[track_caller]
fn stored(rig: &Rig, url: &str, set: impl FnOnce(&mut oss_resumable_config_t)) -> Ended {
    let ended = upload(rig, url, set).ok();
    rig.assert_stored(&rig.path("file"));
    ended
}

#[track_caller]
fn assert_refused(ended: &Ended, reason: &str) {
    assert_eq!(ended.code, OSS_RESUMABLE_E_NETWORK, "{ended:?}");
    assert_eq!(ended.reason.as_deref(), Some(reason), "{ended:?}");
}

// ---- Time --------------------------------------------------------------------------------------

#[test]
fn connect_timeout_ms_is_how_long_a_host_is_called_that_does_not_answer() {
    let rig = Rig::new();
    let hole = hole::BlackHole::new();
    // Far enough apart that no pause of this machine makes one look like the other.
    for (timeout, most) in [(300, 4_000), (4_500, 9_000)] {
        let started = Instant::now();
        let ended = upload(&rig, &hole.url(), |config| {
            config.max_retries = -1;
            config.connect_timeout_ms = timeout;
        });
        let took = started.elapsed().as_millis();
        assert_refused(&ended, "connect_timeout");
        assert!((timeout as u128..most).contains(&took), "{took} ms");
    }
}

#[test]
fn first_byte_timeout_ms_is_how_long_an_answer_is_waited_for() {
    let rig = Rig::new();
    for (timeout, again) in [(1_000, true), (0, false)] {
        let slow = Action::StallReply { ms: Some(5_000) };
        rig.server
            .rule(Rule::on(Op::UploadPart).part(2).once().then(slow));
        let ended = stored(&rig, &rig.server.url(), |config| {
            config.first_byte_timeout_ms = timeout;
        });
        let numbers = rig.part_numbers_sent();
        let second = numbers.iter().filter(|number| **number == 2).count();
        assert_eq!(second > 1, again, "{timeout}: {numbers:?}");
        assert_eq!(ended.retries > 0, again, "{timeout}: {ended:?}");
    }
}

#[test]
fn stall_timeout_ms_is_how_long_a_connection_may_stand_still() {
    let rig = Rig::new();
    // The default is thirty seconds, which nothing here waits for.
    let stops = Action::StallReply { ms: None };
    rig.server
        .rule(Rule::on(Op::UploadPart).part(2).once().then(stops));
    let started = Instant::now();
    let ended = stored(&rig, &rig.server.url(), |config| {
        config.stall_timeout_ms = 1_000;
    });
    assert!(ended.retries > 0, "{ended:?}");
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    assert!(took < Duration::from_secs(9), "{took:?}");
}

// ---- Addresses ---------------------------------------------------------------------------------

#[test]
fn source_address_is_where_every_connection_comes_from() {
    let rig = Rig::new();
    let address = c("127.0.0.3");
    for (given, peer) in [
        (std::ptr::null(), "127.0.0.1:"),
        (address.as_ptr(), "127.0.0.3:"),
    ] {
        stored(&rig, &rig.server.url(), |config| {
            config.source_address = given;
        });
        let log = rig.server.log();
        let from_there = |entry: &LogEntry| entry.peer.starts_with(peer);
        assert!(log.len() >= 5 && log.iter().all(from_there), "{log:?}");
    }
}

#[test]
fn user_agent_is_said_behind_the_librarys_name_in_every_request() {
    let rig = Rig::new();
    let suffix = c("host/1.2 (test)");
    let library = format!("oss-resumable/{}", env!("CARGO_PKG_VERSION"));
    for (given, agent) in [
        (std::ptr::null(), library.clone()),
        (suffix.as_ptr(), format!("{library} host/1.2 (test)")),
    ] {
        stored(&rig, &rig.server.url(), |config| config.user_agent = given);
        let log = rig.server.log();
        assert!(log.len() >= 5);
        for entry in log {
            assert_eq!(entry.header("user-agent"), Some(agent.as_str()));
        }
    }
}

#[test]
fn hosts_of_no_proxy_are_asked_directly_and_all_others_through_the_proxy() {
    let rig = Rig::new();
    let proxy = HttpProxy::start(ProxyOptions::default());
    let (by_address, by_name) = (
        rig.server.url(),
        rig.server.url().replace("127.0.0.1", "localhost"),
    );
    for (url, list, direct) in [
        (&by_address, None, false),
        (&by_address, Some("10.0.0.0/8, 127.0.0.0/8"), true),
        (&by_address, Some("localhost"), false),
        (&by_name, Some("localhost"), true),
        (&by_name, Some("127.0.0.1"), false),
    ] {
        let (address, list) = (c(&proxy.url()), list.map(c));
        let before = proxy.log().len();
        stored(&rig, url, |config| {
            config.is_path_style = 1;
            config.proxy = address.as_ptr();
            if let Some(list) = &list {
                config.no_proxy = list.as_ptr();
            }
        });
        let through = proxy.log().len() - before;
        let expected = if direct { 0 } else { rig.server.log().len() };
        assert_eq!(through, expected, "{url} except {list:?}");
    }
}

// ---- How many and how fast ---------------------------------------------------------------------

#[test]
fn max_connections_is_the_most_that_is_asked_at_once() {
    for most in [0, 1, 3] {
        let rig = Rig::new();
        rig.server
            .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 100 }));
        let client = CClient::with(&rig.server.url(), |config| config.max_connections = most);
        let file = rig.file("file", 12 * PART);
        let ended = client.unwrap().upload(Some(&file), |params| {
            params.thread_num = 12;
        });
        ended.ok();
        rig.assert_stored(&file);
        let at_once = most_at_once(&rig.server.log());
        match most {
            0 => assert!(at_once > 4, "{at_once}"),
            _ => assert_eq!(at_once, most as usize),
        }
    }
}

#[test]
fn bandwidth_limit_is_how_many_bytes_go_out_in_a_second() {
    const RATE: u64 = 500_000;
    let rig = Rig::new();
    let file = rig.file("file", 4 * RATE);
    let client = CClient::with(&rig.server.url(), |config| {
        config.bandwidth_limit = RATE as i64;
    });
    let started = Instant::now();
    client.unwrap().upload(Some(&file), |_| {}).ok();
    let took = started.elapsed().as_secs_f64();
    rig.assert_stored(&file);
    // Bits or kilobytes would be far outside; what may go out at once in the beginning is not counted.
    assert!((3.8..14.0).contains(&took), "{took} s for four of them");
}

// ---- Trust -------------------------------------------------------------------------------------

fn front(rig: &Rig) -> TlsFront {
    TlsFront::start(&rig.dir, rig.server.port(), |_| {})
}

fn https(front: &TlsFront) -> String {
    format!("https://{}", front.authority())
}

fn trusting(config: &mut oss_resumable_config_t, text: &str) {
    config.is_path_style = 1;
    config.ca_data = text.as_ptr().cast();
    config.ca_data_len = text.len();
}

#[test]
fn ca_file_and_ca_data_are_each_trusted_and_nobody_else_is() {
    let rig = Rig::new();
    let (one, other, stranger) = (front(&rig), front(&rig), front(&rig));
    let file = c_path(&one.ca_file);
    let by_file = |config: &mut oss_resumable_config_t| {
        config.is_path_style = 1;
        config.ca_file = file.as_ptr();
    };
    let by_bytes = |config: &mut oss_resumable_config_t| trusting(config, &other.ca_pem);
    stored(&rig, &https(&one), by_file);
    stored(&rig, &https(&other), by_bytes);
    for front in [&one, &other] {
        stored(&rig, &https(front), |config| {
            by_bytes(config);
            by_file(config);
        });
    }
    assert_refused(
        &upload(&rig, &https(&other), by_file),
        "certificate_unknown_ca",
    );
    assert_refused(
        &upload(&rig, &https(&one), by_bytes),
        "certificate_unknown_ca",
    );
    let both = upload(&rig, &https(&stranger), |config| {
        by_bytes(config);
        by_file(config);
    });
    assert_refused(&both, "certificate_unknown_ca");
    assert_eq!(rig.server.log().len(), 0, "nothing was told to a stranger");
}

#[test]
fn ca_data_ends_where_ca_data_len_says() {
    let rig = Rig::new();
    let (one, other) = (front(&rig), front(&rig));
    let both = format!("{}{}", one.ca_pem, other.ca_pem);
    stored(&rig, &https(&other), |config| trusting(config, &both));
    let cut = |config: &mut oss_resumable_config_t| {
        trusting(config, &both);
        config.ca_data_len = one.ca_pem.len();
    };
    stored(&rig, &https(&one), cut);
    assert_refused(&upload(&rig, &https(&other), cut), "certificate_unknown_ca");
}

const CHILD: &str = "OSS_RESUMABLE_TEST_CHILD";

/// As a process of its own, because the system's store is found by a variable, which belongs to the
/// whole process.
#[test]
fn an_own_ca_is_trusted_beside_the_systems_store_and_not_instead_of_it() {
    if let Ok(told) = std::env::var(CHILD) {
        return one_upload_of_the_child(&told);
    }
    let rig = Rig::new();
    let (of_the_system, own, stranger) = (front(&rig), front(&rig), front(&rig));
    let file = rig.file("file", 3 * PART);
    for (front, outcome) in [
        (&of_the_system, "stored"),
        (&own, "stored"),
        (&stranger, "certificate_unknown_ca"),
    ] {
        rig.server.delete_object(BUCKET, KEY);
        rig.server.clear_log();
        let this = "an_own_ca_is_trusted_beside_the_systems_store_and_not_instead_of_it";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this, "--nocapture"])
            .env(CHILD, format!("{outcome} {}", https(front)))
            .env("OSS_RESUMABLE_TEST_FILE", &file)
            .env("OSS_RESUMABLE_TEST_CA", &own.ca_file)
            .env("SSL_CERT_FILE", &of_the_system.ca_file)
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("1 passed"), "{said}");
        if outcome == "stored" {
            rig.assert_stored(&file);
        } else {
            assert_eq!(rig.server.log().len(), 0, "nothing was told to a stranger");
        }
    }
}

fn one_upload_of_the_child(told: &str) {
    let variable = |name: &str| std::env::var(name).unwrap();
    let (outcome, url) = told.split_once(' ').unwrap();
    let pem = std::fs::read_to_string(variable("OSS_RESUMABLE_TEST_CA")).unwrap();
    let client = CClient::with(url, |config| trusting(config, &pem)).unwrap();
    let file = variable("OSS_RESUMABLE_TEST_FILE");
    let ended = client.upload(Some(Path::new(&file)), |params| {
        params.enable_checkpoint = 0;
    });
    match outcome {
        "stored" => drop(ended.ok()),
        reason => assert_refused(&ended, reason),
    }
}
