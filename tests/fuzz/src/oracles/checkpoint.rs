//! The checkpoint: whatever the bytes are, nothing counts but what a whole line proves.

use std::collections::BTreeMap;

use serde_json::Value;

use oss_resumable::checkpoint::record::{self, DonePart, Header, Loaded};
use oss_resumable::config::{ResumeRules, Verify};
use oss_resumable::source::FileIdentity;
use oss_resumable::transfer::events::Start;
use oss_resumable::transfer::resume;

use super::allocation::{bounded, many};
use super::input::Input;

/// `,"sum":"` + 16 digits + `"}`
const SUM_BYTES: usize = 26;

/// The first byte tells what the rest is: `#` lines to which the right sums are put, as somebody would
/// who forges a checkpoint; `*` the same, many times over; `{` and `=` the file itself; anything else
/// what is recorded one after the other.
pub fn check(data: &[u8]) {
    let rest = data.get(1..).unwrap_or_default();
    match data.first() {
        Some(b'#') => whole(&sealed(rest), true),
        Some(b'*') => whole(&many(&sealed(rest)), false),
        Some(b'=') => whole(rest, true),
        Some(b'{') | None => whole(data, true),
        Some(_) => recorded(Input::new(data)),
    }
}

fn whole(bytes: &[u8], prefixes: bool) {
    let loaded = bounded(bytes, || record::load(bytes));
    let end = usize::try_from(loaded.sound_bytes).unwrap();
    let (sound, tail) = bytes.split_at(end);
    assert!(sound.is_empty() || sound.ends_with(b"\n"));
    let line_feeds = tail.iter().filter(|byte| **byte == b'\n').count();
    if loaded.damaged {
        assert!(line_feeds > 0, "a torn last line is no damage");
    } else {
        let ended = tail.is_empty() || line_feeds == 0 || tail.ends_with(b"\n");
        assert!(line_feeds <= 1 && ended, "damage went unnoticed");
    }
    if record::is_foreign(bytes) {
        assert_eq!(end, 0, "a record in a file of others");
    }
    assert_eq!(record::is_foreign(bytes), is_of_others(bytes));
    proves(sound, &loaded);
    if loaded.completing {
        let header = loaded.header.as_ref().expect("completing without a header");
        assert_eq!(loaded.parts.len(), header.parts as usize);
    }

    let again = record::load(sound);
    assert!(!again.damaged && again.sound_bytes == loaded.sound_bytes);
    assert_eq!(again.header, loaded.header);
    if !loaded.damaged {
        assert_eq!(again, loaded);
        rewritten(&loaded);
    }
    if prefixes {
        every_prefix(sound, &again);
    }
    resumed(&loaded);
}

/// Neither a record in it nor the beginning of one, or of several, apart from zeros around each.
fn is_of_others(bytes: &[u8]) -> bool {
    let start = b"{\"owner\":";
    let mut pieces = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match (byte, at.checked_sub(1).map(|before| bytes[before])) {
            (0, _) => {}
            (_, None | Some(0)) => pieces.push(vec![*byte]),
            _ => pieces.last_mut().unwrap().push(*byte),
        }
    }
    let whole = |piece: &Vec<u8>| piece.starts_with(start);
    let torn = |piece: &Vec<u8>| whole(piece) || start.starts_with(piece);
    let begins = pieces.first().is_none_or(whole) || pieces.iter().all(torn);
    !begins && !bytes.windows(8).any(|window| window == b",\"sum\":\"")
}

