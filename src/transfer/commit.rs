//! The end of an upload: Complete and PutObject, finding out what became of them when no answer tells,
//! giving up, and cancelling. Three outcomes, never folded into each other: committed, not committed,
//! commit unknown.

use std::time::Duration;

use crate::bug::{self, Bug};
use crate::call::{Answer, Call, Committed, Failure, FailureKind, UploadRef};
use crate::error::{Code, Error, Stage};
use crate::source::SourceError;

use super::events::{Action, CallId, Ending, warning};
use super::machine::{Machine, Pending, Phase};

/// After a cancel, a request that commits or begins an upload is waited for this long, because only
/// its answer tells what the server has.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);
/// Cleaning up after a failure must not take longer than a person would wait.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);
/// OSS: parts that arrive while an upload is aborted may survive it, so it is aborted until it is gone.
const MAX_ABORTS: u32 = 3;
const MAX_PUT_MISMATCHES: u32 = 3;

/// Why HEAD is asked.
#[derive(Clone, Debug)]
enum Question {
    /// Complete said that the upload id is gone, or that the object exists, after one that may have worked.
    Gone(Box<Failure>),
    /// All attempts at a commit failed, and one of them may have worked.
    Exhausted(Box<Failure>),
    /// Committed, but the answer had no CRC64.
    Unproven(Box<Committed>),
}

#[derive(Default)]
pub(super) struct Commit {
    /// An upload id to be aborted before a new one is begun.
    pub stale: Option<UploadRef>,
    pub stale_elsewhere: bool,
    /// A request that commits was sent, and its answer did not say what became of it.
    pub maybe_committed: bool,
    question: Option<Question>,
    /// CRC64 of the file, where it was sent in one request.
    put_crc64: Option<u64>,
    /// When waiting for an answer ends.
    pub patience_ends: Option<Duration>,
    /// What is reported once the clean-up is over.
    closing: Option<Box<Ending>>,
    aborts: u32,
    parts_were_in_flight: bool,
    /// Why nothing is committed, should there be something to abort.
    unless_open: Option<Error>,
}

/// The connection was lost after the request that commits.
fn is_unheard(failure: &Failure) -> bool {
    failure.maybe_applied && matches!(failure.kind, FailureKind::Network { .. })
}

pub(super) fn unknown(why: &str) -> Error {
    let text = format!("the object may or may not have been committed: {why}");
    Error::new(Code::CommitUnknown, text).at(Stage::Settle)
}

fn answered(committed: &Committed) -> Error {
    let text = format!("OSS had answered {}", committed.status);
    Error::new(Code::CommitUnknown, text).with_service(committed.service())
}

impl Machine {
    // ── committing ────────────────────────────────────────────────────────────────────────────────

    pub(super) fn verify_source(&mut self) {
        self.phase = Phase::Verifying;
        let crcs = self.done.values().map(|part| part.crc64).collect();
        self.actions.push_back(Action::VerifySource { crcs });
    }

    pub(super) fn source_verified(&mut self, result: Result<(), SourceError>) {
        if self.phase != Phase::Verifying {
            return;
        }
        if let Err(error) = result {
            return self.fail_source(error);
        }
        let record = self.resumable && !bug::seeded(Bug::CompletingUnrecorded);
        if record && self.warnings & warning::RESUMABILITY_LOST == 0 {
            self.phase = Phase::SavingCompleting;
            self.actions.push_back(Action::SaveCompleting);
        } else {
            self.send_complete();
        }
    }

    pub(super) fn send_complete(&mut self) {
        let Some(upload_id) = self.upload_id.clone() else {
            return self.fail(Error::internal("nothing to complete"));
        };
        self.phase = Phase::Completing;
        let parts = self
            .done
            .iter()
            .map(|(number, part)| (*number, part.etag.clone()))
            .collect();
        self.send(Call::Complete { upload_id, parts });
    }

