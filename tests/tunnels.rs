//! What stands between breaks or speaks for itself: TLS that is too old or cut short, tunnels that die,
//! proxies and portals that answer with pages of their own.

#[path = "support/cutter.rs"]
mod cutter;
#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/front.rs"]
mod front;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cutter::{Break, Cutter};
use engine::*;
use front::TlsFront;
use oss_resumable::client::Client;
use oss_resumable::config::network::{ExtraCertificates, ProxyConfig};
use oss_resumable::config::{Address, Config};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::{Code, Reason};
use oss_resumable::transfer::driver::Report;
use oss_resumable::transfer::events::warning;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, HttpProxy, ProxyOptions};

fn https(port: u16, ca_pem: Option<&str>) -> Config {
    let mut config = Config::new(Address {
        endpoint: Some(&format!("https://localhost:{port}")),
        region: Some("cn-hangzhou"),
        is_path_style: true,
        ..Address::default()
    })
    .unwrap();
    config.network.certificates = ExtraCertificates {
        file: None,
        data: ca_pem.map(|text| text.as_bytes().to_vec()),
    };
    config
}

/// Tries for half a second only: for what will not get better.
fn briefly(mut config: Config) -> Arc<Client> {
    config.limits = limits();
    config.limits.retry_timeout = Duration::from_millis(500);
    let credentials = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

fn through(proxy: SocketAddr, mut config: Config) -> Config {
    let url = format!("http://{proxy}");
    config.network.proxy = Some(ProxyConfig::parse("proxy", &url).unwrap());
    config
}

/// Answers every connection with the same bytes, and keeps what it was told.
struct Canned {
    address: SocketAddr,
    told: Arc<Mutex<Vec<u8>>>,
}

impl Canned {
    /// `reads_head`: it waits for the end of a head first.
    fn start(answer: Vec<u8>, reads_head: bool) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let told: Arc<Mutex<Vec<u8>>> = Arc::default();
        let keep = Arc::clone(&told);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, keep) = (answer.clone(), Arc::clone(&keep));
                std::thread::spawn(move || answer_one(stream, &answer, reads_head, &keep));
            }
        });
        Canned { address, told }
    }

    fn told(&self) -> String {
        String::from_utf8_lossy(&self.told.lock().unwrap()).into_owned()
    }
}

fn answer_one(mut stream: TcpStream, answer: &[u8], reads_head: bool, keep: &Mutex<Vec<u8>>) {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count) = stream.read(&mut buffer)
        && count > 0
    {
        heard.extend_from_slice(&buffer[..count]);
        keep.lock().unwrap().extend_from_slice(&buffer[..count]);
        if !reads_head || heard.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
    }
    let _ = stream.write_all(answer);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    while let Ok(count) = stream.read(&mut buffer)
        && count > 0
    {
        keep.lock().unwrap().extend_from_slice(&buffer[..count]);
    }
}

// ---- TLS ---------------------------------------------------------------------------------------

/// A record with a ServerHello that chooses this version.
fn server_hello(minor: u8) -> Vec<u8> {
    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    // No session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend([0, 0xc0, 0x13, 0]);
    let mut message = vec![2, 0, 0, hello.len() as u8];
    message.extend(hello);
    let mut record = vec![22, 3, minor, 0, message.len() as u8];
    record.extend(message);
    record
}

#[test]
fn tls_that_is_too_old_or_none_is_refused_and_no_request_is_sent() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    for (what, answer) in [
        ("TLS 1.1", server_hello(2)),
        ("TLS 1.0", server_hello(1)),
        ("SSL 3", server_hello(0)),
        // What a server says that knows no version of the client's.
        ("alert", vec![21, 3, 1, 0, 2, 2, 70]),
        ("half a hello", server_hello(3)[..20].to_vec()),
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ("nothing", Vec::new()),
    ] {
        let server = Canned::start(answer, false);
        let client = briefly(https(server.address.port(), None));
        let report = run(&client, request(&file));
        assert_code(&report, Code::Network);
        let error = report.outcome.as_ref().unwrap_err();
        let closes = matches!(what, "nothing" | "half a hello");
        if !closes {
            assert_eq!(error.reason, Some(Reason::Tls), "{what}: {error:?}");
        }
        let told = server.told();
        assert!(!told.is_empty(), "{what}: nobody came");
        for secret in ["POST", "HTTP/1.1", "authorization", ACCESS_KEY_ID] {
            assert!(!told.contains(secret), "{what}: {secret}");
        }
    }
}

#[track_caller]
fn ended(rig: &Rig, file: &std::path::Path, report: &Report) {
    assert_ok(report);
    assert!(rig.server.object_equals_file(BUCKET, KEY, file));
    let told = report.warnings & warning::UPLOAD_LEFT != 0;
    assert!(
        rig.server.uploads().len() <= usize::from(told),
        "{report:?}"
    );
    rig.server.abort_all();
    rig.server.delete_object(BUCKET, KEY);
}

