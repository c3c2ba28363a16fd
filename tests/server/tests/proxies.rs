//! The proxies tunnel and forward, tell what they did, and fail on demand.

mod support;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use oss_test_server::{
    Action, HttpProxy, Op, ProxyEntry, ProxyKind, ProxyOptions, Rule, Server, Socks5Proxy,
};
use support::*;

fn open(port: u16) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let patience = Some(Duration::from_secs(10));
    socket.set_read_timeout(patience).unwrap();
    socket
}

fn with_account() -> ProxyOptions {
    ProxyOptions {
        user_password: Some(("user".to_owned(), "pass:word".to_owned())),
        ..ProxyOptions::default()
    }
}

fn with_host(name: &str, server: &Server) -> ProxyOptions {
    let address = SocketAddr::from(([127, 0, 0, 1], server.port()));
    ProxyOptions {
        hosts: BTreeMap::from([(name.to_owned(), address)]),
        ..ProxyOptions::default()
    }
}

fn basic(account: &str) -> String {
    format!("proxy-authorization: Basic {}\r\n", BASE64.encode(account))
}

/// Waits until the last entry is as it should be: a proxy counts while the client reads on.
fn wait_entry(log: impl Fn() -> Vec<ProxyEntry>, right: impl Fn(&ProxyEntry) -> bool) {
    for _ in 0..500 {
        if log().last().is_some_and(&right) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{:?}", log());
}

/// Asks for a tunnel; gives the answer, and the connection to go on with.
fn connect_by(proxy: &HttpProxy, target: &str, headers: &str) -> io::Result<(Response, TcpStream)> {
    let mut socket = open(proxy.port());
    let head = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n{headers}\r\n");
    socket.write_all(head.as_bytes())?;
    let response = read_response(&mut socket, true)?;
    Ok((response, socket))
}

/// Sends a signed request through an HTTP proxy, in the absolute form.
fn forward_by(proxy: &HttpProxy, host: &str, request: &Call<'_>, headers: &str) -> TcpStream {
    let bytes = request.bytes();
    let start = bytes.iter().position(|byte| *byte == b'/').unwrap();
    let line = bytes.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
    let mut socket = open(proxy.port());
    let origin = format!("http://{host}");
    let sent = [
        &bytes[..start],
        origin.as_bytes(),
        &bytes[start..line],
        headers.as_bytes(),
        &bytes[line..],
    ];
    socket.write_all(&sent.concat()).unwrap();
    socket
}

#[test]
fn an_http_proxy_tunnels_to_a_name_that_only_it_knows() {
    let server = Server::start();
    let proxy = HttpProxy::start(with_host("*.oss.test", &server));
    assert_eq!(proxy.url(), format!("http://127.0.0.1:{}", proxy.port()));
    let target = "bucket.oss.test:443";
    let (response, mut tunnel) = connect_by(&proxy, target, "").unwrap();
    assert_eq!(response.status, 200);
    let body = vec![7; 300_000];
    let put = call("PUT", "/b/k").body(&body);
    for _ in 0..2 {
        tunnel.write_all(&put.bytes()).unwrap();
        assert_eq!(read_response(&mut tunnel, false).unwrap().status, 200);
    }
    assert_eq!(server.object("b", "k").unwrap().size, 300_000);
    let entry = &proxy.log()[0];
    assert_eq!(
        (entry.kind, entry.target.as_str()),
        (ProxyKind::Connect, target)
    );
    assert_eq!((entry.authorized, entry.status), (true, 200));
    wait_entry(
        || proxy.log(),
        |entry| entry.bytes_up == 2 * put.bytes().len() as u64 && entry.bytes_down > 100,
    );
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn an_http_proxy_forwards_plain_requests() {
    let server = Server::start();
    let proxy = HttpProxy::start(with_host("oss-x.test", &server));
    let body = vec![3; 1 << 20];
    for chunked in [false, true] {
        let mut put = call("PUT", "/b/k").body(&body);
        put.chunked = chunked;
        // What the target says counts, whatever the header says.
        let headers = "proxy-connection: keep-alive\r\nexpect: 100-continue\r\n";
        let mut socket = forward_by(&proxy, "oss-x.test", &put, headers);
        assert_eq!(read_response(&mut socket, true).unwrap().status, 100);
        let response = read_response(&mut socket, false).unwrap();
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.header("connection"), Some("close"));
    }
    assert_eq!(server.object("b", "k").unwrap().bytes(), body);
    let seen = &server.log()[0];
    assert_eq!(seen.path, "/b/k");
    assert_eq!(seen.header("connection"), Some("close"));
    assert_eq!(seen.header("proxy-connection"), None);
    let hosts = seen.headers.iter().filter(|(name, _)| name == "host");
    assert_eq!(
        hosts.map(|(_, host)| host).collect::<Vec<_>>(),
        ["oss-x.test"]
    );

    let mut socket = forward_by(&proxy, "oss-x.test:80", &call("GET", "/b/k"), "");
    let (received, end) = read_to_end(&mut socket);
    end.unwrap();
    assert!(received.ends_with(&body));
    let entry = proxy.log().pop().unwrap();
    assert_eq!((entry.kind, entry.status), (ProxyKind::Forward, 200));
    assert_eq!(entry.target, "http://oss-x.test:80/b/k");
    assert_eq!(entry.bytes_down, received.len() as u64);
    assert_eq!(proxy.log()[0].bytes_up, body.len() as u64);
}

#[test]
fn an_http_proxy_wants_the_right_user_and_password() {
    let server = Server::start();
    let proxy = HttpProxy::start(with_account());
    let target = format!("127.0.0.1:{}", server.port());
    let right = basic("user:pass:word");
    for (headers, status) in [
        ("", 407),
        (&basic("user:other"), 407),
        (&basic("other:pass:word"), 407),
        (&right, 200),
    ] {
        let (response, _) = connect_by(&proxy, &target, headers).unwrap();
        assert_eq!(response.status, status, "{headers}");
        let challenge = response.header("proxy-authenticate");
        assert_eq!(challenge.is_some(), status == 407);
        let mut socket = forward_by(&proxy, &target, &call("PUT", "/b/k").body(b"x"), headers);
        assert_eq!(read_response(&mut socket, false).unwrap().status, status);
    }
    let authorized: Vec<bool> = proxy.log().iter().map(|entry| entry.authorized).collect();
    assert_eq!(
        authorized,
        [false, false, false, false, false, false, true, true]
    );
    let seen = server.log();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].header("proxy-authorization"), None);
}

