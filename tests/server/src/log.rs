//! The record of every request the server accepted.

use serde::Serialize;

use crate::op::Op;
use crate::request::{Framing, Request, lookup};
use crate::verify::{Claim, SignatureVersion};

/// One request, from the moment its head was read.
#[derive(Clone, Debug, Serialize)]
pub struct LogEntry {
    /// Order of arrival, over all connections.
    pub seq: u64,
    pub op: Op,
    pub method: String,
    /// Percent-encoded, as received.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub bucket: Option<String>,
    pub key: Option<String>,
    pub upload_id: Option<String>,
    pub part_number: Option<u32>,
    /// 0 as long as, or if ever, no reply was begun.
    pub status: u16,
    /// The code of the error that was answered.
    pub oss_code: Option<String>,
    /// Body bytes that arrived, whatever became of them.
    pub body_bytes: u64,
    pub content_length: Option<u64>,
    pub chunked: bool,
    /// Lower-case names, values as received.
    pub headers: Vec<(String, String)>,
    pub signature_version: Option<SignatureVersion>,
    pub access_key_id: Option<String>,
    /// Whether a security token came with the request.
    pub security_token: bool,
    /// Whether the request changed what is stored.
    pub applied: bool,
    /// The actions of the rules that picked the request, joined by `+`.
    pub fault: Option<String>,
    /// Whether one of them made a difference to what was read, done or answered. Another CRC64 makes none
    /// where the answer has no CRC64.
    pub fault_met: bool,
    pub connection_id: u64,
    /// Where the connection came from, `address:port`.
    pub peer: String,
    pub request_id: String,
    /// When the head had been read, in milliseconds since the server started.
    pub time_ms: u64,
    /// From there to the reply; `None` as long as there is none.
    pub elapsed_ms: Option<u64>,
}

impl LogEntry {
    pub(crate) fn new(
        request: &Request,
        claim: &Claim,
        (connection_id, peer): (u64, &str),
        request_id: &str,
        time_ms: u64,
    ) -> LogEntry {
        LogEntry {
            seq: 0,
            op: request.op,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            upload_id: request.upload_id().map(str::to_owned),
            part_number: request.part_number(),
            status: 0,
            oss_code: None,
            body_bytes: 0,
            content_length: request.content_length(),
            chunked: request.framing == Framing::Chunked,
            headers: request.headers.clone(),
            signature_version: claim.version,
            access_key_id: claim.access_key_id.clone(),
            security_token: claim.security_token.is_some(),
            applied: false,
            fault: None,
            fault_met: false,
            connection_id,
            peer: peer.to_owned(),
            request_id: request_id.to_owned(),
            time_ms,
            elapsed_ms: None,
        }
    }

    /// The value of a request header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        lookup(&self.headers, name)
    }
}

/// The most of these requests that were being served at one time.
pub fn most_at_once(entries: &[LogEntry]) -> usize {
    let at = |time: u64| {
        let running = |entry: &&LogEntry| {
            let end = entry.elapsed_ms.map(|ms| entry.time_ms + ms);
            entry.time_ms <= time && end.is_none_or(|end| time < end)
        };
        entries.iter().filter(running).count()
    };
    let times = entries.iter().map(|entry| at(entry.time_ms));
    times.max().unwrap_or_default()
}

/// The entries since the last clear, in order of arrival.
#[derive(Default)]
pub struct Log {
    entries: Vec<LogEntry>,
    next_seq: u64,
}

impl Log {
    pub fn push(&mut self, mut entry: LogEntry) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        entry.seq = seq;
        self.entries.push(entry);
        seq
    }

    /// Changes an entry, unless the log was cleared since.
    pub fn update(&mut self, seq: u64, change: impl FnOnce(&mut LogEntry)) {
        if let Ok(index) = self.entries.binary_search_by_key(&seq, |entry| entry.seq) {
            change(&mut self.entries[index]);
        }
    }

    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// Body bytes of UploadPart requests: all that arrived, and those that became a part.
    pub fn part_bytes(&self) -> (u64, u64) {
        let parts = self
            .entries
            .iter()
            .filter(|entry| entry.op == Op::UploadPart);
        parts.fold((0, 0), |(received, accepted), entry| {
            let stored = if entry.applied { entry.body_bytes } else { 0 };
            (received + entry.body_bytes, accepted + stored)
        })
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
