//! Headers given once, sent with the requests for which OSS reads them.

use std::ops::RangeInclusive;
use std::path::Path;

use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use crate::bug::{self, Bug};
use crate::error::{Error, Result};

/// OSS: user metadata of one object is at most 8 KiB in all.
const MAX_METADATA_BYTES: usize = 8 * 1024;
const MAX_HEADERS: usize = 256;
/// Headers whose values are one word each.
const NAMES_IN_LOWER_CASE: [&str; 2] = ["x-oss-forbid-overwrite", "x-oss-request-payer"];
/// OSS: tags of one object.
const MAX_TAGS: usize = 10;
/// OSS: what a request may be slowed down to, in bits per second.
const TRAFFIC_LIMITS: RangeInclusive<u64> = 245_760..=838_860_800;

/// What HTTP takes off the ends of a value, and line ends. Other white space is the user's own.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The requests a header can belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Initiate,
    Part,
    Complete,
    Put,
    /// ListParts, Abort, HEAD: only who pays.
    Other,
}

use Target::{Complete, Initiate, Other, Part, Put};

/// Headers that do not simply belong to the request that creates the object.
const ROUTES: [(&str, &[Target]); 6] = [
    // OSS takes an object's ACL when the object comes into being.
    ("x-oss-object-acl", &[Complete, Put]),
    ("x-oss-callback", &[Complete, Put]),
    ("x-oss-callback-var", &[Complete, Put]),
    // Checked at both ends, because the object may appear while the parts are on their way.
    ("x-oss-forbid-overwrite", &[Initiate, Complete, Put]),
    ("x-oss-traffic-limit", &[Part, Put]),
    (
        "x-oss-request-payer",
        &[Initiate, Part, Complete, Put, Other],
    ),
];

/// Set by the engine itself; a second value would break the signature or the framing.
const RESERVED: [&str; 20] = [
    "host",
    "content-length",
    "content-md5",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "expect",
    "te",
    "trailer",
    "upgrade",
    "date",
    "authorization",
    "proxy-authorization",
    "user-agent",
    "x-oss-date",
    "x-oss-content-sha256",
    "x-oss-security-token",
    "x-oss-complete-all",
    // Makes PutObject a CopyObject.
    "x-oss-copy-source",
    "x-oss-hash-crc64ecma",
];

/// The user's headers for one object, checked.
#[derive(Clone, Debug, Default)]
pub struct ObjectHeaders {
    all: Vec<(HeaderName, HeaderValue)>,
    /// For an object whose type the user did not say.
    guessed_type: Option<HeaderValue>,
}

