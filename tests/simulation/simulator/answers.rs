//! What comes back: the server's answers as HTTP replies, read by the engine's own code, and the many
//! ways in which they do not.

use oss_resumable::call::{Answer, Call, Failure, FailureKind, Outcome, SignAgain};
use oss_resumable::client::Clock;
use oss_resumable::credentials::Credentials;
use oss_resumable::error::{Code, Error, ServiceReply, Stage};
use oss_resumable::http::Reply;
use oss_resumable::reply;
use oss_resumable::source::SourceError;

use super::random::Random;
use super::server::{Done, Refusal, etag};

const PROXY_PAGE: &str = "<html><body>Welcome to the hotel</body></html>";
const INTERNAL: &str = "<Error><Code>InternalError</Code><Message>m</Message></Error>";
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>m</Message></Error>";
const COMPLETED: &str = "<CompleteMultipartUploadResult><Bucket>bucket</Bucket><Key>key</Key>\
    <ETag>\"E\"</ETag></CompleteMultipartUploadResult>";

/// What is wrong with an answer of 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    No,
    /// The request has not been carried out.
    ErrorInside,
    DeniedInside,
    FromProxy,
    /// It has.
    ErrorAfterAll,
    Empty,
    Truncated,
    NoCrc,
    WrongCrc,
    CallbackFailed,
}

impl Twist {
    pub fn any(random: &mut Random, call: &Call) -> Twist {
        match call {
            Call::Complete { .. } => match random.below(7) {
                0 => Twist::ErrorInside,
                1 => Twist::DeniedInside,
                2 => Twist::FromProxy,
                3 => Twist::ErrorAfterAll,
                4 => Twist::Empty,
                5 => Twist::Truncated,
                _ => Twist::NoCrc,
            },
            Call::UploadPart { .. } | Call::Put | Call::Head => match random.below(2) {
                0 => Twist::Empty,
                _ => Twist::NoCrc,
            },
            _ => match random.below(2) {
                0 => Twist::FromProxy,
                _ => Twist::Empty,
            },
        }
    }

    pub fn is_applied(self) -> bool {
        let not = [Twist::ErrorInside, Twist::DeniedInside, Twist::FromProxy];
        !not.contains(&self)
    }
}

