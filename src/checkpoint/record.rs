//! The text of a checkpoint: one JSON record a line, each with its own checksum. Pure.
//!
//! ```text
//! {"upload":{…identity, upload id, part size…},"sum":"0123456789abcdef"}
//! {"part":{"number":1,"etag":"…","crc64":"…"},"sum":"…"}
//! {"mixed":true,"sum":"…"}
//! {"completing":true,"sum":"…"}
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bug::{self, Bug};
use crate::crc;
use crate::source::FileIdentity;

/// Raised whenever an older library could misread what a newer one writes.
pub const VERSION: u32 = 1;

/// What a finished part left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DonePart {
    pub etag: String,
    pub crc64: u64,
}

/// The first record: everything an upload id is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub version: u32,
    pub endpoint: String,
    pub bucket: String,
    pub object: String,
    pub upload_id: String,
    pub part_size: u64,
    pub parts: u32,
    pub file: FileIdentity,
    /// Fingerprint of the headers that Initiate fixed.
    pub headers: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Upload(Header),
    Part {
        number: u32,
        etag: String,
        /// Decimal text, as OSS writes it: JSON readers in other languages lose digits of large numbers.
        crc64: String,
    },
    Completing(bool),
    /// From here on parts may be recorded of another state of the file than the header's, or of
    /// another file: what the header says of the file no longer holds for all of them.
    Mixed(bool),
    /// Who opened the file last; only for the message "in use by process N".
    Owner(u32),
}

/// A checkpoint as far as it can be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    pub header: Option<Header>,
    pub parts: BTreeMap<u32, DonePart>,
    pub completing: bool,
    /// The parts are not all of the file that the header describes.
    pub mixed: bool,
    /// Something other than a torn last line is wrong: nothing but the upload id is to be used.
    pub damaged: bool,
    pub owner: Option<u32>,
    /// Length of the sound part; whatever follows must be cut before anything is appended.
    pub sound_bytes: u64,
}

const SUM_FIELD: &str = ",\"sum\":\"";
/// `,"sum":"` + 16 hexadecimal digits + `"}`
const SUM_BYTES: usize = SUM_FIELD.len() + 16 + 2;

fn seal(line: &Line) -> Option<String> {
    let mut text = serde_json::to_string(line).ok()?;
    let sum = crc::crc64(text.as_bytes());
    text.pop();
    text.push_str(&format!("{SUM_FIELD}{sum:016x}\"}}\n"));
    Some(text)
}

/// `line` without its line feed.
fn unseal(line: &[u8]) -> Option<Line> {
    let (body, tail) = line.split_at_checked(line.len().checked_sub(SUM_BYTES)?)?;
    let mut sealed = body.to_vec();
    sealed.push(b'}');
    let expected = format!("{SUM_FIELD}{:016x}\"}}", crc::crc64(&sealed));
    if tail != expected.as_bytes() && !bug::seeded(Bug::DamageTrusted) {
        return None;
    }
    serde_json::from_slice(&sealed).ok()
}

pub fn header_line(header: &Header) -> Option<String> {
    seal(&Line::Upload(header.clone()))
}

pub fn part_line(number: u32, part: &DonePart) -> Option<String> {
    seal(&Line::Part {
        number,
        etag: part.etag.clone(),
        crc64: part.crc64.to_string(),
    })
}

pub fn completing_line() -> Option<String> {
    seal(&Line::Completing(true))
}

pub fn mixed_line() -> Option<String> {
    seal(&Line::Mixed(true))
}

pub fn owner_line(process: u32) -> Option<String> {
    seal(&Line::Owner(process))
}

/// Content that no version of this library wrote, not even in part. Zeros are what a power cut can
/// leave instead of a beginning or an end, and each of several writes may have lost its own.
pub fn is_foreign(bytes: &[u8]) -> bool {
    let start = b"{\"owner\":";
    let begins = |write: &[u8]| write.iter().zip(start).all(|(byte, ours)| byte == ours);
    let mut writes = bytes
        .split(|byte| *byte == 0)
        .filter(|write| !write.is_empty());
    let begins_like_ours = writes
        .clone()
        .next()
        .is_some_and(|first| first.starts_with(start))
        || writes.all(begins);
    let has_a_record = bytes
        .windows(SUM_FIELD.len())
        .any(|window| window == SUM_FIELD.as_bytes());
    !bug::seeded(Bug::ForeignOverwritten) && !begins_like_ours && !has_a_record
}

