//! The `.so` with each of its calls to the file system and the network in turn as the last one.
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
#[path = "calls/simulated.rs"]
mod simulated;
mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use calls::{Call, Fate};
use effort::effort;
use once::*;
use oss_test_server::Op;

#[test]
fn what_a_request_relies_on_is_durable_before_it_is_sent() {
    if !calls::available() {
        return;
    }
    let Some(upload) = Once::new() else { return };
    let (checkpoint, directory) = (upload.checkpoint(), upload.rig.dir.clone());
    let server = &upload.rig.server;
    // Each call, and how many parts had been sent by then, and how many requests to complete.
    let mut seen: Vec<(Call, usize, usize)> = Vec::new();
    let told = upload.run_asked(|call| {
        if matches!(call.name, "fsync" | "fdatasync") {
            // What was sent too early shows itself before the call is made.
            std::thread::sleep(Duration::from_millis(200));
        }
        let parts = server.requests(Op::UploadPart);
        let completes = server.requests(Op::CompleteMultipartUpload);
        seen.push((call.clone(), parts, completes));
        Fate::Happens
    });
    assert_eq!(told.unwrap().code, 0);
    assert!(upload.is_stored());

    let at = |from: usize, name: &str, path: &std::path::Path| {
        let found = seen[from..]
            .iter()
            .position(|(call, ..)| call.name == name && call.path == path);
        from + found.unwrap_or_else(|| panic!("no {name} after {from} in {seen:?}"))
    };
    let named = at(0, "rename", &checkpoint.with_extension("ucp.tmp"));
    let written = at(named, "fsync", &checkpoint);
    let listed = at(written, "fsync", &directory);
    assert_eq!(seen[listed].1, 0, "a part was sent before: {seen:?}");

    let completing = seen
        .iter()
        .rposition(|(call, ..)| call.name == "write" && call.path == checkpoint)
        .unwrap();
    let durable = at(completing, "fdatasync", &checkpoint);
    let removed = at(durable, "unlink", &checkpoint);
    let (_, parts, completes) = seen[durable];
    assert!(parts >= PARTS as usize && completes == 0, "{seen:?}");
    assert_eq!(seen[removed].2, 1, "it was removed before the commit");
}

/// What kills at calls came to.
#[derive(Default)]
struct Tally {
    kills: BTreeMap<&'static str, u64>,
    resumed: u64,
    orphans: u64,
    after_commit: u64,
    bytes_sent_twice: u64,
    bytes_beyond_the_bound: u64,
    wrong_objects: u64,
    stuck: u64,
    faults: Vec<String>,
}

