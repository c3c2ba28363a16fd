//! Does what the machine decides: a thin loop around its events and actions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{Id, JoinSet};

use crate::body::BufferPool;
use crate::bug::{self, Bug};
use crate::call::{Committed, Failure, FailureKind};
use crate::checkpoint::record::{Header, VERSION};
use crate::checkpoint::{self, Checkpoint};
use crate::client::Client;
use crate::config::{ResumeRules, UploadRequest};
use crate::error::{Error, Result, Stage};
use crate::lock::atomic::{AtomicBool, Ordering};
use crate::log::Level;
use crate::multipart::{Api, Content, Flag};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::runtime;
use crate::source::{Likeness, Source};

use super::commit;
use super::events::{Action, CallId, Ending, Event, Settings, Start, warning};
use super::machine::Machine;
use super::resume;

/// How an upload ended.
#[derive(Debug)]
pub struct Report {
    pub outcome: Result<Committed>,
    pub crc64: u64,
    /// See [`warning`].
    pub warnings: u32,
    pub upload_id: Option<String>,
    pub resumed_bytes: u64,
    /// 0 when the upload ended before it was planned.
    pub part_size: u64,
    pub parts: u32,
    pub retries: u32,
}

impl Report {
    pub fn failed(error: Error) -> Report {
        Report {
            outcome: Err(error),
            crc64: 0,
            warnings: 0,
            upload_id: None,
            resumed_bytes: 0,
            part_size: 0,
            parts: 0,
            retries: 0,
        }
    }
}

/// The way into a running upload.
#[derive(Debug, Default)]
pub struct Control {
    pub progress: Arc<Progress>,
    pub cancel: Flag,
    /// Outlives a driver that panics, and with it what the machine knew.
    may_have_committed: AtomicBool,
}

impl Control {
    /// The end of an upload whose driver came to none because of a bug of ours: once a commit has been
    /// handed out, only asking the server would tell that nothing is committed.
    pub fn broken(&self, error: Error) -> Report {
        let is_unknown = self.may_have_committed.load(Ordering::Acquire);
        if !is_unknown || bug::seeded(Bug::PanicHidesCommit) {
            return Report::failed(error);
        }
        Report::failed(commit::unknown(&error.message))
    }
}

/// Runs one upload to its end.
pub async fn run(client: Arc<Client>, request: UploadRequest, control: Arc<Control>) -> Report {
    let (owner, log) = (client.next_owner(), Arc::clone(&client.log));
    let target = format!("oss://{}/{}", request.bucket, request.object);
    let report = run_logged(client, request, control, owner).await;
    match &report.outcome {
        Ok(_) => log.line(Level::Info, || {
            let Report {
                parts,
                retries,
                warnings,
                ..
            } = report;
            format!(
                "upload={owner} stored {target} parts={parts} retries={retries} warnings={warnings}"
            )
        }),
        Err(error) => log.line(Level::Error, || {
            let stage = error.stage.name();
            format!("upload={owner} failed {target} stage={stage} {error}")
        }),
    }
    report
}

async fn run_logged(
    client: Arc<Client>,
    request: UploadRequest,
    control: Arc<Control>,
    owner: u64,
) -> Report {
    let wanted = request.clone();
    let endpoint = client.config.endpoint.identity();
    let prepared = runtime::blocking(move || prepare(&endpoint, &wanted)).await;
    let prepared = match prepared.flatten() {
        Ok(prepared) => prepared,
        Err(error) => return Report::failed(error),
    };
    let local = match client.local() {
        Ok(local) => local,
        Err(error) => return Report::failed(error),
    };
    let plan = prepared.plan;
    let progress = Arc::clone(&control.progress);
    progress.set_total(plan.size(), plan.parts());
    client.log.line(Level::Info, || {
        let (bytes, parts, size) = (plan.size(), plan.parts(), plan.part_size());
        let begun = match &prepared.start {
            Start::Fresh { .. } => "new",
            Start::Resume { .. } => "resumed",
        };
        format!("upload={owner} {begun} bytes={bytes} parts={parts} part_size={size}")
    });
    let settings = Settings {
        plan,
        bucket: request.bucket.clone(),
        object: request.object.clone(),
        parts_in_flight: request.parts_in_flight,
        has_checkpoint: request.checkpoint.is_some(),
        has_callback: request.headers.has_callback(),
        limits: client.config.limits,
        // Without randomness the waits are merely less spread.
        seed: getrandom::u64().unwrap_or(1),
    };
    let api = Api {
        owner,
        client,
        local,
        bucket: request.bucket,
        object: request.object,
        headers: request.headers,
        content: Some(Content {
            source: Arc::clone(&prepared.source),
            plan,
            progress,
            buffers: Arc::new(BufferPool::default()),
        }),
        stop_put: Arc::default(),
    };
    let driver = Driver {
        machine: Machine::new(settings, prepared.start),
        api: Arc::new(api),
        source: prepared.source,
        plan,
        header: prepared.header,
        checkpoint: prepared.checkpoint,
        control,
        started: Instant::now(),
        calls: JoinSet::new(),
        call_ids: HashMap::new(),
        local: JoinSet::new(),
        sync: Sync::Clean,
    };
    driver.run().await
}

