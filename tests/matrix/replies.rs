//! Connections that break, and replies that are not what they should be.

use oss_test_server::Action;

use crate::expectation::{Effect, Place};
use crate::faults::{Fault, fault};

pub const HTML: &str = "<html><body>Please log in.</body></html>";
const INTERNAL: &str =
    "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>m</Message></Error>";
const DEFINITE: &str =
    "<?xml version=\"1.0\"?><Error><Code>InvalidRequest</Code><Message>m</Message></Error>";
const CALLBACK: &str =
    "<?xml version=\"1.0\"?><Error><Code>CallbackFailed</Code><Message>m</Message></Error>";

/// Places with a body, or a reply with a body, or a CRC64 of their own.
const DATA: [Place; 2] = [Place::Part, Place::Put];
const DOCUMENTS: [Place; 3] = [Place::Initiate, Place::List, Place::Complete];
/// Where the reply has an ETag and a CRC64.
const PROVEN: [Place; 4] = [Place::Part, Place::Complete, Place::Head, Place::Put];

fn at(places: &[Place], fault: Fault) -> Fault {
    Fault {
        only: places.to_vec(),
        ..fault
    }
}

fn except(places: &[Place], fault: Fault) -> Fault {
    let others = Place::ALL.into_iter();
    let others: Vec<Place> = others.filter(|place| !places.contains(place)).collect();
    at(&others, fault)
}

fn reply_header(name: &str, value: &str) -> Action {
    Action::ReplyHeader {
        name: name.into(),
        value: Some(value.into()),
    }
}

pub fn connections() -> Vec<Fault> {
    let before = Effect::Lost { applied: false };
    let after = Effect::Lost { applied: true };
    vec![
        fault(
            "reset before the body",
            before,
            Action::ResetAfter { bytes: 0 },
        ),
        fault(
            "close before the body",
            before,
            Action::CutAfter { bytes: 0 },
        ),
        fault(
            "reset in the body",
            before,
            Action::ResetAfter { bytes: 30_000 },
        ),
        fault(
            "close in the body",
            before,
            Action::CutAfter { bytes: 30_000 },
        ),
        fault(
            "reset after the body",
            before,
            Action::ResetAfter { bytes: u64::MAX },
        ),
        fault(
            "close after the body",
            before,
            Action::CutAfter { bytes: u64::MAX },
        ),
        Fault {
            only: DATA.to_vec(),
            ..fault(
                "stops reading",
                before,
                Action::StallRead {
                    bytes: 20_000,
                    ms: None,
                },
            )
        },
        fault("never answers", after, Action::StallReply { ms: None }),
        fault(
            "answers late",
            Effect::Late,
            Action::StallReply { ms: Some(700) },
        ),
        fault(
            "slow reply",
            Effect::None,
            Action::SlowReply {
                bytes_per_second: 2_000,
            },
        ),
        fault("applied, reply lost", after, Action::DropReply),
        fault(
            "applied, reset",
            after,
            Action::ResetReplyAfter { bytes: 0 },
        ),
        fault(
            "reply reset in its head",
            after,
            Action::ResetReplyAfter { bytes: 60 },
        ),
        fault(
            "reply cut in its status line",
            after,
            Action::CutReplyAfter { bytes: 7 },
        ),
        fault(
            "reply cut in its head",
            after,
            Action::CutReplyAfter { bytes: 60 },
        ),
        Fault {
            only: DOCUMENTS.to_vec(),
            ..fault(
                "reply cut in its body",
                after,
                // Every head of a reply is longer than that by some way, every whole reply longer still.
                Action::CutReplyAfter { bytes: 330 },
            )
        },
        // A head that trickles: every byte comes, and the end does not.
        fault(
            "head byte by byte",
            after,
            Action::SlowReply {
                bytes_per_second: 20,
            },
        ),
        fault("connection: close", Effect::None, Action::CloseConnection),
        fault(
            "closes the idle connection",
            Effect::None,
            Action::CloseIdle,
        ),
        Fault {
            only: vec![Place::Complete],
            ..fault(
                "blanks for a while",
                Effect::None,
                Action::PadReply { ms: 900 },
            )
        },
        fault("two replies", Effect::Repeated, Action::RepeatReply),
    ]
}

/// A page of ListParts.
fn lists(name: &str, inner: &str) -> Fault {
    let body = format!(
        "<ListPartsResult><Bucket>${{bucket}}</Bucket><Key>${{key}}</Key>\
         <UploadId>${{uploadId}}</UploadId>{inner}</ListPartsResult>"
    );
    Fault {
        only: vec![Place::List],
        ..fault(
            name,
            Effect::OtherBody,
            Action::RawBody { body, code: None },
        )
    }
}

