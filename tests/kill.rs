//! SIGKILL of a real program at random moments, then the same command again.

#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use effort::effort;
use engine::*;
use oss_resumable::checkpoint::record;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule};

/// Uploads at the same time, each with a server of its own.
const SIDES: u64 = 3;
const PARTS: u64 = 24;
const THREADS: u64 = 3;
const SIZE: u64 = PARTS * PART + 77;

fn command(program: &Path, rig: &Rig, file: &Path, key: &str) -> Command {
    let mut command = Command::new(program);
    command
        .arg(file)
        .arg(format!("oss://{BUCKET}/{key}"))
        .args(["--endpoint", &rig.server.url(), "--region", "cn-hangzhou"])
        .args(["--part-size", &PART.to_string()])
        .args(["--threads", &THREADS.to_string()])
        .arg("--checkpoint")
        .arg(rig.checkpoint(file))
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn resumed_bytes(stdout: &str) -> u64 {
    let last = stdout.lines().last().unwrap_or_default();
    let value = last
        .split_whitespace()
        .find_map(|word| word.strip_prefix("resumed_bytes="));
    value
        .unwrap_or_else(|| panic!("no resumed_bytes in {last:?}"))
        .parse()
        .unwrap()
}

/// What many kills came to.
#[derive(Default)]
struct Tally {
    /// Processes that were alive when the signal came.
    kills: u64,
    /// Runs that had something to go on with.
    resumed: u64,
    /// Killed between the answer to Initiate and the durable checkpoint: nobody knows these ids.
    orphans: u64,
    after_commit: u64,
    bytes_sent_twice: u64,
    bytes_beyond_the_bound: u64,
    wrong_objects: u64,
    stuck: u64,
    faults: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.kills += other.kills;
        self.resumed += other.resumed;
        self.orphans += other.orphans;
        self.after_commit += other.after_commit;
        self.bytes_sent_twice += other.bytes_sent_twice;
        self.bytes_beyond_the_bound += other.bytes_beyond_the_bound;
        self.wrong_objects += other.wrong_objects;
        self.stuck += other.stuck;
        self.faults.extend(other.faults);
    }
}

/// One object, killed up to three times on its way.
struct Round<'a> {
    program: &'a Path,
    rig: &'a Rig,
    file: &'a Path,
    key: String,
    /// The longest that is waited before a kill. Follows what the machine is busy with: as many runs as
    /// possible are to be met before their end.
    usual: &'a mut Duration,
}