/// Reads any bytes; never fails.
pub fn load(bytes: &[u8]) -> Loaded {
    let mut loaded = Loaded::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let line = end.and_then(|end| unseal(rest.get(..end)?));
        let taken = end.map_or(rest.len(), |end| end + 1);
        let is_last = taken == rest.len();
        let Some(line) = line else {
            // A torn last line is what a crash leaves: that record is dropped, the rest is sound.
            loaded.damaged = !is_last;
            return loaded;
        };
        if !loaded.take(line) {
            loaded.damaged = true;
            return loaded;
        }
        loaded.sound_bytes += taken as u64;
        rest = rest.get(taken..).unwrap_or_default();
    }
    loaded
}

/// Length of the line that names an owner, if sound records end with one.
pub fn last_owner_bytes(sound: &[u8]) -> u64 {
    let Some(text) = sound.strip_suffix(b"\n") else {
        return 0;
    };
    let line = text.rsplit(|byte| *byte == b'\n').next();
    match line.and_then(unseal) {
        Some(Line::Owner(_)) => line.map_or(0, |line| line.len() as u64 + 1),
        _ => 0,
    }
}

impl Loaded {
    /// False when the record cannot stand where it stands.
    fn take(&mut self, line: Line) -> bool {
        match line {
            Line::Owner(process) => {
                self.owner = Some(process);
                true
            }
            Line::Mixed(mixed) => {
                self.mixed |= mixed;
                self.header.is_some()
            }
            Line::Upload(header) => {
                let first = self.header.is_none() && self.parts.is_empty() && !self.completing;
                if first {
                    self.header = Some(header);
                }
                first
            }
            Line::Part {
                number,
                etag,
                crc64,
            } => {
                let Some(header) = &self.header else {
                    return false;
                };
                let (Ok(crc64), true) = (crc64.parse(), (1..=header.parts).contains(&number))
                else {
                    return false;
                };
                // A part that was sent again replaces its first record.
                self.parts.insert(number, DonePart { etag, crc64 });
                // The file was not what had been sent, and this is what it is now.
                self.completing = false;
                true
            }
            Line::Completing(completing) => {
                let complete = self
                    .header
                    .as_ref()
                    .is_some_and(|header| self.parts.len() == header.parts as usize);
                self.completing = completing && complete;
                complete
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            version: VERSION,
            endpoint: "https://oss-cn-hangzhou.aliyuncs.com".into(),
            bucket: "bucket".into(),
            object: "dir/\u{4e2d}".into(),
            upload_id: "0004B9894A22E5B1888A1E29F823****".into(),
            part_size: 102_400,
            parts: 3,
            file: FileIdentity {
                path: "/tmp/a".into(),
                size: 300_000,
                mtime: (1_700_000_000, 5),
                device: Some(1),
                inode: Some(u64::MAX),
                ctime: Some((-1, 7)),
            },
            headers: "00".into(),
        }
    }

    fn part(number: u32) -> DonePart {
        DonePart {
            etag: format!("{number:032X}"),
            crc64: u64::MAX - u64::from(number),
        }
    }

    fn text() -> String {
        let mut text = owner_line(1).unwrap() + &header_line(&header()).unwrap();
        for number in [2, 1, 3] {
            text += &part_line(number, &part(number)).unwrap();
        }
        text + &owner_line(2).unwrap() + &completing_line().unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let loaded = load(text().as_bytes());
        assert_eq!(loaded.header, Some(header()));
        assert_eq!(loaded.parts.len(), 3);
        assert_eq!(loaded.parts.get(&2), Some(&part(2)));
        assert!(loaded.completing && !loaded.damaged);
        assert_eq!(loaded.owner, Some(2));
        assert_eq!(loaded.sound_bytes, text().len() as u64);
    }

    #[test]
    fn parts_of_another_file_are_announced_before_they_come_and_never_without_a_header() {
        let head = owner_line(1).unwrap() + &header_line(&header()).unwrap();
        assert!(!load(head.as_bytes()).mixed);
        let mixed = head + &mixed_line().unwrap() + &part_line(1, &part(1)).unwrap();
        let loaded = load(mixed.as_bytes());
        assert!(loaded.mixed && !loaded.damaged);
        assert_eq!(loaded.parts.len(), 1);
        assert!(load((mixed_line().unwrap() + &text()).as_bytes()).damaged);
    }

    #[test]
    fn every_prefix_keeps_exactly_the_whole_records() {
        let text = text();
        for end in 0..=text.len() {
            let loaded = load(&text.as_bytes()[..end]);
            assert!(!loaded.damaged, "prefix of {end}");
            assert!(!is_foreign(&text.as_bytes()[..end]), "prefix of {end}");
            let mut torn = text.as_bytes()[..end].to_vec();
            torn.resize(text.len(), 0);
            assert!(!is_foreign(&torn), "prefix of {end}, then zeros");
            torn.splice(0..0, [0; 40]);
            assert!(!is_foreign(&torn), "prefix of {end} between zeros");
            torn.extend(&text.as_bytes()[..end.min(5)]);
            assert!(!is_foreign(&torn), "prefix of {end}, and of another write");
            let line_feed = text.as_bytes()[..end]
                .iter()
                .rposition(|byte| *byte == b'\n');
            let whole = line_feed.map_or(0, |at| at + 1);
            assert_eq!(loaded.sound_bytes, whole as u64, "prefix of {end}");
            assert_eq!(loaded.completing, end == text.len());
        }
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let text = text();
        let sound = load(text.as_bytes());
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_foreign(&bytes), "bit {bit}");
            let loaded = load(&bytes);
            assert!(
                loaded.damaged || loaded.sound_bytes < sound.sound_bytes,
                "bit {bit}"
            );
            for (number, part) in &loaded.parts {
                assert_eq!(sound.parts.get(number), Some(part), "bit {bit}");
            }
            assert!(
                loaded
                    .header
                    .is_none_or(|header| Some(header) == sound.header)
            );
        }
    }

    #[test]
    fn a_part_that_is_sent_again_after_all_were_done_leaves_the_upload_unfinished() {
        let again = DonePart {
            etag: "NEW".into(),
            crc64: 7,
        };
        let loaded = load((text() + &part_line(2, &again).unwrap()).as_bytes());
        assert!(!loaded.damaged && !loaded.completing);
        assert_eq!(loaded.parts.get(&2), Some(&again));
    }

    #[test]
    fn the_line_of_an_owner_is_measured_where_it_is_the_last() {
        let owner = owner_line(7).unwrap();
        assert_eq!(last_owner_bytes(text().as_bytes()), 0);
        let owned = text() + &owner;
        assert_eq!(last_owner_bytes(owned.as_bytes()), owner.len() as u64);
        assert_eq!(last_owner_bytes(owner.as_bytes()), owner.len() as u64);
        assert_eq!(last_owner_bytes(b""), 0);
    }

    #[test]
    fn records_that_cannot_stand_where_they_stand_are_damage() {
        let head = header_line(&header()).unwrap();
        let out_of_range = part_line(4, &part(4)).unwrap();
        let first = part_line(1, &part(1)).unwrap();
        let completing = completing_line().unwrap();
        for text in [
            format!("{first}{head}"),
            format!("{head}{head}"),
            format!("{head}{out_of_range}"),
            format!("{head}{first}{completing}"),
            format!("{head}garbage\n{first}"),
        ] {
            assert!(load(text.as_bytes()).damaged, "{text}");
        }
    }

    #[test]
    fn files_of_others_are_told_from_damaged_ones() {
        for content in [
            "\u{89}PNG\r\n",
            "<?xml version=\"1.0\"?><Checkpoint/>",
            "{\"Magic\":1}",
        ] {
            assert!(is_foreign(content.as_bytes()), "{content}");
        }
        assert!(!is_foreign(b"") && !is_foreign(&[0; 4096]));
    }

    #[test]
    fn a_part_record_stays_under_128_bytes() {
        let part = DonePart {
            etag: "F".repeat(32),
            crc64: u64::MAX,
        };
        assert!(part_line(10_000, &part).unwrap().len() <= 128);
    }
}
