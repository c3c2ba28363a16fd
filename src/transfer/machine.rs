//! The decisions of an upload, without I/O: events in, actions out. Time and randomness come in with
//! them, so that every order of events can be tried by a test.
//!
//! ```text
//! fresh:   [abort stale] → Initiate → header durable → parts … → verify source → completing → Complete
//! resume:  [hash in doubt] → ListParts → [hash adopted] → parts …
//! one part: PutObject
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::call::{Answer, Call, Committed, Failure, FailureKind, Outcome, UploadRef};
use crate::checkpoint::record::DonePart;
use crate::config::Limits;
use crate::crc;
use crate::error::{Code, Error, Result, Stage};
use crate::plan::Plan;
use crate::retry::{Attempts, Random, Verdict};
use crate::source::SourceError;
use crate::xml::ListedPart;

/// A part whose CRC64 differs is sent again this often before the upload is given up.
const MAX_CRC_MISMATCHES: u32 = 3;

/// Things worth telling about an upload that do not change its outcome.
pub mod warning {
    /// The checkpoint could not be written; the upload went on without.
    pub const RESUMABILITY_LOST: u32 = 1;
    /// The object is stored, but the upload callback failed (HTTP 203).
    pub const CALLBACK_FAILED: u32 = 2;
    /// The upload id was gone or unusable; everything was sent again under a new one.
    pub const RESTARTED: u32 = 4;
    /// The part size was raised so that the file fits into 10,000 parts.
    pub const PART_SIZE_RAISED: u32 = 8;
    /// The checkpoint could not be deleted; it was emptied.
    pub const CHECKPOINT_LEFT: u32 = 16;
    /// An unfinished upload may be left on the server, because it could not be aborted.
    pub const UPLOAD_LEFT: u32 = 32;
}

pub struct Settings {
    pub plan: Plan,
    pub bucket: String,
    pub object: String,
    pub parts_in_flight: u32,
    pub has_checkpoint: bool,
    pub limits: Limits,
    pub seed: u64,
}

/// What the checkpoint said.
pub enum Start {
    Fresh {
        /// An upload that can no longer be continued.
        stale: Option<UploadRef>,
    },
    Resume {
        upload_id: String,
        parts: BTreeMap<u32, DonePart>,
        completing: bool,
        /// Only reading the finished parts again tells whether they still hold.
        in_doubt: bool,
    },
}

pub type CallId = u64;

#[derive(Debug)]
pub enum Event {
    Started,
    Replied {
        id: CallId,
        outcome: Outcome,
    },
    Hashed {
        number: u32,
        crc: Result<u64, SourceError>,
    },
    HeaderSaved(Result<()>),
    PartSaved(bool),
    CompletingSaved(bool),
    SourceVerified(Result<(), SourceError>),
    Canceled,
    /// Time has passed.
    Tick,
}

#[derive(Debug)]
pub enum Action {
    Send {
        id: CallId,
        call: Call,
        stalls: u32,
    },
    /// Close the connections of everything in flight; no reply is wanted any more.
    DropCalls,
    /// Let PutObject end if its body is out, break it off otherwise; either way a reply follows.
    StopPut,
    /// Read a part again and tell its CRC64.
    Hash {
        number: u32,
    },
    SaveHeader {
        upload_id: String,
    },
    SavePart {
        number: u32,
        part: DonePart,
    },
    SaveCompleting,
    VerifySource {
        crcs: Vec<u64>,
    },
    Finish(Box<Ending>),
}

/// The one end of an upload.
#[derive(Debug)]
pub struct Ending {
    pub outcome: Result<Committed>,
    pub warnings: u32,
    pub upload_id: Option<String>,
    pub crc64: u64,
    /// The outcome is known, or nothing more can be learned: the checkpoint has served.
    pub remove_checkpoint: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    AbortingStale,
    Hashing,
    Listing,
    Adopting,
    Initiating,
    SavingHeader,
    Uploading,
    Verifying,
    SavingCompleting,
    Completing,
    Settling,
    Putting,
    Closing,
    Done,
}

pub(super) struct Pending {
    pub call: Call,
    pub attempts: Attempts,
    pub crc_mismatches: u32,
    /// Waiting to be sent (again); in flight otherwise.
    pub due: Option<Duration>,
}