    pub(super) fn commit_answered(&mut self, id: CallId, pending: Pending, answer: Answer) {
        match (self.phase, answer) {
            (Phase::Completing, Answer::Completed(committed)) => {
                self.judge_commit(committed, self.total_crc());
            }
            (
                Phase::Putting,
                Answer::Put {
                    sent_crc64,
                    committed,
                },
            ) => self.judge_put(id, pending, sent_crc64, committed),
            (Phase::Settling, Answer::Head { size, found }) => self.settle(size, found),
            (Phase::Closing, _) => self.aborted(),
            _ if self.may_have_committed() == Some(true) => {
                self.end_unknown("internal error: an answer to another question", None, false);
            }
            _ => self.fail(Error::internal("an answer to another question")),
        }
    }

    fn judge_commit(&mut self, committed: Committed, crc64: u64) {
        match committed.crc64 {
            Some(stored) if stored == crc64 || bug::seeded(Bug::ObjectCrcIgnored) => {
                self.succeed(committed, crc64);
            }
            Some(stored) => {
                let error = Error::new(
                    Code::Integrity,
                    format!("OSS committed an object with CRC64 {stored}; the file's is {crc64}"),
                );
                let error = error.at(Stage::Complete).with_service(committed.service());
                self.end(Err(error), true);
            }
            None => self.ask(Question::Unproven(Box::new(committed))),
        }
    }

    /// Sending again is harmless: the object becomes what the file is.
    fn judge_put(&mut self, id: CallId, mut pending: Pending, sent: u64, committed: Committed) {
        self.commit.put_crc64 = Some(sent);
        let differs = committed.crc64.is_some_and(|stored| stored != sent);
        pending.crc_mismatches += u32::from(differs);
        if differs && pending.crc_mismatches <= MAX_PUT_MISMATCHES && !self.canceled {
            // Where it must not be overwritten, what has just been stored refuses the next attempt.
            self.commit.maybe_committed = true;
            self.pending.insert(
                id,
                Pending {
                    due: Some(self.now),
                    ..pending
                },
            );
            return;
        }
        self.judge_commit(committed, sent);
    }

    pub(super) fn commit_failed(&mut self, id: CallId, pending: Pending, failure: Failure) {
        match self.phase {
            Phase::Closing => return self.abort_failed(id, pending, failure),
            Phase::Settling => return self.head_failed(id, pending, failure),
            _ => {}
        }
        if failure.is_no_such_upload() && bug::seeded(Bug::TrustsGone) {
            return self.succeed(Committed::default(), self.total_crc());
        }
        if failure.is_no_such_upload() || failure.status() == 409 {
            if self.commit.maybe_committed {
                return self.ask(Question::Gone(Box::new(failure)));
            }
            if failure.is_no_such_upload() {
                return self.restart(failure, None);
            }
        }
        self.commit.maybe_committed |= failure.maybe_applied;
        if matches!(failure.oss_code(), "InvalidPart" | "InvalidPartOrder") {
            // The server does not have what it confirmed; only sending everything again helps.
            let stale = self.upload_ref();
            return self.restart(failure, stale);
        }
        if self.canceled {
            return self.end_canceled();
        }
        let Some(failure) = self.try_again(id, pending, failure) else {
            return;
        };
        if self.commit.maybe_committed && !bug::seeded(Bug::UnknownIsFailure) {
            self.ask(Question::Exhausted(Box::new(failure)));
        } else if let FailureKind::Source(error) = failure.kind {
            self.fail_source(error);
        } else {
            self.fail(failure.error);
        }
    }

    // ── settling ──────────────────────────────────────────────────────────────────────────────────

    fn ask(&mut self, question: Question) {
        // Whatever ends the asking, nobody knows.
        self.commit.maybe_committed = true;
        self.commit.question = Some(question);
        self.phase = Phase::Settling;
        self.commit.patience_ends = self.canceled.then(|| self.now + CANCEL_PATIENCE);
        if self.settings.plan.is_single() && self.commit.put_crc64.is_none() {
            // What was sent is not known, because no reply came; what is compared is the file.
            return self.hash_whole();
        }
        self.send(Call::Head);
    }

