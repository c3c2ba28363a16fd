//! The example of every language: one program, nine times.

use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule, Server};

use crate::LANGUAGES;
use crate::language::Language;
use crate::scenario::BUCKET;
use crate::support::{TempDir, make_file, run, said, temp_dir};

const PART: u64 = 102_400;
const KEY: &str = "dir/example key.bin";

struct Stage {
    server: Server,
    dir: TempDir,
}

impl Stage {
    fn new() -> Stage {
        let dir = temp_dir("example");
        make_file(&dir.join("big file.bin"), 30 * PART + 1, 5);
        let server = Server::start();
        Stage { server, dir }
    }

    /// The example with the same arguments whatever the language is.
    fn command(&self, language: &Language) -> Command {
        let mut command = language.command("example");
        command
            .arg(self.dir.join("big file.bin"))
            .arg(format!("oss://{BUCKET}/{KEY}"))
            .args(["--endpoint", &self.server.url(), "--region", "cn-hangzhou"])
            .args(["--part-size=102400", "--threads", "2", "--sign", "v4"])
            .arg("--checkpoint")
            .arg(self.dir.join("checkpoint"))
            .args(["--header", "Content-Type: text/x-example"])
            .args(["--header", "x-oss-meta-language: one of nine"])
            .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
            .env_remove("OSS_SESSION_TOKEN");
        command
    }
}

/// Ends with this code; a failure is one line, the last one, and nothing on stdout.
#[track_caller]
fn assert_exit(language: &Language, output: &Output, code: i32, told: &str) {
    let (name, text) = (language.name, said(output));
    assert_eq!(output.status.code(), Some(code), "{name}: {text}");
    assert!(!text.contains(ACCESS_KEY_SECRET), "{name}: {text}");
    if code != 0 {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stderr.lines().last().unwrap_or_default();
        assert!(
            last.contains(told),
            "{name}: {told:?} is not the end of {text}"
        );
        assert!(output.stdout.is_empty(), "{name}: {text}");
    }
}

/// Resumed bytes, from the line that a success ends with.
#[track_caller]
fn assert_success(language: &Language, stage: &Stage, output: &Output) -> u64 {
    assert_exit(language, output, 0, "");
    let file = stage.dir.join("big file.bin");
    assert!(stage.server.object_equals_file(BUCKET, KEY, &file));
    let object = stage.server.object(BUCKET, KEY).expect("it is stored");
    let log = stage.server.log();
    let commit = log.iter().rfind(|entry| entry.status == 200);
    let request_id = &commit.expect("a request").request_id;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let last = stdout.lines().last().unwrap_or_default();
    let expected = format!(
        "etag={} crc64={} request_id={request_id} resumed_bytes=",
        object.etag,
        object.crc64.expect("it is known")
    );
    let resumed = last.strip_prefix(&expected);
    let resumed = resumed.and_then(|bytes| bytes.parse().ok());
    resumed.unwrap_or_else(|| panic!("{}: {last:?} is not {expected:?}", language.name))
}

pub fn does_what_the_c_example_does(language: &Language) {
    let _alone = language.alone();
    if !language.is_built() {
        return;
    }
    let stage = Stage::new();
    let output = run(&mut stage.command(language));
    assert_eq!(assert_success(language, &stage, &output), 0);
    assert_eq!(stage.server.requests(Op::UploadPart), 31);
    let object = stage.server.object(BUCKET, KEY).expect("it is stored");
    assert_eq!(object.header("content-type"), Some("text/x-example"));
    assert_eq!(object.header("x-oss-meta-language"), Some("one of nine"));
    assert!(!stage.dir.join("checkpoint").exists());

    stage.server.clear_log();
    let usage = run(&mut language.command("example"));
    assert_exit(language, &usage, 2, "oss-upload");
    for wrong in [
        &["--part-size", "5"][..],
        &["--threads", "many"],
        &["--sign", "v2"],
        &["--header", "no colon"],
        &["--no-checkpoint"],
        &["--no-such-option", "x"],
        &["--region"],
        &["one too many"],
    ] {
        let output = run(stage.command(language).args(wrong));
        assert_exit(language, &output, 2, "oss-upload: ");
    }
    assert_eq!(stage.server.log().len(), 0, "nothing was sent");

    let mut wrong_secret = stage.command(language);
    wrong_secret.env("OSS_ACCESS_KEY_SECRET", "wrong");
    let output = run(&mut wrong_secret);
    let told = "oss-upload: E_SERVICE oss_code=SignatureDoesNotMatch request_id=";
    assert_exit(language, &output, 1, told);

    let mut foreign = stage.command(language);
    std::fs::write(stage.dir.join("checkpoint"), "a text of somebody else").unwrap();
    assert_exit(language, &run(&mut foreign), 5, "oss-upload: E_CHECKPOINT");
    std::fs::remove_file(stage.dir.join("checkpoint")).unwrap();

    std::fs::remove_file(stage.dir.join("big file.bin")).unwrap();
    let output = run(&mut stage.command(language));
    assert_exit(language, &output, 4, "oss-upload: E_FILE ");
}

