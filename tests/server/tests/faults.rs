//! Every fault happens where it is meant to: on the wire, in the store, or in the reply.

mod support;

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use oss_test_server::{
    Action, Op, Options, Rule, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_TOKEN, Server,
};
use support::*;

const BODY: &[u8] = &[5; 200 * 1024];

/// A server with one open upload, of which the next part meets `action`.
fn with_part_fault(action: Action) -> (Server, String) {
    let server = Server::start();
    let id = initiate(&server, "b/k");
    server.clear_log();
    server.rule(Rule::on(Op::UploadPart).once().then(action));
    let target = part_target("b/k", &id, 1);
    (server, target)
}

fn parts(server: &Server) -> usize {
    server.uploads()[0].parts.len()
}

#[test]
fn connections_reset_or_cut_within_the_body() {
    for bytes in [0, 1, 100_000, 1 << 30] {
        let (server, target) = with_part_fault(Action::ResetAfter { bytes });
        let error = call("PUT", &target).body(BODY).try_send(&server);
        assert_eq!(
            error.unwrap_err().kind(),
            io::ErrorKind::ConnectionReset,
            "{bytes}"
        );
        let entry = &server.log()[0];
        assert_eq!(entry.body_bytes, bytes.min(BODY.len() as u64));
        assert_eq!((entry.status, entry.applied), (0, false));
        assert_eq!(entry.fault.as_deref(), Some("reset_after"));

        let (server, target) = with_part_fault(Action::CutAfter { bytes });
        let mut socket = connect(&server);
        socket
            .write_all(&call("PUT", &target).body(BODY).bytes())
            .unwrap();
        let (received, result) = read_to_end(&mut socket);
        assert_eq!((received.len(), result.unwrap()), (0, 0), "{bytes}");
        assert_eq!(parts(&server), 0);
        let again = call("PUT", &target).body(BODY).send(&server);
        assert_eq!((again.status, parts(&server)), (200, 1));
        assert_eq!(server.part_bytes_accepted(), BODY.len() as u64);
    }
}

#[test]
fn the_log_tells_whether_a_fault_made_a_difference() {
    let server = Server::start();
    let met = |op, action: Action, call: Call| {
        server.clear_rules();
        server.clear_log();
        server.rule(Rule::on(op).then(action));
        call.send(&server);
        let entry = &server.log()[0];
        assert!(entry.fault.is_some(), "{entry:?}");
        entry.fault_met
    };
    let begin = || call("POST", "/b/k?uploads");
    let id = initiate(&server, "b/k");
    let target = part_target("b/k", &id, 1);
    let part = || call("PUT", &target).body(BODY);
    // The answer to Initiate has no CRC64, that to a part no body.
    let begun = Op::InitiateMultipartUpload;
    assert!(!met(begun, Action::WrongCrc, begin()));
    assert!(met(begun, Action::HalfBody, begin()));
    assert!(met(Op::UploadPart, Action::WrongCrc, part()));
    assert!(!met(Op::UploadPart, Action::HalfBody, part()));
    assert!(met(Op::UploadPart, Action::CorruptBody, part()));
    assert!(met(Op::UploadPart, Action::CloseConnection, part()));
    let refused = Action::status(503, "ServiceUnavailable");
    assert!(met(Op::UploadPart, refused, part()));
    assert!(met(Op::UploadPart, Action::ForgetUpload, part()));
    // It is gone already.
    assert!(!met(Op::UploadPart, Action::ForgetUpload, part()));
}

