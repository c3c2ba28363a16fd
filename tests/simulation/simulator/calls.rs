//! A request on its way: read from the file in two halves, sent or not, carried out or not, answered
//! or not.

use std::time::Duration;

use oss_resumable::call::{Answer, Call, Outcome};
use oss_resumable::plan::Part;
use oss_resumable::source::{Likeness, SourceError};
use oss_resumable::transfer::events::CallId;

use super::answers::{self, Twist};
use super::disk::Step;
use super::run::Run;
use super::server::Late;
use super::source::{BLOCK, Piece};

pub(super) struct Flight {
    pub id: CallId,
    call: Call,
    /// The first half of the body, read when the request begins.
    read: Vec<u64>,
    /// The reply, on its way to us.
    pub outcome: Option<Outcome>,
    /// The pause that it asks for.
    pub pause: Duration,
    stopped: bool,
}

impl Flight {
    pub fn new(run: &Run, id: CallId, call: Call) -> Flight {
        let read = match body_of(run, &call) {
            Some(part) => {
                let half = part.len.div_ceil(BLOCK) / 2;
                run.world.source.read(run.handle, part, 0, half as usize)
            }
            None => Vec::new(),
        };
        Flight {
            id,
            call,
            read,
            outcome: None,
            pause: Duration::ZERO,
            stopped: false,
        }
    }

    /// Breaks PutObject off, unless its body is out.
    pub fn stop(&mut self) {
        self.stopped |= self.call == Call::Put;
    }
}

fn body_of(run: &Run, call: &Call) -> Option<Part> {
    match call {
        Call::UploadPart { number, .. } => run.plan.part(*number),
        Call::Put => Some(Part {
            number: 1,
            offset: 0,
            len: run.plan.size(),
        }),
        _ => None,
    }
}

impl Run<'_> {
    /// The rest of the body, and the last look at the file before its end is handed over.
    fn body(&self, flight: &Flight) -> Result<Option<Piece>, SourceError> {
        let Some(part) = body_of(self, &flight.call) else {
            return Ok(None);
        };
        if flight.stopped {
            return Err(SourceError::Stopped);
        }
        let source = &self.world.source;
        let mut blocks = flight.read.clone();
        let rest = source.read(self.handle, part, blocks.len(), usize::MAX >> 1);
        blocks.extend(rest);
        let changed = || SourceError::Changed("the file changed".into());
        if (blocks.len() as u64) < part.len.div_ceil(BLOCK) {
            return Err(changed());
        }
        if flight.call == Call::Put {
            if source.check(self.handle, &self.opened)? != Likeness::Same {
                return Err(changed());
            }
        } else {
            source.check_handle(self.handle, &self.opened)?;
        }
        let len = part.len;
        Ok(Some(Piece { len, blocks }))
    }

    /// What becomes of a request that nobody waits for any more.
    pub fn abandon(&mut self, flight: Flight) {
        if flight.outcome.is_some() {
            let begun = matches!(flight.outcome, Some(Ok(Answer::Initiated { .. })));
            self.world.watch.unheard += usize::from(begun);
        } else if self.world.random.chance(5 * self.world.faults.late)
            && let Ok(piece) = self.body(&flight)
        {
            self.come_late(flight.call, piece);
        }
    }

    fn come_late(&mut self, call: Call, piece: Option<Piece>) {
        let run = self.world.run;
        self.world.server.late.push(Late { call, piece, run });
    }

    /// The request reaches the server, or does not. What is returned is on its way back.
    pub fn arrive(&mut self, flight: &mut Flight) -> Outcome {
        let faults = self.world.faults;
        let call = flight.call.clone();
        let chance = |run: &mut Run, rate| run.world.random.chance(rate);
        if chance(self, faults.credentials) {
            return Err(answers::unsigned(&mut self.world.random, &call));
        }
        if chance(self, faults.unsent) {
            let stalled = chance(self, 200);
            return Err(answers::network(false, stalled));
        }
        let body = self.body(flight).map_err(answers::source)?;
        let sent = body.as_ref().map(Piece::crc64);
        self.world.counts.requests += 1;
        self.world.disk.note_once(Step::Request);
        if matches!(call, Call::Complete { .. }) {
            self.world.disk.note_once(Step::Commit);
        }
        self.note_part(&call, body.as_ref());
        let rights = self.world.rights;
        let denied = match &call {
            Call::ListParts { .. } => rights.deny_list,
            Call::Abort(_) => rights.deny_abort,
            Call::Head => rights.deny_head,
            _ => false,
        };
        if denied || chance(self, faults.denied) {
            return Err(answers::refused(&call, (403, "AccessDenied"), 0));
        }
        if chance(self, faults.refused) {
            let (failure, pause) = answers::any_refusal(&mut self.world.random, &call);
            // Longer ones need not be believed.
            flight.pause = Duration::from_secs(pause.min(60));
            if failure.maybe_applied && chance(self, 300) {
                let begun = self.apply(&call, body).is_ok() && call == Call::Initiate;
                self.world.watch.unheard += usize::from(begun);
                self.world.watch.excused += usize::from(begun);
            }
            return Err(failure);
        }
        if chance(self, faults.late) {
            self.come_late(call, body);
            return Err(answers::network(true, true));
        }
        let twist = self.any_twist(&call);
        let has_callback = self.world.wanted.has_callback;
        if !twist.is_applied() {
            return answers::pretence(&call, twist, has_callback);
        }
        let mut body = body;
        if twist == Twist::WrongCrc && chance(self, 500) && call != Call::Put {
            // Damaged on the way.
            if let Some(piece) = &mut body {
                piece.corrupt();
            }
        }
        let twist = match body {
            Some(_) if body.as_ref().map(Piece::crc64) != sent => Twist::No,
            _ => twist,
        };
        let done = match self.apply(&call, body) {
            Ok(done) => done,
            Err(refusal) => return Err(answers::refused(&call, refusal, 0)),
        };
        let outcome = answers::answer(&call, done, sent, twist, has_callback);
        let lost = chance(self, faults.reply_lost);
        if call == Call::Initiate && (lost || outcome.is_err()) {
            self.world.watch.unheard += 1;
            self.world.watch.excused += usize::from(!lost);
        }
        if lost {
            let stalled = chance(self, 200);
            return Err(answers::network(true, stalled));
        }
        outcome
    }

    fn apply(
        &mut self,
        call: &Call,
        body: Option<Piece>,
    ) -> Result<super::server::Done, super::server::Refusal> {
        let run = self.world.run;
        self.world.server.apply(call, body, run)
    }

    fn any_twist(&mut self, call: &Call) -> Twist {
        let (faults, random) = (self.world.faults, &mut self.world.random);
        let commits = matches!(call, Call::Complete { .. } | Call::Put);
        if commits && self.world.wanted.has_callback && random.chance(200) {
            return Twist::CallbackFailed;
        }
        if random.chance(faults.wrong_crc) {
            return Twist::WrongCrc;
        }
        if random.chance(faults.unclear) {
            return Twist::any(random, call);
        }
        Twist::No
    }

    /// A part that the server has already, and that this run sends for the first time, is sent again.
    fn note_part(&mut self, call: &Call, body: Option<&Piece>) {
        let Call::UploadPart { upload_id, number } = call else {
            return;
        };
        self.world.counts.parts += 1;
        let is_first = self.delivered.insert((upload_id.clone(), *number));
        let parts = self.world.server.uploads.get(upload_id);
        let stored = parts.and_then(|parts| parts.get(number));
        if is_first && stored.is_some() && stored == body {
            self.world.watch.sent_again += 1;
        }
    }
}
