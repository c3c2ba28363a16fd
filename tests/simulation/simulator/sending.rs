//! What must hold whenever a request is sent.

use oss_resumable::call::Call;
use oss_resumable::checkpoint::record;
use oss_resumable::transfer::events::CallId;

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
                if !self.header_is_durable {
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
            Call::Complete { .. } if !self.world.records_lost => {
                let durable = record::load(self.world.disk.durable());
                must(durable.completing, Rule::DurableFirst, || {
                    "Complete is sent, but that is not durable".into()
                })?;
            }
            _ => {}
        }
        Ok(())
    }
}
