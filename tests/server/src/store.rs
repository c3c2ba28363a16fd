//! Objects and open multipart uploads, with the rules OSS has for them.

use std::collections::BTreeMap;

use md5::{Digest, Md5};

use crate::blob::{Blob, CRC64, Received};
use crate::error::OssError;
use crate::object::{Object, Version};
use crate::xml::NamedPart;

/// A part as the store keeps it.
#[derive(Clone, Debug)]
pub struct StoredPart {
    pub received: Received,
    pub modified: i64,
}

/// An upload that is neither completed nor aborted.
#[derive(Clone, Debug)]
pub struct Upload {
    pub id: String,
    pub bucket: String,
    pub key: String,
    /// The headers the object will have.
    pub headers: Vec<(String, String)>,
    pub initiated: i64,
    pub parts: BTreeMap<u32, StoredPart>,
}

/// The parts a Complete request asks for.
pub enum Wanted {
    Named(Vec<NamedPart>),
    /// `x-oss-complete-all: yes`.
    All,
}

/// Bucket and key.
pub type Name = (String, String);

/// What Initiate, Complete and Put have in common.
pub struct Terms {
    /// Headers the object gets.
    pub headers: Vec<(String, String)>,
    pub forbid_overwrite: bool,
    pub now: i64,
}

pub struct Store {
    min_part_size: u64,
    objects: BTreeMap<Name, Version>,
    /// How often requests committed a key, over deletions.
    commits: BTreeMap<Name, u32>,
    uploads: BTreeMap<String, Upload>,
    /// How many parts of an upload are on their way that no abort reaches.
    on_their_way: BTreeMap<String, usize>,
    initiated: u64,
}

impl Store {
    pub fn new(min_part_size: u64) -> Store {
        Store {
            min_part_size,
            objects: BTreeMap::new(),
            commits: BTreeMap::new(),
            uploads: BTreeMap::new(),
            on_their_way: BTreeMap::new(),
            initiated: 0,
        }
    }

    pub fn initiate(&mut self, name: &Name, terms: Terms) -> Result<String, OssError> {
        self.check_overwrite(name, &terms)?;
        let now = terms.now;
        self.initiated += 1;
        // As long as real ids; the count in front keeps them in the order of their making.
        let text = format!("{} {name:?} {now}", self.initiated);
        let id = format!(
            "{:08X}{}",
            self.initiated,
            &hex::encode_upper(Md5::digest(text))[8..]
        );
        self.uploads.insert(
            id.clone(),
            Upload {
                id: id.clone(),
                bucket: name.0.clone(),
                key: name.1.clone(),
                headers: terms.headers,
                initiated: now,
                parts: BTreeMap::new(),
            },
        );
        Ok(id)
    }

    pub fn upload(&self, id: &str, name: &Name) -> Result<&Upload, OssError> {
        self.uploads
            .get(id)
            .filter(|upload| upload.bucket == name.0 && upload.key == name.1)
            .ok_or_else(|| OssError::no_such_upload(id))
    }

    /// The part that finishes last is the one that stays.
    pub fn put_part(
        &mut self,
        id: &str,
        name: &Name,
        number: u32,
        part: StoredPart,
    ) -> Result<(), OssError> {
        self.upload(id, name)?;
        if let Some(upload) = self.uploads.get_mut(id) {
            upload.parts.insert(number, part);
        }
        Ok(())
    }

    pub fn complete(
        &mut self,
        id: &str,
        name: &Name,
        wanted: Wanted,
        terms: Terms,
    ) -> Result<Object, OssError> {
        let upload = self.upload(id, name)?;
        let parts = choose(upload, wanted)?;
        for (number, part) in parts.iter().take(parts.len().saturating_sub(1)) {
            let size = part.received.blob.len();
            if size < self.min_part_size {
                return Err(OssError::new(
                    400,
                    "EntityTooSmall",
                    "Your proposed upload smaller than the minimum allowed size.",
                )
                .with("MinSizeAllowed", self.min_part_size.to_string())
                .with("ProposedSize", size.to_string())
                .with("PartNumber", number.to_string()));
            }
        }
        self.check_overwrite(name, &terms)?;

        let mut blob = Blob::default();
        let mut crc64 = Some(0);
        let mut etags = String::new();
        for (_, part) in &parts {
            let received = &part.received;
            crc64 = crc64.zip(received.crc64).map(|(before, added)| {
                crc_fast::checksum_combine(CRC64, before, added, received.blob.len())
            });
            blob.append(&received.blob);
            etags.push_str(&received.etag);
        }
        let etag = format!("{}-{}", hex::encode_upper(Md5::digest(etags)), parts.len());
        let mut headers = upload.headers.clone();
        headers.extend(terms.headers);
        self.uploads.remove(id);
        let version = Version {
            blob,
            crc64,
            etag,
            headers,
            modified: terms.now,
            multipart: true,
        };
        Ok(self.commit(name, version))
    }

