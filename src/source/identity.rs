//! What tells one state of a file from another.

use std::fs::Metadata;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::bug::{self, Bug};

/// Seconds and nanoseconds since 1970, as the file system reports them.
pub type FileTime = (i64, u32);

/// What tells one state of a file from another without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    /// Percent-encoded where it is not plain text.
    pub path: String,
    pub size: u64,
    pub mtime: FileTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inode: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ctime: Option<FileTime>,
}

/// How a file compares with an earlier look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    Same,
    /// Size and modification time agree, but not the rest: a copy, a rename, a chmod, or an edit
    /// whose time was set back. Only the content can tell.
    InDoubt,
    Different,
}

impl FileIdentity {
    pub fn compare(&self, earlier: &FileIdentity) -> Likeness {
        let coarse = bug::seeded(Bug::TimesInSeconds);
        let mtime = |of: &FileIdentity| if coarse { (of.mtime.0, 0) } else { of.mtime };
        if self.size != earlier.size || mtime(self) != mtime(earlier) {
            Likeness::Different
        } else if self == earlier {
            Likeness::Same
        } else {
            Likeness::InDoubt
        }
    }

    /// Only its length is known before it is read.
    pub(super) fn of_memory(size: u64) -> FileIdentity {
        FileIdentity {
            path: "memory".to_owned(),
            size,
            mtime: (0, 0),
            device: None,
            inode: None,
            ctime: None,
        }
    }

    pub(super) fn of(path: &Path, metadata: &Metadata) -> FileIdentity {
        let mut identity = FileIdentity {
            path: path_text(path),
            size: metadata.len(),
            mtime: file_time(metadata.modified().unwrap_or(UNIX_EPOCH)),
            device: None,
            inode: None,
            ctime: None,
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            identity.device = Some(metadata.dev());
            identity.inode = Some(metadata.ino());
            identity.ctime = Some((
                metadata.ctime(),
                u32::try_from(metadata.ctime_nsec()).unwrap_or(0),
            ));
        }
        identity
    }
}

/// A path as text that keeps every byte: on Unix a path need not be UTF-8.
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn file_time(time: SystemTime) -> FileTime {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (
            i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            after.subsec_nanos(),
        ),
        Err(error) => {
            let before = error.duration();
            let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
            // As the system counts: nanoseconds always go forward.
            match before.subsec_nanos() {
                0 => (-seconds, 0),
                nanoseconds => (-seconds - 1, 1_000_000_000 - nanoseconds),
            }
        }
    }
}
