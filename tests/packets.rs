//! Packets that are lost, links that go dead without a word, names with dead addresses: in a network
//! namespace, with the packet filter of the kernel.
#![cfg(target_os = "linux")]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/namespace.rs"]
mod namespace;
mod support;
#[path = "support/wire.rs"]
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::*;
use namespace::{filter, heal, inside, met, replace};
use oss_resumable::client::Client;
use oss_resumable::config::Limits;
use oss_resumable::error::{Code, Reason};
use oss_resumable::transfer::events::warning;
use oss_test_server::Op;
use wire::{Fate, Wire};

const STALL: Duration = Duration::from_secs(3);

fn to_server(rig: &Rig, rule: &str) -> String {
    format!("tcp dport {} {rule}", rig.server.port())
}

fn from_server(rig: &Rig, rule: &str) -> String {
    format!("tcp sport {} {rule}", rig.server.port())
}

fn client_for(url: &str, change: impl FnOnce(&mut Limits)) -> Arc<Client> {
    let mut limits = Limits {
        stall_timeout: STALL,
        retry_timeout: Duration::from_secs(60),
        ..limits()
    };
    change(&mut limits);
    client(url, limits)
}

#[test]
fn every_fifth_packet_lost_costs_time_and_nothing_else() {
    if !inside("every_fifth_packet_lost_costs_time_and_nothing_else") {
        return;
    }
    let rig = Rig::new();
    let lost = "numgen inc mod 5 == 0 counter drop";
    filter(&[to_server(&rig, lost), from_server(&rig, lost)]);
    let file = rig.file("file", 3 * PART);
    let client = client_for(&rig.server.url(), |limits| {
        limits.connect_timeout = Duration::from_secs(10);
        limits.stall_timeout = Duration::from_secs(5);
    });
    let report = run(&client, request(&file));
    assert_ok(&report);
    assert!(rig.server.object_equals_file(BUCKET, KEY, &file));
    // The answer that names an upload may be what is lost for too long; then it is said.
    let told = report.warnings & warning::UPLOAD_LEFT != 0;
    assert!(
        rig.server.uploads().len() <= usize::from(told),
        "{report:?}"
    );
    assert!(met() > 8, "{} packets were lost", met());
}

#[test]
fn a_slow_line_that_drops_what_is_too_much_carries_the_upload() {
    if !inside("a_slow_line_that_drops_what_is_too_much_carries_the_upload") {
        return;
    }
    let rig = Rig::new();
    let rule = "limit rate over 100 kbytes/second burst 20 kbytes counter drop";
    filter(&[to_server(&rig, rule)]);
    let file = rig.file("file", 3 * PART);
    let client = client_for(&rig.server.url(), |limits| {
        limits.stall_timeout = Duration::from_secs(5);
    });
    let started = Instant::now();
    assert_ok(&run(&client, request(&file)));
    rig.assert_stored(&file);
    assert!(met() > 0, "nothing was dropped");
    assert!(started.elapsed() > Duration::from_secs(1));
}

#[test]
fn a_connection_that_goes_dead_without_a_word_is_left_after_the_stall_time() {
    if !inside("a_connection_that_goes_dead_without_a_word_is_left_after_the_stall_time") {
        return;
    }
    // What the client sends is lost from there on, or what the server answers.
    for (is_request, most) in [(true, 2 * PART + 30_000), (false, 1_000)] {
        let rig = Rig::new();
        filter(&[match is_request {
            true => to_server(&rig, &format!("ct original bytes > {most} counter drop")),
            false => from_server(&rig, &format!("ct reply bytes > {most} counter drop")),
        }]);
        let file = rig.file("file", 8 * PART);
        let started = Instant::now();
        let report = run(&client_for(&rig.server.url(), |_| {}), request(&file));
        assert_ok(&report);
        rig.assert_stored(&file);
        assert!(met() > 0, "no packet was lost");
        assert!(report.retries >= 1, "{report:?}");
        assert!(started.elapsed() >= STALL);
        // Every part once, and those in flight when a connection went dead.
        let again = rig.server.requests(Op::UploadPart) - 8;
        assert!(again <= report.retries as usize, "{again} {report:?}");
        heal();
    }
}

#[test]
fn a_link_that_stays_dead_ends_the_upload_in_time_and_the_next_run_goes_on() {
    if !inside("a_link_that_stays_dead_ends_the_upload_in_time_and_the_next_run_goes_on") {
        return;
    }
    let rig = Rig::new();
    filter(&[to_server(&rig, "quota over 500 kbytes counter drop")]);
    let file = rig.file("file", 10 * PART);
    let client = client_for(&rig.server.url(), |limits| {
        limits.retry_timeout = Duration::from_secs(3);
    });
    let started = Instant::now();
    let report = run(&client, request(&file));
    assert_code(&report, Code::Network);
    assert!(met() > 0, "no packet was lost");
    assert!(started.elapsed() < Duration::from_secs(40));
    rig.assert_absent();

    heal();
    let report = run(&client, request(&file));
    assert_ok(&report);
    assert!(report.resumed_bytes >= PART, "{report:?}");
    rig.assert_stored(&file);
}

#[test]
fn connections_that_a_firewall_resets_cost_the_parts_in_them() {
    if !inside("connections_that_a_firewall_resets_cost_the_parts_in_them") {
        return;
    }
    let rig = Rig::new();
    let rule = "ct original bytes > 250000 counter reject with tcp reset";
    filter(&[to_server(&rig, rule)]);
    let file = rig.file("file", 8 * PART);
    let report = run(&client_for(&rig.server.url(), |_| {}), request(&file));
    assert_ok(&report);
    rig.assert_stored(&file);
    assert!(met() > 0, "nothing was reset");
    assert!(report.retries >= 1, "{report:?}");
}

