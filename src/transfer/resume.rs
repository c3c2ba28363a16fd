//! What a checkpoint is worth for the upload at hand. Pure.

use crate::bug::{self, Bug};
use crate::call::UploadRef;
use crate::checkpoint::record::{Header, Loaded, VERSION};
use crate::config::{ResumeRules, Verify, check_bucket, check_object};
use crate::source::Likeness;

use super::events::Start;

const MAX_UPLOAD_ID: usize = 1024;

/// `wanted` is the header that this upload would write; its upload id is empty.
pub fn start_from(loaded: Loaded, wanted: &Header, is_single: bool, rules: ResumeRules) -> Start {
    let Some(header) = loaded.header else {
        return Start::Fresh {
            stale: None,
            elsewhere: false,
        };
    };
    let likeness = match rules.by_content {
        _ if bug::seeded(Bug::AnyFileResumed) => Likeness::Same,
        true if wanted.file.size == header.file.size => Likeness::InDoubt,
        true => Likeness::Different,
        false => wanted.file.compare(&header.file),
    };
    let elsewhere = header.endpoint != wanted.endpoint;
    let same_upload = header.version == VERSION
        && (rules.by_content || !elsewhere)
        && header.bucket == wanted.bucket
        && (header.object == wanted.object || bug::seeded(Bug::AnyObjectResumed))
        && header.part_size == wanted.part_size
        && header.parts == wanted.parts
        && header.headers == wanted.headers
        && likeness != Likeness::Different;
    if loaded.damaged || !same_upload || is_single || !is_upload_id(&header.upload_id) {
        return Start::Fresh {
            elsewhere,
            stale: stale(header),
        };
    }
    Start::Resume {
        upload_id: header.upload_id,
        parts: loaded.parts,
        completing: loaded.completing,
        elsewhere,
        in_doubt: match rules.verify {
            // Of which file a part is, nothing but its content tells any more.
            _ if loaded.mixed => true,
            Verify::Always => true,
            Verify::WhenInDoubt => likeness == Likeness::InDoubt,
            Verify::Never => rules.by_content,
        },
    }
}

/// The upload to abort, if what the file says can be one at all: its content is not trusted.
pub fn stale(header: Header) -> Option<UploadRef> {
    let usable = check_bucket(&header.bucket).is_ok()
        && check_object(&header.object).is_ok()
        && is_upload_id(&header.upload_id);
    usable.then_some(UploadRef {
        bucket: header.bucket,
        object: header.object,
        upload_id: header.upload_id,
    })
}

