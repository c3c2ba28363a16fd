//! Where the engine's threads and tasks meet, in many orders of their steps: half of them at random, half
//! with a few changes of thread at the worst moments (PCT). Time stands still, so that whoever is not woken
//! never goes on, which shuttle calls a deadlock. And each model has to find the bugs that were put there
//! for it.

#[path = "../../bugs.rs"]
mod bugs;
#[path = "../../../support/effort.rs"]
mod effort;
#[path = "../../../support/figures.rs"]
mod figures;

mod credentials;
mod ends;
mod sharing;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use effort::effort;
use oss_resumable_models::seeded;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

const SCHEDULES: usize = 0;
const MODELS: usize = 1;
const SEEDED: usize = 2;
const NOT_SEEN: usize = 3;
const WRONG: usize = 4;

static COUNTED: Mutex<[(&str, u64); 5]> = Mutex::new([
    ("schedules", 0),
    ("models", 0),
    ("seeded bugs seen", 0),
    ("seeded bugs not seen", 0),
    ("lost wake-ups, deadlocks and wrong ends", 0),
]);

fn count(which: usize, number: usize) {
    let mut counted = COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    counted[which].1 += number as u64;
    figures::record("models", &*counted);
}

/// Changes of thread in a PCT schedule.
const DEPTH: usize = 3;

fn seed() -> u64 {
    std::env::var("OSS_RESUMABLE_SEED").map_or_else(
        |_| {
            std::time::SystemTime::UNIX_EPOCH
                .elapsed()
                .unwrap()
                .as_nanos() as u64
        },
        |seed| seed.parse().expect("OSS_RESUMABLE_SEED is a number"),
    )
}

/// Seen together, and short enough that a limit of time holds.
const CHUNK: usize = 200;

/// Tries orders until there were `schedules` or the time is over; gives how many there were.
fn run(
    seed: u64,
    schedules: usize,
    time: Duration,
    persistence: FailurePersistence,
    model: fn(),
) -> usize {
    let (started, mut done) = (Instant::now(), 0);
    while done < schedules && started.elapsed() < time {
        let mut config = Config::new();
        config.stack_size = 0x4_0000;
        config.max_steps = MaxSteps::FailAfter(1_000_000);
        config.failure_persistence = persistence.clone();
        let seed = seed.wrapping_add(done as u64);
        done += if done % (2 * CHUNK) == 0 {
            Runner::new(RandomScheduler::new_from_seed(seed, CHUNK), config).run(model)
        } else {
            Runner::new(PctScheduler::new_from_seed(seed, DEPTH, CHUNK), config).run(model)
        };
    }
    done
}

/// Tries `model` in as many orders as this run is for, and then with each of the bugs that it is there to
/// find.
#[track_caller]
fn explore(model: fn(), bugs: &[&'static str]) {
    let seed = seed();
    let thread = std::thread::current();
    eprintln!(
        "again: OSS_RESUMABLE_SEED={seed} cargo test --manifest-path tests/models/Cargo.toml {}",
        thread.name().unwrap_or_default(),
    );
    let (schedules, seconds) = effort((400, 20), (10_000, 60), (1_000_000, 86_400));
    let time = Duration::from_secs(seconds);
    let tried = catch_unwind(AssertUnwindSafe(|| {
        run(seed, schedules, time, FailurePersistence::Print, model)
    }));
    match tried {
        Ok(done) => count(SCHEDULES, done),
        Err(panic) => {
            count(WRONG, 1);
            resume_unwind(panic);
        }
    }
    count(MODELS, 1);
    for bug in bugs {
        assert!(bugs::BUGS.iter().any(|known| known.name == *bug), "{bug}");
        seeded::set(bug);
        let found = catch_unwind(AssertUnwindSafe(|| {
            run(
                seed,
                100_000,
                // Far more than it takes, on a busy machine, too.
                Duration::from_secs(600),
                FailurePersistence::None,
                model,
            )
        }));
        seeded::set("");
        count(if found.is_err() { SEEDED } else { NOT_SEEN }, 1);
        assert!(found.is_err(), "not seen: {bug}");
    }
}
