//! The two paged lists.

use std::ops::Bound;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::clock;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Store, Upload};
use crate::xml::Xml;

const MAX_PAGE: usize = 1000;
const LISTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// An ETag as it goes over the wire; one a test made up is already as it should be.
pub fn quoted(etag: &str) -> String {
    if etag.contains('"') || etag.is_empty() {
        etag.to_owned()
    } else {
        format!("\"{etag}\"")
    }
}

type Encoder = fn(&str) -> String;

/// What `encoding-type` asks for: the value to repeat, and how to write keys.
pub fn encoding(request: &Request) -> Result<(Option<&'static str>, Encoder), OssError> {
    match request.param("encoding-type") {
        None | Some("") => Ok((None, str::to_owned)),
        Some("url") => Ok((Some("url"), |text| {
            utf8_percent_encode(text, LISTED).to_string()
        })),
        Some(other) => Err(OssError::invalid_argument("Invalid encoding type.")
            .with("ArgumentName", "encoding-type")
            .with("ArgumentValue", other)),
    }
}

fn page_size(request: &Request, name: &'static str) -> Result<usize, OssError> {
    let Some(text) = request.param(name) else {
        return Ok(MAX_PAGE);
    };
    text.parse()
        .ok()
        .filter(|size| (1..=MAX_PAGE).contains(size))
        .ok_or_else(|| {
            OssError::invalid_argument("The page size must be between 1 and 1000.")
                .with("ArgumentName", name)
                .with("ArgumentValue", text)
        })
}

pub fn parts(store: &Store, request: &Request) -> Result<Reply, OssError> {
    let name = (request.bucket().to_owned(), request.key().to_owned());
    let upload = store.upload(request.upload_id().unwrap_or_default(), &name)?;
    let size = page_size(request, "max-parts")?;
    let marker: u32 = match request.param("part-number-marker") {
        None | Some("") => 0,
        Some(text) => text.parse().map_err(|_| {
            OssError::invalid_argument("The part number marker must be a number.")
                .with("ArgumentName", "part-number-marker")
                .with("ArgumentValue", text)
        })?,
    };
    let (encoding, key) = encoding(request)?;
    let mut rest = upload
        .parts
        .range((Bound::Excluded(marker), Bound::Unbounded))
        .peekable();
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let next = page.last().map_or(0, |(number, _)| **number);
    Ok(Reply::xml(Xml::document("ListPartsResult", |xml| {
        if let Some(encoding) = encoding {
            xml.text("EncodingType", encoding);
        }
        xml.text("Bucket", &upload.bucket);
        xml.text("Key", &key(&upload.key));
        xml.text("UploadId", &upload.id);
        xml.text("StorageClass", "Standard");
        xml.number("PartNumberMarker", marker);
        xml.number("NextPartNumberMarker", next);
        xml.number("MaxParts", size);
        xml.number("IsTruncated", rest.peek().is_some());
        for (number, part) in page {
            xml.element("Part", |xml| {
                xml.number("PartNumber", number);
                xml.text("LastModified", &clock::xml_date(part.modified));
                xml.text("ETag", &quoted(&part.received.etag));
                if let Some(crc64) = part.received.crc64 {
                    xml.number("HashCrc64ecma", crc64);
                }
                xml.number("Size", part.received.blob.len());
            });
        }
    })))
}

pub fn uploads(store: &Store, request: &Request) -> Result<Reply, OssError> {
    let param = |name| request.param(name).unwrap_or_default();
    let size = page_size(request, "max-uploads")?;
    let (encoding, key) = encoding(request)?;
    let (prefix, key_marker, id_marker) = (
        param("prefix"),
        param("key-marker"),
        param("upload-id-marker"),
    );
    let after_marker = |upload: &Upload| {
        let place = upload.key.as_str();
        // Without an upload id the marker stands behind all uploads of its key.
        place > key_marker
            || (place == key_marker && !id_marker.is_empty() && upload.id.as_str() > id_marker)
    };
    let mut listed: Vec<&Upload> = store
        .uploads()
        .filter(|upload| upload.bucket == request.bucket() && upload.key.starts_with(prefix))
        .filter(|upload| after_marker(upload))
        .collect();
    listed.sort_by_key(|upload| (&upload.key, &upload.id));
    let truncated = listed.len() > size;
    listed.truncate(size);
    let next = listed.last().copied().filter(|_| truncated);
    Ok(Reply::xml(Xml::document(
        "ListMultipartUploadsResult",
        |xml| {
            if let Some(encoding) = encoding {
                xml.text("EncodingType", encoding);
            }
            xml.text("Bucket", request.bucket());
            xml.text("KeyMarker", &key(key_marker));
            xml.text("UploadIdMarker", id_marker);
            xml.text(
                "NextKeyMarker",
                &next.map_or(String::new(), |u| key(&u.key)),
            );
            xml.text("NextUploadIdMarker", next.map_or("", |u| &u.id));
            xml.text("Prefix", &key(prefix));
            xml.number("MaxUploads", size);
            xml.number("IsTruncated", truncated);
            for upload in listed {
                xml.element("Upload", |xml| {
                    xml.text("Key", &key(&upload.key));
                    xml.text("UploadId", &upload.id);
                    xml.text("StorageClass", "Standard");
                    xml.text("Initiated", &clock::xml_date(upload.initiated));
                });
            }
        },
    )))
}
