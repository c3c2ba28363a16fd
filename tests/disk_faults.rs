//! The `.so` on a disk that fails: each call to the file system in turn, once and for ever.
#![cfg(target_os = "linux")]

#[path = "support/calls.rs"]
mod calls;
#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/once.rs"]
mod once;
mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use calls::Fate;
use effort::effort;
use engine::PART;
use once::*;
use oss_resumable::transfer::events::warning::{CHECKPOINT_LEFT, RESTARTED, RESUMABILITY_LOST};
use oss_test_server::Op;

#[derive(Clone, Debug)]
struct Fault {
    /// Every kind of call, if none is named.
    name: Option<&'static str>,
    /// The first call of the kind that fails.
    number: usize,
    for_ever: bool,
    errno: i32,
    start: Start,
    /// The last one known: later ones are tried as well, until a run has none.
    is_last: bool,
}

#[derive(Default)]
struct Tally {
    faults: u64,
    clean_passes: u64,
    succeeded: u64,
    without_checkpoint: u64,
    failed: u64,
    crashed: u64,
    wrong_objects: u64,
    stuck: u64,
    bytes_beyond_the_bound: u64,
    found: Vec<String>,
}

/// Every number of every kind of call that a whole run makes.
fn faults(start: Start) -> Vec<Fault> {
    let upload = Once::new().unwrap();
    upload.prepare(start);
    let mut counts: BTreeMap<Option<&'static str>, usize> = BTreeMap::new();
    let told = upload.run_asked(|call| {
        *counts.entry(Some(call.name)).or_default() += 1;
        *counts.entry(None).or_default() += 1;
        Fate::Happens
    });
    assert_eq!(told.unwrap().code, 0);
    let mut faults = Vec::new();
    for (name, count) in counts {
        for errno in [libc::EIO, libc::ENOSPC] {
            let fills_the_disk = ["open", "write", "fsync", "fdatasync", "rename"];
            let full = errno == libc::ENOSPC;
            if full && !name.is_some_and(|name| fills_the_disk.contains(&name)) {
                continue;
            }
            let rare = matches!(start, Start::Touched | Start::Stale);
            if full && rare {
                continue;
            }
            for number in 0..count {
                for for_ever in [false, true] {
                    if for_ever && rare {
                        continue;
                    }
                    faults.push(Fault {
                        name,
                        number,
                        for_ever,
                        errno,
                        start,
                        is_last: number + 1 == count,
                    });
                }
            }
        }
    }
    faults
}

/// False if the run made fewer such calls.
fn meet(upload: &Once, fault: &Fault, tally: &Mutex<Tally>) -> bool {
    let to_send = upload.prepare(fault.start);
    let (mut count, mut fired, mut what) = (0, 0, String::new());
    let mut unrecorded = false;
    let told = upload.run_whatever_comes(|call| {
        if fault.name.is_some_and(|name| name != call.name) {
            return Fate::Happens;
        }
        count += 1;
        let is_due = count > fault.number && (fault.for_ever || fired == 0);
        if !is_due {
            return Fate::Happens;
        }
        if fired == 0 {
            let path = call.path.strip_prefix(&upload.rig.dir);
            what = format!("{} {}", call.name, path.unwrap_or(&call.path).display());
        }
        fired += 1;
        // Nothing but the checkpoint is written. Without its directory only the name is not durable.
        unrecorded |= fault.name.is_some()
            && matches!(call.name, "write" | "fsync" | "fdatasync")
            && call.path != upload.rig.dir;
        Fate::Fails(fault.errno)
    });
    let committed = !upload.is_absent();
    let right = upload.is_stored();
    let finished = upload.finished().unwrap_or_default();
    let sent_before = upload.rig.part_numbers_sent().len();
    let again = upload.run();

    let mut tally = tally.lock().unwrap();
    let mut found = Vec::new();
    tally.faults += u64::from(fired > 0);
    tally.clean_passes += u64::from(fired == 0);
    match &told {
        Err(crash) => {
            tally.crashed += 1;
            found.push(crash.clone());
        }
        Ok(told) if told.code == 0 => {
            tally.succeeded += 1;
            tally.without_checkpoint += u64::from(told.warnings & RESUMABILITY_LOST != 0);
            let warned = told.warnings & RESUMABILITY_LOST != 0;
            if unrecorded && !warned {
                found.push("not told that nothing is recorded".to_owned());
            }
            if !committed {
                found.push("told as a success, but nothing is stored".to_owned());
            }
        }
        Ok(told) => {
            tally.failed += 1;
            let fitting = match told.code {
                E_FILE | E_CHECKPOINT => told.errno == fault.errno,
                _ => false,
            };
            if !fitting || told.message.is_empty() || fired == 0 {
                found.push("not a fitting error".to_owned());
            }
            if committed {
                found.push("told as a failure, but it is committed".to_owned());
            }
            let twice = upload.rig.server.part_bytes_received();
            let twice = twice.saturating_sub(to_send);
            let beyond = twice.saturating_sub(BOUND);
            tally.bytes_beyond_the_bound += beyond;
            let sent_again = upload.rig.part_numbers_sent().split_off(sent_before);
            let is_known = |number: &u32| fault.start != Start::Stale && finished.contains(number);
            if beyond > 0 || sent_again.iter().any(is_known) {
                found.push(format!(
                    "{twice} bytes sent twice; had {finished:?}, sent then {sent_again:?}"
                ));
            }
        }
    }
    if (committed && !right) || !upload.is_stored() {
        tally.wrong_objects += 1;
        found.push("the object is not the file".to_owned());
    }
    if again.code != 0 {
        tally.stuck += 1;
        found.push(format!("then {again:?}"));
    }
    let (open, left) = (upload.rig.server.uploads(), upload.left());
    if !open.is_empty() || !left.is_empty() {
        found.push(format!("left behind: {open:?} {left:?}"));
    }
    for found in found {
        tally
            .found
            .push(format!("{fault:?} at {what}: {told:?}: {found}"));
    }
    fired > 0
}

