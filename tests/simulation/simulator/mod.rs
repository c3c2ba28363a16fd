//! A simulation of uploads, from the first run of the program to the object: the engine's own decisions
//! (`transfer`), records (`checkpoint::record`) and reading of replies (`reply`), between models of the
//! server, the network, the disk, the file, the clock and the user.
//!
//! ```text
//! simulate(Random::of_seed(7))        // any choice from a seed
//! simulate(Random::of_bytes(&data))   // any choice from a fuzzer; nothing fails once they are used up
//! ```
//!
//! `Err` names the rule that is broken. These files use `oss_resumable` alone, so that another crate can
//! have them by `#[path = "…/tests/simulation/simulator/mod.rs"] mod simulator;`.

mod answers;
mod calls;
mod disk;
mod faults;
mod invariants;
mod random;
mod reading;
mod records;
mod run;
mod sending;
mod server;
mod source;
mod world;

use std::time::Duration;

use oss_resumable::error::{Code, Error};

use invariants::must;

pub use disk::{Fate, Rest};
#[allow(unused_imports, reason = "for the comparison with the library's")]
pub use disk::{Name, Step};
pub use faults::{Faults, Rights};
pub use invariants::{Broken, Rule};
pub use random::Random;
pub use run::{Ended, run};
pub use server::Server;
pub use source::BLOCK;
pub use world::{Counts, World};

/// How often the program is run while things go wrong.
const RUNS: u32 = 6;
/// Of virtual time, within which an upload ends when nothing fails.
const LONGEST: Duration = Duration::from_secs(600);

/// Runs an upload again and again while everything fails, then until the object is there. The rules are
/// checked after every step.
pub fn simulate(random: Random) -> Result<Counts, Broken> {
    let mut world = World::any(random);
    for _ in 0..RUNS {
        if let Ended::Finished(ending) = run(&mut world)?
            && ending.outcome.is_ok()
        {
            return Ok(world.counts);
        }
        world.between_runs();
    }
    calm_down(&mut world);
    until_committed(&mut world)?;
    Ok(world.counts)
}

/// The faults stop. Rights that are missing stay missing.
fn calm_down(world: &mut World) {
    world.faults = Faults::default();
    while !world.server.late.is_empty() {
        let begun = world.server.deliver_late(0);
        world.watch.orphans.extend(begun);
    }
    if world.server.forbids_overwrite
        && let Some(object) = &world.server.object
        && !world.source.is_now(&object.piece)
    {
        // Somebody has to, or it would be right to refuse for ever.
        world.server.delete();
    }
}

/// Nothing fails any more: the next run must end in the object, within a bounded number of requests and
/// a bounded time. Only what can no longer be found out is said, and once.
pub fn until_committed(world: &mut World) -> Result<(), Broken> {
    let mut unknown = 0;
    loop {
        let before = world.counts.requests;
        let ended = run(world)?;
        let requests = world.counts.requests - before;
        let most = Server::most_requests(world.plan());
        must(requests <= most, Rule::Progress, || {
            format!("{requests} requests although nothing fails, {most} allowed")
        })?;
        let now = world.now;
        must(now <= LONGEST, Rule::Progress, || {
            format!("{now:?} although nothing fails")
        })?;
        match ended {
            Ended::Finished(ending) => match ending.outcome {
                Ok(_) => {
                    return must(world.is_there(), Rule::TrueSuccess, || {
                        "success without the object".into()
                    });
                }
                Err(error) if world.is_there() && is_forbidden(&error) => return Ok(()),
                Err(error) if error.code == Code::CommitUnknown && unknown == 0 => {
                    unknown += 1;
                    world.counts.unknown += 1;
                }
                Err(error) => return stuck(&error),
            },
            Ended::Refused(error) => return stuck(&error),
            Ended::Crashed => {
                return must(false, Rule::Progress, || {
                    "a crash although nothing fails any more".into()
                });
            }
        }
    }
}

/// The object must not be overwritten, and it is there already.
fn is_forbidden(error: &Error) -> bool {
    error.service.http_status == 409
}

fn stuck(error: &Error) -> Result<(), Broken> {
    must(false, Rule::Progress, || {
        format!("no object although nothing fails any more: {error:?}")
    })
}
