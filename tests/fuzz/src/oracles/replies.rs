//! Replies: every one is read as something, never as two things, and an upload that hears them ends
//! well only when one of them proved that the object is there.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use oss_resumable::call::{Answer, Call, Failure, FailureKind, Outcome, SignAgain};
use oss_resumable::client::Clock;
use oss_resumable::config::Limits;
use oss_resumable::crc;
use oss_resumable::credentials::Credentials;
use oss_resumable::error::{Code, Error, Stage};
use oss_resumable::http::Reply;
use oss_resumable::plan::{PartSize, Plan};
use oss_resumable::reply;
use oss_resumable::transfer::events::{Action, Ending, Event, Settings, Start};
use oss_resumable::transfer::machine::Machine;

use super::document::{Reading, read};
use super::input::Input;

const PART: u64 = 102_400;
const SECRET: &str = "CANARY-secret";
const TOKEN: &str = "CANARY-token";
/// More than any run takes; a run that takes longer goes in a circle.
const MAX_STEPS: u32 = 3_000;

struct World<'a> {
    input: Input<'a>,
    plan: Plan,
    has_callback: bool,
    credentials: Credentials,
    clock: Clock,
    /// A request that commits has been sent.
    commit_sent: bool,
    /// A reply has proven that the object is there; `None` when readers differ on what it says.
    proven: Option<bool>,
}

pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let flags = input.byte();
    let size = if flags & 1 == 1 { 7 } else { PART + 7 };
    let plan = Plan::new(size, PartSize::Bytes(PART)).unwrap();
    let mut world = World {
        input,
        plan,
        has_callback: flags & 2 == 2,
        credentials: Credentials::new("CANARY-id", SECRET, Some(TOKEN)).unwrap(),
        clock: Clock::default(),
        commit_sent: false,
        proven: Some(false),
    };
    let settings = Settings {
        plan,
        bucket: "bucket".to_owned(),
        object: "key".to_owned(),
        parts_in_flight: 2,
        has_checkpoint: flags & 4 == 4,
        has_callback: world.has_callback,
        limits: Limits {
            max_retries: (flags & 8 == 8).then_some(2),
            ..Limits::default()
        },
        seed: u64::from(flags),
    };
    let start = Start::Fresh {
        stale: None,
        elsewhere: false,
    };
    let ending = world.run(Machine::new(settings, start));
    let Some(proven) = world.proven else {
        return;
    };
    match &ending.outcome {
        Ok(_) => {
            assert!(proven, "a success that nothing proves");
            assert_eq!(ending.crc64, world.whole());
        }
        Err(error) => {
            assert!(!proven, "a commit that was proven is reported as {error:?}");
            let shown = format!("{error:?}");
            assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
        }
    }
}