struct Prepared {
    source: Arc<Source>,
    plan: Plan,
    header: Header,
    checkpoint: Option<Checkpoint>,
    start: Start,
}

/// Everything that can be refused before the first request is.
fn prepare(endpoint: &str, request: &UploadRequest) -> Result<Prepared> {
    let source = Source::of(&request.input)?;
    let plan = Plan::new(source.size(), request.part_size)
        .map_err(|error| Error::invalid("part_size", error))?;
    let header = Header {
        version: VERSION,
        endpoint: endpoint.to_owned(),
        bucket: request.bucket.clone(),
        object: request.object.clone(),
        upload_id: String::new(),
        part_size: plan.part_size(),
        parts: plan.parts(),
        file: source.identity().clone(),
        headers: request.headers.fingerprint(),
    };
    let rules = ResumeRules {
        // Nothing else tells one buffer from another.
        by_content: request.resume.by_content || source.is_memory(),
        ..request.resume
    };
    let opened = match &request.checkpoint {
        None => None,
        Some(place) => {
            let (bucket, object) = (&request.bucket, &request.object);
            let path = checkpoint::path_for(place, endpoint, bucket, object, request.input.path())?;
            if source.is_at(&path) {
                let problem = "is the file that is to be uploaded";
                return Err(Error::invalid("checkpoint_path", problem));
            }
            if plan.is_single() {
                // One request needs no checkpoint, but an earlier upload may have left one.
                Checkpoint::open_existing(&path)?
            } else {
                Some(Checkpoint::open(&path)?)
            }
        }
    };
    let (checkpoint, start) = match opened {
        None => (
            None,
            Start::Fresh {
                stale: None,
                elsewhere: false,
            },
        ),
        Some((mut checkpoint, loaded)) => {
            let is_mixed = loaded.mixed;
            let is_same = loaded
                .header
                .as_ref()
                .is_some_and(|begun| header.file.compare(&begun.file) == Likeness::Same);
            let start = resume::start_from(loaded, &header, plan.is_single(), rules);
            // What is found to differ is sent again, and then there are parts of two files; the next run
            // has to know, however alike it finds them.
            if let Start::Resume { in_doubt, .. } = &start
                && (*in_doubt || !is_same)
                && !is_mixed
            {
                checkpoint.append_mixed()?;
            }
            (Some(checkpoint), start)
        }
    };
    Ok(Prepared {
        source: Arc::new(source),
        plan,
        header,
        checkpoint,
        start,
    })
}

/// Whether the records written so far are on the disk and not only in the page cache.
#[derive(PartialEq)]
enum Sync {
    Clean,
    Running,
    /// Written to again since the running one began.
    Dirty,
}

struct LocalDone {
    event: Event,
    checkpoint: Option<Checkpoint>,
    synced: bool,
}

struct Driver {
    machine: Machine,
    api: Arc<Api>,
    source: Arc<Source>,
    plan: Plan,
    header: Header,
    /// Away while a thread writes to it.
    checkpoint: Option<Checkpoint>,
    control: Arc<Control>,
    started: Instant,
    calls: JoinSet<(CallId, crate::call::Outcome)>,
    call_ids: HashMap<Id, CallId>,
    local: JoinSet<Result<LocalDone>>,
    sync: Sync,
}

