//! The headers whose values OSS checks.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::error::OssError;
use crate::op::Op;
use crate::request::Request;

pub const ACL: &str = "x-oss-object-acl";
pub const TAGGING: &str = "x-oss-tagging";
const STORAGE_CLASS: &str = "x-oss-storage-class";
const ENCRYPTION: &str = "x-oss-server-side-encryption";
const ENCRYPTION_KEY: &str = "x-oss-server-side-encryption-key-id";
const DATA_ENCRYPTION: &str = "x-oss-server-side-data-encryption";
const FORBID_OVERWRITE: &str = "x-oss-forbid-overwrite";
const PAYER: &str = "x-oss-request-payer";
const TRAFFIC_LIMIT: &str = "x-oss-traffic-limit";

const ACLS: &[&str] = &["default", "private", "public-read", "public-read-write"];
const STORAGE_CLASSES: &[&str] = &[
    "Standard",
    "IA",
    "Archive",
    "ColdArchive",
    "DeepColdArchive",
];
/// 30 KiB/s to 100 MiB/s, in bits.
const TRAFFIC_LIMITS: std::ops::RangeInclusive<u64> = 245_760..=838_860_800;
const MAX_TAGS: usize = 10;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

/// Checks the headers that mean something to the operation; others go unnoticed.
pub fn check(request: &Request) -> Result<(), OssError> {
    one_of(request, PAYER, &["requester"])?;
    match request.op {
        Op::PutObject => {
            one_of(request, ACL, ACLS)?;
            object(request)?;
            traffic_limit(request)
        }
        Op::InitiateMultipartUpload => object(request),
        Op::UploadPart => traffic_limit(request),
        Op::CompleteMultipartUpload => {
            one_of(request, ACL, ACLS)?;
            one_of(request, FORBID_OVERWRITE, &["true", "false"])
        }
        _ => Ok(()),
    }
}

/// What is said once for an object, whether it comes whole or in parts.
fn object(request: &Request) -> Result<(), OssError> {
    one_of(request, FORBID_OVERWRITE, &["true", "false"])?;
    one_of(request, STORAGE_CLASS, STORAGE_CLASSES)?;
    encryption(request)?;
    request.header(TAGGING).map_or(Ok(()), tagging)
}

fn one_of(request: &Request, name: &str, allowed: &[&str]) -> Result<(), OssError> {
    match request.header(name) {
        Some(value) if !allowed.contains(&value) => {
            let message = format!("The value of {name} is not valid.");
            Err(OssError::invalid_value(&message, name, value))
        }
        _ => Ok(()),
    }
}

fn encryption(request: &Request) -> Result<(), OssError> {
    let method = request.header(ENCRYPTION);
    if !matches!(method, None | Some("AES256" | "KMS" | "SM4")) {
        return Err(OssError::new(
            400,
            "InvalidEncryptionAlgorithmError",
            "The encryption request you specified is not valid. The valid values are AES256, KMS \
             and SM4.",
        ));
    }
    one_of(request, DATA_ENCRYPTION, &["SM4"])?;
    for name in [ENCRYPTION_KEY, DATA_ENCRYPTION] {
        if let (Some(value), true) = (request.header(name), method != Some("KMS")) {
            let message = format!("{name} is only applicable if the encryption method is KMS.");
            return Err(OssError::invalid_value(&message, name, value));
        }
    }
    Ok(())
}

fn traffic_limit(request: &Request) -> Result<(), OssError> {
    let given = request
        .header(TRAFFIC_LIMIT)
        .or_else(|| request.param(TRAFFIC_LIMIT));
    match given {
        Some(value)
            if !value
                .parse()
                .is_ok_and(|limit| TRAFFIC_LIMITS.contains(&limit)) =>
        {
            Err(OssError::invalid_value(
                "The traffic limit must be a number between 245760 and 838860800.",
                TRAFFIC_LIMIT,
                value,
            ))
        }
        _ => Ok(()),
    }
}

/// The tags of a header, still encoded.
pub fn tags(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn tagging(text: &str) -> Result<(), OssError> {
    let invalid = |message: &str| Err(OssError::new(400, "InvalidTag", message));
    let mut keys = BTreeSet::new();
    for (key, value) in tags(text) {
        let Some(key) = decode(key).filter(|key| fits(key, MAX_TAG_KEY) && !key.is_empty()) else {
            return invalid("The TagKey you have provided is invalid");
        };
        if !decode(value).is_some_and(|value| fits(&value, MAX_TAG_VALUE)) {
            return invalid("The TagValue you have provided is invalid");
        }
        if !keys.insert(key) {
            return invalid("Cannot provide multiple Tags with the same key");
        }
    }
    if keys.len() > MAX_TAGS {
        return invalid("Object tags cannot be greater than 10");
    }
    Ok(())
}

fn decode(text: &str) -> Option<String> {
    // A percent sign that begins no escape is not how anything is encoded.
    let escapes = text.split('%').skip(1);
    let sound = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !escapes.into_iter().all(sound) {
        return None;
    }
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn fits(text: &str, limit: usize) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || " +-=._:/".contains(c);
    text.chars().count() <= limit && text.chars().all(allowed)
}
