//! The C API as C sees it: the header in every standard, and the programs of `tests/c` run against
//! the test server, whose view of what was stored is the truth.
#![cfg(unix)]

#[path = "support/stage.rs"]
mod stage;
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule};
use stage::{BUCKET, PART, Stage};
use support::{STRICT, c_program, run, run_ok, said, temp_dir};

impl Stage {
    fn command(&self, program: &Path) -> Command {
        let mut command = support::command(program);
        command
            .arg(self.server.url())
            .arg(&self.file)
            .arg(&self.small);
        command
    }

    /// Every object is one of the files, and nothing is left unfinished.
    #[track_caller]
    fn assert_sound(&self) {
        for object in self.server.objects() {
            let file = match object.size {
                0 => continue,
                size if size == 2 * PART + 1 => &self.small,
                _ => &self.file,
            };
            self.assert_stored(&object.key, file);
        }
        assert_eq!(self.server.uploads(), [], "uploads left open");
    }
}

fn build(name: &str) -> Option<PathBuf> {
    c_program(name, &format!("tests/c/{name}.c"), &["-std=c99"])
}

// ---- The header --------------------------------------------------------------------------------

#[test]
fn the_header_compiles_alone_and_twice_in_every_standard_of_c() {
    let dir = temp_dir("header-c");
    let object = dir.join("header.o");
    for standard in ["-std=c99", "-std=c11", "-std=c17"] {
        for define in ["-DALL", "-DOSS_RESUMABLE_NO_UPLOAD_FILE"] {
            let mut args = vec!["-c", "-o", object.to_str().unwrap(), standard, define];
            args.extend(STRICT);
            if support::compile(Path::new("tests/c/header.c"), &args).is_none() {
                return;
            }
        }
    }
}

#[test]
fn the_header_compiles_alone_and_twice_in_every_standard_of_cpp() {
    let dir = temp_dir("header-cpp");
    let object = dir.join("header.o");
    // The same text, under a name that makes it C++ for every compiler.
    let source = dir.join("header.cpp");
    std::fs::copy(support::root().join("tests/c/header.c"), &source).unwrap();
    for standard in ["-std=c++11", "-std=c++17", "-std=c++20"] {
        for define in ["-DALL", "-DOSS_RESUMABLE_NO_UPLOAD_FILE"] {
            let mut args = vec!["-c", "-o", object.to_str().unwrap(), standard, define];
            args.extend(STRICT);
            if support::compile(&source, &args).is_none() {
                return;
            }
        }
    }
}

// ---- The programs ------------------------------------------------------------------------------

#[test]
fn what_the_api_refuses() {
    let Some(program) = build("api") else {
        return;
    };
    run_ok(&mut support::command(&program));
}

#[test]
fn uploads_in_every_order_of_calls() {
    let Some(program) = build("upload") else {
        return;
    };
    let stage = Stage::new("upload");
    run_ok(&mut stage.command(&program));
    for key in [
        "file",
        "looked-at",
        "orphan",
        "callback",
        "waits",
        "resumed",
    ] {
        stage.assert_stored(key, &stage.file);
    }
    for number in 0..64 {
        stage.assert_stored(&format!("many/{number}"), &stage.small);
    }
    for key in ["canceled", "freed", "refused", "discarded"] {
        assert!(stage.server.object(BUCKET, key).is_none(), "{key}");
    }
    let object = stage.server.object(BUCKET, "file").unwrap();
    assert_eq!(object.header("content-type"), Some("text/x-test"));
    assert_eq!(object.header("x-oss-meta-a"), Some("b c"));
    stage.assert_sound();
}

#[test]
fn the_host_is_left_as_it_was() {
    let Some(program) = build("host") else {
        return;
    };
    let stage = Stage::new("host");
    run_ok(&mut stage.command(&program));
    let log = stage.server.log();
    let broken = log.iter().filter(|entry| {
        let fault = entry.fault.as_deref().unwrap_or_default();
        fault.contains("reset")
    });
    assert_eq!(broken.count(), 100);
    for key in ["fork/parent", "fork/child"] {
        stage.assert_stored(key, &stage.file);
    }
    for key in ["fork/before", "fork/own", "fork/after"] {
        stage.assert_stored(key, &stage.small);
    }
    stage.assert_sound();
}

// ---- The example -------------------------------------------------------------------------------

const EXAMPLE: &str = "bindings/c/examples/oss-upload.c";

/// The example with credentials, and with arguments that are right unless `args` make them wrong.
fn example(stage: &Stage, program: &Path, args: &[&str]) -> Command {
    let mut command = support::command(program);
    command
        .arg(&stage.file)
        .arg(format!("oss://{BUCKET}/example"))
        .args(["--endpoint", &stage.server.url()])
        .args(["--region", "cn-hangzhou", "--part-size", "102400"])
        .args(args)
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
        .env_remove("OSS_SESSION_TOKEN");
    command
}

fn build_example() -> Option<PathBuf> {
    c_program("oss-upload", EXAMPLE, &["-std=c99"])
}

#[track_caller]
fn assert_exit(command: &mut Command, code: i32) -> Output {
    let output = run(command);
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    assert!(!said(&output).contains(ACCESS_KEY_SECRET));
    output
}

#[test]
fn the_example_compiles_without_a_warning_in_every_standard() {
    for standard in ["c99", "c11", "c17"] {
        let name = format!("oss-upload-{standard}");
        let standard = format!("-std={standard}");
        if c_program(&name, EXAMPLE, &[&standard]).is_none() {
            return;
        }
    }
}

