//! The log as the C API gives it: to a callback, and into a file that is shared.
#![cfg(unix)]

#[path = "support/cclient.rs"]
mod cclient;
#[path = "support/engine.rs"]
mod engine;

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_void};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::ThreadId;

use cclient::{CClient, text};
use engine::*;
use oss_resumable::ffi::types::*;
use oss_test_server::{Action, Op, Rule};

// ---- Callback ----------------------------------------------------------------------------------

type Told = Mutex<Vec<(i32, String, ThreadId)>>;

unsafe extern "C-unwind" fn tell(level: i32, line: *const c_char, userdata: *mut c_void) {
    // SAFETY: what `upload_told` gives; a line has a NUL at its end.
    let (told, line) = unsafe { (&*userdata.cast::<Told>(), CStr::from_ptr(line)) };
    let line = line.to_str().unwrap().to_owned();
    let thread = std::thread::current().id();
    told.lock().unwrap().push((level, line, thread));
}

/// An upload of three parts, of which the second is refused once; what its callback was told.
fn upload_told(level: i32) -> Vec<(i32, String, ThreadId)> {
    let rig = Rig::new();
    let once = Rule::on(Op::UploadPart).part(2).once();
    let refused = Action::status(500, "InternalError");
    rig.server.rule(once.then(refused));
    let file = rig.file("file", 3 * PART);
    let told = Told::default();
    let client = CClient::new(&rig.server.url(), |config| {
        config.log_level = level;
        config.log_callback = Some(tell);
        config.log_userdata = (&raw const told).cast_mut().cast();
    });
    let result = client.unwrap().upload(&file);
    assert_eq!(result.code, 0, "{result:?}");
    rig.assert_stored(&file);
    told.into_inner().unwrap()
}

#[test]
fn a_c_callback_is_told_lines_with_their_levels_on_the_thread_that_waits() {
    let this = std::thread::current().id();
    for (level, expected) in [
        (OSS_RESUMABLE_LOG_NONE, 0),
        (OSS_RESUMABLE_LOG_ERROR, 0),
        (OSS_RESUMABLE_LOG_WARN, 1),
        (OSS_RESUMABLE_LOG_INFO, 3),
        (OSS_RESUMABLE_LOG_DEBUG, 9),
        (OSS_RESUMABLE_LOG_TRACE, 15),
    ] {
        let told = upload_told(level);
        assert_eq!(told.len(), expected, "{level}: {told:?}");
        for (number, line, thread) in told {
            let names = ["", "ERROR", "WARN ", "INFO ", "DEBUG", "TRACE"];
            assert_eq!(&line[25..30], names[usize::try_from(number).unwrap()]);
            assert!(number <= level && thread == this, "{line}");
        }
    }
}

#[test]
fn settings_of_the_log_that_cannot_work_are_refused_by_name() {
    let rig = Rig::new();
    let refused = |set: &dyn Fn(&mut oss_resumable_config_t), field: &str| {
        let error = CClient::new(&rig.server.url(), set).err().unwrap();
        assert_eq!(error.code, -1, "{error:?}");
        assert!(error.message.starts_with(field), "{error:?}");
        error
    };
    for level in [-1, 6] {
        refused(&|config| config.log_level = level, "log_level: ");
    }
    let (path, nowhere) = (rig.path("log"), rig.path("no/such/dir/log"));
    let (path, nowhere) = (
        text(path.to_str().unwrap()),
        text(nowhere.to_str().unwrap()),
    );
    let both = |config: &mut oss_resumable_config_t| {
        config.log_file = path.as_ptr();
        config.log_callback = Some(tell);
    };
    refused(&both, "log_file: ");
    let error = refused(&|config| config.log_file = nowhere.as_ptr(), "log_file: ");
    assert_eq!(error.os_errno, libc::ENOENT);
}

// ---- File --------------------------------------------------------------------------------------

fn file_client(url: &str, log: &Path, level: i32) -> CClient {
    let log = text(log.to_str().unwrap());
    let client = CClient::new(url, |config| {
        config.log_file = log.as_ptr();
        config.log_level = level;
    });
    client.unwrap_or_else(|error| panic!("{error:?}"))
}

fn lines_of(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "half a line");
    text.lines().map(str::to_owned).collect()
}

/// Ids of the requests that the lines tell about.
fn requests_in(lines: &[String]) -> BTreeSet<String> {
    let id = |line: &String| Some(line.split_once(" request_id=")?.1.to_owned());
    lines.iter().filter_map(id).collect()
}

