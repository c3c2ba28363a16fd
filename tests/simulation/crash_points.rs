//! A crash at every step of small uploads, and everything that it can do to the disk: all of them tried.
//! A failure prints the line that replays it.

use crate::effort::effort;
use crate::figures::record;
use crate::simulator::{
    BLOCK, Broken, Ended, Fate, Random, Rest, Rights, World, run, until_committed,
};

const PART: u64 = 2 * BLOCK;
/// Of the orders in which things happen.
const MOST_ORDERS: u64 = 32;

/// The failure to be replayed.
fn asked() -> Option<String> {
    std::env::var("CRASH").ok()
}

/// What a crash does to the writes that were not synchronised; a killed process loses none.
const CUTS: [Option<Cut>; 8] = [
    None,
    Some((false, Every(Fate::Lost))),
    Some((true, Every(Fate::Lost))),
    Some((true, Every(Fate::Kept))),
    Some((false, Every(Fate::Kept))),
    Some((true, Last(Fate::Torn(500, Rest::Missing)))),
    Some((true, Last(Fate::Torn(500, Rest::Zeros)))),
    Some((true, Last(Fate::Torn(900, Rest::Garbage)))),
];

/// Whether changes of names are kept, and what becomes of the writes.
type Cut = (bool, Writes);
use Writes::{Every, Last};

#[derive(Clone, Copy, Debug)]
enum Writes {
    Every(Fate),
    /// All are kept but the last.
    Last(Fate),
}

#[derive(Clone, Copy, Debug)]
enum Scenario {
    Fresh,
    Resume,
    CompletePending,
    /// Complete was carried out, and nobody has heard it.
    CompleteUnheard,
    /// The checkpoint is of an older state of the file.
    Outdated,
    OnePart,
    Parts33,
    Empty,
    /// Without a checkpoint.
    Unrecorded,
}

const SCENARIOS: [Scenario; 9] = [
    Scenario::Fresh,
    Scenario::Resume,
    Scenario::CompletePending,
    Scenario::CompleteUnheard,
    Scenario::Outdated,
    Scenario::OnePart,
    Scenario::Parts33,
    Scenario::Empty,
    Scenario::Unrecorded,
];

/// Kills the first run of an upload as soon as `is_there`.
fn killed_when(mut make: impl FnMut() -> World, is_there: impl Fn(&World) -> bool) -> World {
    for step in 1.. {
        let mut world = make();
        world.crash_at = Some(step);
        let ended = run(&mut world).unwrap();
        assert!(matches!(ended, Ended::Crashed), "there is no such moment");
        if is_there(&world) {
            world.crash_at = None;
            return world;
        }
    }
    unreachable!()
}

impl Scenario {
    fn world(self, rights: Rights, order: u64) -> World {
        let size = match self {
            Scenario::OnePart => PART,
            Scenario::Parts33 => 33 * PART,
            Scenario::Empty => 0,
            _ => 4 * PART,
        };
        let random = || match order {
            0 => Random::none(),
            order => Random::of_seed(order),
        };
        let fresh = || {
            let mut world = World::new(random(), size);
            world.rights = rights;
            world.wanted.has_checkpoint = !matches!(self, Scenario::Unrecorded);
            world
        };
        match self {
            Scenario::Resume => killed_when(fresh, |world| world.recorded().0 == 2),
            Scenario::CompletePending => killed_when(fresh, |world| world.recorded().1),
            Scenario::CompleteUnheard => killed_when(fresh, World::is_there),
            Scenario::Outdated => {
                let mut world = killed_when(fresh, |world| world.recorded().0 == 2);
                world.source.replace(4 * PART);
                world
            }
            _ => fresh(),
        }
    }
}

fn cut_power(world: &mut World, cut: Option<Cut>) -> Result<(), Broken> {
    let Some((keeps_names, writes)) = cut else {
        return Ok(());
    };
    let names = if keeps_names { usize::MAX } else { 0 };
    world.power_cut(|disk, _| {
        disk.power_cut(names, |number, all| match writes {
            Every(fate) => fate,
            Last(_) if number + 1 < all => Fate::Kept,
            Last(fate) => fate,
        });
    });
    // What the disk has lost may have been the only record of an upload.
    world.check_crash(0)
}

/// One start of a scenario, and in a replay the crashes alone that led to the failure: at which step,
/// and which of `CUTS` came with it.
struct Tried {
    test: &'static str,
    start: String,
    only: Option<Vec<(u64, usize)>>,
    /// Crashes that have led here.
    path: Vec<(u64, usize)>,
    crash_points: u64,
    crashes: u64,
    most_after_kill: u64,
    most_after_power_cut: u64,
}

impl Tried {
    fn new(test: &'static str) -> Tried {
        Tried {
            test,
            start: String::new(),
            only: None,
            path: Vec::new(),
            crash_points: 0,
            crashes: 0,
            most_after_kill: 0,
            most_after_power_cut: 0,
        }
    }