pub struct Machine {
    pub(super) settings: Settings,
    pub(super) phase: Phase,
    pub(super) now: Duration,
    pub(super) random: Random,
    pub(super) actions: VecDeque<Action>,
    pub(super) pending: BTreeMap<CallId, Pending>,
    next_id: CallId,
    /// Nothing is sent before, because the server asked for a pause.
    hold_until: Duration,
    answered: bool,
    pub(super) canceled: bool,
    pub(super) upload_id: Option<String>,
    pub(super) done: BTreeMap<u32, DonePart>,
    queue: VecDeque<u32>,
    /// Parts to be read again, before they are trusted.
    to_hash: VecDeque<u32>,
    listed: BTreeMap<u32, ListedPart>,
    completing_recorded: bool,
    /// Records of this upload are being kept.
    pub(super) resumable: bool,
    pub(super) restarts: u32,
    pub(super) warnings: u32,
    pub(super) resumed_bytes: u64,
    pub(super) commit: super::commit::Commit,
    done_bytes: u64,
    retries: u32,
}

impl Machine {
    pub fn new(settings: Settings, start: Start) -> Machine {
        let mut machine = Machine {
            random: Random::new(settings.seed),
            phase: Phase::AbortingStale,
            now: Duration::ZERO,
            actions: VecDeque::new(),
            pending: BTreeMap::new(),
            next_id: 1,
            hold_until: Duration::ZERO,
            answered: false,
            canceled: false,
            upload_id: None,
            done: BTreeMap::new(),
            queue: VecDeque::new(),
            to_hash: VecDeque::new(),
            listed: BTreeMap::new(),
            completing_recorded: false,
            resumable: false,
            restarts: 0,
            warnings: 0,
            resumed_bytes: 0,
            commit: super::commit::Commit::default(),
            done_bytes: 0,
            retries: 0,
            settings,
        };
        if machine.settings.plan.raised() {
            machine.warnings |= warning::PART_SIZE_RAISED;
        }
        match start {
            Start::Fresh { stale } => machine.commit.stale = stale,
            Start::Resume {
                upload_id,
                parts,
                completing,
                in_doubt,
            } => {
                machine.phase = Phase::Hashing;
                machine.upload_id = Some(upload_id);
                machine.resumable = true;
                machine.completing_recorded = completing;
                if in_doubt {
                    machine.to_hash = parts.keys().copied().collect();
                }
                machine.done = parts;
            }
        }
        machine
    }

    pub fn handle(&mut self, now: Duration, event: Event) {
        self.now = self.now.max(now);
        if self.phase == Phase::Done {
            return;
        }
        match event {
            Event::Started => self.start(),
            Event::Replied { id, outcome } => self.replied(id, outcome),
            Event::Hashed { number, crc } => self.hashed(number, crc),
            Event::HeaderSaved(result) => self.header_saved(result),
            Event::PartSaved(saved) => self.note_saved(saved),
            Event::CompletingSaved(saved) => {
                self.note_saved(saved);
                if self.phase == Phase::SavingCompleting {
                    self.send_complete();
                }
            }
            Event::SourceVerified(result) => self.source_verified(result),
            Event::Canceled => self.cancel(),
            Event::Tick => {}
        }
        self.send_due();
        self.check_patience();
    }

    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to send a `Tick` if nothing else happens before.
    pub fn next_timer(&self) -> Option<Duration> {
        let due = self
            .pending
            .values()
            .filter_map(|pending| pending.due)
            .min();
        [due, self.commit.patience_ends].into_iter().flatten().min()
    }

    pub fn stage(&self) -> Stage {
        match self.phase {
            Phase::AbortingStale | Phase::Initiating | Phase::SavingHeader => Stage::Initiate,
            Phase::Hashing | Phase::Listing | Phase::Adopting => Stage::Resume,
            Phase::Uploading | Phase::Putting => Stage::Upload,
            Phase::Verifying | Phase::SavingCompleting | Phase::Completing => Stage::Complete,
            Phase::Settling => Stage::Settle,
            Phase::Closing => Stage::Abort,
            Phase::Done => Stage::Done,
        }
    }

    pub fn parts_done(&self) -> u32 {
        u32::try_from(self.done.len()).unwrap_or(u32::MAX)
    }

