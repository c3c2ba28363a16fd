//! One client connection: HTTP/1.1 spoken by hand, because the wire has to be able to misbehave
//! at any byte, which no HTTP library offers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::plan::{BodyFaults, Ending};
use crate::request::{self, Framing, Request};

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 200;
const READ_SIZE: usize = 256 * 1024;
/// How long a closed connection is still read, so that no RST overtakes what was sent.
const LINGER: Duration = Duration::from_secs(2);

thread_local! {
    /// One read buffer per worker: it is only used between two awaits, never across one.
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_SIZE]);
}

/// Why there is no request to serve.
pub enum NoRequest {
    /// The client closed the connection, or broke it.
    Gone,
    Malformed,
}

/// How the reading of a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    Complete,
    /// The client went away in the middle.
    Cut,
    /// A fault says that the connection ends here.
    Tripped(Ending),
    Malformed,
}

/// Takes body bytes as they arrive; may change them in place.
pub type Sink<'a> = &'a mut (dyn FnMut(&mut [u8]) + Send);

pub struct Connection {
    socket: TcpStream,
    /// Bytes read and not yet used.
    pending: Vec<u8>,
    requests: u64,
}

struct Progress<'a> {
    received: u64,
    faults: &'a BodyFaults,
    stalled: bool,
    started: Instant,
}

impl Connection {
    pub fn new(socket: TcpStream) -> Connection {
        Connection {
            socket,
            pending: Vec::new(),
            requests: 0,
        }
    }

    /// Whether the request read last is the first on this connection.
    pub fn first_request(&self) -> bool {
        self.requests == 1
    }

    /// Reads the head of the next request.
    pub async fn read_head(
        &mut self,
        cnames: &BTreeMap<String, String>,
    ) -> Result<Request, NoRequest> {
        loop {
            let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut head = httparse::Request::new(&mut slots);
            match head.parse(&self.pending) {
                Err(_) => return Err(NoRequest::Malformed),
                Ok(httparse::Status::Complete(length)) => {
                    let request = convert(&head, cnames).ok_or(NoRequest::Malformed)?;
                    self.pending.drain(..length);
                    self.requests += 1;
                    return Ok(request);
                }
                Ok(httparse::Status::Partial) if self.pending.len() >= MAX_HEAD => {
                    return Err(NoRequest::Malformed);
                }
                Ok(httparse::Status::Partial) => match self.fill().await {
                    Ok(0) | Err(_) => return Err(NoRequest::Gone),
                    Ok(_) => {}
                },
            }
        }
    }

    /// Reads some bytes into `pending`; 0 is the end of the stream.
    async fn fill(&mut self) -> io::Result<usize> {
        self.receive(8 * 1024, |pending, bytes| pending.extend_from_slice(bytes))
            .await
    }

    /// Waits for bytes and hands them over at once, so that waiting connections hold no buffer.
    async fn receive(
        &mut self,
        limit: usize,
        mut take: impl FnMut(&mut Vec<u8>, &mut [u8]),
    ) -> io::Result<usize> {
        loop {
            self.socket.readable().await?;
            let result = READ_BUFFER.with_borrow_mut(|buffer| {
                let count = self.socket.try_read(&mut buffer[..limit.min(READ_SIZE)])?;
                take(&mut self.pending, &mut buffer[..count]);
                Ok(count)
            });
            match result {
                Err(error) if error_is_transient(&error) => {}
                other => return other,
            }
        }
    }

    /// Reads a body into `sink`; also tells how many bytes of it arrived.
    pub async fn read_body(
        &mut self,
        framing: Framing,
        faults: &BodyFaults,
        sink: Sink<'_>,
    ) -> (u64, BodyEnd) {
        let mut progress = Progress {
            received: 0,
            faults,
            stalled: false,
            started: Instant::now(),
        };
        let mut end = match framing {
            Framing::None => BodyEnd::Complete,
            Framing::Length(length) => self.read_span(length, &mut progress, sink).await,
            Framing::Chunked => self.read_chunks(&mut progress, sink).await,
        };
        if end == BodyEnd::Complete {
            // Thresholds beyond the end of the body count at its end.
            if let (Some((_, time)), false) = (faults.stall, progress.stalled) {
                self.hold(time).await;
            }
            if let Some((_, ending)) = faults.trip {
                end = BodyEnd::Tripped(ending);
            }
        }
        (progress.received, end)
    }

