//! Runs a contender, and says what it took.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oss_test_server::{Op, Options, Server};

use crate::setup::{Bench, KIB};

/// A program that uploads one file.
pub struct Contender {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(&'static str, OsString)>,
}

impl Contender {
    pub const CLIENT: &str = "client";
    pub const FLOOR: &str = "floor";
    pub const AGAINST: &str = "against";

    fn spawn(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
    }
}

/// What one run took, of the whole process.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub wall: f64,
    /// User and system.
    pub cpu: f64,
    pub peak_rss: u64,
}

/// Runs a contender to its end.
///
/// A new process starts its peak memory with that of the one that spawned it. So this program has to stay
/// smaller than what it measures: no large buffers, no server in this process before the last run.
pub fn run(contender: &Contender) -> Result<Run, Box<dyn Error>> {
    let started = Instant::now();
    let mut process = contender.spawn()?;
    let usage = wait(&process)?;
    let wall = started.elapsed().as_secs_f64();
    let usage = usage.ok_or_else(|| failure(contender, &mut process))?;
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Ok(Run {
        wall,
        cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        peak_rss: u64::try_from(usage.ru_maxrss)? * KIB,
    })
}

/// Waits for the end; `None` when the process did not succeed. Its messages fit into a pipe.
fn wait(process: &Child) -> io::Result<Option<libc::rusage>> {
    let id = libc::pid_t::try_from(process.id()).map_err(io::Error::other)?;
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are valid for writes, and an all-zero rusage is a valid one.
    let (ended, usage) = unsafe {
        let ended = libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr());
        (ended, usage.assume_init())
    };
    if ended != id {
        return Err(io::Error::last_os_error());
    }
    Ok((status == 0).then_some(usage))
}

fn failure(contender: &Contender, process: &mut Child) -> String {
    let mut message = String::new();
    if let Some(errors) = &mut process.stderr {
        let _ = io::Read::read_to_string(errors, &mut message);
    }
    format!("{} failed: {message}", contender.name)
}

/// Runs a contender and returns the most threads it was seen to have.
pub fn count_threads(contender: &Contender) -> Result<u64, Box<dyn Error>> {
    let mut process = contender.spawn()?;
    let path = format!("/proc/{}/task", process.id());
    let mut most = 0;
    while process.try_wait()?.is_none() {
        let tasks = fs::read_dir(&path).map_or(0, Iterator::count);
        most = most.max(tasks as u64);
        std::thread::sleep(Duration::from_millis(5));
    }
    if !process.wait()?.success() {
        return Err(failure(contender, &mut process).into());
    }
    Ok(most)
}

pub const CHECKPOINT_PARTS: u64 = 10_000;

/// The size of the checkpoint of 10,000 parts, when all but the commit is done.
///
/// Records are only ever appended to it, so this is what was written, but for the few bytes of the file
/// that it replaced when the upload began.
pub fn checkpoint_bytes(bench: &Bench) -> Result<u64, Box<dyn Error>> {
    let part_size = 100 * KIB;
    let file = bench.sparse_file(CHECKPOINT_PARTS * part_size)?;
    let server = Server::try_start(Options::bench())?;
    let gate = server.pause_next(Op::CompleteMultipartUpload);
    let contender = bench.own_client(&file, &server.url(), part_size, 3);
    let mut process = contender.spawn()?;
    let bytes = if gate.wait_reached(Duration::from_secs(120)) {
        fs::metadata(bench.checkpoint()).map(|metadata| metadata.len())
    } else {
        Err(io::ErrorKind::TimedOut.into())
    };
    gate.release();
    fs::remove_file(file)?;
    if wait(&process)?.is_none() {
        return Err(failure(&contender, &mut process).into());
    }
    Ok(bytes?)
}
