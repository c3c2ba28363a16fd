//! The XML that OSS sends and takes.
//!
//! Replies are read with a bound on everything, since whoever answers need not be OSS: size,
//! depth, no DOCTYPE, no entities but the five of XML and character references. Attributes and
//! namespaces mean nothing here.

mod reader;
pub mod uploads;

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::escape::partial_escape;
use quick_xml::events::Event;

pub use reader::{MAX_BODY, XmlError};
use reader::{document, is_blank, walk};

const MAX_PART_NUMBER: u32 = 10_000;
const MAX_UPLOAD_ID: usize = 1024;
const MAX_MESSAGE: usize = 1024;

/// `InitiateMultipartUploadResult`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initiate {
    /// The bucket.
    pub bucket: String,
    /// The object key, decoded.
    pub key: String,
    /// The upload id: 1 to 1,024 visible ASCII characters.
    pub upload_id: String,
}

/// `ListPartsResult`, one page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListParts {
    /// Whether there are more pages.
    pub is_truncated: bool,
    /// The `part-number-marker` of the next page; better use [`ListParts::next_marker`].
    pub next_part_number_marker: Option<u32>,
    /// The parts, by strictly rising number.
    pub parts: Vec<ListedPart>,
}

impl ListParts {
    /// The `part-number-marker` of the page after this one, or `None` when this was the last.
    ///
    /// `after` is the marker this page was asked for, 0 for the first. A page that repeats
    /// earlier parts or leads back is an error, as following it might never end.
    pub fn next_marker(&self, after: u32) -> Result<Option<u32>, XmlError> {
        let first = self.parts.first().map_or(u32::MAX, |part| part.number);
        if first <= after {
            return Err(XmlError::Invalid("PartNumber"));
        }
        if !self.is_truncated {
            return Ok(None);
        }
        let last = self.parts.last().map_or(after, |part| part.number);
        match self.next_part_number_marker {
            Some(next) if next > after && next >= last => Ok(Some(next)),
            _ => Err(XmlError::Invalid("NextPartNumberMarker")),
        }
    }
}

/// `Part` of `ListPartsResult`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedPart {
    /// The part number, 1 to 10,000.
    pub number: u32,
    /// The length in bytes.
    pub size: u64,
    /// The ETag as sent, usually in quotes.
    pub etag: String,
    /// The CRC-64/XZ, if the service tells it.
    pub crc64: Option<u64>,
}

/// `CompleteMultipartUploadResult`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    /// The URL of the object; empty when the service leaves it out.
    pub location: String,
    /// The bucket.
    pub bucket: String,
    /// The object key, decoded.
    pub key: String,
    /// The ETag as sent, usually in quotes.
    pub etag: String,
}

/// `Error`
///
/// Control characters are removed and every value is cut at 1 KiB. Elements that repeat what
/// was signed, such as `StringToSign`, are never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorReply {
    /// `Code`, never empty.
    pub code: String,
    /// `Message`
    pub message: String,
    /// `RequestId`
    pub request_id: String,
    /// `HostId`
    pub host_id: String,
    /// `EC`, the number of the error in the documentation.
    pub ec: String,
    /// `ServerTime`, with `RequestTimeTooSkewed`.
    pub server_time: Option<String>,
    /// `Endpoint`, with errors that name the right one.
    pub endpoint: Option<String>,
    /// `Region`, likewise.
    pub region: Option<String>,
}

/// Reads the reply to InitiateMultipartUpload.
pub fn initiate(body: &[u8]) -> Result<Initiate, XmlError> {
    let mut object = Object::default();
    let mut upload_id = None;
    walk(
        body,
        "InitiateMultipartUploadResult",
        |path, text| match path {
            ["UploadId"] => set(&mut upload_id, "UploadId", text),
            _ => object.visit(path, text),
        },
    )?;
    let upload_id = upload_id.ok_or(XmlError::Missing("UploadId"))?;
    let visible = upload_id.bytes().all(|byte| byte.is_ascii_graphic());
    if upload_id.is_empty() || upload_id.len() > MAX_UPLOAD_ID || !visible {
        return Err(XmlError::Invalid("UploadId"));
    }
    let (bucket, key) = object.finish()?;
    Ok(Initiate {
        bucket,
        key,
        upload_id,
    })
}