    pub(super) fn whole_hashed(&mut self, crc64: u64) {
        self.commit.put_crc64 = Some(crc64);
        self.send(Call::Head);
    }

    pub(super) fn end_unhashed(&mut self) {
        self.end_unknown("the file cannot be read again", None, false);
    }

    fn expected_crc(&self) -> u64 {
        if self.settings.plan.is_single() {
            self.commit.put_crc64.unwrap_or_default()
        } else {
            self.total_crc()
        }
    }

    fn settle(&mut self, size: u64, mut found: Committed) {
        let crc64 = self.expected_crc();
        let same = (size == self.settings.plan.size() && found.crc64 == Some(crc64))
            || bug::seeded(Bug::SettlesWithAny);
        let question = self.commit.question.take();
        match question {
            Some(Question::Unproven(committed)) => match found.crc64 {
                // What answered may have been a proxy, and the same bytes have been there before.
                _ if same && self.upload_id.is_some() && !self.is_surely_gone() => {
                    let why = "something else than OSS answered: the upload is not completed";
                    let error = Error::new(Code::Service, why).at(Stage::Complete);
                    let error = error.retryable(true).with_service(committed.service());
                    self.succeed_unless_open(*committed, crc64, error);
                }
                _ if same => self.succeed(*committed, crc64),
                // Damaged, or overwritten by somebody else meanwhile.
                stored => {
                    let why = match stored {
                        Some(_) => "other bytes are at the key now",
                        None => "OSS reports no CRC64 for the object",
                    };
                    let gone = self.is_surely_gone();
                    self.end_unknown(why, Some(answered(&committed)), gone);
                }
            },
            question if same => {
                // What HEAD answers is about the object, not the body of a reply to a commit.
                found.body.clear();
                if self.settings.has_callback {
                    self.warnings |= warning::CALLBACK_REPLY_LOST;
                }
                let failure = match question {
                    Some(Question::Exhausted(failure)) => Some(failure),
                    Some(Question::Gone(failure)) if !failure.is_no_such_upload() => Some(failure),
                    _ => None,
                };
                match failure {
                    // The same bytes may have been there before, and our upload still be unfinished:
                    // whether there is something to abort tells.
                    Some(failure) if self.upload_id.is_some() => {
                        self.succeed_unless_open(found, crc64, failure.error);
                    }
                    _ => self.succeed(found, crc64),
                }
            }
            Some(Question::Gone(failure)) => {
                // The upload id is gone for good: keeping its checkpoint would help nobody.
                let gone = failure.is_no_such_upload();
                self.end_unknown("another object is at the key", Some(failure.error), gone);
            }
            Some(Question::Exhausted(failure)) => {
                self.end_unknown("another object is at the key", Some(failure.error), false);
            }
            None => self.end_unknown("internal error: HEAD without a question", None, false),
        }
    }

    fn head_failed(&mut self, id: CallId, pending: Pending, failure: Failure) {
        let absent = failure.status() == 404 && failure.oss_code() != "NoSuchBucket";
        let refused = failure.status() == 403 && !failure.is_of_signing();
        if !absent && !refused && !self.canceled {
            let Some(failure) = self.try_again(id, pending, failure) else {
                return;
            };
            return self.end_unknown("HEAD failed as well", Some(failure.error), false);
        }
        match self.commit.question.take() {
            Some(Question::Gone(original)) if absent => {
                if self.settings.plan.is_single() || !original.is_no_such_upload() {
                    return self.fail(original.error);
                }
                self.restart(*original, None);
            }
            // OSS goes on with a Complete whose connection broke.
            Some(Question::Exhausted(original))
                if absent && !self.settings.plan.is_single() && is_unheard(&original) =>
            {
                self.end_unknown("it is not there yet", Some(original.error), false);
            }
            Some(Question::Exhausted(original)) if absent => self.fail(original.error),
            Some(Question::Gone(original)) => {
                let gone = original.is_no_such_upload();
                self.end_unknown("HEAD was refused", Some(failure.error), gone);
            }
            Some(Question::Unproven(_)) => {
                let gone = !absent && self.is_surely_gone();
                self.end_unknown(
                    "the answer had no CRC64, and HEAD failed",
                    Some(failure.error),
                    gone,
                );
            }
            _ => self.end_unknown("HEAD was refused", Some(failure.error), false),
        }
    }

