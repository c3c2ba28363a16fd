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

use crate::bug::{self, Bug};
use crate::call::{Answer, Call, Failure, FailureKind, Outcome, Tries, UploadRef};
use crate::checkpoint::record::DonePart;
use crate::error::Stage;
use crate::retry::{Attempts, Random, Verdict};
use crate::source::SourceError;
use crate::xml::ListedPart;

use super::commit::Commit;
use super::events::{Action, CallId, Event, Settings, Start, warning};

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
    pub(super) hold_until: Duration,
    answered: bool,
    pub(super) canceled: bool,
    pub(super) upload_id: Option<String>,
    pub(super) done: BTreeMap<u32, DonePart>,
    pub(super) queue: VecDeque<u32>,
    /// Parts to be read again, before they are trusted.
    pub(super) to_hash: VecDeque<u32>,
    pub(super) listed: BTreeMap<u32, ListedPart>,
    pub(super) completing_recorded: bool,
    /// Records of this upload are being kept.
    pub(super) resumable: bool,
    pub(super) restarts: u32,
    pub(super) warnings: u32,
    pub(super) resumed_bytes: u64,
    pub(super) commit: Commit,
    pub(super) done_bytes: u64,
    pub(super) retries: u32,
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
            commit: Commit::default(),
            done_bytes: 0,
            retries: 0,
            settings,
        };
        if machine.settings.plan.raised() {
            machine.warnings |= warning::PART_SIZE_RAISED;
        }
        match start {
            Start::Fresh { stale, elsewhere } => {
                machine.commit.stale = stale;
                machine.commit.stale_elsewhere = elsewhere;
            }
            Start::Resume {
                upload_id,
                parts,
                completing,
                elsewhere,
                in_doubt,
            } => {
                machine.commit.stale_elsewhere = elsewhere;
                machine.phase = Phase::Hashing;
                machine.upload_id = Some(upload_id);
                machine.resumable = true;
                machine.completing_recorded = completing;
                if in_doubt && !bug::seeded(Bug::DoubtIgnored) {
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
            Event::Replied { id, outcome } => self.replied(id, *outcome),
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

    /// Whether a commit is out, or was and may have worked. `None` at the end, which tells for itself.
    pub fn may_have_committed(&self) -> Option<bool> {
        let is_out = matches!(
            self.phase,
            Phase::Completing | Phase::Putting | Phase::Settling
        );
        (self.phase != Phase::Done).then_some(is_out || self.commit.maybe_committed)
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
        if self.canceled {
            // It is known that nothing is committed, and nobody wants it to be any more.
            self.commit.maybe_committed = false;
            return self.end_canceled();
        }
        if self.restarts > 0 && !bug::seeded(Bug::RestartsForever) {
            return self.fail(failure.error);
        }
        self.restarts += 1;
        self.warnings |= warning::RESTARTED;
        self.drop_calls();
        self.commit.stale = stale;
        self.begin_fresh();
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

    pub(super) fn schedule(&mut self, id: CallId, mut pending: Pending, wait: Duration) {
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
                    tries: Tries {
                        number: pending.attempts.failed + pending.crc_mismatches + 1,
                        stalls: pending.attempts.stalls,
                    },
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
            Err(mut failure) => {
                failure.error.attempts = pending.attempts.failed + 1;
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
                if self.canceled {
                    // Waited for, so that what the server has just begun can be aborted.
                    self.end_canceled();
                } else if self.settings.has_checkpoint {
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
            Phase::AbortingStale if failure.is_no_such_upload() => {
                if self.commit.stale_elsewhere {
                    self.warnings |= warning::UPLOAD_LEFT;
                }
                return self.begin_fresh();
            }
            Phase::Listing if failure.is_no_such_upload() => {
                self.warnings |= warning::RESTARTED;
                if self.commit.stale_elsewhere {
                    self.warnings |= warning::UPLOAD_LEFT;
                }
                return self.begin_fresh();
            }
            Phase::Uploading if failure.is_no_such_upload() => return self.restart(failure, None),
            Phase::Initiating => {
                // No 5xx of OSS, which says that nothing was begun.
                let unread = matches!(
                    failure.kind,
                    FailureKind::Network { .. } | FailureKind::Unclear
                );
                if failure.maybe_applied && unread {
                    self.warnings |= warning::UPLOAD_LEFT;
                }
                if self.canceled {
                    return self.end_canceled();
                }
            }
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
                FailureKind::Source(error @ SourceError::Changed(_)) => self.fail_source(error),
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
                let part = self.settings.plan.part(number);
                // Where reading failed is known better.
                let offset = failure.error.offset;
                failure.error.offset = offset.or(part.map(|part| part.offset));
            }
            failure.error.attempts = pending.attempts.failed;
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