/// A reading of the sound lines that shares nothing with the library's but the JSON reader.
fn proves(sound: &[u8], loaded: &Loaded) {
    let mut parts = BTreeMap::new();
    let (mut header, mut completing, mut mixed) = (None, false, false);
    for line in sound.split_inclusive(|byte| *byte == b'\n') {
        let line = &line[..line.len() - 1];
        let (body, sum) = line.split_at(line.len() - SUM_BYTES);
        let body = [body, b"}"].concat();
        let expected = format!(",\"sum\":\"{:016x}\"}}", crc64(&body));
        assert_eq!(sum, expected.as_bytes(), "a line that its sum belies");
        let value: Value = serde_json::from_slice(&body).expect("a record is JSON");
        let (kind, value) = value.as_object().and_then(|it| it.iter().next()).unwrap();
        match kind.as_str() {
            "upload" => assert!(header.replace(value.clone()).is_none(), "a second header"),
            "part" => {
                let number = field(value, "number", 0).as_u64().unwrap();
                let etag = field(value, "etag", 1).as_str().unwrap().to_owned();
                let crc64 = field(value, "crc64", 2).as_str().unwrap().parse().unwrap();
                let all = field(header.as_ref().unwrap(), "parts", 6);
                assert!((1..=all.as_u64().unwrap()).contains(&number) && !completing);
                parts.insert(u32::try_from(number).unwrap(), DonePart { etag, crc64 });
            }
            "completing" => completing = value.as_bool().unwrap(),
            "mixed" => mixed |= value.as_bool().unwrap(),
            "owner" => {}
            other => panic!("a record of the kind {other}"),
        }
    }
    assert_eq!(header.is_some(), loaded.header.is_some());
    if let (Some(value), Some(header)) = (&header, &loaded.header) {
        assert_eq!(field(value, "bucket", 2), header.bucket.as_str());
        assert_eq!(field(value, "object", 3), header.object.as_str());
        assert_eq!(field(value, "upload_id", 4), header.upload_id.as_str());
        assert_eq!(field(value, "part_size", 5), header.part_size);
    }
    // What stands in a damaged file is not used.
    if !loaded.damaged {
        assert_eq!(parts, loaded.parts, "parts that no line proves");
        assert_eq!((completing, mixed), (loaded.completing, loaded.mixed));
    }
}

/// A record may be written as an array as well.
fn field<'a>(record: &'a Value, name: &str, place: usize) -> &'a Value {
    record.get(name).or(record.get(place)).unwrap()
}

/// A crash may cut the file anywhere: what was whole before stays, and nothing is added.
fn every_prefix(sound: &[u8], loaded: &Loaded) {
    let mut start = 0;
    for line in sound.split_inclusive(|byte| *byte == b'\n').take(4) {
        let middle = start + line.len() / 2;
        let end = start + line.len();
        for (cut, kept) in [(middle, start), (end - 1, start), (end, end)] {
            let prefix = record::load(&sound[..cut]);
            assert!(!prefix.damaged, "a prefix taken for damage");
            assert_eq!(prefix.sound_bytes, kept as u64);
            assert!(prefix.header.is_none() || prefix.header == loaded.header);
            for number in prefix.parts.keys() {
                assert!(loaded.parts.contains_key(number));
            }
        }
        start = end;
    }
}

/// What was believed can be written down, and is read back as it was.
fn rewritten(loaded: &Loaded) {
    let Some(header) = &loaded.header else {
        return;
    };
    let mut text = record::header_line(header).unwrap();
    for (number, part) in &loaded.parts {
        text += &record::part_line(*number, part).unwrap();
    }
    let again = record::load(text.as_bytes());
    assert_eq!(
        (&again.header, &again.parts),
        (&loaded.header, &loaded.parts)
    );
    assert_eq!(again.sound_bytes, text.len() as u64);
    assert!(!record::is_foreign(text.as_bytes()));
}