/// Both directions, at every `step`-th of the first bytes.
fn breaks(most: i64, step: usize) -> impl Iterator<Item = Break> {
    let offsets = (0..most).step_by(step);
    offsets.flat_map(|after| [true, false].map(|to_client| Break { to_client, after }))
}

#[test]
fn a_handshake_that_is_cut_anywhere_is_begun_again() {
    let rig = Rig::in_memory();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let file = rig.file("file", PART / 10);
    let (mut tried, mut count) = (0, 0);
    for first in breaks(1_600, effort::effort(149, 23, 1)) {
        let cutter = Cutter::start(front.address, first);
        let config = https(cutter.address.port(), Some(&front.ca_pem));
        let client = client_from(config);
        let report = run(&client, request(&file));
        // Before the client is gone, which ends its connections.
        let has_broken = cutter.has_broken();
        ended(&rig, &file, &report);
        assert!(!has_broken || report.retries > 0, "{first:?}");
        tried += 1;
        count += u64::from(has_broken);
    }
    // Most of these bytes pass in every handshake.
    assert!(count * 2 > tried, "{count} of {tried}");
    figures::record("handshake-cuts", &[("cuts survived", count)]);
}

// ---- Proxies -----------------------------------------------------------------------------------

#[test]
fn a_tunnel_that_dies_anywhere_is_dug_again() {
    let rig = Rig::in_memory();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let proxy = HttpProxy::start(ProxyOptions::default());
    let upstream = proxy.url().replace("http://", "").parse().unwrap();
    let file = rig.file("file", 3 * PART);
    // In what the proxy says, in the handshake, in requests.
    let late = [5_000, 50_000, 150_000].map(|after| Break {
        to_client: false,
        after,
    });
    let (mut tried, mut count) = (0, 0);
    for first in breaks(1_800, effort::effort(149, 41, 1)).chain(late) {
        let cutter = Cutter::start(upstream, first);
        let config = https(front.address.port(), Some(&front.ca_pem));
        let client = client_from(through(cutter.address, config));
        let report = run(&client, request(&file));
        let has_broken = cutter.has_broken();
        ended(&rig, &file, &report);
        assert!(!has_broken || report.retries > 0, "{first:?}");
        tried += 1;
        count += u64::from(has_broken);
    }
    assert!(count * 2 > tried, "{count} of {tried}");
    figures::record("tunnel-cuts", &[("cuts survived", count)]);
}

const PAGE: &str = "<html><body>Please log in to use this network.</body></html>";

fn page(status: &str) -> Vec<u8> {
    let length = PAGE.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\nlocation: http://login.invalid/\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{PAGE}"
    )
    .into_bytes()
}

#[test]
fn a_proxy_that_answers_requests_with_a_page_is_not_oss() {
    let rig = Rig::new();
    for size in [PART / 10, 3 * PART] {
        let file = rig.file("file", size);
        for status in [
            "200 OK",
            "302 Found",
            "403 Forbidden",
            "511 Network",
            "503 Busy",
        ] {
            let portal = Canned::start(page(status), true);
            let client = briefly(through(portal.address, config(&rig.server.url())));
            let report = run(&client, request(&file));
            // A page in reply to what may commit is no proof of anything, nor is one to the question.
            let small = size < PART;
            match &report.outcome {
                Err(error) if small && error.code == Code::CommitUnknown => {}
                _ => assert_code(&report, Code::Service),
            }
            assert!(portal.told().contains("HTTP/1.1\r\n"), "nobody came");
            rig.assert_absent();
            assert_eq!(rig.server.log().len(), 0, "{status}");
            // The portal is content, and lets everything pass.
            let report = run(&briefly(config(&rig.server.url())), request(&file));
            ended(&rig, &file, &report);
            rig.server.clear_log();
        }
    }
}

#[test]
fn a_proxy_that_answers_a_tunnel_with_a_page_learns_nothing_but_the_host() {
    let rig = Rig::new();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let file = rig.file("file", 3 * PART);
    let not_http = b"SSH-2.0-OpenSSH_9.2\r\n".to_vec();
    let opened = [b"HTTP/1.1 200 Connected\r\n\r\n".to_vec(), page("200 OK")].concat();
    for answer in [
        page("302 Found"),
        page("403 Forbidden"),
        page("200 OK"),
        opened,
        not_http,
        Vec::new(),
        b"HTTP/1.1 200".to_vec(),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let portal = Canned::start(answer, true);
        let config = https(front.address.port(), Some(&front.ca_pem));
        let report = run(&briefly(through(portal.address, config)), request(&file));
        assert_code(&report, Code::Network);
        let error = report.outcome.as_ref().unwrap_err();
        assert!(error.retryable, "{shown}: {error:?}");
        let told = portal.told();
        assert!(told.starts_with("CONNECT localhost:"), "{told}");
        for secret in ["POST", "authorization", ACCESS_KEY_ID, KEY] {
            assert!(
                !told.to_lowercase().contains(&secret.to_lowercase()),
                "{secret}: {told}"
            );
        }
        assert_eq!(rig.server.log().len(), 0, "{shown}");
    }
}
