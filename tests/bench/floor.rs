//! The least that a client which verifies can do: a thread for each part in flight, blocking sockets,
//! positional reads of 256 KiB, CRC64, write. No checkpoint, no retries, no HTTP library.
//!
//! It runs in a process of its own, so that its CPU time is its own; the engine is never started there.
//! It signs, because the server insists, but with V1: one HMAC-SHA1 for each request.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};
use sha1::Sha1;

/// Makes the benchmark program the floor.
pub const FLAG: &str = "--floor";

const CHUNK: usize = 256 * 1024;
/// More than the head of a request needs.
const HEAD_ROOM: usize = 4 * 1024;
const CRC_HEADER: &str = "x-oss-hash-crc64ecma";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One file, and where it goes.
struct Job {
    file: File,
    size: u64,
    /// `host:port`
    authority: String,
    /// `/bucket/key`, in characters that need no encoding.
    resource: String,
    part_size: u64,
    threads: usize,
}

/// `FILE HTTP-URL /BUCKET/KEY PART-SIZE THREADS`
pub fn main(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [file, url, resource, part_size, threads] = arguments else {
        return Err("--floor FILE URL /BUCKET/KEY PART-SIZE THREADS".into());
    };
    let file = File::open(file)?;
    let job = Job {
        size: file.metadata()?.len(),
        file,
        authority: url
            .strip_prefix("http://")
            .ok_or("not a plain HTTP URL")?
            .to_owned(),
        resource: resource.clone(),
        part_size: part_size.parse()?,
        threads: threads.parse()?,
    };
    upload(&job).map_err(|error| error as Box<dyn Error>)
}

fn upload(job: &Job) -> Outcome<()> {
    let mut first = Connection::open(job)?;
    let reply = first.exchange(job, "POST", "?uploads", b"")?;
    let upload_id = between(&reply.body, "<UploadId>", "</UploadId>")
        .ok_or("no upload id")?
        .to_owned();

    let parts = job.size.div_ceil(job.part_size);
    let etags = Mutex::new(vec![String::new(); usize::try_from(parts)?]);
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..job.threads)
            .map(|_| scope.spawn(|| send_parts(job, &upload_id, parts, &next, &etags)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| "a thread panicked")?)
    })?;

    let mut body = String::from("<CompleteMultipartUpload>");
    let etags = etags.into_inner().map_err(|_| "a thread panicked")?;
    for (number, etag) in (1..).zip(etags) {
        write!(
            body,
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        )?;
    }
    body.push_str("</CompleteMultipartUpload>");
    let query = format!("?uploadId={upload_id}");
    first.exchange(job, "POST", &query, body.as_bytes())?;
    Ok(())
}

/// The work of one thread, on one connection.
fn send_parts(
    job: &Job,
    upload_id: &str,
    parts: u64,
    next: &AtomicU64,
    etags: &Mutex<Vec<String>>,
) -> Outcome<()> {
    let mut connection = Connection::open(job)?;
    let mut buffer = vec![0; HEAD_ROOM + CHUNK];
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= parts {
            return Ok(());
        }
        let query = format!("?partNumber={}&uploadId={upload_id}", index + 1);
        let mut offset = index * job.part_size;
        let end = job.size.min(offset + job.part_size);
        let mut digest = crc64fast::Digest::new();
        // The head goes out with the first bytes: a system call and a packet less.
        let head = head(job, "PUT", &query, end - offset);
        let mut start = head.len();
        buffer[..start].copy_from_slice(head.as_bytes());
        while offset < end {
            let count = usize::try_from(end - offset).map_or(CHUNK, |left| left.min(CHUNK));
            let chunk = &mut buffer[start..start + count];
            job.file.read_exact_at(chunk, offset)?;
            digest.write(chunk);
            connection.stream.write_all(&buffer[..start + count])?;
            offset += count as u64;
            start = 0;
        }
        let reply = connection.reply()?;
        if reply.header(CRC_HEADER) != Some(digest.sum64().to_string().as_str()) {
            return Err("the server received something else".into());
        }
        let etag = reply.header("etag").ok_or("no ETag")?;
        let mut etags = etags.lock().map_err(|_| "a thread panicked")?;
        etag.clone_into(&mut etags[usize::try_from(index)?]);
    }
}

fn head(job: &Job, method: &str, query: &str, length: u64) -> String {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let text = format!("{method}\n\n\n{date}\n{}{query}", job.resource);
    let mut mac = Hmac::<Sha1>::new_from_slice(ACCESS_KEY_SECRET.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    let signature = BASE64.encode(mac.finalize().into_bytes());
    format!(
        "{method} {}{query} HTTP/1.1\r\nHost: {}\r\nDate: {date}\r\nContent-Length: {length}\r\n\
         Authorization: OSS {ACCESS_KEY_ID}:{signature}\r\n\r\n",
        job.resource, job.authority
    )
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

struct Reply {
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Connection {
    fn open(job: &Job) -> io::Result<Connection> {
        let stream = TcpStream::connect(&job.authority)?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            received: Vec::new(),
        })
    }

    fn exchange(&mut self, job: &Job, method: &str, query: &str, body: &[u8]) -> Outcome<Reply> {
        let head = head(job, method, query, body.len() as u64);
        self.stream.write_all(head.as_bytes())?;
        self.stream.write_all(body)?;
        self.reply()
    }

    fn reply(&mut self) -> Outcome<Reply> {
        let head_end = loop {
            let end = self
                .received
                .windows(4)
                .position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None => self.receive()?,
            }
        };
        let mut reply = Reply {
            head: String::from_utf8(self.received.drain(..head_end).collect())?,
            body: String::new(),
        };
        let length = reply.header("content-length").map_or(Ok(0), str::parse)?;
        while self.received.len() < length {
            self.receive()?;
        }
        reply.body = String::from_utf8(self.received.drain(..length).collect())?;
        if !reply.head.starts_with("HTTP/1.1 200 ") {
            return Err(format!("{}{}", reply.head, reply.body).into());
        }
        Ok(reply)
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.received.extend_from_slice(&buffer[..count]);
        Ok(())
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
