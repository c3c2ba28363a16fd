//! An HTTP proxy: CONNECT for tunnels, the absolute form for plain requests.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::relay::Broken;
use super::{
    Entry, NoRoute, ProxyEntry, ProxyFault, ProxyKind, ProxyOptions, Shared, controls, relay,
};
use crate::small_http::{self, Background};

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 200;
/// Headers that are for the next station only.
const HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
];

/// A running HTTP proxy on the loopback. Dropping it closes every connection at once.
pub struct HttpProxy {
    shared: Arc<Shared>,
    port: u16,
    _background: Background,
}

controls!(HttpProxy, "http");

impl HttpProxy {
    /// # Panics
    ///
    /// If the port cannot be had: no test can go on from there.
    pub fn start(options: ProxyOptions) -> HttpProxy {
        HttpProxy::try_start(options).expect("the proxy starts")
    }

    pub fn try_start(options: ProxyOptions) -> io::Result<HttpProxy> {
        let background = Background::new("http-proxy")?;
        let (listener, port) = small_http::bind(background.handle(), options.port)?;
        let shared = Arc::new(Shared::new(options));
        let state = Arc::clone(&shared);
        background
            .handle()
            .spawn(small_http::accept(listener, move |socket| {
                state.state().connections += 1;
                serve(Arc::clone(&state), socket)
            }));
        Ok(HttpProxy {
            shared,
            port,
            _background: background,
        })
    }
}

/// The head of a request or of a reply: its first line in pieces, and its headers.
struct Head {
    method: String,
    target: String,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
}

