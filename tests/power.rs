//! Power cuts: the disk with the checkpoint as it was at a moment of an upload, which is then resumed
//! from it. A file system in a file, copied while it is mounted, has just what was on the disk.
#![cfg(target_os = "linux")]

#[path = "support/calls.rs"]
mod calls;
#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/mount.rs"]
mod mount;
#[path = "support/once.rs"]
mod once;
mod support;

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use effort::effort;
use engine::{PART, eventually};
use mount::{Image, alone};
use once::*;
use oss_resumable::transfer::events::warning::RESUMABILITY_LOST;
use oss_test_server::{Action, Op, Rule};

const MOUNT_OPTIONS: [&str; 4] = [
    "data=ordered",
    "data=writeback",
    "data=journal",
    "nodelalloc,commit=600",
];

#[derive(Default)]
struct Tally {
    images: u64,
    torn_images: u64,
    resumed: u64,
    records_lost: u64,
    bytes_sent_twice: u64,
    bytes_beyond_the_bound: u64,
    parts_before_the_header: u64,
    wrong_objects: u64,
    stuck: u64,
    faults: Vec<String>,
}

fn signal(child: &Child, signal: libc::c_int) {
    // SAFETY: touches no memory; the process is our child and has not been waited for.
    unsafe { libc::kill(child.id() as libc::pid_t, signal) };
}

fn next(random: &mut u64) -> u64 {
    *random = random
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
}

/// False if the upload had ended before the power was cut.
fn cut(upload: &mut Once, empty: &Image, random: &mut u64, tally: &mut Tally) -> bool {
    upload.forget();
    let server = &upload.rig.server;
    server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 15 }));
    server.rule(Rule::on(Op::CompleteMultipartUpload).then(Action::Delay { ms: 15 }));
    // Without the right to list, what is on the disk is all that is known.
    let may_list = next(random).is_multiple_of(2);
    server.deny(if may_list { &[] } else { &[Op::ListParts] });
    // A disk that was in the middle of its own work; it promises less.
    let first = tally.images == 0;
    let torn = next(random).is_multiple_of(4) && !first;
    let options = MOUNT_OPTIONS[next(random) as usize % MOUNT_OPTIONS.len()];

    let at = empty.file.with_extension("mounted");
    let image = empty.copy(empty.file.with_extension("used"));
    let mounted = image.mount(&at, options).unwrap();
    upload.place = Some(at.join("c.ucp"));
    let server = &upload.rig.server;
    let mut child = upload.command().stdout(Stdio::null()).spawn().unwrap();
    // The first part is the one that must not come too early: tried in every run, however short.
    let (sent, wait) = match next(random) % 3 {
        _ if first => (1, 0),
        0 => (1, 0),
        _ => (next(random) % (PARTS + 2), next(random) % 15),
    };
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        let reached = match sent {
            0 => server.requests(Op::InitiateMultipartUpload) > 0,
            sent if sent <= PARTS => server.requests(Op::UploadPart) as u64 >= sent,
            _ => server.requests(Op::CompleteMultipartUpload) > 0,
        };
        if reached || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(wait));
    if !torn {
        signal(&child, libc::SIGSTOP);
    }
    let parts_sent = server.requests(Op::UploadPart) as u64;
    let after = empty.file.with_extension("after");
    let copy = match torn {
        true => Some(image.copy(after)),
        false => mounted.snapshot(&image, after),
    };
    let ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(mounted);
    let (Some(copy), false) = (copy, ended) else {
        return false;
    };

    // What the killed process had on its way arrives or not.
    eventually("the server has no request left", || {
        server.concurrent(Op::UploadPart) + server.concurrent(Op::CompleteMultipartUpload) == 0
    });
    let mounted = copy.mount(&at, options);
    let _mounted = mounted.or_else(|why| {
        assert!(torn, "{why}");
        copy.repair();
        copy.mount(&at, options)
    });
    let committed = !upload.is_absent();
    let durable = upload.finished();
    let stored: BTreeSet<u32> = (server.uploads().iter())
        .flat_map(|upload| upload.parts.iter().map(|part| part.number))
        .collect();
    let sent_before = upload.rig.part_numbers_sent().len();
    let again = upload.run();

    let place = format!(
        "{options}, cut when {parts_sent} parts were sent, {}{}, {durable:?} on the disk",
        if torn { "torn, " } else { "" },
        if may_list { "" } else { "no right to list" },
    );
    let mut fault = |what: String| tally.faults.push(format!("{place}: {what}"));
    tally.images += 1;
    tally.torn_images += u64::from(torn);
    tally.resumed += u64::from(again.resumed > 0);
    if again.code != 0 {
        tally.stuck += 1;
        fault(format!("{again:?}"));
    }
    if !upload.is_stored() {
        tally.wrong_objects += 1;
        fault("the object is not the file".to_owned());
    }
    if upload.checkpoint().exists() {
        fault("the checkpoint is still there".to_owned());
    }
    if !torn && !committed {
        if parts_sent > 0 && durable.is_none() {
            tally.parts_before_the_header += parts_sent;
            fault("parts were sent before the header was durable".to_owned());
        }
        let durable = durable.unwrap_or_default();
        let lost = stored.difference(&durable).count() as u64;
        tally.records_lost += lost;
        let twice = upload.bytes_sent_twice();
        let bound = BOUND + if may_list { 0 } else { lost * PART };
        tally.bytes_sent_twice += twice;
        tally.bytes_beyond_the_bound += twice.saturating_sub(bound);
        let sent_again = upload.rig.part_numbers_sent().split_off(sent_before);
        if twice > bound || sent_again.iter().any(|number| durable.contains(number)) {
            fault(format!("{twice} bytes sent twice: {sent_again:?}"));
        }
        let open = server.uploads();
        if open.len() > 1 || open.iter().any(|open| !open.parts.is_empty()) {
            fault(format!("left behind: {open:?}"));
        }
    }
    true
}