pub fn keeps_its_checkpoint_on_ctrl_c(language: &Language) {
    let _alone = language.alone();
    if !language.is_built() {
        return;
    }
    let stage = Stage::new();
    let slow = Rule::on(Op::UploadPart).then(Action::Delay { ms: 400 });
    stage.server.rule(slow);
    let mut command = stage.command(language);
    // As a terminal does it: whoever is in front of the program gets the signal, too.
    command.process_group(0).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    // What a shell starts in the background ignores it, and so would all that comes after.
    // SAFETY: between fork and exec there is one call, which is safe in a signal handler.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        })
    };
    let mut child = command.spawn().expect("bash can be run");
    let stored = || {
        let log = stage.server.log();
        let parts = log.iter().filter(|entry| entry.op == Op::UploadPart);
        parts.filter(|entry| entry.status == 200).count()
    };
    while stored() < 4 && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let group = libc::pid_t::try_from(child.id()).unwrap();
    // SAFETY: touches no memory; the group is our child's, which has not been waited for.
    unsafe { libc::kill(-group, libc::SIGINT) };
    let output = child.wait_with_output().unwrap();
    // Mono gives no signal to a program without a terminal, as the help of C#'s example says.
    if language.name != "csharp" || output.status.code().is_some() {
        assert_exit(language, &output, 130, "");
        let told = said(&output).to_lowercase();
        assert!(told.contains("canceled"), "{}: {told}", language.name);
    }
    assert!(stage.dir.join("checkpoint").exists());

    stage.server.clear_rules();
    let output = run(&mut stage.command(language));
    let resumed = assert_success(language, &stage, &output);
    assert!(resumed > 0, "{}", language.name);
}

fn options_and_exit_codes(help: &str) -> Vec<String> {
    let (_, codes) = help.split_once("Exit codes:").expect("exit codes");
    let first_words = help
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let options = first_words.filter(|word| word.starts_with("--") && *word != "--");
    let pieces = codes.split(['\n', ',', ';']);
    let first_words = pieces.filter_map(|piece| piece.split_whitespace().next());
    let codes = first_words.filter(|word| word.parse::<u8>().is_ok());
    let found = options.filter(|word| *word != "--help").chain(codes);
    found.map(str::to_owned).collect()
}

#[test]
fn the_help_of_every_example_has_the_same_options_and_exit_codes() {
    let mut expected = Vec::new();
    // C is the first one.
    for language in LANGUAGES.iter().filter(|language| language.is_built()) {
        let _alone = language.alone();
        let output = run(language.command("example").arg("--help"));
        assert_exit(language, &output, 0, "");
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        let found = options_and_exit_codes(&help);
        if expected.is_empty() {
            expected.clone_from(&found);
            assert!(expected.len() > 12, "{expected:?}");
        }
        assert_eq!(found, expected, "{}", language.name);
    }
}

/// All at once, because each tries for a minute.
#[test]
fn every_example_says_with_its_exit_code_that_nobody_is_at_the_endpoint() {
    let installed: Vec<&Language> = LANGUAGES.iter().filter(|one| one.is_built()).collect();
    let _alone: Vec<_> = installed.iter().map(|language| language.alone()).collect();
    std::thread::scope(|scope| {
        for language in installed {
            scope.spawn(move || {
                let stage = Stage::new();
                let mut command = stage.command(language);
                // A port that only root could listen at, for a service that nobody offers.
                let output = run(command.args(["--endpoint", "http://127.0.0.1:1"]));
                assert_exit(language, &output, 3, "oss-upload: E_NETWORK ");
                assert!(!stage.dir.join("checkpoint").exists());
            });
        }
    });
}
