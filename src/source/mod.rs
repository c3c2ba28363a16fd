//! The local file: its identity, reads by offset from one handle, and whether it changed.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::crc;
use crate::error::{Code, Error, Result};
use crate::plan::Plan;

/// Bytes read at a time. Larger chunks were no faster, smaller ones cost more system calls.
pub const CHUNK: usize = 256 * 1024;

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
        if self.size != earlier.size || self.mtime != earlier.mtime {
            Likeness::Different
        } else if self == earlier {
            Likeness::Same
        } else {
            Likeness::InDoubt
        }
    }

    fn of(path: &Path, metadata: &Metadata) -> FileIdentity {
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
            (-seconds, before.subsec_nanos())
        }
    }
}

/// Why the file could not be read as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    Changed(String),
    Read {
        offset: u64,
        reason: String,
    },
    /// Not an error of the file: the attempt was broken off.
    Stopped,
}

impl SourceError {
    pub fn into_error(self) -> Error {
        match self {
            SourceError::Changed(how) => Error::new(
                Code::FileChanged,
                format!("the file {how} while it was being uploaded"),
            ),
            SourceError::Read { offset, reason } => Error::new(
                Code::File,
                format!("the file cannot be read at offset {offset}: {reason}"),
            ),
            SourceError::Stopped => Error::new(Code::Canceled, "the attempt was broken off"),
        }
    }
}

impl std::fmt::Display for SourceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SourceError::Changed(how) => f.write_str(how),
            SourceError::Read { offset, reason } => write!(f, "offset {offset}: {reason}"),
            SourceError::Stopped => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for SourceError {}

/// One open file. The handle is opened once and pins the file, whatever happens to its name.
#[derive(Debug)]
pub struct Source {
    file: File,
    path: PathBuf,
    identity: FileIdentity,
    pace: ReadPace,
}

impl Source {
    /// Opens a regular file. Never blocks on a FIFO or a device; refuses them, and directories.
    pub fn open(path: &Path) -> Result<Source> {
        let fail = |what: &str| {
            Error::new(
                Code::File,
                format!("cannot upload {}: {what}", path.display()),
            )
        };
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
        }
        let file = options
            .open(path)
            .map_err(|error| fail(&error.to_string()))?;
        let metadata = file.metadata().map_err(|error| fail(&error.to_string()))?;
        if metadata.is_dir() {
            return Err(fail("it is a directory"));
        }
        if !metadata.is_file() {
            return Err(fail("it is not a regular file"));
        }
        let source = Source {
            file,
            path: path.to_owned(),
            identity: FileIdentity::of(path, &metadata),
            pace: ReadPace::default(),
        };
        // Files of /proc and the like claim to be regular and empty, yet have content.
        let mut probe = [0u8; 1];
        match source.read_at(&mut probe, source.size()) {
            Ok(0) => Ok(source),
            Ok(_) => Err(fail("it has content beyond the size it reports")),
            Err(error) => Err(fail(&error.to_string())),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn size(&self) -> u64 {
        self.identity.size
    }

    pub fn identity(&self) -> &FileIdentity {
        &self.identity
    }

    pub fn pace(&self) -> &ReadPace {
        &self.pace
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            #[cfg(unix)]
            let result = std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset);
            #[cfg(windows)]
            let result = std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset);
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// Fills the whole buffer; a file that ends before that has been truncated.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), SourceError> {
        let started = Instant::now();
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = offset + filled as u64;
            match self.read_at(rest, at) {
                Ok(0) => return Err(SourceError::Changed("was truncated".into())),
                Ok(count) => filled += count,
                Err(error) => {
                    return Err(SourceError::Read {
                        offset: at,
                        reason: error.to_string(),
                    });
                }
            }
        }
        self.pace.note(started.elapsed());
        Ok(())
    }

    /// Looks at the open handle only: cheap enough for every part.
    pub fn check_handle(&self) -> Result<Likeness, SourceError> {
        let metadata = self.file.metadata().map_err(|error| SourceError::Read {
            offset: 0,
            reason: error.to_string(),
        })?;
        let now = FileIdentity::of(&self.path, &metadata);
        if now.size < self.identity.size {
            return Err(SourceError::Changed("was truncated".into()));
        }
        if now.size > self.identity.size {
            return Err(SourceError::Changed("grew".into()));
        }
        if now.mtime != self.identity.mtime {
            return Err(SourceError::Changed("was modified".into()));
        }
        Ok(now.compare(&self.identity))
    }

    /// The handle and the name: a name that leads elsewhere means that the user has another file now.
    pub fn check(&self) -> Result<Likeness, SourceError> {
        let likeness = self.check_handle()?;
        let named = match std::fs::metadata(&self.path) {
            Ok(metadata) => FileIdentity::of(&self.path, &metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SourceError::Changed("was deleted or renamed".into()));
            }
            // The directory may have become unreadable; the handle is still good.
            Err(_) => return Ok(likeness),
        };
        if (named.device, named.inode) != (self.identity.device, self.identity.inode) {
            return Err(SourceError::Changed("was replaced by another file".into()));
        }
        Ok(likeness)
    }

    /// CRC64 of `len` bytes at `offset`, read again.
    pub fn crc_of(
        &self,
        offset: u64,
        len: u64,
        stop: &dyn Fn() -> bool,
    ) -> Result<u64, SourceError> {
        let mut buffer = vec![0; CHUNK];
        let mut digest = crc::Digest::new();
        let (mut at, end) = (offset, offset + len);
        while at < end {
            if stop() {
                return Err(SourceError::Stopped);
            }
            let count = usize::try_from(end - at).map_or(CHUNK, |left| left.min(CHUNK));
            let Some(chunk) = buffer.get_mut(..count) else {
                break;
            };
            self.read_exact_at(chunk, at)?;
            digest.update(chunk);
            at += count as u64;
        }
        Ok(digest.finish())
    }

    /// The last look before Complete: nothing about the file has changed since it was opened, or,
    /// where only its content can tell, the content is what was sent.
    pub fn verify(
        &self,
        plan: &Plan,
        crcs: &[u64],
        stop: &dyn Fn() -> bool,
    ) -> Result<(), SourceError> {
        if self.check()? == Likeness::Same {
            return Ok(());
        }
        let before = self.ctime();
        for (part, expected) in plan.iter().zip(crcs) {
            if self.crc_of(part.offset, part.len, stop)? != *expected {
                return Err(SourceError::Changed("was modified".into()));
            }
        }
        self.check()?;
        if self.ctime() != before {
            return Err(SourceError::Changed("was modified".into()));
        }
        Ok(())
    }

    fn ctime(&self) -> Option<FileTime> {
        let metadata = self.file.metadata().ok()?;
        FileIdentity::of(&self.path, &metadata).ctime
    }
}

