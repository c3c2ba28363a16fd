//! OSS's documents: what is accepted is within bounds, and what a second reader makes of it; what is
//! written is read back as it was.

use oss_resumable::xml::uploads::{self, ListedUpload};
use oss_resumable::xml::{self, ListedPart};
use percent_encoding::percent_decode_str;

use super::allocation::{bounded, many};
use super::document::{Element, Reading, read, write};
use super::input::Input;

type Elements = [(Vec<String>, String)];

/// `<` is the document itself; anything else is what a document is made from.
fn each(data: &[u8], own: fn(&[u8]), made: fn(&mut Input<'_>)) {
    match data.first() {
        Some(b'<') | None => own(data),
        Some(b'*') => {
            // `*` piece `*` before `*` behind
            let mut pieces = data[1..].split(|byte| *byte == b'*');
            let mut next = || pieces.next().unwrap_or_default();
            let (piece, before, behind) = (next(), next(), next());
            own(&[before, &many(piece), behind].concat());
        }
        Some(_) => made(&mut Input::new(data)),
    }
}

/// The one text at the path; `Err` when there are several.
fn single(elements: &Elements, path: &[&str]) -> Result<Option<String>, ()> {
    let mut found = elements.iter().filter(|(at, _)| at == path);
    let first = found.next().map(|(_, text)| text.clone());
    if found.next().is_some() {
        Err(())
    } else {
        Ok(first)
    }
}

fn required(elements: &Elements, name: &str) -> Option<String> {
    single(elements, &[name]).ok()?
}

fn decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('%').skip(1);
    let hex = |it: &str| it.len() >= 2 && it.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    let sound = pieces.all(hex);
    let text = percent_decode_str(text).decode_utf8().ok()?;
    sound.then(|| text.into_owned())
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

fn object(elements: &Elements) -> Option<(String, String)> {
    let encoding = single(elements, &["EncodingType"]).ok()?;
    let (bucket, key) = (required(elements, "Bucket")?, required(elements, "Key")?);
    match encoding.as_deref() {
        Some("url") => Some((bucket, decoded(&key)?)),
        _ => Some((bucket, key)),
    }
}

/// What the second reader says has to be what was said; `None` where it is not sure.
fn agree<T: PartialEq + std::fmt::Debug>(
    body: &[u8],
    root: &str,
    said: Option<&T>,
    second: impl FnOnce(&Elements) -> Option<T>,
) {
    let expected = match read(body) {
        Reading::Unsure => return,
        Reading::Refused => None,
        Reading::Whole(name, elements) => (name == root).then(|| second(&elements)).flatten(),
    };
    assert_eq!(said, expected.as_ref());
}

pub fn initiate(data: &[u8]) {
    fn own(body: &[u8]) {
        let said = bounded(body, || xml::initiate(body)).ok();
        if let Some(said) = &said {
            let visible = said
                .upload_id
                .bytes()
                .all(|byte| (0x21..0x7f).contains(&byte));
            assert!(visible && (1..=1024).contains(&said.upload_id.len()));
        }
        agree(
            body,
            "InitiateMultipartUploadResult",
            said.as_ref(),
            |elements| {
                let upload_id = required(elements, "UploadId")?;
                let visible = upload_id.bytes().all(|byte| (0x21..0x7f).contains(&byte));
                let fits = visible && (1..=1024).contains(&upload_id.len());
                let (bucket, key) = object(elements)?;
                fits.then_some(xml::Initiate {
                    bucket,
                    key,
                    upload_id,
                })
            },
        );
    }
    fn made(input: &mut Input<'_>) {
        let (bucket, key, upload_id) = (input.text(), input.text(), input.text());
        let elements = vec![
            Element::Text("Bucket", bucket.clone()),
            Element::Text("Key", key.clone()),
            Element::Text("UploadId", upload_id.clone()),
        ];
        let body = write("InitiateMultipartUploadResult", elements, input);
        if let Ok(said) = xml::initiate(body.as_bytes()) {
            assert_eq!(
                (said.bucket, said.key, said.upload_id),
                (bucket, key, upload_id)
            );
        }
        own(body.as_bytes());
    }
    each(data, own, made);
}

pub fn complete(data: &[u8]) {
    fn own(body: &[u8]) {
        let said = bounded(body, || xml::complete(body)).ok();
        agree(
            body,
            "CompleteMultipartUploadResult",
            said.as_ref(),
            |elements| {
                let location = single(elements, &["Location"]).ok()?.unwrap_or_default();
                let etag = required(elements, "ETag")?;
                let (bucket, key) = object(elements)?;
                Some(xml::Complete {
                    location,
                    bucket,
                    key,
                    etag,
                })
            },
        );
        let error = bounded(body, || xml::error(body)).ok();
        assert!(error.is_none() || said.is_none(), "an error and a success");
        if let Some(error) = &error {
            let texts = [
                &error.code,
                &error.message,
                &error.request_id,
                &error.host_id,
                &error.ec,
            ];
            let optional = [&error.server_time, &error.endpoint, &error.region];
            for text in texts.into_iter().chain(optional.into_iter().flatten()) {
                assert!(text.len() <= 1024 && !text.contains(char::is_control));
            }
            assert!(!error.code.is_empty());
        }
        agree(body, "Error", error.as_ref(), |elements| {
            let last = |name: &str| {
                let mut found = elements.iter().filter(|(at, _)| at == &[name]);
                found.next_back().map(|(_, text)| shown(text))
            };
            let error = xml::ErrorReply {
                code: last("Code").unwrap_or_default(),
                message: last("Message").unwrap_or_default(),
                request_id: last("RequestId").unwrap_or_default(),
                host_id: last("HostId").unwrap_or_default(),
                ec: last("EC").unwrap_or_default(),
                server_time: last("ServerTime"),
                endpoint: last("Endpoint"),
                region: last("Region"),
            };
            (!error.code.is_empty()).then_some(error)
        });
        let root = xml::root_name(body);
        assert!(error.is_none() || root.as_deref() == Some("Error"));
        assert!(said.is_none() || root.as_deref() == Some("CompleteMultipartUploadResult"));
    }
    fn made(input: &mut Input<'_>) {
        let texts: Vec<String> = (0..4).map(|_| input.text()).collect();
        let names = match input.flag() {
            true => ["Location", "Bucket", "Key", "ETag"],
            false => ["Code", "Message", "RequestId", "ServerTime"],
        };
        let elements = names.iter().zip(&texts);
        let elements = elements.map(|(name, text)| Element::Text(name, text.clone()));
        let root = match names[0] {
            "Code" => "Error",
            _ => "CompleteMultipartUploadResult",
        };
        let body = write(root, elements.collect(), input);
        if root == "Error" {
            let said = xml::error(body.as_bytes()).ok().map(|said| said.message);
            let expected = (!shown(&texts[0]).is_empty()).then(|| shown(&texts[1]));
            assert_eq!(said, expected);
        } else {
            let said = xml::complete(body.as_bytes()).unwrap();
            assert_eq!(
                [said.location, said.bucket, said.key, said.etag],
                <[String; 4]>::try_from(texts).unwrap()
            );
        }
        own(body.as_bytes());
    }
    each(data, own, made);
}

/// What a person may be shown of a text.
fn shown(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > 1024 {
            break;
        }
        kept.push(character);
    }
    kept
}

