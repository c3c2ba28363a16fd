//! Which parts are trusted, which are sent, and when all are there.

use std::collections::VecDeque;
use std::time::Duration;

use crate::bug::{self, Bug};
use crate::call::{Answer, Call};
use crate::checkpoint::record::DonePart;
use crate::crc;
use crate::error::{Code, Error, Result, Stage};
use crate::source::SourceError;
use crate::xml::ListedPart;

use super::events::{Action, CallId, warning};
use super::machine::{Machine, Pending, Phase};

/// A part whose CRC64 differs is sent again this often before the upload is given up.
const MAX_CRC_MISMATCHES: u32 = 3;

impl Machine {
    // ── resuming ──────────────────────────────────────────────────────────────────────────────────

    pub(super) fn hash_whole(&mut self) {
        self.to_hash = VecDeque::from([1]);
        self.actions.push_back(Action::Hash { number: 1 });
    }

    pub(super) fn hash_next(&mut self) {
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

    pub(super) fn hashed(&mut self, number: u32, crc: Result<u64, SourceError>) {
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
                    && (part.crc64 == Some(crc) || bug::seeded(Bug::AdoptsAnyPart))
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

    pub(super) fn list(&mut self, marker: u32) {
        let Some(upload_id) = self.upload_id.clone() else {
            return self.begin_fresh();
        };
        self.phase = Phase::Listing;
        self.send(Call::ListParts { upload_id, marker });
    }

    pub(super) fn listed(&mut self, parts: Vec<ListedPart>, next: Option<u32>) {
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

    pub(super) fn header_saved(&mut self, result: Result<()>) {
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

    pub(super) fn begin_uploading(&mut self) {
        self.phase = Phase::Uploading;
        let plan = &self.settings.plan;
        self.done_bytes = plan
            .iter()
            .filter(|part| self.done.contains_key(&part.number))
            .map(|part| part.len)
            .sum();
        self.resumed_bytes = self.done_bytes;
        let resend = bug::seeded(Bug::FinishedPartsResent);
        self.queue = (1..=plan.parts())
            .filter(|number| resend || !self.done.contains_key(number))
            .collect();
        self.listed.clear();
        self.pump();
    }

    pub(super) fn pump(&mut self) {
        let Some(upload_id) = self.upload_id.clone() else {
            return;
        };
        let more = usize::from(bug::seeded(Bug::TooManyInFlight));
        while self.pending.len() < self.settings.parts_in_flight as usize + more {
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

    pub(super) fn uploaded(&mut self, id: CallId, mut pending: Pending, answer: Answer) {
        let Answer::Uploaded {
            etag,
            sent_crc64,
            stored_crc64,
            service,
        } = answer
        else {
            return self.fail(Error::internal("an answer to another question"));
        };
        let Call::UploadPart { number, .. } = pending.call else {
            return;
        };
        if stored_crc64 == Some(sent_crc64) || bug::seeded(Bug::PartCrcIgnored) {
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
            let mut error = error.at(Stage::Upload).part(number).with_service(service);
            error.offset = self.settings.plan.part(number).map(|part| part.offset);
            error.attempts = pending.crc_mismatches + pending.attempts.failed;
            return self.fail(error);
        }
        self.retries += 1;
        self.schedule(id, pending, Duration::ZERO);
    }

    pub(super) fn record(&mut self, number: u32, part: DonePart) {
        if self.resumable && self.warnings & warning::RESUMABILITY_LOST == 0 {
            let part = part.clone();
            self.actions.push_back(Action::SavePart { number, part });
        }
        self.done.insert(number, part);
    }

    pub(super) fn note_saved(&mut self, saved: bool) {
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
}
