//! One run of the program: what `src/transfer/driver.rs` does, with virtual time and in any order. The
//! steps of the checkpoint are compared with the library's (tests/calls/simulated.rs), for runs in which
//! no call fails; that the rest is done as the driver does it, no test says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use oss_resumable::call::{Call, Outcome};
use oss_resumable::checkpoint::record::{self, Header};
use oss_resumable::config::Limits;
use oss_resumable::error::{Code, Error};
use oss_resumable::plan::{PartSize, Plan};
use oss_resumable::source::{FileIdentity, Likeness};
use oss_resumable::transfer::events::{Action, CallId, Ending, Event, Settings, Start, warning};
use oss_resumable::transfer::machine::Machine;
use oss_resumable::transfer::resume;

use super::calls::Flight;
use super::invariants::{Broken, Rule, must};
use super::reading::Reading;
use super::records::{Records, Writing};
use super::server::{BUCKET, OBJECT};
use super::world::{Stop, World};

/// More than any run needs; a run that takes longer is stuck in a circle.
const MAX_STEPS: u64 = 50_000;

pub enum Ended {
    Crashed,
    /// Before any request.
    Refused(Error),
    Finished(Box<Ending>),
}

/// What goes on beside the machine. Each step of it is one step of the simulation.
pub(super) enum Task {
    Call(Box<Flight>),
    Reading(Reading),
    Writing(Writing),
    /// Records on their way to the disk.
    Sync {
        node: usize,
        writes: usize,
    },
    Ready(Event),
}

#[derive(PartialEq)]
enum Sync {
    Clean,
    Running,
    Dirty,
}

pub(super) struct Run<'w> {
    pub world: &'w mut World,
    machine: Machine,
    pub tasks: Vec<Task>,
    pub now: Duration,
    pub handle: usize,
    pub opened: FileIdentity,
    pub plan: Plan,
    header: Header,
    records: Option<Records>,
    sync: Sync,
    pub canceled: bool,
    /// Parts that reached the server, by upload.
    pub delivered: BTreeSet<(String, u32)>,
    /// Not to be sent again before, as the server asked.
    pub not_before: BTreeMap<CallId, Duration>,
    /// Aborts that were sent.
    pub aborts: usize,
    pub header_is_durable: bool,
    /// Calls that begin an upload.
    pub begun: BTreeSet<CallId>,
    /// The machine knows that it is to stop.
    pub cancel_heard: bool,
}

/// Runs the program once, from what the last run has left to its end.
pub fn run(world: &mut World) -> Result<Ended, Broken> {
    world.run += 1;
    world.counts.runs += 1;
    world.step = 0;
    world.records_lost = false;
    world.removal_failed = false;
    world.watch.unheard = 0;
    world.watch.excused = 0;
    world.counts.parts = 0;
    world.disk.steps.clear();
    let mut run = match Run::prepare(world) {
        Ok(Ok(run)) => run,
        Ok(Err(error)) => return Ok(Ended::Refused(error)),
        Err(Stop::Broken(broken)) => return Err(broken),
        Err(Stop::Crash) => {
            world.crash(0)?;
            return Ok(Ended::Crashed);
        }
    };
    let stopped = run.steps();
    let parts = u64::from(run.plan.parts());
    let aborts = run.aborts;
    let (now, world) = (run.now, run.world);
    world.now = now;
    world.counts.commits += world.server.commits_of(world.run) as u64;
    world.counts.sent_again = world.watch.sent_again;
    if !matches!(&stopped, Ok(ending) if ending.outcome.is_ok()) {
        world.watch.may_be_sent_again += u64::from(world.wanted.in_flight) + 1;
    }
    if world.records_lost {
        world.watch.may_be_sent_again += parts;
    }
    match stopped {
        Ok(ending) => Ok(Ended::Finished(ending)),
        Err(Stop::Broken(broken)) => Err(broken),
        Err(Stop::Crash) => {
            world.crash(aborts)?;
            Ok(Ended::Crashed)
        }
    }
}

