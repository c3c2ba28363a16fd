//! The connection breaks once, at every byte of the head of every request and of every reply: it costs
//! one request at most, and never the truth.
//! `CUT='place side offset' cargo test --test matrix` replays what a failure names.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use oss_resumable::error::Code;
use oss_resumable::transfer::events::warning;
use oss_test_server::{Op, Server};

use crate::engine::*;
use crate::expectation::Place;
use crate::scene::{PUT_SIZE, SIZE, Scene};
use crate::wire::{End, Fate, Head, Trouble, Wire};
use crate::{effort, figures};

/// Longer than every head; beyond the end of what is sent, a cut does not happen.
const REQUEST_END: u64 = 1_000;
const REPLY_END: u64 = 800;
/// Inside a body of a part.
const BODY: [u64; 6] = [1_500, 4_096, 20_000, 65_536, 102_400, 102_900];
/// Nearly all of a cut is waiting.
const WORKERS: usize = 24;

#[derive(Clone, Copy, Debug)]
struct Cut {
    place: Place,
    in_reply: bool,
    offset: u64,
    end: End,
}

impl Cut {
    fn name(&self) -> String {
        let side = if self.in_reply { "reply" } else { "request" };
        format!("{:?} {side} {} {:?}", self.place, self.offset, self.end)
    }

    fn fate(&self) -> Fate {
        let trouble = Trouble::Cut(self.end);
        match self.in_reply {
            true => Fate::in_reply(self.offset, trouble),
            false => Fate::in_request(self.offset, trouble),
        }
    }
}

fn is_at(place: Place, head: &Head<'_>) -> bool {
    let (method, target) = (head.method(), head.target());
    match place {
        Place::Initiate => method == "POST" && target.contains("uploads"),
        Place::Complete => method == "POST" && target.contains("uploadId"),
        Place::Part => method == "PUT" && target.contains("partNumber"),
        Place::Put => method == "PUT" && !target.contains("partNumber"),
        Place::List => method == "GET",
        Place::AbortStale | Place::AbortClosing => method == "DELETE",
        Place::Head => method == "HEAD",
    }
}

fn all_cuts(step: u64) -> Vec<Cut> {
    let both = effort::effort(false, false, true);
    let mut cuts = Vec::new();
    for place in Place::ALL {
        let sends_data = matches!(place, Place::Part | Place::Put);
        let bodies = BODY.into_iter().filter(|_| sends_data);
        let requests = (0..REQUEST_END).chain(bodies).map(|offset| (false, offset));
        let replies = (0..REPLY_END).map(|offset| (true, offset));
        for (number, (in_reply, offset)) in requests.chain(replies).enumerate() {
            for end in [End::Fin, End::Reset] {
                let turn = (offset % 2 == 0) == (end == End::Fin);
                if (both || turn) && (number as u64).is_multiple_of(step) {
                    cuts.push(Cut {
                        place,
                        in_reply,
                        offset,
                        end,
                    });
                }
            }
        }
    }
    cuts
}

/// Bytes of the file that have to be sent from where the operation comes next.
fn due(place: Place) -> u64 {
    match place {
        // All parts but the last are there.
        Place::List => SIZE % PART,
        Place::Put => PUT_SIZE,
        // Of the file that is another one now.
        Place::AbortStale => SIZE - 1,
        _ => SIZE,
    }
}

/// What one cut may cause to be sent again: what the broken request carried.
fn sent_twice(place: Place) -> u64 {
    match place {
        Place::Part => PART,
        Place::Put => PUT_SIZE,
        _ => 0,
    }
}

/// Bytes of parts and whole objects that have arrived.
fn received(server: &Server) -> u64 {
    let log = server.log();
    let data = log
        .iter()
        .filter(|entry| matches!(entry.op, Op::UploadPart | Op::PutObject));
    data.map(|entry| entry.body_bytes).sum()
}

#[derive(Default)]
struct Counted {
    /// By place.
    happened: Mutex<BTreeMap<String, usize>>,
    retried: AtomicU64,
    wrong: AtomicU64,
    beyond: AtomicU64,
    messages: Mutex<Vec<String>>,
}

type Armed = Arc<Mutex<Option<Cut>>>;

fn scene() -> (Scene, Wire, Armed) {
    let rig = Rig::in_memory();
    let armed: Armed = Arc::default();
    let waiting = Arc::clone(&armed);
    let wire = Wire::start(rig.server.port(), move |head| {
        let mut armed = waiting.lock().unwrap();
        match *armed {
            Some(cut) if is_at(cut.place, head) => {
                *armed = None;
                cut.fate()
            }
            _ => Fate::default(),
        }
    });
    // Pauses of the machine are no stalls: one failure is what is counted.
    let scene = Scene::through(rig, &wire.url(), 10);
    (scene, wire, armed)
}

