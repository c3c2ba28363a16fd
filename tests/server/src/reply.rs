//! Replies, and how they go over the wire, rightly or wrongly.

use std::io::{self, Read};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::blob::Blob;
use crate::connection::{Connection, pace};
use crate::plan::{Ending, ReplyFaults};

const LENGTH: &str = "content-length";
const PIECE: usize = 64 * 1024;

/// The body of a reply.
#[derive(Clone, Debug)]
pub enum Payload {
    Bytes(Vec<u8>),
    Stored { blob: Blob, start: u64, len: u64 },
}

impl Payload {
    fn len(&self) -> u64 {
        match self {
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::Stored { len, .. } => *len,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// Lower-case names where faults look at them.
    pub headers: Vec<(String, String)>,
    pub payload: Payload,
    /// The code of the error that the body tells, for the log.
    pub oss_code: Option<String>,
}

impl Reply {
    pub fn empty(status: u16) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            payload: Payload::Bytes(Vec::new()),
            oss_code: None,
        }
    }

    pub fn xml(body: String) -> Reply {
        Reply::empty(200).body("application/xml", body.into_bytes())
    }

    pub fn json(body: String) -> Reply {
        Reply::empty(200).body("application/json", body.into_bytes())
    }

    pub fn text(body: impl Into<String>) -> Reply {
        Reply::empty(200).body("text/plain", body.into().into_bytes())
    }

    pub fn with_status(self, status: u16) -> Reply {
        Reply { status, ..self }
    }

    pub fn body(self, content_type: &str, body: Vec<u8>) -> Reply {
        Reply {
            payload: Payload::Bytes(body),
            ..self.header("content-type", content_type)
        }
    }

    pub fn header(mut self, name: &str, value: impl ToString) -> Reply {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Whether they are the same to whoever gets them.
    pub fn equals(&self, other: &Reply) -> bool {
        let payloads = match (&self.payload, &other.payload) {
            (Payload::Bytes(one), Payload::Bytes(other)) => one == other,
            (Payload::Stored { len, .. }, Payload::Stored { len: other, .. }) => len == other,
            _ => false,
        };
        payloads && (self.status, &self.headers) == (other.status, &other.headers)
    }

    /// Replaces a header, or takes it away.
    pub fn set_header(&mut self, name: &str, value: Option<String>) {
        self.headers.retain(|(candidate, _)| candidate != name);
        if let Some(value) = value {
            self.headers.push((name.to_owned(), value));
        }
    }

    fn head(&self, chunked: bool) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if chunked {
            head.push_str("transfer-encoding: chunked\r\n");
        } else if self.status != 204 && !self.headers.iter().any(|(name, _)| name == LENGTH) {
            head.push_str(&format!("{LENGTH}: {}\r\n", self.payload.len()));
        }
        head.push_str("\r\n");
        head
    }

    /// Sends the reply. `Some` says how the connection has to end now.
    pub async fn send(
        &self,
        connection: &mut Connection,
        head_only: bool,
        faults: &ReplyFaults,
    ) -> Option<Ending> {
        if let Some(time) = faults.stall {
            connection.hold_reply(time).await;
            if time.is_none() {
                return Some(Ending::Fin);
            }
        }
        let mut wire = Wire {
            connection,
            faults,
            sent: 0,
            started: Instant::now(),
        };
        if let Some(text) = &faults.raw {
            return match wire.send(text.as_bytes()).await {
                Ok(()) => Some(Ending::Fin),
                Err(Stop::Ending(ending)) => Some(ending),
                Err(Stop::Broken) => Some(Ending::Reset),
            };
        }
        let mut sent = self.send_over(&mut wire, head_only).await;
        if faults.repeat && sent.is_ok() {
            sent = self.send_over(&mut wire, head_only).await;
        }
        match sent {
            Ok(()) => match faults.trip {
                // A threshold beyond the end of the reply counts at its end.
                Some((_, ending)) => Some(ending),
                None => faults.close_idle.then_some(Ending::Fin),
            },
            Err(Stop::Ending(ending)) => Some(ending),
            Err(Stop::Broken) => Some(Ending::Reset),
        }
    }

    async fn send_over(&self, wire: &mut Wire<'_>, head_only: bool) -> Result<(), Stop> {
        let chunked = wire.faults.pad.is_some() || wire.faults.endless;
        let head = self.head(chunked).into_bytes();
        if head_only {
            return wire.send(&head).await;
        }
        match &self.payload {
            Payload::Bytes(bytes) if !chunked => wire.send(&[head, bytes.clone()].concat()).await,
            Payload::Bytes(bytes) => {
                wire.send(&head).await?;
                let started = Instant::now();
                let pad = wire.faults.pad.unwrap_or_default();
                while wire.faults.endless || started.elapsed() < pad {
                    let (blanks, pause) = if wire.faults.endless {
                        (16384, 0)
                    } else {
                        (1, 50)
                    };
                    wire.send_chunk(&vec![b' '; blanks]).await?;
                    sleep(Duration::from_millis(pause)).await;
                }
                wire.send_chunk(bytes).await?;
                wire.send(b"0\r\n\r\n").await
            }
            Payload::Stored { blob, start, len } => {
                wire.send(&head).await?;
                let mut reader = blob.reader(*start, *len);
                let mut buffer = vec![0; PIECE];
                loop {
                    match reader.read(&mut buffer)? {
                        0 => return Ok(()),
                        count => wire.send(&buffer[..count]).await?,
                    }
                }
            }
        }
    }
}

/// Why a reply was not sent to its end.
enum Stop {
    Ending(Ending),
    Broken,
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Stop {
        Stop::Broken
    }
}

struct Wire<'a> {
    connection: &'a mut Connection,
    faults: &'a ReplyFaults,
    sent: u64,
    started: Instant,
}

impl Wire<'_> {
    async fn send_chunk(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        if bytes.is_empty() {
            return Ok(()); // an empty chunk would end the body
        }
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.send(&chunk).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let end = match self.faults.trip {
            Some((threshold, ending)) if self.sent + bytes.len() as u64 >= threshold => {
                Some(((threshold - self.sent) as usize, ending))
            }
            _ => None,
        };
        let bytes = end.map_or(bytes, |(length, _)| &bytes[..length]);
        match self.faults.bytes_per_second {
            None => self.connection.send(bytes).await?,
            Some(rate) => {
                let mut sent = self.sent;
                for piece in bytes.chunks((rate as usize / 20).max(1)) {
                    self.connection.send(piece).await?;
                    sent += piece.len() as u64;
                    pace(self.started, sent, rate).await;
                }
            }
        }
        self.sent += bytes.len() as u64;
        match end {
            Some((_, ending)) => Err(Stop::Ending(ending)),
            None => Ok(()),
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
