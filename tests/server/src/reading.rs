//! HeadObject and GetObject.

use crate::error::OssError;
use crate::listing;
use crate::object::Object;
use crate::operations::{CRC_HEADER, name};
use crate::reply::{Payload, Reply};
use crate::request::Request;
use crate::state::Shared;
use crate::values;

/// Answers HeadObject: the headers of GetObject, of which the body is not sent.
pub fn head(shared: &Shared, request: &Request) -> Result<Reply, OssError> {
    let object = find(shared, request)?;
    Ok(describe(shared, &object).body_of(&object, 0, object.size))
}

fn find(shared: &Shared, request: &Request) -> Result<Object, OssError> {
    shared
        .state()
        .store
        .object(&name(request))
        .ok_or_else(|| OssError::no_such_key(request.key()))
}

/// The headers HEAD and GET have in common.
fn describe(shared: &Shared, object: &Object) -> Reply {
    let kind = if object.multipart {
        "Multipart"
    } else {
        "Normal"
    };
    let mut reply = Reply::empty(200);
    // The ACL and the tags have operations of their own; only the number of tags is told.
    let told = |(name, _): &&(String, String)| name != values::ACL && name != values::TAGGING;
    reply.headers = object.headers.iter().filter(told).cloned().collect();
    if let Some(tags) = object.header(values::TAGGING) {
        reply = reply.header("x-oss-tagging-count", values::tags(tags).count());
    }
    for (name, default) in [
        ("content-type", "application/octet-stream"),
        ("x-oss-storage-class", "Standard"),
    ] {
        if object.header(name).is_none() {
            reply = reply.header(name, default);
        }
    }
    reply = reply
        .header("accept-ranges", "bytes")
        .header("etag", listing::quoted(&object.etag))
        .header(
            "last-modified",
            crate::clock::http_date(object.last_modified),
        )
        .header("x-oss-object-type", kind);
    if let Some(crc64) = object.crc64 {
        reply = reply.header(CRC_HEADER, crc64);
    }
    if shared.options.versioning {
        reply = reply.header("x-oss-version-id", &object.version_id);
    }
    reply
}

impl Reply {
    fn body_of(self, object: &Object, start: u64, len: u64) -> Reply {
        Reply {
            payload: Payload::Stored {
                blob: object.blob.clone(),
                start,
                len,
            },
            ..self
        }
    }
}

/// Answers GetObject, whole or one range of it.
pub fn get(shared: &Shared, request: &Request) -> Result<Reply, OssError> {
    let object = find(shared, request)?;
    let reply = describe(shared, &object);
    let range = request
        .header("range")
        .and_then(|text| parse_range(text, object.size));
    // OSS answers a range it cannot serve with the whole object.
    let Some((start, end)) = range else {
        return Ok(reply.body_of(&object, 0, object.size));
    };
    let content_range = format!("bytes {start}-{end}/{}", object.size);
    let reply = Reply {
        status: 206,
        ..reply.header("content-range", content_range)
    };
    Ok(reply.body_of(&object, start, end - start + 1))
}

/// First and last byte of a single range.
fn parse_range(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (first, last) {
        ("", suffix) => (
            size.checked_sub(suffix.parse().ok()?)?,
            size.checked_sub(1)?,
        ),
        (first, "") => (first.parse().ok()?, size.checked_sub(1)?),
        (first, last) => (
            first.parse().ok()?,
            last.parse::<u64>().ok()?.min(size.checked_sub(1)?),
        ),
    };
    (start <= end && start < size).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(parse_range("bytes=0-0", 10), Some((0, 0)));
        assert_eq!(parse_range("bytes=5-", 10), Some((5, 9)));
        assert_eq!(parse_range("bytes=-3", 10), Some((7, 9)));
        assert_eq!(parse_range("bytes=5-99", 10), Some((5, 9)));
        assert_eq!(parse_range("bytes=10-", 10), None);
        assert_eq!(parse_range("bytes=6-5", 10), None);
        assert_eq!(parse_range("items=1-2", 10), None);
    }
}
