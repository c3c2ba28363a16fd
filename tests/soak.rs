//! Hundreds of uploads through a network that cuts, stalls, slows down and corrupts at random: every one
//! ends in the right object, and the uploading process is afterwards as it was before.
//! `SOAK='seed number' cargo test --test soak` replays one upload.

#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/wire.rs"]
mod wire;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use engine::*;
use oss_resumable::config::{CheckpointPlace, Input, Limits, UploadRequest};
use oss_resumable::plan::PartSize;
use oss_test_server::{Options, Server};
use wire::{End, Fate, Head, Trouble, Wire};

/// At once. Most of the time is waiting for what never comes.
const SLOTS: usize = 8;
/// An upload that needs more runs than that is stuck.
const MOST_RUNS: u32 = 15;
const URL: &str = "OSS_RESUMABLE_SOAK_URL";
/// What a mark in a file consists of, and how far apart they are.
const MARK: u64 = 16;
const MARKS_APART: u64 = 64 * 1024;

fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

struct Random(u64);

impl Random {
    fn new(seed: &[u64]) -> Random {
        let step = |state: u64, next: &u64| mixed(state.wrapping_add(*next).wrapping_add(1));
        Random(seed.iter().fold(0x9E37_79B9_7F4A_7C15, step))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0) % limit.max(1)
    }
}

// ---- The network -------------------------------------------------------------------------------

/// What happens to the `nth` request of its kind of an upload: the same in every run with this seed.
fn fate(seed: u64, upload: u64, kind: u64, nth: u64, head: &Head<'_>) -> Fate {
    let mut random = Random::new(&[seed, upload, kind, nth]);
    // What has gone wrong often enough gets its turn.
    let odds = if nth < 4 { 30 } else { 10 };
    if random.below(100) >= odds {
        return Fate::default();
    }
    let in_head = random.below(2) == 0;
    let request_at = match in_head {
        true => random.below(head.text.len() as u64),
        false => random.below(head.len()),
    };
    let reply_at = random.below(500);
    let bit = random.below(8) as u8;
    let pause = Duration::from_millis(200 + random.below(1_500));
    match random.below(11) {
        0 => Fate::in_request(request_at, Trouble::Cut(End::Fin)),
        1 => Fate::in_request(request_at, Trouble::Cut(End::Reset)),
        2 => Fate::in_reply(reply_at, Trouble::Cut(End::Fin)),
        3 => Fate::in_reply(reply_at, Trouble::Cut(End::Reset)),
        4 => Fate::in_request(request_at, Trouble::Pause(pause)),
        5 => Fate::in_request(request_at, Trouble::Silence),
        6 => Fate::in_reply(reply_at, Trouble::Silence),
        7 => Fate::in_request(request_at, Trouble::Flip(bit)),
        8 => Fate::in_request(random.below(head.len()), Trouble::Flip(bit)),
        9 => Fate::in_reply(reply_at, Trouble::Flip(bit)),
        _ => Fate {
            bytes_per_second: Some((head.len() / 2).max(100_000)),
            ..Fate::default()
        },
    }
}

/// `/bucket/NUMBER?partNumber=…`: which upload, and which of its requests.
fn identify(head: &Head<'_>) -> Option<(u64, u64)> {
    let (path, query) = head.target().split_once('?').unwrap_or((head.target(), ""));
    let upload = path.rsplit('/').next()?.parse().ok()?;
    let part = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("partNumber="))
        .and_then(|number| number.parse::<u64>().ok())
        .unwrap_or(0);
    let method = u64::from(head.method().as_bytes()[0]) << 32;
    let begins = u64::from(query.starts_with("uploads")) << 40;
    Some((upload, method | begins | part))
}

fn faulty(upstream: u16, seed: u64) -> Wire {
    let mut seen: HashMap<(u64, u64), u64> = HashMap::new();
    Wire::start(upstream, move |head| match identify(head) {
        Some((upload, kind)) => {
            let nth = seen.entry((upload, kind)).or_default();
            *nth += 1;
            fate(seed, upload, kind, *nth - 1, head)
        }
        None => Fate::default(),
    })
}

