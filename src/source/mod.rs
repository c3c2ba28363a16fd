//! What is uploaded: a file by its path, an open file, or memory; read by offset.

mod identity;
mod pace;

use std::fs::{File, OpenOptions};
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use md5::{Digest, Md5};

use crate::bug::{self, Bug};
use crate::config::Input;
use crate::crc;
use crate::error::{Code, Error, Result};
use crate::plan::Plan;

pub use identity::{FileIdentity, FileTime, Likeness, path_text};
pub use pace::ReadPace;

/// Read at a time. Larger chunks were no faster, smaller ones cost more system calls.
pub const CHUNK: usize = 256 * 1024;

/// For a chunk. Where there is no memory that is an error, not the end of the process.
pub fn buffer() -> io::Result<Vec<u8>> {
    let mut buffer = Vec::new();
    let reserved = buffer.try_reserve_exact(CHUNK);
    reserved.map_err(|_| io::ErrorKind::OutOfMemory)?;
    buffer.resize(CHUNK, 0);
    Ok(buffer)
}

/// Why the file could not be read as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// Which source, and how.
    Changed(String),
    Read {
        /// Which source, where, and why.
        text: Box<str>,
        offset: u64,
        os_errno: Option<i32>,
    },
    /// Not an error of the file: the attempt was broken off.
    Stopped,
}

impl SourceError {
    pub fn into_error(self) -> Error {
        match self {
            SourceError::Changed(how) => Error::new(
                Code::FileChanged,
                format!("{how} while it was being uploaded"),
            ),
            SourceError::Read {
                text,
                offset,
                os_errno,
            } => {
                let mut error = Error::new(Code::File, text);
                error.offset = Some(offset);
                error.os_errno = os_errno.and_then(NonZero::new);
                error
            }
            SourceError::Stopped => Error::new(Code::Canceled, "the attempt was broken off"),
        }
    }
}

impl std::fmt::Display for SourceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SourceError::Changed(how) => f.write_str(how),
            SourceError::Read { text, .. } => f.write_str(text),
            SourceError::Stopped => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for SourceError {}

#[derive(Debug)]
enum Content {
    /// Opened once; the handle pins the file, whatever happens to its name.
    Named(File, PathBuf),
    /// The user's open file. It may have no name at all.
    Unnamed(Arc<File>),
    Memory(Bytes),
}

/// What is read for one upload.
#[derive(Debug)]
pub struct Source {
    content: Content,
    identity: FileIdentity,
    pace: ReadPace,
}

impl Source {
    pub fn of(input: &Input) -> Result<Source> {
        match input {
            Input::Path(path) => Source::open(path),
            Input::File(file) => {
                let content = Content::Unnamed(Arc::clone(file));
                Source::from_file(content, "the open file")
            }
            Input::Memory(bytes) => Ok(Source {
                identity: FileIdentity::of_memory(bytes.len() as u64),
                content: Content::Memory(bytes.clone()),
                pace: ReadPace::default(),
            }),
        }
    }