#[test]
fn an_http_proxy_goes_nowhere_else() {
    let proxy = HttpProxy::start(ProxyOptions::default());
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (target, status) in [
        ("192.0.2.1:443", 403),
        ("example.com:443", 403),
        (&unused.to_string(), 502),
        ("example.com", 400),
    ] {
        let (response, _) = connect_by(&proxy, target, "").unwrap();
        assert_eq!(response.status, status, "{target}");
        assert_eq!(proxy.log().pop().unwrap().status, status);
    }
}

#[test]
fn an_http_proxy_fails_on_demand() {
    let server = Server::start();
    let proxy = HttpProxy::start(ProxyOptions::default());
    let target = format!("127.0.0.1:{}", server.port());
    for status in [403, 407, 502] {
        proxy.refuse_with(status);
        let (response, _) = connect_by(&proxy, &target, "").unwrap();
        assert_eq!(response.status, status);
        // Large enough that a proxy that does not read it would reset the connection.
        let body = vec![0; 4 << 20];
        let put = call("PUT", "/b/k").body(&body);
        let mut socket = forward_by(&proxy, &target, &put, "");
        assert_eq!(read_response(&mut socket, false).unwrap().status, status);
    }
    proxy.reset();
    let error = connect_by(&proxy, &target, "").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    proxy.stall();
    let mut socket = open(proxy.port());
    socket
        .write_all(format!("CONNECT {target} HTTP/1.1\r\n\r\n").as_bytes())
        .unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert_eq!(
        socket.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    proxy.heal();
    assert_eq!(connect_by(&proxy, &target, "").unwrap().0.status, 200);
    assert!(server.log().is_empty());
    drop(proxy);
    assert_eq!(socket.read(&mut [0]).ok(), Some(0));
}

#[test]
fn what_breaks_behind_a_proxy_breaks_in_front_of_it() {
    let server = Server::start();
    let proxy = HttpProxy::start(ProxyOptions::default());
    let target = format!("127.0.0.1:{}", server.port());
    let put = call("PUT", "/b/k").body(b"body");
    server.rule(Rule::on(Op::PutObject).then(Action::ResetAfter { bytes: 2 }));
    let (_, mut tunnel) = connect_by(&proxy, &target, "").unwrap();
    tunnel.write_all(&put.bytes()).unwrap();
    let error = read_response(&mut tunnel, false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let mut socket = forward_by(&proxy, &target, &put, "");
    assert_eq!(read_response(&mut socket, false).unwrap().status, 502);

    // A client that goes away in the middle of a body is gone for the server, too.
    server.clear_rules();
    let bytes = put.bytes();
    let half = String::from_utf8(bytes[..bytes.len() - 2].to_vec()).unwrap();
    let half = half.replacen(" /", &format!(" http://{target}/"), 1);
    let mut socket = open(proxy.port());
    socket.write_all(half.as_bytes()).unwrap();
    wait_entry(|| proxy.log(), |entry| entry.bytes_up == 2);
    drop(socket);
    for _ in 0..500 {
        if server.concurrent(Op::PutObject) == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.concurrent(Op::PutObject), 0);
    assert!(server.object("b", "k").is_none());
}

/// Greets a SOCKS5 proxy, with an account or without; gives what it said last.
fn greet(proxy: &Socks5Proxy, account: Option<(&str, &str)>) -> (TcpStream, [u8; 2]) {
    let mut socket = open(proxy.port());
    let mut answer = [0; 2];
    let method = if account.is_some() { 2 } else { 0 };
    socket.write_all(&[5, 1, method]).unwrap();
    socket.read_exact(&mut answer).unwrap();
    if let (Some((user, password)), [5, 2]) = (account, answer) {
        let mut login = vec![1, user.len() as u8];
        login.extend_from_slice(user.as_bytes());
        login.push(password.len() as u8);
        login.extend_from_slice(password.as_bytes());
        socket.write_all(&login).unwrap();
        socket.read_exact(&mut answer).unwrap();
    }
    (socket, answer)
}

/// Asks a greeted SOCKS5 proxy for a tunnel; gives its reply code.
fn ask(socket: &mut TcpStream, kind: u8, address: &[u8], port: u16) -> io::Result<u8> {
    let request = [&[5, 1, 0, kind], address, &port.to_be_bytes()].concat();
    socket.write_all(&request)?;
    let mut reply = [0; 10];
    socket.read_exact(&mut reply)?;
    Ok(reply[1])
}

fn domain(name: &str) -> Vec<u8> {
    [&[name.len() as u8], name.as_bytes()].concat()
}

#[test]
fn a_socks_proxy_tunnels_to_addresses_and_to_names() {
    let server = Server::start();
    let proxy = Socks5Proxy::start(with_host("oss.test", &server));
    assert_eq!(proxy.url(), format!("socks5://127.0.0.1:{}", proxy.port()));
    let port = server.port();
    for (kind, address, port, target) in [
        (1, vec![127, 0, 0, 1], port, format!("127.0.0.1:{port}")),
        (3, domain("oss.test"), 443, "oss.test:443".to_owned()),
        (3, domain("localhost"), port, format!("localhost:{port}")),
    ] {
        let (mut socket, _) = greet(&proxy, None);
        assert_eq!(ask(&mut socket, kind, &address, port).unwrap(), 0);
        let put = call("PUT", "/b/k").body(b"x").bytes();
        socket.write_all(&put).unwrap();
        assert_eq!(read_response(&mut socket, false).unwrap().status, 200);
        let entry = proxy.log().pop().unwrap();
        assert_eq!((entry.target, entry.status), (target, 0));
        assert!(entry.authorized);
        wait_entry(
            || proxy.log(),
            |entry| entry.bytes_up == put.len() as u64 && entry.bytes_down > 0,
        );
    }
    // IPv6 may be off on the machine, but its loopback is somewhere the proxy would go.
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let (mut socket, _) = greet(&proxy, None);
    let loopback = std::net::Ipv6Addr::LOCALHOST.octets();
    assert_eq!(ask(&mut socket, 4, &loopback, port).unwrap(), 0);
    assert_eq!(proxy.log().pop().unwrap().target, format!("[::1]:{port}"));
}

#[test]
fn a_socks_proxy_wants_the_right_user_and_password() {
    let server = Server::start();
    let proxy = Socks5Proxy::start(with_account());
    assert_eq!(greet(&proxy, None).1, [5, 0xFF]);
    assert_eq!(greet(&proxy, Some(("user", "other"))).1, [1, 1]);
    assert!(proxy.log().iter().all(|entry| !entry.authorized));
    let (mut socket, answer) = greet(&proxy, Some(("user", "pass:word")));
    assert_eq!(answer, [1, 0]);
    assert_eq!(
        ask(&mut socket, 1, &[127, 0, 0, 1], server.port()).unwrap(),
        0
    );
    assert!(proxy.log().pop().unwrap().authorized);
}

#[test]
fn a_socks_proxy_refuses_what_it_must_and_what_it_shall() {
    let proxy = Socks5Proxy::start(ProxyOptions::default());
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let tried = |kind, address: &[u8], port| ask(&mut greet(&proxy, None).0, kind, address, port);
    assert_eq!(tried(1, &[192, 0, 2, 1], 443).unwrap(), 2);
    assert_eq!(tried(3, &domain("example.com"), 443).unwrap(), 2);
    assert_eq!(tried(1, &[127, 0, 0, 1], unused).unwrap(), 5);
    assert_eq!(tried(9, &[], unused).unwrap(), 8);
    proxy.refuse_with(1);
    assert_eq!(tried(1, &[127, 0, 0, 1], unused).unwrap(), 1);
    proxy.reset();
    let error = tried(1, &[127, 0, 0, 1], unused).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let codes: Vec<u16> = proxy.log().iter().map(|entry| entry.status).collect();
    assert_eq!(codes, [2, 2, 5, 8, 1, 255]);
}