// ---- The uploading process ---------------------------------------------------------------------

/// Run as a process of its own, so that what is measured is the engine alone. Lines in:
/// `slot file key part_size in_flight`, or `drop`; lines out: `done slot outcome`, or `dropped`.
#[test]
#[ignore = "the other side of the test below"]
fn the_uploading_process() {
    let Ok(url) = std::env::var(URL) else { return };
    let limits = Limits {
        retry_timeout: Duration::from_secs(20),
        // Most of a short run would be waiting for what stalls.
        stall_timeout: effort::effort(
            Duration::from_secs(3),
            limits().stall_timeout,
            limits().stall_timeout,
        ),
        ..limits()
    };
    let mut made = None;
    let mut threads = Vec::new();
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if words.len() != 5 {
            for thread in threads.drain(..) {
                let _: Result<(), _> = std::thread::JoinHandle::join(thread);
            }
            made = None;
            println!("dropped");
            continue;
        }
        let client = made.get_or_insert_with(|| client(&url, limits)).clone();
        threads.retain(|thread: &std::thread::JoinHandle<()>| !thread.is_finished());
        threads.push(std::thread::spawn(move || {
            let request = UploadRequest {
                object: words[2].clone(),
                input: Input::Path(PathBuf::from(&words[1])),
                part_size: PartSize::Bytes(words[3].parse().unwrap()),
                parts_in_flight: words[4].parse().unwrap(),
                checkpoint: Some(CheckpointPlace::BesideFile),
                ..request(Path::new(&words[1]))
            };
            let outcome = match &run(&client, request).outcome {
                Ok(_) => "ok".to_owned(),
                Err(error) => format!("{:?}: {}", error.code, error.message.replace('\n', " ")),
            };
            drop(client);
            println!("done {} {outcome}", words[0]);
        }));
    }
}

struct Uploader {
    process: Child,
    stdin: Mutex<ChildStdin>,
    dropped: Mutex<Receiver<String>>,
    /// Of each slot.
    done: Vec<Mutex<Receiver<String>>>,
}

impl Uploader {
    fn start(url: &str) -> Uploader {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "the_uploading_process",
                "--ignored",
                "--nocapture",
            ])
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (drop_sender, dropped) = channel();
        let (senders, done): (Vec<Sender<String>>, Vec<_>) = (0..SLOTS)
            .map(|_| {
                let (sender, receiver) = channel();
                (sender, Mutex::new(receiver))
            })
            .unzip();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let mut words = line.splitn(3, ' ');
                match (words.next(), words.next(), words.next()) {
                    (Some("done"), Some(slot), Some(outcome)) => {
                        let slot: usize = slot.parse().unwrap();
                        senders[slot].send(outcome.to_owned()).unwrap();
                    }
                    (Some("dropped"), ..) => drop_sender.send(line).unwrap(),
                    // What the test harness has to say.
                    _ => {}
                }
            }
        });
        Uploader {
            stdin: Mutex::new(process.stdin.take().unwrap()),
            process,
            dropped: Mutex::new(dropped),
            done,
        }
    }

    fn upload(&self, slot: usize, job: &Job) -> String {
        let line = format!(
            "{slot} {} {} {} {}",
            job.file.display(),
            job.number,
            job.part_size,
            job.in_flight
        );
        writeln!(self.stdin.lock().unwrap(), "{line}").unwrap();
        let receiver = self.done[slot].lock().unwrap();
        receiver
            .recv_timeout(Duration::from_secs(150))
            .unwrap_or_else(|_| "no answer".to_owned())
    }

    /// What the process has when it has nothing to do and no client. Connections close a little later,
    /// and idle threads for file work after ten seconds: waited for until there is no more than
    /// `wanted`, or for so long.
    fn at_rest(&self, wanted: Option<Usage>, most: Duration) -> Usage {
        writeln!(self.stdin.lock().unwrap(), "drop").unwrap();
        let dropped = self.dropped.lock().unwrap();
        dropped
            .recv_timeout(Duration::from_secs(150))
            .expect("the process ends what it is at");
        let started = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let now = self.usage();
            let back = wanted.is_some_and(|wanted| {
                now.threads <= wanted.threads && now.descriptors <= wanted.descriptors
            });
            if back || started.elapsed() >= most {
                return now;
            }
        }
    }

    fn usage(&self) -> Usage {
        let proc = PathBuf::from(format!("/proc/{}", self.process.id()));
        let count = |name: &str| fs::read_dir(proc.join(name)).unwrap().count() as u64;
        let status = fs::read_to_string(proc.join("status")).unwrap();
        let memory = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|value| value.split_whitespace().next()?.parse().ok())
            .expect("the kernel tells the memory of a process");
        Usage {
            descriptors: count("fd"),
            threads: count("task"),
            memory,
        }
    }
}

