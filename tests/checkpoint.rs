//! The checkpoint on real disks: damaged, locked, planted, full, forbidden.

#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use effort::effort;
use engine::*;
use oss_resumable::config::CheckpointPlace;
use oss_resumable::error::Code;
use oss_resumable::transfer::events::warning;
use oss_test_server::{Action, Op, Rule};

const PARTS: u64 = 3;

/// An interrupted upload of three parts, of which two are recorded.
fn interrupted(rig: &Rig) -> (PathBuf, Vec<u8>) {
    let file = rig.file("file", PARTS * PART);
    let bytes = interrupt(rig, &file);
    (file, bytes)
}

fn interrupt(rig: &Rig, file: &Path) -> Vec<u8> {
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(3)
            .then(Action::status(403, "AccessDenied")),
    );
    let mut request = request(file);
    request.parts_in_flight = 1;
    assert_code(&rig.upload(request), Code::Service);
    rig.server.clear_rules();
    std::fs::read(rig.checkpoint(file)).unwrap()
}

/// Whatever the checkpoint holds, the same call ends in the right object and leaves nothing.
#[track_caller]
fn ends_well(rig: &Rig, file: &Path, what: &str) {
    let report = rig.upload(request(file));
    assert_ok(&report);
    assert!(rig.server.object_equals_file(BUCKET, KEY, file), "{what}");
    assert!(!rig.checkpoint(file).exists(), "{what}");
}

/// Tries many contents of a small checkpoint, on four threads: every `step`th of them, each in the
/// place of a checkpoint whose upload the server still has.
fn try_many(step: usize, contents: impl Fn(&[u8], usize) -> Option<Vec<u8>> + Sync) {
    // Others in each run, where not all are tried.
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let first = now.subsec_micros() as usize % step;
    std::thread::scope(|scope| {
        for shard in 0..4 {
            let contents = &contents;
            scope.spawn(move || {
                // In memory where there is such a place: thousands of runs need no disk.
                let rig = Rig::in_memory();
                let file = rig.file("file", PARTS * PART);
                for number in (first + shard * step..).step_by(4 * step) {
                    let bytes = interrupt(&rig, &file);
                    let Some(content) = contents(&bytes, number) else {
                        break;
                    };
                    std::fs::write(rig.checkpoint(&file), &content).unwrap();
                    ends_well(&rig, &file, &String::from_utf8_lossy(&content));
                    rig.server.clear_log();
                    // What nobody can read the id of any more; and no object for the next round.
                    rig.server.abort_all();
                    rig.server.delete_object(BUCKET, KEY);
                }
            });
        }
    });
}

#[test]
fn every_prefix_of_a_checkpoint_ends_in_the_right_object() {
    try_many(effort(4, 1, 1), |bytes, end| {
        bytes.get(..end).map(<[u8]>::to_vec)
    });
}

#[test]
fn every_flipped_bit_of_a_checkpoint_ends_in_the_right_object() {
    // Odd, so that every bit of a byte has its turn.
    try_many(effort(13, 3, 1), |bytes, bit| {
        let mut damaged = bytes.to_vec();
        *damaged.get_mut(bit / 8)? ^= 1 << (bit % 8);
        Some(damaged)
    });
}

#[test]
fn a_damaged_checkpoint_whose_upload_id_can_be_read_has_that_upload_aborted() {
    let rig = Rig::new();
    let (file, bytes) = interrupted(&rig);
    assert_eq!(rig.server.uploads().len(), 1);
    let mut damaged = bytes.clone();
    let third_line = bytes
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'\n')
        .nth(1)
        .unwrap()
        .0
        + 20;
    damaged[third_line] ^= 1;
    std::fs::write(rig.checkpoint(&file), damaged).unwrap();
    let report = rig.upload(request(&file));
    assert_ok(&report);
    assert_eq!(report.resumed_bytes, 0);
    rig.assert_stored(&file);
}

#[test]
fn a_record_whose_checksum_is_wrong_is_not_believed() {
    // Records that read well all the same, of an upload that the server still has.
    for field in ["\"number\":", "\"etag\":\"", "\"crc64\":\""] {
        let rig = Rig::new();
        let (file, bytes) = interrupted(&rig);
        let mut text = String::from_utf8(bytes).unwrap();
        let digit = text.find(field).unwrap() + field.len();
        let other = if text[digit..].starts_with('3') {
            "2"
        } else {
            "3"
        };
        text.replace_range(digit..=digit, other);
        std::fs::write(rig.checkpoint(&file), text).unwrap();
        let report = rig.upload(request(&file));
        assert_ok(&report);
        assert_eq!(report.resumed_bytes, 0, "{field}");
        rig.assert_stored(&file);
    }
}

