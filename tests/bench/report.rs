//! Medians, goals, and the two forms in which they are printed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::measure::{CHECKPOINT_PARTS, Contender, Run};
use crate::setup::{KIB, MIB};

const GIB: f64 = (1u64 << 30) as f64;

/// CPU for each byte, as a multiple of the floor's, at the part size in `CPU_GOAL_PART_SIZE`.
const CPU_GOAL: f64 = 1.3;
const CPU_GOAL_PART_SIZE: u64 = 8 * MIB;
/// At every part size, and all within `RSS_SPREAD_GOAL` of each other.
const RSS_GOAL: u64 = 16 * MIB;
const RSS_SPREAD_GOAL: u64 = 2 * MIB;
const CHECKPOINT_GOAL: u64 = 2_000_000;

/// One part size, and how it was run.
pub struct Cell {
    pub part_size: u64,
    pub in_flight: u32,
    pub file_size: u64,
    /// The most threads the client had.
    pub threads: u64,
    runs: Vec<(&'static str, Run)>,
}

impl Cell {
    pub fn new(part_size: u64, in_flight: u32, file_size: u64) -> Cell {
        Cell {
            part_size,
            in_flight,
            file_size,
            threads: 0,
            runs: Vec::new(),
        }
    }

    pub fn add(&mut self, name: &'static str, run: Run) {
        self.runs.push((name, run));
    }

    fn of<'a, T: 'a>(&'a self, name: &'a str, get: fn(&Run) -> T) -> impl Iterator<Item = T> + 'a {
        let runs = self.runs.iter().filter(move |(given, _)| *given == name);
        runs.map(move |(_, run)| get(run))
    }

    fn has(&self, name: &str) -> bool {
        self.runs.iter().any(|(given, _)| *given == name)
    }

    /// Seconds for each GiB, by the median.
    fn cpu(&self, name: &str) -> f64 {
        median(self.of(name, |run| run.cpu)) / (self.file_size as f64 / GIB)
    }

    /// 10⁹ bytes a second, by the median.
    fn speed(&self, name: &str) -> f64 {
        self.file_size as f64 / 1e9 / median(self.of(name, |run| run.wall))
    }

    /// The largest of all runs, for memory that is needed once is needed.
    fn peak_rss(&self, name: &str) -> u64 {
        self.of(name, |run| run.peak_rss).max().unwrap_or(0)
    }

    fn cpu_ratio(&self) -> f64 {
        self.cpu(Contender::CLIENT) / self.cpu(Contender::FLOOR)
    }

    fn wall_ratio(&self) -> f64 {
        self.speed(Contender::FLOOR) / self.speed(Contender::CLIENT)
    }

    fn label(&self) -> String {
        let size = if self.part_size < MIB {
            format!("{} KiB", self.part_size / KIB)
        } else {
            format!("{} MiB", self.part_size / MIB)
        };
        format!("{size} × {}", self.in_flight)
    }

    /// For someone who waits.
    pub fn summary(&self) -> String {
        let mut line = format!("{}:", self.label());
        for name in [Contender::CLIENT, Contender::FLOOR, Contender::AGAINST] {
            if self.has(name) {
                let (cpu, speed) = (self.cpu(name), self.speed(name));
                let _ = write!(line, "  {name} {cpu:.3} CPU-s/GiB, {speed:.2} GB/s;");
            }
        }
        line
    }

    fn json(&self) -> Value {
        let contender = |name: &str| {
            json!({
                "cpu_s_per_gib": rounded(self.cpu(name)),
                "gb_per_s": rounded(self.speed(name)),
                "peak_rss_bytes": self.peak_rss(name),
            })
        };
        let mut cell = json!({
            "part_size": self.part_size,
            "in_flight": self.in_flight,
            "file_size": self.file_size,
            "runs": self.of(Contender::CLIENT, |_| ()).count(),
            "client": contender(Contender::CLIENT),
            "floor": contender(Contender::FLOOR),
            "cpu_ratio": rounded(self.cpu_ratio()),
            "wall_ratio": rounded(self.wall_ratio()),
            "client_threads": self.threads,
        });
        if self.has(Contender::AGAINST) {
            cell[Contender::AGAINST] = contender(Contender::AGAINST);
        }
        cell
    }
}

#[derive(Default)]
pub struct Report {
    pub cells: Vec<Cell>,
    pub checkpoint_bytes: u64,
    pub library_bytes: u64,
    pub load_average: String,
}