/// Reads one page of the reply to ListParts.
pub fn list_parts(body: &[u8]) -> Result<ListParts, XmlError> {
    let mut is_truncated = None;
    let mut marker = None;
    let mut parts = Vec::<ListedPart>::new();
    let (mut number, mut size, mut etag, mut crc64) = (None, None, None, None);
    walk(body, "ListPartsResult", |path, text| match path {
        ["IsTruncated"] => set(&mut is_truncated, "IsTruncated", text),
        ["NextPartNumberMarker"] => set(&mut marker, "NextPartNumberMarker", text),
        ["Part", "PartNumber"] => set(&mut number, "PartNumber", text),
        ["Part", "Size"] => set(&mut size, "Size", text),
        ["Part", "ETag"] => set(&mut etag, "ETag", text),
        ["Part", "HashCrc64ecma"] => set(&mut crc64, "HashCrc64ecma", text),
        ["Part"] => {
            let last = parts.last().map_or(0, |part| part.number);
            let number = decimal(number.take(), "PartNumber")?
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| *number > last && *number <= MAX_PART_NUMBER);
            parts.push(ListedPart {
                number: number.ok_or(XmlError::Invalid("PartNumber"))?,
                size: decimal(size.take(), "Size")?.ok_or(XmlError::Missing("Size"))?,
                etag: etag.take().ok_or(XmlError::Missing("ETag"))?,
                crc64: decimal(crc64.take(), "HashCrc64ecma")?,
            });
            Ok(())
        }
        _ => Ok(()),
    })?;
    let marker = decimal(marker, "NextPartNumberMarker")?.map(u32::try_from);
    Ok(ListParts {
        is_truncated: boolean(is_truncated, "IsTruncated")?,
        next_part_number_marker: marker
            .transpose()
            .map_err(|_| XmlError::Invalid("NextPartNumberMarker"))?,
        parts,
    })
}

/// Reads the reply to CompleteMultipartUpload.
pub fn complete(body: &[u8]) -> Result<Complete, XmlError> {
    let mut object = Object::default();
    let (mut location, mut etag) = (None, None);
    walk(
        body,
        "CompleteMultipartUploadResult",
        |path, text| match path {
            ["Location"] => set(&mut location, "Location", text),
            ["ETag"] => set(&mut etag, "ETag", text),
            _ => object.visit(path, text),
        },
    )?;
    let (bucket, key) = object.finish()?;
    Ok(Complete {
        location: location.unwrap_or_default(),
        bucket,
        key,
        etag: etag.ok_or(XmlError::Missing("ETag"))?,
    })
}

/// Reads an error reply.
pub fn error(body: &[u8]) -> Result<ErrorReply, XmlError> {
    let mut reply = ErrorReply::default();
    walk(body, "Error", |path, text| {
        match path {
            ["Code"] => reply.code = clean(&text),
            ["Message"] => reply.message = clean(&text),
            ["RequestId"] => reply.request_id = clean(&text),
            ["HostId"] => reply.host_id = clean(&text),
            ["EC"] => reply.ec = clean(&text),
            ["ServerTime"] => reply.server_time = Some(clean(&text)),
            ["Endpoint"] => reply.endpoint = Some(clean(&text)),
            ["Region"] => reply.region = Some(clean(&text)),
            _ => {}
        }
        Ok(())
    })?;
    if reply.code.is_empty() {
        return Err(XmlError::Missing("Code"));
    }
    Ok(reply)
}

/// The name of the root element; `None` when there is none to be read.
///
/// It tells an `Error` from a result, which matters where OSS answers 200 before it is done.
pub fn root_name(body: &[u8]) -> Option<String> {
    let mut reader = Reader::from_str(document(body).ok()?);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                return Some(tag.local_name().as_ref().to_owned());
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Text(text) if is_blank(&text) => {}
            _ => return None,
        }
    }
}