#[test]
fn what_is_recorded_behind_a_torn_line_is_not_lost_with_it() {
    let rig = Rig::new();
    let (file, bytes) = interrupted(&rig);
    // The record of part 2 is torn; the part is sent again, because nothing else tells of it.
    rig.server.deny(&[Op::ListParts]);
    std::fs::write(rig.checkpoint(&file), &bytes[..bytes.len() - 10]).unwrap();
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(3)
            .then(Action::status(403, "AccessDenied")),
    );
    let mut request = request(&file);
    request.parts_in_flight = 1;
    assert_code(&rig.upload(request.clone()), Code::Service);
    rig.server.clear_rules();
    let report = rig.upload(request);
    assert_ok(&report);
    assert_eq!(report.resumed_bytes, 2 * PART);
    rig.assert_stored(&file);
}

#[test]
fn a_program_that_is_started_again_and_again_makes_no_checkpoint_that_grows() {
    let rig = Rig::new();
    let (file, _) = interrupted(&rig);
    let second = interrupt(&rig, &file);
    for _ in 0..10 {
        assert_eq!(interrupt(&rig, &file).len(), second.len());
    }
    ends_well(&rig, &file, "after a dozen runs");
    assert_eq!(
        rig.part_numbers_sent().iter().filter(|n| **n < 3).count(),
        2
    );
}

#[test]
fn a_checkpoint_of_ours_that_is_absurdly_large_begins_anew() {
    let rig = Rig::new();
    let (file, mut bytes) = interrupted(&rig);
    let record = bytes
        .split_inclusive(|b| *b == b'\n')
        .nth(1)
        .unwrap()
        .to_vec();
    while bytes.len() <= 5 << 20 {
        bytes.extend_from_slice(&record);
    }
    std::fs::write(rig.checkpoint(&file), bytes).unwrap();
    ends_well(&rig, &file, "five megabytes");
    assert_eq!(rig.server.uploads(), [], "the old one is aborted");
}

#[test]
fn a_checkpoint_path_that_leads_to_the_file_itself_is_refused() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    let link = file.with_extension("link");
    std::fs::hard_link(&file, &link).unwrap();
    for path in [&file, &link] {
        let mut request = request(&file);
        request.checkpoint = Some(CheckpointPlace::Path(path.clone()));
        let report = rig.upload(request);
        assert_code(&report, Code::InvalidArgument);
        let error = report.outcome.as_ref().unwrap_err();
        assert!(error.message.contains("checkpoint_path"), "{error}");
    }
    assert_eq!(std::fs::metadata(&file).unwrap().len(), PARTS * PART);
    assert_eq!(rig.server.log().len(), 0);
}

