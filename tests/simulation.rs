//! The decisions of an upload under seeded simulation: virtual time, a model of the server and of the
//! checkpoint, faults and crashes at any step. `SEED=n cargo test --test simulation` replays one.

use std::collections::BTreeMap;
use std::time::Duration;

use oss_resumable::call::{
    Answer, Call, Committed, Failure, FailureKind, Outcome, SignAgain, UploadRef,
};
use oss_resumable::checkpoint::record::{self, DonePart, Header};
use oss_resumable::config::{Limits, ResumeRules};
use oss_resumable::crc;
use oss_resumable::error::{Code, Error};
use oss_resumable::plan::{PartSize, Plan};
use oss_resumable::source::FileIdentity;
use oss_resumable::transfer::events::{Action, Ending, Event, Settings, warning};
use oss_resumable::transfer::machine::Machine;
use oss_resumable::transfer::resume;
use oss_resumable::xml::ListedPart;

const PART: u64 = 102_400;
const IN_FLIGHT: u32 = 3;
const SEEDS: u64 = 20_000;
/// More than any run needs; a run that takes longer is stuck in a circle.
const MAX_STEPS: u32 = 20_000;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }
}

/// How often things go wrong, in thousandths of the occasions.
#[derive(Clone, Copy, Default)]
struct Faults {
    refused: u64,
    unsent: u64,
    reply_lost: u64,
    wrong_crc: u64,
    forget: u64,
    disk: u64,
    crash: u64,
    cancel: u64,
    deny_list: bool,
    deny_abort: bool,
    deny_head: bool,
}

#[derive(Default)]
struct Server {
    uploads: BTreeMap<String, BTreeMap<u32, u64>>,
    begun: u32,
    object: Option<u64>,
    commits: u32,
    parts_received: u64,
}

struct World {
    random: Random,
    faults: Faults,
    server: Server,
    disk: Vec<u8>,
    plan: Plan,
}

enum Run {
    Ended(Box<Ending>),
    Crashed,
}

impl World {
    fn new(seed: u64) -> World {
        let mut random = Random(seed);
        let size = match random.below(4) {
            0 => random.below(2) * 50,
            _ => PART * (1 + random.below(8)) + random.below(3) * 17,
        };
        let level = [0, 20, 120, 300][random.below(4) as usize];
        let faults = Faults {
            refused: level,
            unsent: level,
            reply_lost: level,
            wrong_crc: level / 4,
            forget: level / 20,
            disk: if random.chance(300) { 100 } else { 0 },
            crash: if random.chance(600) { 15 } else { 0 },
            cancel: if random.chance(200) { 10 } else { 0 },
            deny_list: random.chance(300),
            deny_abort: random.chance(300),
            deny_head: random.chance(300),
        };
        World {
            random,
            faults,
            server: Server::default(),
            disk: Vec::new(),
            plan: Plan::new(size, PartSize::Bytes(PART)).unwrap(),
        }
    }

    /// The content does not matter, only that parts differ.
    fn part_crc(&self, number: u32) -> u64 {
        crc::crc64(&u64::from(number).to_le_bytes())
    }

    fn file_crc(&self) -> u64 {
        if self.plan.is_single() {
            return self.part_crc(1);
        }
        self.plan.iter().fold(crc::crc64(&[]), |crc, part| {
            crc::combine(crc, self.part_crc(part.number), part.len)
        })
    }

    fn header(&self) -> Header {
        Header {
            version: record::VERSION,
            endpoint: "https://a.b".into(),
            bucket: "bucket".into(),
            object: "key".into(),
            upload_id: String::new(),
            part_size: self.plan.part_size(),
            parts: self.plan.parts(),
            file: FileIdentity {
                path: "/f".into(),
                size: self.plan.size(),
                mtime: (1, 1),
                device: None,
                inode: None,
                ctime: None,
            },
            headers: String::new(),
        }
    }

