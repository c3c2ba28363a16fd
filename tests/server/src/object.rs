//! What tests see of objects and uploads.

use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::blob::{Blob, Received, equals_file};
use crate::store::{Name, Upload};

/// The current content of a key, as the store keeps it.
#[derive(Clone, Debug)]
pub struct Version {
    pub blob: Blob,
    pub crc64: Option<u64>,
    pub etag: String,
    pub headers: Vec<(String, String)>,
    pub modified: i64,
    pub multipart: bool,
}

impl Version {
    /// The content one request body brought.
    pub fn plain(received: Received, headers: Vec<(String, String)>, now: i64) -> Version {
        Version {
            blob: received.blob,
            crc64: received.crc64,
            etag: received.etag,
            headers,
            modified: now,
            multipart: false,
        }
    }
}

/// A stored object. Its bytes stay readable even if the object is overwritten or deleted.
#[derive(Clone, Debug, Serialize)]
pub struct Object {
    pub bucket: String,
    pub key: String,
    pub size: u64,
    pub crc64: Option<u64>,
    /// Without quotes.
    pub etag: String,
    /// Object metadata: lower-case names, values as received.
    pub headers: Vec<(String, String)>,
    /// How many requests committed this key; planted objects do not count.
    pub versions: u32,
    pub version_id: String,
    /// Unix seconds.
    pub last_modified: i64,
    /// Whether it was made of parts.
    pub multipart: bool,
    #[serde(skip)]
    pub(crate) blob: Blob,
}

impl Object {
    pub(crate) fn new(name: &Name, version: Version, commits: u32) -> Object {
        Object {
            bucket: name.0.clone(),
            key: name.1.clone(),
            size: version.blob.len(),
            crc64: version.crc64,
            etag: version.etag,
            headers: version.headers,
            versions: commits,
            version_id: format!("v{commits}"),
            last_modified: version.modified,
            multipart: version.multipart,
            blob: version.blob,
        }
    }

    /// The value of a metadata header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        crate::request::lookup(&self.headers, name)
    }

    /// Streams the content. Not possible for a server in bench mode, which keeps no bytes.
    pub fn reader(&self) -> impl Read + Send + 'static {
        self.blob.reader(0, self.size)
    }

    /// The whole content; for small objects.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.reader()
            .read_to_end(&mut bytes)
            .expect("the object's bytes were kept");
        bytes
    }

    /// Lower-case hex.
    pub fn sha256(&self) -> String {
        self.try_sha256().expect("the object's bytes were kept")
    }

    pub(crate) fn try_sha256(&self) -> io::Result<String> {
        let mut hasher = Sha256::new();
        let mut reader = self.reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(hex::encode(hasher.finalize())),
                count => hasher.update(&buffer[..count]),
            }
        }
    }

    /// Compares byte by byte, streaming.
    pub fn equals_file(&self, path: &Path) -> io::Result<bool> {
        equals_file(self.reader(), path)
    }

    /// Writes the content to a file.
    pub fn copy_to(&self, path: &Path) -> io::Result<u64> {
        io::copy(&mut self.reader(), &mut std::fs::File::create(path)?)
    }
}

/// A part of an open upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartInfo {
    pub number: u32,
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    pub crc64: Option<u64>,
}

/// An upload that is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenUpload {
    pub upload_id: String,
    pub bucket: String,
    pub key: String,
    /// The metadata the object will have.
    pub headers: Vec<(String, String)>,
    /// In order of their numbers.
    pub parts: Vec<PartInfo>,
}

impl From<&Upload> for OpenUpload {
    fn from(upload: &Upload) -> OpenUpload {
        OpenUpload {
            upload_id: upload.id.clone(),
            bucket: upload.bucket.clone(),
            key: upload.key.clone(),
            headers: upload.headers.clone(),
            parts: upload
                .parts
                .iter()
                .map(|(number, part)| PartInfo {
                    number: *number,
                    size: part.received.blob.len(),
                    etag: part.received.etag.clone(),
                    crc64: part.received.crc64,
                })
                .collect(),
        }
    }
}
