//! Whoever can write where the checkpoint lies can write what they like: it has checksums against
//! accidents, not against people.

use oss_resumable::checkpoint::record::{self, DonePart, Loaded};
use oss_resumable::config::Input;
use oss_test_server::Op;

use crate::engine::{BUCKET, KEY, Rig, assert_ok};
use crate::resuming::{SIZE, interrupt, request_of};

fn text(forged: &Loaded) -> String {
    let mut text = record::header_line(forged.header.as_ref().unwrap()).unwrap();
    for (number, part) in &forged.parts {
        text += &record::part_line(*number, part).unwrap();
    }
    if forged.completing {
        text += &record::completing_line().unwrap();
    }
    text
}

fn never_sent(forged: &mut Loaded) {
    for number in 6..=8 {
        let etag = format!("{number:032X}");
        forged.parts.insert(number, DonePart { etag, crc64: 1 });
    }
}

fn other_bytes(forged: &mut Loaded) {
    let parts = forged.parts.values_mut();
    parts.for_each(|part| part.crc64 ^= 1);
}

fn another_upload(forged: &mut Loaded) {
    forged.header.as_mut().unwrap().upload_id = "../../other?x=1&y#z".to_owned();
}

fn everything(forged: &mut Loaded) {
    another_upload(forged);
    for number in 1..=8 {
        let etag = "x".repeat(200);
        forged.parts.insert(number, DonePart { etag, crc64: 0 });
    }
    forged.completing = true;
}

#[test]
fn a_forged_checkpoint_costs_time_and_never_makes_a_wrong_object() {
    for forge in [never_sent, other_bytes, another_upload, everything] {
        for may_list in [true, false] {
            let rig = Rig::new();
            let file = rig.file("file", SIZE);
            let input = || Input::Path(file.clone());
            interrupt(&rig, request_of(&rig, input()));
            if !may_list {
                rig.server.deny(&[Op::ListParts]);
            }
            let path = rig.path("c.ucp");
            let mut forged = record::load(&std::fs::read(&path).unwrap());
            assert!(forged.parts.len() == 5 && !forged.damaged);
            forge(&mut forged);
            std::fs::write(&path, text(&forged)).unwrap();

            let is_file = || rig.server.object_equals_file(BUCKET, KEY, &file);
            let mut report = rig.upload(request_of(&rig, input()));
            if report.outcome.is_err() {
                // Found out at the end at the latest. The next run begins anew.
                assert!(rig.server.object(BUCKET, KEY).is_none() || is_file());
                report = rig.upload(request_of(&rig, input()));
            }
            assert_ok(&report);
            assert!(is_file(), "the object is not the file");
            for entry in rig.server.log() {
                assert_eq!(entry.bucket.as_deref(), Some(BUCKET));
                assert_eq!(entry.key.as_deref(), Some(KEY));
            }
        }
    }
}