    async fn read_span(
        &mut self,
        length: u64,
        progress: &mut Progress<'_>,
        sink: Sink<'_>,
    ) -> BodyEnd {
        let mut remaining = length;
        while remaining > 0 {
            let mut limit = remaining.min(READ_SIZE as u64);
            if let Some((threshold, time)) = progress.faults.stall
                && !progress.stalled
            {
                if progress.received >= threshold {
                    progress.stalled = true;
                    self.hold(time).await;
                } else {
                    limit = limit.min(threshold - progress.received);
                }
            }
            if let Some((threshold, ending)) = progress.faults.trip {
                if progress.received >= threshold {
                    return BodyEnd::Tripped(ending);
                }
                limit = limit.min(threshold - progress.received);
            }
            if let Some(rate) = progress.faults.bytes_per_second {
                limit = limit.min((rate / 20).max(1));
                pace(progress.started, progress.received, rate).await;
            }
            let count = if self.pending.is_empty() {
                match self.receive(limit as usize, |_, bytes| sink(bytes)).await {
                    Ok(0) | Err(_) => return BodyEnd::Cut,
                    Ok(count) => count,
                }
            } else {
                let count = self.pending.len().min(limit as usize);
                sink(&mut self.pending[..count]);
                self.pending.drain(..count);
                count
            };
            progress.received += count as u64;
            remaining -= count as u64;
        }
        BodyEnd::Complete
    }

    async fn read_chunks(&mut self, progress: &mut Progress<'_>, sink: Sink<'_>) -> BodyEnd {
        loop {
            let Some(line) = self.read_line().await else {
                return BodyEnd::Cut;
            };
            let size = line.split(';').next().unwrap_or_default().trim();
            let Ok(size) = u64::from_str_radix(size, 16) else {
                return BodyEnd::Malformed;
            };
            if size == 0 {
                break;
            }
            match self.read_span(size, progress, sink).await {
                BodyEnd::Complete => {}
                other => return other,
            }
            match self.read_line().await.as_deref() {
                Some("") => {}
                Some(_) => return BodyEnd::Malformed,
                None => return BodyEnd::Cut,
            }
        }
        loop {
            match self.read_line().await.as_deref() {
                Some("") => return BodyEnd::Complete,
                Some(_) => {} // a trailer
                None => return BodyEnd::Cut,
            }
        }
    }

    async fn read_line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.pending.len() > MAX_HEAD || self.fill().await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Does nothing for so long, or until the client breaks the connection.
    pub async fn hold(&mut self, time: Option<Duration>) {
        let broken = self.socket.ready(tokio::io::Interest::ERROR);
        match time {
            Some(time) => {
                let _ = timeout(time, broken).await;
            }
            None => {
                let _ = broken.await;
            }
        }
    }

    /// Sends nothing for so long, or until the client closes its side.
    pub async fn hold_reply(&mut self, time: Option<Duration>) {
        let closed = async { while !matches!(self.fill().await, Ok(0) | Err(_)) {} };
        match time {
            Some(time) => {
                let _ = timeout(time, closed).await;
            }
            None => closed.await,
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes).await
    }

    /// Ends the connection. A FIN is followed by reading for a while: closing a socket with
    /// unread bytes would send an RST, which can destroy the reply on its way.
    pub async fn finish(mut self, ending: Ending) {
        match ending {
            Ending::Reset => {
                // What was sent before is meant to arrive before the RST does.
                sleep(Duration::from_millis(5)).await;
                let _ = self.socket.set_zero_linger();
            }
            Ending::Fin => {
                let _ = self.socket.shutdown().await;
                let drained = async {
                    while !matches!(self.receive(READ_SIZE, |_, _| {}).await, Ok(0) | Err(_)) {}
                };
                let _ = timeout(LINGER, drained).await;
            }
        }
    }
}

fn error_is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Sleeps until `done` bytes are due at this rate.
pub async fn pace(started: Instant, done: u64, bytes_per_second: u64) {
    let due = Duration::from_secs_f64(done as f64 / bytes_per_second as f64);
    tokio::time::sleep_until(started + due).await;
}

fn convert(head: &httparse::Request<'_, '_>, cnames: &BTreeMap<String, String>) -> Option<Request> {
    let headers = head
        .headers
        .iter()
        .map(|header| {
            (
                header.name.to_ascii_lowercase(),
                String::from_utf8_lossy(header.value).into_owned(),
            )
        })
        .collect();
    request::build(head.method?, head.path?, head.version?, headers, cnames)
}