pub fn list_parts(data: &[u8]) {
    fn own(body: &[u8]) {
        let said = bounded(body, || xml::list_parts(body)).ok();
        if let Some(page) = &said {
            let mut last: u32 = 0;
            for part in &page.parts {
                assert!(part.number > last && part.number <= 10_000);
                last = part.number;
            }
            // However it answers, asking for page after page comes to an end.
            for after in [0, last.saturating_sub(1), last, u32::MAX] {
                if let Ok(Some(next)) = page.next_marker(after) {
                    assert!(next > after && next >= last && page.is_truncated);
                }
            }
        }
        agree(body, "ListPartsResult", said.as_ref(), |elements| {
            let marker = single(elements, &["NextPartNumberMarker"]).ok()?;
            let marker = match marker.as_deref() {
                None | Some("") => None,
                Some(text) => Some(u32::try_from(number(text)?).ok()?),
            };
            Some(xml::ListParts {
                is_truncated: truth(elements)?,
                next_part_number_marker: marker,
                parts: second_parts(elements)?,
            })
        });
    }
    fn made(input: &mut Input<'_>) {
        let mut elements = Vec::new();
        let mut parts = Vec::new();
        let mut last = 0;
        for _ in 0..input.below(6) {
            last += 1 + u32::from(input.byte());
            let part = ListedPart {
                number: last,
                size: input.u64(),
                etag: input.text(),
                crc64: input.flag().then(|| input.u64()),
            };
            let mut inner = vec![
                Element::Text("PartNumber", part.number.to_string()),
                Element::Text("Size", part.size.to_string()),
                Element::Text("ETag", part.etag.clone()),
            ];
            let crc64 = part.crc64.map(|crc64| crc64.to_string());
            inner.extend(crc64.map(|text| Element::Text("HashCrc64ecma", text)));
            elements.push(Element::Group("Part", inner));
            parts.push(part);
        }
        let (truncated, marker) = (input.flag(), input.u32());
        let at = usize::from(input.byte()) % (elements.len() + 1);
        elements.insert(at, Element::Text("IsTruncated", truncated.to_string()));
        elements.push(Element::Text("NextPartNumberMarker", marker.to_string()));
        let body = write("ListPartsResult", elements, input);
        let said = xml::list_parts(body.as_bytes()).unwrap();
        assert_eq!(said.parts, parts);
        assert_eq!(said.is_truncated, truncated);
        assert_eq!(said.next_part_number_marker, Some(marker));
        own(body.as_bytes());
    }
    each(data, own, made);
}