    pub fn done_bytes(&self) -> u64 {
        self.done_bytes
    }

    pub fn resumed_bytes(&self) -> u64 {
        self.resumed_bytes
    }

    pub fn retries(&self) -> u32 {
        self.retries
    }

    fn start(&mut self) {
        if self.phase == Phase::Hashing {
            self.hash_next();
        } else {
            self.begin_fresh();
        }
    }

    pub(super) fn begin_fresh(&mut self) {
        self.upload_id = None;
        self.resumable = false;
        self.completing_recorded = false;
        self.done.clear();
        self.listed.clear();
        self.to_hash.clear();
        self.done_bytes = 0;
        self.resumed_bytes = 0;
        self.commit.maybe_committed = false;
        if let Some(stale) = self.commit.stale.take() {
            self.phase = Phase::AbortingStale;
            self.send(Call::Abort(stale));
        } else if self.settings.plan.is_single() {
            self.phase = Phase::Putting;
            self.send(Call::Put);
        } else {
            self.phase = Phase::Initiating;
            self.send(Call::Initiate);
        }
    }

    /// The upload id is dead or its parts are not what they should be. Once; a second time is an error.
    pub(super) fn restart(&mut self, failure: Failure, stale: Option<UploadRef>) {
        if self.restarts > 0 {
            return self.fail(failure.error);
        }
        self.restarts += 1;
        self.warnings |= warning::RESTARTED;
        self.drop_calls();
        self.commit.stale = stale;
        self.begin_fresh();
    }

    // ── resuming ──────────────────────────────────────────────────────────────────────────────────

    pub(super) fn hash_whole(&mut self) {
        self.to_hash = VecDeque::from([1]);
        self.actions.push_back(Action::Hash { number: 1 });
    }

    fn hash_next(&mut self) {
        if let Some(number) = self.to_hash.front() {
            let number = *number;
            return self.actions.push_back(Action::Hash { number });
        }
        match self.phase {
            Phase::Hashing => {
                let all = self.done.len() == self.settings.plan.parts() as usize;
                if self.completing_recorded && all {
                    // Complete may have been sent before; it settles what became of it.
                    self.commit.maybe_committed = true;
                    self.resumed_bytes = self.settings.plan.size();
                    self.done_bytes = self.resumed_bytes;
                    return self.send_complete();
                }
                self.list(0);
            }
            _ => self.begin_uploading(),
        }
    }

    fn hashed(&mut self, number: u32, crc: Result<u64, SourceError>) {
        if self.to_hash.front() != Some(&number) {
            return;
        }
        self.to_hash.pop_front();
        let crc = match crc {
            Ok(crc) => crc,
            Err(_) if self.phase == Phase::Settling => return self.end_unhashed(),
            Err(error) => return self.fail_source(error),
        };
        match self.phase {
            Phase::Settling => return self.whole_hashed(crc),
            Phase::Hashing if self.done.get(&number).is_some_and(|part| part.crc64 != crc) => {
                self.done.remove(&number);
            }
            Phase::Adopting => {
                if let Some(part) = self.listed.get(&number)
                    && part.crc64 == Some(crc)
                {
                    let part = DonePart {
                        etag: part.etag.trim_matches('"').to_owned(),
                        crc64: crc,
                    };
                    self.record(number, part);
                }
            }
            _ => {}
        }
        self.hash_next();
    }

    fn list(&mut self, marker: u32) {
        let Some(upload_id) = self.upload_id.clone() else {
            return self.begin_fresh();
        };
        self.phase = Phase::Listing;
        self.send(Call::ListParts { upload_id, marker });
    }

    fn listed(&mut self, parts: Vec<ListedPart>, next: Option<u32>) {
        for part in parts {
            self.listed.insert(part.number, part);
        }
        if let Some(marker) = next {
            return self.list(marker);
        }
        let (plan, listed) = (&self.settings.plan, &self.listed);
        let fits = |number: &u32, part: &ListedPart| {
            plan.part(*number)
                .is_some_and(|planned| planned.len == part.size)
        };
        // What was overwritten or lost on the server since would make Complete fail.
        self.done.retain(|number, done| {
            listed.get(number).is_some_and(|part| {
                fits(number, part) && part.etag.trim_matches('"').eq_ignore_ascii_case(&done.etag)
            })
        });
        // Stored, but the reply was lost: kept if the file still holds the same bytes.
        self.to_hash = listed
            .iter()
            .filter(|(number, part)| {
                !self.done.contains_key(number) && part.crc64.is_some() && fits(number, part)
            })
            .map(|(number, _)| *number)
            .collect();
        self.phase = Phase::Adopting;
        self.hash_next();
    }

