//! Hundreds of uploads through a network that cuts, stalls, slows down and corrupts at random: every one
//! ends in the right object, and the uploading process is afterwards as it was before.
//! `SOAK='seed number' cargo test --test soak` replays one upload.

#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
#[path = "soak/network.rs"]
mod network;
#[path = "soak/uploader.rs"]
mod uploader;
#[path = "support/wire.rs"]
mod wire;

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use engine::*;
use network::{AllMet, faulty};
use oss_resumable::config::{CheckpointPlace, Input, Limits, UploadRequest};
use oss_resumable::plan::PartSize;
use oss_resumable::transfer::events::warning::UPLOAD_LEFT;
use oss_test_server::{Options, Server};
use uploader::Uploader;

/// At once. Most of the time is waiting for what never comes.
const SLOTS: usize = 8;
/// An upload that needs more runs than that is stuck.
const MOST_RUNS: u32 = 15;
/// KiB that an allocator may keep. A leak of one buffer an upload would be 75 MiB in CI.
const MEMORY_KEPT: u64 = 16 * 1024;
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

// ---- The uploading process ---------------------------------------------------------------------

/// Run as a process of its own, so that what is measured is the engine alone. Lines in:
/// `slot file key part_size in_flight`, or `drop`; lines out:
/// `done slot warnings retries outcome`, or `dropped`.
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
            let report = run(&client, request);
            let outcome = match &report.outcome {
                Ok(_) => "ok".to_owned(),
                Err(error) => format!("{:?}: {}", error.code, error.message.replace('\n', " ")),
            };
            drop(client);
            let (warnings, retries) = (report.warnings, report.retries);
            println!("done {} {warnings} {retries} {outcome}", words[0]);
        }));
    }
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
    sent_again: AtomicU64,
    beyond_bound: AtomicU64,
    orphans: AtomicU64,
    untold_orphans: AtomicU64,
    checkpoints: AtomicU64,
    messages: Mutex<Vec<String>>,
}

/// All that take part in it.
struct Scene<'a> {
    uploader: &'a Uploader,
    server: &'a Server,
    dir: &'a Path,
    all_met: &'a AllMet,
    seed: u64,
    most: u64,
}

/// Until it is there, as a user would.
fn soak(scene: &Scene<'_>, slot: usize, job: &Job, found: &Found) {
    let (server, seed) = (scene.server, scene.seed);
    let key = job.number.to_string();
    let (mut outcomes, mut left_told, mut retries) = (Vec::new(), 0, 0);
    let note_of = |counter: &AtomicU64, number: u64, what: &str, outcomes: &[String]| {
        counter.fetch_add(number, Ordering::Relaxed);
        found.messages.lock().unwrap().push(format!(
            "{what}, {} bytes in parts of {}, {} in flight: {outcomes:#?}\n    \
             SOAK='{seed} {key}' cargo test --test soak",
            job.size, job.part_size, job.in_flight
        ));
    };
    let note = |counter: &AtomicU64, what: &str, outcomes: &[String]| {
        note_of(counter, 1, what, outcomes);
    };
    loop {
        let told = scene.uploader.upload(slot, job);
        left_told += u64::from(told.warnings & UPLOAD_LEFT != 0);
        retries += told.retries;
        let outcome = told.outcome;
        found.runs.fetch_add(1, Ordering::Relaxed);
        let done = outcome == "ok";
        outcomes.push(outcome);
        let equal = server.object_equals_file(BUCKET, &key, &job.file);
        let exists = server.object(BUCKET, &key).is_some();
        if !equal && (done || exists) {
            note(&found.wrong, "a wrong object", &outcomes);
        }
        if done {
            found.bytes.fetch_add(job.size, Ordering::Relaxed);
            for ending in ["ucp", "ucp.tmp"] {
                if job.file.with_extension(ending).exists() {
                    note(&found.checkpoints, "a checkpoint is left", &outcomes);
                }
            }
            break;
        }
        if outcomes.len() as u32 >= MOST_RUNS {
            note(&found.stuck, "stuck", &outcomes);
            break;
        }
    }
    let met = scene.all_met.lock().unwrap().remove(&job.number);
    let met = met.unwrap_or_default();
    let in_parts = job.size > job.part_size;
    let again = match in_parts {
        true => met.part_bytes.saturating_sub(job.size),
        false => 0,
    };
    found.sent_again.fetch_add(again, Ordering::Relaxed);
    // Each run but the last ended before the upload did. What happens to a request within one costs that
    // request: what the network did to it, or a machine so busy that it was taken for stalled.
    let interrupted = (outcomes.len() as u64 - 1) * (job.in_flight + 1);
    let parts = interrupted + met.troubled_parts.max(retries);
    let bound = parts * job.part_size + met.false_answers * job.size;
    if again > bound {
        let what = format!("{again} bytes sent again, not at most {bound}: {met:?}");
        note_of(&found.beyond_bound, again - bound, &what, &outcomes);
    }
    let mut orphans = 0;
    for upload in server.uploads() {
        if upload.key == key {
            orphans += 1;
            server.forget_upload(&upload.upload_id);
        }
    }
    found.orphans.fetch_add(orphans, Ordering::Relaxed);
    // Of which the answer was lost, which is told; or false, which nobody can know.
    if orphans > met.troubled_begins + left_told {
        let what = format!("{orphans} uploads left and not told of: {met:?}");
        note(&found.untold_orphans, &what, &outcomes);
    }
    found.uploads.fetch_add(1, Ordering::Relaxed);
    server.delete_object(BUCKET, &key);
    server.clear_log();
    fs::remove_file(&job.file).unwrap();
}

