//! The server as a program says where everything is.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use support::*;

/// Starts the program, and has it end with the test that `check`s what it printed.
fn with_program(arguments: &[&str], lines: usize, check: impl FnOnce(BTreeMap<String, String>)) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_oss-test-server"))
        .args(arguments)
        .arg("--exit-with-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = program.stdin.take();
    let mut stdout = BufReader::new(program.stdout.take().unwrap());
    let mut told = Vec::new();
    for _ in 0..lines {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let (name, url) = line.trim_end().split_once(' ').unwrap();
        told.push((name.to_owned(), url.to_owned()));
    }
    assert_eq!(told[0].0, "LISTENING");
    check(told.into_iter().collect());
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert!(program.wait().unwrap().success());
}

#[test]
fn it_tells_the_address_of_every_service_asked_for() {
    let arguments = [
        "--metadata",
        "--sts",
        "--token-lifetime",
        "60",
        "--http-proxy",
        "--socks-proxy",
        "--proxy-account",
        "user:pass:word",
        "--proxy-host",
        "oss.test",
    ];
    with_program(&arguments, 5, |told| {
        let role = "/latest/meta-data/ram/security-credentials/test-role";
        let issued = plain(&told["METADATA"], "GET", role, &[], b"");
        assert_eq!(issued.status, 200);
        let refused = plain(&told["STS"], "GET", "/?Action=Other", &[], b"");
        assert_eq!(refused.status, 404);
        assert!(refused.text().contains("InvalidAction.NotFound"));

        let log = plain(&told["LISTENING"], "GET", "/-/issued", &[], b"").body;
        let log: serde_json::Value = serde_json::from_slice(&log).unwrap();
        assert_eq!(log[0]["via"], "Metadata");
        let now = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_secs();
        let ends = log[0]["expires_at"].as_u64().unwrap();
        assert!((now + 30..=now + 60).contains(&ends), "{ends} at {now}");

        let proxy = told["PROXY"].strip_prefix("http://").unwrap();
        for (account, status) in [("user:wrong", 407), ("user:pass:word", 200)] {
            let mut socket = TcpStream::connect(proxy).unwrap();
            let account = BASE64.encode(account);
            let request = format!(
                "GET http://oss.test/-/health HTTP/1.1\r\nhost: oss.test\r\n\
                 proxy-authorization: Basic {account}\r\n\r\n"
            );
            socket.write_all(request.as_bytes()).unwrap();
            let answer = read_response(&mut socket, false).unwrap();
            assert_eq!(answer.status, status);
        }
        let socks = told["SOCKS"].strip_prefix("socks5://").unwrap();
        let mut socket = TcpStream::connect(socks).unwrap();
        socket.write_all(&[5, 1, 2]).unwrap();
        let mut answer = [0; 2];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [5, 2]);
    });
}

#[test]
fn it_tells_nothing_that_was_not_asked_for() {
    with_program(&[], 1, |told| assert_eq!(told.len(), 1));
}