    // ── parts ─────────────────────────────────────────────────────────────────────────────────────

    fn header_saved(&mut self, result: Result<()>) {
        if self.phase != Phase::SavingHeader {
            return;
        }
        match result {
            Ok(()) => {
                self.resumable = true;
                self.begin_uploading();
            }
            Err(error) => self.fail(error.at(Stage::Initiate)),
        }
    }

    fn begin_uploading(&mut self) {
        self.phase = Phase::Uploading;
        let plan = &self.settings.plan;
        self.done_bytes = plan
            .iter()
            .filter(|part| self.done.contains_key(&part.number))
            .map(|part| part.len)
            .sum();
        self.resumed_bytes = self.done_bytes;
        self.queue = (1..=plan.parts())
            .filter(|number| !self.done.contains_key(number))
            .collect();
        self.listed.clear();
        self.pump();
    }

    fn pump(&mut self) {
        let Some(upload_id) = self.upload_id.clone() else {
            return;
        };
        while self.pending.len() < self.settings.parts_in_flight as usize {
            let Some(number) = self.queue.pop_front() else {
                break;
            };
            let upload_id = upload_id.clone();
            self.send(Call::UploadPart { upload_id, number });
        }
        if self.pending.is_empty() {
            self.verify_source();
        }
    }

    fn uploaded(&mut self, id: CallId, mut pending: Pending, answer: Answer) {
        let Answer::Uploaded {
            etag,
            sent_crc64,
            stored_crc64,
        } = answer
        else {
            return self.fail(Error::internal("an answer to another question"));
        };
        let Call::UploadPart { number, .. } = pending.call else {
            return;
        };
        if stored_crc64 == Some(sent_crc64) {
            let part = DonePart {
                etag,
                crc64: sent_crc64,
            };
            self.done_bytes += self.settings.plan.part(number).map_or(0, |part| part.len);
            self.record(number, part);
            return self.pump();
        }
        pending.crc_mismatches += 1;
        if pending.crc_mismatches > MAX_CRC_MISMATCHES {
            let stored = stored_crc64.map_or_else(|| "no CRC64".to_owned(), |crc| crc.to_string());
            let error = Error::new(
                Code::Integrity,
                format!("part {number}: the server reports {stored}, sent was {sent_crc64}"),
            );
            return self.fail(error.at(Stage::Upload).part(number));
        }
        self.retries += 1;
        self.schedule(id, pending, Duration::ZERO);
    }

    fn record(&mut self, number: u32, part: DonePart) {
        if self.resumable && self.warnings & warning::RESUMABILITY_LOST == 0 {
            let part = part.clone();
            self.actions.push_back(Action::SavePart { number, part });
        }
        self.done.insert(number, part);
    }

    fn note_saved(&mut self, saved: bool) {
        if !saved {
            self.warnings |= warning::RESUMABILITY_LOST;
        }
    }

    /// CRC64 of the whole file, from the parts.
    pub(super) fn total_crc(&self) -> u64 {
        self.settings
            .plan
            .iter()
            .filter_map(|part| Some((self.done.get(&part.number)?.crc64, part.len)))
            .fold(crc::crc64(&[]), |total, (crc, len)| {
                crc::combine(total, crc, len)
            })
    }

    // ── calls ─────────────────────────────────────────────────────────────────────────────────────

    pub(super) fn send(&mut self, call: Call) {
        let pending = Pending {
            call,
            attempts: Attempts::default(),
            crc_mismatches: 0,
            due: None,
        };
        let id = self.next_id;
        self.next_id += 1;
        self.schedule(id, pending, Duration::ZERO);
    }

    fn schedule(&mut self, id: CallId, mut pending: Pending, wait: Duration) {
        pending.due = Some((self.now + wait).max(self.hold_until));
        self.pending.insert(id, pending);
    }

