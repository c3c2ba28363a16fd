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

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use effort::effort;
use oss_resumable_models::seeded;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

const SCHEDULES: usize = 0;
const MODELS: usize = 1;
const SEEDED: usize = 2;

static COUNTED: Mutex<[(&str, u64); 5]> = Mutex::new([
    ("schedules", 0),
    ("models", 0),
    ("seeded bugs", 0),
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

fn run(scheduler: impl Scheduler + 'static, quiet: bool, model: fn()) -> usize {
    let mut config = Config::new();
    config.stack_size = 0x4_0000;
    config.max_steps = MaxSteps::FailAfter(1_000_000);
    if quiet {
        config.failure_persistence = FailurePersistence::None;
    }
    Runner::new(scheduler, config).run(model)
}

/// Tries `model` in as many orders as this run is for, and then with each of the bugs that it is there to
/// find.
#[track_caller]
fn explore(model: fn(), bugs: &[&'static str]) {
    let (seed, schedules) = (seed(), effort(400, 10_000, 1_000_000));
    eprintln!("OSS_RESUMABLE_SEED={seed}");
    let random = RandomScheduler::new_from_seed(seed, schedules / 2);
    let pct = PctScheduler::new_from_seed(seed, DEPTH, schedules / 2);
    count(
        SCHEDULES,
        run(random, false, model) + run(pct, false, model),
    );
    count(MODELS, 1);
    for bug in bugs {
        assert!(bugs::BUGS.iter().any(|known| known.name == *bug), "{bug}");
        seeded::set(bug);
        let found = catch_unwind(AssertUnwindSafe(|| {
            run(RandomScheduler::new_from_seed(seed, 20_000), true, model);
            run(
                PctScheduler::new_from_seed(seed, DEPTH, 20_000),
                true,
                model,
            );
        }));
        seeded::set("");
        assert!(found.is_err(), "not seen: {bug}");
        count(SEEDED, 1);
    }
}
