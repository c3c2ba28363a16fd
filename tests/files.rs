//! Files of every kind: special ones, names of any bytes, links, times beyond the usual, and writes
//! through a mapping, which show in no time.
#![cfg(target_os = "linux")]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/resuming.rs"]
mod resuming;
mod support;

use std::ffi::{CString, OsStr};
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine::*;
use oss_resumable::config::{Input, Verify};
use oss_resumable::error::Code;
use oss_test_server::{Action, Op, Options, Rule};
use resuming::*;
use support::skipped;

fn by_path(rig: &Rig, file: &Path) -> oss_resumable::config::UploadRequest {
    request_of(rig, Input::Path(file.to_owned()))
}

// ---- What is no plain file ---------------------------------------------------------------------

#[test]
fn fifos_sockets_devices_and_files_of_the_kernel_are_refused_at_once() {
    let rig = Rig::new();
    let fifo = rig.path("fifo");
    let name = CString::new(fifo.as_os_str().as_bytes()).unwrap();
    // SAFETY: a string that lives as long as the call.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    let socket = rig.path("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let to_fifo = rig.path("to-fifo");
    symlink(&fifo, &to_fifo).unwrap();
    let mut paths = vec![fifo, socket, to_fifo, rig.dir.clone()];
    for path in [
        "/dev/zero",
        "/dev/null",
        "/dev/full",
        "/dev/random",
        "/dev/tty",
        "/proc/self/maps",
        "/proc/self/mem",
        "/proc/meminfo",
        "/proc/self/fd",
    ] {
        paths.push(path.into());
    }
    for path in paths {
        let started = Instant::now();
        let report = rig.upload(request(&path));
        assert_code(&report, Code::File);
        let took = started.elapsed();
        assert!(
            took < Duration::from_secs(5),
            "{}: {took:?}",
            path.display()
        );
    }
    assert_eq!(rig.server.log().len(), 0);
}

/// Its size is that of a page, whatever is in it.
#[test]
fn a_file_of_sysfs_that_is_shorter_than_it_says_never_becomes_an_object() {
    let rig = Rig::new();
    let path = Path::new("/sys/kernel/uevent_seqnum");
    let Ok(metadata) = std::fs::metadata(path) else {
        return skipped(&path.display().to_string(), "a system that has it");
    };
    assert!(metadata.len() > std::fs::read(path).unwrap().len() as u64);
    let mut wanted = request(path);
    wanted.checkpoint = None;
    assert_code(&rig.upload(wanted), Code::FileChanged);
    rig.assert_absent();
    assert_eq!(rig.server.uploads(), []);
}

// ---- Names and links ---------------------------------------------------------------------------

#[test]
fn a_name_of_any_bytes_is_uploaded_and_continued() {
    for name in [
        &b"line\nfeed"[..],
        b"\xff\xfe not UTF-8 \xc3",
        b"100% \\ \"quoted\" \x01\x7f",
        "\u{4e2d}\u{6587} \u{1f600}".as_bytes(),
        b"-rf *",
        &[b'n'; 240],
    ] {
        let rig = Rig::new();
        let file = rig.dir.join(OsStr::from_bytes(name));
        write_file(&file, SIZE, 1);
        let beside = || oss_resumable::config::UploadRequest {
            checkpoint: Some(oss_resumable::config::CheckpointPlace::BesideFile),
            ..by_path(&rig, &file)
        };
        interrupt(&rig, beside());
        assert!(rig.checkpoint(&file).exists());
        let report = rig.upload(beside());
        assert_ok(&report);
        assert_eq!(rig.part_numbers_sent(), UNFINISHED);
        rig.assert_stored(&file);
    }
}