    fn run(&mut self) -> Run {
        let loaded = record::load(&self.disk);
        assert!(!loaded.damaged, "our own writes read back as damage");
        self.disk.truncate(loaded.sound_bytes as usize);
        let start = resume::start_from(
            loaded,
            &self.header(),
            self.plan.is_single(),
            ResumeRules::default(),
        );
        let settings = Settings {
            plan: self.plan,
            bucket: "bucket".into(),
            object: "key".into(),
            parts_in_flight: IN_FLIGHT,
            has_checkpoint: true,
            has_callback: false,
            limits: Limits::default(),
            seed: self.random.next(),
        };
        let mut machine = Machine::new(settings, start);
        let mut now = Duration::ZERO;
        // In flight: replies that will come, in an order that chance decides.
        let mut coming: Vec<Event> = vec![Event::Started];
        for _ in 0..MAX_STEPS {
            while let Some(action) = machine.next_action() {
                if self.random.chance(self.faults.crash) {
                    return Run::Crashed;
                }
                match action {
                    Action::Finish(ending) => {
                        if ending.remove_checkpoint {
                            self.disk.clear();
                        }
                        return Run::Ended(ending);
                    }
                    Action::DropCalls => coming.retain(|e| !matches!(e, Event::Replied { .. })),
                    Action::SavePart { number, part } => {
                        let saved = !self.random.chance(self.faults.disk / 4);
                        if saved {
                            let line = record::part_line(number, &part).unwrap();
                            self.disk.extend(line.into_bytes());
                        }
                        machine.handle(now, Event::PartSaved(saved));
                    }
                    other => coming.extend(self.carry_out(other)),
                }
            }
            if self.random.chance(self.faults.crash) {
                return Run::Crashed;
            }
            if self.random.chance(self.faults.cancel) {
                coming.push(Event::Canceled);
            }
            let timer = machine.next_timer();
            let event = if coming.is_empty() || (timer.is_some() && self.random.chance(200)) {
                now = now.max(timer.expect("nothing is coming and no timer runs: stuck"));
                Event::Tick
            } else {
                now += Duration::from_millis(self.random.below(50));
                let at = self.random.below(coming.len() as u64) as usize;
                coming.swap_remove(at)
            };
            machine.handle(now, event);
        }
        panic!(
            "no end after {MAX_STEPS} steps, in stage {:?}",
            machine.stage()
        );
    }

    fn carry_out(&mut self, action: Action) -> Option<Event> {
        Some(match action {
            Action::Send { id, call, .. } => Event::Replied {
                id,
                outcome: Box::new(self.exchange(&call)),
            },
            Action::Hash { number } => Event::Hashed {
                number,
                crc: Ok(self.part_crc(number)),
            },
            Action::VerifySource { crcs } => {
                assert_eq!(crcs.len(), self.plan.parts() as usize);
                Event::SourceVerified(Ok(()))
            }
            Action::SaveHeader { upload_id } => {
                if self.random.chance(self.faults.disk) {
                    let error = Error::new(Code::Checkpoint, "disk");
                    return Some(Event::HeaderSaved(Err(error)));
                }
                let header = Header {
                    upload_id,
                    ..self.header()
                };
                self.disk = record::header_line(&header).unwrap().into_bytes();
                Event::HeaderSaved(Ok(()))
            }
            Action::SaveCompleting => {
                let saved = !self.random.chance(self.faults.disk);
                if saved {
                    self.disk
                        .extend(record::completing_line().unwrap().into_bytes());
                }
                Event::CompletingSaved(saved)
            }
            // The reply that is on its way follows anyway.
            _ => return None,
        })
    }

    fn exchange(&mut self, call: &Call) -> Outcome {
        let faults = self.faults;
        if self.random.chance(faults.unsent) {
            return Err(network(false));
        }
        if self.random.chance(faults.refused) {
            return Err(service(503, "ServiceUnavailable"));
        }
        if self.random.chance(faults.forget) {
            self.server.uploads.clear();
        }
        let answer = self.apply(call);
        if self.random.chance(faults.reply_lost) {
            return Err(network(true));
        }
        answer
    }