fn try_cut(scene: &Scene, wire: &Wire, armed: &Armed, cut: Cut, counted: &Counted) {
    let (file, request) = scene.set_up(cut.place);
    let troubles = wire.troubles();
    *armed.lock().unwrap() = Some(cut);
    let report = run(&scene.patient, request);
    *armed.lock().unwrap() = None;
    if wire.troubles() == troubles {
        // Beyond the end of what was sent.
        return scene.clean();
    }
    let place = format!("{:?}", cut.place);
    *counted.happened.lock().unwrap().entry(place).or_default() += 1;
    let server = &scene.rig.server;
    let mut problems = Vec::new();
    let object = server.object(BUCKET, KEY);
    match (&report.outcome, cut.place) {
        (Err(error), Place::AbortClosing) if error.code == Code::Service => {
            if object.is_some() {
                problems.push("a failure, but there is an object".to_owned());
            }
        }
        (Ok(_), place) if place != Place::AbortClosing => {
            let proven = object.and_then(|object| object.crc64) == Some(report.crc64);
            if !proven || !server.object_equals_file(BUCKET, KEY, &file) {
                counted.wrong.fetch_add(1, Ordering::Relaxed);
                problems.push("a success, but the object is not the file".to_owned());
            }
        }
        (outcome, _) => problems.push(format!("{outcome:?}")),
    }
    let told = report.warnings & warning::UPLOAD_LEFT != 0;
    let left = server.uploads().len();
    if left > usize::from(told) {
        problems.push(format!("{left} uploads left, told: {told}"));
    }
    let sent = received(server);
    let due = due(cut.place);
    let most = due + sent_twice(cut.place);
    if sent > most {
        counted.beyond.fetch_add(sent - most, Ordering::Relaxed);
    }
    if !(due..=most).contains(&sent) {
        problems.push(format!(
            "{sent} bytes of the file were sent, not {due} to {most}"
        ));
    }
    // HEAD is asked after a Complete that was sent again.
    let before = u32::from(cut.place == Place::Head);
    let retries = report.retries.saturating_sub(before);
    counted.retried.fetch_add(retries.into(), Ordering::Relaxed);
    if retries > 1 {
        problems.push(format!("{retries} requests were sent again"));
    }
    if !problems.is_empty() {
        let name = cut.name();
        counted.messages.lock().unwrap().push(format!(
            "{name}: {}\n    CUT='{name}' cargo test --test matrix",
            problems.join("; ")
        ));
    }
    scene.clean();
}

#[test]
fn a_connection_that_breaks_at_any_byte_costs_one_request_and_never_the_truth() {
    let cuts: Vec<Cut> = match std::env::var("CUT") {
        Ok(name) => all_cuts(1)
            .into_iter()
            .filter(|cut| cut.name().starts_with(&name))
            .collect(),
        Err(_) => all_cuts(effort::effort(97, 1, 1)),
    };
    assert!(!cuts.is_empty(), "no such cut");
    let tried = cuts.len();
    let counted = Counted::default();
    let queue = Mutex::new(cuts);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let (scene, wire, armed) = scene();
                loop {
                    let Some(cut) = queue.lock().unwrap().pop() else {
                        break;
                    };
                    try_cut(&scene, &wire, &armed, cut, &counted);
                }
            });
        }
    });
    let by_place = counted.happened.into_inner().unwrap();
    let happened: usize = by_place.values().sum();
    println!("of {tried}: {by_place:?}");
    let messages = counted.messages.into_inner().unwrap();
    figures::record(
        "connection-cuts",
        &[
            ("cuts", happened as u64),
            ("requests sent again", counted.retried.into_inner()),
            ("wrong objects", counted.wrong.into_inner()),
            (
                "bytes re-sent beyond the bound",
                counted.beyond.into_inner(),
            ),
            ("ends other than expected", messages.len() as u64),
        ],
    );
    assert!(messages.is_empty(), "\n{}", messages.join("\n"));
    if std::env::var_os("CUT").is_some() {
        return assert!(happened > 0, "no cut has happened");
    }
    // The others were behind the end of what was sent.
    for place in Place::ALL {
        let happened = by_place.get(&format!("{place:?}")).copied();
        let least = tried / Place::ALL.len() / 4;
        assert!(
            happened.unwrap_or_default() >= least,
            "{happened:?} cuts at {place:?} of {tried} in all, not {least}"
        );
    }
}
