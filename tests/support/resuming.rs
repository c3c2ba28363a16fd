//! Uploads that end in the middle, at a place that is known exactly.
#![allow(dead_code)]

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use oss_resumable::client::Client;
use oss_resumable::config::{CheckpointPlace, Input, UploadRequest};
use oss_resumable::error::Code;
use oss_test_server::{Action, Op, Rule};

use crate::engine::{PART, Rig, assert_code, eventually, request, run};

pub const PARTS: u64 = 8;
pub const SIZE: u64 = PARTS * PART;
/// What an interrupted upload has finished, and what it has not.
pub const FINISHED: RangeInclusive<u32> = 1..=5;
pub const UNFINISHED: [u32; 3] = [6, 7, 8];

/// One part after the other, with the checkpoint at `c.ucp`.
pub fn request_of(rig: &Rig, input: Input) -> UploadRequest {
    UploadRequest {
        input,
        parts_in_flight: 1,
        checkpoint: Some(CheckpointPlace::Path(rig.path("c.ucp"))),
        ..request(Path::new(""))
    }
}

/// Runs an upload that fails at `part`, and clears the log of the server.
#[track_caller]
pub fn fail_at(rig: &Rig, client: &Arc<Client>, part: u32, request: UploadRequest) {
    let refuse = Action::status(403, "AccessDenied");
    rig.server
        .rule(Rule::on(Op::UploadPart).part(part).then(refuse));
    assert_code(&run(client, request), Code::Service);
    rig.server.clear_rules();
    eventually("nothing is in flight", || {
        rig.server.concurrent(Op::UploadPart) == 0
    });
    assert_eq!(rig.server.uploads().len(), 1);
    rig.server.clear_log();
}

/// Runs a new upload until [`FINISHED`] are stored and recorded, and clears the log of the server.
#[track_caller]
pub fn interrupt(rig: &Rig, request: UploadRequest) {
    fail_at(rig, &rig.client, 6, request);
    let upload = &rig.server.uploads()[0];
    assert!(upload.parts.iter().map(|part| part.number).eq(FINISHED));
}

pub fn numbers() -> Vec<u32> {
    (1..=PARTS as u32).collect()
}

pub fn memory_of(file: &Path) -> Input {
    Input::Memory(Bytes::from(std::fs::read(file).unwrap()))
}

pub fn open_file(file: &Path) -> Input {
    Input::File(Arc::new(std::fs::File::open(file).unwrap()))
}

/// A copy, as `cp` makes it, with some bytes changed in the middle of one part.
pub fn changed_copy(rig: &Rig, file: &Path, name: &str, part: u64) -> PathBuf {
    let copy = rig.path(name);
    let mut bytes = std::fs::read(file).unwrap();
    let at = ((part - 1) * PART + 5_000) as usize;
    bytes[at] ^= 1;
    std::fs::write(&copy, bytes).unwrap();
    copy
}