impl<'w> Run<'w> {
    fn prepare(world: &'w mut World) -> Result<Result<Run<'w>, Error>, Stop> {
        let handle = world.source.open();
        let opened = world.source.identity(handle);
        let size = PartSize::Bytes(world.wanted.part_size);
        let plan = Plan::new(opened.size, size).unwrap();
        let header = Header {
            version: record::VERSION,
            endpoint: world.wanted.endpoint.into(),
            bucket: BUCKET.into(),
            object: OBJECT.into(),
            upload_id: String::new(),
            part_size: plan.part_size(),
            parts: plan.parts(),
            file: opened.clone(),
            headers: world.wanted.headers.into(),
        };
        let mut records = None;
        let mut start = Start::Fresh {
            stale: None,
            elsewhere: false,
        };
        if !world.wanted.has_checkpoint {
            world.counts.unrecorded += 1;
        } else if !plan.is_single() || !world.disk.checkpoint().is_empty() {
            let (found, loaded) = match world.open_checkpoint()? {
                Ok(opened) => opened,
                Err(error) => return Ok(Err(error)),
            };
            let is_known = loaded.mixed
                || loaded
                    .header
                    .as_ref()
                    .is_some_and(|begun| opened.compare(&begun.file) == Likeness::Same);
            start = resume::start_from(loaded, &header, plan.is_single(), world.wanted.rules);
            if matches!(start, Start::Resume { .. }) && !is_known && !world.append_mixed(&found)? {
                return Ok(Err(Error::new(Code::Checkpoint, "disk")));
            }
            records = Some(found);
        }
        let settings = Settings {
            plan,
            bucket: BUCKET.into(),
            object: OBJECT.into(),
            parts_in_flight: world.wanted.in_flight,
            has_checkpoint: world.wanted.has_checkpoint,
            has_callback: world.wanted.has_callback,
            limits: Limits::default(),
            seed: world.random.any(),
        };
        Ok(Ok(Run {
            machine: Machine::new(settings, start),
            tasks: vec![Task::Ready(Event::Started)],
            now: Duration::ZERO,
            handle,
            opened,
            plan,
            header,
            records,
            sync: Sync::Clean,
            canceled: false,
            delivered: BTreeSet::new(),
            not_before: BTreeMap::new(),
            aborts: 0,
            header_is_durable: false,
            begun: BTreeSet::new(),
            cancel_heard: false,
            world,
        }))
    }

    fn steps(&mut self) -> Result<Box<Ending>, Stop> {
        let ended = self.steps_to_end();
        if ended.is_err() {
            self.drop_calls();
        }
        ended
    }

    fn steps_to_end(&mut self) -> Result<Box<Ending>, Stop> {
        while self.world.step < MAX_STEPS {
            while let Some(action) = self.machine.next_action() {
                self.tell("", &action);
                self.world.point()?;
                if let Action::Finish(ending) = action {
                    return self.finish(ending);
                }
                self.act(action)?;
            }
            self.world.point()?;
            self.surroundings();
            self.world.check_step()?;
            if let Some(event) = self.next_event()? {
                self.cancel_heard |= matches!(event, Event::Canceled);
                self.tell("    ", &event);
                self.machine.handle(self.now, event);
            }
            self.world.check_step()?;
        }
        let stage = self.machine.stage();
        let text = format!("no end after {MAX_STEPS} steps, in stage {stage:?}");
        let rule = Rule::Progress;
        Err(Broken { rule, text }.into())
    }

    fn tell(&self, indent: &str, what: &dyn std::fmt::Debug) {
        if self.world.trace {
            let (run, step, now) = (self.world.run, self.world.step, self.now);
            eprintln!("{run}.{step:<4} {now:>12?} {indent}{what:?}");
        }
    }

    /// What happens of itself.
    fn surroundings(&mut self) {
        let faults = self.world.faults;
        if !self.canceled && self.world.random.chance(faults.cancel) {
            self.canceled = true;
            self.tasks.push(Task::Ready(Event::Canceled));
        }
        if self.world.random.chance(faults.edit) {
            self.world.counts.edits += 1;
            self.world
                .source
                .change(&mut self.world.random, 4 * self.header.part_size);
        }
        if self.world.random.chance(faults.leap) {
            self.now += Duration::from_secs(600 + self.world.random.below(60_000));
        }
        self.world.happens();
    }

    fn next_event(&mut self) -> Result<Option<Event>, Stop> {
        let timer = self.machine.next_timer();
        if let Some(timer) = timer
            && (self.tasks.is_empty() || self.world.random.chance(200))
        {
            self.now = self.now.max(timer);
            return Ok(Some(Event::Tick));
        }
        must(!self.tasks.is_empty(), Rule::Progress, || {
            let stage = self.machine.stage();
            format!("nothing is coming and no timer runs, in stage {stage:?}")
        })?;
        self.now += Duration::from_millis(self.world.random.below(50));
        let at = self.world.random.index(self.tasks.len());
        // The others keep their order.
        let task = self.tasks.remove(at);
        Ok(self.advance(task))
    }

    /// One step of a task; it stays where it is until its last one.
    fn advance(&mut self, task: Task) -> Option<Event> {
        match task {
            Task::Ready(event) => return Some(event),
            Task::Call(mut flight) => {
                if let Some(outcome) = flight.outcome.take() {
                    return Some(self.replied(flight.id, outcome, flight.pause));
                }
                let outcome = self.arrive(&mut flight);
                if super::answers::stalled(&outcome) {
                    self.now += Duration::from_secs(30);
                }
                flight.outcome = Some(outcome);
                self.tasks.push(Task::Call(flight));
            }
            Task::Reading(mut reading) => match reading.advance(self) {
                Some(event) => return Some(event),
                None => self.tasks.insert(0, Task::Reading(reading)),
            },
            Task::Writing(mut writing) => {
                let records = self.records.as_mut().expect("there is a checkpoint");
                match writing.advance(self.world, records) {
                    Some(done) => return Some(written(&writing, done)),
                    None => self.tasks.insert(0, Task::Writing(writing)),
                }
            }
            Task::Sync { node, writes } => {
                let synced = self.world.sync(node, writes);
                let dirty = self.sync == Sync::Dirty;
                self.sync = Sync::Clean;
                if dirty {
                    self.sync_soon();
                }
                return Some(if synced {
                    Event::Tick
                } else {
                    Event::PartSaved(false)
                });
            }
        }
        None
    }

    fn replied(&mut self, id: CallId, outcome: Outcome, pause: Duration) -> Event {
        self.not_before.insert(id, self.now + pause);
        Event::Replied {
            id,
            outcome: Box::new(outcome),
        }
    }

    fn act(&mut self, action: Action) -> Result<(), Stop> {
        match action {
            Action::Send { id, call, tries: _ } => {
                self.check_sending(id, &call)?;
                self.aborts += usize::from(matches!(call, Call::Abort(_)));
                let flight = Flight::new(self, id, call);
                self.tasks.push(Task::Call(Box::new(flight)));
            }
            Action::DropCalls => self.drop_calls(),
            Action::StopPut => {
                for task in &mut self.tasks {
                    if let Task::Call(flight) = task {
                        flight.stop();
                    }
                }
            }
            Action::Hash { number } => {
                self.tasks
                    .push(Task::Reading(Reading::part(self.plan, number)));
            }
            Action::VerifySource { crcs } => {
                self.tasks
                    .push(Task::Reading(Reading::all(self.plan, crcs)));
            }
            Action::SaveHeader { .. } | Action::SavePart { .. } | Action::SaveCompleting
                if self.records.is_none() =>
            {
                must(false, Rule::NothingKept, || {
                    format!("{action:?} without a checkpoint")
                })?;
            }
            Action::SaveHeader { upload_id } => {
                let header = Header {
                    upload_id,
                    ..self.header.clone()
                };
                self.tasks.push(Task::Writing(Writing::begin(&header)));
            }
            Action::SaveCompleting => {
                let writing = Writing::Completing { step: 0 };
                self.tasks.push(Task::Writing(writing));
            }
            Action::SavePart { number, part } => {
                let line = record::part_line(number, &part).unwrap();
                let node = self.records.as_ref().map(|records| records.node);
                let saved = node.is_some_and(|node| self.world.write(node, &line));
                if saved {
                    self.sync_soon();
                }
                self.machine.handle(self.now, Event::PartSaved(saved));
            }
            Action::Finish(_) => {}
        }
        Ok(())
    }

    /// Groups, as the driver makes them.
    fn sync_soon(&mut self) {
        if self.sync != Sync::Clean {
            self.sync = Sync::Dirty;
            return;
        }
        let Some(records) = &self.records else {
            return;
        };
        self.sync = Sync::Running;
        let (node, writes) = (records.node, self.world.disk.unsynced(records.node));
        self.tasks.push(Task::Sync { node, writes });
    }

    fn drop_calls(&mut self) {
        let (calls, others) = std::mem::take(&mut self.tasks)
            .into_iter()
            .partition(|task| matches!(task, Task::Call(_)));
        self.tasks = others;
        for task in calls {
            if let Task::Call(flight) = task {
                self.abandon(*flight);
            }
        }
    }

    fn finish(&mut self, mut ending: Box<Ending>) -> Result<Box<Ending>, Stop> {
        self.drop_calls();
        // A thread that writes is waited for.
        while let Some(at) = (self.tasks.iter()).position(|task| matches!(task, Task::Writing(_))) {
            let task = self.tasks.remove(at);
            self.advance(task);
            self.world.point()?;
        }
        if let Some(records) = self.records.take()
            && ending.remove_checkpoint
            && !self.world.remove_checkpoint(&records)?
        {
            ending.warnings |= warning::CHECKPOINT_LEFT;
            self.world.removal_failed = true;
        }
        self.check_cleaned_up(&ending)?;
        self.world.check_ending(&ending)?;
        self.world.check_step()?;
        Ok(ending)
    }
}

fn written(writing: &Writing, done: bool) -> Event {
    match writing {
        Writing::Begin { .. } if done => Event::HeaderSaved(Ok(())),
        Writing::Begin { .. } => Event::HeaderSaved(Err(Error::new(Code::Checkpoint, "disk"))),
        Writing::Completing { .. } => Event::CompletingSaved(done),
    }
}
