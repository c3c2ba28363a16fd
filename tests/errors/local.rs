//! What goes wrong on this machine.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use super::capi::*;
use super::engine::{KEY, PART, Rig, eventually};
use super::*;

/// An upload with its checkpoint at a path.
fn with_checkpoint(rig: &Rig, name: &str) -> Ended {
    let path = c_path(&rig.path(name));
    let file = rig.file("file", PARTS * PART);
    client(rig).upload(Some(&file), |params| params.checkpoint_path = path.as_ptr())
}

/// An upload of which `hurt` does something to the file while part 1 is held up.
fn while_running(rig: &Rig, hurt: impl FnOnce(&Path)) -> Ended {
    let file = rig.file("file", PARTS * PART);
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = client(rig).start(Some(&file), |params| params.thread_num = 1);
    assert!(gate.wait_reached(Duration::from_secs(10)));
    hurt(&file);
    gate.release();
    upload.end()
}

pub fn arguments() -> Vec<Situation> {
    let invalid = expect(OSS_RESUMABLE_E_INVALID_ARGUMENT);
    vec![
        situation(
            "an endpoint that is none",
            invalid,
            &["endpoint:", "ftp"],
            |_| *CClient::with("ftp://a.b", |_| {}).err().unwrap(),
        ),
        situation(
            "a number out of range",
            invalid,
            &["part_size:", "17", "102400"],
            |rig| {
                let file = rig.file("file", PART);
                client(rig).upload(Some(&file), |params| params.part_size = 17)
            },
        ),
        situation(
            "a name that no bucket has",
            invalid,
            &["bucket:", "My_Bucket"],
            |rig| client(rig).upload_to("My_Bucket", KEY, None, |_| {}),
        ),
        situation("no path", invalid, &["filepath:", "NULL"], |rig| {
            client(rig).upload(None, |_| {})
        }),
        situation(
            "a field that must be zero",
            invalid,
            &["flags:", "0x4"],
            |rig| client(rig).upload(None, |params| params.flags = 4),
        ),
    ]
}

pub fn files() -> Vec<Situation> {
    let file = expect(OSS_RESUMABLE_E_FILE);
    let changed = expect(OSS_RESUMABLE_E_FILE_CHANGED).retryable();
    let absent = file.errno(libc::ENOENT);
    let write_only = file.errno(libc::EBADF);
    vec![
        situation(
            "a file that is not there",
            absent,
            &["no-such-file"],
            |rig| client(rig).upload(Some(&rig.path("no-such-file")), |_| {}),
        ),
        situation(
            "a link to itself",
            file.errno(libc::ELOOP),
            &["round"],
            |rig| {
                let link = rig.path("round");
                std::os::unix::fs::symlink(&link, &link).unwrap();
                client(rig).upload(Some(&link), |_| {})
            },
        ),
        situation(
            "a directory",
            file,
            &["directory", "oss-resumable-test"],
            |rig| client(rig).upload(Some(&rig.dir), |_| {}),
        ),
        situation(
            "an open file for writing only",
            write_only,
            &["open file"],
            |rig| {
                use std::os::fd::AsRawFd;
                let path = rig.file("file", 10);
                let file = OpenOptions::new().append(true).open(path).unwrap();
                let source = handle(file.as_raw_fd().into());
                client(rig).upload(None, |params| {
                    params.source = &source;
                    params.enable_checkpoint = 0;
                })
            },
        ),
        situation(
            "cut short meanwhile",
            changed.at("upload", 0),
            &["file was truncated"],
            |rig| {
                while_running(rig, |file| {
                    let file = OpenOptions::new().write(true).open(file).unwrap();
                    file.set_len(PART).unwrap();
                })
            },
        ),
        situation(
            "replaced meanwhile",
            changed.at("complete", 0),
            &["file was replaced"],
            |rig| {
                while_running(rig, |file| {
                    std::fs::rename(rig.file("other", PARTS * PART), file).unwrap();
                })
            },
        ),
    ]
}

pub fn checkpoints() -> Vec<Situation> {
    let checkpoint = expect(OSS_RESUMABLE_E_CHECKPOINT);
    let absent = checkpoint.errno(libc::ENOENT);
    let in_use = checkpoint.retryable();
    vec![
        situation(
            "in no directory",
            absent,
            &["no-such-dir/c.ucp", "checkpoint"],
            |rig| with_checkpoint(rig, "no-such-dir/c.ucp"),
        ),
        situation(
            "another upload uses it",
            in_use,
            &["in use by process", ".ucp"],
            |rig| {
                let file = rig.file("file", PARTS * PART);
                let _gate = rig.server.pause_next(Op::UploadPart);
                let client = client(rig);
                let _first = client.start(Some(&file), |_| {});
                eventually("it sends", || rig.server.requests(Op::UploadPart) > 0);
                client.upload(Some(&file), |_| {})
            },
        ),
        situation(
            "no checkpoint",
            checkpoint,
            &["notes.txt", "not a checkpoint"],
            |rig| {
                std::fs::write(rig.path("notes.txt"), "dear diary").unwrap();
                with_checkpoint(rig, "notes.txt")
            },
        ),
    ]
}
