//! The reply of a request that was applied, made into another one.

use crate::error::OssError;
use crate::fault::Action;
use crate::operations::CRC_HEADER;
use crate::plan::Plan;
use crate::reply::{Payload, Reply};
use crate::request::Request;
use crate::service::error_reply;

/// Makes the reply of an applied request the one the rules want.
pub fn distort(mut reply: Reply, request: &Request, plan: &Plan, request_id: &str) -> Reply {
    match &plan.replace {
        Some(Action::ErrorIn200 { oss_code }) => {
            let error = OssError::new(200, oss_code, "Scripted by a test.");
            reply = error_reply(&error, request, request_id);
        }
        Some(Action::RawBody { body, code }) => {
            reply.payload = Payload::Bytes(fill_in(body, request).into_bytes());
            reply.status = code.unwrap_or(reply.status);
        }
        _ => {}
    }
    if let Payload::Bytes(bytes) = &mut reply.payload {
        if plan.half_body {
            bytes.truncate(bytes.len() / 2);
        }
        if plan.gzip_body {
            *bytes = gzip(bytes);
            reply.set_header("content-encoding", Some("gzip".to_owned()));
        }
    }
    if plan.wrong_crc
        && let Some((_, value)) = reply
            .headers
            .iter_mut()
            .find(|(name, _)| name == CRC_HEADER)
        && let Ok(crc64) = value.parse::<u64>()
    {
        *value = (crc64 ^ 1).to_string();
    }
    if let Some(etag) = &plan.etag {
        reply.set_header("etag", Some(etag.clone()));
    }
    reply
}

/// RFC 1952, in blocks that are not compressed.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, bytes) as u32;
    out.extend(sum.to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

pub fn fill_in(template: &str, request: &Request) -> String {
    template
        .replace("${bucket}", request.bucket())
        .replace("${key}", request.key())
        .replace("${uploadId}", request.upload_id().unwrap_or_default())
}
