//! The network: what happens to each request, and what an upload has met.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::Random;
use crate::wire::{End, Fate, Head, Trouble, Wire};

/// What happens to the `nth` request of its kind of an upload: the same in every run with this seed.
fn fate(seed: u64, upload: u64, kind: u64, nth: u64, head: &Head<'_>) -> Fate {
    let mut random = Random::new(&[seed, upload, kind, nth]);
    // What has gone wrong often enough gets its turn.
    let odds = if nth < 4 { 30 } else { 10 };
    if random.below(100) >= odds {
        return Fate::default();
    }
    let in_head = random.below(2) == 0;
    let request_at = match in_head {
        true => random.below(head.text.len() as u64),
        false => random.below(head.len()),
    };
    let reply_at = random.below(500);
    let bit = random.below(8) as u8;
    let pause = Duration::from_millis(200 + random.below(1_500));
    match random.below(11) {
        0 => Fate::in_request(request_at, Trouble::Cut(End::Fin)),
        1 => Fate::in_request(request_at, Trouble::Cut(End::Reset)),
        2 => Fate::in_reply(reply_at, Trouble::Cut(End::Fin)),
        3 => Fate::in_reply(reply_at, Trouble::Cut(End::Reset)),
        4 => Fate::in_request(request_at, Trouble::Pause(pause)),
        5 => Fate::in_request(request_at, Trouble::Silence),
        6 => Fate::in_reply(reply_at, Trouble::Silence),
        7 => Fate::in_request(request_at, Trouble::Flip(bit)),
        8 => Fate::in_request(random.below(head.len()), Trouble::Flip(bit)),
        9 => Fate::in_reply(reply_at, Trouble::Flip(bit)),
        _ => Fate {
            bytes_per_second: Some((head.len() / 2).max(100_000)),
            ..Fate::default()
        },
    }
}

/// Which of the requests of an upload.
struct Kind {
    number: u64,
    begins: bool,
    is_part: bool,
}

/// `/bucket/NUMBER?partNumber=…`: which upload, and which of its requests.
fn identify(head: &Head<'_>) -> Option<(u64, Kind)> {
    let (path, query) = head.target().split_once('?').unwrap_or((head.target(), ""));
    let upload = path.rsplit('/').next()?.parse().ok()?;
    let part = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("partNumber="))
        .and_then(|number| number.parse::<u64>().ok())
        .unwrap_or(0);
    let method = u64::from(head.method().as_bytes()[0]) << 32;
    let begins = query.starts_with("uploads");
    let kind = Kind {
        number: method | u64::from(begins) << 40 | part,
        begins,
        is_part: part > 0,
    };
    Some((upload, kind))
}

/// What an upload has met on its way.
#[derive(Clone, Debug, Default)]
pub struct Met {
    times: HashMap<u64, u64>,
    /// In requests that send a part, those that were cut short included.
    pub part_bytes: u64,
    /// Of these, the ones in trouble.
    pub troubled_parts: u64,
    /// Answers in which a bit changed, and requests that are no part's, as Complete with its list of parts:
    /// a part, or the whole upload, that is not there as it was told, and for which there is no way but to
    /// send it again.
    pub false_answers: u64,
    /// Of requests that begin an upload.
    pub troubled_begins: u64,
}

impl Met {
    fn note(&mut self, kind: &Kind, head: &Head<'_>, fate: &Fate) {
        if kind.is_part {
            self.part_bytes += head.body;
        }
        let stops = |(_, trouble): &(u64, Trouble)| !matches!(trouble, Trouble::Pause(_));
        let lies = |(_, trouble): &(u64, Trouble)| matches!(trouble, Trouble::Flip(_));
        let is_interrupted = fate.request.iter().chain(&fate.reply).any(stops);
        self.troubled_parts += u64::from(is_interrupted && kind.is_part);
        let is_false =
            fate.reply.iter().any(lies) || !kind.is_part && fate.request.iter().any(lies);
        self.false_answers += u64::from(is_false);
        self.troubled_begins += u64::from(is_interrupted && kind.begins);
    }
}

pub type AllMet = Arc<Mutex<HashMap<u64, Met>>>;

pub fn faulty(upstream: u16, seed: u64, all: &AllMet) -> Wire {
    let all = Arc::clone(all);
    Wire::start(upstream, move |head| match identify(head) {
        Some((upload, kind)) => {
            let mut all = all.lock().unwrap();
            let met = all.entry(upload).or_default();
            let nth = met.times.entry(kind.number).or_default();
            *nth += 1;
            let fate = fate(seed, upload, kind.number, *nth - 1, head);
            met.note(&kind, head, &fate);
            fate
        }
        None => Fate::default(),
    })
}