#[test]
fn a_client_that_goes_away_leaves_no_part() {
    let (server, target) = with_part_fault(Action::Nothing);
    let mut socket = connect(&server);
    let bytes = call("PUT", &target).body(BODY).bytes();
    socket.write_all(&bytes[..bytes.len() - 1]).unwrap();
    drop(socket);
    let deadline = Instant::now() + Duration::from_secs(5);
    while server.part_bytes_received() == 0 {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(parts(&server), 0);
    assert_eq!(server.part_bytes_received(), BODY.len() as u64 - 1);
    assert_eq!(server.part_bytes_accepted(), 0);
}

#[test]
fn replies_lost_after_the_part_was_stored() {
    let (server, target) = with_part_fault(Action::DropReply);
    let error = call("PUT", &target).body(BODY).try_send(&server);
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(parts(&server), 1);
    assert_eq!((server.log()[0].status, server.log()[0].applied), (0, true));

    for (action, whole) in [
        (Action::ResetReplyAfter { bytes: 20 }, false),
        (Action::CutReplyAfter { bytes: 20 }, true),
    ] {
        let (server, target) = with_part_fault(action);
        let mut socket = connect(&server);
        socket
            .write_all(&call("PUT", &target).body(BODY).bytes())
            .unwrap();
        let (received, result) = read_to_end(&mut socket);
        assert_eq!(received, b"HTTP/1.1 200 OK\r\neta");
        assert_eq!(result.is_ok(), whole);
        assert_eq!(parts(&server), 1);
    }
}

#[test]
fn stalls_and_slow_wires() {
    let timed = |action| {
        let (server, target) = with_part_fault(action);
        let started = Instant::now();
        let response = call("PUT", &target).body(BODY).send(&server);
        assert_eq!(response.status, 200);
        started.elapsed()
    };
    let pause = Duration::from_millis(200);
    for action in [
        Action::Delay { ms: 200 },
        Action::StallRead {
            bytes: 1000,
            ms: Some(200),
        },
        Action::StallReply { ms: Some(200) },
        Action::SlowRead {
            bytes_per_second: 800_000,
        },
        Action::SlowReply {
            bytes_per_second: 1000,
        },
    ] {
        let elapsed = timed(action.clone());
        assert!(elapsed >= pause, "{action:?}: {elapsed:?}");
        assert!(elapsed < 100 * pause, "{action:?}: {elapsed:?}");
    }

    let (server, target) = with_part_fault(Action::StallRead { bytes: 9, ms: None });
    let mut socket = connect(&server);
    socket.set_read_timeout(Some(pause)).unwrap();
    socket
        .write_all(&call("PUT", &target).body(BODY).bytes())
        .unwrap();
    let error = socket.read(&mut [0]).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
        ),
        "{error}"
    );
    while server.concurrent(Op::UploadPart) == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!((parts(&server), server.concurrent(Op::UploadPart)), (0, 1));
}

#[test]
fn lies_about_bytes() {
    let (server, target) = with_part_fault(Action::WrongCrc);
    let wrong = call("PUT", &target).body(BODY).send(&server);
    let right = call("PUT", &target).body(BODY).send(&server);
    let crc = |response: &Response| -> u64 {
        let value = response.header("x-oss-hash-crc64ecma").unwrap();
        value.parse().unwrap()
    };
    assert_eq!(crc(&wrong) ^ crc(&right), 1);
    assert_eq!(wrong.header("etag"), right.header("etag"));

    let (server, target) = with_part_fault(Action::CorruptBody);
    let corrupt = call("PUT", &target).body(BODY).send(&server);
    let stored = &server.uploads()[0].parts[0];
    assert_eq!(Some(crc(&corrupt)), stored.crc64);
    assert_ne!(crc(&corrupt), crc(&right));

    let (server, target) = with_part_fault(Action::no_crc_header());
    let bare = call("PUT", &target).body(BODY).send(&server);
    assert!(bare.header("x-oss-hash-crc64ecma").is_none());
    assert!(bare.header("etag").is_some());

    let weak = "W/\"abc\"";
    let (server, target) = with_part_fault(Action::Etag {
        value: weak.to_owned(),
    });
    let response = call("PUT", &target).body(BODY).send(&server);
    assert_eq!(response.header("etag"), Some(weak));
    let id = server.uploads()[0].upload_id.clone();
    let done = complete(&server, "b/k", &id, &[(1, weak)]);
    assert_eq!(done.status, 200, "{}", done.text());
}