fn requests_at(rig: &Rig) -> BTreeSet<String> {
    let log = rig.server.log();
    log.into_iter().map(|entry| entry.request_id).collect()
}

#[test]
fn a_file_is_made_for_its_owner_alone_and_appended_to() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let log = rig.path("log");
    for run in 1..=3 {
        let client = file_client(&rig.server.url(), &log, OSS_RESUMABLE_LOG_DEBUG);
        assert_eq!(client.upload(&file).code, 0);
        let lines = lines_of(&log);
        assert_eq!(lines.len(), run * 7, "{lines:?}");
        assert!(lines.last().unwrap().contains(" stored oss://"));
        assert_eq!(requests_in(&lines), requests_at(&rig));
    }
    let mode = fs::metadata(&log).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // One that is there already keeps its mode and what it holds.
    let there = rig.path("there");
    fs::write(&there, "somebody's\n").unwrap();
    fs::set_permissions(&there, fs::Permissions::from_mode(0o640)).unwrap();
    let client = file_client(&rig.server.url(), &there, OSS_RESUMABLE_LOG_INFO);
    assert_eq!(client.upload(&file).code, 0);
    let lines = lines_of(&there);
    assert_eq!((lines[0].as_str(), lines.len()), ("somebody's", 3));
    let mode = fs::metadata(&there).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn nothing_is_written_at_level_none_nor_below_the_level() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    for level in [OSS_RESUMABLE_LOG_NONE, OSS_RESUMABLE_LOG_WARN] {
        let log = rig.path("log");
        let client = file_client(&rig.server.url(), &log, level);
        assert_eq!(client.upload(&file).code, 0);
        rig.assert_stored(&file);
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert_eq!(fs::metadata(&log).unwrap().len(), 0);
    }
}

const CHILD: &str = "OSS_RESUMABLE_TEST_CHILD";

/// This test again, as a process that uploads once and ends at once.
fn child(test: &str, url: &str, log: &Path, file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, url)
        .env("OSS_RESUMABLE_TEST_LOG", log)
        .env("OSS_RESUMABLE_TEST_FILE", file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// True in the child, which has done its work then.
fn was_child() -> bool {
    let Ok(url) = std::env::var(CHILD) else {
        return false;
    };
    let path = |name: &str| std::path::PathBuf::from(std::env::var_os(name).unwrap());
    let log = path("OSS_RESUMABLE_TEST_LOG");
    let client = file_client(&url, &log, OSS_RESUMABLE_LOG_TRACE);
    let result = client.upload(&path("OSS_RESUMABLE_TEST_FILE"));
    // SAFETY: ends the process as `_exit` does in a host that has no time.
    unsafe { libc::_exit(result.code) }
}

#[test]
fn a_process_that_ends_right_after_its_upload_has_written_every_line() {
    let this = "a_process_that_ends_right_after_its_upload_has_written_every_line";
    if was_child() {
        return;
    }
    let rig = Rig::new();
    let file = rig.file("file", 30 * PART);
    for round in 0..20 {
        let log = rig.path(&format!("log-{round}"));
        rig.server.clear_log();
        let mut process = child(this, &rig.server.url(), &log, &file);
        assert!(process.wait().unwrap().success());
        let lines = lines_of(&log);
        assert!(
            lines.last().unwrap().contains(" stored oss://"),
            "{round}: {lines:?}"
        );
        assert_eq!(requests_in(&lines), requests_at(&rig), "{round}");
    }
}

#[test]
fn clients_and_processes_share_a_file_without_mixing_their_lines() {
    let this = "clients_and_processes_share_a_file_without_mixing_their_lines";
    if was_child() {
        return;
    }
    let rig = Rig::new();
    let file = rig.file("file", 100 * PART);
    let log = rig.path("log");
    let url = rig.server.url();
    let children: Vec<Child> = (0..6).map(|_| child(this, &url, &log, &file)).collect();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let client = file_client(&url, &log, OSS_RESUMABLE_LOG_TRACE);
                assert_eq!(client.upload(&file).code, 0);
            });
        }
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let lines = lines_of(&log);
    // Each: begun, 102 requests told twice, stored.
    assert_eq!(lines.len(), 12 * (2 + 2 * 102));
    assert_eq!(requests_in(&lines), requests_at(&rig));
    for line in &lines {
        assert!(line[24..].starts_with(' '), "{line}");
        assert!(line[25..].contains(" upload=1 "), "{line}");
        assert_eq!(line.matches("upload=1 ").count(), 1, "{line}");
    }
}