    fn send_due(&mut self) {
        for (id, pending) in &mut self.pending {
            if pending.due.is_some_and(|due| due <= self.now) {
                pending.due = None;
                self.actions.push_back(Action::Send {
                    id: *id,
                    call: pending.call.clone(),
                    stalls: pending.attempts.stalls,
                });
            }
        }
    }

    pub(super) fn drop_calls(&mut self) {
        if self.pending.values().any(|pending| pending.due.is_none()) {
            self.actions.push_back(Action::DropCalls);
        }
        self.pending.clear();
        self.queue.clear();
    }

    fn replied(&mut self, id: CallId, outcome: Outcome) {
        // A reply to something that was dropped.
        let Some(pending) = self.pending.remove(&id) else {
            return;
        };
        match outcome {
            Ok(answer) => {
                self.answered = true;
                self.answered_with(id, pending, answer);
            }
            Err(failure) => {
                self.answered |= failure.error.service.http_status != 0;
                self.failed(id, pending, failure);
            }
        }
    }

    fn answered_with(&mut self, id: CallId, pending: Pending, answer: Answer) {
        match (self.phase, answer) {
            (Phase::AbortingStale, Answer::Aborted) => self.begin_fresh(),
            (Phase::Initiating, Answer::Initiated { upload_id }) => {
                self.upload_id = Some(upload_id.clone());
                if self.settings.has_checkpoint {
                    self.phase = Phase::SavingHeader;
                    self.actions.push_back(Action::SaveHeader { upload_id });
                } else {
                    self.begin_uploading();
                }
            }
            (Phase::Listing, Answer::Listed { parts, next }) => self.listed(parts, next),
            (Phase::Uploading, answer) => self.uploaded(id, pending, answer),
            (_, answer) => self.commit_answered(id, pending, answer),
        }
    }

    fn failed(&mut self, id: CallId, pending: Pending, failure: Failure) {
        match self.phase {
            Phase::Completing | Phase::Settling | Phase::Putting | Phase::Closing => {
                return self.commit_failed(id, pending, failure);
            }
            Phase::AbortingStale if failure.is_no_such_upload() => return self.begin_fresh(),
            Phase::Listing if failure.is_no_such_upload() => {
                self.warnings |= warning::RESTARTED;
                return self.begin_fresh();
            }
            Phase::Uploading if failure.is_no_such_upload() => return self.restart(failure, None),
            _ => {}
        }
        let Some(failure) = self.try_again(id, pending, failure) else {
            return;
        };
        let refused = matches!(
            failure.kind,
            FailureKind::Service { .. } | FailureKind::Unclear
        );
        match self.phase {
            // No right to abort: said in the result, and no reason not to upload.
            Phase::AbortingStale if refused => {
                self.warnings |= warning::UPLOAD_LEFT;
                self.begin_fresh();
            }
            // No right to list, or a list that makes no sense: our own records are the truth.
            Phase::Listing if refused => self.begin_uploading(),
            _ => match failure.kind {
                FailureKind::Source(error) => self.fail_source(error),
                _ => self.fail(failure.error),
            },
        }
    }

    /// Schedules another attempt, or gives the failure back when there is to be none.
    pub(super) fn try_again(
        &mut self,
        id: CallId,
        mut pending: Pending,
        failure: Failure,
    ) -> Option<Failure> {
        let verdict = pending.attempts.judge(
            &failure,
            self.now,
            &self.settings.limits,
            self.answered,
            &mut self.random,
        );
        let Verdict::Again(wait) = verdict else {
            let mut failure = failure;
            if let Call::UploadPart { number, .. } = pending.call {
                failure.error.part_number = number;
            }
            if pending.attempts.failed > 1 {
                let tries = pending.attempts.failed;
                failure.error.message = format!("{} ({tries} attempts)", failure.error.message);
            }
            return Some(failure);
        };
        if let FailureKind::Service {
            retry_after: Some(asked),
            ..
        } = failure.kind
        {
            // The server asked for a pause, and it asked all of us.
            self.hold_until = self.hold_until.max(self.now + asked);
        }
        self.retries += 1;
        self.schedule(id, pending, wait);
        None
    }

    pub(super) fn upload_ref(&self) -> Option<UploadRef> {
        Some(UploadRef {
            bucket: self.settings.bucket.clone(),
            object: self.settings.object.clone(),
            upload_id: self.upload_id.clone()?,
        })
    }
}
