//! The file read again, part by part, while others may write to it: as `Source::crc_of` and
//! `Source::verify` of the engine.

use oss_resumable::plan::{Part, Plan};
use oss_resumable::source::{Likeness, SourceError};
use oss_resumable::transfer::events::Event;

use super::run::Run;
use super::source::{BLOCK, Piece};

pub(super) struct Reading {
    parts: Vec<Part>,
    at: usize,
    kind: Kind,
}

enum Kind {
    One,
    /// All parts must be these; the time is that of the last change before.
    All {
        crcs: Vec<u64>,
        ctime: Option<i64>,
    },
}

impl Reading {
    pub fn part(plan: Plan, number: u32) -> Reading {
        Reading {
            parts: plan.part(number).into_iter().collect(),
            at: 0,
            kind: Kind::One,
        }
    }

    pub fn all(plan: Plan, crcs: Vec<u64>) -> Reading {
        Reading {
            parts: plan.iter().collect(),
            at: 0,
            kind: Kind::All { crcs, ctime: None },
        }
    }

    /// One part further.
    pub fn advance(&mut self, run: &mut Run) -> Option<Event> {
        let number = self.parts[0].number;
        match &mut self.kind {
            Kind::One => {
                let crc = crc_of(run, self.parts[0]);
                return Some(Event::Hashed { number, crc });
            }
            Kind::All {
                ctime: ctime @ None,
                ..
            } => match run.world.source.check(run.handle, &run.opened) {
                Ok(Likeness::Same) => return Some(Event::SourceVerified(Ok(()))),
                Err(error) => return Some(Event::SourceVerified(Err(error))),
                Ok(_) => *ctime = Some(run.world.source.ctime(run.handle)),
            },
            Kind::All { crcs, ctime } => match self.parts.get(self.at) {
                Some(part) => {
                    let changed = || SourceError::Changed("the file was modified".into());
                    let found = match crc_of(run, *part) {
                        Ok(crc) if Some(&crc) != crcs.get(self.at) => Err(changed()),
                        other => other,
                    };
                    if let Err(error) = found {
                        return Some(Event::SourceVerified(Err(error)));
                    }
                    self.at += 1;
                }
                None => {
                    let mut result = run.world.source.check(run.handle, &run.opened).map(|_| ());
                    if Some(run.world.source.ctime(run.handle)) != *ctime {
                        result = Err(SourceError::Changed("the file was modified".into()));
                    }
                    return Some(Event::SourceVerified(result));
                }
            },
        }
        None
    }
}

fn crc_of(run: &Run, part: Part) -> Result<u64, SourceError> {
    if run.canceled && part.len > 0 {
        return Err(SourceError::Stopped);
    }
    let blocks = run.world.source.read(run.handle, part, 0, usize::MAX >> 1);
    if (blocks.len() as u64) < part.len.div_ceil(BLOCK) {
        return Err(SourceError::Changed("the file was truncated".into()));
    }
    let piece = Piece {
        len: part.len,
        blocks,
    };
    Ok(piece.crc64())
}
