//! Clocks that jump, and processes that stand still.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::*;
use crate::effort::effort;
use crate::figures::record;
use crate::support::{run_ok, said, skipped};

const SIZE: u64 = 30 * PART + 12_345;
const PARTS: usize = 31;
/// Of `tests/c/clock.c`.
const IN_FLIGHT: u64 = 2;

/// What fakes the time of a program; `None` where it is not installed, which has been said then.
#[track_caller]
fn faketime() -> Option<PathBuf> {
    let architectures = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let found = architectures
        .map(|directory| directory.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists());
    if found.is_none() {
        skipped("libfaketime", "apt-get install faketime");
    }
    found
}

/// With a wall clock that is `ahead` and goes by what a file says.
fn at(stage: &Stage, library: &Path, program: &Path, ahead: &str) -> (Command, PathBuf) {
    let clock = stage.dir.join("clock");
    std::fs::write(&clock, ahead).unwrap();
    let mut command = stage.command(program);
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1")
        .arg(&stage.file);
    (command, clock)
}

/// The operations of the requests that were refused because of their time.
fn skewed(stage: &Stage) -> Vec<Op> {
    let log = stage.server.log();
    let refused = |entry: &&oss_test_server::LogEntry| {
        entry.oss_code.as_deref() == Some("RequestTimeTooSkewed")
    };
    log.iter().filter(refused).map(|entry| entry.op).collect()
}

/// The program acts in mid-upload, however late it gets to run.
fn hold(stage: &Stage, ms: u64) {
    let late = Rule::on(Op::UploadPart).part(24).once();
    stage.server.rule(late.then(Action::Delay { ms }));
}

const JUMPS: [&str; 6] = ["+20m", "-20m", "+1d", "-1d", "+10y", "-10y"];

#[test]
fn a_wall_clock_that_jumps_in_mid_upload_costs_one_refusal_for_each_request_in_flight() {
    let (Some(program), Some(library)) = (program("clock"), faketime()) else {
        return;
    };
    let (mut refused, mut retries, mut wrong) = (0, 0, 0);
    for jump in JUMPS {
        let stage = Stage::new("jump");
        hold(&stage, 3000);
        let (mut command, clock) = at(&stage, &library, &program, "+0");
        command.args(["jumped", "finish"]).arg(clock).arg(jump);
        let output = run_ok(&mut command);
        stage.assert_stored("jumped", &stage.file);
        stage.assert_sound();
        // No attempt was taken for a stalled one, and none of the refused ones was refused twice.
        let times = skewed(&stage);
        assert!(
            (1..=IN_FLIGHT as usize + 1).contains(&times.len()),
            "{jump}: {times:?}"
        );
        let parts = times.iter().filter(|op| **op == Op::UploadPart).count();
        assert_eq!(
            stage.server.requests(Op::UploadPart),
            PARTS + parts,
            "{jump}"
        );
        refused += times.len() as u64;
        retries += printed(&output, "retries");
        wrong += stage.wrong_objects();
    }
    record(
        "host-clock",
        &[
            ("jumps of the wall clock in mid-upload", JUMPS.len() as u64),
            ("requests refused because of their time", refused),
            ("retries", retries),
            ("wrong objects", wrong),
        ],
    );
}

#[test]
fn a_clock_that_is_set_back_or_forward_between_two_runs_costs_nothing_that_was_done() {
    let (Some(program), Some(library)) = (program("clock"), faketime()) else {
        return;
    };
    for (first, second) in [
        ("+1d", "-1d"),
        ("-1d", "+1d"),
        ("+0", "-10y"),
        ("+30d", "+0"),
        ("+0", "+30d"),
    ] {
        let stage = Stage::new("between");
        hold(&stage, 10_000);
        let (mut command, _) = at(&stage, &library, &program, first);
        run_ok(command.args(["between", "cancel"]));
        stage.server.clear_rules();
        let before = stage.server.part_bytes_accepted();
        let (mut command, _) = at(&stage, &library, &program, second);
        let output = run_ok(command.args(["between", "finish"]));
        // Four parts were out, all but those in flight had arrived.
        let resumed = printed(&output, "resumed");
        assert!(resumed >= 2 * PART, "{first} {second}: {resumed}");
        stage.assert_stored("between", &stage.file);
        stage.assert_sound();
        let again = stage.server.part_bytes_accepted() - before;
        let rest = SIZE - resumed;
        assert!(again <= rest + (IN_FLIGHT + 1) * PART, "{again} {rest}");
    }
}

// ---- Standing still ----------------------------------------------------------------------------

/// Passes everything on, until its connections are cut.
struct Line {
    port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    fn to(port: u16) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let line = Line {
            port: listener.local_addr().unwrap().port(),
            open: Arc::clone(&open),
        };
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    open.lock().unwrap().push(from.try_clone().unwrap());
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || pass_on(from, to));
                }
            }
        });
        line
    }

    fn cut(&self) -> usize {
        let cut: Vec<_> = self.open.lock().unwrap().drain(..).collect();
        for socket in &cut {
            let _ = socket.shutdown(Shutdown::Both);
        }
        cut.len() / 2
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut buffer) {
        if count == 0 || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn signal(pid: u32, signal: libc::c_int) {
    // SAFETY: touches no memory; the process is our child and has not been waited for.
    assert_eq!(unsafe { libc::kill(pid.cast_signed(), signal) }, 0);
}

/// Longer than the stall time, as a machine that sleeps; the other side has hung up meanwhile.
#[test]
fn a_process_that_stands_still_goes_on_where_it_was_with_or_without_its_connections() {
    let Some(program) = program("clock") else {
        return;
    };
    let rounds = effort(1, 5, 30);
    let (mut stops, mut cut, mut again, mut wrong) = (0, 0, 0, 0);
    for round in 0..2 * rounds {
        let with_connections = round % 2 == 0;
        let stage = Stage::new("stopped");
        stage
            .server
            .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 200 }));
        let line = Line::to(stage.server.port());
        let mut command = support::command(&program);
        command.arg(format!("http://127.0.0.1:{}", line.port));
        let mut child = command
            .arg(&stage.file)
            .args(["stopped", "finish"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let wanted = 6 + usize::try_from(round).unwrap() % 10;
        while stage.server.requests(Op::UploadPart) < wanted {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before it was stopped: {ended:?}");
            thread::sleep(Duration::from_millis(2));
        }
        signal(child.id(), libc::SIGSTOP);
        stops += 1;
        if !with_connections {
            let broken = line.cut();
            assert!(broken > 0);
            cut += broken as u64;
        }
        thread::sleep(Duration::from_millis(3500));
        signal(child.id(), libc::SIGCONT);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        stage.assert_stored("stopped", &stage.file);
        stage.assert_sound();
        let twice = stage.server.part_bytes_received() - SIZE;
        assert!(twice <= (IN_FLIGHT + 1) * PART, "{twice}");
        again += twice;
        wrong += stage.wrong_objects();
    }
    record(
        "host-stopped",
        &[
            ("times stopped in mid-upload", stops),
            ("connections gone meanwhile", cut),
            ("bytes sent again", again),
            ("wrong objects", wrong),
        ],
    );
}