impl Driver {
    async fn run(mut self) -> Report {
        let mut canceled = false;
        self.feed(Event::Started);
        loop {
            while let Some(action) = self.machine.next_action() {
                if let Action::Finish(ending) = action {
                    return self.finish(*ending).await;
                }
                self.act(action);
            }
            let timer = self.machine.next_timer();
            let event = tokio::select! {
                Some(joined) = self.calls.join_next_with_id() => self.call_ended(joined),
                Some(joined) = self.local.join_next() => match joined {
                    Ok(Ok(done)) => self.local_ended(done),
                    Ok(Err(error)) => return self.control.broken(error),
                    Err(panic) => return self.control.broken(Error::internal(panic)),
                },
                () = self.control.cancel.raised(), if !canceled => {
                    canceled = true;
                    Event::Canceled
                }
                () = sleep_until(self.started, timer) => Event::Tick,
            };
            self.feed(event);
        }
    }

    fn feed(&mut self, event: Event) {
        self.machine.handle(self.started.elapsed(), event);
        if let Some(may_have) = self.machine.may_have_committed() {
            let known = &self.control.may_have_committed;
            known.store(may_have, Ordering::Release);
        }
        let progress = &self.control.progress;
        progress.set_done(self.machine.done_bytes(), self.machine.parts_done());
        progress.set_resumed(self.machine.resumed_bytes());
        // Last: who sees that resuming is over sees what it gave.
        progress.set_stage(self.machine.stage());
        progress.set_retries(self.machine.retries());
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Send { id, call, tries } => {
                let api = Arc::clone(&self.api);
                let task = self
                    .calls
                    .spawn(async move { (id, api.perform(&call, tries).await) });
                self.call_ids.insert(task.id(), id);
            }
            Action::DropCalls => {
                // Dropping a call closes its connection.
                self.calls.abort_all();
                self.calls.detach_all();
                self.call_ids.clear();
            }
            Action::StopPut => self.api.stop_put.raise(),
            Action::Hash { number } => {
                let (source, control) = (Arc::clone(&self.source), Arc::clone(&self.control));
                let part = self.plan.part(number);
                self.spawn_local(move || Event::Hashed {
                    number,
                    crc: part.map_or(Ok(0), |part| {
                        source.crc_of(part.offset, part.len, &|| control.cancel.is_raised())
                    }),
                });
            }
            Action::VerifySource { crcs } => {
                let (source, control) = (Arc::clone(&self.source), Arc::clone(&self.control));
                let plan = self.plan;
                self.spawn_local(move || {
                    let stop = || control.cancel.is_raised();
                    Event::SourceVerified(source.verify(&plan, &crcs, &stop))
                });
            }
            Action::SaveHeader { upload_id } => {
                let mut header = Header {
                    upload_id,
                    ..self.header.clone()
                };
                if bug::seeded(Bug::SecretInCheckpoint)
                    && let Some(credentials) = self.api.client.credentials.held()
                {
                    header.headers.push_str(credentials.access_key_secret());
                }
                self.spawn_save(move |checkpoint| Event::HeaderSaved(checkpoint.begin(&header)));
            }
            Action::SaveCompleting => self.spawn_save(|checkpoint| {
                Event::CompletingSaved(checkpoint.append_completing().is_ok())
            }),
            Action::SavePart { number, part } => {
                let saved = self
                    .checkpoint
                    .as_mut()
                    .is_some_and(|checkpoint| checkpoint.append_part(number, &part).is_ok());
                if saved {
                    self.sync_soon();
                }
                self.feed(Event::PartSaved(saved));
            }
            Action::Finish(_) => {}
        }
    }

    fn spawn_local(&mut self, work: impl FnOnce() -> Event + Send + 'static) {
        self.local.spawn(runtime::blocking(move || LocalDone {
            event: work(),
            checkpoint: None,
            synced: false,
        }));
    }

    fn spawn_save(&mut self, work: impl FnOnce(&mut Checkpoint) -> Event + Send + 'static) {
        let Some(mut checkpoint) = self.checkpoint.take() else {
            let error = Error::internal("the checkpoint is away");
            return self.feed(Event::HeaderSaved(Err(error)));
        };
        self.local.spawn(runtime::blocking(move || LocalDone {
            event: work(&mut checkpoint),
            checkpoint: Some(checkpoint),
            synced: false,
        }));
    }

    /// Records are made durable in groups: as many at a time as are written while the disk is busy.
    fn sync_soon(&mut self) {
        if self.sync != Sync::Clean {
            self.sync = Sync::Dirty;
            return;
        }
        let Some(file) = self.checkpoint.as_ref().map(Checkpoint::syncer) else {
            return;
        };
        self.sync = Sync::Running;
        self.local.spawn(runtime::blocking(move || LocalDone {
            event: match file.sync_data() {
                Ok(()) => Event::Tick,
                Err(_) => Event::PartSaved(false),
            },
            checkpoint: None,
            synced: true,
        }));
    }

    fn local_ended(&mut self, done: LocalDone) -> Event {
        if done.checkpoint.is_some() {
            self.checkpoint = done.checkpoint;
        }
        if done.synced {
            let dirty = self.sync == Sync::Dirty;
            self.sync = Sync::Clean;
            if dirty {
                self.sync_soon();
            }
        }
        done.event
    }

    fn call_ended(
        &mut self,
        joined: std::result::Result<(Id, (CallId, crate::call::Outcome)), tokio::task::JoinError>,
    ) -> Event {
        if self.machine.may_have_committed() == Some(true) {
            assert!(!bug::seeded(Bug::DriverPanics), "seeded");
        }
        match joined {
            Ok((task, (id, outcome))) => {
                self.call_ids.remove(&task);
                Event::Replied {
                    id,
                    outcome: Box::new(outcome),
                }
            }
            Err(panic) => Event::Replied {
                id: self.call_ids.remove(&panic.id()).unwrap_or(0),
                outcome: Box::new(Err(Failure {
                    kind: FailureKind::Local,
                    // It may have been on its way when the panic happened.
                    maybe_applied: true,
                    error: Error::internal(panic).at(self.machine.stage()),
                })),
            },
        }
    }

    async fn finish(mut self, ending: Ending) -> Report {
        self.calls.abort_all();
        let mut warnings = ending.warnings;
        loop {
            // To remove the file waits for the disk as well; who has given up is not kept waiting.
            let is_syncing = self.sync != Sync::Clean && ending.remove_checkpoint;
            let joined = if self.checkpoint.is_none() || is_syncing {
                self.local.join_next().await
            } else {
                self.local.try_join_next()
            };
            match joined {
                Some(Ok(Ok(done))) => {
                    if done.synced {
                        self.sync = Sync::Clean;
                    }
                    if matches!(done.event, Event::PartSaved(false)) {
                        warnings |= warning::RESUMABILITY_LOST;
                    }
                    self.checkpoint = self.checkpoint.or(done.checkpoint);
                }
                Some(_) => {}
                None => break,
            }
        }
        if let Some(checkpoint) = self.checkpoint.take()
            && ending.remove_checkpoint
        {
            let removed = runtime::blocking(move || checkpoint.remove()).await;
            if !matches!(removed, Ok(true)) {
                warnings |= warning::CHECKPOINT_LEFT;
            }
        }
        if ending.outcome.is_ok() {
            let parts = self.plan.parts();
            self.control.progress.set_done(self.plan.size(), parts);
        }
        if bug::seeded(Bug::DescriptorLeaked) {
            std::mem::forget(self.source);
        }
        self.control.progress.set_stage(Stage::Done);
        Report {
            outcome: ending.outcome,
            crc64: ending.crc64,
            warnings,
            upload_id: ending.upload_id,
            resumed_bytes: self.machine.resumed_bytes(),
            part_size: self.plan.part_size(),
            parts: self.plan.parts(),
            retries: self.machine.retries(),
        }
    }
}

async fn sleep_until(started: Instant, timer: Option<Duration>) {
    match timer {
        Some(timer) => tokio::time::sleep_until((started + timer).into()).await,
        None => std::future::pending().await,
    }
}