    fn apply(&mut self, call: &Call) -> Outcome {
        let gone = || service(404, "NoSuchUpload");
        let denied = || service(403, "AccessDenied");
        let committed = |crc64| Committed {
            status: 200,
            crc64: Some(crc64),
            ..Committed::default()
        };
        let crcs: Vec<u64> = (0..=self.plan.parts()).map(|n| self.part_crc(n)).collect();
        let (plan, whole) = (self.plan, self.file_crc());
        let wrong = self.random.chance(self.faults.wrong_crc);
        let server = &mut self.server;
        match call {
            Call::Initiate => {
                server.begun += 1;
                let upload_id = format!("id-{}", server.begun);
                server.uploads.insert(upload_id.clone(), BTreeMap::new());
                Ok(Answer::Initiated { upload_id })
            }
            Call::UploadPart { upload_id, number } => {
                server.parts_received += 1;
                let parts = server.uploads.get_mut(upload_id).ok_or_else(gone)?;
                let stored = crcs[*number as usize] ^ u64::from(wrong);
                parts.insert(*number, stored);
                Ok(Answer::Uploaded {
                    etag: format!("{stored:X}"),
                    sent_crc64: crcs[*number as usize],
                    stored_crc64: Some(stored),
                })
            }
            Call::ListParts { .. } if self.faults.deny_list => Err(denied()),
            Call::ListParts { upload_id, marker } => {
                let parts = server.uploads.get(upload_id).ok_or_else(gone)?;
                let page: Vec<ListedPart> = parts
                    .iter()
                    .filter(|(number, _)| *number > marker)
                    .take(2)
                    .map(|(number, crc64)| ListedPart {
                        number: *number,
                        size: plan.part(*number).unwrap().len,
                        etag: format!("\"{crc64:X}\""),
                        crc64: Some(*crc64),
                    })
                    .collect();
                let last = page.last().map(|part| part.number);
                let next = last.filter(|last| parts.keys().any(|number| number > last));
                Ok(Answer::Listed { parts: page, next })
            }
            Call::Complete { upload_id, parts } => {
                let stored = server.uploads.get(upload_id).ok_or_else(gone)?;
                let same = parts.len() == plan.parts() as usize
                    && parts.iter().all(|(number, etag)| {
                        stored
                            .get(number)
                            .is_some_and(|crc| *etag == format!("{crc:X}"))
                    });
                if !same {
                    return Err(service(400, "InvalidPart"));
                }
                let crc64 = plan.iter().fold(crc::crc64(&[]), |crc, part| {
                    crc::combine(crc, stored[&part.number], part.len)
                });
                server.uploads.remove(upload_id);
                server.object = Some(crc64);
                server.commits += 1;
                Ok(Answer::Completed(committed(crc64)))
            }
            Call::Abort(_) if self.faults.deny_abort => Err(denied()),
            Call::Abort(UploadRef { upload_id, .. }) => server
                .uploads
                .remove(upload_id)
                .map(|_| Answer::Aborted)
                .ok_or_else(gone),
            Call::Head if self.faults.deny_head => Err(denied()),
            Call::Head => {
                let crc64 = server.object.ok_or_else(|| service(404, "NoSuchKey"))?;
                Ok(Answer::Head {
                    size: plan.size(),
                    found: committed(crc64),
                })
            }
            Call::ListUploads { .. } => unreachable!("not a call of an upload"),
            Call::Put => {
                server.object = Some(whole);
                server.commits += 1;
                Ok(Answer::Put {
                    sent_crc64: whole,
                    committed: committed(whole),
                })
            }
        }
    }
}

fn network(maybe_applied: bool) -> Failure {
    Failure {
        kind: FailureKind::Network {
            permanent: false,
            stalled: false,
        },
        maybe_applied,
        error: Error::new(Code::Network, "network"),
    }
}

fn service(status: u16, code: &str) -> Failure {
    let mut error = Error::new(Code::Service, code);
    error.service.http_status = status;
    error.service.code = Some(code.to_owned());
    Failure {
        kind: FailureKind::Service {
            status,
            retry_after: None,
            sign_again: SignAgain::No,
        },
        maybe_applied: status >= 500,
        error,
    }
}

