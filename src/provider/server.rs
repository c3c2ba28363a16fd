//! A tiny HTTP server for the tests: one answer for each connection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` is given the whole request and returns the whole response.
    pub(super) fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            url: format!("http://{}", listener.local_addr().unwrap()),
            requests: Arc::default(),
        };
        let requests = Arc::clone(&server.requests);
        let answer = Arc::new(answer);
        // Ends with the test process.
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (answer, requests) = (Arc::clone(&answer), Arc::clone(&requests));
                thread::spawn(move || {
                    let mut connection = connection.unwrap();
                    let request = receive(&mut connection);
                    requests.lock().unwrap().push(request.clone());
                    // The client may have gone.
                    let _ = connection.write_all(answer(&request).as_bytes());
                });
            }
        });
        server
    }

    /// The metadata service with the role `worker`. Without `v2` it knows nothing of tokens.
    pub(super) fn metadata(v2: bool) -> Server {
        Server::start(move |request| {
            let line = request.lines().next().unwrap();
            if line.starts_with("PUT /latest/api/token ") && v2 {
                return reply(200, "CANARY-metadata-token");
            }
            if v2 && !request.contains("CANARY-metadata-token") {
                return reply(403, "no token");
            }
            match line.split(' ').nth(1).unwrap() {
                "/latest/meta-data/ram/security-credentials/" => reply(200, "worker\n"),
                "/latest/meta-data/ram/security-credentials/worker" => reply(200, METADATA_KEYS),
                _ => reply(404, "not found"),
            }
        })
    }

    pub(super) fn sts() -> Server {
        Server::start(|_| reply(200, STS_KEYS))
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

const METADATA_KEYS: &str = r#"{"Code":"Success","AccessKeyId":"ecs-id",
    "AccessKeySecret":"CANARY-secret","SecurityToken":"CANARY-token",
    "Expiration":"2100-01-01T00:00:00Z","LastUpdated":"2099-12-31T18:00:00Z"}"#;
pub(super) const STS_KEYS: &str = r#"{"RequestId":"R-1","Credentials":{"AccessKeyId":"sts-id",
    "AccessKeySecret":"CANARY-secret","SecurityToken":"CANARY-token",
    "Expiration":"2100-01-01T00:00:00Z"}}"#;
/// 2100-01-01T00:00:00Z.
pub(super) const EXPIRES_AT: i64 = 4_102_444_800;

pub(super) fn reply(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn receive(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, length)| length.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        match connection.read(&mut chunk).unwrap() {
            0 => return text,
            size => request.extend_from_slice(&chunk[..size]),
        }
    }
}
