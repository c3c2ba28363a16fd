//! Stored bytes: written once as they arrive, read back as a stream, gone with their last user.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crc_fast::CrcAlgorithm;
use md5::{Digest, Md5};

pub const CRC64: CrcAlgorithm = CrcAlgorithm::Crc64Xz;

/// A file that lasts as long as something refers to it.
#[derive(Debug)]
struct StoredFile {
    path: PathBuf,
}

impl Drop for StoredFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[derive(Clone, Debug)]
struct Segment {
    /// `None` if the bytes were thrown away.
    file: Option<Arc<StoredFile>>,
    len: u64,
}

/// A sequence of bytes: one segment per part, so that Complete copies nothing.
#[derive(Clone, Debug, Default)]
pub struct Blob {
    segments: Vec<Segment>,
}

impl Blob {
    pub fn len(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len).sum()
    }

    pub fn append(&mut self, other: &Blob) {
        self.segments.extend(other.segments.iter().cloned());
    }

    /// Reads `len` bytes from `start`. Reading bytes that were thrown away is an error.
    pub fn reader(&self, start: u64, len: u64) -> impl Read + Send + 'static {
        let mut skip = start;
        let mut segments: VecDeque<(Segment, u64)> = VecDeque::new();
        for segment in &self.segments {
            if skip >= segment.len {
                skip -= segment.len;
            } else {
                segments.push_back((segment.clone(), skip));
                skip = 0;
            }
        }
        let reader = SegmentReader {
            segments,
            open: None,
        };
        reader.take(len)
    }
}

/// Opens one segment at a time: an object may have 10,000.
struct SegmentReader {
    segments: VecDeque<(Segment, u64)>,
    open: Option<(File, Segment)>,
}

impl Read for SegmentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some((file, _)) = &mut self.open {
                let count = file.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
            }
            let Some((segment, start)) = self.segments.pop_front() else {
                return Ok(0);
            };
            let stored = segment.file.as_ref().ok_or(io::ErrorKind::Unsupported)?;
            let mut file = File::open(&stored.path)?;
            file.seek(SeekFrom::Start(start))?;
            self.open = Some((file, segment));
        }
    }
}

/// What was received: the bytes, and what is known about them.
#[derive(Clone, Debug)]
pub struct Received {
    pub blob: Blob,
    pub md5: Option<[u8; 16]>,
    pub crc64: Option<u64>,
    /// Upper-case hex without quotes: the MD5, or a unique token where there is none.
    pub etag: String,
}

/// Where bytes are stored, and what is computed over them.
#[derive(Debug)]
pub struct Storage {
    pub dir: PathBuf,
    pub keep: bool,
    pub md5: bool,
    pub crc: bool,
    pub next: AtomicU64,
}

impl Storage {
    fn unique(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Stores bytes that are already in memory.
    pub fn store(&self, bytes: &[u8]) -> io::Result<Received> {
        let mut writer = BlobWriter::new(self)?;
        writer.write(bytes)?;
        writer.finish()
    }
}

/// Takes the bytes of one body; dropped before it is finished, it leaves nothing behind.
pub struct BlobWriter {
    stored: Option<(File, Arc<StoredFile>)>,
    len: u64,
    unique: u64,
    md5: Option<Md5>,
    crc: Option<crc_fast::Digest>,
}

impl BlobWriter {
    pub fn new(storage: &Storage) -> io::Result<BlobWriter> {
        let unique = storage.unique();
        let stored = if storage.keep {
            let path = storage.dir.join(format!("{unique:012}"));
            let file = File::create_new(&path)?;
            Some((file, Arc::new(StoredFile { path })))
        } else {
            None
        };
        Ok(BlobWriter {
            stored,
            len: 0,
            unique,
            md5: storage.md5.then(Md5::new),
            crc: storage.crc.then(|| crc_fast::Digest::new(CRC64)),
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some((file, _)) = &mut self.stored {
            // Zeros become holes: tests send sparse files far larger than the disk.
            if is_zero(bytes) {
                file.seek(SeekFrom::Current(bytes.len() as i64))?;
            } else {
                file.write_all(bytes)?;
            }
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(crc) = &mut self.crc {
            crc.update(bytes);
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    pub fn finish(self) -> io::Result<Received> {
        let file = match self.stored {
            Some((file, stored)) => {
                file.set_len(self.len)?;
                Some(stored)
            }
            None => None,
        };
        let md5: Option<[u8; 16]> = self.md5.map(|md5| md5.finalize().into());
        let etag = match md5 {
            Some(md5) => hex::encode_upper(md5),
            None => format!("{:032X}", self.unique),
        };
        Ok(Received {
            blob: Blob {
                segments: vec![Segment {
                    file,
                    len: self.len,
                }],
            },
            md5,
            crc64: self.crc.map(|crc| crc.finalize()),
            etag,
        })
    }
}

/// Every byte equals its neighbour, and the first is zero: a `memcmp`, fast in any build.
fn is_zero(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [first, rest @ ..] => *first == 0 && rest == &bytes[..rest.len()],
    }
}

/// Compares a stream with a file without holding either.
pub fn equals_file(mut stream: impl Read, path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut left = vec![0; 1 << 16];
    let mut right = vec![0; 1 << 16];
    loop {
        let count = stream.read(&mut left)?;
        if count == 0 {
            return Ok(file.read(&mut right)? == 0);
        }
        match file.read_exact(&mut right[..count]) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        if left[..count] != right[..count] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(dir: &Path) -> Storage {
        Storage {
            dir: dir.to_owned(),
            keep: true,
            md5: true,
            crc: true,
            next: AtomicU64::new(0),
        }
    }

    #[test]
    fn digests_are_the_published_ones() {
        let dir = tempfile::tempdir().unwrap();
        let received = storage(dir.path()).store(b"123456789").unwrap();
        assert_eq!(received.crc64, Some(11_051_210_869_376_104_954));
        assert_eq!(received.etag, "25F9E794323B453885F5181F1B624D0B");
    }

    #[test]
    fn segments_read_as_one_and_files_go_with_the_last_user() {
        let dir = tempfile::tempdir().unwrap();
        let storage = storage(dir.path());
        let mut blob = storage.store(b"abc").unwrap().blob;
        blob.append(&storage.store(&[0; 4]).unwrap().blob);
        blob.append(&storage.store(b"def").unwrap().blob);
        let read = |start, len| {
            let mut bytes = Vec::new();
            let mut reader = blob.reader(start, len);
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(read(0, 10), b"abc\0\0\0\0def");
        assert_eq!(read(2, 6), b"c\0\0\0\0d");
        assert_eq!(read(9, 100), b"f");
        drop(BlobWriter::new(&storage).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
        drop(blob);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn crcs_combine() {
        let dir = tempfile::tempdir().unwrap();
        let storage = storage(dir.path());
        let crc = |bytes: &[u8]| storage.store(bytes).unwrap().crc64.unwrap();
        let combined = crc_fast::checksum_combine(CRC64, crc(b"1234"), crc(b"56789"), 5);
        assert_eq!(combined, crc(b"123456789"));
    }
}