#[test]
fn a_checkpoint_of_another_version_begins_anew() {
    let rig = Rig::new();
    let (file, bytes) = interrupted(&rig);
    let text = String::from_utf8(bytes).unwrap();
    for version in [0, 2] {
        let changed: String = text
            .lines()
            .map(|line| match line.split_once(",\"sum\":\"") {
                Some((record, _)) if record.contains("\"version\":1") => {
                    let record = record.replace("\"version\":1", &format!("\"version\":{version}"));
                    let sum = oss_resumable::crc::crc64(format!("{record}}}").as_bytes());
                    format!("{record},\"sum\":\"{sum:016x}\"}}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        assert_ne!(changed, text);
        std::fs::write(rig.checkpoint(&file), changed).unwrap();
        let report = rig.upload(request(&file));
        assert_ok(&report);
        assert_eq!(report.resumed_bytes, 0);
        rig.assert_stored(&file);
    }
}

#[test]
fn files_that_are_not_checkpoints_are_refused_and_left_as_they_are() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    let photo = rig.path("photo.jpg");
    std::fs::write(&photo, b"\xff\xd8\xff\xe0 not a checkpoint").unwrap();
    let mut wrong = request(&file);
    wrong.checkpoint = Some(CheckpointPlace::Path(photo.clone()));
    assert_code(&rig.upload(wrong), Code::Checkpoint);
    assert_eq!(
        std::fs::read(&photo).unwrap(),
        b"\xff\xd8\xff\xe0 not a checkpoint"
    );
    assert_eq!(rig.server.log().len(), 0);
}

#[test]
fn a_second_upload_with_the_same_checkpoint_is_told_who_has_it() {
    let rig = Rig::new();
    let gate = rig.server.pause_next(Op::UploadPart);
    let file = rig.file("file", PARTS * PART);
    let first = rig.start(request(&file));
    assert!(gate.wait_reached(Duration::from_secs(10)));
    let report = rig.upload(request(&file));
    assert_code(&report, Code::Checkpoint);
    let message = &report.outcome.as_ref().unwrap_err().message;
    let owner = format!("in use by process {}", std::process::id());
    assert!(message.contains(&owner), "{message}");
    gate.release();
    assert_ok(&wait(&first));
    rig.assert_stored(&file);
    assert_eq!(rig.part_numbers_sent().len(), PARTS as usize);
    assert_eq!(rig.server.requests(Op::InitiateMultipartUpload), 1);
}

#[test]
fn a_directory_as_checkpoint_path_holds_one_file_per_upload_without_key_text_in_its_name() {
    let rig = Rig::new();
    let directory = rig.path("checkpoints");
    std::fs::create_dir(&directory).unwrap();
    let file = rig.file("file", PARTS * PART);
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .part(3)
            .then(Action::status(403, "AccessDenied")),
    );
    for key in ["secret-name", "\u{4e2d}", &"k".repeat(1000)] {
        let mut request = request(&file);
        request.object = key.to_owned();
        request.checkpoint = Some(CheckpointPlace::Path(directory.clone()));
        // Parts 1 and 2 are recorded before part 3 is refused.
        request.parts_in_flight = 1;
        assert_code(&rig.upload(request), Code::Service);
    }
    let names: Vec<_> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 3);
    assert!(
        names
            .iter()
            .all(|name| name.len() == 36 && name.ends_with(".ucp")),
        "{names:?}"
    );
    rig.server.clear_rules();
    let mut request = request(&file);
    request.object = "secret-name".into();
    request.checkpoint = Some(CheckpointPlace::Path(directory.clone()));
    let report = rig.upload(request);
    assert_ok(&report);
    assert_eq!(report.resumed_bytes, 2 * PART);
}

#[test]
fn symbolic_links_hard_links_fifos_and_directories_planted_at_the_path_are_refused() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    let target = rig.path("target");
    std::fs::write(&target, b"precious").unwrap();
    type Plant<'a> = &'a dyn Fn(&Path);
    let plant: [(&str, Plant<'_>); 5] = [
        ("link", &|path| symlink(&target, path).unwrap()),
        ("dangling", &|path| {
            symlink("/does/not/exist", path).unwrap()
        }),
        ("hard link", &|path| {
            std::fs::hard_link(&target, path).unwrap()
        }),
        ("fifo", &|path| {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        }),
        // Where the checkpoint itself should be, not one that was named to hold it.
        ("directory", &|path| std::fs::create_dir(path).unwrap()),
    ];
    for (what, plant) in plant {
        let path = rig.checkpoint(&file);
        plant(&path);
        let before = std::fs::symlink_metadata(&path).unwrap();
        let report = rig.upload(request(&file));
        assert_code(&report, Code::Checkpoint);
        assert_eq!(std::fs::read(&target).unwrap(), b"precious", "{what}");
        let after = std::fs::symlink_metadata(&path).unwrap();
        assert_eq!(after.ino(), before.ino(), "{what} is left");
        match before.is_dir() {
            // Only an empty one can be removed.
            true => std::fs::remove_dir(&path).unwrap(),
            false => std::fs::remove_file(&path).unwrap(),
        }
    }
    assert_eq!(rig.server.log().len(), 0);
}

#[test]
fn a_link_to_a_checkpoint_is_not_followed() {
    let rig = Rig::new();
    let (file, bytes) = interrupted(&rig);
    // Neither a real one, which would be continued, nor an empty file, which would be begun with.
    let target = rig.path("elsewhere");
    for content in [&bytes[..], b""] {
        let path = rig.checkpoint(&file);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&target, content).unwrap();
        symlink(&target, &path).unwrap();
        let report = rig.upload(request(&file));
        assert_code(&report, Code::Checkpoint);
        let message = &report.outcome.as_ref().unwrap_err().message;
        assert!(message.contains("is a symbolic link"), "{message}");
        assert_eq!(std::fs::read(&target).unwrap(), content);
    }
    rig.assert_absent();
}

