//! The simulation has steps of its own in which a checkpoint is written. They prove something about the
//! library as long as it does the same in the same order.

#[allow(dead_code, unused_imports, reason = "what the simulation itself uses")]
#[path = "../simulation/simulator/mod.rs"]
mod simulator;

use std::path::Path;

use simulator::{BLOCK, Ended, Name, Random, Step, World};

use crate::calls::{self, Call, Fate};
use crate::once::{IN_FLIGHT, Once, PARTS, SIZE, Start};
use oss_test_server::Op;

/// What the simulation does after the same beginning.
fn simulated(start: Start) -> Vec<Step> {
    let fresh = || {
        let mut world = World::new(Random::none(), SIZE);
        world.wanted.in_flight = IN_FLIGHT as u32;
        assert_eq!(u64::from(world.plan().parts()), PARTS);
        world
    };
    let interrupted = || {
        (1..)
            .map(|step| {
                let mut world = fresh();
                world.crash_at = Some(step);
                assert!(matches!(simulator::run(&mut world), Ok(Ended::Crashed)));
                world.crash_at = None;
                world
            })
            .find(|world| world.recorded().0 == 3)
            .unwrap()
    };
    let mut world = match start {
        Start::Fresh => fresh(),
        _ => interrupted(),
    };
    match start {
        // The first of all changes is that of the mode.
        Start::Touched => world.source.change(&mut Random::none(), 0),
        Start::Stale => world.source.replace(SIZE),
        _ => {}
    }
    let ended = simulator::run(&mut world).unwrap();
    assert!(matches!(ended, Ended::Finished(ending) if ending.outcome.is_ok()));
    world.disk.steps
}

fn step_of(call: &Call, checkpoint: &Path) -> Option<Step> {
    let temporary = checkpoint.with_extension("ucp.tmp");
    let name = match &call.path {
        path if path == checkpoint => Name::Checkpoint,
        path if *path == temporary => Name::Temporary,
        path if Some(&**path) == checkpoint.parent() && call.name == "fsync" => {
            return Some(Step::SyncDirectory);
        }
        _ => return None,
    };
    Some(match call.name {
        "open" => Step::Open(name),
        "ftruncate" => Step::Cut(name),
        "write" => Step::Write(name),
        "fsync" | "fdatasync" => Step::Sync(name),
        "unlink" => Step::Unlink(name),
        "rename" => Step::Rename,
        _ => return None,
    })
}

/// What the library does.
fn real(upload: &Once, start: Start) -> Vec<Step> {
    upload.prepare(start);
    let (checkpoint, server) = (upload.checkpoint(), &upload.rig.server);
    server.clear_log();
    let mut steps = Vec::new();
    let told = upload.run_asked(|call| {
        let Some(step) = step_of(call, &checkpoint) else {
            return Fate::Happens;
        };
        let committed = server.requests(Op::CompleteMultipartUpload) > 0;
        for (step, happened) in [
            (Step::Request, !server.log().is_empty()),
            (Step::Commit, committed),
        ] {
            if happened && !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps.push(step);
        Fate::Happens
    });
    assert_eq!(told.unwrap().code, 0);
    steps
}

/// Records of parts are made durable in groups, as it comes: how many there are tells nothing, and the
/// last may still be on its way when Complete is.
fn in_groups(steps: Vec<Step>) -> Vec<Step> {
    const WRITE: Step = Step::Write(Name::Checkpoint);
    const SYNC: Step = Step::Sync(Name::Checkpoint);
    let mut grouped: Vec<Step> = Vec::new();
    for step in steps {
        let is_over = grouped.contains(&Step::Commit);
        let again = match grouped.as_slice() {
            [.., WRITE] => step == WRITE,
            [.., WRITE, SYNC] if step == WRITE => {
                grouped.pop();
                true
            }
            _ if is_over => step == SYNC,
            [.., last] => *last == SYNC && step == SYNC,
            [] => false,
        };
        if !again {
            grouped.push(step);
        }
    }
    grouped
}

#[test]
fn the_library_writes_its_checkpoint_in_the_steps_that_are_simulated() {
    if !calls::available() {
        return;
    }
    let Some(upload) = Once::new() else { return };
    assert_eq!(SIZE.div_ceil(2 * BLOCK), PARTS);
    for start in Start::ALL {
        let (real, simulated) = (in_groups(real(&upload, start)), in_groups(simulated(start)));
        assert!(real.contains(&Step::Commit), "{real:?}");
        assert_eq!(
            real, simulated,
            "{start:?}: the library's, and the simulated"
        );
    }
}