    /// After an answer of 200 without a CRC64: with a callback its body may be anything, a proxy's page as
    /// well, so that the upload may still be there.
    fn is_surely_gone(&self) -> bool {
        !self.settings.has_callback
    }

    fn end_unknown(&mut self, why: &str, last: Option<Error>, nothing_more_to_learn: bool) {
        let mut error = unknown(why);
        if let Some(last) = last {
            error.message = format!("{}; {}", error.message, last.message);
            error.service = last.service;
            error.attempts = last.attempts;
        }
        if !self.resumable && self.upload_id.is_some() && !nothing_more_to_learn {
            // Not aborted, because Complete may still arrive; and nothing keeps its id for a next run.
            self.warnings |= warning::UPLOAD_LEFT;
        }
        self.end(Err(error), nothing_more_to_learn);
    }

    // ── ending ────────────────────────────────────────────────────────────────────────────────────

    fn succeed(&mut self, committed: Committed, crc64: u64) {
        let ending = self.success(committed, crc64);
        self.finish(ending);
    }

    /// Whether there is something to abort tells whose the bytes at the key are; `error` is why nothing
    /// is committed if there is.
    fn succeed_unless_open(&mut self, committed: Committed, crc64: u64, error: Error) {
        self.commit.unless_open = Some(error);
        let ending = self.success(committed, crc64);
        self.clean_up(ending);
    }

    fn success(&mut self, committed: Committed, crc64: u64) -> Box<Ending> {
        if committed.callback_failed.is_some() {
            self.warnings |= warning::CALLBACK_FAILED;
        }
        self.ending(Ok(committed), crc64, true)
    }

    /// Ends without cleaning up on the server: it is not known, or there is nothing.
    fn end(&mut self, outcome: Result<Committed, Error>, remove_checkpoint: bool) {
        self.drop_calls();
        let ending = self.ending(outcome, 0, remove_checkpoint);
        self.finish(ending);
    }

    fn ending(
        &self,
        outcome: Result<Committed, Error>,
        crc64: u64,
        remove_checkpoint: bool,
    ) -> Box<Ending> {
        Box::new(Ending {
            outcome,
            warnings: self.warnings,
            upload_id: self.upload_id.clone(),
            crc64,
            remove_checkpoint,
        })
    }

    fn finish(&mut self, mut ending: Box<Ending>) {
        ending.warnings |= self.warnings;
        self.phase = Phase::Done;
        self.pending.clear();
        self.actions.push_back(Action::Finish(ending));
    }

    pub(super) fn fail_source(&mut self, error: SourceError) {
        if matches!(error, SourceError::Changed(_)) {
            // No part of it can be used again.
            self.resumable = false;
        }
        let error = error.into_error().at(self.stage());
        self.fail(error);
    }

    /// Not committed. Keeps what was done when there are records of it, else cleans up.
    pub(super) fn fail(&mut self, error: Error) {
        // While the old upload is being aborted, the file on disk is still all that is known of it.
        let remove_checkpoint = (!self.resumable && self.phase != Phase::AbortingStale)
            || bug::seeded(Bug::CheckpointDropped);
        let ending = self.ending(Err(error), 0, remove_checkpoint);
        self.close(ending);
    }