#[test]
fn a_checkpoint_is_for_its_owner_alone_and_holds_no_secret() {
    let rig = Rig::new();
    let (file, bytes) = interrupted(&rig);
    let mode = std::fs::metadata(rig.checkpoint(&file)).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = String::from_utf8(bytes).unwrap();
    for secret in [
        oss_test_server::ACCESS_KEY_SECRET,
        oss_test_server::ACCESS_KEY_ID,
        "Signature",
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn places_that_cannot_be_written_are_an_error_before_any_request() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    for path in ["/does/not/exist/x.ucp", "/proc/x.ucp", "/dev/null/x.ucp"] {
        let mut request = request(&file);
        request.checkpoint = Some(CheckpointPlace::Path(PathBuf::from(path)));
        let report = rig.upload(request);
        assert_code(&report, Code::Checkpoint);
        let message = &report.outcome.as_ref().unwrap_err().message;
        assert!(message.contains(path), "{message}");
    }
    assert_eq!(rig.server.log().len(), 0);
}

/// A file system of its own, if this process may mount one.
struct Mount(PathBuf);

impl Mount {
    fn tmpfs(path: PathBuf, size: &str) -> Option<Mount> {
        std::fs::create_dir_all(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(&path)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Mount(path)),
            _ => {
                assert!(
                    std::env::var_os("OSS_RESUMABLE_REQUIRE_ALL").is_none(),
                    "cannot mount a tmpfs"
                );
                eprintln!("SKIPPED: full disk (needs the right to mount a tmpfs: run as root)");
                None
            }
        }
    }

    fn fill(&self) -> PathBuf {
        use std::io::Write;
        let path = self.0.join("filler");
        let mut filler = std::fs::File::create(&path).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        path
    }

    fn remount(&self, option: &str) {
        // Busy for as long as something of an upload that has just ended is open there.
        eventually("it is mounted again", || {
            let status = Command::new("mount")
                .args(["-o", &format!("remount,{option}")])
                .arg(&self.0)
                .status();
            status.unwrap().success()
        });
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_at_the_start_is_an_error_before_any_request() {
    let rig = Rig::new();
    let Some(mount) = Mount::tmpfs(rig.path("full"), "64k") else {
        return;
    };
    let file = rig.file("file", PARTS * PART);
    mount.fill();
    let mut request = request(&file);
    request.checkpoint = Some(CheckpointPlace::Path(mount.0.join("x.ucp")));
    let report = rig.upload(request);
    assert_code(&report, Code::Checkpoint);
    assert_eq!(rig.server.log().len(), 0);
    assert!(
        !mount.0.join("x.ucp").exists(),
        "an empty file was left behind"
    );
}

#[test]
fn a_disk_that_fills_up_meanwhile_costs_resuming_and_not_the_upload() {
    let rig = Rig::new();
    let Some(mount) = Mount::tmpfs(rig.path("full"), "64k") else {
        return;
    };
    let file = rig.file("file", 60 * PART);
    let mut request = request(&file);
    request.checkpoint = Some(CheckpointPlace::Path(mount.0.join("x.ucp")));
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = rig.start(request);
    assert!(gate.wait_reached(Duration::from_secs(10)));
    mount.fill();
    gate.release();
    let report = wait(&upload);
    assert_ok(&report);
    assert_ne!(report.warnings & warning::RESUMABILITY_LOST, 0);
    rig.assert_stored(&file);
    assert!(!mount.0.join("x.ucp").exists());
}

#[test]
fn a_read_only_disk_is_an_error_before_any_request() {
    let rig = Rig::new();
    let Some(mount) = Mount::tmpfs(rig.path("ro"), "64k") else {
        return;
    };
    let file = rig.file("file", PARTS * PART);
    for exists in [false, true] {
        let path = mount.0.join("x.ucp");
        if exists {
            std::fs::write(&path, b"").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let mut wanted = request(&file);
        wanted.checkpoint = Some(CheckpointPlace::Path(path));
        mount.remount("ro");
        assert_code(&rig.upload(wanted.clone()), Code::Checkpoint);
        assert_eq!(rig.server.log().len(), 0);
        mount.remount("rw");
        assert_ok(&rig.upload(wanted));
        rig.assert_stored(&file);
        rig.server.clear_log();
    }
}

#[test]
fn a_checkpoint_directory_that_is_deleted_meanwhile_does_not_harm_the_upload() {
    let rig = Rig::new();
    let file = rig.file("file", PARTS * PART);
    let directory = rig.path("checkpoints");
    std::fs::create_dir(&directory).unwrap();
    let mut wanted = request(&file);
    wanted.checkpoint = Some(CheckpointPlace::Path(directory.clone()));
    let gate = rig.server.pause_next(Op::UploadPart);
    let upload = rig.start(wanted.clone());
    assert!(gate.wait_reached(Duration::from_secs(10)));
    std::fs::remove_dir_all(&directory).unwrap();
    gate.release();
    let report = wait(&upload);
    assert_ok(&report);
    assert_eq!(report.warnings, 0);
    rig.assert_stored(&file);
    assert!(!directory.exists());
    // The path is now that of a file.
    assert_ok(&rig.upload(wanted));
    rig.assert_stored(&file);
}

#[test]
fn ten_thousand_parts_write_less_than_two_megabytes() {
    let record = oss_resumable::checkpoint::record::part_line(
        10_000,
        &oss_resumable::checkpoint::record::DonePart {
            etag: "F".repeat(32),
            crc64: u64::MAX,
        },
    );
    assert!(record.unwrap().len() * 10_000 < 2_000_000);
}
