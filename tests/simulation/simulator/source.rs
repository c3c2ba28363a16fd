//! The file that is uploaded, as numbered versions of blocks: bytes do not matter, only that they differ.

use oss_resumable::crc;
use oss_resumable::plan::Part;
use oss_resumable::source::{FileIdentity, Likeness, SourceError};

use super::random::Random;

/// Half of the smallest part, so that a part can be torn between two states of the file.
pub const BLOCK: u64 = 51_200;
const CORRUPT: u64 = 1 << 63;

/// Bytes of the file: `index << 32 | version` for each block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub len: u64,
    pub blocks: Vec<u64>,
}

impl Piece {
    pub fn crc64(&self) -> u64 {
        let mut left = self.len;
        self.blocks.iter().fold(crc::crc64(&[]), |crc, block| {
            let len = left.min(BLOCK);
            left -= len;
            crc::combine(crc, crc::crc64(&block.to_le_bytes()), len)
        })
    }

    /// Other bytes than were sent.
    pub fn corrupt(&mut self) {
        if let Some(block) = self.blocks.first_mut() {
            *block ^= CORRUPT;
        }
    }

    pub fn append(&mut self, next: &Piece) {
        self.len += next.len;
        self.blocks.extend(&next.blocks);
    }

    pub fn empty() -> Piece {
        Piece {
            len: 0,
            blocks: Vec::new(),
        }
    }
}

#[derive(Clone, Debug)]
struct File {
    inode: u64,
    content: Piece,
    mtime: i64,
    ctime: i64,
}

/// Every file that the name has led to.
#[derive(Clone)]
pub struct Source {
    files: Vec<File>,
    /// What the name leads to.
    named: usize,
    /// Every state that a reader of the name could have found.
    states: Vec<Piece>,
    clock: i64,
    version: u64,
}

impl Source {
    pub fn new(size: u64) -> Source {
        let mut source = Source {
            files: Vec::new(),
            named: 0,
            states: Vec::new(),
            clock: 1,
            version: 0,
        };
        source.replace(size);
        source
    }

    pub fn open(&self) -> usize {
        self.named
    }

    pub fn size(&self, handle: usize) -> u64 {
        self.files[handle].content.len
    }

    pub fn was_ever(&self, object: &Piece) -> bool {
        self.states.contains(object)
    }

    pub fn is_now(&self, object: &Piece) -> bool {
        self.files[self.named].content == *object
    }

    pub fn identity(&self, handle: usize) -> FileIdentity {
        let file = &self.files[handle];
        FileIdentity {
            path: "/f".into(),
            size: file.content.len,
            mtime: (file.mtime, 0),
            device: Some(1),
            inode: Some(file.inode),
            ctime: Some((file.ctime, 0)),
        }
    }

    /// The blocks of `part` from its `from`th on, at most `count`; what lies behind the end is missing.
    pub fn read(&self, handle: usize, part: Part, from: usize, count: usize) -> Vec<u64> {
        let first = (part.offset / BLOCK) as usize;
        let blocks = part.len.div_ceil(BLOCK) as usize;
        let all = &self.files[handle].content.blocks;
        let wanted = first + from..(first + blocks).min(first + from + count);
        all.get(wanted.start..wanted.end.min(all.len()))
            .unwrap_or_default()
            .to_vec()
    }

    pub fn ctime(&self, handle: usize) -> i64 {
        self.files[handle].ctime
    }

    /// As `Source::check_handle` of the engine, without its file.
    pub fn check_handle(
        &self,
        handle: usize,
        opened: &FileIdentity,
    ) -> Result<Likeness, SourceError> {
        match self.identity(handle).compare(opened) {
            Likeness::Different => Err(SourceError::Changed("the file changed".into())),
            likeness => Ok(likeness),
        }
    }

    /// As `Source::check`: by the name as well.
    pub fn check(&self, handle: usize, opened: &FileIdentity) -> Result<Likeness, SourceError> {
        let likeness = self.check_handle(handle, opened)?;
        if handle != self.named {
            return Err(SourceError::Changed("the file was replaced".into()));
        }
        Ok(likeness)
    }

    // ── what others do to it ──────────────────────────────────────────────────────────────────────

    pub fn change(&mut self, random: &mut Random, max_size: u64) {
        self.clock += 1;
        let clock = self.clock;
        let keeps_size = max_size == 0;
        let size = self.size(self.named);
        let file = &mut self.files[self.named];
        file.ctime = clock;
        match random.below(8) {
            // chmod, rename and back
            0 => {}
            // touch
            1 => file.mtime = clock,
            // A copy with the times of the first.
            2 => {
                let copy = File {
                    inode: clock as u64,
                    ..file.clone()
                };
                self.files.push(copy);
                self.named = self.files.len() - 1;
            }
            3 => return self.replace(size),
            4 if !keeps_size => return self.replace(random.below(max_size)),
            5 if !keeps_size => {
                file.mtime = clock;
                let len = random.below(max_size);
                self.resize(len);
            }
            // An edit in place, and one whose time is set back.
            kind => {
                if kind == 6 {
                    file.mtime = clock;
                }
                let at = random.index(file.content.blocks.len());
                if let Some(block) = file.content.blocks.get_mut(at) {
                    self.version += 1;
                    *block = (at as u64) << 32 | self.version;
                }
            }
        }
        self.note();
    }

    pub fn replace(&mut self, size: u64) {
        self.clock += 1;
        self.files.push(File {
            inode: self.clock as u64,
            content: Piece::empty(),
            mtime: self.clock,
            ctime: self.clock,
        });
        self.named = self.files.len() - 1;
        self.resize(size);
        self.note();
    }

    fn resize(&mut self, len: u64) {
        self.version += 1;
        let content = &mut self.files[self.named].content;
        let blocks = len.div_ceil(BLOCK) as usize;
        // The block that was last has other bytes now.
        let kept = blocks.min(content.blocks.len()).saturating_sub(1);
        content.blocks.truncate(kept);
        let version = self.version;
        content
            .blocks
            .extend((kept..blocks).map(|at| (at as u64) << 32 | version));
        content.len = len;
    }

    fn note(&mut self) {
        let now = self.files[self.named].content.clone();
        if !self.states.contains(&now) {
            self.states.push(now);
        }
    }
}
