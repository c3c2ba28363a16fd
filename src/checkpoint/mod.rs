//! The checkpoint on disk: opened under a lock, made durable before the first part is sent, appended
//! to, and removed when the outcome of the upload is known.

pub mod record;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::bug::{self, Bug};
use crate::config::CheckpointPlace;
use crate::error::{Code, Error, Result};
use crate::headers::hex;
use record::{DonePart, Header, Loaded};

/// 10,000 records stay below a third of this; anything larger is not ours.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The file for one upload: the given file, a derived name in a given directory, or beside the source.
pub fn path_for(
    place: &CheckpointPlace,
    endpoint: &str,
    bucket: &str,
    object: &str,
    file: Option<&Path>,
) -> Result<PathBuf> {
    let file_name = file.map(Path::as_os_str).unwrap_or_default();
    Ok(match place {
        CheckpointPlace::BesideFile if file.is_none() => {
            return Err(Error::invalid(
                "checkpoint_path",
                "is missing, and there is no path beside which a checkpoint could be kept",
            ));
        }
        CheckpointPlace::BesideFile => {
            let mut name = file_name.to_owned();
            name.push(".ucp");
            PathBuf::from(name)
        }
        CheckpointPlace::Path(path) if path.is_dir() => {
            let mut hash = Sha256::new();
            for field in [
                endpoint.as_bytes(),
                bucket.as_bytes(),
                object.as_bytes(),
                file_name.as_encoded_bytes(),
            ] {
                hash.update((field.len() as u64).to_be_bytes());
                hash.update(field);
            }
            let digest = hex(&hash.finalize());
            path.join(format!("{}.ucp", digest.get(..32).unwrap_or(&digest)))
        }
        CheckpointPlace::Path(path) => path.clone(),
    })
}

/// An open, locked checkpoint.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    file: Arc<File>,
    /// Nobody has written anything here that is worth keeping if the upload never begins.
    fresh: bool,
}

impl Checkpoint {
    /// Opens or creates the file, locks it, and proves that it can be written, all before any request.
    pub fn open(path: &Path) -> Result<(Checkpoint, Loaded)> {
        // Between opening and locking, the holder before us may have replaced or removed the file.
        for _ in 0..16 {
            let (file, fresh) = open_or_create(path)?;
            if !try_lock(&file, path)? && !bug::seeded(Bug::LockNotTaken) {
                return Err(in_use(path, &file));
            }
            if !is_current(&file, path) {
                continue;
            }
            let mut checkpoint = Checkpoint {
                path: path.to_owned(),
                file: Arc::new(file),
                fresh,
            };
            return match checkpoint.load_and_claim() {
                Ok(loaded) => Ok((checkpoint, loaded)),
                Err(error) => {
                    if fresh {
                        let _ = std::fs::remove_file(path);
                    }
                    Err(match error.kind() {
                        io::ErrorKind::InvalidInput => foreign(path),
                        _ => failed(path, "cannot write", &error),
                    })
                }
            };
        }
        Err(Error::new(
            Code::Checkpoint,
            format!("checkpoint {} keeps being replaced", path.display()),
        ))
    }