impl World<'_> {
    fn part(&self, number: u32) -> u64 {
        crc::crc64(&number.to_le_bytes())
    }

    fn whole(&self) -> u64 {
        match self.plan.is_single() {
            true => self.part(1),
            false => self.plan.iter().fold(crc::crc64(&[]), |crc, part| {
                crc::combine(crc, self.part(part.number), part.len)
            }),
        }
    }

    fn run(&mut self, mut machine: Machine) -> Box<Ending> {
        let mut now = Duration::ZERO;
        let mut coming = VecDeque::from([Event::Started]);
        for _ in 0..MAX_STEPS {
            while let Some(action) = machine.next_action() {
                match action {
                    Action::Finish(ending) => return ending,
                    Action::Send { id, call, .. } => {
                        let outcome = Box::new(self.exchange(&call));
                        coming.push_back(Event::Replied { id, outcome });
                    }
                    Action::DropCalls => coming.retain(|it| !matches!(it, Event::Replied { .. })),
                    Action::StopPut => {}
                    Action::Hash { number } => coming.push_back(Event::Hashed {
                        number,
                        crc: Ok(self.part(number)),
                    }),
                    Action::SaveHeader { .. } => coming.push_back(Event::HeaderSaved(Ok(()))),
                    Action::SavePart { .. } => machine.handle(now, Event::PartSaved(true)),
                    Action::SaveCompleting => coming.push_back(Event::CompletingSaved(true)),
                    Action::VerifySource { .. } => coming.push_back(Event::SourceVerified(Ok(()))),
                }
            }
            let event = coming.pop_front().unwrap_or_else(|| {
                now = now.max(machine.next_timer().expect("nothing comes, no timer runs"));
                Event::Tick
            });
            machine.handle(now, event);
        }
        panic!("no end after {MAX_STEPS} steps");
    }

    /// As `multipart` reads a reply to a call.
    fn exchange(&mut self, call: &Call) -> Outcome {
        self.commit_sent |= matches!(call, Call::Complete { .. } | Call::Put);
        if self.input.is_empty() || self.input.below(16) == 15 {
            return Err(unanswered());
        }
        let mut reply = self.reply(call);
        reply::drop_echoes(&mut reply, &self.credentials);
        self.judge(call, &reply);
        let (status, stage) = (reply.status, Stage::Upload);
        let mut outcome = if (200..300).contains(&status) {
            self.answer(call, reply)
        } else {
            let failure = reply::refusal(&reply, stage, &self.credentials, &self.clock);
            self.refused(status, &failure);
            Err(failure)
        };
        reply::scrub_outcome(&mut outcome, &self.credentials);
        if let Err(failure) = &outcome {
            let shown = format!("{:?}", failure.error);
            assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
            assert_eq!(failure.error.service.http_status, status);
        }
        outcome
    }

    fn answer(&self, call: &Call, reply: Reply) -> Outcome {
        match call {
            Call::Initiate => reply::initiate(&reply),
            Call::ListParts { marker, .. } => reply::list_parts(&reply, *marker),
            Call::ListUploads { .. } => reply::list_uploads(&reply),
            Call::Complete { .. } => reply::complete(reply, self.has_callback),
            Call::Head => reply::head(reply),
            Call::Abort(_) => Ok(Answer::Aborted),
            Call::Put => Ok(Answer::Put {
                sent_crc64: self.whole(),
                committed: reply::committed(reply)?,
            }),
            Call::UploadPart { number, .. } => match reply::etag(&reply) {
                Some(etag) => Ok(Answer::Uploaded {
                    etag,
                    sent_crc64: self.part(*number),
                    stored_crc64: reply::crc64(&reply),
                    service: reply::service(&reply),
                }),
                None => Err(reply::unclear(&reply, Stage::Upload, "has no ETag")),
            },
        }
    }

    fn refused(&self, status: u16, failure: &Failure) {
        let FailureKind::Service {
            status: told,
            retry_after,
            sign_again,
        } = failure.kind
        else {
            panic!("a refusal of another kind: {failure:?}");
        };
        assert_eq!(told, status);
        assert!(retry_after.is_none_or(|wait| wait <= Duration::from_secs(60)));
        assert!(failure.maybe_applied == (status >= 500));
        let again = reply::is_transient(status, failure.oss_code());
        assert_eq!(failure.error.retryable, again);
        assert!(!again || matches!(status, 400 | 408 | 429 | 500..));
        let skewed = failure.oss_code() == "RequestTimeTooSkewed";
        assert!(sign_again == SignAgain::No || skewed);
    }

    /// Whether a reply proves that the object is there: what the documentation asks of it, read by
    /// another reader.
    fn judge(&mut self, call: &Call, reply: &Reply) {
        if matches!(call, Call::Abort(_)) && (200..300).contains(&reply.status) {
            // There was something to abort: equal bytes that HEAD has shown were not of our commit.
            self.proven = self.proven.map(|_| false);
            return;
        }
        let crc64 = reply.headers.get("x-oss-hash-crc64ecma");
        let crc64 = crc64.and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
        let is_equal = crc64 == Some(self.whole());
        let proves = match call {
            Call::Put => matches!(reply.status, 200 | 203) && is_equal,
            Call::Complete { .. } if reply.status == 203 => is_equal,
            Call::Complete { .. } if reply.status == 200 && is_equal => {
                match read(&reply.body) {
                    // The receiver's own words.
                    _ if self.has_callback => true,
                    Reading::Unsure => {
                        self.proven = None;
                        return;
                    }
                    Reading::Refused => false,
                    Reading::Whole(root, elements) => {
                        let has = |name: &str| elements.iter().any(|(at, _)| at == &[name]);
                        root == "CompleteMultipartUploadResult"
                            && ["Bucket", "Key", "ETag"].into_iter().all(has)
                            && well_encoded(&elements)
                    }
                }
            }
            Call::Head => {
                let length = reply.headers.get("content-length");
                let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
                let is_whole = length == Some(self.plan.size()) && is_equal;
                (200..300).contains(&reply.status) && is_whole && self.commit_sent
            }
            _ => false,
        };
        if proves {
            self.proven = self.proven.map(|_| true);
        }
    }

    fn reply(&mut self, call: &Call) -> Reply {
        let input = &mut self.input;
        let status = match input.below(12) {
            0..=5 => 200,
            6 => 203,
            7 => input.pick(&[201, 204, 206, 299]),
            8 => input.pick(&[301, 307, 403, 404, 408, 409, 429]),
            9 => input.pick(&[500, 502, 503, 504]),
            10 => 400,
            _ => 100 + input.u16() % 500,
        };
        let right = match call {
            Call::UploadPart { number, .. } => crc::crc64(&number.to_le_bytes()),
            _ => self.whole(),
        };
        let size = self.plan.size();
        let input = &mut self.input;
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: Option<String>| {
            if let Some(value) = value.and_then(|it| HeaderValue::from_str(&it).ok()) {
                headers.insert(name, value);
            }
        };
        put(
            "x-oss-hash-crc64ecma",
            match input.below(8) {
                0..=3 => Some(right.to_string()),
                4 => Some((right ^ 1).to_string()),
                5 => Some(input.text()),
                _ => None,
            },
        );
        put(
            "etag",
            match input.below(8) {
                0..=5 => Some("\"E\"".to_owned()),
                6 => Some(input.text()),
                _ => None,
            },
        );
        put(
            "content-length",
            match input.below(8) {
                0..=4 => Some(size.to_string()),
                5 => Some(input.text()),
                6 => Some((size + 1).to_string()),
                _ => None,
            },
        );
        let (retry_after, id) = (input.below(8), input.below(8));
        put("retry-after", (retry_after == 1).then(|| input.text()));
        put("x-oss-request-id", (id == 1).then(|| input.text()));
        let body = body(call, input);
        Reply {
            status,
            headers,
            body: Bytes::from(body),
        }
    }
}