impl ObjectHeaders {
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<ObjectHeaders> {
        let mut headers = ObjectHeaders::default();
        let mut metadata_bytes = 0;
        for (index, (name, value)) in pairs.into_iter().enumerate() {
            let field = format!("headers[{index}]");
            if index >= MAX_HEADERS {
                return Err(Error::invalid(
                    &field,
                    format_args!("more than {MAX_HEADERS} headers"),
                ));
            }
            let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
                Error::invalid(&field, format_args!("{name:?} is not a header name"))
            })?;
            if RESERVED.contains(&parsed.as_str()) && !bug::seeded(Bug::ReservedTaken) {
                return Err(Error::invalid(
                    &field,
                    format_args!("{name:?} is set by the library and cannot be given"),
                ));
            }
            if headers.all.iter().any(|(other, _)| *other == parsed) {
                return Err(Error::invalid(
                    &field,
                    format_args!("{name:?} is given twice"),
                ));
            }
            // OSS knows these in lower case only.
            let value = match NAMES_IN_LOWER_CASE.contains(&parsed.as_str()) {
                true => value.trim_matches(BLANKS).to_ascii_lowercase(),
                false => value.trim_matches(BLANKS).to_owned(),
            };
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
                Error::invalid(
                    &field,
                    format_args!("the value of {name:?} has a control character"),
                )
            })?;
            check_value(&field, parsed.as_str(), &value)?;
            if parsed.as_str().starts_with("x-oss-meta-") {
                metadata_bytes += parsed.as_str().len() + value.len();
                if metadata_bytes > MAX_METADATA_BYTES {
                    return Err(Error::invalid(
                        &field,
                        format_args!("user metadata is over {MAX_METADATA_BYTES} bytes in all"),
                    ));
                }
            }
            headers.all.push((parsed, value));
        }
        Ok(headers)
    }

    /// Those that go with one request.
    pub fn for_request(&self, target: Target) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.all
            .iter()
            .filter(move |(name, _)| targets(name.as_str()).contains(&target))
            .map(|(name, value)| (name, value))
    }

    /// The type that the key's ending stands for, else that of the file's name. It is not part of the
    /// fingerprint: a file may have another name when its upload is continued.
    #[must_use]
    pub fn guess_type(mut self, key: &str, file: Option<&Path>) -> ObjectHeaders {
        let guess = |name: &Path| mime_guess::from_path(name).first_raw();
        let name = guess(Path::new(key)).or_else(|| guess(file?));
        self.guessed_type = name.map(HeaderValue::from_static);
        self
    }

    /// What is sent when the user gave no Content-Type.
    pub fn default_content_type(&self) -> HeaderValue {
        let unknown = HeaderValue::from_static("application/octet-stream");
        self.guessed_type.clone().unwrap_or(unknown)
    }

    /// OSS is asked to tell somebody when the object is stored.
    pub fn has_callback(&self) -> bool {
        self.all.iter().any(|(name, _)| name == "x-oss-callback")
    }

    /// With this header a request that is done twice is refused the second time.
    pub fn forbids_overwrite(&self) -> bool {
        self.all.iter().any(|(name, value)| {
            name == "x-oss-forbid-overwrite" && value.as_bytes().eq_ignore_ascii_case(b"true")
        })
    }

    /// Hash of the headers that are fixed by Initiate: an upload begun with others cannot be continued.
    pub fn fingerprint(&self) -> String {
        let mut fixed: Vec<_> = self.for_request(Target::Initiate).collect();
        fixed.sort_by_key(|(name, _)| name.as_str());
        let mut hash = Sha256::new();
        for (name, value) in fixed {
            for field in [name.as_str().as_bytes(), value.as_bytes()] {
                // The length keeps "ab" + "c" apart from "a" + "bc".
                hash.update((field.len() as u64).to_be_bytes());
                hash.update(field);
            }
        }
        hex(&hash.finalize())
    }
}

/// Values that OSS would refuse, or worse, ignore.
fn check_value(field: &str, name: &str, value: &HeaderValue) -> Result<()> {
    let text = value.to_str().unwrap_or_default();
    let is_one_of = |known: &[&str]| known.contains(&text);
    let problem = match name {
        "x-oss-traffic-limit" => {
            let number: u64 = text.parse().unwrap_or(0);
            if TRAFFIC_LIMITS.contains(&number) {
                return Ok(());
            }
            "is not 245760 to 838860800 bits per second"
        }
        "x-oss-forbid-overwrite" if !is_one_of(&["true", "false"]) => "is not true or false",
        "x-oss-request-payer" if !is_one_of(&["requester"]) => "is not requester",
        "x-oss-tagging" if text.split('&').count() > MAX_TAGS => "has more than 10 tags",
        _ => return Ok(()),
    };
    Err(Error::invalid(
        field,
        format_args!("{name}: {text:?} {problem}"),
    ))
}

