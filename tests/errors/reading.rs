//! A disk that fails in the middle of a file. No system lets a test have one, so the reply to part 2 is
//! made up here: what the engine makes of it is not.

use std::time::Duration;

use oss_resumable::call::{Answer, Call, Failure, FailureKind, Outcome};
use oss_resumable::config::Limits;
use oss_resumable::error::{Code, Error, ServiceReply, Stage};
use oss_resumable::plan::{PartSize, Plan};
use oss_resumable::source::SourceError;
use oss_resumable::transfer::events::{Action, Ending, Event, Settings, Start};
use oss_resumable::transfer::machine::Machine;

use super::engine::{BUCKET, KEY, PART};

fn reply(call: &Call) -> Outcome {
    match call {
        Call::Initiate => Ok(Answer::Initiated {
            upload_id: "ID".into(),
        }),
        Call::UploadPart { number: 1, .. } => Ok(Answer::Uploaded {
            etag: "E".into(),
            sent_crc64: 1,
            stored_crc64: Some(1),
            service: ServiceReply::default(),
        }),
        Call::UploadPart { number: 2, .. } => {
            let error = SourceError::Read {
                text: "the file /a cannot be read at offset 110000: broken".into(),
                offset: 110_000,
                os_errno: Some(libc::EIO),
            };
            Err(Failure {
                error: error.clone().into_error().at(Stage::Upload),
                kind: FailureKind::Source(error),
                maybe_applied: false,
            })
        }
        other => panic!("{other:?}"),
    }
}

fn run() -> Box<Ending> {
    let settings = Settings {
        plan: Plan::new(5 * PART, PartSize::Bytes(PART)).unwrap(),
        bucket: BUCKET.into(),
        object: KEY.into(),
        parts_in_flight: 1,
        has_checkpoint: true,
        has_callback: false,
        limits: Limits::default(),
        seed: 1,
    };
    let start = Start::Fresh {
        stale: None,
        elsewhere: false,
    };
    let mut machine = Machine::new(settings, start);
    machine.handle(Duration::ZERO, Event::Started);
    while let Some(action) = machine.next_action() {
        let event = match action {
            Action::Send { id, call, .. } => Event::Replied {
                id,
                outcome: Box::new(reply(&call)),
            },
            Action::SaveHeader { .. } => Event::HeaderSaved(Ok(())),
            Action::SavePart { .. } => Event::PartSaved(true),
            Action::Finish(ending) => return ending,
            other => panic!("{other:?}"),
        };
        machine.handle(Duration::ZERO, event);
    }
    panic!("no end");
}

#[test]
fn a_read_error_in_the_middle_is_told_with_its_part_and_place_and_what_was_done_is_kept() {
    let ending = run();
    assert!(!ending.remove_checkpoint);
    let error = ending.outcome.unwrap_err();
    let mut expected = Error::new(
        Code::File,
        "the file /a cannot be read at offset 110000: broken",
    );
    expected.stage = Stage::Upload;
    expected.part_number = 2;
    expected.offset = Some(110_000);
    expected.os_errno = std::num::NonZero::new(libc::EIO);
    expected.attempts = 1;
    assert_eq!(error, expected);
}