#[test]
fn after_a_power_cut_at_any_moment_the_upload_resumes_from_what_was_on_the_disk() {
    alone(|| {
        let Some(mut upload) = Once::new() else {
            return;
        };
        let disks = support::temp_dir("power");
        let Some(empty) = Image::make(disks.join("disk.empty")) else {
            return;
        };
        let mut random = u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos());
        println!("seed {random}");
        let mut tally = Tally::default();
        // More than are wanted, as long as that takes no longer than a minute.
        let (wanted, most) = effort((3, 3), (30, 100), (2000, 2000));
        let started = Instant::now();
        let minute = Duration::from_secs(60);
        while tally.images < wanted || (tally.images < most && started.elapsed() < minute) {
            cut(&mut upload, &empty, &mut random, &mut tally);
        }
        figures::record(
            "power-cuts",
            &[
                ("images", tally.images),
                ("of these torn", tally.torn_images),
                ("runs that resumed", tally.resumed),
                ("records lost", tally.records_lost),
                ("bytes sent twice", tally.bytes_sent_twice),
                (
                    "bytes sent twice beyond the bound",
                    tally.bytes_beyond_the_bound,
                ),
                (
                    "parts sent before the header was durable",
                    tally.parts_before_the_header,
                ),
                ("wrong objects", tally.wrong_objects),
                ("stuck", tally.stuck),
            ],
        );
        assert!(tally.faults.is_empty(), "{:#?}", tally.faults);
    });
}

#[test]
fn a_disk_that_dies_meanwhile_costs_resuming_and_not_the_upload() {
    alone(|| {
        let Some(mut upload) = Once::new() else {
            return;
        };
        let disks = support::temp_dir("dies");
        let Some(image) = Image::make(disks.join("disk")) else {
            return;
        };
        let at = disks.join("mounted");
        let mounted = image.mount(&at, "data=ordered").unwrap();
        upload.place = Some(at.join("c.ucp"));
        let gate = upload.rig.server.pause_next(Op::UploadPart);
        let child = upload.command().stdout(Stdio::piped()).spawn().unwrap();
        assert!(gate.wait_reached(Duration::from_secs(60)));
        mounted.shut_down();
        gate.release();
        let told = told(&child.wait_with_output().unwrap());
        assert_eq!(told.code, 0, "{told:?}");
        assert_ne!(told.warnings & RESUMABILITY_LOST, 0, "{told:?}");
        assert!(upload.is_stored());

        // Nothing can be kept there now, and that is said before any request.
        let requests = upload.rig.server.log().len();
        assert_eq!(upload.run().code, E_CHECKPOINT);
        assert_eq!(upload.rig.server.log().len(), requests);

        // Repaired, it still has the beginning of an upload that is long done.
        drop(mounted);
        let _mounted = image.mount(&at, "data=ordered").unwrap();
        let again = upload.run();
        assert_eq!(again.code, 0, "{again:?}");
        assert!(upload.is_stored() && !upload.checkpoint().exists());
        assert_eq!(upload.rig.server.uploads(), []);
    });
}
