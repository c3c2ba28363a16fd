//! One upload by a program of its own, `tests/c/once.c`, which tests interfere with and then run again.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::collections::BTreeSet;
use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use oss_resumable::checkpoint::record;
use oss_test_server::{Action, Op, Rule};

use crate::calls::{self, Call, Fate};
use crate::engine::{PART, Rig, assert_no_secret};
use crate::support;

pub const BUCKET: &str = "c-tests";
pub const KEY: &str = "once";
pub const PARTS: u64 = 6;
pub const IN_FLIGHT: u64 = 2;
pub const SIZE: u64 = PARTS * PART - 77;

pub const E_FILE: i32 = -2;
pub const E_CHECKPOINT: i32 = -4;
pub const E_SERVICE: i32 = -6;
/// More than this may be sent twice after an interruption by nobody.
pub const BOUND: u64 = (IN_FLIGHT + 1) * PART;

/// What a run told.
#[derive(Debug)]
pub struct Told {
    pub code: i32,
    pub warnings: u32,
    pub resumed: u64,
    pub offset: i64,
    pub errno: i32,
    pub message: String,
}

/// What a run finds when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Fresh,
    /// An interrupted upload.
    Resumed,
    /// As before, of which the file's owner or mode was changed since: its parts are read again.
    Touched,
    /// As before, of a file that was written since: its upload is aborted, and another one begun.
    Stale,
}

impl Start {
    pub const ALL: [Start; 4] = [Start::Fresh, Start::Resumed, Start::Touched, Start::Stale];
}

pub struct Once {
    pub rig: Rig,
    pub file: PathBuf,
    program: PathBuf,
    /// Where the checkpoint is to be, if not beside the file.
    pub place: Option<PathBuf>,
}

impl Once {
    /// `None` where it cannot be built, which has been said then.
    #[track_caller]
    pub fn new() -> Option<Once> {
        let program = support::c_program("once", "tests/c/once.c", &[])?;
        let rig = Rig::in_memory();
        let file = rig.file("file", SIZE);
        Some(Once {
            rig,
            file,
            program,
            place: None,
        })
    }

    pub fn checkpoint(&self) -> PathBuf {
        let beside = || self.rig.checkpoint(&self.file);
        self.place.clone().unwrap_or_else(beside)
    }

    pub fn command(&self) -> Command {
        let mut command = support::command(&self.program);
        command.arg(self.rig.server.url()).arg(&self.file);
        command.arg(KEY).arg(self.checkpoint());
        command
    }

    /// Leaves an upload of which some parts are finished.
    pub fn interrupt(&self) {
        let refused = Rule::on(Op::UploadPart).part(4);
        let refused = refused.then(Action::status(403, "AccessDenied"));
        self.rig.server.rule(refused);
        assert_eq!(self.run().code, E_SERVICE);
        self.rig.server.clear_rules();
        assert!(self.finished().is_some_and(|finished| !finished.is_empty()));
    }

    /// Makes everything ready for another upload; how many bytes have to be sent from here on.
    pub fn prepare(&self, start: Start) -> u64 {
        self.forget();
        if start == Start::Fresh {
            return SIZE;
        }
        self.interrupt();
        // Parts that were on their way when the program ended may still be read.
        self.rig.server.hear_out();
        self.rig.server.clear_log();
        let file = File::options().write(true).open(&self.file).unwrap();
        let mode = file.metadata().unwrap().mode();
        match start {
            Start::Touched => file
                .set_permissions(Permissions::from_mode(mode ^ 0o1))
                .unwrap(),
            Start::Stale => {
                let modified = file.metadata().unwrap().modified().unwrap();
                file.set_modified(modified + Duration::from_secs(1))
                    .unwrap();
                return SIZE;
            }
            _ => {}
        }
        let finished = self.finished().unwrap();
        let bytes = finished.iter().map(|number| match u64::from(*number) {
            PARTS => SIZE - (PARTS - 1) * PART,
            _ => PART,
        });
        SIZE - bytes.sum::<u64>()
    }

    /// The parts that the checkpoint knows, if it knows an upload at all.
    pub fn finished(&self) -> Option<BTreeSet<u32>> {
        let bytes = std::fs::read(self.checkpoint()).unwrap_or_default();
        let known = record::load(&bytes);
        known.header.map(|_| known.parts.into_keys().collect())
    }

    pub fn bytes_sent_twice(&self) -> u64 {
        self.rig.server.part_bytes_received().saturating_sub(SIZE)
    }

    /// With nobody interfering.
    #[track_caller]
    pub fn run(&self) -> Told {
        told(&support::run(&mut self.command()))
    }

    /// `None` if it was killed.
    #[track_caller]
    pub fn run_asked(&self, decide: impl FnMut(&Call) -> Fate) -> Option<Told> {
        let output = calls::run(&mut self.command(), &self.rig.dir, decide).unwrap();
        (output.status.signal() != Some(libc::SIGKILL)).then(|| told(&output))
    }

    /// As before; asked about calls to the network as well.
    #[track_caller]
    pub fn run_asked_more(&self, decide: impl FnMut(&Call) -> Fate) -> Option<Told> {
        let output = calls::run_with_network(&mut self.command(), &self.rig.dir, decide).unwrap();
        (output.status.signal() != Some(libc::SIGKILL)).then(|| told(&output))
    }

    /// A crash is told as well.
    pub fn run_whatever_comes(&self, decide: impl FnMut(&Call) -> Fate) -> Result<Told, String> {
        let output = calls::run(&mut self.command(), &self.rig.dir, decide).unwrap();
        if output.status.success() {
            return Ok(told(&output));
        }
        Err(format!("{}: {}", output.status, support::said(&output)))
    }

    pub fn is_stored(&self) -> bool {
        self.rig.server.object_equals_file(BUCKET, KEY, &self.file)
    }

    pub fn is_absent(&self) -> bool {
        self.rig.server.object(BUCKET, KEY).is_none()
    }

    /// What lies beside the file.
    pub fn left(&self) -> Vec<PathBuf> {
        entries(&self.rig.dir)
            .into_iter()
            .filter(|path| *path != self.file)
            .collect()
    }

    /// For the next upload, when no program runs.
    pub fn forget(&self) {
        self.rig.server.clear_rules();
        self.rig.server.hear_out();
        self.rig.server.clear_log();
        self.rig.server.abort_all();
        self.rig.server.delete_object(BUCKET, KEY);
        self.rig.server.deny(&[]);
        for path in self.left() {
            std::fs::remove_file(path).unwrap();
        }
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[track_caller]
pub fn told(output: &Output) -> Told {
    let said = support::said(output);
    assert_no_secret(&said);
    // A crash is a failure of the test, whatever was done to the program.
    assert!(output.status.success(), "{}: {said}", output.status);
    let line = said.lines().next().unwrap_or_default();
    let field = |name: &str| {
        let value = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix(name));
        value.unwrap_or_else(|| panic!("no {name} in {said:?}"))
    };
    Told {
        code: field("code=").parse().unwrap(),
        warnings: field("warnings=").parse().unwrap(),
        resumed: field("resumed=").parse().unwrap(),
        offset: field("offset=").parse().unwrap(),
        errno: field("errno=").parse().unwrap(),
        message: line.split_once("message=").unwrap_or_default().1.to_owned(),
    }
}
