//! One server and its clients, for one upload under a fault after another.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use oss_resumable::client::Client;
use oss_resumable::config::{Limits, UploadRequest};
use oss_resumable::error::Code;
use oss_test_server::{Action, Op, Rule};

use crate::engine::*;
use crate::expectation::Place;

/// Three parts.
pub const SIZE: u64 = 2 * PART + 1_000;

/// One request.
pub const PUT_SIZE: u64 = PART / 2;

pub struct Scene {
    pub rig: Rig,
    /// Tries for longer than a few faults take.
    pub patient: Arc<Client>,
    /// Gives up soon, because the fault stays.
    pub brief: Arc<Client>,
    /// Made once, because that takes longer than sending them.
    bytes: Vec<u8>,
}

impl Scene {
    pub fn new(stretch: u32) -> Scene {
        let rig = Rig::in_memory();
        let url = rig.server.url();
        Scene::through(rig, &url, stretch)
    }

    /// With clients that reach the server by this way.
    pub fn through(rig: Rig, url: &str, stretch: u32) -> Scene {
        let with = |retry_timeout: Duration| {
            let limits = Limits {
                stall_timeout: Duration::from_millis(400) * stretch,
                retry_timeout: retry_timeout * stretch,
                ..limits()
            };
            client(url, limits)
        };
        let whole = rig.file("whole", SIZE);
        Scene {
            bytes: std::fs::read(whole).unwrap(),
            patient: with(Duration::from_secs(40)),
            brief: with(Duration::from_millis(1_200)),
            rig,
        }
    }

    /// Brings an upload to where the operation comes next.
    pub fn set_up(&self, place: Place) -> (PathBuf, UploadRequest) {
        let server = &self.rig.server;
        let size = match place {
            Place::Put => PUT_SIZE,
            _ => SIZE,
        };
        let file = self.rig.path("file");
        std::fs::write(&file, &self.bytes[..size as usize]).unwrap();
        let mut request = request(&file);
        // One after the other, so that a few faults hit the same request.
        request.parts_in_flight = 1;
        let refuse_a_part = Rule::on(Op::UploadPart)
            .part(3)
            .then(Action::status(403, "AccessDenied"));
        match place {
            Place::List | Place::AbortStale => {
                server.rule(refuse_a_part);
                let report = run(&self.patient, request.clone());
                assert_code(&report, Code::Service);
                // Of an Initiate that a machine that pauses has had to ask twice.
                for upload in server.uploads() {
                    if Some(&upload.upload_id) != report.upload_id.as_ref() {
                        server.forget_upload(&upload.upload_id);
                    }
                }
                if place == Place::AbortStale {
                    std::fs::write(&file, &self.bytes[1..]).unwrap();
                }
                server.clear_rules();
                server.clear_log();
            }
            Place::AbortClosing => {
                request.checkpoint = None;
                server.rule(refuse_a_part);
            }
            Place::Head => {
                let unheard = Rule::on(Op::CompleteMultipartUpload).once();
                server.rule(unheard.then(Action::DropReply));
            }
            _ => {}
        }
        (file, request)
    }

    pub fn clean(&self) {
        self.rig.server.clear_rules();
        self.rig.server.abort_all();
        self.rig.server.delete_object(BUCKET, KEY);
        self.rig.server.clear_log();
        for entry in std::fs::read_dir(&self.rig.dir).unwrap().flatten() {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
}
