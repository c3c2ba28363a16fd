//! The server: what it has, and what it does with a request that has arrived.

use std::collections::BTreeMap;

use oss_resumable::call::Call;
use oss_resumable::plan::Plan;
use oss_resumable::xml::ListedPart;

use super::source::Piece;

pub const BUCKET: &str = "bucket";
pub const OBJECT: &str = "key";
const PAGE: usize = 3;

#[derive(Clone)]
pub struct Object {
    pub piece: Piece,
    /// By whom it was put there: a run of ours, or 0 for somebody else.
    pub run: u32,
}

/// One of ours.
#[derive(Clone, Copy)]
pub struct Commit {
    /// 0 when nobody can find out any more that it was there.
    pub run: u32,
    pub crc64: u64,
}

/// A request whose sender has given it up, and which arrives all the same.
#[derive(Clone)]
pub struct Late {
    pub call: Call,
    pub piece: Option<Piece>,
    pub run: u32,
}

impl Late {
    pub fn commits(&self) -> bool {
        matches!(self.call, Call::Complete { .. } | Call::Put)
    }
}

#[derive(Clone, Default)]
pub struct Server {
    pub uploads: BTreeMap<String, BTreeMap<u32, Piece>>,
    pub object: Option<Object>,
    pub commits: Vec<Commit>,
    /// Raised whenever another object is at the key.
    pub revision: u64,
    pub late: Vec<Late>,
    pub forbids_overwrite: bool,
    begun: u32,
}

pub enum Done {
    Begun(String),
    Stored(Piece),
    Listed(Vec<ListedPart>, Option<u32>),
    Committed(u64),
    Aborted,
    Found(u64, u64),
}

/// HTTP status and OSS's code.
pub type Refusal = (u16, &'static str);

impl Server {
    pub fn put(&mut self, piece: Piece, run: u32) {
        self.revision += 1;
        self.object = Some(Object { piece, run });
    }

    /// By somebody else.
    pub fn delete(&mut self) {
        self.revision += 1;
        self.object = None;
        self.commits.iter_mut().for_each(|commit| commit.run = 0);
    }

    pub fn commits_of(&self, run: u32) -> usize {
        self.commits
            .iter()
            .filter(|commit| commit.run == run)
            .count()
    }

    /// A request that was given up before. A server that answers a question about an object has
    /// finished the commits that came before the question.
    pub fn deliver_late(&mut self, at: usize) -> Option<String> {
        let late = self.late.swap_remove(at);
        match self.apply(&late.call, late.piece, late.run) {
            Ok(Done::Begun(id)) => Some(id),
            _ => None,
        }
    }

    pub fn settle(&mut self) {
        while let Some(at) = self.late.iter().position(Late::commits) {
            self.deliver_late(at);
        }
    }

    fn commit(&mut self, piece: Piece, run: u32) -> Result<Done, Refusal> {
        if self.forbids_overwrite && self.object.is_some() {
            return Err((409, "FileAlreadyExists"));
        }
        let crc64 = piece.crc64();
        self.put(piece, run);
        self.commits.push(Commit { run, crc64 });
        Ok(Done::Committed(crc64))
    }

    /// `piece` is the body.
    pub fn apply(&mut self, call: &Call, piece: Option<Piece>, run: u32) -> Result<Done, Refusal> {
        const GONE: Refusal = (404, "NoSuchUpload");
        match call {
            Call::Initiate => {
                if self.forbids_overwrite && self.object.is_some() {
                    return Err((409, "FileAlreadyExists"));
                }
                self.begun += 1;
                let id = format!("id-{}", self.begun);
                self.uploads.insert(id.clone(), BTreeMap::new());
                Ok(Done::Begun(id))
            }
            Call::UploadPart { upload_id, number } => {
                let parts = self.uploads.get_mut(upload_id).ok_or(GONE)?;
                let piece = piece.expect("a part has a body");
                parts.insert(*number, piece.clone());
                Ok(Done::Stored(piece))
            }
            Call::ListParts { upload_id, marker } => {
                let parts = self.uploads.get(upload_id).ok_or(GONE)?;
                let mut rest = parts.range(marker + 1..);
                let page: Vec<ListedPart> = rest
                    .by_ref()
                    .take(PAGE)
                    .map(|(number, piece)| ListedPart {
                        number: *number,
                        size: piece.len,
                        etag: format!("\"{}\"", etag(piece)),
                        crc64: Some(piece.crc64()),
                    })
                    .collect();
                let next = rest.next().and(page.last()).map(|part| part.number);
                Ok(Done::Listed(page, next))
            }
            Call::Complete { upload_id, parts } => {
                let stored = self.uploads.get(upload_id).ok_or(GONE)?;
                // What is asked for, even if that is not all that there is.
                let mut whole = Piece::empty();
                for (number, wanted) in parts {
                    match stored.get(number) {
                        Some(piece) if etag(piece) == *wanted => whole.append(piece),
                        _ => return Err((400, "InvalidPart")),
                    }
                }
                if !parts.is_sorted_by(|one, next| one.0 < next.0) {
                    return Err((400, "InvalidPartOrder"));
                }
                let done = self.commit(whole, run)?;
                self.uploads.remove(upload_id);
                Ok(done)
            }
            Call::Abort(upload) => {
                assert_eq!((&*upload.bucket, &*upload.object), (BUCKET, OBJECT));
                let aborted = self.uploads.remove(&upload.upload_id);
                aborted.map(|_| Done::Aborted).ok_or(GONE)
            }
            Call::Head => {
                self.settle();
                let object = self.object.as_ref().ok_or((404, "NoSuchKey"))?;
                Ok(Done::Found(object.piece.len, object.piece.crc64()))
            }
            Call::Put => self.commit(piece.expect("an object has a body"), run),
            Call::ListUploads { .. } => unreachable!("not a call of an upload"),
        }
    }

    /// How many requests an upload of this plan may take when nothing fails, whatever there is to
    /// resume, to clean up and to begin again.
    pub fn most_requests(plan: Plan) -> u64 {
        let parts = u64::from(plan.parts());
        2 * parts + parts.div_ceil(PAGE as u64) + 20
    }
}

pub fn etag(piece: &Piece) -> String {
    format!("{:016X}", piece.crc64() ^ piece.len)
}