impl Round<'_> {
    fn command(&self) -> Command {
        command(self.program, self.rig, self.file, &self.key)
    }

    fn play(&mut self, random: &mut u64, tally: &mut Tally) {
        let rig = self.rig;
        rig.server.hear_out();
        rig.server.clear_log();
        // So that kills meet parts before, in the middle of and after what the server does with them.
        let slow = [
            Action::Delay { ms: 10 },
            Action::SlowRead {
                bytes_per_second: 10_000_000,
            },
            Action::StallReply { ms: Some(10) },
        ];
        let slow = slow[next(random) as usize % slow.len()].clone();
        rig.server.clear_rules();
        rig.server.rule(Rule::on(Op::UploadPart).then(slow));
        // Without the right to list, a part whose reply the kill took has to be sent again.
        let may_list = next(random).is_multiple_of(2);
        rig.server
            .deny(if may_list { &[] } else { &[Op::ListParts] });
        let (mut kills, mut finished) = (0, BTreeSet::new());
        let mut orphans = BTreeSet::new();
        let mut is_committed = false;
        for _ in 0..1 + next(random) % 3 {
            let moment = *self.usual * (next(random) % 1000) as u32 / 1000;
            let mut child = self.command().spawn().unwrap();
            std::thread::sleep(moment);
            let ended = child.try_wait().unwrap().is_some();
            kill(child);
            kills += u64::from(!ended);
            *self.usual = *self.usual * if ended { 16 } else { 21 } / 20;
            let bytes = std::fs::read(rig.checkpoint(self.file)).unwrap_or_default();
            let known = record::load(&bytes);
            let upload_id = known.header.map(|header| header.upload_id);
            finished = known.parts.keys().copied().collect();
            for upload in rig.server.uploads() {
                if Some(&upload.upload_id) != upload_id.as_ref() {
                    orphans.insert(upload.upload_id);
                }
            }
            is_committed = bytes.is_empty() && rig.server.object(BUCKET, &self.key).is_some();
            if is_committed {
                // The next run would be another upload.
                break;
            }
        }
        let sent_before = rig.part_numbers_sent().len();
        let again = self.command().output().unwrap();
        let (stdout, stderr) = (
            String::from_utf8_lossy(&again.stdout),
            String::from_utf8_lossy(&again.stderr),
        );
        assert_no_secret(&stdout);
        assert_no_secret(&stderr);
        let (key, faults) = (&self.key, &mut tally.faults);
        if !again.status.success() {
            tally.stuck += 1;
            faults.push(format!("{key}: did not go on: {stderr}"));
        } else if !is_committed {
            tally.resumed += u64::from(resumed_bytes(&stdout) > 0);
        }
        if !rig.server.object_equals_file(BUCKET, key, self.file) {
            tally.wrong_objects += 1;
            faults.push(format!("{key}: the object is not the file"));
        }
        let twice = rig.server.part_bytes_received().saturating_sub(SIZE);
        if !is_committed {
            let beyond = twice.saturating_sub(kills * (THREADS + 1) * PART);
            if beyond > 0 {
                faults.push(format!(
                    "{key}: {twice} bytes sent twice after {kills} kills"
                ));
            }
            tally.bytes_sent_twice += twice;
            tally.bytes_beyond_the_bound += beyond;
            let sent_again = rig.part_numbers_sent().split_off(sent_before);
            if sent_again.iter().any(|number| finished.contains(number)) {
                faults.push(format!(
                    "{key}: had {finished:?}, sent again {sent_again:?}"
                ));
            }
        }
        for upload in rig.server.uploads() {
            if !upload.parts.is_empty() {
                faults.push(format!("{key}: left behind: {upload:?}"));
            }
            // Or asked for by a process that was killed before the server got to it.
            orphans.insert(upload.upload_id);
        }
        if orphans.len() as u64 > kills || rig.checkpoint(self.file).exists() {
            faults.push(format!("{key}: {} orphans, or a checkpoint", orphans.len()));
        }
        tally.kills += kills;
        tally.orphans += orphans.len() as u64;
        tally.after_commit += u64::from(is_committed && kills > 0);
        rig.server.abort_all();
        rig.server.delete_object(BUCKET, key);
    }
}

fn next(random: &mut u64) -> u64 {
    *random = random
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
}

fn kill_until(enough: impl Fn(&Tally) -> bool + Sync, program: &Path, tally: &Mutex<Tally>) {
    // Different in each run of the test, and said, so that a failure can be looked into.
    let seed = u64::from(std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos());
    println!("seed {seed}");
    std::thread::scope(|scope| {
        for side in 0..SIDES {
            let enough = &enough;
            scope.spawn(move || {
                let rig = Rig::in_memory();
                rig.server
                    .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 10 }));
                let file = rig.file("file", SIZE);
                let started = Instant::now();
                let whole = command(program, &rig, &file, "unharmed").output().unwrap();
                assert!(whole.status.success(), "{whole:?}");
                let mut usual = started.elapsed();
                let mut random = seed + side;
                for round in 0.. {
                    if enough(&tally.lock().unwrap()) {
                        break;
                    }
                    let mut round = Round {
                        program,
                        rig: &rig,
                        file: &file,
                        key: format!("object-{side}-{round}"),
                        usual: &mut usual,
                    };
                    let mut of_round = Tally::default();
                    round.play(&mut random, &mut of_round);
                    tally.lock().unwrap().add(of_round);
                }
            });
        }
    });
}