#[test]
fn a_network_that_resets_everything_fails_with_its_reason() {
    if !inside("a_network_that_resets_everything_fails_with_its_reason") {
        return;
    }
    let rig = Rig::new();
    filter(&[to_server(&rig, "counter reject with tcp reset")]);
    let file = rig.file("file", 3 * PART);
    let client = client_for(&rig.server.url(), |limits| limits.max_retries = Some(0));
    assert_reason(&run(&client, request(&file)), Reason::ConnectionRefused);
    assert_eq!(rig.server.connections(), 0);
}

// ---- Names -------------------------------------------------------------------------------------

/// The system's list of names, which can change while an upload runs.
fn hosts(rig: &Rig, lines: &[(&str, &str)]) {
    let text: String = lines
        .iter()
        .map(|(address, name)| format!("{address} {name} {BUCKET}.{name}\n"))
        .collect();
    // Written in place: what is mounted is the file and not its name.
    std::fs::write(rig.path("hosts"), text).unwrap();
}

/// No other name is known, and nobody answers who is asked for one.
fn own_names(rig: &Rig, lines: &[(&str, &str)]) {
    hosts(rig, lines);
    replace("/etc/hosts", &rig.path("hosts"));
    std::fs::write(
        rig.path("resolv.conf"),
        "nameserver 127.0.0.53\noptions timeout:30\n",
    )
    .unwrap();
    replace("/etc/resolv.conf", &rig.path("resolv.conf"));
}

fn named(rig: &Rig, name: &str) -> String {
    format!("http://{name}:{}", rig.server.port())
}

#[test]
fn of_several_addresses_the_one_that_lives_is_found() {
    if !inside("of_several_addresses_the_one_that_lives_is_found") {
        return;
    }
    let rig = Rig::new();
    own_names(
        &rig,
        &[
            // Two that swallow everything, one that refuses. The last is the one that the system likes
            // least.
            ("127.0.0.8", "many.test"),
            ("127.0.0.9", "many.test"),
            ("127.0.0.7", "many.test"),
            ("127.1.1.1", "many.test"),
        ],
    );
    filter(&[
        "ip daddr 127.0.0.8 counter drop".into(),
        "ip daddr 127.0.0.9 counter drop".into(),
    ]);
    let alive = SocketAddr::from(([127, 1, 1, 1], rig.server.port()));
    let _way = Wire::start_at(alive, rig.server.port(), |_| Fate::default());
    let file = rig.file("file", 3 * PART);
    let client = client_for(&named(&rig, "many.test"), |limits| {
        limits.connect_timeout = Duration::from_secs(4);
        // Connecting counts as not moving.
        limits.stall_timeout = Duration::from_secs(10);
    });
    let started = Instant::now();
    let report = run(&client, request(&file));
    assert_ok(&report);
    assert_eq!(report.retries, 0, "{report:?}");
    rig.assert_stored(&file);
    assert!(met() > 0, "the dead ones were not tried");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_name_that_appears_while_it_is_tried_is_found() {
    if !inside("a_name_that_appears_while_it_is_tried_is_found") {
        return;
    }
    let rig = Rig::new();
    own_names(&rig, &[("127.0.0.1", "other.test")]);
    let file = rig.file("file", 3 * PART);
    let client = client_for(&named(&rig, "late.test"), |_| {});
    let upload = oss_resumable::upload::Upload::start(&client, request(&file)).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(rig.server.connections(), 0);
    hosts(&rig, &[("127.0.0.1", "late.test")]);
    let report = wait(&upload);
    assert_ok(&report);
    assert!(report.retries >= 1, "{report:?}");
    rig.assert_stored(&file);
}

#[test]
fn a_name_whose_address_changes_is_looked_up_again() {
    if !inside("a_name_whose_address_changes_is_looked_up_again") {
        return;
    }
    let rig = Rig::new();
    // Nothing listens there.
    own_names(&rig, &[("127.0.0.7", "moving.test")]);
    let file = rig.file("file", 3 * PART);
    let client = client_for(&named(&rig, "moving.test"), |_| {});
    let upload = oss_resumable::upload::Upload::start(&client, request(&file)).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    hosts(&rig, &[("127.0.0.1", "moving.test")]);
    assert_ok(&wait(&upload));
    rig.assert_stored(&file);
}

#[test]
fn a_name_server_that_does_not_answer_is_waited_for_as_long_as_a_connection() {
    if !inside("a_name_server_that_does_not_answer_is_waited_for_as_long_as_a_connection") {
        return;
    }
    let rig = Rig::new();
    own_names(&rig, &[("127.0.0.1", "other.test")]);
    let name_server = std::net::UdpSocket::bind("127.0.0.53:53").unwrap();
    let file = rig.file("file", 3 * PART);
    let client = client_for(&named(&rig, "nobody.test"), |limits| {
        limits.connect_timeout = Duration::from_millis(600);
        limits.max_retries = Some(0);
    });
    let started = Instant::now();
    let report = run(&client, request(&file));
    let took = started.elapsed();
    assert_reason(&report, Reason::ConnectTimeout);
    name_server.set_nonblocking(true).unwrap();
    assert!(name_server.recv(&mut [0; 512]).is_ok(), "it was not asked");
    assert!(took < Duration::from_secs(20), "{took:?}");
}
