//! Faults as data: rules that say which request goes wrong, and how.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::op::Op;
use crate::request::Request;

/// What happens to a request that a rule picks. In JSON: `"drop_reply"`, `{"delay":{"ms":5}}`.
///
/// The actions of several rules that pick the same request add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Counts the request and does nothing.
    #[default]
    Nothing,
    /// Waits before the request is looked at.
    Delay { ms: u64 },

    // Instead of doing what is asked:
    /// Answers without applying. `body` replaces the error XML; with `early` the answer comes
    /// before the request body is read, and the connection is closed.
    Status {
        code: u16,
        #[serde(default)]
        oss_code: Option<String>,
        #[serde(default)]
        message: Option<String>,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Option<String>,
        #[serde(default)]
        early: bool,
    },
    /// Answers with a redirect.
    Redirect { code: u16, location: String },
    /// The upload id vanishes before the request is looked at.
    ForgetUpload,
    /// The account of the request expires before the request is looked at.
    ExpireToken,
    /// The server's clock moves, for this request and all later ones.
    ShiftClock { seconds: i64 },

    // While the request body is read. A body shorter than `bytes` trips at its end:
    /// RST after so many body bytes; nothing is applied.
    ResetAfter { bytes: u64 },
    /// FIN after so many body bytes; nothing is applied.
    CutAfter { bytes: u64 },
    /// Stops reading after so many body bytes, for `ms` or for ever.
    StallRead {
        bytes: u64,
        #[serde(default)]
        ms: Option<u64>,
    },
    /// Reads the body at this rate.
    SlowRead { bytes_per_second: u64 },
    /// As OSS does with parts that are on their way: an abort meanwhile takes the parts that are stored,
    /// and leaves the upload to this one.
    OutliveAbort,
    /// Flips one bit of what is stored; CRC64 and MD5 are those of the stored bytes.
    CorruptBody,

    // After the request was applied, before the reply:
    /// Another writer overwrites the key with other bytes.
    PutOtherObject,
    /// Another client deletes the object.
    DeleteObject,

    // To the reply of a request that was applied:
    /// Never answers, or only after `ms`.
    StallReply {
        #[serde(default)]
        ms: Option<u64>,
    },
    /// FIN instead of an answer.
    DropReply,
    /// RST after so many bytes of the reply, its head included.
    ResetReplyAfter { bytes: u64 },
    /// FIN after so many bytes of the reply, its head included.
    CutReplyAfter { bytes: u64 },
    /// Sends the reply at this rate.
    SlowReply { bytes_per_second: u64 },
    /// Sends blanks for so long before the reply body, as OSS does during a long Complete.
    PadReply { ms: u64 },
    /// Sends a reply body that never ends.
    EndlessReply,
    /// One bit of the CRC64 header is wrong, and nothing else.
    WrongCrc,
    /// Sets a reply header, or takes it away if `value` is absent.
    ReplyHeader {
        name: String,
        #[serde(default)]
        value: Option<String>,
    },
    /// The ETag of the part or object, exactly as given, quotes and all.
    Etag { value: String },
    /// 200 with an error document, after having applied the request.
    #[serde(rename = "error_in_200")]
    ErrorIn200 { oss_code: String },
    /// Replaces the reply body, and the status if given. `${bucket}`, `${key}` and `${uploadId}`
    /// stand for those of the request.
    RawBody {
        body: String,
        #[serde(default)]
        code: Option<u16>,
    },
    /// Half of the reply body, with a length that agrees.
    HalfBody,
    /// The reply body as gzip, which nobody asked for.
    GzipBody,
    /// This text instead of a reply, HTTP or not, and then FIN.
    RawReply { text: String },
    /// Sends the reply a second time behind the first.
    RepeatReply,
    /// Says `Connection: close`, and does it.
    CloseConnection,
    /// Closes the idle connection after the reply without having said so.
    CloseIdle,
}

impl Action {
    /// An error reply with this status and OSS code, without applying.
    pub fn status(code: u16, oss_code: &str) -> Action {
        Action::Status {
            code,
            oss_code: Some(oss_code.to_owned()),
            message: None,
            headers: BTreeMap::new(),
            body: None,
            early: false,
        }
    }

    /// An error reply that also names the time to wait.
    pub fn retry_after(code: u16, oss_code: &str, value: &str) -> Action {
        Action::status(code, oss_code).header("Retry-After", value)
    }