    /// For an upload that needs no checkpoint: whatever an earlier one left at the path.
    pub fn open_existing(path: &Path) -> Result<Option<(Checkpoint, Loaded)>> {
        match std::fs::symlink_metadata(path) {
            Ok(_) => Checkpoint::open(path).map(Some),
            Err(_) => Ok(None),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn load_and_claim(&mut self) -> io::Result<Loaded> {
        let mut bytes = Vec::new();
        let oversized = self.file.metadata()?.len() > MAX_BYTES;
        (&*self.file).take(MAX_BYTES).read_to_end(&mut bytes)?;
        if record::is_foreign(&bytes) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut loaded = record::load(&bytes);
        loaded.damaged |= oversized;
        if !loaded.damaged && !bug::seeded(Bug::TailKept) {
            // What follows a torn line would be lost with it. Without the line of whoever was killed
            // last, a program that is started again and again makes no file that grows and grows.
            let sound = bytes.get(..usize::try_from(loaded.sound_bytes).unwrap_or(0));
            let owners = sound.map_or(0, record::last_owner_bytes);
            self.file.set_len(loaded.sound_bytes - owners)?;
        }
        self.file.seek(SeekFrom::End(0))?;
        let line = record::owner_line(std::process::id()).ok_or(io::ErrorKind::InvalidData)?;
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()?;
        // Whoever gave the file its name may have been killed before the name was durable.
        sync_directory(&self.path)?;
        Ok(loaded)
    }

    /// Replaces the file by one that holds `header` alone. Durable when it returns.
    pub fn begin(&mut self, header: &Header) -> Result<()> {
        self.replace(header)
            .map_err(|error| failed(&self.path, "cannot write", &error))
    }

    fn replace(&mut self, header: &Header) -> io::Result<()> {
        let mut temporary = self.path.clone().into_os_string();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        // Only the holder of the lock gets here, so what lies there was left by a crash.
        match std::fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = options().create_new(true).open(&temporary)?;
        let written = (|| {
            // Locked before it has the name, so that there is no moment without a lock.
            lock(&file)?;
            let invalid = || io::Error::from(io::ErrorKind::InvalidData);
            let text = record::owner_line(std::process::id()).ok_or_else(invalid)?
                + &record::header_line(header).ok_or_else(invalid)?;
            file.write_all(text.as_bytes())?;
            // The name first: a process killed from here on has kept its upload id. What the name led to
            // before was of no use any more, so losing both to a power cut loses nothing.
            std::fs::rename(&temporary, &self.path)?;
            if bug::seeded(Bug::HeaderUnsynced) {
                return Ok(());
            }
            file.sync_all()
        })();
        if let Err(error) = written {
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        self.file = Arc::new(file);
        self.fresh = false;
        sync_directory(&self.path)
    }

    /// Appends a finished part. In the page cache when it returns, so it outlives this process.
    pub fn append_part(&mut self, number: u32, part: &DonePart) -> io::Result<()> {
        let line = record::part_line(number, part).ok_or(io::ErrorKind::InvalidData)?;
        self.file.write_all(line.as_bytes())
    }

    /// From now on parts are recorded of another file than the header's. Durable when it returns.
    pub fn append_mixed(&mut self) -> Result<()> {
        let append = || {
            let line = record::mixed_line().ok_or(io::ErrorKind::InvalidData)?;
            (&*self.file).write_all(line.as_bytes())?;
            self.file.sync_data()
        };
        append().map_err(|error: io::Error| failed(&self.path, "cannot write", &error))
    }

    /// Durable when it returns.
    pub fn append_completing(&mut self) -> io::Result<()> {
        let line = record::completing_line().ok_or(io::ErrorKind::InvalidData)?;
        self.file.write_all(line.as_bytes())?;
        if bug::seeded(Bug::CompletingUnsynced) {
            return Ok(());
        }
        self.file.sync_data()
    }

    /// To make records durable without holding up the next ones. No second descriptor, of which there may
    /// be none.
    pub fn syncer(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// The outcome is known. False when the file could not be removed; it is emptied then, so that the
    /// next upload begins anew.
    pub fn remove(self) -> bool {
        match std::fs::remove_file(&self.path) {
            Ok(()) => return true,
            // Somebody else has cleaned up.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return true,
            Err(_) => {}
        }
        let _ = self.file.set_len(0).and_then(|()| self.file.sync_data());
        false
    }
}

impl Drop for Checkpoint {
    /// Said explicitly, because the handle may live on (while it is synchronised, in a child made by
    /// `fork()`) and would keep the lock.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let open_to_all = bug::seeded(Bug::CheckpointOpenToAll);
        let follow = bug::seeded(Bug::LinkFollowed);
        // A symbolic link or FIFO planted at the path must neither be followed nor block us.
        options
            .mode(if open_to_all { 0o666 } else { 0o600 })
            .custom_flags(if follow { 0 } else { libc::O_NOFOLLOW } | libc::O_NONBLOCK);
    }
    options
}

fn open_or_create(path: &Path) -> Result<(File, bool)> {
    // Two rounds are enough unless somebody creates and removes the file in a loop.
    for _ in 0..16 {
        match options().open(path) {
            Ok(file) => {
                check_ours(&file, path)?;
                return Ok((file, false));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(refused(path, &error)),
        }
        match options().create_new(true).open(path) {
            Ok(file) => return Ok((file, true)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused(path, &error)),
        }
    }
    Err(Error::new(
        Code::Checkpoint,
        format!(
            "checkpoint {} keeps appearing and vanishing",
            path.display()
        ),
    ))
}

/// A checkpoint is trusted with an upload id, so it must be a plain file of the same user.
fn check_ours(file: &File, path: &Path) -> Result<()> {
    let refuse = |what: &str| {
        Err(Error::new(
            Code::Checkpoint,
            format!("checkpoint {} {what}", path.display()),
        ))
    };
    let metadata = match file.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return Err(failed(path, "cannot read", &error)),
    };
    if !metadata.is_file() {
        return refuse("is not a regular file");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if metadata.uid() != nix::unistd::geteuid().as_raw() {
            return refuse("belongs to another user");
        }
        if metadata.nlink() > 1 {
            return refuse("has a second name (hard link)");
        }
    }
    Ok(())
}

fn refused(path: &Path, error: &io::Error) -> Error {
    let link = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if link {
        return Error::new(
            Code::Checkpoint,
            format!(
                "checkpoint {} is a symbolic link, which is not followed",
                path.display()
            ),
        );
    }
    failed(path, "cannot open", error)
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Error {
    Error::new(
        Code::Checkpoint,
        format!("{what} checkpoint {}: {error}", path.display()),
    )
    .caused_by(error)
}

/// A mistyped path, or the checkpoint of another tool: not ours to overwrite.
fn foreign(path: &Path) -> Error {
    Error::new(
        Code::Checkpoint,
        format!(
            "{} exists and is not a checkpoint of this library; it is left as it is",
            path.display()
        ),
    )
}

fn in_use(path: &Path, file: &File) -> Error {
    let mut bytes = Vec::new();
    let _ = file.take(MAX_BYTES).read_to_end(&mut bytes);
    let owner = record::load(&bytes).owner;
    let by = owner.map_or_else(
        || "by another upload".to_owned(),
        |owner| format!("by process {owner}"),
    );
    Error::new(
        Code::Checkpoint,
        format!("checkpoint {} is in use {by}", path.display()),
    )
    .retryable(true)
}

/// False when another upload holds the lock.
fn try_lock(file: &File, path: &Path) -> Result<bool> {
    match lock(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(failed(path, "cannot lock", &error)),
    }
}

/// A file system without locks is used without.
fn lock(file: &File) -> io::Result<()> {
    loop {
        return match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            // One over a network may wait, and be interrupted then.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {
                continue;
            }
            Err(TryLockError::Error(error)) if has_no_locks(&error) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error),
        };
    }
}

fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    if matches!(error.raw_os_error(), Some(libc::ENOLCK | libc::ENOSYS)) {
        return true;
    }
    error.kind() == io::ErrorKind::Unsupported
}

/// Whether the path still leads to the file that was locked.
fn is_current(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        match (file.metadata(), std::fs::symlink_metadata(path)) {
            (Ok(ours), Ok(named)) => (ours.dev(), ours.ino()) == (named.dev(), named.ino()),
            _ => false,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

/// Makes a new name durable. Some network file systems cannot; the name is then as durable as they make it.
fn sync_directory(path: &Path) -> io::Result<()> {
    if bug::seeded(Bug::DirectoryUnsynced) || bug::seeded(Bug::HeaderUnsynced) {
        return Ok(());
    }
    #[cfg(unix)]
    {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        match File::open(directory).and_then(|directory| directory.sync_all()) {
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTSUP)) => {
                Ok(())
            }
            other => other,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}