impl Drop for Uploader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    descriptors: u64,
    threads: u64,
    /// KiB
    memory: u64,
}

// ---- The test ----------------------------------------------------------------------------------

struct Job {
    number: u64,
    file: PathBuf,
    size: u64,
    part_size: u64,
    in_flight: u64,
}

impl Job {
    fn new(dir: &Path, seed: u64, number: u64, most: u64) -> Job {
        let mut random = Random::new(&[seed, number]);
        let size = match random.below(10) {
            0 => random.below(2 * PART),
            // A multiple of the part size.
            1 => PART * (1 + random.below(20)),
            _ => random.below(most),
        };
        let part_size = (size / (1 + random.below(12))).max(PART);
        let file = dir.join(number.to_string());
        write_marks(&file, size, mixed(seed ^ number));
        Job {
            number,
            file,
            size,
            part_size,
            in_flight: 1 + random.below(5),
        }
    }
}

/// Holes with marks: no two of the same, in one file or in two.
fn write_marks(path: &Path, size: u64, seed: u64) {
    let mut file = File::create(path).unwrap();
    file.set_len(size).unwrap();
    let mut at = 0;
    while at + MARK <= size {
        let mark = [mixed(seed.wrapping_add(at)), at | 1].map(u64::to_le_bytes);
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(mark.as_flattened()).unwrap();
        at += MARKS_APART;
    }
}

#[derive(Default)]
struct Found {
    uploads: AtomicU64,
    bytes: AtomicU64,
    runs: AtomicU64,
    wrong: AtomicU64,
    stuck: AtomicU64,
    messages: Mutex<Vec<String>>,
}

/// Until it is there, as a user would.
fn soak(uploader: &Uploader, server: &Server, slot: usize, job: &Job, seed: u64, found: &Found) {
    let key = job.number.to_string();
    let mut outcomes = Vec::new();
    let note = |counter: &AtomicU64, what: &str, outcomes: &[String]| {
        counter.fetch_add(1, Ordering::Relaxed);
        found.messages.lock().unwrap().push(format!(
            "{what}, {} bytes in parts of {}, {} in flight: {outcomes:#?}\n    \
             SOAK='{seed} {key}' cargo test --test soak",
            job.size, job.part_size, job.in_flight
        ));
    };
    loop {
        let outcome = uploader.upload(slot, job);
        found.runs.fetch_add(1, Ordering::Relaxed);
        let done = outcome == "ok";
        outcomes.push(outcome);
        let equal = server.object_equals_file(BUCKET, &key, &job.file);
        // A small file goes in one request, whose bytes are proven only when they are stored.
        let in_parts = job.size > job.part_size;
        let exists = server.object(BUCKET, &key).is_some();
        if !equal && (done || (exists && in_parts)) {
            note(&found.wrong, "a wrong object", &outcomes);
        }
        if done {
            found.bytes.fetch_add(job.size, Ordering::Relaxed);
            break;
        }
        if outcomes.len() as u32 >= MOST_RUNS {
            note(&found.stuck, "stuck", &outcomes);
            break;
        }
    }
    found.uploads.fetch_add(1, Ordering::Relaxed);
    server.delete_object(BUCKET, &key);
    for upload in server.uploads() {
        // Of answers that were corrupted on the way.
        if upload.key == key {
            server.forget_upload(&upload.upload_id);
        }
    }
    server.clear_log();
    fs::remove_file(&job.file).unwrap();
}