impl Head {
    fn header(&self, name: &str) -> Option<&[u8]> {
        let found = self
            .headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_slice())
    }

    /// The head for the next station, which is to close its connection at the end. A host that
    /// is known from the target replaces the header's, as HTTP wants it.
    fn forward(&self, first_line: &str, host: Option<&str>) -> Vec<u8> {
        let mut bytes = format!("{first_line}\r\n").into_bytes();
        if let Some(host) = host {
            bytes.extend_from_slice(format!("host: {host}\r\n").as_bytes());
        }
        for (name, value) in &self.headers {
            let name = name.to_ascii_lowercase();
            let replaced = name == "host" && host.is_some();
            if !replaced && !HOP.contains(&name.as_str()) {
                bytes.extend_from_slice(name.as_bytes());
                bytes.extend_from_slice(b": ");
                bytes.extend_from_slice(value);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        bytes.extend_from_slice(b"connection: close\r\n\r\n");
        bytes
    }
}

/// A head and its length, once it is there as a whole.
type Parsed = Result<Option<(usize, Head)>, httparse::Error>;

/// Reads up to the end of a head; what came behind it stays in `pending`.
async fn read_head(
    socket: &mut (impl AsyncRead + Unpin),
    pending: &mut Vec<u8>,
    parse: fn(&[u8]) -> Parsed,
) -> io::Result<Head> {
    loop {
        match parse(pending) {
            Ok(Some((length, head))) => {
                pending.drain(..length);
                return Ok(head);
            }
            Ok(None) if pending.len() < MAX_HEAD => {}
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        if socket.read_buf(pending).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<(String, Vec<u8>)> {
    let pair = |header: &httparse::Header<'_>| (header.name.to_owned(), header.value.to_vec());
    headers.iter().map(pair).collect()
}

fn parse_request(bytes: &[u8]) -> Parsed {
    let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut slots);
    let httparse::Status::Complete(length) = head.parse(bytes)? else {
        return Ok(None);
    };
    let head = Head {
        method: head.method.unwrap_or_default().to_owned(),
        target: head.path.unwrap_or_default().to_owned(),
        status: 0,
        headers: owned(head.headers),
    };
    Ok(Some((length, head)))
}

fn parse_reply(bytes: &[u8]) -> Parsed {
    let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut slots);
    let httparse::Status::Complete(length) = head.parse(bytes)? else {
        return Ok(None);
    };
    let status = head.code.unwrap_or_default();
    let head = Head {
        method: String::new(),
        target: head.reason.unwrap_or_default().to_owned(),
        status,
        headers: owned(head.headers),
    };
    Ok(Some((length, head)))
}

async fn serve(shared: Arc<Shared>, mut socket: TcpStream) {
    let mut pending = Vec::new();
    let Ok(head) = read_head(&mut socket, &mut pending, parse_request).await else {
        return;
    };
    let kind = match head.method.as_str() {
        "CONNECT" => ProxyKind::Connect,
        _ => ProxyKind::Forward,
    };
    let entry = shared.begin(kind, &head.target, 0);
    let authorized = authorized(&shared, &head);
    entry.update(|entry| entry.authorized = authorized);
    match shared.fault() {
        Some(ProxyFault::Refuse(status)) => return refuse(socket, &entry, status).await,
        Some(ProxyFault::Reset) => return relay::reset(socket),
        Some(ProxyFault::Stall) => return relay::stall(socket).await,
        None => {}
    }
    if !authorized {
        return refuse(socket, &entry, 407).await;
    }
    let Some((host, port, path)) = destination(kind, &head.target) else {
        return refuse(socket, &entry, 400).await;
    };
    let server = match shared.dial(&host, port).await {
        Ok(server) => server,
        Err(NoRoute::Forbidden) => return refuse(socket, &entry, 403).await,
        Err(NoRoute::Failed(_)) => return refuse(socket, &entry, 502).await,
    };
    if kind == ProxyKind::Forward {
        return forward(socket, server, &head, &path, &pending, &entry).await;
    }
    // The log comes first, so that a client that has its reply finds it.
    entry.update(|entry| entry.status = 200);
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    if socket.write_all(established).await.is_ok() {
        relay::join(socket, &pending, server, &entry).await;
    }
}

fn authorized(shared: &Shared, head: &Head) -> bool {
    let given = head
        .header("proxy-authorization")
        .and_then(|value| value.strip_prefix(b"Basic "))
        .and_then(|value| BASE64.decode(value).ok())
        .and_then(|value| String::from_utf8(value).ok());
    let (user, password) = match given.as_deref().and_then(|text| text.split_once(':')) {
        Some((user, password)) => (user, password),
        None => ("", ""),
    };
    shared.knows(user, password)
}

/// The host of an absolute form, with its port if there is one.
fn authority(target: &str) -> &str {
    let rest = target.strip_prefix("http://").unwrap_or_default();
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Host, port, and the origin form of what a target names.
fn destination(kind: ProxyKind, target: &str) -> Option<(String, u16, String)> {
    let (authority, path) = match kind {
        ProxyKind::Connect => (target, ""),
        ProxyKind::Forward => {
            let rest = target.strip_prefix("http://")?;
            rest.split_at(authority(target).len())
        }
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let path = format!("{slash}{path}");
    // The colons of an IPv6 address are inside its brackets.
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            Some((host.to_owned(), port.parse().ok()?, path))
        }
        _ if kind == ProxyKind::Forward => Some((authority.to_owned(), 80, path)),
        _ => None,
    }
}

async fn refuse(mut socket: TcpStream, entry: &Entry, status: u16) {
    entry.update(|entry| entry.status = status);
    let challenge = if status == 407 {
        "proxy-authenticate: Basic realm=\"test\"\r\n"
    } else {
        ""
    };
    let reply = format!(
        "HTTP/1.1 {status} Refused by the test proxy\r\n{challenge}content-length: 0\r\n\
         connection: close\r\n\r\n"
    );
    let _ = socket.write_all(reply.as_bytes()).await;
    relay::finish(socket).await;
}

/// Passes one request on, and its reply back, both as they come.
async fn forward(
    mut client: TcpStream,
    mut server: TcpStream,
    head: &Head,
    path: &str,
    early: &[u8],
    entry: &Entry,
) {
    let first_line = format!("{} {path} HTTP/1.1", head.method);
    let request = head.forward(&first_line, Some(authority(&head.target)));
    let chunked = head.header("transfer-encoding").is_some();
    let length = head
        .header("content-length")
        .and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
    // A body in chunks ends where the server says that it has read enough: with its reply.
    let length: u64 = length.unwrap_or(if chunked { u64::MAX } else { 0 });
    let outcome = {
        let (client_read, mut client_write) = client.split();
        let (mut server_read, mut server_write) = server.split();
        let client_gone = async {
            let sent = server_write.write_all(&request).await;
            let mut body = early.chain(client_read).take(length);
            let copied = relay::copy(&mut body, &mut server_write, |count| entry.up(count)).await;
            match copied {
                Ok(copied) if sent.is_ok() && (copied == length || chunked) => {}
                Ok(_) | Err(Broken::From) => return,
                // The server may have answered before it broke off.
                Err(Broken::To) => std::future::pending().await,
            }
            // From here on the client only waits, and its end is the end of everything.
            let (_, mut client_read) = body.into_inner().into_inner();
            let _ = relay::copy(&mut client_read, &mut tokio::io::sink(), |_| {}).await;
        };
        tokio::select! {
            () = client_gone => Outcome::ClientGone,
            outcome = pass_reply(&mut server_read, &mut client_write, entry) => outcome,
        }
    };
    match outcome {
        Outcome::Done => relay::finish(client).await,
        // The server is told by the end of its connection.
        Outcome::ClientGone => {}
        Outcome::NoReply => refuse(client, entry, 502).await,
        Outcome::ReplyBroken => relay::reset(client),
    }
}

/// How the forwarding of a request ended.
enum Outcome {
    Done,
    ClientGone,
    NoReply,
    ReplyBroken,
}

async fn pass_reply(
    server: &mut (impl AsyncRead + Unpin),
    client: &mut (impl AsyncWrite + Unpin),
    entry: &Entry,
) -> Outcome {
    let mut pending = Vec::new();
    loop {
        let Ok(head) = read_head(server, &mut pending, parse_reply).await else {
            return Outcome::NoReply;
        };
        let interim = (100..200).contains(&head.status);
        let first_line = format!("HTTP/1.1 {} {}", head.status, head.target);
        let bytes = if interim {
            format!("{first_line}\r\n\r\n").into_bytes()
        } else {
            entry.update(|entry| entry.status = head.status);
            head.forward(&first_line, None)
        };
        if client.write_all(&bytes).await.is_err() {
            return Outcome::ClientGone;
        }
        entry.down(bytes.len());
        if !interim {
            break;
        }
    }
    // The server was asked to close its connection at the end of the reply.
    let mut rest = pending.as_slice().chain(server);
    match relay::copy(&mut rest, client, |count| entry.down(count)).await {
        Ok(_) => Outcome::Done,
        Err(Broken::From) => Outcome::ReplyBroken,
        Err(Broken::To) => Outcome::ClientGone,
    }
}