/// Whether reads come back at once (page cache, fast disk), so that they may be done on an engine
/// thread, or take long, so that they would hold up other uploads there.
#[derive(Debug, Default)]
pub struct ReadPace {
    score: AtomicU32,
}

const SLOW_READ: Duration = Duration::from_millis(20);

impl ReadPace {
    /// Two slow reads close together make a source slow; a run of quick ones makes it quick again.
    /// A single slow read is more likely a busy machine than a slow disk.
    fn note(&self, took: Duration) {
        let score = self.score.load(Ordering::Relaxed);
        if took >= SLOW_READ {
            self.score.store((score + 8).min(32), Ordering::Relaxed);
        } else if score > 0 {
            self.score.store(score - 1, Ordering::Relaxed);
        }
    }

    pub fn is_slow(&self) -> bool {
        self.score.load(Ordering::Relaxed) > 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PartSize;

    fn temp(name: &str, content: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ossr-source-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        path
    }

    #[test]
    #[cfg(unix)]
    fn only_regular_files_are_opened_and_nothing_hangs() {
        for path in [
            "/",
            "/dev/zero",
            "/dev/null",
            "/proc/self/status",
            "/does/not/exist",
        ] {
            let error = Source::open(Path::new(path)).unwrap_err();
            assert_eq!(error.code, Code::File, "{path}");
            assert!(error.message.contains(path), "{error}");
        }
    }

    #[test]
    fn growth_truncation_and_edits_are_noticed() {
        let path = temp("edits", b"0123456789");
        let source = Source::open(&path).unwrap();
        assert_eq!(source.check(), Ok(Likeness::Same));
        std::fs::write(&path, b"012345678").unwrap();
        assert!(
            source
                .check()
                .unwrap_err()
                .to_string()
                .contains("truncated")
        );
        std::fs::write(&path, b"0123456789a").unwrap();
        assert!(source.check().unwrap_err().to_string().contains("grew"));
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn a_renamed_over_or_deleted_file_is_noticed() {
        let path = temp("replaced", b"old");
        let other = temp("replacement", b"new");
        let source = Source::open(&path).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(source.check().unwrap_err().to_string().contains("replaced"));
        std::fs::remove_file(&path).unwrap();
        assert!(source.check().unwrap_err().to_string().contains("deleted"));
    }

    #[test]
    #[cfg(unix)]
    fn an_edit_with_the_time_set_back_is_found_by_content() {
        let path = temp("sneaky", &[7; 200_000]);
        let source = Source::open(&path).unwrap();
        let plan = Plan::new(200_000, PartSize::Bytes(102_400)).unwrap();
        let never = || false;
        let crcs: Vec<u64> = plan
            .iter()
            .map(|part| source.crc_of(part.offset, part.len, &never).unwrap())
            .collect();
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
        assert_eq!(source.check(), Ok(Likeness::InDoubt));
        assert_eq!(source.verify(&plan, &crcs, &never), Ok(()));
        std::os::unix::fs::FileExt::write_all_at(&file, b"x", 150_000).unwrap();
        file.set_modified(modified).unwrap();
        assert!(source.verify(&plan, &crcs, &never).is_err());
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_source_is_slow_only_after_two_slow_reads_close_together() {
        let pace = ReadPace::default();
        pace.note(SLOW_READ);
        assert!(!pace.is_slow());
        pace.note(SLOW_READ);
        assert!(pace.is_slow());
        for _ in 0..8 {
            pace.note(Duration::ZERO);
        }
        assert!(!pace.is_slow());
    }
}