    fn close(&mut self, ending: Box<Ending>) {
        self.commit.parts_were_in_flight = self.pending.values().any(|pending| {
            pending.due.is_none() && matches!(pending.call, Call::UploadPart { .. })
        });
        self.drop_calls();
        if self.resumable || self.upload_id.is_none() || bug::seeded(Bug::UploadLeftOpen) {
            return self.finish(ending);
        }
        self.clean_up(ending);
    }

    fn clean_up(&mut self, ending: Box<Ending>) {
        // One DELETE is no load; with a pause of OSS's choice it might never be sent.
        self.hold_until = Duration::ZERO;
        self.phase = Phase::Closing;
        self.commit.closing = Some(ending);
        self.commit.patience_ends = Some(self.now + CLOSE_PATIENCE);
        self.abort();
    }

    fn abort(&mut self) {
        self.commit.aborts += 1;
        match self.upload_ref() {
            Some(upload) => self.send(Call::Abort(upload)),
            None => self.closed(),
        }
    }

    fn aborted(&mut self) {
        let was_open = self.commit.unless_open.take();
        if let (Some(error), Some(ending)) = (was_open, &mut self.commit.closing) {
            // What was there to abort was not committed: the same bytes at the key are others'.
            ending.outcome = Err(error);
            ending.crc64 = 0;
            self.warnings &= !warning::CALLBACK_REPLY_LOST;
            ending.warnings &= !warning::CALLBACK_REPLY_LOST;
        }
        if self.commit.parts_were_in_flight && self.commit.aborts < MAX_ABORTS {
            return self.abort();
        }
        self.closed();
    }

    fn abort_failed(&mut self, id: CallId, pending: Pending, failure: Failure) {
        if failure.is_no_such_upload() {
            return self.closed();
        }
        if pending.attempts.failed < MAX_ABORTS && self.try_again(id, pending, failure).is_none() {
            return;
        }
        self.warnings |= warning::UPLOAD_LEFT;
        self.closed();
    }

    fn closed(&mut self) {
        if let Some(ending) = self.commit.closing.take() {
            self.finish(ending);
        }
    }

    // ── cancelling ────────────────────────────────────────────────────────────────────────────────

    pub(super) fn cancel(&mut self) {
        if self.canceled || bug::seeded(Bug::CancelIgnored) {
            return;
        }
        self.canceled = true;
        let in_flight = self.pending.values().any(|pending| pending.due.is_none())
            && !bug::seeded(Bug::CancelHidesCommit);
        match self.phase {
            Phase::Closing => {}
            Phase::Initiating | Phase::Completing | Phase::Putting | Phase::Settling
                if in_flight =>
            {
                if self.phase == Phase::Putting {
                    self.actions.push_back(Action::StopPut);
                }
                self.commit.patience_ends = Some(self.now + CANCEL_PATIENCE);
            }
            _ => self.end_canceled(),
        }
    }

    pub(super) fn end_canceled(&mut self) {
        if self.commit.maybe_committed {
            return self.end_unknown("canceled before it could be found out", None, false);
        }
        self.fail(Error::new(Code::Canceled, "the upload was canceled").at(self.stage()));
    }

    pub(super) fn check_patience(&mut self) {
        if self.commit.patience_ends.is_none_or(|ends| ends > self.now) {
            return;
        }
        self.commit.patience_ends = None;
        match self.phase {
            Phase::Closing => {
                self.warnings |= warning::UPLOAD_LEFT;
                self.drop_calls();
                self.closed();
            }
            Phase::Initiating => {
                self.warnings |= warning::UPLOAD_LEFT;
                self.end_canceled();
            }
            Phase::Completing | Phase::Putting | Phase::Settling => {
                // The request is out, and nobody waits for its answer any more.
                self.commit.maybe_committed = true;
                self.end_canceled();
            }
            _ => {}
        }
    }
}