#[test]
fn a_disk_that_fails_at_any_call_gives_a_defined_result_and_the_next_run_ends_in_the_object() {
    if !calls::available() || Once::new().is_none() {
        return;
    }
    let mut faults: Vec<Fault> = Start::ALL.map(faults).concat();
    let all = faults.len();
    // All of them, or a few of them, other ones in each run.
    let wanted = effort(30, all, all);
    let mut random = u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos());
    while faults.len() > wanted {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        faults.swap_remove((random >> 33) as usize % faults.len());
    }
    let tally = Mutex::new(Tally::default());
    for _ in 0..effort(1, 1, 20) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let upload = Once::new().unwrap();
                    while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let mut fault = fault.clone();
                        while meet(&upload, &fault, &tally) && fault.is_last {
                            fault.number += 1;
                        }
                    }
                });
            }
        });
    }
    let tally = tally.into_inner().unwrap();
    figures::record(
        "disk-faults",
        &[
            ("faults", tally.faults),
            ("runs without a fault left", tally.clean_passes),
            ("ended in the object", tally.succeeded),
            ("of these without a checkpoint", tally.without_checkpoint),
            ("ended in a clear error", tally.failed),
            ("crashed", tally.crashed),
            ("wrong objects", tally.wrong_objects),
            ("stuck", tally.stuck),
            (
                "bytes sent twice beyond the bound",
                tally.bytes_beyond_the_bound,
            ),
        ],
    );
    assert!(tally.found.is_empty(), "{:#?}", tally.found);
    assert!(tally.faults > 0 && tally.succeeded > 0 && tally.failed > 0);
}

#[test]
fn a_read_error_in_the_middle_tells_where_and_keeps_what_was_done() {
    if !calls::available() {
        return;
    }
    let Some(upload) = Once::new() else { return };
    let mut reads = 0;
    let told = upload.run_asked(|call| {
        // The first one finds out whether the file ends where it says.
        reads += usize::from(call.name == "pread" && call.path == upload.file);
        if reads < 6 || call.name != "pread" {
            return Fate::Happens;
        }
        Fate::Fails(libc::EIO)
    });
    let told = told.unwrap();
    assert_eq!((told.code, told.errno), (E_FILE, libc::EIO), "{told:?}");
    assert!(
        told.offset > 0 && (told.offset as u64).is_multiple_of(PART),
        "{told:?}"
    );
    let place = format!("offset {}", told.offset);
    assert!(told.message.contains(&place), "{told:?}");
    assert!(upload.is_absent());
    let again = upload.run();
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.resumed > 0 && upload.is_stored());
    assert!(upload.bytes_sent_twice() <= BOUND);
    assert_eq!(upload.rig.server.requests(Op::InitiateMultipartUpload), 1);
}

