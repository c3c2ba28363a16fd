//! A raw HTTP/1.1 client that signs with V1: nothing between the test and the wire.

#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Server};
use serde_json::Value;
use sha1::Sha1;

pub const PART: usize = 100 * 1024;

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of this name.
    pub fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.to_owned())
    }

    /// All texts of elements of this name.
    pub fn elements(&self, name: &str) -> Vec<String> {
        let text = self.text();
        text.split(&format!("<{name}>"))
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('<')?.0.to_owned()))
            .collect()
    }

    /// The error code, with a check of what every error carries.
    pub fn code(&self) -> String {
        assert!(self.header("x-oss-request-id").is_some());
        assert!(self.element("EC").is_some(), "{}", self.text());
        self.element("Code").expect("an error has a code")
    }
}

/// One request to be signed and sent.
pub struct Call<'a> {
    pub method: &'a str,
    /// Path style, with the query; not encoded beyond what signing needs.
    pub target: &'a str,
    pub headers: Vec<(&'a str, String)>,
    pub body: &'a [u8],
    pub account: (&'a str, &'a str),
    /// How far the client's clock is off.
    pub clock: i64,
    pub chunked: bool,
    pub host: &'a str,
}

pub fn call<'a>(method: &'a str, target: &'a str) -> Call<'a> {
    Call {
        method,
        target,
        headers: Vec::new(),
        body: b"",
        account: (ACCESS_KEY_ID, ACCESS_KEY_SECRET),
        clock: 0,
        chunked: false,
        host: "127.0.0.1",
    }
}

impl<'a> Call<'a> {
    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self
    }

    pub fn header(mut self, name: &'a str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// The whole request as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
        let date = time::OffsetDateTime::from_unix_timestamp(now + self.clock).unwrap();
        let date = format!(
            "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
            &date.weekday().to_string()[..3],
            date.day(),
            &date.month().to_string()[..3],
            date.year(),
            date.hour(),
            date.minute(),
            date.second()
        );
        let mut oss = self.headers.clone();
        oss.retain(|(name, _)| name.starts_with("x-oss-"));
        oss.sort();
        let oss: String = oss
            .into_iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let find = |wanted: &str| {
            let found = self.headers.iter().find(|(name, _)| *name == wanted);
            found.map_or("", |(_, value)| value)
        };
        let text = format!(
            "{}\n{}\n{}\n{date}\n{}{}",
            self.method,
            find("content-md5"),
            find("content-type"),
            oss,
            self.resource()
        );
        let mut mac = Hmac::<Sha1>::new_from_slice(self.account.1.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: {}\r\ndate: {date}\r\nauthorization: OSS {}:{signature}\r\n",
            self.method, self.target, self.host, self.account.0
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut bytes = Vec::new();
        if self.chunked {
            head.push_str("transfer-encoding: chunked\r\n\r\n");
            bytes.extend_from_slice(head.as_bytes());
            for chunk in self.body.chunks(1000) {
                bytes.extend_from_slice(format!("{:x};x=y\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
        } else {
            if self.method == "PUT" || !self.body.is_empty() {
                head.push_str(&format!("content-length: {}\r\n", self.body.len()));
            }
            head.push_str("\r\n");
            bytes.extend_from_slice(head.as_bytes());
            bytes.extend_from_slice(self.body);
        }
        bytes
    }

    /// The signed resource: enough for the queries the tests use.
    fn resource(&self) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let mut signed: Vec<&str> = query
            .split('&')
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default();
                ["uploads", "uploadId", "partNumber"].contains(&name)
            })
            .collect();
        signed.sort_unstable();
        let bucket = self.host.split_once('.').map(|(first, _)| first);
        let prefix = match bucket {
            Some(bucket) if bucket.parse::<u8>().is_err() => format!("/{bucket}"),
            _ => String::new(),
        };
        let mark = if signed.is_empty() { "" } else { "?" };
        format!("{prefix}{path}{mark}{}", signed.join("&"))
    }

    /// Sends the request on a connection of its own.
    pub fn send(&self, server: &Server) -> Response {
        let mut socket = connect(server);
        socket.write_all(&self.bytes()).unwrap();
        read_response(&mut socket, self.method == "HEAD").unwrap()
    }

    /// As [`Call::send`], for requests the wire may swallow.
    pub fn try_send(&self, server: &Server) -> io::Result<Response> {
        let mut socket = connect(server);
        // The server may have closed already; what it said is still to be read.
        let _ = socket.write_all(&self.bytes());
        read_response(&mut socket, self.method == "HEAD")
    }
}

pub fn connect(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let patience = Some(Duration::from_secs(10));
    socket.set_read_timeout(patience).unwrap();
    socket
}

/// One unsigned request to a service beside OSS, on a connection of its own.
pub fn plain(
    base: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response {
    let address = base.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let patience = Some(Duration::from_secs(10));
    socket.set_read_timeout(patience).unwrap();
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(body).unwrap();
    read_response(&mut socket, false).unwrap()
}

/// The body, which is JSON.
pub fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_else(|_| panic!("{}", response.text()))
}

/// Puts an object with the account that a reply describes.
pub fn put_with(server: &Server, credentials: &Value) -> Response {
    let text = |name: &str| credentials[name].as_str().unwrap();
    let mut put = call("PUT", "/b/k")
        .header("x-oss-security-token", text("SecurityToken"))
        .body(b"x");
    put.account = (text("AccessKeyId"), text("AccessKeySecret"));
    put.send(server)
}

/// Reads exactly one response; the connection can be used on.
pub fn read_response(socket: &mut TcpStream, head_only: bool) -> io::Result<Response> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(read_byte(socket)?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap()[9..12].parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
    };
    if head_only {
        return Ok(response);
    }
    if response.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                line.push(read_byte(socket)?);
            }
            let size = String::from_utf8(line).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            socket.read_exact(&mut chunk)?;
            response.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return Ok(response);
            }
        }
    }
    let length = response.header("content-length").unwrap_or("0");
    response.body = vec![0; length.parse().unwrap()];
    socket.read_exact(&mut response.body)?;
    Ok(response)
}

fn read_byte(socket: &mut TcpStream) -> io::Result<u8> {
    let mut byte = [0];
    socket.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Everything the server sends until it ends the connection, and how that went.
pub fn read_to_end(socket: &mut TcpStream) -> (Vec<u8>, io::Result<usize>) {
    let mut bytes = Vec::new();
    let result = socket.read_to_end(&mut bytes);
    (bytes, result)
}

pub fn initiate(server: &Server, object: &str) -> String {
    let response = call("POST", &format!("/{object}?uploads")).send(server);
    assert_eq!(response.status, 200, "{}", response.text());
    response.element("UploadId").unwrap()
}

pub fn part_target(object: &str, upload_id: &str, number: u32) -> String {
    format!("/{object}?partNumber={number}&uploadId={upload_id}")
}

/// Uploads a part and gives its ETag.
pub fn upload(server: &Server, object: &str, id: &str, number: u32, body: &[u8]) -> String {
    let target = part_target(object, id, number);
    let response = call("PUT", &target).body(body).send(server);
    assert_eq!(response.status, 200, "{}", response.text());
    response.header("etag").unwrap().to_owned()
}

pub fn complete_body(parts: &[(u32, &str)]) -> Vec<u8> {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        })
        .collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>").into_bytes()
}

pub fn complete(server: &Server, object: &str, id: &str, parts: &[(u32, &str)]) -> Response {
    let target = format!("/{object}?uploadId={id}");
    call("POST", &target)
        .body(&complete_body(parts))
        .send(server)
}