pub fn contents() -> Vec<Fault> {
    let raw = |body: &str, code| Action::RawBody {
        body: body.into(),
        code,
    };
    let replaced = Effect::OtherBody;
    vec![
        // The answer to a part or an object is empty.
        except(&DATA, fault("200 empty", replaced, Action::empty_200())),
        fault("HTML instead of the answer", replaced, raw(HTML, None)),
        at(
            &DOCUMENTS,
            fault("half the answer", Effect::HalfBody, Action::HalfBody),
        ),
        except(&[Place::Head], fault("gzip", replaced, Action::GzipBody)),
        fault(
            "says gzip and is none",
            Effect::None,
            reply_header("content-encoding", "gzip"),
        ),
        fault("NUL bytes", replaced, raw("\0\0\0\0", None)),
        fault("deep XML", replaced, raw(&"<a>".repeat(100_000), None)),
        fault(
            "5 MiB of XML",
            Effect::Oversized,
            raw(&"<a/>".repeat(1_310_720), None),
        ),
        lists(
            "a list that repeats itself",
            "<IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker>",
        ),
        lists(
            "a list of parts 0 and 10001",
            "<IsTruncated>false</IsTruncated><Part><PartNumber>0</PartNumber><ETag>x</ETag><Size>1</Size></Part><Part><PartNumber>10001</PartNumber><ETag>x</ETag><Size>1</Size></Part>",
        ),
        lists(
            "a list of huge parts",
            "<IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><ETag>x</ETag><Size>18446744073709551615</Size></Part>",
        ),
        lists("an empty list", "<IsTruncated>false</IsTruncated>"),
        fault("a body without end", Effect::Endless, Action::EndlessReply),
        fault(
            "200 InternalError, applied",
            Effect::OtherReply { applied: true },
            Action::ErrorIn200 {
                oss_code: "InternalError".into(),
            },
        ),
        // A portal that answers everything itself.
        fault(
            "200 of somebody else",
            Effect::OtherReply { applied: false },
            Action::foreign(200, HTML),
        ),
        fault(
            "200 InternalError",
            Effect::OtherReply { applied: false },
            Action::foreign(200, INTERNAL),
        ),
        Fault {
            only: vec![Place::Complete],
            ..fault(
                "200 InvalidRequest",
                Effect::Refused("InvalidRequest"),
                Action::foreign(200, DEFINITE),
            )
        },
        Fault {
            only: vec![Place::Complete, Place::Put],
            ..fault("203 CallbackFailed", Effect::None, raw(CALLBACK, Some(203)))
        },
        Fault {
            only: vec![Place::Complete, Place::Put],
            lies_about_uploads: true,
            ..fault(
                "203 and nothing stored",
                Effect::ClaimsCommit,
                Action::foreign(203, CALLBACK),
            )
        },
        Fault {
            lies_about_uploads: true,
            ..fault("204", Effect::NoContent, Action::foreign(204, ""))
        },
    ]
}

pub fn not_http() -> Vec<Fault> {
    let after = Effect::Lost { applied: true };
    let raw = |text: &str| Action::RawReply { text: text.into() };
    let many: String = (0..300).map(|n| format!("x-{n}: y\r\n")).collect();
    let switch = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
    vec![
        fault("not HTTP", after, raw("SSH-2.0-OpenSSH_9.2\r\n")),
        fault("a TLS alert", after, raw("\u{15}\u{3}\u{1}\0\u{2}\u{2}F")),
        fault("HTTP/2", after, raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
        fault("no status", after, raw("HTTP/1.1 \r\n\r\n")),
        fault(
            "status 0",
            after,
            raw("HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n"),
        ),
        fault(
            "300 headers",
            after,
            raw(&format!(
                "HTTP/1.1 200 OK\r\n{many}content-length: 0\r\n\r\n"
            )),
        ),
        fault(
            "header of 1 MiB",
            after,
            reply_header("x-long", &"y".repeat(1 << 20)),
        ),
        except(
            // Which is no length of a body there.
            &[Place::Head],
            fault(
                "two lengths",
                after,
                raw("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nabc"),
            ),
        ),
        except(
            // 204 has no body, so nobody looks at it.
            &[Place::AbortStale],
            fault(
                "length that is none",
                after,
                reply_header("content-length", "many"),
            ),
        ),
        fault(
            "chunk that is none",
            Effect::BrokenChunk,
            raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc"),
        ),
        fault("101", Effect::NoAnswer, raw(switch)),
        fault("only 100", after, raw("HTTP/1.1 100 Continue\r\n\r\n")),
        Fault {
            only: DOCUMENTS.to_vec(),
            ..fault(
                "length too long",
                after,
                reply_header("content-length", "100000"),
            )
        },
        Fault {
            only: DOCUMENTS.to_vec(),
            ..fault(
                "length too short",
                replaced_body(),
                reply_header("content-length", "20"),
            )
        },
    ]
}

fn replaced_body() -> Effect {
    Effect::OtherBody
}

pub fn checksums() -> Vec<Fault> {
    let mut all = vec![
        at(
            &PROVEN,
            fault("wrong CRC64", Effect::WrongCrc, Action::WrongCrc),
        ),
        at(
            &PROVEN,
            fault("no CRC64", Effect::NoCrc, Action::no_crc_header()),
        ),
        fault(
            "CRC64 that is none",
            Effect::NoCrc,
            reply_header("x-oss-hash-crc64ecma", "0xABC"),
        ),
        fault(
            "CRC64 out of range",
            Effect::NoCrc,
            reply_header("x-oss-hash-crc64ecma", "99999999999999999999999"),
        ),
        at(&PROVEN, fault("no ETag", Effect::NoEtag, Action::no_etag())),
        fault(
            "ETag of 10 KiB",
            Effect::NoEtag,
            reply_header("etag", &"A".repeat(10_240)),
        ),
        fault(
            "no Date",
            Effect::None,
            Action::ReplyHeader {
                name: "date".into(),
                value: None,
            },
        ),
        fault(
            "Date of 1970",
            Effect::None,
            reply_header("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ),
        fault(
            "request id with a quote",
            Effect::None,
            reply_header("x-oss-request-id", "a\"b<c>"),
        ),
        Fault {
            only: DATA.to_vec(),
            ..fault(
                "one bit flipped on the way",
                Effect::Flipped,
                Action::CorruptBody,
            )
        },
    ];
    for etag in ["W/\"abc\"", "abc", "\"ABC\""] {
        // Said in the reply alone: what is stored keeps its own.
        all.push(Fault {
            only: vec![Place::Complete, Place::Put, Place::Head],
            ..fault(
                format!("ETag {etag}"),
                Effect::None,
                reply_header("etag", etag),
            )
        });
    }
    all
}
