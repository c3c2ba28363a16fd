//! Uploads to their happy end: every size, what is sent, what is said.

#[path = "support/engine.rs"]
mod engine;

use engine::*;
use oss_resumable::config::CheckpointPlace;
use oss_resumable::crc;
use oss_resumable::plan::PartSize;
use oss_resumable::transfer::machine::warning;
use oss_test_server::Op;

#[test]
fn files_around_the_part_size_arrive_whole_with_as_few_requests_as_possible() {
    for (size, parts) in [
        (0, 1),
        (1, 1),
        (PART - 1, 1),
        (PART, 1),
        (PART + 1, 2),
        (2 * PART, 2),
        (2 * PART + 1, 3),
    ] {
        let rig = Rig::new();
        let file = rig.file("file", size);
        let report = rig.upload(request(&file));
        assert_ok(&report);
        rig.assert_stored(&file);
        let object = rig.server.object(BUCKET, KEY).unwrap();
        assert_eq!(object.versions, 1, "size {size}");
        assert_eq!(object.crc64, Some(report.crc64), "size {size}");
        assert_eq!(report.crc64, crc::crc64(&std::fs::read(&file).unwrap()));
        assert_eq!(report.parts, parts);
        let requests = rig.server.log().len();
        let expected = if parts == 1 { 1 } else { parts as usize + 2 };
        assert_eq!(requests, expected, "size {size}");
        assert!(!rig.checkpoint(&file).exists());
    }
}
