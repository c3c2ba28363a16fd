//! How an upload has to end under a fault, by what the fault is to a client and where it happens.

use oss_resumable::error::Code;
use oss_resumable::transfer::driver::Report;
use oss_test_server::Op;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Initiate,
    Part,
    /// Of an upload that is continued.
    List,
    Complete,
    /// Of an upload that can no longer be continued.
    AbortStale,
    /// After a failure, where no checkpoint keeps what was done.
    AbortClosing,
    /// After a Complete whose reply was lost.
    Head,
    Put,
}

impl Place {
    pub const ALL: [Place; 8] = [
        Place::Initiate,
        Place::Part,
        Place::List,
        Place::Complete,
        Place::AbortStale,
        Place::AbortClosing,
        Place::Head,
        Place::Put,
    ];

    pub fn op(self) -> Op {
        match self {
            Place::Initiate => Op::InitiateMultipartUpload,
            Place::Part => Op::UploadPart,
            Place::List => Op::ListParts,
            Place::Complete => Op::CompleteMultipartUpload,
            Place::AbortStale | Place::AbortClosing => Op::AbortMultipartUpload,
            Place::Head => Op::HeadObject,
            Place::Put => Op::PutObject,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Once,
    /// Three times.
    AFew,
    ForEver,
}

/// What a fault is to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that keeps the answer from being used.
    None,
    /// The first time later than it is waited for, the second time not.
    Late,
    /// No answer that is HTTP; the server has done what was asked, or has not.
    Lost {
        applied: bool,
    },
    /// Asked for later.
    Busy,
    /// The same, after a time that is not given.
    BusyForLong,
    /// For good, with this code.
    Refused(&'static str),
    Redirected,
    /// The clock is said to be wrong: signed again twice at most.
    Skewed,
    /// The upload, or what it consists of, is gone: begun anew once.
    NoSuchUpload,
    /// The body is not the one that belongs to it; status and headers are.
    OtherBody,
    HalfBody,
    /// The body is larger than is read.
    Oversized,
    /// The body does not end.
    Endless,
    /// The body breaks off in a way that is not HTTP.
    BrokenChunk,
    /// A success that is not OSS's, with headers that are not either.
    OtherReply {
        applied: bool,
    },
    /// A success without anything.
    NoContent,
    /// HTTP, but not the answer; the server has done what was asked.
    NoAnswer,
    /// Says that the object is stored, and it is not.
    ClaimsCommit,
    /// A second reply that nobody asked for, which may be taken for that to the next request.
    Repeated,
    WrongCrc,
    /// What is sent is not what arrives.
    Flipped,
    NoCrc,
    NoEtag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Ok,
    /// The first answer ends it, with this code.
    Refused(&'static str),
    Service,
    Network,
    /// The commit may or may not have worked, which is said.
    Unknown,
    /// The server's CRC64 of the object differs: committed, and said to be wrong.
    Damaged,
    /// The same of a part, so nothing was committed.
    PartDamaged,
    /// The failure before the clean-up, whatever the clean-up came to.
    Original,
    OkOrService,
}

pub fn expected(effect: Effect, place: Place, times: Times) -> Expected {
    use Expected as E;
    let lasts = times == Times::ForEver;
    // Is tried again, and ends so if that does not help.
    let unless_it_passes = |end: Expected| if lasts { end } else { E::Ok };
    let once_is_forgiven = |end: Expected| if times == Times::Once { E::Ok } else { end };

    match place {
        Place::AbortClosing => return E::Original,
        // Cleaning up and asking are not needed: a refusal does not keep anybody from uploading.
        Place::AbortStale | Place::List => {
            let no_body = place == Place::AbortStale;
            return match effect {
                Effect::Lost { .. } | Effect::BrokenChunk => unless_it_passes(E::Network),
                Effect::Oversized | Effect::Endless if !no_body => E::Network,
                _ => E::Ok,
            };
        }
        Place::Head => {
            return match effect {
                Effect::Lost { .. } | Effect::BrokenChunk | Effect::Busy => {
                    unless_it_passes(E::Unknown)
                }
                Effect::NoContent | Effect::NoAnswer | Effect::Endless => {
                    unless_it_passes(E::Unknown)
                }
                Effect::Skewed => once_is_forgiven(E::Unknown),
                Effect::BusyForLong | Effect::Refused(_) | Effect::Redirected => E::Unknown,
                Effect::OtherReply { .. } | Effect::WrongCrc | Effect::NoCrc => E::Unknown,
                // There is no body, but its length is told.
                Effect::OtherBody | Effect::Oversized => E::Unknown,
                _ => E::Ok,
            };
        }
        _ => {}
    }
    let commits = matches!(place, Place::Complete | Place::Put);
    match effect {
        Effect::None | Effect::Late => E::Ok,
        Effect::Lost { applied: true } | Effect::BrokenChunk if commits => E::Ok,
        // That the object is not there yet does not prove that it will not come.
        Effect::Lost { .. } if place == Place::Complete => unless_it_passes(E::Unknown),
        Effect::Lost { .. } | Effect::BrokenChunk => unless_it_passes(E::Network),
        Effect::Busy => unless_it_passes(E::Service),
        Effect::BusyForLong => E::Service,
        Effect::Refused(code) => E::Refused(code),
        Effect::Redirected => E::Refused("TemporaryRedirect"),
        Effect::Skewed => once_is_forgiven(E::Service),
        Effect::NoSuchUpload if place == Place::Initiate => E::Refused("NoSuchUpload"),
        Effect::NoSuchUpload => once_is_forgiven(E::Service),
        Effect::OtherBody | Effect::HalfBody if place == Place::Initiate => {
            unless_it_passes(E::Service)
        }
        Effect::OtherBody | Effect::HalfBody => E::Ok,
        // Not asked for again: it would come again. What became of a commit is found out.
        Effect::Oversized | Effect::Endless if commits => E::Ok,
        Effect::Oversized | Effect::Endless => E::Network,
        Effect::OtherReply { applied: true } | Effect::NoAnswer if commits => E::Ok,
        Effect::OtherReply { .. } if place == Place::Put => E::Unknown,
        // No status of a commit: not one, so it is tried again.
        Effect::OtherReply { .. } | Effect::NoContent | Effect::NoAnswer => {
            unless_it_passes(E::Service)
        }
        Effect::ClaimsCommit => E::Unknown,
        Effect::Repeated if lasts => E::OkOrService,
        Effect::Repeated => E::Ok,
        // Over plain HTTP it has an MD5, and OSS refuses what differs.
        Effect::Flipped if place == Place::Put => unless_it_passes(E::Service),
        Effect::WrongCrc | Effect::Flipped => match place {
            Place::Complete => E::Damaged,
            Place::Put => unless_it_passes(E::Damaged),
            Place::Part => unless_it_passes(E::PartDamaged),
            _ => E::Ok,
        },
        Effect::NoCrc if place == Place::Part => unless_it_passes(E::PartDamaged),
        Effect::NoEtag if place == Place::Part => unless_it_passes(E::Service),
        Effect::NoCrc | Effect::NoEtag => E::Ok,
    }
}

/// `faulted`: how many requests the fault has met.
pub fn agrees(report: &Report, want: Expected, faulted: usize) -> Result<(), String> {
    let code = report.outcome.as_ref().err().map(|error| error.code);
    let service = report
        .outcome
        .as_ref()
        .err()
        .and_then(|error| error.service.code.clone())
        .unwrap_or_default();
    let right = match want {
        Expected::Ok => code.is_none(),
        Expected::Refused(_) if faulted != 1 => {
            return Err(format!("sent {faulted} times, not once"));
        }
        Expected::Refused(wanted) => code == Some(Code::Service) && service == wanted,
        Expected::Service => code == Some(Code::Service),
        Expected::Network => code == Some(Code::Network),
        Expected::Unknown => code == Some(Code::CommitUnknown),
        Expected::Damaged | Expected::PartDamaged => code == Some(Code::Integrity),
        Expected::Original => code == Some(Code::Service) && service == "AccessDenied",
        Expected::OkOrService => code.is_none_or(|code| code == Code::Service),
    };
    if right {
        Ok(())
    } else {
        Err(format!("expected {want:?}"))
    }
}