    /// Opens a regular file. Never blocks on a FIFO or a device; refuses them, and directories.
    pub fn open(path: &Path) -> Result<Source> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
        }
        let name = path.display().to_string();
        let file = options
            .open(path)
            .map_err(|error| cannot_upload(&name, &error))?;
        Source::from_file(Content::Named(file, path.to_owned()), &name)
    }

    fn from_file(content: Content, name: &str) -> Result<Source> {
        let refuse = |what: &str| {
            let text = format!("cannot upload {name}: {what}");
            Err(Error::new(Code::File, text))
        };
        let (file, path) = match &content {
            Content::Named(file, path) => (file, path.as_path()),
            Content::Unnamed(file) => (&**file, Path::new("")),
            Content::Memory(_) => return Err(Error::internal("memory is no file")),
        };
        let metadata = file
            .metadata()
            .map_err(|error| cannot_upload(name, &error))?;
        if metadata.is_dir() {
            return refuse("it is a directory");
        }
        if !metadata.is_file() {
            return refuse("it is not a regular file");
        }
        let source = Source {
            identity: FileIdentity::of(path, &metadata),
            content,
            pace: ReadPace::default(),
        };
        // Files of /proc and the like claim to be regular and empty, yet have content. A handle that
        // was opened for writing alone shows itself here as well.
        let mut probe = [0u8; 1];
        match source.read_at(&mut probe, source.size()) {
            Ok(0) => Ok(source),
            Ok(_) => refuse("it has content beyond the size it reports"),
            Err(error) => Err(cannot_upload(name, &error)),
        }
    }

    pub fn size(&self) -> u64 {
        self.identity.size
    }

    pub fn identity(&self) -> &FileIdentity {
        &self.identity
    }

    /// Nothing but its content tells this source from another.
    pub fn is_memory(&self) -> bool {
        matches!(self.content, Content::Memory(_))
    }

    pub fn pace(&self) -> &ReadPace {
        &self.pace
    }

    /// As a message names it.
    fn name(&self) -> String {
        match &self.content {
            Content::Named(_, path) => format!("the file {}", path.display()),
            Content::Unnamed(_) => "the open file".to_owned(),
            Content::Memory(_) => "the memory".to_owned(),
        }
    }

    pub fn changed(&self, how: &str) -> SourceError {
        SourceError::Changed(format!("{} {how}", self.name()))
    }

    pub fn unreadable(&self, offset: u64, error: &io::Error) -> SourceError {
        SourceError::Read {
            text: format!("{} cannot be read at offset {offset}: {error}", self.name()).into(),
            offset,
            os_errno: error.raw_os_error(),
        }
    }

    fn file(&self) -> Option<&File> {
        match &self.content {
            Content::Named(file, _) => Some(file),
            Content::Unnamed(file) => Some(file),
            Content::Memory(_) => None,
        }
    }

    fn path(&self) -> &Path {
        match &self.content {
            Content::Named(_, path) => path,
            _ => Path::new(""),
        }
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let file = match &self.content {
            Content::Named(file, _) => file,
            Content::Unnamed(file) => file,
            Content::Memory(bytes) => {
                let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                let rest = bytes.get(offset..).unwrap_or_default();
                let count = rest.len().min(buffer.len());
                if let Some((target, found)) = buffer.get_mut(..count).zip(rest.get(..count)) {
                    target.copy_from_slice(found);
                }
                return Ok(count);
            }
        };
        loop {
            #[cfg(unix)]
            let result = std::os::unix::fs::FileExt::read_at(file, buffer, offset);
            #[cfg(windows)]
            let result = std::os::windows::fs::FileExt::seek_read(file, buffer, offset);
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
                Ok(0) => return Err(self.changed("was truncated")),
                Ok(count) => filled += count,
                Err(error) => return Err(self.unreadable(at, &error)),
            }
        }
        self.pace.note(started.elapsed());
        Ok(())
    }

    /// As it is now, by the open handle.
    fn look(&self) -> Result<FileIdentity, SourceError> {
        let Some(file) = self.file() else {
            return Ok(self.identity.clone());
        };
        let metadata = file
            .metadata()
            .map_err(|error| self.unreadable(0, &error))?;
        Ok(FileIdentity::of(self.path(), &metadata))
    }

    /// Looks at the open handle only: cheap enough for every part.
    pub fn check_handle(&self) -> Result<Likeness, SourceError> {
        let now = self.look()?;
        if now.size < self.identity.size {
            return Err(self.changed("was truncated"));
        }
        if now.size > self.identity.size {
            return Err(self.changed("grew"));
        }
        if now.mtime != self.identity.mtime {
            return Err(self.changed("was modified"));
        }
        Ok(now.compare(&self.identity))
    }

    /// Whether the path leads to the very file that is read.
    pub fn is_at(&self, path: &Path) -> bool {
        let there = std::fs::metadata(path).map(|metadata| FileIdentity::of(path, &metadata));
        there.is_ok_and(|there| {
            there.inode.is_some()
                && (there.device, there.inode) == (self.identity.device, self.identity.inode)
        })
    }

    /// The handle and the name: a name that leads elsewhere means that the user has another file now.
    pub fn check(&self) -> Result<Likeness, SourceError> {
        let likeness = self.check_handle()?;
        let Content::Named(_, path) = &self.content else {
            return Ok(likeness);
        };
        let named = match std::fs::metadata(path) {
            Ok(metadata) => FileIdentity::of(path, &metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(self.changed("was deleted or renamed"));
            }
            // The directory may have become unreadable; the handle is still good.
            Err(_) => return Ok(likeness),
        };
        if (named.device, named.inode) != (self.identity.device, self.identity.inode) {
            return Err(self.changed("was replaced by another file"));
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
        let mut digest = crc::Digest::new();
        self.read_again(offset, len, stop, |chunk| digest.update(chunk))?;
        Ok(digest.finish())
    }

    /// MD5 of everything.
    pub fn md5(&self, stop: &dyn Fn() -> bool) -> Result<[u8; 16], SourceError> {
        let mut digest = Md5::new();
        self.read_again(0, self.size(), stop, |chunk| digest.update(chunk))?;
        Ok(digest.finalize().into())
    }

    fn read_again(
        &self,
        offset: u64,
        len: u64,
        stop: &dyn Fn() -> bool,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), SourceError> {
        let mut buffer = buffer().map_err(|error| self.unreadable(offset, &error))?;
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
            take(chunk);
            at += count as u64;
        }
        Ok(())
    }

    /// The last look before Complete: nothing about the file has changed since it was opened, or,
    /// where only its content can tell, the content is what was sent.
    pub fn verify(
        &self,
        plan: &Plan,
        crcs: &[u64],
        stop: &dyn Fn() -> bool,
    ) -> Result<(), SourceError> {
        if bug::seeded(Bug::ChangeUnnoticed) || self.check()? == Likeness::Same {
            return Ok(());
        }
        let before = self.ctime();
        for (part, expected) in plan.iter().zip(crcs) {
            if self.crc_of(part.offset, part.len, stop)? != *expected {
                return Err(self.changed("was modified"));
            }
        }
        self.check()?;
        if self.ctime() != before {
            return Err(self.changed("was modified"));
        }
        Ok(())
    }

    fn ctime(&self) -> Option<FileTime> {
        self.look().ok()?.ctime
    }
}

