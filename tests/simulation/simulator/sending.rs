//! What must hold whenever a request is sent, and of what was sent when a run ends.

use oss_resumable::call::Call;
use oss_resumable::checkpoint::record;
use oss_resumable::error::Code;
use oss_resumable::transfer::events::{CallId, Ending, warning};

use super::invariants::{Broken, Rule, must};
use super::run::{Run, Task};

impl Run<'_> {
    pub fn check_sending(&mut self, id: CallId, call: &Call) -> Result<(), Broken> {
        let early = self.not_before.get(&id).is_some_and(|at| self.now < *at);
        must(!early, Rule::Polite, || format!("{} too soon", call.name()))?;
        let ends = matches!(call, Call::Abort(_) | Call::Head);
        must(ends || !self.cancel_heard, Rule::Polite, || {
            format!("{} after a cancel", call.name())
        })?;
        match call {
            Call::UploadPart { upload_id, .. } => {
                let calls = self.tasks.iter();
                let in_flight = calls.filter(|task| matches!(task, Task::Call(_))).count();
                let most = self.world.wanted.in_flight as usize;
                must(in_flight < most, Rule::Polite, || {
                    format!("more than {most} parts in flight")
                })?;
                if !self.header_is_durable && self.world.wanted.has_checkpoint {
                    let durable = record::load(self.world.disk.durable());
                    let known = durable.header.map(|header| header.upload_id);
                    must(
                        known.as_ref() == Some(upload_id),
                        Rule::DurableFirst,
                        || format!("a part of {upload_id} is sent, durable is {known:?}"),
                    )?;
                    self.header_is_durable = true;
                }
            }
            Call::Initiate => {
                self.header_is_durable = false;
                self.begun.insert(id);
                must(self.begun.len() <= 2, Rule::Progress, || {
                    "begun anew more than once".into()
                })?;
            }
            Call::Complete { .. }
                if self.world.wanted.has_checkpoint && !self.world.records_lost =>
            {
                let durable = record::load(self.world.disk.durable());
                must(durable.completing, Rule::DurableFirst, || {
                    "Complete is sent, but that is not durable".into()
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Without a checkpoint nobody knows the upload any more once a run has ended: it is aborted, or what
    /// may be left is told, but not without having tried.
    pub fn check_cleaned_up(&mut self, ending: &Ending) -> Result<(), Broken> {
        if self.world.wanted.has_checkpoint {
            return Ok(());
        }
        let left = self.world.removal_failed || !self.world.disk.is_untouched();
        must(!left, Rule::NothingKept, || {
            "something was written without a checkpoint".into()
        })?;
        let (Err(error), Some(upload_id)) = (&ending.outcome, &ending.upload_id) else {
            return Ok(());
        };
        self.world.counts.unrecorded_failures += 1;
        let is_left = self.world.server.uploads.contains_key(upload_id);
        let said = ending.warnings & warning::UPLOAD_LEFT != 0;
        self.world.counts.left_and_told += u64::from(is_left && said);
        // What may have been committed is not aborted; nor is what the server asked to wait with for
        // longer than anybody waits for a clean-up.
        let held = self.not_before.values().any(|until| *until > self.now);
        let tried = self.aborts > 0 || held || error.code == Code::CommitUnknown;
        must(tried || !is_left, Rule::NoLeak, || {
            format!("{upload_id} was left without an attempt to abort it: {error:?}")
        })
    }
}
