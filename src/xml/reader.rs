//! Walking a document of bounded size and depth.

use std::fmt;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use crate::bug::{self, Bug};

/// The largest reply that is read, in bytes; a page of 1,000 parts takes some 200 KiB.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

const MAX_DEPTH: usize = 16;

/// Why a reply could not be used. Nothing of the reply itself is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XmlError {
    /// More than [`MAX_BODY`] bytes.
    TooLarge,
    /// Elements nested more than 16 deep.
    TooDeep,
    /// A DOCTYPE, or an entity that only a DOCTYPE could define.
    Forbidden,
    /// Not well-formed, cut short, or not UTF-8.
    Malformed,
    /// Another root element than this one.
    NotA(&'static str),
    /// This element is missing.
    Missing(&'static str),
    /// This element has a value it cannot have, or is there twice.
    Invalid(&'static str),
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "XML of more than {MAX_BODY} bytes"),
            Self::TooDeep => write!(f, "XML nested more than {MAX_DEPTH} deep"),
            Self::Forbidden => f.write_str("XML with a DOCTYPE or an unknown entity"),
            Self::Malformed => f.write_str("XML that is not well-formed"),
            Self::NotA(root) => write!(f, "XML that is not a <{root}>"),
            Self::Missing(name) => write!(f, "XML without <{name}>"),
            Self::Invalid(name) => write!(f, "XML with an invalid <{name}>"),
        }
    }
}

impl std::error::Error for XmlError {}

/// Calls `visit` at the end of every element below `root`, with the names on the way to it and
/// its text (none, if it has elements in it). `Ok` only when the document was whole.
pub(super) fn walk(
    body: &[u8],
    root: &'static str,
    mut visit: impl FnMut(&[&str], String) -> Result<(), XmlError>,
) -> Result<(), XmlError> {
    let mut reader = Reader::from_str(document(body)?);
    reader.config_mut().expand_empty_elements = true;
    let mut path = Vec::<String>::new();
    let mut text = String::new();
    let mut is_leaf = false;
    let mut ended = false;
    loop {
        match reader.read_event().map_err(|_| XmlError::Malformed)? {
            Event::Start(_) if ended => return Err(XmlError::Malformed),
            Event::Start(_) if path.len() == MAX_DEPTH => return Err(XmlError::TooDeep),
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                if path.is_empty() && name != root {
                    return Err(XmlError::NotA(root));
                }
                path.push(name);
                text.clear();
                is_leaf = true;
            }
            Event::End(_) => {
                let names: Vec<_> = path.iter().skip(1).map(String::as_str).collect();
                let value = std::mem::take(&mut text);
                if !names.is_empty() {
                    visit(&names, if is_leaf { value } else { String::new() })?;
                }
                is_leaf = false;
                path.pop();
                ended = path.is_empty();
            }
            Event::Text(part) if path.is_empty() && !is_blank(&part) => {
                return Err(XmlError::Malformed);
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(_) | Event::GeneralRef(_) if path.is_empty() => {
                return Err(XmlError::Malformed);
            }
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => text.push(resolve(&reference)?),
            Event::DocType(_) => return Err(XmlError::Forbidden),
            // Empty elements come as a start and an end.
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
            Event::Eof if ended || bug::seeded(Bug::CutXmlTaken) => return Ok(()),
            Event::Eof => return Err(XmlError::Malformed),
        }
    }
}

/// The document without what may stand before it: OSS sends white space to keep the connection
/// alive while it completes an upload.
pub(super) fn document(body: &[u8]) -> Result<&str, XmlError> {
    if body.len() > MAX_BODY {
        return Err(XmlError::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| XmlError::Malformed)?;
    Ok(text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{FEFF}'))
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => return Ok(character),
        Ok(None) => {}
        Err(_) => return Err(XmlError::Malformed),
    }
    match reference.xml10_content().as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(XmlError::Forbidden),
    }
}