#[test]
fn an_interrupted_call_is_made_again() {
    if !calls::available() {
        return;
    }
    let Some(upload) = Once::new() else { return };
    let kinds = [
        "open",
        "read",
        "pread",
        "write",
        "fsync",
        "fdatasync",
        "ftruncate",
        "flock",
    ];
    for resuming in [false, true] {
        for kind in kinds {
            upload.forget();
            if resuming {
                upload.interrupt();
            }
            let (mut count, mut fired) = (0, 0);
            let told = upload.run_asked(|call| {
                count += usize::from(call.name == kind);
                if call.name != kind || count % 2 == 0 {
                    return Fate::Happens;
                }
                fired += 1;
                Fate::Fails(libc::EINTR)
            });
            let told = told.unwrap();
            assert_eq!((told.code, told.warnings), (0, 0), "{kind}: {told:?}");
            assert!(fired > 0 || kind == "fsync", "no {kind}");
            assert_eq!(told.resumed > 0, resuming, "{kind}: {told:?}");
            assert!(upload.is_stored() && upload.left().is_empty(), "{kind}");
        }
    }
}

#[test]
fn short_reads_and_writes_are_continued() {
    let Some(upload) = Once::new() else { return };
    let programs = support::temp_dir("short");
    let shim = programs.join("short.so");
    let args = ["-shared", "-fPIC", "-o", shim.to_str().unwrap()];
    if support::compile("tests/c/short.c".as_ref(), &args).is_none() {
        return;
    }
    for resuming in [false, true] {
        upload.forget();
        if resuming {
            upload.interrupt();
        }
        let output = support::run(upload.command().env("LD_PRELOAD", &shim));
        let told = told(&output);
        assert_eq!((told.code, told.warnings), (0, 0), "{told:?}");
        assert_eq!(told.resumed > 0, resuming, "{told:?}");
        assert!(upload.is_stored() && upload.left().is_empty());
        let said = support::said(&output);
        let counted = |name: &str| -> u64 {
            let value = said
                .split_whitespace()
                .find_map(|word| word.strip_prefix(name));
            value.unwrap().parse().unwrap()
        };
        assert!(
            counted("shortened=") >= 20 && counted("interrupted=") >= 10,
            "{said}"
        );
    }
}

#[test]
fn a_network_file_system_without_locks_and_directory_syncs_is_good_enough() {
    if !calls::available() {
        return;
    }
    let Some(upload) = Once::new() else { return };
    let directory = upload.rig.dir.clone();
    for no_locks in [libc::ENOLCK, libc::ENOSYS, libc::EOPNOTSUPP] {
        for no_sync in [libc::EINVAL, libc::ENOTSUP] {
            for resuming in [false, true] {
                upload.forget();
                if resuming {
                    upload.interrupt();
                }
                let mut fired = 0;
                let told = upload.run_asked(|call| {
                    let fate = match call.name {
                        "flock" => Fate::Fails(no_locks),
                        "fsync" if call.path == directory => Fate::Fails(no_sync),
                        _ => return Fate::Happens,
                    };
                    fired += 1;
                    fate
                });
                let told = told.unwrap();
                assert_eq!((told.code, told.warnings), (0, 0), "{told:?}");
                assert_eq!(told.resumed > 0, resuming);
                assert!(fired > 0 && upload.is_stored());
            }
        }
    }
}

#[test]
fn a_checkpoint_that_cannot_be_deleted_is_not_resumed_from() {
    if !calls::available() {
        return;
    }
    let Some(upload) = Once::new() else { return };
    let checkpoint = upload.checkpoint();
    for also in ["", "ftruncate", "fdatasync"] {
        upload.forget();
        let mut removing = false;
        let told = upload.run_asked(|call| {
            removing |= call.name == "unlink" && call.path == checkpoint;
            if removing && [also, "unlink"].contains(&call.name) {
                return Fate::Fails(libc::EACCES);
            }
            Fate::Happens
        });
        let told = told.unwrap();
        assert_eq!((told.code, told.warnings), (0, CHECKPOINT_LEFT), "{told:?}");
        assert!(upload.is_stored() && checkpoint.exists());
        let sent = upload.rig.server.part_bytes_received();
        let again = upload.run();
        assert_eq!(
            (again.code, again.warnings & RESTARTED),
            (0, 0),
            "{again:?}"
        );
        assert!(upload.is_stored() && upload.left().is_empty());
        if also == "ftruncate" {
            // All records are still there: what they tell is found to be done.
            assert_eq!(upload.rig.server.part_bytes_received(), sent);
        } else {
            assert_eq!(again.resumed, 0);
            assert_eq!(upload.rig.server.part_bytes_received(), 2 * SIZE);
            assert_eq!(upload.rig.server.requests(Op::ListParts), 0);
        }
    }
}