/// Kills the program at its `number`-th call, and runs it again; false if it made fewer calls.
fn kill_at(
    upload: &Once,
    number: usize,
    start: Start,
    may_list: bool,
    tally: &Mutex<Tally>,
) -> bool {
    let to_send = upload.prepare(start);
    // Without that right, a part whose reply the kill took has to be sent again.
    let denied: &[Op] = if may_list { &[] } else { &[Op::ListParts] };
    upload.rig.server.deny(denied);
    let (mut count, mut last) = (0, None);
    let told = upload.run_asked_more(|call| {
        count += 1;
        if count <= number {
            return Fate::Happens;
        }
        last.get_or_insert_with(|| call.clone());
        Fate::Kills
    });
    let Some(last) = last else {
        assert_eq!(told.unwrap().code, 0);
        assert!(upload.is_stored());
        return false;
    };
    assert!(told.is_none(), "it outlived SIGKILL: {told:?}");
    let server = &upload.rig.server;
    let commits = server.object(BUCKET, KEY).map(|object| object.versions);
    let committed = commits.is_some();
    // The next run would be another upload.
    let is_over = committed && !upload.checkpoint().exists();
    let finished = upload.finished().unwrap_or_default();
    let open = server.uploads();
    let sent_before = upload.rig.part_numbers_sent().len();

    let again = upload.run();
    let mut tally = tally.lock().unwrap();
    let name = last
        .path
        .strip_prefix(&upload.rig.dir)
        .unwrap_or(&last.path);
    let place = format!(
        "{start:?}, may list: {may_list}, call {number}, {} {}",
        last.name,
        name.display()
    );
    let mut fault = |what: String| tally.faults.push(format!("{place}: {what}"));
    let sent_again = upload.rig.part_numbers_sent().split_off(sent_before);
    let twice = server.part_bytes_received().saturating_sub(to_send);
    let beyond = twice.saturating_sub(BOUND);
    if again.code != 0 {
        fault(format!("{again:?}"));
    }
    if !upload.is_stored() {
        fault("the object is not the file".to_owned());
    }
    if committed && !is_over {
        let commits_now = server.object(BUCKET, KEY).map(|object| object.versions);
        if commits_now != commits || !sent_again.is_empty() || again.resumed != SIZE {
            fault(format!("committed, then {again:?} sent {sent_again:?}"));
        }
    } else if !committed {
        let is_known = |number: &u32| start != Start::Stale && finished.contains(number);
        if beyond > 0 || sent_again.iter().any(is_known) {
            fault(format!(
                "{twice} bytes sent twice; had {finished:?}, sent then {sent_again:?}"
            ));
        }
    }
    let left = (server.uploads(), upload.left());
    let orphans_have_parts = left.0.iter().any(|upload| !upload.parts.is_empty());
    if left.0.len() > 1 || orphans_have_parts || !left.1.is_empty() {
        fault(format!("of {open:?} left behind: {left:?}"));
    }
    *tally.kills.entry(last.name).or_default() += 1;
    tally.resumed += u64::from(again.resumed > 0);
    tally.orphans += left.0.len() as u64;
    tally.after_commit += u64::from(committed);
    tally.stuck += u64::from(again.code != 0);
    tally.wrong_objects += u64::from(!upload.is_stored());
    if !committed {
        tally.bytes_sent_twice += twice;
        tally.bytes_beyond_the_bound += beyond;
    }
    true
}

#[test]
fn a_program_killed_at_any_of_its_calls_to_files_and_network_resumes() {
    if !calls::available() || Once::new().is_none() {
        return;
    }
    // Every call, or a few of them, other ones in each run.
    let stride = effort(17, 1, 1);
    let start = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos() as usize % stride;
    let tally = Mutex::new(Tally::default());
    for round in 0..effort(1, 2, 20) {
        std::thread::scope(|scope| {
            for start_as in Start::ALL {
                let tally = &tally;
                scope.spawn(move || {
                    let upload = Once::new().unwrap();
                    let mut number = start;
                    while kill_at(&upload, number, start_as, round % 2 == 0, tally) {
                        number += stride;
                    }
                });
            }
        });
    }
    let tally = tally.into_inner().unwrap();
    println!("{:?}", tally.kills);
    let kills = tally.kills.values().sum();
    figures::record(
        "kills-at-calls",
        &[
            ("kills", kills),
            ("kinds of calls", tally.kills.len() as u64),
            ("runs that resumed", tally.resumed),
            ("uploads whose id was not kept yet", tally.orphans),
            (
                "uploads that were committed when killed",
                tally.after_commit,
            ),
            ("bytes sent twice", tally.bytes_sent_twice),
            (
                "bytes sent twice beyond the bound",
                tally.bytes_beyond_the_bound,
            ),
            ("wrong objects", tally.wrong_objects),
            ("stuck", tally.stuck),
        ],
    );
    assert!(tally.faults.is_empty(), "{:#?}", tally.faults);
    assert!(kills >= 8, "only {kills}");
    let every = [
        "open",
        "flock",
        "write",
        "fsync",
        "fdatasync",
        "rename",
        "unlink",
        "ftruncate",
        "connect",
        "send",
        "receive",
    ];
    if stride == 1 {
        for name in every {
            assert!(
                tally.kills.contains_key(name),
                "none at {name}: {:?}",
                tally.kills
            );
        }
    }
}