    pub fn put(
        &mut self,
        name: &Name,
        received: Received,
        terms: Terms,
    ) -> Result<Object, OssError> {
        self.check_overwrite(name, &terms)?;
        let version = Version::plain(received, terms.headers, terms.now);
        Ok(self.commit(name, version))
    }

    fn commit(&mut self, name: &Name, version: Version) -> Object {
        *self.commits.entry(name.clone()).or_default() += 1;
        self.objects.insert(name.clone(), version.clone());
        self.describe(name, version)
    }

    /// Stores an object that no request asked for.
    pub fn plant(&mut self, name: &Name, received: Received, now: i64) {
        let version = Version::plain(received, Vec::new(), now);
        self.objects.insert(name.clone(), version);
    }

    pub fn abort(&mut self, id: &str, name: &Name) -> Result<(), OssError> {
        self.upload(id, name)?;
        if self.on_their_way.contains_key(id) {
            if let Some(upload) = self.uploads.get_mut(id) {
                upload.parts.clear();
            }
        } else {
            self.uploads.remove(id);
        }
        Ok(())
    }

    /// From now on a part of this upload is on its way, and outlives an abort.
    pub fn part_sets_out(&mut self, id: &str) {
        *self.on_their_way.entry(id.to_owned()).or_default() += 1;
    }

    /// It has arrived, or never will.
    pub fn part_arrived(&mut self, id: &str) {
        if let Some(count) = self.on_their_way.get_mut(id) {
            *count -= 1;
            if *count == 0 {
                self.on_their_way.remove(id);
            }
        }
    }

    /// Drops an upload as OSS drops one that expired.
    pub fn forget(&mut self, id: &str) -> bool {
        self.uploads.remove(id).is_some()
    }

    pub fn forget_all(&mut self) {
        self.uploads.clear();
    }

    pub fn age_uploads(&mut self, seconds: i64) {
        for upload in self.uploads.values_mut() {
            upload.initiated -= seconds;
        }
    }

    pub fn delete(&mut self, name: &Name) {
        self.objects.remove(name);
    }

    pub fn object(&self, name: &Name) -> Option<Object> {
        let version = self.objects.get(name)?;
        Some(self.describe(name, version.clone()))
    }

    pub fn objects(&self) -> Vec<Object> {
        self.objects
            .iter()
            .map(|(name, version)| self.describe(name, version.clone()))
            .collect()
    }

    pub fn uploads(&self) -> impl Iterator<Item = &Upload> {
        self.uploads.values()
    }

    fn describe(&self, name: &Name, version: Version) -> Object {
        let commits = self.commits.get(name).copied().unwrap_or_default();
        Object::new(name, version, commits)
    }

    fn check_overwrite(&self, name: &Name, terms: &Terms) -> Result<(), OssError> {
        if terms.forbid_overwrite && self.objects.contains_key(name) {
            return Err(OssError::file_already_exists());
        }
        Ok(())
    }
}

/// The parts asked for, in order, if the request names them rightly.
fn choose(upload: &Upload, wanted: Wanted) -> Result<Vec<(u32, StoredPart)>, OssError> {
    let named = match wanted {
        Wanted::All => {
            return Ok(upload
                .parts
                .iter()
                .map(|(number, part)| (*number, part.clone()))
                .collect());
        }
        Wanted::Named(named) => named,
    };
    if !named.is_sorted_by(|left, right| left.number < right.number) {
        return Err(OssError::new(
            400,
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts list must be specified in order \
             by part number.",
        ));
    }
    named
        .into_iter()
        .map(|named| {
            upload
                .parts
                .get(&named.number)
                .filter(|part| bare_etag(&part.received.etag) == bare_etag(&named.etag))
                .map(|part| (named.number, part.clone()))
                .ok_or_else(|| {
                    OssError::new(
                        400,
                        "InvalidPart",
                        "One or more of the specified parts could not be found or the specified \
                         entity tag might not have matched the part's entity tag.",
                    )
                    .with("ETag", named.etag.clone())
                    .with("PartNumber", named.number.to_string())
                    .with("UploadId", upload.id.clone())
                })
        })
        .collect()
}

/// Quotes and case do not matter to OSS, and a proxy may have made a weak ETag of it.
fn bare_etag(etag: &str) -> String {
    let etag = etag.trim();
    etag.strip_prefix("W/")
        .unwrap_or(etag)
        .trim_matches('"')
        .to_uppercase()
}