#[test]
fn replies_that_are_not_what_they_seem() {
    for (action, status, expected) in [
        (Action::empty_200(), 200, ""),
        (
            Action::RawBody {
                body: "<html>${key}".to_owned(),
                code: Some(502),
            },
            502,
            "<html>k",
        ),
    ] {
        let server = Server::start();
        let id = initiate(&server, "b/k");
        let etag = upload(&server, "b/k", &id, 1, b"x");
        server.rule(Rule::on(Op::CompleteMultipartUpload).once().then(action));
        let response = complete(&server, "b/k", &id, &[(1, &etag)]);
        assert_eq!(
            (response.status, response.text().as_str()),
            (status, expected)
        );
        assert!(server.object("b", "k").is_some());
    }

    let server = Server::start();
    let put = || call("PUT", "/b/k").body(b"x").try_send(&server);
    let on_put = |action| server.rule(Rule::on(Op::PutObject).once().then(action));
    on_put(Action::ErrorIn200 {
        oss_code: "InternalError".to_owned(),
    });
    let response = put().unwrap();
    assert_eq!(
        (response.status, response.code().as_str()),
        (200, "InternalError")
    );

    on_put(Action::PadReply { ms: 120 });
    on_put(Action::RawBody {
        body: "late".to_owned(),
        code: None,
    });
    let text = put().unwrap().text();
    assert!(text.starts_with("  ") && text.ends_with("late"), "{text}");

    on_put(Action::EndlessReply);
    let mut socket = connect(&server);
    let bytes = call("PUT", "/b/k").body(b"x").bytes();
    socket.write_all(&bytes).unwrap();
    let mut much = vec![0; 10 << 20];
    socket.read_exact(&mut much).unwrap();
}

/// What an Initiate that was applied is answered, down to the byte.
fn distorted(action: Action) -> String {
    let server = Server::start();
    server.rule(Rule::any().then(action));
    let mut socket = connect(&server);
    let ask = call("POST", "/b/k?uploads").header("connection", "close");
    socket.write_all(&ask.bytes()).unwrap();
    let (received, _) = read_to_end(&mut socket);
    assert_eq!(server.uploads().len(), 1);
    String::from_utf8_lossy(&received).into_owned()
}

#[test]
fn replies_halved_wrapped_replaced_and_repeated() {
    let whole = distorted(Action::Nothing);
    let body = |text: &str| text.split_once("\r\n\r\n").unwrap().1.to_owned();
    let half = distorted(Action::HalfBody);
    assert_eq!(body(&half).len(), body(&whole).len() / 2);
    assert!(half.contains(&format!("content-length: {}", body(&half).len())));

    let gzip = distorted(Action::GzipBody);
    assert!(gzip.contains("content-encoding: gzip"));
    // A head, a block with its head, a sum and a length.
    let length = format!("content-length: {}", body(&whole).len() + 10 + 5 + 8);
    assert!(gzip.contains(&length), "{gzip}");
    // Nothing is compressed really.
    assert!(gzip.contains("<UploadId>"));

    let text = "SSH-2.0\r\n".to_owned();
    assert_eq!(distorted(Action::RawReply { text: text.clone() }), text);

    let twice = distorted(Action::RepeatReply);
    assert_eq!(twice.matches("HTTP/1.1 200 OK").count(), 2);
    assert_eq!(twice.matches("</InitiateMultipartUploadResult>").count(), 2);
}

#[test]
fn a_scripted_refusal_of_the_time_tells_the_time() {
    let server = Server::start();
    server.rule(Rule::any().then(Action::status(403, "RequestTimeTooSkewed")));
    let reply = call("POST", "/b/k?uploads").send(&server);
    assert_eq!(reply.code(), "RequestTimeTooSkewed");
    assert!(reply.element("ServerTime").unwrap().ends_with('Z'));
}

#[test]
fn refusals_without_effect() {
    let server = Server::start();
    let on_put = |action| server.rule(Rule::on(Op::PutObject).once().then(action));
    let put = || call("PUT", "/b/k").body(BODY).try_send(&server).unwrap();
    on_put(Action::retry_after(503, "SlowDown", "7"));
    let response = put();
    assert_eq!(
        (response.status, response.code().as_str()),
        (503, "SlowDown")
    );
    assert_eq!(response.header("retry-after"), Some("7"));
    on_put(Action::foreign(502, "<html>"));
    assert_eq!(put().text(), "<html>");
    on_put(Action::Redirect {
        code: 307,
        location: "http://127.0.0.1:1/".to_owned(),
    });
    assert_eq!(put().header("location"), Some("http://127.0.0.1:1/"));

    server.clear_log();
    on_put(Action::status(403, "AccessDenied").early());
    let response = put();
    assert_eq!(response.code(), "AccessDenied");
    assert_eq!(response.header("connection"), Some("close"));
    assert_eq!(server.log()[0].body_bytes, 0);
    assert!(server.object("b", "k").is_none());
}

