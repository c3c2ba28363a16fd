//! The steps in which the engine writes its checkpoint, in the order of `src/checkpoint/mod.rs`; that it
//! is the same order is for tests/calls/simulated.rs to see. Each is a moment at which the process may
//! die or the disk may fail.

use oss_resumable::checkpoint::record::{self, Loaded};
use oss_resumable::error::{Code, Error};

use super::disk::{Name, Node};
use super::world::{Stop, World};

/// An open checkpoint.
pub struct Records {
    pub node: Node,
}

fn failed(what: &str) -> Error {
    Error::new(Code::Checkpoint, what)
}

fn owner() -> String {
    record::owner_line(1).unwrap()
}

/// Opening ends well, or with an error before any request.
pub type Opened = Result<(Records, Loaded), Error>;

impl World {
    fn disk_fails(&mut self) -> bool {
        let fails = self.random.chance(self.faults.disk);
        self.records_lost |= fails;
        fails
    }

    pub fn write(&mut self, node: Node, text: &str) -> bool {
        if self.disk_fails() {
            // A full disk takes what it can.
            let taken = self.random.index(text.len());
            self.disk.append(node, &text.as_bytes()[..taken]);
            return false;
        }
        self.disk.append(node, text.as_bytes());
        true
    }

    pub fn sync(&mut self, node: Node, writes: usize) -> bool {
        if self.disk_fails() {
            return false;
        }
        self.disk.sync(node, writes);
        true
    }

    fn sync_directory(&mut self) -> bool {
        if self.disk_fails() {
            return false;
        }
        self.disk.sync_directory();
        true
    }

    pub fn open_checkpoint(&mut self) -> Result<Opened, Stop> {
        let existing = self.disk.open(Name::Checkpoint);
        if existing.is_none() && self.disk_fails() {
            return Ok(Err(failed("cannot create")));
        }
        let node = existing.unwrap_or_else(|| self.disk.create(Name::Checkpoint));
        let fresh = existing.is_none();
        self.point()?;
        let bytes = self.disk.content(node);
        if record::is_foreign(bytes) {
            return Ok(Err(failed("not a checkpoint")));
        }
        let loaded = record::load(bytes);
        if !loaded.damaged {
            self.disk.cut(node, loaded.sound_bytes as usize);
            self.point()?;
        }
        if !self.claim(node)? {
            if fresh {
                self.disk.unlink(Name::Checkpoint);
            }
            return Ok(Err(failed("cannot write")));
        }
        Ok(Ok((Records { node }, loaded)))
    }

    fn claim(&mut self, node: Node) -> Result<bool, Stop> {
        if !self.write(node, &owner()) {
            return Ok(false);
        }
        self.point()?;
        if !self.sync(node, usize::MAX) {
            return Ok(false);
        }
        self.point()?;
        if !self.sync_directory() {
            return Ok(false);
        }
        self.point()?;
        Ok(true)
    }

    pub fn append_mixed(&mut self, records: &Records) -> Result<bool, Stop> {
        let written = self.write(records.node, &record::mixed_line().unwrap());
        self.point()?;
        Ok(written && self.sync(records.node, usize::MAX))
    }

    pub fn remove_checkpoint(&mut self, records: &Records) -> Result<bool, Stop> {
        self.point()?;
        if !self.disk_fails() {
            self.disk.unlink(Name::Checkpoint);
            self.point()?;
            return Ok(true);
        }
        self.disk.cut(records.node, 0);
        self.point()?;
        self.sync(records.node, usize::MAX);
        Ok(false)
    }
}

/// A checkpoint that is being written by a thread, step by step.
pub enum Writing {
    Begin { text: String, step: u32, node: Node },
    Completing { step: u32 },
}

impl Writing {
    pub fn begin(header: &record::Header) -> Writing {
        Writing::Begin {
            text: owner() + &record::header_line(header).unwrap(),
            step: 0,
            node: 0,
        }
    }

    /// The next step; what came of it all after the last one.
    pub fn advance(&mut self, world: &mut World, records: &mut Records) -> Option<bool> {
        match self {
            Writing::Completing { step } => {
                *step += 1;
                let done = match step {
                    1 => world.write(records.node, &record::completing_line().unwrap()),
                    _ => world.sync(records.node, usize::MAX),
                };
                (*step == 2 || !done).then_some(done)
            }
            Writing::Begin { text, step, node } => {
                *step += 1;
                let done = match step {
                    1 => {
                        world.disk.unlink(Name::Temporary);
                        true
                    }
                    2 => {
                        let fails = world.disk_fails();
                        if !fails {
                            *node = world.disk.create(Name::Temporary);
                        }
                        !fails
                    }
                    3 => world.write(*node, text),
                    4 => {
                        let fails = world.disk_fails();
                        if !fails {
                            world.disk.rename();
                        }
                        !fails
                    }
                    5 => world.sync(*node, usize::MAX),
                    _ => {
                        records.node = *node;
                        world.sync_directory()
                    }
                };
                if !done && *step < 6 {
                    world.disk.unlink(Name::Temporary);
                }
                (*step == 6 || !done).then_some(done)
            }
        }
    }
}