#[test]
fn a_program_killed_at_any_moment_resumes_without_sending_finished_parts_again() {
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-kill", source, &[]) else {
        return;
    };
    let wanted = effort(25, 500, 20_000);
    let tally = Mutex::new(Tally::default());
    kill_until(|tally| tally.kills >= wanted, &program, &tally);
    let tally = tally.into_inner().unwrap();
    figures::record(
        "kills",
        &[
            ("kills", tally.kills),
            ("runs that resumed", tally.resumed),
            ("uploads whose id was not kept yet", tally.orphans),
            (
                "uploads that were committed when killed",
                tally.after_commit,
            ),
            ("bytes sent twice", tally.bytes_sent_twice),
            (
                "bytes sent twice beyond the bound",
                tally.bytes_beyond_the_bound,
            ),
            ("wrong objects", tally.wrong_objects),
            ("stuck", tally.stuck),
        ],
    );
    assert!(tally.faults.is_empty(), "{:#?}", tally.faults);
    assert!(
        tally.resumed >= wanted / 10,
        "only {} resumed",
        tally.resumed
    );
}

#[test]
fn an_interrupted_program_keeps_its_checkpoint_and_says_so_with_its_exit_code() {
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-int", source, &[]) else {
        return;
    };
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 100 }));
    // Held, so that it is interrupted in the middle on a busy machine, too.
    let late = Rule::on(Op::UploadPart).part(20);
    rig.server.rule(late.then(Action::Delay { ms: 10_000 }));
    let file = rig.file("file", SIZE);
    let child = command(&program, &rig, &file, KEY).spawn().unwrap();
    eventually("some parts are stored", || {
        rig.server
            .uploads()
            .iter()
            .any(|upload| upload.parts.len() >= 3)
    });
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(rig.checkpoint(&file).exists());
    rig.server.clear_rules();
    let again = command(&program, &rig, &file, KEY).output().unwrap();
    assert!(again.status.success());
    assert!(resumed_bytes(&String::from_utf8_lossy(&again.stdout)) > 0);
    rig.assert_stored(&file);
}

#[test]
fn the_example_has_an_exit_code_for_each_kind_of_failure() {
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-codes", source, &[]) else {
        return;
    };
    let run = |change: &dyn Fn(&Rig, &mut Command), code: i32| {
        let rig = Rig::new();
        let file = rig.file("file", 3 * PART);
        let mut command = command(&program, &rig, &file, KEY);
        change(&rig, &mut command);
        let ended = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{stderr}");
        assert_no_secret(&stderr);
        if code != 0 {
            assert!(!stderr.is_empty());
        }
    };
    run(&|_, _| {}, 0);
    run(
        &|_, command| {
            command.env("OSS_ACCESS_KEY_SECRET", "wrong-CANARY");
        },
        1,
    );
    run(
        &|_, command| {
            command.args(["--part-size", "5"]);
        },
        2,
    );
    run(
        &|_, command| {
            command.arg("--no-such-option");
        },
        2,
    );
    run(
        &|_, command| {
            command.args(["--header", "no colon"]);
        },
        2,
    );
    run(
        &|_, command| {
            command.args(["--checkpoint", "/does/not/exist/x"]);
        },
        5,
    );
    run(&|rig, _| std::fs::remove_file(rig.path("file")).unwrap(), 4);
}

#[test]
fn the_wait_for_a_dead_server_is_bounded() {
    // Covered in full by tests/faults.rs; here only that the program ends by itself.
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = support::c_program("oss-upload-refused", source, &[]) else {
        return;
    };
    let rig = Rig::new();
    rig.server
        .rule(Rule::any().then(Action::status(403, "AccessDenied")));
    let file = rig.file("file", 3 * PART);
    let started = Instant::now();
    let ended = command(&program, &rig, &file, KEY).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(30));
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let last = stderr.lines().last().unwrap_or_default();
    assert!(last.contains("AccessDenied"), "{stderr}");
}