struct Goal {
    what: String,
    figure: String,
    met: bool,
    /// Does not depend on how busy the machine is.
    deterministic: bool,
}

impl Report {
    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        let wanted = |cell: &&Cell| cell.part_size == CPU_GOAL_PART_SIZE;
        if let Some(cell) = self.cells.iter().find(wanted) {
            goals.push(Goal {
                what: format!("CPU at {} ≤ {CPU_GOAL} × floor", cell.label()),
                figure: format!("{:.2} ×", cell.cpu_ratio()),
                met: cell.cpu_ratio() <= CPU_GOAL,
                deterministic: false,
            });
        }
        let peaks = self
            .cells
            .iter()
            .map(|cell| cell.peak_rss(Contender::CLIENT));
        let most = peaks.clone().max().unwrap_or(0);
        let spread = most - peaks.min().unwrap_or(0);
        goals.push(Goal {
            what: format!("peak memory ≤ {} at every part size", mib(RSS_GOAL)),
            figure: mib(most),
            met: most <= RSS_GOAL,
            deterministic: true,
        });
        goals.push(Goal {
            what: format!(
                "the same at every part size, within {}",
                mib(RSS_SPREAD_GOAL)
            ),
            figure: mib(spread),
            met: spread <= RSS_SPREAD_GOAL,
            deterministic: true,
        });
        goals.push(Goal {
            what: format!("checkpoint of {CHECKPOINT_PARTS} parts < 2 MB"),
            figure: format!("{:.2} MB", self.checkpoint_bytes as f64 / 1e6),
            met: self.checkpoint_bytes < CHECKPOINT_GOAL,
            deterministic: true,
        });
        goals
    }

    pub fn deterministic_goals_met(&self) -> bool {
        self.goals()
            .iter()
            .all(|goal| goal.met || !goal.deterministic)
    }

    pub fn cpu_goal_met(&self) -> bool {
        self.goals()
            .iter()
            .all(|goal| goal.met || goal.deterministic)
    }

    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| part × in flight | CPU-s/GiB | floor | ratio | GB/s | floor | wall ratio | peak memory | floor | threads |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for cell in &self.cells {
            let (client, floor) = (Contender::CLIENT, Contender::FLOOR);
            let _ = writeln!(
                text,
                "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} | {} |",
                cell.label(),
                cell.cpu(client),
                cell.cpu(floor),
                cell.cpu_ratio(),
                cell.speed(client),
                cell.speed(floor),
                cell.wall_ratio(),
                mib(cell.peak_rss(client)),
                mib(cell.peak_rss(floor)),
                cell.threads,
            );
        }
        let against = |cell: &&Cell| cell.has(Contender::AGAINST);
        if self.cells.iter().any(|cell| against(&cell)) {
            text.push_str(
                "\n| part × in flight | CPU, this ÷ other | wall, this ÷ other | peak memory, other |\n\
                 | --- | --- | --- | --- |\n",
            );
            for cell in self.cells.iter().filter(against) {
                let (this, other) = (Contender::CLIENT, Contender::AGAINST);
                let _ = writeln!(
                    text,
                    "| {} | {:.3} | {:.3} | {} |",
                    cell.label(),
                    cell.cpu(this) / cell.cpu(other),
                    cell.speed(other) / cell.speed(this),
                    mib(cell.peak_rss(other)),
                );
            }
        }
        text.push_str("\n| goal | figure | |\n| --- | --- | --- |\n");
        for goal in self.goals() {
            let verdict = if goal.met { "PASS" } else { "FAIL" };
            let _ = writeln!(text, "| {} | {} | {verdict} |", goal.what, goal.figure);
        }
        let _ = writeln!(text, "\nThe stripped library: {}.", mib(self.library_bytes));
        text
    }

    /// One line.
    pub fn json(&self) -> String {
        let goals: Vec<Value> = self
            .goals()
            .into_iter()
            .map(|goal| json!({ "goal": goal.what, "figure": goal.figure, "met": goal.met }))
            .collect();
        json!({
            "cells": self.cells.iter().map(Cell::json).collect::<Vec<_>>(),
            "checkpoint_bytes": self.checkpoint_bytes,
            "library_bytes": self.library_bytes,
            "load_average": self.load_average,
            "goals": goals,
        })
        .to_string()
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / MIB as f64)
}