fn targets(name: &str) -> &'static [Target] {
    ROUTES
        .iter()
        .find(|(routed, _)| *routed == name)
        .map_or(&[Initiate, Put], |(_, targets)| targets)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(headers: &ObjectHeaders, target: Target) -> Vec<&str> {
        headers
            .for_request(target)
            .map(|(name, _)| name.as_str())
            .collect()
    }

    #[test]
    fn each_header_goes_where_oss_reads_it() {
        let headers = ObjectHeaders::new([
            ("Content-Type", "text/plain"),
            ("x-oss-meta-a", "1"),
            ("x-oss-object-acl", "private"),
            ("x-oss-callback", "e30="),
            ("x-oss-forbid-overwrite", "true"),
            ("x-oss-traffic-limit", "819200"),
            ("x-oss-request-payer", "requester"),
        ])
        .unwrap();
        assert_eq!(
            names(&headers, Initiate),
            [
                "content-type",
                "x-oss-meta-a",
                "x-oss-forbid-overwrite",
                "x-oss-request-payer"
            ]
        );
        assert_eq!(
            names(&headers, Part),
            ["x-oss-traffic-limit", "x-oss-request-payer"]
        );
        assert_eq!(
            names(&headers, Complete),
            [
                "x-oss-object-acl",
                "x-oss-callback",
                "x-oss-forbid-overwrite",
                "x-oss-request-payer"
            ]
        );
        assert_eq!(names(&headers, Put).len(), 7);
        assert_eq!(names(&headers, Other), ["x-oss-request-payer"]);
        assert!(headers.forbids_overwrite());
    }

    #[test]
    fn bad_headers_are_refused_by_index() {
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a\r\nb", "x"),
            ("x-oss-meta-a", "1\r\nx-evil: 2"),
            ("x-oss-meta-a", "1\0"),
            ("Content-Length", "5"),
            ("Authorization", "x"),
            ("x-oss-security-token", "x"),
        ] {
            let error = ObjectHeaders::new([("ok", "1"), (name, value)]).unwrap_err();
            assert!(error.message.starts_with("headers[1]"), "{error}");
        }
        assert!(ObjectHeaders::new([("a", "1"), ("A", "2")]).is_err());
        assert!(ObjectHeaders::new([("x-oss-meta-a", "v".repeat(9000).as_str())]).is_err());
    }

    #[test]
    fn the_fingerprint_depends_on_what_initiate_fixes_and_not_on_order() {
        let one = ObjectHeaders::new([("a", "bc"), ("x", "y")]).unwrap();
        let reordered = ObjectHeaders::new([("x", "y"), ("a", "bc")]).unwrap();
        let shifted = ObjectHeaders::new([("ab", "c"), ("x", "y")]).unwrap();
        let with_acl =
            ObjectHeaders::new([("a", "bc"), ("x", "y"), ("x-oss-object-acl", "private")]).unwrap();
        assert_eq!(one.fingerprint(), reordered.fingerprint());
        assert_ne!(one.fingerprint(), shifted.fingerprint());
        assert_eq!(one.fingerprint(), with_acl.fingerprint());
    }

    #[test]
    fn values_that_oss_does_not_know_name_the_field_the_header_and_the_value() {
        for (name, value) in [
            ("x-oss-traffic-limit", "245759"),
            ("x-oss-traffic-limit", "838860801"),
            ("x-oss-traffic-limit", "1 MB"),
            ("x-oss-forbid-overwrite", "yes"),
            ("x-oss-request-payer", "me"),
            ("x-oss-tagging", "a=1&b&c&d&e&f&g&h&i&j&k"),
        ] {
            let error = ObjectHeaders::new([(name, value)]).unwrap_err();
            assert!(error.message.starts_with("headers[0]: "), "{error}");
            assert!(error.message.contains(name) && error.message.contains(value));
        }
        ObjectHeaders::new([("x-oss-tagging", "a=1&b&c&d&e&f&g&h&i&j")]).unwrap();
    }

    #[test]
    fn a_value_keeps_the_white_space_that_http_does_not_count() {
        let headers = ObjectHeaders::new([("x-oss-meta-a", " \u{3000}x\u{a0}\t\n")]).unwrap();
        let (_, value) = headers.for_request(Initiate).next().unwrap();
        assert_eq!(value.as_bytes(), "\u{3000}x\u{a0}".as_bytes());
    }

    #[test]
    fn the_type_is_guessed_from_the_key_then_from_the_file() {
        let guess = |key: &str, file: &str| {
            let headers = ObjectHeaders::default().guess_type(key, Some(Path::new(file)));
            headers.default_content_type().to_str().unwrap().to_owned()
        };
        assert_eq!(guess("a/photo.JPG", "x.txt"), "image/jpeg");
        assert_eq!(guess("a/photo", "x.txt"), "text/plain");
        assert_eq!(guess("a.b/photo", "x"), "application/octet-stream");
        assert_eq!(guess("v1.unknownending", "x.html"), "text/html");
    }
}