fn reply(status: u16, headers: &[(&'static str, String)], body: &str) -> Reply {
    let mut reply = Reply {
        status,
        headers: Default::default(),
        body: body.to_owned().into(),
    };
    for (name, value) in headers {
        reply.headers.insert(*name, value.parse().unwrap());
    }
    reply
}

pub fn stage_of(call: &Call) -> Stage {
    match call {
        Call::Initiate => Stage::Initiate,
        Call::ListParts { .. } | Call::ListUploads { .. } => Stage::Resume,
        Call::UploadPart { .. } | Call::Put => Stage::Upload,
        Call::Complete { .. } => Stage::Complete,
        Call::Abort(_) => Stage::Abort,
        Call::Head => Stage::Settle,
    }
}

fn unclear(call: &Call) -> Failure {
    reply::unclear(&reply(200, &[], ""), stage_of(call), "nonsense")
}

/// The answer to a request that was carried out.
pub fn answer(
    call: &Call,
    done: Done,
    sent: Option<u64>,
    twist: Twist,
    has_callback: bool,
) -> Outcome {
    let crc = |crc64: u64| match twist {
        Twist::NoCrc => Vec::new(),
        Twist::WrongCrc => vec![("x-oss-hash-crc64ecma", (crc64 ^ 2).to_string())],
        _ => vec![("x-oss-hash-crc64ecma", crc64.to_string())],
    };
    match (call, done) {
        (Call::Complete { .. }, Done::Committed(crc64)) => {
            let headers = crc(crc64);
            let reply = match twist {
                Twist::ErrorAfterAll => reply(200, &[], INTERNAL),
                Twist::Empty => reply(200, &[], ""),
                Twist::Truncated => reply(200, &[], COMPLETED.split_at(60).0),
                Twist::CallbackFailed => reply(203, &headers, INTERNAL),
                _ => reply(200, &headers, COMPLETED),
            };
            reply::complete(reply, has_callback)
        }
        (Call::Put, Done::Committed(crc64)) => {
            if twist == Twist::Empty {
                return Err(unclear(call));
            }
            let status = if twist == Twist::CallbackFailed {
                203
            } else {
                200
            };
            Ok(Answer::Put {
                sent_crc64: sent.unwrap_or_default(),
                committed: reply::committed(reply(status, &crc(crc64), ""))?,
            })
        }
        (_, Done::Found(size, crc64)) => {
            let mut headers = crc(crc64);
            if twist != Twist::Empty {
                headers.push(("content-length", size.to_string()));
            }
            reply::head(reply(200, &headers, ""))
        }
        (_, Done::Stored(piece)) => {
            if twist == Twist::Empty {
                return Err(unclear(call));
            }
            Ok(Answer::Uploaded {
                etag: etag(&piece),
                sent_crc64: sent.unwrap_or_default(),
                stored_crc64: reply::crc64(&reply(200, &crc(piece.crc64()), "")),
                service: ServiceReply::default(),
            })
        }
        (_, _) if twist != Twist::No && twist != Twist::WrongCrc => Err(unclear(call)),
        (_, Done::Begun(upload_id)) => Ok(Answer::Initiated { upload_id }),
        (_, Done::Listed(parts, next)) => Ok(Answer::Listed { parts, next }),
        (_, _) => Ok(Answer::Aborted),
    }
}

/// The answer to a request that was not carried out, though it says 200.
pub fn pretence(call: &Call, twist: Twist, has_callback: bool) -> Outcome {
    let body = match twist {
        Twist::ErrorInside => INTERNAL,
        Twist::DeniedInside => DENIED,
        _ => PROXY_PAGE,
    };
    match call {
        Call::Complete { .. } => reply::complete(reply(200, &[], body), has_callback),
        _ => Err(unclear(call)),
    }
}

pub fn refused(call: &Call, (status, code): Refusal, retry_after: u64) -> Failure {
    // The reply to HEAD has no body; OSS says the same in a header, which is read elsewhere.
    let body = format!(
        "<Error><Code>{code}</Code><Message>m</Message>\
         <ServerTime>2026-01-01T00:00:00.000Z</ServerTime></Error>"
    );
    let mut headers = Vec::new();
    if retry_after > 0 {
        headers.push(("retry-after", retry_after.to_string()));
    }
    let credentials = Credentials::new("id", "secret", None).unwrap();
    let reply = reply(status, &headers, &body);
    reply::refusal(&reply, stage_of(call), &credentials, &Clock::default())
}

/// A refusal for now, as a server or a gateway gives it, and the pause in seconds that it asks for.
pub fn any_refusal(random: &mut Random, call: &Call) -> (Failure, u64) {
    const REFUSALS: [Refusal; 7] = [
        (503, "ServiceUnavailable"),
        (500, "InternalError"),
        (502, ""),
        (503, "UploadTrafficRateLimitExceeded"),
        (429, "TooManyRequests"),
        (408, "RequestTimeout"),
        (400, "RequestTimeout"),
    ];
    let refusal = REFUSALS[random.index(REFUSALS.len())];
    let retry_after = if random.chance(200) {
        random.below(90)
    } else {
        0
    };
    (refused(call, refusal, retry_after), retry_after)
}

/// Refused for what it was signed with, or not even signed.
pub fn unsigned(random: &mut Random, call: &Call) -> Failure {
    match random.below(3) {
        0 => refused(call, (403, "RequestTimeTooSkewed"), 0),
        1 => Failure {
            kind: FailureKind::Credentials { permanent: false },
            maybe_applied: false,
            error: Error::new(Code::Credentials, "no credentials"),
        },
        _ => {
            let mut failure = refused(call, (403, "SecurityTokenExpired"), 0);
            if let FailureKind::Service { sign_again, .. } = &mut failure.kind {
                *sign_again = SignAgain::Credentials;
            }
            failure
        }
    }
}

pub fn network(maybe_applied: bool, stalled: bool) -> Failure {
    Failure {
        kind: FailureKind::Network {
            permanent: false,
            stalled,
        },
        maybe_applied,
        error: Error::new(Code::Network, "network"),
    }
}

pub fn source(error: SourceError) -> Failure {
    Failure {
        kind: FailureKind::Source(error.clone()),
        maybe_applied: false,
        error: error.into_error(),
    }
}

pub fn stalled(outcome: &Outcome) -> bool {
    let kind = outcome.as_ref().err().map(|failure| &failure.kind);
    matches!(kind, Some(FailureKind::Network { stalled: true, .. }))
}
