//! Several uploads of one key at a time: each tells the truth about its own, and the last commit is
//! what is there.

#[path = "support/engine.rs"]
mod engine;

use std::time::Duration;

use engine::*;
use oss_resumable::upload::Upload;
use oss_test_server::{Action, Op, Rule};

const PARTS: u64 = 4;

#[test]
fn of_two_uploads_of_one_key_both_commit_and_the_last_one_is_there() {
    for first_is_last in [false, true] {
        let rig = Rig::new();
        let (first, second) = (rig.path("first"), rig.path("second"));
        write_file(&first, PARTS * PART, 1);
        write_file(&second, PARTS * PART + 7, 2);
        // Two hosts, which know nothing of each other.
        let other = client(&rig.server.url(), limits());
        let gates = [(); 2].map(|()| rig.server.pause_next(Op::CompleteMultipartUpload));
        let one = rig.start(request(&first));
        assert!(gates[0].wait_reached(Duration::from_secs(60)));
        let two = Upload::start(&other, request(&second)).unwrap();
        assert!(gates[1].wait_reached(Duration::from_secs(60)));
        let mut order = [(&gates[0], &one, &first), (&gates[1], &two, &second)];
        if first_is_last {
            order.reverse();
        }
        for (gate, upload, file) in order {
            gate.release();
            let report = wait(upload);
            assert_ok(&report);
            let object = rig.server.object(BUCKET, KEY).unwrap();
            assert_eq!(object.crc64, Some(report.crc64));
            assert!(rig.server.object_equals_file(BUCKET, KEY, file));
        }
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 2);
        assert_eq!(rig.server.uploads(), []);
    }
}

#[test]
fn thirty_two_uploads_of_one_key_leave_one_of_their_files_and_nothing_unfinished() {
    const UPLOADS: u32 = 32;
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 2 }));
    let files: Vec<_> = (0..u64::from(UPLOADS))
        .map(|number| {
            let path = rig.path(&format!("file-{number}"));
            write_file(&path, PARTS * PART + number, number + 1);
            path
        })
        .collect();
    let uploads: Vec<_> = files.iter().map(|file| rig.start(request(file))).collect();
    for upload in &uploads {
        assert_ok(&wait(upload));
    }
    let is_there = |file: &&std::path::PathBuf| rig.server.object_equals_file(BUCKET, KEY, file);
    assert_eq!(files.iter().filter(is_there).count(), 1);
    assert_eq!(rig.server.uploads(), []);
    let object = rig.server.object(BUCKET, KEY).unwrap();
    assert_eq!(object.versions, UPLOADS);
}