    /// Tries the start of this name, all of it, unless `CRASH` asks for something else.
    fn begin(&mut self, start: String) -> bool {
        self.path.clear();
        self.only = None;
        self.start = start;
        let Some(asked) = asked() else {
            return true;
        };
        let mut words = asked.split(" @ ");
        let is_asked = words.next() == Some(&self.start);
        let crash = |word: &str| {
            let (step, cut) = word.split_once(' ').expect("a step and a cut");
            (step.parse().unwrap(), cut.parse().unwrap())
        };
        self.only = Some(words.map(crash).collect());
        is_asked
    }

    fn is_wanted(&self, step: u64, cut: usize) -> bool {
        let asked = |only: &Vec<(u64, usize)>| only.get(self.path.len()).copied();
        self.only
            .as_ref()
            .and_then(asked)
            .is_none_or(|wanted| wanted == (step, cut))
    }

    /// Crashes at each step, cuts the power in each way, and goes on from there as `then` says.
    fn each_crash(
        &mut self,
        start: &World,
        then: &mut dyn FnMut(&mut Tried, World, bool) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        for step in 1.. {
            let mut crashed = start.clone();
            crashed.crash_at = Some(step);
            if !matches!(run(&mut crashed)?, Ended::Crashed) {
                return Ok(());
            }
            crashed.crash_at = None;
            self.crash_points += 1;
            for (number, cut) in CUTS.into_iter().enumerate() {
                if !self.is_wanted(step, number) {
                    continue;
                }
                self.crashes += 1;
                self.path.push((step, number));
                let mut world = crashed.clone();
                cut_power(&mut world, cut)?;
                then(self, world, cut.is_some())?;
                self.path.pop();
            }
        }
        Ok(())
    }

    /// The run after the crash: nothing fails any more.
    fn last_run(&mut self, mut world: World, power_cut: bool) -> Result<(), Broken> {
        let (recorded, _, parts) = world.recorded();
        let is_outdated = world.is_outdated();
        let before = world.watch.sent_again;
        until_committed(&mut world)?;
        let sent_again = world.watch.sent_again - before;
        let most = match power_cut {
            true => &mut self.most_after_power_cut,
            false => &mut self.most_after_kill,
        };
        *most = sent_again.max(*most);
        // All parts are recorded: only Complete is left to be sent.
        let all = recorded > 0 && recorded == parts;
        if all && !is_outdated {
            assert_eq!(world.counts.parts, 0, "parts sent after the last one");
        }
        Ok(())
    }
}

impl Drop for Tried {
    /// Whatever broke, the way to it is known.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut name = self.start.clone();
            for (step, cut) in &self.path {
                name += &format!(" @ {step} {cut}");
            }
            let test = self.test;
            eprintln!("replay: CRASH='{name}' cargo test --test simulation -- {test}");
        }
    }
}

/// A crash, and another one at every step of the run after it.
#[test]
fn after_a_crash_at_any_step_of_the_run_after_a_crash_the_next_one_ends_in_the_object() {
    let mut tried = Tried::new("after_a_crash_at_any_step_of_the_run");
    let all = (1, &PAIRS[..]);
    let (step_by, scenarios) = match asked() {
        Some(_) => all,
        None => effort((17, &PAIRS[..1]), (7, &PAIRS[..]), all),
    };
    for scenario in scenarios {
        for (number, rights) in rights().into_iter().enumerate() {
            if !tried.begin(format!("{scenario:?} {number}")) {
                continue;
            }
            let start = scenario.world(rights, 0);
            let mut first = 0;
            let result = tried.each_crash(&start, &mut |tried, world, _| {
                first += 1;
                if first % step_by != 0 {
                    return Ok(());
                }
                tried.each_crash(&world, &mut Tried::last_run)
            });
            if let Err(broken) = result {
                panic!("{broken:?}, {rights:?}");
            }
        }
    }
    assert!(tried.crashes > 0, "no such crash");
    record("crash-pairs", &[("crashes", tried.crashes)]);
}

const PAIRS: [Scenario; 3] = [
    Scenario::Fresh,
    Scenario::CompletePending,
    Scenario::Outdated,
];

fn rights() -> [Rights; 2] {
    let all = Rights::default();
    let put_only = Rights {
        deny_list: true,
        deny_abort: true,
        deny_head: false,
    };
    [all, put_only]
}

#[test]
fn after_a_crash_at_any_step_the_next_run_ends_in_the_object() {
    let mut tried = Tried::new("after_a_crash_at_any_step_the_next");
    let orders = match asked() {
        Some(_) => MOST_ORDERS,
        None => effort(1, 4, MOST_ORDERS),
    };
    for scenario in SCENARIOS {
        for (number, rights) in rights().into_iter().enumerate() {
            for order in 0..orders {
                if !tried.begin(format!("{scenario:?} {number} {order}")) {
                    continue;
                }
                let start = scenario.world(rights, order);
                let result = tried.each_crash(&start, &mut Tried::last_run);
                if let Err(broken) = result {
                    panic!("{broken:?}, {rights:?}");
                }
            }
        }
    }
    assert!(tried.crashes > 0, "no such crash");
    record(
        "crash-points",
        &[
            ("scenarios", SCENARIOS.len() as u64),
            ("crash points", tried.crash_points),
            ("crashes", tried.crashes),
            ("most parts sent again after a kill", tried.most_after_kill),
            (
                "most parts sent again after a power cut",
                tried.most_after_power_cut,
            ),
        ],
    );
}