/// A key that is said to be percent-encoded has to be, and each thing is said once.
fn well_encoded(elements: &[(Vec<String>, String)]) -> bool {
    let all = |name: &str| {
        elements
            .iter()
            .filter(|(at, _)| at == &[name])
            .collect::<Vec<_>>()
    };
    let names = ["Bucket", "Key", "ETag", "Location", "EncodingType"];
    if names.iter().any(|name| all(name).len() > 1) {
        return false;
    }
    let is_url = all("EncodingType")
        .first()
        .is_some_and(|(_, text)| text == "url");
    all("Key").first().is_some_and(|(_, key)| {
        let escapes = key.split('%').skip(1);
        let hex = |it: &str| it.len() >= 2 && it.bytes().take(2).all(|b| b.is_ascii_hexdigit());
        let text = percent_encoding::percent_decode_str(key).decode_utf8();
        !is_url || (escapes.into_iter().all(hex) && text.is_ok())
    })
}

fn body(call: &Call, input: &mut Input<'_>) -> Vec<u8> {
    let codes = [
        "InternalError",
        "NoSuchUpload",
        "NoSuchKey",
        "AccessDenied",
        "RequestTimeTooSkewed",
        "InvalidPart",
        "RequestTimeout",
        "CallbackFailed",
        "",
        "SecurityTokenExpired",
    ];
    let document = match call {
        Call::Initiate => {
            "<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>key</Key>\
            <UploadId>ID</UploadId></InitiateMultipartUploadResult>"
        }
        Call::Complete { .. } => {
            "<CompleteMultipartUploadResult><Location>x</Location>\
            <Bucket>bucket</Bucket><Key>key</Key><ETag>\"E\"</ETag></CompleteMultipartUploadResult>"
        }
        Call::ListParts { .. } => {
            "<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>"
        }
        _ => "",
    };
    match input.below(8) {
        0..=2 => document.as_bytes().to_vec(),
        3 => {
            let code = input.pick(&codes);
            let extra = input.text().replace(['<', '&'], "");
            format!(
                "<Error><Code>{code}</Code><Message>{extra}{SECRET}</Message><ServerTime>{extra}\
                 </ServerTime><StringToSign>{TOKEN}</StringToSign></Error>"
            )
            .into_bytes()
        }
        4 => {
            // Nearly right.
            let mut bytes = document.as_bytes().to_vec();
            let at = usize::from(input.byte()).min(bytes.len());
            let end = (at + usize::from(input.below(8))).min(bytes.len());
            bytes.splice(at..end, input.bytes().iter().copied());
            bytes
        }
        5 => Vec::new(),
        _ => input.bytes().to_vec(),
    }
}

fn unanswered() -> Failure {
    Failure {
        kind: FailureKind::Network {
            permanent: false,
            stalled: false,
        },
        maybe_applied: true,
        error: Error::new(Code::Network, "no answer"),
    }
}
