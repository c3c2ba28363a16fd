//! The bandwidth limit over all uploads of a client, measured where the bytes arrive. One test, so
//! that nothing of this file runs beside it.

#[path = "support/engine.rs"]
mod engine;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::*;
use oss_resumable::client::Client;
use oss_resumable::config::UploadRequest;
use oss_resumable::plan::PartSize;
use oss_resumable::upload::Upload;
use oss_test_server::Op;

const MB: u64 = 1_000_000;
const UPLOADS: usize = 8;
const EACH: u64 = 12 * MB;

fn keyed(file: &Path, number: usize) -> UploadRequest {
    UploadRequest {
        object: format!("key-{number}"),
        checkpoint: None,
        ..request(file)
    }
}

fn start_all(client: &Arc<Client>, file: &Path) -> Vec<Upload> {
    (0..UPLOADS)
        .map(|number| Upload::start(client, keyed(file, number)).unwrap())
        .collect()
}

/// All succeed without one retry, byte for byte.
fn assert_all_stored(rig: &Rig, uploads: &[Upload], file: &Path) {
    for (number, upload) in uploads.iter().enumerate() {
        let report = wait(upload);
        assert_ok(&report);
        assert_eq!(report.retries, 0, "{report:?}");
        let key = format!("key-{number}");
        assert!(rig.server.object_equals_file(BUCKET, &key, file));
    }
    let size = std::fs::metadata(file).unwrap().len();
    assert_eq!(
        rig.server.part_bytes_received(),
        size * uploads.len() as u64
    );
    assert_eq!(rig.server.uploads(), []);
}

/// What arrives, in bytes per second.
struct Rate {
    by_the_clock: f64,
    /// Without the time in which this machine did not run us, which no limit makes up for later.
    while_awake: f64,
}

/// From now on, for about so long.
fn rate_over(rig: &Rig, time: Duration) -> Rate {
    const NAP: Duration = Duration::from_millis(10);
    let (started, before) = (Instant::now(), rig.server.body_bytes_so_far());
    let mut overslept = Duration::ZERO;
    while started.elapsed() < time {
        let nap = Instant::now();
        std::thread::sleep(NAP);
        overslept += nap.elapsed().saturating_sub(2 * NAP);
    }
    let bytes = (rig.server.body_bytes_so_far() - before) as f64;
    let took = started.elapsed();
    Rate {
        by_the_clock: bytes / took.as_secs_f64(),
        while_awake: bytes / (took - overslept).as_secs_f64(),
    }
}

/// One of several times counts: after a pause of this machine, what has piled up is read at once.
#[track_caller]
fn assert_near(rig: &Rig, time: Duration, wanted: u64, tolerance: f64) {
    let mut told = Vec::new();
    for _ in 0..3 {
        let rate = rate_over(rig, time);
        let most = rate.by_the_clock / wanted as f64;
        let least = rate.while_awake / wanted as f64;
        if most <= 1.0 + tolerance && least >= 1.0 - tolerance {
            return;
        }
        told.push((most, least));
    }
    panic!("{told:?} of {wanted}");
}

#[test]
fn a_bandwidth_limit_holds_changes_and_is_lifted() {
    eight_uploads_share_one_limit();
    waiting_for_a_turn_is_not_a_stall();
    one_put_object_keeps_the_limit();
}

fn eight_uploads_share_one_limit() {
    let rig = Rig::in_memory();
    rig.client.set_bandwidth(MB).unwrap();
    // 96 MB in all: what passes below at most, and more than can wait in buffers.
    let file = rig.file("file", EACH);
    let uploads = start_all(&rig.client, &file);
    std::thread::sleep(Duration::from_secs(1));
    assert_near(&rig, Duration::from_secs(20), MB, 0.05);

    rig.client.set_bandwidth(4 * MB).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert_near(&rig, Duration::from_secs(1), 4 * MB, 0.2);
    rig.client.set_bandwidth(MB / 2).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert_near(&rig, Duration::from_secs(1), MB / 2, 0.2);

    let left = UPLOADS as u64 * EACH - rig.server.body_bytes_so_far();
    assert!(left > 10 * MB, "{left} bytes are left to be fast with");
    let lifted = Instant::now();
    rig.client.set_bandwidth(0).unwrap();
    assert_all_stored(&rig, &uploads, &file);
    // At the last rate it would take four times that.
    let took = lifted.elapsed().as_secs_f64();
    assert!(took < left as f64 / (2 * MB) as f64, "{took} for {left}");
}

fn waiting_for_a_turn_is_not_a_stall() {
    let mut rig = Rig::in_memory();
    let limits = oss_resumable::config::Limits {
        stall_timeout: Duration::from_secs(5),
        ..limits()
    };
    rig.client = client(&rig.server.url(), limits);
    // Stalls after five seconds; 24 parts in flight take turns of eight seconds each.
    rig.client.set_bandwidth(2048).unwrap();
    let file = rig.file("file", 3 * PART);
    let uploads = start_all(&rig.client, &file);
    std::thread::sleep(Duration::from_secs(16));
    for upload in &uploads {
        assert_eq!(upload.progress().unwrap().retries, 0);
    }
    rig.client.set_bandwidth(0).unwrap();
    assert_all_stored(&rig, &uploads, &file);
    assert_eq!(rig.server.requests(Op::UploadPart), 3 * UPLOADS);
}

fn one_put_object_keeps_the_limit() {
    let rig = Rig::in_memory();
    rig.client.set_bandwidth(MB).unwrap();
    let file = rig.file("file", 8 * MB);
    let mut request = request(&file);
    request.part_size = PartSize::Bytes(9 * MB);
    let started = Instant::now();
    let upload = rig.start(request);
    std::thread::sleep(Duration::from_millis(500));
    assert_near(&rig, Duration::from_secs(2), MB, 0.1);
    let report = wait(&upload);
    assert_ok(&report);
    assert_eq!(report.retries, 0);
    assert!(started.elapsed() > Duration::from_millis(7800));
    assert_eq!(rig.server.requests(Op::PutObject), 1);
    assert_eq!(rig.server.log().len(), 1);
    rig.assert_stored(&file);
}
