//! What must hold after every step, and what must hold when a run has ended.

use std::collections::BTreeSet;

use oss_resumable::checkpoint::record;
use oss_resumable::error::{Code, Stage};
use oss_resumable::transfer::events::{Ending, warning};

use super::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// What is visible is one state of the file, or what was there before.
    NoWrongObject,
    /// Success means that the object is there, with the CRC64 that is reported.
    TrueSuccess,
    /// A failure hides no commit.
    HonestFailure,
    /// Every run ends, and once faults stop the object comes.
    Progress,
    /// What the server has is sent again for no more than (parts in flight + 1) per interruption.
    LittleSentAgain,
    /// No unfinished upload is left behind unsaid.
    NoLeak,
    /// The upload id is durable before a part is sent, `completing` before Complete is.
    DurableFirst,
    /// Without a checkpoint nothing is written.
    NothingKept,
    /// Never more parts in flight than asked for, never before the time the server asked for.
    Polite,
}

#[derive(Debug)]
pub struct Broken {
    pub rule: Rule,
    pub text: String,
}

pub fn must(holds: bool, rule: Rule, text: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds {
        return Ok(());
    }
    Err(Broken { rule, text: text() })
}

/// What is remembered between the steps.
#[derive(Clone, Default)]
pub struct Watch {
    revision: u64,
    /// Parts that the server had and that were sent again by a later run.
    pub sent_again: u64,
    pub may_be_sent_again: u64,
    /// Uploads that nobody will finish or abort any more, and why is known.
    pub orphans: BTreeSet<String>,
    /// Of the present run: uploads begun whose id never reached us, and how many of them by an answer
    /// that did not look as if something had been begun.
    pub unheard: usize,
    pub excused: usize,
}

impl World {
    pub fn check_step(&mut self) -> Result<(), Broken> {
        self.check_object()?;
        let watch = &self.watch;
        must(
            watch.sent_again <= watch.may_be_sent_again,
            Rule::LittleSentAgain,
            || {
                format!(
                    "{} parts sent again, {} allowed",
                    watch.sent_again, watch.may_be_sent_again
                )
            },
        )?;
        let orphans = self.server.uploads.keys();
        let unknown = orphans.filter(|id| !watch.orphans.contains(*id)).count();
        must(unknown <= 2 + watch.unheard, Rule::NoLeak, || {
            format!("{unknown} uploads at a time")
        })
    }

    fn check_object(&mut self) -> Result<(), Broken> {
        if self.server.revision == self.watch.revision {
            return Ok(());
        }
        self.watch.revision = self.server.revision;
        let Some(object) = &self.server.object else {
            return Ok(());
        };
        let right = object.run == 0 || self.source.was_ever(&object.piece);
        must(right, Rule::NoWrongObject, || {
            format!("no state of the file: {:?}", object.piece)
        })
    }

    pub fn check_ending(&mut self, ending: &Ending) -> Result<(), Broken> {
        let run = self.run;
        match &ending.outcome {
            Ok(said) => {
                let crc64 = ending.crc64;
                must(
                    said.crc64.is_none_or(|said| said == crc64),
                    Rule::TrueSuccess,
                    || format!("success with another CRC64: {ending:?}"),
                )?;
                let committed = self.server.commits.iter();
                let ours = committed
                    .filter(|commit| commit.crc64 == ending.crc64)
                    .count();
                let there = self.server.object.as_ref();
                let there = there.is_some_and(|object| object.piece.crc64() == ending.crc64);
                must(ours > 0 || there, Rule::TrueSuccess, || {
                    format!("success without an object: {ending:?}")
                })?;
                let left = self.disk.checkpoint();
                let said = self.removal_failed;
                must(left.is_empty() || said, Rule::TrueSuccess, || {
                    "the checkpoint outlived the success".into()
                })?;
            }
            Err(error) if error.code == Code::CommitUnknown => {}
            // Says that there is an object, and that it is not right.
            Err(error) if error.code == Code::Integrity && error.stage == Stage::Complete => {}
            Err(error) => {
                let commits = self.server.commits_of(run);
                let late = self.server.late.iter();
                let coming = late.filter(|late| late.run == run && late.commits());
                let hidden = commits + coming.count();
                must(hidden == 0, Rule::HonestFailure, || {
                    format!("{hidden} commits hidden by {error:?}")
                })?;
            }
        }
        let new = self.new_orphans();
        let said = ending.warnings & warning::UPLOAD_LEFT != 0;
        must(
            said || new.len() <= self.watch.excused,
            Rule::NoLeak,
            || format!("{new:?} left behind and not a word of it"),
        )?;
        self.watch.orphans.extend(new);
        Ok(())
    }

    /// After a crash and what it did to the disk.
    pub fn check_crash(&mut self, aborts: usize) -> Result<(), Broken> {
        let new = self.new_orphans();
        let allowed = 1 + self.watch.unheard + aborts;
        must(new.len() <= allowed, Rule::NoLeak, || {
            format!("{new:?} left behind by one crash, {allowed} allowed")
        })?;
        self.watch.orphans.extend(new);
        Ok(())
    }

    fn new_orphans(&self) -> Vec<String> {
        let known = record::load(self.disk.checkpoint()).header;
        let known = known.map(|header| header.upload_id);
        let left = self.server.uploads.keys();
        left.filter(|id| Some(*id) != known.as_ref() && !self.watch.orphans.contains(*id))
            .cloned()
            .collect()
    }
}