fn is_upload_id(text: &str) -> bool {
    (1..=MAX_UPLOAD_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileIdentity;

    fn header() -> Header {
        Header {
            version: VERSION,
            endpoint: "https://a.b".into(),
            bucket: "bucket".into(),
            object: "key".into(),
            upload_id: "ID".into(),
            part_size: 102_400,
            parts: 3,
            file: FileIdentity {
                path: "/a".into(),
                size: 300_000,
                mtime: (1, 2),
                device: Some(1),
                inode: Some(2),
                ctime: Some((1, 2)),
            },
            headers: "h".into(),
        }
    }

    fn start(change: impl FnOnce(&mut Loaded)) -> Start {
        let mut loaded = Loaded {
            header: Some(header()),
            ..Loaded::default()
        };
        change(&mut loaded);
        start_from(loaded, &header(), false, ResumeRules::default())
    }

    #[test]
    fn the_same_upload_is_continued() {
        assert!(matches!(
            start(|_| {}),
            Start::Resume {
                in_doubt: false,
                ..
            }
        ));
    }

    #[test]
    fn anything_else_begins_anew_and_names_the_upload_to_abort() {
        let changes: [fn(&mut Header); 9] = [
            |header| header.version = 0,
            |header| header.endpoint = "https://c.d".into(),
            |header| header.bucket = "other".into(),
            |header| header.object = "other".into(),
            |header| header.part_size = 204_800,
            |header| header.parts = 4,
            |header| header.headers = "other".into(),
            |header| header.file.size += 1,
            |header| header.file.mtime.1 += 1,
        ];
        for change in changes {
            let start = start(|loaded| loaded.header.as_mut().map(change).unwrap_or_default());
            assert!(matches!(start, Start::Fresh { stale: Some(_), .. }));
        }
        assert!(matches!(
            start(|loaded| loaded.damaged = true),
            Start::Fresh { stale: Some(_), .. }
        ));
    }

    #[test]
    fn a_copy_or_a_touched_inode_is_in_doubt() {
        let changes: [fn(&mut FileIdentity); 4] = [
            |file| file.path = "/b".into(),
            |file| file.device = Some(9),
            |file| file.inode = Some(9),
            |file| file.ctime = Some((9, 9)),
        ];
        for change in changes {
            let start = start(|loaded| {
                if let Some(header) = &mut loaded.header {
                    change(&mut header.file);
                }
            });
            assert!(matches!(start, Start::Resume { in_doubt: true, .. }));
        }
    }

    #[test]
    fn an_upload_that_cannot_exist_is_not_aborted() {
        let changes: [fn(&mut Header); 4] = [
            |header| header.bucket = "evil.example/".into(),
            |header| header.object = "../x".into(),
            |header| header.upload_id = "a\r\nb".into(),
            |header| header.upload_id = "x".repeat(2000),
        ];
        for change in changes {
            let start = start(|loaded| loaded.header.as_mut().map(change).unwrap_or_default());
            assert!(matches!(start, Start::Fresh { stale: None, .. }));
        }
    }

    #[test]
    fn what_is_read_again_is_as_the_user_says() {
        let touched = |rules| {
            let mut loaded = Loaded {
                header: Some(header()),
                ..Loaded::default()
            };
            if let Some(header) = &mut loaded.header {
                header.file.path = "/elsewhere".into();
            }
            start_from(loaded, &header(), false, rules)
        };
        for (verify, by_content, expected) in [
            (Verify::WhenInDoubt, false, true),
            (Verify::Always, false, true),
            (Verify::Never, false, false),
            (Verify::WhenInDoubt, true, true),
        ] {
            match touched(ResumeRules { verify, by_content }) {
                Start::Resume { in_doubt, .. } => assert_eq!(in_doubt, expected, "{verify:?}"),
                Start::Fresh { .. } => panic!("not continued"),
            }
        }
    }

    #[test]
    fn parts_of_more_than_one_file_are_read_again_whatever_the_user_says() {
        for verify in [Verify::WhenInDoubt, Verify::Always, Verify::Never] {
            let loaded = Loaded {
                header: Some(header()),
                mixed: true,
                ..Loaded::default()
            };
            let rules = ResumeRules {
                verify,
                by_content: false,
            };
            let start = start_from(loaded, &header(), false, rules);
            assert!(matches!(start, Start::Resume { in_doubt: true, .. }));
        }
    }

    #[test]
    fn by_content_another_path_time_and_endpoint_are_the_same_upload_but_not_another_size() {
        let rules = ResumeRules {
            verify: Verify::WhenInDoubt,
            by_content: true,
        };
        let mut travelled = header();
        travelled.file.mtime = (9, 9);
        travelled.file.path = "C:\\b".into();
        travelled.endpoint = "https://internal.b".into();
        let loaded = |header| Loaded {
            header: Some(header),
            ..Loaded::default()
        };
        match start_from(loaded(travelled.clone()), &header(), false, rules) {
            Start::Resume {
                in_doubt,
                elsewhere,
                ..
            } => assert!(in_doubt && elsewhere),
            Start::Fresh { .. } => panic!("not continued"),
        }
        travelled.file.size += 1;
        let start = start_from(loaded(travelled), &header(), false, rules);
        assert!(matches!(
            start,
            Start::Fresh {
                elsewhere: true,
                ..
            }
        ));
    }
}