#[test]
fn a_link_is_followed_once_and_what_it_led_to_is_what_is_sent() {
    let rig = Rig::new();
    let (first, second) = (rig.file("first", SIZE), rig.path("second"));
    write_file(&second, SIZE, 2);
    let link = rig.path("link");
    symlink(&first, &link).unwrap();
    assert_ok(&rig.upload(by_path(&rig, &link)));
    rig.assert_stored(&first);

    // Led elsewhere in mid-upload: the user has another file now.
    rig.server.delete_object(BUCKET, KEY);
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = rig.start(by_path(&rig, &link));
    assert!(gate.wait_reached(Duration::from_secs(10)));
    std::fs::remove_file(&link).unwrap();
    symlink(&second, &link).unwrap();
    gate.release();
    assert_code(&wait(&upload), Code::FileChanged);
    rig.assert_absent();
    assert_eq!(rig.server.uploads(), []);

    // Between two runs: nothing of the one gets into the other.
    interrupt(&rig, by_path(&rig, &link));
    std::fs::remove_file(&link).unwrap();
    symlink(&first, &link).unwrap();
    assert_ok(&rig.upload(by_path(&rig, &link)));
    rig.assert_stored(&first);
    assert_eq!(rig.part_numbers_sent(), numbers());
}

#[test]
fn holes_of_a_file_are_sent_as_zeros() {
    let rig = Rig::new();
    let path = rig.path("sparse");
    let file = File::create(&path).unwrap();
    file.set_len(5 * PART + 99).unwrap();
    file.write_all_at(b"an island", 2 * PART + 50).unwrap();
    assert_ok(&rig.upload(by_path(&rig, &path)));
    rig.assert_stored(&path);
}

// ---- Times -------------------------------------------------------------------------------------

fn set_mtime(path: &Path, seconds: i64, nanoseconds: i64) {
    let name = CString::new(path.as_os_str().as_bytes()).unwrap();
    let unchanged = libc::timespec {
        tv_sec: 0,
        tv_nsec: libc::UTIME_OMIT,
    };
    let modified = libc::timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds,
    };
    // SAFETY: a string and an array that live as long as the call.
    let set = unsafe {
        libc::utimensat(
            libc::AT_FDCWD,
            name.as_ptr(),
            [unchanged, modified].as_ptr(),
            0,
        )
    };
    assert_eq!(set, 0);
    let metadata = std::fs::metadata(path).unwrap();
    assert_eq!(
        (metadata.mtime(), metadata.mtime_nsec()),
        (seconds, nanoseconds)
    );
}

const HALF: i64 = 500_000_000;

#[test]
fn a_time_in_the_future_before_1970_or_of_whole_seconds_is_kept_and_the_upload_goes_on() {
    let in_ten_years = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64
        + 10 * 365 * 86_400;
    for (seconds, nanoseconds) in [
        (in_ten_years, 123_456_789),
        (1_700_000_000, 0),
        (1_700_000_000, 999_999_999),
        (0, 0),
        (-1, HALF),
        (-86_400 * 365, 1),
    ] {
        let rig = Rig::new();
        let file = rig.file("file", SIZE);
        set_mtime(&file, seconds, nanoseconds);
        interrupt(&rig, by_path(&rig, &file));
        assert_ok(&rig.upload(by_path(&rig, &file)));
        rig.assert_stored(&file);
        assert_eq!(
            rig.part_numbers_sent(),
            UNFINISHED,
            "{seconds} {nanoseconds}"
        );
    }
}

#[test]
fn a_time_that_differs_by_the_least_or_in_its_sign_is_another_file() {
    for (before, after) in [
        ((1_700_000_000, 5), (1_700_000_000, 6)),
        ((1_700_000_000, 0), (1_699_999_999, 0)),
        // Half a second before and after 1970.
        ((-1, HALF), (0, HALF)),
        ((-2, HALF), (1, HALF)),
    ] {
        let rig = Rig::new();
        let file = rig.file("file", SIZE);
        set_mtime(&file, before.0, before.1);
        interrupt(&rig, by_path(&rig, &file));
        // Another content, so that a part that is kept would be a wrong object.
        write_file(&file, SIZE, 2);
        set_mtime(&file, after.0, after.1);
        let mut again = by_path(&rig, &file);
        // The time alone has to tell.
        again.resume.verify = Verify::Never;
        assert_ok(&rig.upload(again));
        rig.assert_stored(&file);
        assert_eq!(rig.part_numbers_sent(), numbers(), "{before:?} {after:?}");
    }
}

// ---- Mappings ----------------------------------------------------------------------------------

/// A file's pages, written to without a system call.
struct Mapping {
    start: *mut u8,
    len: usize,
}

