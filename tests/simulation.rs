//! The decisions of an upload under seeded simulation: virtual time, faults and crashes at any step.
//! A failure prints the line that replays it; `TRACE=1` before that tells every step.

#[path = "simulation/crash_points.rs"]
mod crash_points;
#[path = "support/effort.rs"]
mod effort;
#[path = "support/figures.rs"]
mod figures;
#[path = "simulation/simulator/mod.rs"]
mod simulator;

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::time::{Instant, SystemTime};

use effort::effort;
use figures::record;
use simulator::{Broken, Counts, Random, Rule, simulate};

const REPLAY: &str = "cargo test --test simulation -- whatever_fails";
const REPLAY_BYTES: &str = "cargo test --test simulation -- any_bytes";
/// After so many failures more would tell nothing new.
const MOST_FAILURES: usize = 5;

/// `count` seeds that no run has tried before, or the one to be replayed.
fn fresh_seeds(count: u64) -> Vec<u64> {
    if let Ok(seed) = std::env::var("SEED") {
        return vec![seed.parse().unwrap()];
    }
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let first = u64::try_from(now.as_micros()).unwrap();
    (first..first + count).collect()
}

fn failed_seeds() -> Vec<u64> {
    if std::env::var_os("SEED").is_some() {
        return Vec::new();
    }
    let lines = include_str!("simulation/failed_seeds").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn whatever_fails_and_whenever_it_stops_the_object_is_right_and_the_answer_true() {
    let mut total = Counts::default();
    let mut failed: Vec<(u64, Broken)> = Vec::new();
    let mut seeds = failed_seeds();
    seeds.extend(fresh_seeds(effort(5_000, 60_000, 2_000_000)));
    let started = Instant::now();
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
            ("seconds", started.elapsed().as_secs()),
            ("runs", total.runs),
            ("runs without a checkpoint", total.unrecorded),
            (
                "of these failed after an upload was begun",
                total.unrecorded_failures,
            ),
            ("uploads left behind and told of", total.left_and_told),
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
            ("written without a checkpoint", count(Rule::NothingKept)),
        ],
    );
    assert!(
        failed.is_empty(),
        "{} of {tried} seeds failed",
        failed.len()
    );
    if std::env::var_os("SEED").is_none() {
        check_variety(tried, &total);
    }
}

/// That nothing went wrong says little where nothing was tried. About half of what is usual.
fn check_variety(seeds: u64, total: &Counts) {
    for (what, count, least) in [
        ("kills", total.kills, seeds / 4),
        ("power cuts", total.power_cuts, seeds / 4),
        ("commits", total.commits, seeds / 2),
        ("changes of the file", total.edits, seeds / 10),
        ("parts sent again", total.sent_again, seeds / 20),
        ("runs without a checkpoint", total.unrecorded, seeds / 4),
        ("failures of these", total.unrecorded_failures, seeds / 50),
        ("uploads left and told of", total.left_and_told, seeds / 200),
    ] {
        assert!(
            count >= least,
            "{count} {what} in {seeds} seeds, not {least}"
        );
    }
}

/// What a fuzz target does, with bytes that nobody has chosen.
#[test]
fn any_bytes_are_a_run_that_ends_and_breaks_no_rule() {
    let mut lengths = BTreeSet::new();
    for seed in fresh_seeds(effort(300, 3_000, 100_000)) {
        let mut random = Random::of_seed(seed);
        let len = random.below(600);
        let bytes: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        lengths.insert(len);
        let result = catch_unwind(|| simulate(Random::of_bytes(&bytes)));
        if !matches!(result, Ok(Ok(_))) {
            panic!("{result:?}\nreplay: SEED={seed} {REPLAY_BYTES}");
        }
    }
    let alone = std::env::var_os("SEED").is_some();
    assert!(
        alone || lengths.len() > 100,
        "the same bytes again and again"
    );
}