fn simulate(seed: u64) {
    let mut world = World::new(seed);
    let whole = world.file_crc();
    // An outcome that nobody has heard yet.
    let mut in_the_dark = false;
    for _ in 0..6 {
        let before = (world.server.parts_received, world.server.commits);
        let kept = record::load(&world.disk);
        let restarts_before = world.server.begun;
        let run = world.run();
        let commits = world.server.commits - before.1;
        assert!(
            world.server.object.is_none_or(|crc| crc == whole),
            "a wrong object is visible"
        );
        match run {
            Run::Crashed => in_the_dark |= commits > 0 || kept.completing,
            Run::Ended(ending) => match &ending.outcome {
                Ok(_) => {
                    assert_eq!(
                        world.server.object,
                        Some(whole),
                        "success without an object"
                    );
                    assert_eq!(ending.crc64, whole);
                    assert!(world.disk.is_empty(), "the checkpoint outlived the success");
                    return;
                }
                Err(error) if error.code == Code::CommitUnknown => in_the_dark = true,
                Err(error) => assert!(
                    commits == 0 || in_the_dark,
                    "{:?} hides a commit",
                    error.code
                ),
            },
        }
        // Bytes sent beyond what was missing: what was in flight at the end of the run before.
        let resumed_here = kept.header.is_some() && world.server.begun == restarts_before;
        if resumed_here && world.faults.wrong_crc == 0 && world.faults.reply_lost == 0 {
            let missing = u64::from(world.plan.parts()) - kept.parts.len() as u64;
            let sent = world.server.parts_received - before.0;
            assert!(
                sent <= missing + u64::from(IN_FLIGHT) + 1,
                "{sent} parts sent, {missing} were missing"
            );
        }
    }
    // The faults stop: the next runs must end in the object, without a person's help.
    world.faults = Faults {
        deny_list: world.faults.deny_list,
        deny_abort: world.faults.deny_abort,
        deny_head: world.faults.deny_head,
        ..Faults::default()
    };
    for _ in 0..3 {
        let before = world.server.parts_received;
        if let Run::Ended(ending) = world.run() {
            match &ending.outcome {
                Ok(_) => {
                    assert_eq!(world.server.object, Some(whole));
                    assert!(
                        world.server.parts_received - before <= 2 * u64::from(world.plan.parts())
                    );
                    return;
                }
                // Only what can no longer be found out, and then only once.
                Err(error) => assert_eq!(error.code, Code::CommitUnknown, "{error:?}"),
            }
        }
    }
    panic!("no object although nothing fails any more");
}

#[test]
fn whatever_fails_and_whenever_it_stops_the_object_is_right_and_the_answer_true() {
    if let Ok(seed) = std::env::var("SEED") {
        return simulate(seed.parse().unwrap());
    }
    let base = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    for offset in 0..SEEDS {
        // A few that stay the same, and fresh ones each time.
        let seed = if offset < 500 {
            offset
        } else {
            base * 10_000 + offset
        };
        if let Err(panic) = std::panic::catch_unwind(|| simulate(seed)) {
            eprintln!("replay: SEED={seed} cargo test --test simulation");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn an_abort_that_is_refused_is_told() {
    let mut world = World::new(1);
    world.faults = Faults {
        deny_abort: true,
        ..Faults::default()
    };
    world.plan = Plan::new(3 * PART, PartSize::Bytes(PART)).unwrap();
    // A checkpoint of another file leaves an upload to abort.
    let mut other = world.header();
    other.upload_id = "old".into();
    other.file.size += 1;
    world.disk = record::header_line(&other).unwrap().into_bytes();
    let part = DonePart {
        etag: "A".into(),
        crc64: 1,
    };
    world
        .disk
        .extend(record::part_line(1, &part).unwrap().into_bytes());
    let Run::Ended(ending) = world.run() else {
        panic!("crashed");
    };
    assert!(ending.outcome.is_ok());
    assert_eq!(ending.warnings, warning::UPLOAD_LEFT);
}