fn truth(elements: &Elements) -> Option<bool> {
    required(elements, "IsTruncated")?.parse().ok()
}

/// Elements of the same name, each with those that came before its end and after the last one's.
fn groups<'a>(elements: &'a Elements, name: &str) -> Vec<&'a Elements> {
    let mut groups = Vec::new();
    let mut start = 0;
    for (at, (path, _)) in elements.iter().enumerate() {
        if path == &[name] {
            groups.push(&elements[start..at]);
            start = at + 1;
        }
    }
    groups.push(&elements[start..]);
    groups
}

fn second_parts(elements: &Elements) -> Option<Vec<ListedPart>> {
    let mut parts = Vec::<ListedPart>::new();
    let mut groups = groups(elements, "Part");
    groups.pop();
    for group in groups {
        let text = |name| single(group, &["Part", name]).ok();
        let optional = |name| match text(name)?.as_deref() {
            None | Some("") => Some(None),
            Some(text) => number(text).map(Some),
        };
        let last = parts.last().map_or(0, |part| part.number);
        let number = u32::try_from(optional("PartNumber")??).ok()?;
        if number <= last || number > 10_000 {
            return None;
        }
        parts.push(ListedPart {
            number,
            size: optional("Size")??,
            etag: text("ETag")??,
            crc64: optional("HashCrc64ecma")?,
        });
    }
    Some(parts)
}

pub fn list_uploads(data: &[u8]) {
    fn own(body: &[u8]) {
        let said = bounded(body, || uploads::list_uploads(body)).ok();
        agree(
            body,
            "ListMultipartUploadsResult",
            said.as_ref(),
            |elements| {
                let encoding = single(elements, &["EncodingType"]).ok()?;
                let plain = |text: String| match encoding.as_deref() {
                    Some("url") => decoded(&text),
                    _ => Some(text),
                };
                let mut uploads = Vec::new();
                let mut groups = groups(elements, "Upload");
                groups.pop();
                for group in groups {
                    let text = |name| single(group, &["Upload", name]).ok()?;
                    uploads.push(ListedUpload {
                        key: plain(text("Key")?)?,
                        upload_id: text("UploadId")?,
                        initiated: text("Initiated")?,
                    });
                }
                let marker = |name| Some(single(elements, &[name]).ok()?.unwrap_or_default());
                Some(uploads::ListUploads {
                    is_truncated: truth(elements)?,
                    next: (
                        plain(marker("NextKeyMarker")?)?,
                        marker("NextUploadIdMarker")?,
                    ),
                    uploads,
                })
            },
        );
    }
    fn made(input: &mut Input<'_>) {
        let mut uploads = Vec::new();
        for _ in 0..input.below(5) {
            uploads.push(ListedUpload {
                key: input.text(),
                upload_id: input.text(),
                initiated: input.text(),
            });
        }
        let (truncated, encoded) = (input.flag(), input.flag());
        let key = |key: &str| match encoded {
            true => percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC)
                .to_string(),
            false => key.to_owned(),
        };
        let mut elements: Vec<_> = uploads
            .iter()
            .map(|upload| {
                let inner = vec![
                    Element::Text("Key", key(&upload.key)),
                    Element::Text("UploadId", upload.upload_id.clone()),
                    Element::Text("Initiated", upload.initiated.clone()),
                ];
                Element::Group("Upload", inner)
            })
            .collect();
        elements.push(Element::Text("IsTruncated", truncated.to_string()));
        elements.extend(encoded.then(|| Element::Text("EncodingType", "url".to_owned())));
        let body = write("ListMultipartUploadsResult", elements, input);
        let said = uploads::list_uploads(body.as_bytes()).unwrap();
        assert_eq!((said.uploads, said.is_truncated), (uploads, truncated));
        own(body.as_bytes());
    }
    each(data, own, made);
}