#[test]
fn the_servers_surroundings_change() {
    let server = Server::start();
    let id = initiate(&server, "b/k");
    let target = part_target("b/k", &id, 1);
    server.rule(Rule::on(Op::UploadPart).once().then(Action::ForgetUpload));
    let response = call("PUT", &target).body(BODY).send(&server);
    assert_eq!(response.code(), "NoSuchUpload");

    server.rule(Rule::on(Op::PutObject).once().then(Action::ExpireToken));
    let put = || {
        let mut put = call("PUT", "/b/k").header("x-oss-security-token", STS_TOKEN);
        put.account = (STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET);
        put.send(&server)
    };
    assert_eq!(put().code(), "SecurityTokenExpired");
    assert_eq!(put().code(), "SecurityTokenExpired");
    server.set_account(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN));
    assert_eq!(put().status, 200);

    server.rule(
        Rule::on(Op::HeadObject)
            .once()
            .then(Action::ShiftClock { seconds: 3600 }),
    );
    let head = call("HEAD", "/b/k").send(&server);
    assert_eq!(head.header("x-oss-ec"), Some("0002-00000504"));

    let server = Server::start();
    server.rule(Rule::on(Op::PutObject).once().then(Action::PutOtherObject));
    call("PUT", "/b/k").body(b"mine").send(&server);
    assert_ne!(server.object("b", "k").unwrap().bytes(), b"mine");
    server.rule(Rule::on(Op::PutObject).once().then(Action::DeleteObject));
    call("PUT", "/b/k").body(b"mine").send(&server);
    assert!(server.object("b", "k").is_none());
}

#[test]
fn connections_are_kept_or_closed() {
    let server = Server::start();
    server.rule(
        Rule::on(Op::PutObject)
            .skip(1)
            .once()
            .then(Action::CloseIdle),
    );
    let bytes = call("PUT", "/b/k").body(b"x").bytes();
    let mut socket = connect(&server);
    for _ in 0..2 {
        socket.write_all(&bytes).unwrap();
        let response = read_response(&mut socket, false).unwrap();
        assert_eq!(response.header("connection"), Some("keep-alive"));
    }
    assert_eq!(read_to_end(&mut socket).1.unwrap(), 0);
    assert_eq!(server.connections(), 1);

    server.rule(Rule::on(Op::PutObject).once().then(Action::CloseConnection));
    let response = call("PUT", "/b/k").body(b"x").send(&server);
    assert_eq!(response.header("connection"), Some("close"));
}

#[test]
fn continue_is_only_said_to_requests_that_will_be_read() {
    let server = Server::start();
    let put = call("PUT", "/b/k")
        .body(b"x")
        .header("expect", "100-continue");
    let bytes = put.bytes();
    let (head, body) = bytes.split_at(bytes.len() - 1);
    let mut socket = connect(&server);
    socket.write_all(head).unwrap();
    assert_eq!(read_response(&mut socket, true).unwrap().status, 100);
    socket.write_all(body).unwrap();
    assert_eq!(read_response(&mut socket, false).unwrap().status, 200);

    server.deny(&[Op::PutObject]);
    let mut socket = connect(&server);
    socket.write_all(head).unwrap();
    let response = read_response(&mut socket, false).unwrap();
    assert_eq!(
        (response.status, response.header("connection")),
        (403, Some("close"))
    );
}

#[test]
fn a_gate_holds_a_request_between_its_body_and_its_effect() {
    let server = Server::start();
    let gate = server.pause_next(Op::PutObject);
    assert!(!gate.wait_reached(Duration::from_millis(20)));
    std::thread::scope(|scope| {
        let held = scope.spawn(|| call("PUT", "/b/k").body(b"held").send(&server).status);
        assert!(gate.wait_reached(Duration::from_secs(5)));
        assert_eq!(server.log()[0].body_bytes, 4);
        assert!(server.object("b", "k").is_none());
        let passing = call("PUT", "/b/l").body(b"x").send(&server);
        assert_eq!(passing.status, 200);
        assert_eq!(server.max_concurrent(Op::PutObject), 2);
        gate.release();
        assert_eq!(held.join().unwrap(), 200);
    });
    assert_eq!(server.object("b", "k").unwrap().bytes(), b"held");
}