fn cannot_upload(name: &str, error: &io::Error) -> Error {
    Error::new(Code::File, format!("cannot upload {name}: {error}")).caused_by(error)
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
    #[cfg(unix)]
    fn an_open_file_is_read_without_a_name_and_without_moving_its_position() {
        use std::io::{Read, Seek};
        let path = temp("unnamed", b"0123456789");
        let mut file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.seek(io::SeekFrom::Start(4)).unwrap();
        let source = Source::of(&Input::File(Arc::new(file.try_clone().unwrap()))).unwrap();
        let mut buffer = [0; 3];
        source.read_exact_at(&mut buffer, 7).unwrap();
        assert_eq!((&buffer, source.check()), (b"789", Ok(Likeness::Same)));
        let mut rest = String::new();
        file.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "456789");
    }

    #[test]
    #[cfg(unix)]
    fn an_open_file_that_cannot_be_read_by_offset_is_refused() {
        let (pipe, _writer) = io::pipe().unwrap();
        let write_only = OpenOptions::new().write(true).open("/dev/null").unwrap();
        for file in [File::from(std::os::fd::OwnedFd::from(pipe)), write_only] {
            let error = Source::of(&Input::File(Arc::new(file))).unwrap_err();
            assert_eq!(error.code, Code::File);
        }
        let path = temp("write-only", b"x");
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let error = Source::of(&Input::File(Arc::new(file))).unwrap_err();
        assert_eq!(error.os_errno, NonZero::new(libc::EBADF));
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn memory_is_read_by_offset_and_ends_where_it_ends() {
        let source = Source::of(&Input::Memory(Bytes::from_static(b"0123456789"))).unwrap();
        let mut buffer = [0; 4];
        source.read_exact_at(&mut buffer, 6).unwrap();
        assert_eq!(&buffer, b"6789");
        assert!(source.read_exact_at(&mut buffer, 7).is_err());
        assert!(source.read_exact_at(&mut buffer, u64::MAX - 9).is_err());
        assert_eq!(source.check(), Ok(Likeness::Same));
    }
}
