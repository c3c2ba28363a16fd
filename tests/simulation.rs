//! The decisions of an upload under seeded simulation: virtual time, faults and crashes at any step.
//! `SEED=n cargo test --test simulation -- whatever` replays one.

#[path = "simulation/crash_points.rs"]
mod crash_points;
#[path = "support/effort.rs"]
mod effort;
#[path = "support/figures.rs"]
mod figures;
#[path = "simulation/simulator/mod.rs"]
mod simulator;

use std::panic::catch_unwind;
use std::time::SystemTime;

use effort::effort;
use figures::record;
use simulator::{Broken, Counts, Random, Rule, simulate};

const REPLAY: &str = "cargo test --test simulation -- whatever_fails";
/// After so many failures more would tell nothing new.
const MOST_FAILURES: usize = 5;

fn seeds() -> Vec<u64> {
    if let Ok(seed) = std::env::var("SEED") {
        return vec![seed.parse().unwrap()];
    }
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let first = u64::try_from(now.as_micros()).unwrap();
    (first..first + effort(5_000, 60_000, 2_000_000)).collect()
}

#[test]
fn whatever_fails_and_whenever_it_stops_the_object_is_right_and_the_answer_true() {
    let mut total = Counts::default();
    let mut failed: Vec<(u64, Broken)> = Vec::new();
    let seeds = seeds();
    let mut tried = 0;
    for seed in &seeds {
        let result = catch_unwind(|| simulate(Random::of_seed(*seed))).unwrap_or_else(|_| {
            let text = "a panic, see above".into();
            let rule = Rule::Progress;
            Err(Broken { rule, text })
        });
        tried += 1;
        match result {
            Ok(counts) => total.add(&counts),
            Err(broken) => {
                eprintln!("{:?}: {}", broken.rule, broken.text);
                eprintln!("replay: SEED={seed} {REPLAY}");
                failed.push((*seed, broken));
            }
        }
        if failed.len() == MOST_FAILURES {
            break;
        }
    }
    let count = |rule: Rule| {
        failed
            .iter()
            .filter(|(_, broken)| broken.rule == rule)
            .count() as u64
    };
    record(
        "simulation",
        &[
            ("seeds", tried),
            ("runs", total.runs),
            ("steps", total.steps),
            ("requests", total.requests),
            ("crashes", total.kills + total.power_cuts),
            ("of these power cuts", total.power_cuts),
            ("changes of the file", total.edits),
            ("commits", total.commits),
            ("parts sent again after an interruption", total.sent_again),
            ("parts sent beyond the bound", count(Rule::LittleSentAgain)),
            ("wrong objects", count(Rule::NoWrongObject)),
            ("false successes", count(Rule::TrueSuccess)),
            ("commits hidden by a failure", count(Rule::HonestFailure)),
            ("stuck", count(Rule::Progress)),
            ("uploads left behind unsaid", count(Rule::NoLeak)),
        ],
    );
    assert!(
        failed.is_empty(),
        "{} of {tried} seeds failed",
        failed.len()
    );
}
