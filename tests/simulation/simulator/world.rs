//! All that outlives one run of the program, and what is counted.

use std::time::Duration;

use oss_resumable::checkpoint::record;
use oss_resumable::config::{ResumeRules, Verify};

use oss_resumable::plan::{PartSize, Plan};

use super::disk::Disk;
use super::faults::{Faults, Rights};
use super::invariants::{Broken, Watch};
use super::random::Random;
use super::server::Server;
use super::source::{BLOCK, Piece, Source};

/// Chosen so that the seeds that failed before this was a choice are still with a checkpoint.
const NO_CHECKPOINT: u64 = 20;

/// What the user asked for.
#[derive(Clone)]
pub struct Wanted {
    pub part_size: u64,
    pub in_flight: u32,
    pub rules: ResumeRules,
    pub endpoint: &'static str,
    pub headers: &'static str,
    pub has_callback: bool,
    pub has_checkpoint: bool,
}

impl Default for Wanted {
    fn default() -> Wanted {
        Wanted {
            part_size: 2 * BLOCK,
            in_flight: 3,
            rules: ResumeRules::default(),
            endpoint: "https://a.b",
            headers: "",
            has_callback: false,
            has_checkpoint: true,
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub runs: u64,
    pub steps: u64,
    pub requests: u64,
    pub kills: u64,
    pub power_cuts: u64,
    pub edits: u64,
    pub sent_again: u64,
    pub commits: u64,
    pub unknown: u64,
    /// Runs without a checkpoint, those of them that failed after an upload was begun, and uploads that
    /// these left behind and told of.
    pub unrecorded: u64,
    pub unrecorded_failures: u64,
    pub left_and_told: u64,
    /// Parts sent by the run that has ended last.
    pub parts: u64,
}

impl Counts {
    pub fn add(&mut self, other: &Counts) {
        self.runs += other.runs;
        self.steps += other.steps;
        self.requests += other.requests;
        self.kills += other.kills;
        self.power_cuts += other.power_cuts;
        self.edits += other.edits;
        self.sent_again += other.sent_again;
        self.commits += other.commits;
        self.unknown += other.unknown;
        self.unrecorded += other.unrecorded;
        self.unrecorded_failures += other.unrecorded_failures;
        self.left_and_told += other.left_and_told;
    }
}

#[derive(Clone)]
pub struct World {
    pub random: Random,
    pub faults: Faults,
    pub rights: Rights,
    pub server: Server,
    pub source: Source,
    pub disk: Disk,
    pub wanted: Wanted,
    pub watch: Watch,
    pub counts: Counts,
    /// The number of the run, from 1.
    pub run: u32,
    /// Crash at this step of the run, and at no other.
    pub crash_at: Option<u64>,
    /// Steps of the present run.
    pub step: u64,
    /// Something could not be written, so that resuming is lost.
    pub records_lost: bool,
    pub removal_failed: bool,
    /// Tell every step on stderr.
    pub trace: bool,
    /// Virtual time at the end of the run.
    pub now: Duration,
}

/// Why a run goes no further.
pub enum Stop {
    Crash,
    Broken(Broken),
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Stop {
        Stop::Broken(broken)
    }
}

impl World {
    pub fn new(random: Random, size: u64) -> World {
        World {
            random,
            faults: Faults::default(),
            rights: Rights::default(),
            server: Server::default(),
            source: Source::new(size),
            disk: Disk::default(),
            wanted: Wanted::default(),
            watch: Watch::default(),
            counts: Counts::default(),
            run: 0,
            crash_at: None,
            step: 0,
            records_lost: false,
            removal_failed: false,
            trace: std::env::var_os("TRACE").is_some(),
            now: Duration::ZERO,
        }
    }

    pub fn any(mut random: Random) -> World {
        let has_checkpoint = !random.aside(NO_CHECKPOINT, 4);
        let size = any_size(&mut random);
        let faults = Faults::any(&mut random);
        let rights = Rights::any(&mut random);
        let wanted = Wanted {
            in_flight: 1 + random.below(4) as u32,
            rules: ResumeRules {
                verify: match random.below(4) {
                    0 => Verify::Always,
                    _ => Verify::WhenInDoubt,
                },
                by_content: random.chance(120),
            },
            has_callback: random.chance(150),
            has_checkpoint,
            ..Wanted::default()
        };
        let mut world = World::new(random, size);
        world.faults = faults;
        world.rights = rights;
        world.wanted = wanted;
        world.server.forbids_overwrite = world.random.chance(100);
        world
    }

    /// Of the file as it is now.
    pub fn plan(&self) -> Plan {
        let size = self.source.size(self.source.open());
        Plan::new(size, PartSize::Bytes(self.wanted.part_size)).unwrap()
    }

    /// The object is what the file is now.
    pub fn is_there(&self) -> bool {
        let object = self.server.object.as_ref();
        object.is_some_and(|object| self.source.is_now(&object.piece))
    }

    /// Of the checkpoint: parts that are recorded, whether Complete was about to be sent, and how many
    /// parts there are in all.
    pub fn recorded(&self) -> (u32, bool, u32) {
        let loaded = record::load(self.disk.checkpoint());
        let parts = loaded.header.map_or(0, |header| header.parts);
        (loaded.parts.len() as u32, loaded.completing, parts)
    }

    /// The checkpoint is not of the file as it is now.
    pub fn is_outdated(&self) -> bool {
        let loaded = record::load(self.disk.checkpoint());
        let now = self.source.identity(self.source.open());
        loaded.header.is_some_and(|header| header.file != now)
    }

    /// A moment at which the process may die.
    pub fn point(&mut self) -> Result<(), Stop> {
        self.step += 1;
        self.counts.steps += 1;
        let dies = match self.crash_at {
            Some(step) => step == self.step,
            None => self.random.chance(self.faults.crash),
        };
        if dies { Err(Stop::Crash) } else { Ok(()) }
    }

    /// The process has died, by chance with the machine. Where the crash was asked for, whoever asked
    /// for it decides that.
    pub fn crash(&mut self, aborts: usize) -> Result<(), Broken> {
        if self.crash_at.is_none() && self.random.chance(500) {
            self.power_cut(|disk, random| disk.power_cut_by_chance(random));
        } else {
            self.counts.kills += 1;
        }
        self.check_crash(aborts)
    }

    pub fn power_cut(&mut self, cut: impl FnOnce(&mut Disk, &mut Random)) {
        self.counts.power_cuts += 1;
        let before = record::load(self.disk.checkpoint());
        cut(&mut self.disk, &mut self.random);
        let after = record::load(self.disk.checkpoint());
        // Records of parts that were not synchronised yet.
        let lost = before.parts.len().saturating_sub(after.parts.len());
        self.watch.may_be_sent_again += lost as u64;
    }

    /// What happens while nothing of ours runs.
    pub fn between_runs(&mut self) {
        let faults = self.faults;
        if self.random.chance(20 * faults.edit) {
            self.counts.edits += 1;
            self.source.change(&mut self.random, 8 * 2 * BLOCK);
        }
        // The user asks for something else.
        if self.random.chance(3 * faults.edit) {
            match self.random.below(4) {
                0 => self.wanted.part_size = (1 + self.random.below(3)) * 2 * BLOCK,
                1 => self.wanted.endpoint = ["https://a.b", "https://c.d"][self.random.index(2)],
                2 => self.wanted.headers = ["", "1"][self.random.index(2)],
                _ => self.wanted.in_flight = 1 + self.random.below(4) as u32,
            }
        }
        self.happens();
    }

    /// What others do at any moment.
    pub fn happens(&mut self) {
        let faults = self.faults;
        if !self.server.late.is_empty() && self.random.chance(60) {
            let at = self.random.index(self.server.late.len());
            // The upload that this may begin is nobody's.
            let begun = self.server.deliver_late(at);
            self.watch.orphans.extend(begun);
        }
        if self.random.chance(faults.forget) {
            self.server.uploads.clear();
        }
        if self.random.chance(faults.stranger) {
            match self.random.below(2) {
                0 => self.server.delete(),
                _ => {
                    let mut other = Piece::empty();
                    other.len = 7;
                    other.blocks.push(u64::MAX);
                    self.server.put(other, 0);
                }
            }
        }
    }
}

fn any_size(random: &mut Random) -> u64 {
    let part = 2 * BLOCK;
    match random.below(8) {
        0 => random.below(2) * 50,
        1 => part,
        2 => part * (9 + random.below(25)),
        _ => part * (1 + random.below(8)) + random.below(3) * 17,
    }
}