#[test]
fn the_example_uploads_and_says_so_in_one_line() {
    let Some(program) = build_example() else {
        return;
    };
    let stage = Stage::new("example");
    for args in [
        &["--header", "x-oss-meta-a: b c"][..],
        &["--sign", "v1", "--threads=auto", "--no-checkpoint"],
    ] {
        let output = assert_exit(&mut example(&stage, &program, args), 0);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let object = stage.server.object(BUCKET, "example").unwrap();
        let start = format!(
            "etag={} crc64={} request_id=",
            object.etag,
            object.crc64.unwrap()
        );
        assert!(stdout.starts_with(&start), "{stdout}");
        assert!(stdout.ends_with(" resumed_bytes=0\n"), "{stdout}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("100%"), "{stderr}");
        stage.assert_sound();
    }
    let log = stage.server.log();
    assert!(
        log.iter()
            .any(|entry| entry.header("x-oss-meta-a") == Some("b c"))
    );
}

#[test]
fn the_example_takes_options_anywhere_and_refuses_what_it_does_not_understand() {
    let Some(program) = build_example() else {
        return;
    };
    let stage = Stage::new("usage");
    for args in [
        &["--part-size", "0x10000"][..],
        &["--part-size", " 102400"],
        &["--part-size", "+102400"],
        &["--part-size", "102400k"],
        &["--part-size", "99999999999999999999"],
        &["--part-size", "1"],
        &["--part-size", ""],
        &["--threads", "0"],
        &["--threads", "2000"],
        &["--threads", "4294967297"],
        &["--sign", "v2"],
        &["--header", "no colon"],
        &["--header", ": no name"],
        &["--header", "bad name: value"],
        &["--checkpoint", "path", "--no-checkpoint"],
        &["--unknown", "x"],
        &["--region"],
        &["one too many"],
        &["-x"],
    ] {
        let output = assert_exit(&mut example(&stage, &program, args), 2);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(stage.server.log().len(), 0, "nothing was sent");

    let help = assert_exit(support::command(&program).arg("--help"), 0);
    assert!(said(&help).contains("Exit codes:"));
    let mut options_first = support::command(&program);
    options_first
        .args(["--region=cn-hangzhou", "--endpoint", &stage.server.url()])
        .arg("--")
        .arg(&stage.small)
        .arg(format!("oss://{BUCKET}/dir/example"))
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET);
    assert_exit(&mut options_first, 0);
    stage.assert_stored("dir/example", &stage.small);
}

#[test]
fn the_exit_codes_of_the_example_tell_scripts_what_to_do() {
    let Some(program) = build_example() else {
        return;
    };
    let stage = Stage::new("exit");
    let failure = |command: &mut Command, code: i32, contains: &str| {
        let output = assert_exit(command, code);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let last = stderr.lines().last().unwrap();
        assert!(last.contains(contains), "{stderr}");
        assert!(output.stdout.is_empty());
    };

    stage.server.remove_bucket(BUCKET);
    failure(&mut example(&stage, &program, &[]), 1, "NoSuchBucket");
    let mut no_file = support::command(&program);
    no_file
        .args(["/no/such/file", "oss://bucket/key"])
        .args(["--endpoint", &stage.server.url(), "--sign", "v1"])
        .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET);
    failure(&mut no_file, 4, "/no/such/file");
    let foreign = stage.dir.join("foreign");
    std::fs::write(&foreign, "a text of somebody else").unwrap();
    let path = foreign.to_str().unwrap();
    let mut unusable = example(&stage, &program, &["--checkpoint", path]);
    failure(&mut unusable, 5, "E_CHECKPOINT");
}

#[test]
fn the_example_keeps_its_checkpoint_when_it_is_interrupted() {
    let Some(program) = build_example() else {
        return;
    };
    let stage = Stage::new("interrupted");
    let paced = Rule::on(Op::UploadPart).then(Action::Delay { ms: 200 });
    stage.server.rule(paced);
    // Held, so that it is interrupted in the middle on a busy machine, too.
    let late = Rule::on(Op::UploadPart).part(24);
    stage.server.rule(late.then(Action::Delay { ms: 10_000 }));
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let started = stage.server.requests(Op::UploadPart);
        let output = std::thread::scope(|scope| {
            let mut command = example(&stage, &program, &["--threads", "2"]);
            command.stdout(std::process::Stdio::piped());
            command.stderr(std::process::Stdio::piped());
            let child = command.spawn().unwrap();
            let pid = libc::pid_t::try_from(child.id()).unwrap();
            let ended = scope.spawn(|| child.wait_with_output().unwrap());
            while stage.server.requests(Op::UploadPart) < started + 6 {
                assert!(!ended.is_finished(), "it ended before it was interrupted");
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            // SAFETY: touches no memory; the process is our child and still runs.
            unsafe { libc::kill(pid, signal) };
            ended.join().unwrap()
        });
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        assert!(stage.dir.join("file.ucp").exists());
    }
    stage.server.clear_rules();
    let output = assert_exit(&mut example(&stage, &program, &[]), 0);
    assert!(!said(&output).contains("resumed_bytes=0\n"));
    stage.assert_stored("example", &stage.file);
    stage.assert_sound();
    assert!(!stage.dir.join("file.ucp").exists());
}