impl Mapping {
    fn of(path: &Path) -> Mapping {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap();
        let len = file.metadata().unwrap().len() as usize;
        let (rights, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping of a file that is as long as this.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                rights,
                shared,
                file.as_raw_fd(),
                0,
            )
        };
        assert_ne!(start, libc::MAP_FAILED);
        Mapping {
            start: start.cast(),
            len,
        }
    }

    fn flip(&self, offset: u64) {
        assert!((offset as usize) < self.len);
        // SAFETY: within the mapping.
        unsafe {
            let byte = self.start.add(offset as usize);
            byte.write_volatile(!byte.read_volatile());
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped in `of`, unmapped once.
        unsafe { libc::munmap(self.start.cast(), self.len) };
    }
}

fn times(path: &Path) -> [i64; 4] {
    let about = std::fs::metadata(path).unwrap();
    [
        about.mtime(),
        about.mtime_nsec(),
        about.ctime(),
        about.ctime_nsec(),
    ]
}

/// Where it shows: the first write to a page of a file on a disk.
#[test]
fn a_first_write_through_a_mapping_in_mid_upload_is_noticed_where_the_file_system_shows_it() {
    let rig = Rig::at(Path::new(env!("CARGO_TARGET_TMPDIR")), Options::default());
    let file = rig.file("file", SIZE);
    // A page that a sync has made clean, as all are some seconds after they were written.
    File::open(&file).unwrap().sync_all().unwrap();
    let mapping = Mapping::of(&file);
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = rig.start(by_path(&rig, &file));
    assert!(gate.wait_reached(Duration::from_secs(10)));
    std::thread::sleep(Duration::from_millis(50));
    let before = times(&file);
    mapping.flip(PART + 5);
    let shows = times(&file) != before;
    gate.release();
    let report = wait(&upload);
    if !shows {
        return skipped(
            "the times of a mapped file",
            "build on a disk's file system",
        );
    }
    assert_code(&report, Code::FileChanged);
    rig.assert_absent();
    assert_eq!(rig.server.uploads(), []);
    assert_ok(&rig.upload(by_path(&rig, &file)));
    rig.assert_stored(&file);
}

/// A file system in memory shows no write through a mapping. Then the object is what was read, part
/// by part, and its CRC64 that of what was read: the limit that is documented.
#[test]
fn writes_through_a_mapping_that_no_time_shows_never_give_an_unproven_object() {
    let rig = Rig::in_memory();
    let file = rig.file("file", SIZE);
    let original = std::fs::read(&file).unwrap();
    let mapping = Mapping::of(&file);
    let before = times(&file);
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(4)
            .then(Action::Delay { ms: 200 }),
    );
    let upload = rig.start(by_path(&rig, &file));
    let mut flips = 0;
    let report = loop {
        // A new write to every part, over and over.
        for part in 0..PARTS {
            mapping.flip(part * PART + flips % PART);
        }
        flips += 1;
        if let Some(report) = upload.wait(Some(Duration::from_millis(1)), None).unwrap() {
            break report;
        }
    };
    if times(&file) != before {
        // Shown here: then it is noticed, or was too late to matter.
        return skipped("a mapping that shows in no time", "a /dev/shm in memory");
    }
    assert_ok(&report);
    let object = rig.server.object(BUCKET, KEY).unwrap();
    assert_eq!(object.crc64, Some(report.crc64));
    // Every byte is one that the file had there at some time.
    let bytes = object.bytes();
    assert_eq!(bytes.len(), original.len());
    for (at, (stored, once)) in bytes.iter().zip(&original).enumerate() {
        assert!(stored == once || *stored == !once, "byte {at}");
    }
}

#[test]
fn a_write_through_a_mapping_between_two_runs_is_found_by_those_who_always_read_again() {
    let rig = Rig::in_memory();
    let file = rig.file("file", SIZE);
    interrupt(&rig, by_path(&rig, &file));
    let before = times(&file);
    Mapping::of(&file).flip(PART + 5);
    if times(&file) != before {
        return skipped("a mapping that shows in no time", "a /dev/shm in memory");
    }
    let mut again = by_path(&rig, &file);
    again.resume.verify = Verify::Always;
    assert_ok(&rig.upload(again));
    rig.assert_stored(&file);
    assert_eq!(rig.part_numbers_sent(), [2, 6, 7, 8]);
}
