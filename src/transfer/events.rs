//! What goes into the decisions of an upload and what comes out: its settings, events and actions.

use std::collections::BTreeMap;

use crate::call::{Call, Committed, Outcome, Tries, UploadRef};
use crate::checkpoint::record::DonePart;
use crate::config::Limits;
use crate::error::Result;
use crate::plan::Plan;
use crate::source::SourceError;

/// Things worth telling about an upload that do not change its outcome.
pub mod warning {
    /// The checkpoint could not be written; the upload went on without.
    pub const RESUMABILITY_LOST: u32 = 1;
    /// The object is stored, but the upload callback failed (HTTP 203).
    pub const CALLBACK_FAILED: u32 = 2;
    /// The upload id was gone or unusable; everything was sent again under a new one.
    pub const RESTARTED: u32 = 4;
    /// The part size was raised so that the file fits into 10,000 parts.
    pub const PART_SIZE_RAISED: u32 = 8;
    /// The checkpoint could not be deleted; it was emptied.
    pub const CHECKPOINT_LEFT: u32 = 16;
    /// An unfinished upload may be left on the server: it could not be aborted, the answer that named
    /// it was lost, or its commit is unknown and there is no checkpoint that keeps its id.
    pub const UPLOAD_LEFT: u32 = 32;
    /// The object is stored, but what the upload callback's receiver answered was lost with the reply.
    pub const CALLBACK_REPLY_LOST: u32 = 64;
}

pub struct Settings {
    pub plan: Plan,
    pub bucket: String,
    pub object: String,
    pub parts_in_flight: u32,
    pub has_checkpoint: bool,
    /// OSS is asked to call back when the object is stored.
    pub has_callback: bool,
    pub limits: Limits,
    pub seed: u64,
}

/// What the checkpoint said.
pub enum Start {
    Fresh {
        /// An upload that can no longer be continued.
        stale: Option<UploadRef>,
        /// It was begun at another endpoint: that it is unknown here does not mean that it is gone.
        elsewhere: bool,
    },
    Resume {
        upload_id: String,
        parts: BTreeMap<u32, DonePart>,
        completing: bool,
        /// As above; the upload may still be known here.
        elsewhere: bool,
        /// Only reading the finished parts again tells whether they still hold.
        in_doubt: bool,
    },
}

pub type CallId = u64;

#[derive(Debug)]
pub enum Event {
    Started,
    Replied {
        id: CallId,
        outcome: Box<Outcome>,
    },
    Hashed {
        number: u32,
        crc: Result<u64, SourceError>,
    },
    HeaderSaved(Result<()>),
    PartSaved(bool),
    CompletingSaved(bool),
    SourceVerified(Result<(), SourceError>),
    Canceled,
    /// Time has passed.
    Tick,
}

#[derive(Debug)]
pub enum Action {
    Send {
        id: CallId,
        call: Call,
        tries: Tries,
    },
    /// Close the connections of everything in flight; no reply is wanted any more.
    DropCalls,
    /// Let PutObject end if its body is out, break it off otherwise; either way a reply follows.
    StopPut,
    /// Read a part again and tell its CRC64.
    Hash {
        number: u32,
    },
    SaveHeader {
        upload_id: String,
    },
    SavePart {
        number: u32,
        part: DonePart,
    },
    SaveCompleting,
    VerifySource {
        crcs: Vec<u64>,
    },
    Finish(Box<Ending>),
}

/// The one end of an upload.
#[derive(Debug)]
pub struct Ending {
    pub outcome: Result<Committed>,
    pub warnings: u32,
    pub upload_id: Option<String>,
    pub crc64: u64,
    /// The outcome is known, or nothing more can be learned: the checkpoint has served.
    pub remove_checkpoint: bool,
}