    /// A reply that is not OSS's at all, such as a proxy's HTML, without applying.
    pub fn foreign(code: u16, body: &str) -> Action {
        match Action::status(code, "") {
            Action::Status { headers, early, .. } => Action::Status {
                code,
                oss_code: None,
                message: None,
                headers,
                body: Some(body.to_owned()),
                early,
            },
            other => other,
        }
    }

    /// Adds a header to a [`Action::Status`].
    pub fn header(mut self, name: &str, value: &str) -> Action {
        if let Action::Status { headers, .. } = &mut self {
            headers.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// Makes a [`Action::Status`] answer before the request body is read.
    pub fn early(mut self) -> Action {
        if let Action::Status { early, .. } = &mut self {
            *early = true;
        }
        self
    }

    pub fn no_crc_header() -> Action {
        Action::ReplyHeader {
            name: "x-oss-hash-crc64ecma".to_owned(),
            value: None,
        }
    }

    pub fn no_etag() -> Action {
        Action::ReplyHeader {
            name: "etag".to_owned(),
            value: None,
        }
    }

    /// 200 without a body, after having applied the request.
    pub fn empty_200() -> Action {
        Action::RawBody {
            body: String::new(),
            code: Some(200),
        }
    }

    /// The name the action has in JSON.
    pub(crate) fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(fields)) => fields.keys().cloned().collect(),
            _ => String::new(),
        }
    }
}

/// Picks requests, and says what happens to them.
///
/// Of the requests that match, the first `skip` pass; of the rest every `every`-th is picked,
/// `times` times at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    pub op: Option<Op>,
    pub bucket: Option<String>,
    pub key: Option<String>,
    pub part: Option<u32>,
    pub skip: u32,
    pub every: Option<u32>,
    pub times: Option<u32>,
    pub action: Action,
}

impl Rule {
    /// A rule for requests of one operation.
    pub fn on(op: Op) -> Rule {
        Rule {
            op: Some(op),
            ..Rule::default()
        }
    }

    /// A rule for requests of every operation.
    pub fn any() -> Rule {
        Rule::default()
    }

    pub fn bucket(mut self, bucket: &str) -> Rule {
        self.bucket = Some(bucket.to_owned());
        self
    }

    pub fn key(mut self, key: &str) -> Rule {
        self.key = Some(key.to_owned());
        self
    }

    pub fn part(mut self, number: u32) -> Rule {
        self.part = Some(number);
        self
    }

    pub fn skip(mut self, count: u32) -> Rule {
        self.skip = count;
        self
    }

    pub fn every(mut self, nth: u32) -> Rule {
        self.every = Some(nth);
        self
    }

    pub fn times(mut self, count: u32) -> Rule {
        self.times = Some(count);
        self
    }

    pub fn once(self) -> Rule {
        self.times(1)
    }

    pub fn then(mut self, action: Action) -> Rule {
        self.action = action;
        self
    }

    pub(crate) fn matches(&self, request: &Request) -> bool {
        fn agrees<T: PartialEq>(wanted: Option<T>, actual: Option<T>) -> bool {
            wanted.is_none() || wanted == actual
        }
        agrees(self.op, Some(request.op))
            && agrees(self.bucket.as_deref(), request.bucket.as_deref())
            && agrees(self.key.as_deref(), request.key.as_deref())
            && agrees(self.part, request.part_number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_forms() {
        for (text, action) in [
            (r#"{"action":"drop_reply"}"#, Action::DropReply),
            (
                r#"{"op":"UploadPart","action":{"reset_after":{"bytes":65536}}}"#,
                Action::ResetAfter { bytes: 65536 },
            ),
            (
                r#"{"action":{"status":{"code":503,"oss_code":"SlowDown","headers":{"Retry-After":"1"}}}}"#,
                Action::retry_after(503, "SlowDown", "1"),
            ),
            (
                r#"{"action":{"error_in_200":{"oss_code":"InternalError"}}}"#,
                Action::ErrorIn200 {
                    oss_code: "InternalError".to_owned(),
                },
            ),
            (
                r#"{"action":{"stall_read":{"bytes":1}}}"#,
                Action::StallRead { bytes: 1, ms: None },
            ),
        ] {
            let rule: Rule = serde_json::from_str(text).unwrap();
            assert_eq!(rule.action, action);
        }
        assert!(serde_json::from_str::<Rule>(r#"{"oops":1}"#).is_err());
    }
}