fn soak_all(
    uploader: &Uploader,
    server: &Server,
    dir: &Path,
    (seed, most): (u64, u64),
    numbers: impl Iterator<Item = u64> + Send,
    found: &Found,
) {
    let numbers = Mutex::new(numbers);
    std::thread::scope(|scope| {
        for slot in 0..SLOTS {
            let numbers = &numbers;
            scope.spawn(move || {
                loop {
                    let Some(number) = numbers.lock().unwrap().next() else {
                        break;
                    };
                    let job = Job::new(dir, seed, number, most);
                    soak(uploader, server, slot, &job, seed, found);
                }
            });
        }
    });
}

#[test]
fn uploads_through_a_faulty_network_end_in_the_right_object_and_leave_nothing_behind() {
    let uploads = effort::effort(10, 300, 20_000);
    // Twice the average.
    let most = effort::effort(4 << 20, 80 << 20, 80 << 20);
    let (seed, numbers) = match std::env::var("SOAK") {
        Ok(text) => {
            let (seed, number) = text.split_once(' ').expect("SOAK='seed number'");
            let number: u64 = number.parse().unwrap();
            (seed.parse().unwrap(), number..number + 1)
        }
        Err(_) => {
            let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
            (since.as_nanos() as u64, 1..uploads + 1)
        }
    };
    // Files in memory where the system offers that: the disk is not what is tried.
    let rig = Rig::in_memory();
    let server = Server::start_with(Options {
        dir: Some(rig.path("server")),
        ..Options::default()
    });
    let wire = faulty(server.port(), seed);
    let uploader = Uploader::start(&wire.url());
    // What the process makes once it keeps.
    let warm_up = Found::default();
    let first = u64::MAX - effort::effort(1, 2, 2) * SLOTS as u64..u64::MAX;
    soak_all(&uploader, &server, &rig.dir, (seed, most), first, &warm_up);
    let settled = Duration::from_secs(effort::effort(1, 12, 12));
    let before = uploader.at_rest(None, settled);

    let found = Found::default();
    // On a machine that is slow, fewer; that they were is shown.
    let begun = Instant::now();
    let limit = Duration::from_secs(effort::effort(60, 900, 5 * 3600));
    let numbers = numbers.take_while(|_| begun.elapsed() < limit);
    soak_all(&uploader, &server, &rig.dir, (seed, most), numbers, &found);
    let after = uploader.at_rest(Some(before), Duration::from_secs(30));

    let beyond = |after: u64, before: u64| after.saturating_sub(before);
    let done = found.uploads.load(Ordering::Relaxed);
    let descriptors = beyond(after.descriptors, before.descriptors);
    let threads = beyond(after.threads, before.threads);
    let memory = beyond(after.memory, before.memory);
    figures::record(
        "soak",
        &[
            ("uploads", done),
            ("bytes", found.bytes.into_inner()),
            ("bytes through the faulty network", wire.bytes()),
            ("troubles", wire.troubles()),
            ("runs", found.runs.into_inner()),
            ("wrong objects", found.wrong.into_inner()),
            ("stuck", found.stuck.into_inner()),
            ("descriptors beyond the start", descriptors),
            ("threads beyond the start", threads),
            ("KiB of memory beyond the start", memory),
        ],
    );
    let mut messages = warm_up.messages.into_inner().unwrap();
    messages.extend(found.messages.into_inner().unwrap());
    assert!(messages.is_empty(), "\n{}", messages.join("\n"));
    assert_eq!((descriptors, threads), (0, 0), "{before:?} {after:?}");
    assert!(done > 0, "no upload was begun in time");
    // An allocator keeps some; a leak of one buffer an upload would be 75 MiB in CI.
    assert!(memory < 24 * 1024, "{before:?} {after:?}");
}
