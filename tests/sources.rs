//! What can be uploaded besides a path: an open file and memory.

#[path = "support/capi.rs"]
mod capi;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/resuming.rs"]
mod resuming;

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use capi::*;
use engine::*;
use oss_resumable::config::Input;
use oss_resumable::error::Code;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_test_server::{Action, Op, Options, Rule, Server};
use resuming::*;

// ---- One upload, from each source --------------------------------------------------------------

/// Without what differs from one request to the next.
fn comparable(ended: Ended) -> Ended {
    Ended {
        request_id: None,
        upload_id: None,
        ..ended.ok()
    }
}

/// An upload of a source that the caller takes away as soon as it has been started.
fn taken_away(rig: &Rig, source: oss_resumable_source_t, take_away: impl FnOnce()) -> Ended {
    let first = match source.data_len {
        _ if source.kind == OSS_RESUMABLE_SOURCE_FILE => Op::InitiateMultipartUpload,
        len if len as u64 <= PART => Op::PutObject,
        _ => Op::InitiateMultipartUpload,
    };
    let gate = rig.server.pause_next(first);
    let client = CClient::new(&rig.server.url());
    let upload = client.start(None, |params| {
        params.source = &source;
        params.enable_checkpoint = 0;
    });
    take_away();
    gate.release();
    upload.end()
}

#[test]
fn an_open_file_and_memory_give_the_object_and_the_result_that_the_path_gives() {
    for size in [3 * PART + 7, PART, 1, 0] {
        let rig = Rig::new();
        let path = rig.file("file", size);
        let client = CClient::new(&rig.server.url());
        let by_path = comparable(client.upload(Some(&path), |_| {}));
        rig.assert_stored(&path);
        assert_eq!(
            by_path.crc64,
            rig.server.object(BUCKET, KEY).unwrap().crc64.unwrap()
        );
        assert_eq!(by_path.parts, if size > PART { 4 } else { 1 });

        // The file is open at its end, and has no name any more.
        rig.server.delete_object(BUCKET, KEY);
        let unlinked = rig.path("unlinked");
        std::fs::copy(&path, &unlinked).unwrap();
        let mut file = File::open(&unlinked).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        std::fs::remove_file(&unlinked).unwrap();
        let source = handle(file.as_raw_fd().into());
        let by_file = taken_away(&rig, source, || drop(file));
        assert_eq!(comparable(by_file), by_path, "{size}");
        rig.assert_stored(&path);

        rig.server.delete_object(BUCKET, KEY);
        let mut bytes = std::fs::read(&path).unwrap();
        let source = memory(&bytes);
        let by_memory = taken_away(&rig, source, || {
            bytes.fill(0);
            drop(bytes);
        });
        assert_eq!(comparable(by_memory), by_path, "{size}");
        rig.assert_stored(&path);
    }
}

#[test]
fn the_position_of_an_open_file_is_neither_used_nor_moved() {
    let rig = Rig::new();
    let path = rig.file("file", 3 * PART);
    let mut file = File::open(&path).unwrap();
    for position in [0, 70_000, 5 * PART] {
        file.seek(SeekFrom::Start(position)).unwrap();
        let source = handle(file.as_raw_fd().into());
        let client = CClient::new(&rig.server.url());
        let ended = client.upload(None, |params| {
            params.source = &source;
            params.enable_checkpoint = 0;
        });
        ended.ok();
        rig.assert_stored(&path);
        assert_eq!(file.stream_position().unwrap(), position);
        rig.server.delete_object(BUCKET, KEY);
    }
}

#[test]
fn without_a_path_the_content_type_is_told_by_the_key() {
    let server = Server::start();
    let client = CClient::new(&server.url());
    let source = memory(b"<html>");
    for (key, expected) in [("a.html", "text/html"), ("a", "application/octet-stream")] {
        let ended = client.upload_to(BUCKET, key, None, |params| {
            params.source = &source;
            params.enable_checkpoint = 0;
        });
        ended.ok();
        let object = server.object(BUCKET, key).unwrap();
        assert_eq!(object.header("content-type"), Some(expected));
    }
}