/// Writes the body of CompleteMultipartUpload from part numbers and ETags, by rising number.
///
/// An ETag is sent in quotes, whether given so or not.
pub fn complete_body<'a>(parts: impl IntoIterator<Item = (u32, &'a str)>) -> String {
    let mut body = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        "<CompleteMultipartUpload>"
    ));
    for (number, etag) in parts {
        let etag = partial_escape(etag.trim_matches('"'));
        // Writing into a String cannot fail.
        let _ = write!(
            body,
            r#"<Part><PartNumber>{number}</PartNumber><ETag>"{etag}"</ETag></Part>"#
        );
    }
    body.push_str("</CompleteMultipartUpload>");
    body
}

/// Bucket and key of a result, whose key may be percent-encoded.
#[derive(Default)]
struct Object {
    bucket: Option<String>,
    key: Option<String>,
    encoding: Option<String>,
}

impl Object {
    fn visit(&mut self, path: &[&str], text: String) -> Result<(), XmlError> {
        match path {
            ["Bucket"] => set(&mut self.bucket, "Bucket", text),
            ["Key"] => set(&mut self.key, "Key", text),
            ["EncodingType"] => set(&mut self.encoding, "EncodingType", text),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<(String, String), XmlError> {
        let bucket = self.bucket.ok_or(XmlError::Missing("Bucket"))?;
        let mut key = self.key.ok_or(XmlError::Missing("Key"))?;
        if self.encoding.as_deref() == Some("url") {
            key = percent_decode(&key).ok_or(XmlError::Invalid("Key"))?;
        }
        Ok((bucket, key))
    }
}

fn set(field: &mut Option<String>, name: &'static str, text: String) -> Result<(), XmlError> {
    match field.replace(text) {
        None => Ok(()),
        Some(_) => Err(XmlError::Invalid(name)),
    }
}

fn boolean(text: Option<String>, name: &'static str) -> Result<bool, XmlError> {
    match text.as_deref() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(XmlError::Invalid(name)),
        None => Err(XmlError::Missing(name)),
    }
}

/// A number without sign; `None` when it is missing or empty.
fn decimal(text: Option<String>, name: &'static str) -> Result<Option<u64>, XmlError> {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(XmlError::Invalid(name));
    }
    text.parse().map(Some).map_err(|_| XmlError::Invalid(name))
}