fn soak_all(scene: &Scene<'_>, numbers: impl Iterator<Item = u64> + Send) -> Found {
    let found = Found::default();
    let numbers = Mutex::new(numbers);
    std::thread::scope(|scope| {
        for slot in 0..SLOTS {
            let (numbers, found) = (&numbers, &found);
            scope.spawn(move || {
                loop {
                    let Some(number) = numbers.lock().unwrap().next() else {
                        break;
                    };
                    let job = Job::new(scene.dir, scene.seed, number, scene.most);
                    soak(scene, slot, &job, found);
                }
            });
        }
    });
    found
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
    let asked_for = numbers.end - numbers.start;
    // Files in memory where the system offers that: the disk is not what is tried.
    let rig = Rig::in_memory();
    let server = Server::start_with(Options {
        dir: Some(rig.path("server")),
        ..Options::default()
    });
    let all_met = AllMet::default();
    let wire = faulty(server.port(), seed, &all_met);
    let uploader = Uploader::start(&wire.url());
    let scene = Scene {
        uploader: &uploader,
        server: &server,
        dir: &rig.dir,
        all_met: &all_met,
        seed,
        most,
    };
    // What the process makes once it keeps.
    let first = u64::MAX - effort::effort(1, 2, 2) * SLOTS as u64..u64::MAX;
    let warm_up = soak_all(&scene, first);
    let settled = Duration::from_secs(effort::effort(1, 12, 12));
    let before = uploader.at_rest(None, settled);

    let (troubles_before, bytes_before) = (wire.troubles(), wire.bytes());
    let found = soak_all(&scene, numbers);
    let troubles = wire.troubles() - troubles_before;
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
            (
                "bytes through the faulty network",
                wire.bytes() - bytes_before,
            ),
            ("troubles", troubles),
            ("runs", found.runs.into_inner()),
            ("wrong objects", found.wrong.into_inner()),
            ("stuck", found.stuck.into_inner()),
            ("bytes sent again", found.sent_again.into_inner()),
            (
                "bytes sent again beyond the bound",
                found.beyond_bound.into_inner(),
            ),
            ("uploads left on the server", found.orphans.into_inner()),
            ("of these not told of", found.untold_orphans.into_inner()),
            ("checkpoints left", found.checkpoints.into_inner()),
            ("descriptors beyond the start", descriptors),
            ("threads beyond the start", threads),
            ("KiB of memory beyond the start", memory),
        ],
    );
    let mut messages = warm_up.messages.into_inner().unwrap();
    messages.extend(found.messages.into_inner().unwrap());
    assert!(messages.is_empty(), "\n{}", messages.join("\n"));
    assert_eq!((descriptors, threads), (0, 0), "{before:?} {after:?}");
    assert_eq!(done, asked_for);
    // In the mean there are almost three for each; of a few uploads hardly any may be met.
    let fewest = effort::effort(1, done, done);
    let is_replay = asked_for == 1;
    assert!(is_replay || troubles >= fewest, "{troubles} of {done}");
    assert!(memory < MEMORY_KEPT, "{before:?} {after:?}");
    let left = fs::read_dir(&rig.dir).unwrap().map(|entry| entry.unwrap());
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["server"]);
}
