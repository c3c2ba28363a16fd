//! Which rules pick a request, and what they say about it together.

use std::time::Duration;

use crate::fault::{Action, Rule};
use crate::request::Request;

struct Armed {
    rule: Rule,
    seen: u32,
    fired: u32,
}

/// The rules in force, with their counts.
#[derive(Default)]
pub struct Rules {
    armed: Vec<Armed>,
}

impl Rules {
    pub fn add(&mut self, rule: Rule) {
        self.armed.push(Armed {
            rule,
            seen: 0,
            fired: 0,
        });
    }

    pub fn clear(&mut self) {
        self.armed.clear();
    }

    /// Counts a request against every rule, and gathers what the rules that pick it say.
    pub fn plan(&mut self, request: &Request) -> Plan {
        let mut plan = Plan::default();
        for armed in &mut self.armed {
            if !armed.rule.matches(request) {
                continue;
            }
            armed.seen += 1;
            let counted = armed.seen.saturating_sub(armed.rule.skip);
            let picked = counted > 0 && counted % armed.rule.every.unwrap_or(1).max(1) == 0;
            if !picked || armed.rule.times.is_some_and(|times| armed.fired >= times) {
                continue;
            }
            armed.fired += 1;
            plan.add(armed.rule.action.clone());
        }
        plan
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Fin,
    Reset,
}

/// What the wire does while a request body is read.
#[derive(Clone, Debug, Default)]
pub struct BodyFaults {
    pub trip: Option<(u64, Ending)>,
    pub stall: Option<(u64, Option<Duration>)>,
    pub bytes_per_second: Option<u64>,
}

/// What the wire does while a reply is sent.
#[derive(Clone, Debug, Default)]
pub struct ReplyFaults {
    /// `Some(None)` is for ever.
    pub stall: Option<Option<Duration>>,
    pub trip: Option<(u64, Ending)>,
    pub bytes_per_second: Option<u64>,
    pub pad: Option<Duration>,
    pub endless: bool,
    pub close_idle: bool,
    /// Instead of the reply.
    pub raw: Option<String>,
    pub repeat: bool,
}

impl ReplyFaults {
    pub fn any(&self) -> bool {
        let ends = self.trip.is_some() || self.close_idle || self.endless;
        let slow = self.stall.is_some() || self.bytes_per_second.is_some() || self.pad.is_some();
        ends || slow || self.raw.is_some() || self.repeat
    }
}

/// Everything the rules say about one request.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    names: Vec<String>,
    pub delay: Duration,
    pub instead: Option<Action>,
    pub forget_upload: bool,
    pub expire_token: bool,
    pub shift_clock: i64,
    pub outlives_abort: bool,
    pub corrupt_body: bool,
    pub put_other_object: bool,
    pub delete_object: bool,
    pub wrong_crc: bool,
    pub reply_headers: Vec<(String, Option<String>)>,
    pub etag: Option<String>,
    /// An [`Action::ErrorIn200`] or [`Action::RawBody`].
    pub replace: Option<Action>,
    pub half_body: bool,
    pub gzip_body: bool,
    pub close_connection: bool,
    pub body: BodyFaults,
    pub reply: ReplyFaults,
}

impl Plan {
    fn add(&mut self, action: Action) {
        self.names.push(action.name());
        match action {
            Action::Nothing => {
                self.names.pop();
            }
            Action::Delay { ms } => self.delay += Duration::from_millis(ms),
            Action::Status { .. } | Action::Redirect { .. } => self.instead = Some(action),
            Action::ForgetUpload => self.forget_upload = true,
            Action::ExpireToken => self.expire_token = true,
            Action::ShiftClock { seconds } => self.shift_clock += seconds,
            Action::ResetAfter { bytes } => self.body.trip = Some((bytes, Ending::Reset)),
            Action::CutAfter { bytes } => self.body.trip = Some((bytes, Ending::Fin)),
            Action::StallRead { bytes, ms } => {
                self.body.stall = Some((bytes, ms.map(Duration::from_millis)));
            }
            Action::SlowRead { bytes_per_second } => {
                self.body.bytes_per_second = Some(bytes_per_second.max(1));
            }
            Action::OutliveAbort => self.outlives_abort = true,
            Action::CorruptBody => self.corrupt_body = true,
            Action::PutOtherObject => self.put_other_object = true,
            Action::DeleteObject => self.delete_object = true,
            Action::StallReply { ms } => self.reply.stall = Some(ms.map(Duration::from_millis)),
            Action::DropReply => self.reply.trip = Some((0, Ending::Fin)),
            Action::ResetReplyAfter { bytes } => self.reply.trip = Some((bytes, Ending::Reset)),
            Action::CutReplyAfter { bytes } => self.reply.trip = Some((bytes, Ending::Fin)),
            Action::SlowReply { bytes_per_second } => {
                self.reply.bytes_per_second = Some(bytes_per_second.max(1));
            }
            Action::PadReply { ms } => self.reply.pad = Some(Duration::from_millis(ms)),
            Action::EndlessReply => self.reply.endless = true,
            Action::WrongCrc => self.wrong_crc = true,
            Action::ReplyHeader { name, value } => {
                self.reply_headers.push((name.to_lowercase(), value));
            }
            Action::Etag { value } => self.etag = Some(value),
            Action::ErrorIn200 { .. } | Action::RawBody { .. } => self.replace = Some(action),
            Action::HalfBody => self.half_body = true,
            Action::GzipBody => self.gzip_body = true,
            Action::RawReply { text } => self.reply.raw = Some(text),
            Action::RepeatReply => self.reply.repeat = true,
            Action::CloseConnection => self.close_connection = true,
            Action::CloseIdle => self.reply.close_idle = true,
        }
    }

    /// The actions by name, for the log; `None` if no rule picked the request.
    pub fn describe(&self) -> Option<String> {
        (!self.names.is_empty()).then(|| self.names.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::op::Op;

    fn part(number: u32) -> Request {
        let target = format!("/b/k?partNumber={number}&uploadId=u");
        crate::request::build("PUT", &target, 1, Vec::new(), &BTreeMap::new()).unwrap()
    }

    fn picks(rule: Rule, numbers: impl IntoIterator<Item = u32>) -> Vec<bool> {
        let mut rules = Rules::default();
        rules.add(rule.then(Action::WrongCrc));
        numbers
            .into_iter()
            .map(|number| rules.plan(&part(number)).wrong_crc)
            .collect()
    }

    #[test]
    fn rules_count_only_what_matches() {
        let rule = Rule::on(Op::UploadPart).part(2).skip(1).times(1);
        assert_eq!(
            picks(rule, [2, 1, 2, 2]),
            [false, false, true, false],
            "the second request for part 2, once"
        );
        let rule = Rule::on(Op::UploadPart).every(3);
        assert_eq!(picks(rule, 1..=6), [false, false, true, false, false, true]);
        assert_eq!(picks(Rule::on(Op::PutObject), [1]), [false]);
        assert_eq!(picks(Rule::any().bucket("b").key("k"), [1]), [true]);
        assert_eq!(picks(Rule::any().bucket("c"), [1]), [false]);
    }

    #[test]
    fn actions_of_several_rules_add_up() {
        let mut rules = Rules::default();
        rules.add(Rule::any().then(Action::Delay { ms: 1 }));
        rules.add(Rule::any().then(Action::DropReply));
        let plan = rules.plan(&part(1));
        assert_eq!(plan.describe().unwrap(), "delay+drop_reply");
        assert_eq!(plan.reply.trip, Some((0, Ending::Fin)));
    }
}