#[test]
fn a_part_on_its_way_outlives_an_abort_of_its_upload_and_the_next_abort_takes_it() {
    for spared in [true, false] {
        let server = Server::start();
        let id = initiate(&server, "b/k");
        let target = |number| part_target("b/k", &id, number);
        let stored = call("PUT", &target(1)).body(BODY).send(&server);
        assert_eq!(stored.status, 200);
        if spared {
            server.rule(Rule::on(Op::UploadPart).then(Action::OutliveAbort));
        }
        let gate = server.pause_next(Op::UploadPart);
        let abort_target = format!("/b/k?uploadId={id}");
        let abort = || call("DELETE", &abort_target).send(&server).status;
        std::thread::scope(|scope| {
            let part = scope.spawn(|| call("PUT", &target(2)).body(BODY).send(&server).status);
            assert!(gate.wait_reached(Duration::from_secs(10)));
            assert_eq!(abort(), 204);
            assert_eq!(server.uploads().len(), usize::from(spared));
            gate.release();
            assert_eq!(part.join().unwrap(), if spared { 200 } else { 404 });
        });
        if spared {
            let left: Vec<u32> = server.uploads()[0]
                .parts
                .iter()
                .map(|part| part.number)
                .collect();
            assert_eq!(left, [2], "what was stored before is gone");
            // The connection tells that the part is over after its reply.
            let deadline = Instant::now() + Duration::from_secs(10);
            while !server.uploads().is_empty() {
                assert!(Instant::now() < deadline);
                assert_eq!(abort(), 204);
            }
        }
        assert_eq!(abort(), 404);
    }
}

#[test]
fn controls_over_http() {
    let server = Server::start();
    let control = |method, target: &str, body: &str| {
        let response = call(method, target).body(body.as_bytes()).send(&server);
        (response.status, response.text())
    };
    let rule = r#"[{"op":"PutObject","times":1,"action":{"status":{"code":500,"oss_code":"InternalError"}}}]"#;
    assert_eq!(control("POST", "/-/rules", rule).0, 200);
    assert_eq!(
        control("POST", "/-/rules", r#"{"action":"no_such"}"#).0,
        400
    );
    let put = || call("PUT", "/b/k").body(b"abc").send(&server).status;
    assert_eq!((put(), put()), (500, 200));
    let config = r#"{"deny":["HeadObject"],"clock_shift":0,"missing_buckets":["gone"],
        "accounts":[{"id":"i","secret":"s","token":"t"}],"abort_all":true}"#;
    assert_eq!(control("POST", "/-/config", config).0, 200);
    assert_eq!(call("HEAD", "/b/k").send(&server).status, 403);

    let objects = control("GET", "/-/objects", "").1;
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(objects.contains(sha256), "{objects}");
    assert_eq!(control("PUT", "/-/object?bucket=b&key=l", "planted").0, 200);
    assert_eq!(control("GET", "/-/object?bucket=b&key=l", "").1, "planted");
    assert_eq!(control("GET", "/-/object?bucket=b&key=m", "").0, 404);
    initiate(&server, "b/open");
    assert!(
        control("GET", "/-/uploads", "")
            .1
            .contains("\"key\":\"open\"")
    );
    let log: serde_json::Value = serde_json::from_str(&control("GET", "/-/log", "").1).unwrap();
    assert_eq!(log[0]["op"], "PutObject");
    assert_eq!(log[0]["signature_version"], "V1");
    assert_eq!(log[0]["fault"], "status");
    assert!(
        control("GET", "/-/stats", "")
            .1
            .contains("\"connections\":4")
    );
    assert_eq!(control("DELETE", "/-/log", "").0, 200);
    assert!(server.log().is_empty());
}

#[test]
fn a_bench_server_keeps_no_bytes_but_still_tells_the_crc() {
    let server = Server::start_with(Options::bench());
    let id = initiate(&server, "b/k");
    let etag = upload(&server, "b/k", &id, 1, b"12345");
    let other = upload(&server, "b/k", &id, 1, b"123456789");
    assert_ne!(etag, other);
    let done = complete(&server, "b/k", &id, &[(1, &other)]);
    let crc = done.header("x-oss-hash-crc64ecma");
    assert_eq!(crc, Some("11051210869376104954"));
    assert_eq!(server.object("b", "k").unwrap().size, 9);
}

#[test]
fn hears_out_clients_that_have_gone() {
    let pause = Duration::from_millis(300);
    let slow = Action::Delay {
        ms: pause.as_millis() as u64,
    };
    let (server, target) = with_part_fault(slow);
    let mut socket = connect(&server);
    socket
        .write_all(&call("PUT", &target).body(BODY).bytes())
        .unwrap();
    drop(socket);
    server.hear_out();
    assert_eq!((parts(&server), server.requests(Op::UploadPart)), (1, 1));
}