/// `None` when it is not percent-encoded UTF-8. A `+` stands for itself.
fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => u8::try_from(digit(bytes.next()?)? * 16 + digit(bytes.next()?)?).ok()?,
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// What may go into a log: no control characters, at most 1 KiB.
fn clean(text: &str) -> String {
    let mut cleaned: String = text.chars().filter(|c| !c.is_control()).collect();
    cleaned.truncate(cleaned.floor_char_boundary(MAX_MESSAGE));
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    const INITIATE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<InitiateMultipartUploadResult xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">
  <EncodingType>url</EncodingType><Bucket>b</Bucket>
  <Key>a%20b%2B%E6%96%87/c+d</Key><UploadId>0004B9894A22E5B1888A1E29F823****</UploadId>
</InitiateMultipartUploadResult>"#;

    const COMPLETE: &str = "<CompleteMultipartUploadResult><Location>http://b.oss/k?a&amp;b</Location>\
        <Bucket>b</Bucket><Key>a%20b&#x26;<![CDATA[<c>]]>&gt;</Key><ETag>&quot;E-3&quot;</ETag>\
        <Unknown a='1'/></CompleteMultipartUploadResult>";

    fn page(inner: &str) -> Result<ListParts, XmlError> {
        list_parts(format!("<ListPartsResult>{inner}</ListPartsResult>").as_bytes())
    }

    fn part(number: &str, size: &str) -> String {
        format!(
            "<Part><PartNumber>{number}</PartNumber><LastModified/><ETag>\"E\"</ETag>\
             <Size>{size}</Size></Part>"
        )
    }

    #[test]
    fn reads_initiate_and_complete() {
        let reply = initiate(INITIATE.as_bytes()).unwrap();
        assert_eq!(
            (reply.bucket.as_str(), reply.key.as_str()),
            ("b", "a b+文/c+d")
        );
        assert_eq!(reply.upload_id, "0004B9894A22E5B1888A1E29F823****");

        let reply = complete(format!("  \r\n\n{COMPLETE}\n").as_bytes()).unwrap();
        assert_eq!(reply.location, "http://b.oss/k?a&b");
        assert_eq!(
            (reply.key.as_str(), reply.etag.as_str()),
            ("a%20b&<c>>", "\"E-3\"")
        );
    }

    #[test]
    fn refuses_upload_ids_that_cannot_be_sent() {
        let with = |id: &str| {
            let body = INITIATE.replace("0004B9894A22E5B1888A1E29F823****", id);
            initiate(body.as_bytes()).map(|reply| reply.upload_id.len())
        };
        assert_eq!(with(&"x".repeat(1024)), Ok(1024));
        for id in ["", " ", "a b", "a&#10;b", "é", "a<b/>", &"x".repeat(1025)] {
            assert_eq!(with(id), Err(XmlError::Invalid("UploadId")), "{id}");
        }
        let twice = with("a</UploadId><UploadId>b");
        assert_eq!(twice, Err(XmlError::Invalid("UploadId")));
    }

    #[test]
    fn reads_a_page_of_parts() {
        let crc = "<HashCrc64ecma>18446744073709551615</HashCrc64ecma></Part>";
        let inner = format!(
            "<NextPartNumberMarker>9</NextPartNumberMarker><IsTruncated>true</IsTruncated>{}{}",
            part("2", "102400"),
            part("9", "1").replace("</Part>", crc),
        );
        let page = page(&inner).unwrap();
        let parts: Vec<_> = page
            .parts
            .iter()
            .map(|p| (p.number, p.size, p.crc64))
            .collect();
        assert_eq!(parts, [(2, 102_400, None), (9, 1, Some(u64::MAX))]);
        assert_eq!(page.next_marker(0), Ok(Some(9)));
        assert_eq!(page.next_marker(1), Ok(Some(9)));
        // The same page again.
        assert_eq!(page.next_marker(9), Err(XmlError::Invalid("PartNumber")));
    }

    #[test]
    fn paging_always_ends() {
        let marker = Err(XmlError::Invalid("NextPartNumberMarker"));
        let more = "<IsTruncated>true</IsTruncated>";
        assert_eq!(page(more).unwrap().next_marker(0), marker);
        let next = |n| format!("{more}<NextPartNumberMarker>{n}</NextPartNumberMarker>");
        assert_eq!(page(&next(5)).unwrap().next_marker(5), marker);
        assert_eq!(page(&next(5)).unwrap().next_marker(4), Ok(Some(5)));
        assert_eq!(
            page(&(next(5) + &part("6", "1"))).unwrap().next_marker(0),
            marker
        );
        assert_eq!(
            page("<IsTruncated>false</IsTruncated>")
                .unwrap()
                .next_marker(7),
            Ok(None)
        );
    }

    #[test]
    fn refuses_wrong_parts() {
        let end = "<IsTruncated>false</IsTruncated>";
        for number in ["", "0", "-1", "+1", "10001", "4294967297", "1x"] {
            let error = page(&(part(number, "1") + end));
            assert_eq!(error, Err(XmlError::Invalid("PartNumber")), "{number}");
        }
        for (first, second) in [("2", "2"), ("2", "1")] {
            let error = page(&(part(first, "1") + &part(second, "1") + end));
            assert_eq!(error, Err(XmlError::Invalid("PartNumber")));
        }
        for size in ["-1", "1.5", "18446744073709551616"] {
            assert_eq!(
                page(&(part("1", size) + end)),
                Err(XmlError::Invalid("Size"))
            );
        }
        assert_eq!(page(&part("1", "1")), Err(XmlError::Missing("IsTruncated")));
        let error = page("<IsTruncated>True</IsTruncated>");
        assert_eq!(error, Err(XmlError::Invalid("IsTruncated")));
    }

    #[test]
    fn keeps_of_an_error_what_may_be_shown() {
        let message = format!("a\u{7}\n{}", "é".repeat(1000));
        let body = format!(
            "<Error><Code>RequestTimeTooSkewed</Code><Message>{message}</Message>\
             <RequestId>R</RequestId><HostId>h</HostId><EC>0002-00000504</EC>\
             <ServerTime>2024-01-01T00:00:00.000Z</ServerTime>\
             <StringToSign>secret</StringToSign><OSSAccessKeyId>secret</OSSAccessKeyId></Error>"
        );
        let reply = error(body.as_bytes()).unwrap();
        assert_eq!(reply.code, "RequestTimeTooSkewed");
        assert_eq!(reply.message, format!("a{}", "é".repeat(511)));
        assert_eq!(
            reply.server_time.as_deref(),
            Some("2024-01-01T00:00:00.000Z")
        );
        assert_eq!(reply.endpoint, None);
        assert!(!format!("{reply:?}").contains("secret"));
        assert_eq!(error(b"<Error/>"), Err(XmlError::Missing("Code")));
    }

    #[test]
    fn tells_an_error_from_a_result() {
        let error_200 = b"\n\n <?xml version='1.0'?><!-- c --> <Error><Code>X</Code></Error>";
        assert_eq!(root_name(error_200).as_deref(), Some("Error"));
        assert_eq!(
            complete(error_200),
            Err(XmlError::NotA("CompleteMultipartUploadResult"))
        );
        assert_eq!(
            root_name(b"<a:Error xmlns:a='x'/>").as_deref(),
            Some("Error")
        );
        for body in [
            "",
            "{\"Status\":\"OK\"}",
            "<!DOCTYPE html><html/>",
            "&lt;",
            "<",
        ] {
            assert_eq!(root_name(body.as_bytes()), None, "{body}");
        }
        let html = error(b"<!DOCTYPE html><html></html>");
        assert_eq!(html, Err(XmlError::Forbidden));
    }

    #[test]
    fn half_a_reply_is_no_reply() {
        for end in 0..INITIATE.len() {
            assert!(initiate(&INITIATE.as_bytes()[..end]).is_err(), "{end}");
        }
        for end in 0..COMPLETE.len() {
            assert!(complete(&COMPLETE.as_bytes()[..end]).is_err(), "{end}");
        }
        for junk in ["x", "<Error/>", "</a>", "&lt;", "<![CDATA[x]]>"] {
            let body = format!("{COMPLETE}{junk}");
            assert_eq!(
                complete(body.as_bytes()),
                Err(XmlError::Malformed),
                "{junk}"
            );
        }
    }

    #[test]
    fn bombs_are_defused() {
        let code = |inner: &str| error(format!("<Error><Code>{inner}</Code></Error>").as_bytes());
        assert_eq!(code(&"<a>".repeat(100_000)), Err(XmlError::TooDeep));
        let attributes = format!("<Error{}><Code>X</Code></Error>", " x".repeat(1_000_000));
        assert_eq!(
            error(attributes.as_bytes()).map(|reply| reply.code),
            Ok("X".into())
        );
        assert_eq!(code(&"x".repeat(MAX_BODY)), Err(XmlError::TooLarge));
        let doctype = b"<!DOCTYPE a [<!ENTITY b 'c'>]><Error><Code>&b;</Code></Error>";
        assert_eq!(error(doctype), Err(XmlError::Forbidden));
        assert_eq!(code("&b;"), Err(XmlError::Forbidden));
        for bad in ["&#0;", "&#xD800;", "&#99999999999;", "&", "&lt"] {
            assert_eq!(code(bad), Err(XmlError::Malformed), "{bad}");
        }
        assert_eq!(
            error(b"<Error><Code>\xFF</Code></Error>"),
            Err(XmlError::Malformed)
        );
    }

    #[test]
    fn etags_are_quoted_once() {
        assert_eq!(
            complete_body([(1, "A"), (10, "\"B<&>\"")]),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><CompleteMultipartUpload>\
             <Part><PartNumber>1</PartNumber><ETag>\"A\"</ETag></Part>\
             <Part><PartNumber>10</PartNumber><ETag>\"B&lt;&amp;&gt;\"</ETag></Part>\
             </CompleteMultipartUpload>"
        );
    }
}