/// Nothing of a checkpoint is used for an upload it is not of, or if it is damaged.
fn resumed(loaded: &Loaded) {
    let Some(header) = &loaded.header else {
        return;
    };
    let mut wanted = header.clone();
    wanted.upload_id.clear();
    for (verify, by_content) in [(Verify::WhenInDoubt, false), (Verify::Never, true)] {
        let rules = ResumeRules { verify, by_content };
        match resume::start_from(loaded.clone(), &wanted, false, rules) {
            Start::Resume {
                upload_id,
                parts,
                completing,
                in_doubt,
                ..
            } => {
                assert!(!loaded.damaged && header.version == record::VERSION);
                assert!(is_upload_id(&upload_id) && upload_id == header.upload_id);
                assert_eq!(parts, loaded.parts);
                assert!(!completing || parts.len() == header.parts as usize);
                assert!(in_doubt || !(loaded.mixed || by_content));
            }
            Start::Fresh { stale, .. } => {
                let usable = header.version == record::VERSION && is_upload_id(&header.upload_id);
                assert!(loaded.damaged || !usable, "a sound checkpoint was dropped");
                if let Some(stale) = stale {
                    assert!(is_upload_id(&stale.upload_id));
                }
            }
        }
        let changes: [fn(&mut Header); 5] = [
            |header| header.object.push('x'),
            |header| header.bucket.push('x'),
            |header| header.part_size ^= 1,
            |header| header.headers.push('x'),
            |header| header.file.size ^= 1,
        ];
        // One of them each time, for speed.
        let change = changes[usize::try_from(loaded.sound_bytes % 5).unwrap()];
        let mut other = wanted.clone();
        change(&mut other);
        let start = resume::start_from(loaded.clone(), &other, false, rules);
        assert!(matches!(start, Start::Fresh { .. }), "of another upload");
    }
}

fn is_upload_id(text: &str) -> bool {
    (1..=1024).contains(&text.len()) && text.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

/// What the library writes is what it reads, up to where a crash tore it.
fn recorded(mut input: Input<'_>) {
    let header = Header {
        version: record::VERSION,
        endpoint: input.text(),
        bucket: "bucket".to_owned(),
        object: input.text(),
        upload_id: input.text(),
        part_size: input.u64(),
        parts: u32::from(input.byte() % 8),
        file: FileIdentity {
            path: input.text(),
            size: input.u64(),
            mtime: (input.u64().cast_signed(), input.u32()),
            device: input.flag().then(|| input.u64()),
            inode: input.flag().then(|| input.u64()),
            ctime: input
                .flag()
                .then(|| (input.u64().cast_signed(), input.u32())),
        },
        headers: input.text(),
    };
    let mut expected = Loaded {
        header: Some(header.clone()),
        ..Loaded::default()
    };
    let mut text = record::header_line(&header).unwrap();
    for _ in 0..16 {
        let line = match input.below(4) {
            0 => break,
            1 => {
                expected.mixed = true;
                record::mixed_line()
            }
            2 => {
                let process = input.u32();
                expected.owner = Some(process);
                record::owner_line(process)
            }
            _ if header.parts == 0 => break,
            _ => {
                let number = 1 + u32::from(input.byte()) % header.parts;
                let part = DonePart {
                    etag: input.text(),
                    crc64: input.u64(),
                };
                let line = record::part_line(number, &part);
                expected.parts.insert(number, part);
                line
            }
        };
        text += &line.unwrap();
    }
    if expected.parts.len() == header.parts as usize {
        text += &record::completing_line().unwrap();
        expected.completing = true;
    }
    expected.sound_bytes = text.len() as u64;
    let mut bytes = text.into_bytes();
    let torn = input.bytes().iter().filter(|byte| **byte != b'\n');
    bytes.extend(torn);
    assert_eq!(record::load(&bytes), expected);
    whole(&bytes, true);
}

/// Each line with the sum that belongs to it.
fn sealed(lines: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        let open = body.strip_suffix(b"}").unwrap_or(body);
        let sum = crc64(&[open, b"}"].concat());
        bytes.extend_from_slice(open);
        bytes.extend(format!(",\"sum\":\"{sum:016x}\"}}").into_bytes());
        bytes.extend_from_slice(&line[body.len()..]);
    }
    bytes
}

/// CRC-64/XZ
fn crc64(bytes: &[u8]) -> u64 {
    const TABLE: [u64; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut crc = byte as u64;
            let mut bit = 0;
            while bit < 8 {
                crc = (crc >> 1) ^ (0xC96C_5795_D787_0F42 & (crc & 1).wrapping_neg());
                bit += 1;
            }
            table[byte] = crc;
            byte += 1;
        }
        table
    };
    !bytes.iter().fold(u64::MAX, |crc, byte| {
        TABLE[((crc ^ u64::from(*byte)) & 0xFF) as usize] ^ (crc >> 8)
    })
}