#[test]
fn what_cannot_be_a_source_is_refused_before_anything_is_sent() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let path = rig.file("file", 10);
    let (pipe, _writer) = std::io::pipe().unwrap();
    let dir = File::open(&rig.dir).unwrap();
    let write_only = OpenOptions::new().write(true).open(&path).unwrap();
    let number = |file: &dyn AsRawFd| handle(file.as_raw_fd().into());
    let of_kind = |kind| oss_resumable_source_t {
        kind,
        ..memory(b"bytes")
    };
    let no_data = oss_resumable_source_t {
        data: std::ptr::null(),
        ..memory(b"bytes")
    };
    let unknown_size = oss_resumable_source_t {
        struct_size: 12,
        ..memory(b"bytes")
    };
    let (invalid, file) = (OSS_RESUMABLE_E_INVALID_ARGUMENT, OSS_RESUMABLE_E_FILE);
    for (source, code, words, errno) in [
        // No process has so many files open: the number of none, like that of a closed one.
        (
            handle(99_999_999),
            invalid,
            "source.handle: 99999999: ",
            libc::EBADF,
        ),
        (handle(-1), invalid, "source.handle: -1: ", 0),
        (handle(-100), invalid, "source.handle: -100: ", 0),
        (
            handle(1 << 40),
            invalid,
            "source.handle: 1099511627776: ",
            0,
        ),
        (of_kind(0), invalid, "source.kind: 0 ", 0),
        (of_kind(3), invalid, "source.kind: 3 ", 0),
        (
            no_data,
            invalid,
            "source.data: is NULL, but source.data_len is 5",
            0,
        ),
        (unknown_size, invalid, "source.struct_size: 12 ", 0),
        (number(&pipe), file, "not a regular file", 0),
        (number(&dir), file, "directory", 0),
        (number(&write_only), file, "the open file", libc::EBADF),
    ] {
        let ended = client.upload(None, |params| {
            params.source = &source;
            params.enable_checkpoint = 0;
        });
        assert_eq!((ended.code, ended.os_errno), (code, errno), "{ended:?}");
        assert!(ended.message.contains(words), "{words}: {ended:?}");
    }

    let source = memory(b"bytes");
    let both = client.upload(Some(&path), |params| params.source = &source);
    assert_eq!(both.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
    assert!(both.message.starts_with("filepath: "), "{both:?}");
    let file = File::open(&path).unwrap();
    for source in [source, number(&file)] {
        let nowhere = client.upload(None, |params| params.source = &source);
        assert_eq!(nowhere.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
        assert!(
            nowhere.message.starts_with("checkpoint_path: "),
            "{nowhere:?}"
        );
    }
    assert_eq!(rig.server.log().len(), 0);
}

// ---- Uploads that are continued ----------------------------------------------------------------

#[test]
fn what_was_begun_from_one_source_goes_on_from_the_same_bytes_in_another() {
    type From = fn(&Path) -> Input;
    let path: From = |file| Input::Path(file.to_owned());
    let pairs: [(&str, From, From); 5] = [
        ("file, file", open_file, open_file),
        ("file, path", open_file, path),
        ("path, file", path, open_file),
        ("memory, memory", memory_of, memory_of),
        // Memory goes by its content alone.
        ("path, memory", path, memory_of),
    ];
    for (what, first, second) in pairs {
        let rig = Rig::new();
        let file = rig.file("file", SIZE);
        interrupt(&rig, request_of(&rig, first(&file)));
        let report = rig.upload(request_of(&rig, second(&file)));
        assert_ok(&report);
        rig.assert_stored(&file);
        assert_eq!(rig.part_numbers_sent(), UNFINISHED, "{what}");
        assert_eq!(report.resumed_bytes, 5 * PART, "{what}");
        assert!(!rig.path("c.ucp").exists(), "{what}");
    }
}

/// The times of a file say nothing about memory, so that a file is taken for another one.
#[test]
fn what_was_begun_from_memory_begins_anew_from_a_path_unless_the_content_is_to_decide() {
    for by_content in [false, true] {
        let rig = Rig::new();
        let file = rig.file("file", SIZE);
        interrupt(&rig, request_of(&rig, memory_of(&file)));
        let mut again = request_of(&rig, Input::Path(file.clone()));
        again.resume.by_content = by_content;
        assert_ok(&rig.upload(again));
        rig.assert_stored(&file);
        let expected = if by_content {
            UNFINISHED.to_vec()
        } else {
            numbers()
        };
        assert_eq!(rig.part_numbers_sent(), expected);
    }
}

#[test]
fn of_other_bytes_in_memory_only_the_parts_that_differ_are_sent_again() {
    let rig = Rig::new();
    let file = rig.file("file", SIZE);
    let other = changed_copy(&rig, &file, "other", 3);
    interrupt(&rig, request_of(&rig, memory_of(&file)));
    assert_ok(&rig.upload(request_of(&rig, memory_of(&other))));
    rig.assert_stored(&other);
    assert_eq!(rig.part_numbers_sent(), [3, 6, 7, 8]);
}

#[test]
fn more_or_fewer_bytes_in_memory_are_another_upload() {
    for size in [SIZE - 1, SIZE + 1] {
        let rig = Rig::new();
        interrupt(&rig, request_of(&rig, memory_of(&rig.file("file", SIZE))));
        let other = rig.file("other", size);
        assert_ok(&rig.upload(request_of(&rig, memory_of(&other))));
        rig.assert_stored(&other);
        assert!(rig.part_numbers_sent().starts_with(&numbers()));
    }
}

/// The checkpoint then holds parts of both, and says whose upload it was first.
#[test]
fn parts_of_another_source_that_was_tried_in_between_do_not_get_into_the_object() {
    for memory in [false, true] {
        let rig = Rig::new();
        let file = rig.file("file", SIZE);
        let other = changed_copy(&rig, &file, "other", 3);
        let by_path = |path: &Path| request_of(&rig, Input::Path(path.to_owned()));
        interrupt(&rig, by_path(&file));
        let mut between = by_path(&other);
        if memory {
            between.input = memory_of(&other);
        } else {
            between.resume.by_content = true;
        }
        // Part 3 of the other one is stored and recorded.
        fail_at(&rig, &rig.client, 6, between);
        assert_ok(&rig.upload(by_path(&file)));
        rig.assert_stored(&file);
        assert_eq!(rig.part_numbers_sent(), [3, 6, 7, 8]);
    }
}

#[test]
fn through_the_c_api_an_open_file_and_memory_go_on_where_they_were_canceled() {
    let rig = Rig::new();
    let path = rig.file("file", SIZE);
    let checkpoint = c_path(&rig.path("c.ucp"));
    let file = File::open(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for source in [handle(file.as_raw_fd().into()), memory(&bytes)] {
        let client = CClient::new(&rig.server.url());
        let resumable = |params: &mut oss_resumable_params_t| {
            params.source = &source;
            params.checkpoint_path = checkpoint.as_ptr();
            params.thread_num = 1;
        };
        // Held, so that it is canceled in the middle on a busy machine, too.
        let late = Rule::on(Op::UploadPart).part(6);
        rig.server.rule(late.then(Action::Delay { ms: 10_000 }));
        let first = client.start(None, resumable);
        eventually("some parts are stored", || {
            rig.server.part_bytes_accepted() >= 2 * PART
        });
        first.cancel();
        let canceled = first.end();
        assert_eq!(canceled.code, OSS_RESUMABLE_E_CANCELED, "{canceled:?}");
        rig.server.clear_rules();
        let ended = client.upload(None, resumable).ok();
        assert_eq!(ended.upload_id, canceled.upload_id);
        assert!(ended.resumed_bytes >= 2 * PART as i64, "{ended:?}");
        rig.assert_stored(&path);
        rig.server.delete_object(BUCKET, KEY);
        rig.server.clear_log();
    }
}

// ---- Files that change -------------------------------------------------------------------------

#[test]
fn an_open_file_that_changes_meanwhile_is_noticed() {
    type Change = fn(&File);
    let changes: [(&str, Change); 3] = [
        ("modified", |file| file.write_all_at(b"other", 10).unwrap()),
        ("truncated", |file| file.set_len(2 * PART).unwrap()),
        ("grew", |file| file.set_len(2 * SIZE).unwrap()),
    ];
    for (how, change) in changes {
        let rig = Rig::new();
        let path = rig.file("file", SIZE);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        // Not within the granularity of the file system's clock.
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(60))
            .unwrap();
        let gate = rig.server.pause_next(Op::UploadPart);
        let source = handle(file.as_raw_fd().into());
        let client = CClient::new(&rig.server.url());
        let checkpoint = c_path(&rig.path("c.ucp"));
        let upload = client.start(None, |params| {
            params.source = &source;
            params.checkpoint_path = checkpoint.as_ptr();
        });
        assert!(gate.wait_reached(Duration::from_secs(60)));
        change(&file);
        gate.release();
        let ended = upload.end();
        assert_eq!(ended.code, OSS_RESUMABLE_E_FILE_CHANGED, "{ended:?}");
        assert!(
            ended.message.contains("the open file") && ended.message.contains(how),
            "{ended:?}"
        );
        rig.assert_absent();
        assert_eq!(rig.server.uploads(), [], "{how}");
        assert!(!rig.path("c.ucp").exists(), "{how}");
    }
}

/// The engine, too, refuses what has no place for its checkpoint.
#[test]
fn the_engine_asks_for_a_checkpoint_path_where_there_is_no_file_to_put_it_beside() {
    let rig = Rig::with(Options::default());
    let mut wanted = request(Path::new(""));
    wanted.input = Input::Memory(Bytes::from(vec![7; SIZE as usize]));
    let report = rig.upload(wanted);
    assert_code(&report, Code::InvalidArgument);
    assert_eq!(rig.server.log().len(), 0);
}
