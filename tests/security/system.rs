//! The library as the system sees it: how it is linked, and who may lead it.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use oss_resumable::error::Code;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Server};

use crate::engine::{PART, Rig, assert_code};
use crate::resuming::{fail_at, request_of};
use crate::support::{self, c_program, make_file, run_ok, skipped, temp_dir};

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    // SAFETY: touches no memory.
    unsafe { libc::geteuid() == 0 }
}

#[test]
fn no_part_of_the_library_can_be_both_written_and_executed() {
    let library = support::library();
    let mut readelf = Command::new("readelf");
    let Ok(output) = readelf.args(["-lW"]).arg(&library).output() else {
        skipped("how the library is mapped", "install binutils");
        return;
    };
    let output = String::from_utf8(output.stdout).unwrap();
    // Type, offset, two addresses, two sizes, rights, alignment.
    let segment = |kind: &str| -> Vec<String> {
        let lines = output.lines().filter(|line| line.trim().starts_with(kind));
        lines.map(rights).collect()
    };
    let loaded = segment("LOAD");
    assert!(loaded.len() >= 3, "{output}");
    for rights in &loaded {
        assert!(!(rights.contains('W') && rights.contains('E')), "{output}");
    }
    assert_eq!(segment("GNU_STACK"), ["RW"], "the stack can be executed");
    // What is written while linking is read-only afterwards.
    assert_eq!(segment("GNU_RELRO"), ["R"], "{output}");
}

fn rights(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let rights = words.iter().filter(|word| !word.starts_with('0'));
    rights.copied().collect()
}

/// What `privilege` prints, with an environment that would lead it to other keys, to a proxy and to
/// other certificates.
fn led_by(program: &Path, server: &Server, dir: &Path, user: Option<u32>) -> BTreeMap<String, i64> {
    let file = dir.join("file");
    make_file(&file, 10, 1);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = support::command(program);
    command
        .arg(server.url())
        .arg(&file)
        .arg("https://oss.invalid");
    command.env_clear();
    command.env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID);
    command.env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET);
    let nowhere = format!("http://127.0.0.1:{}", crate::engine::closed_port());
    command
        .env("http_proxy", &nowhere)
        .env("all_proxy", &nowhere);
    command.env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let output = run_ok(&mut command);
    let output = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let (name, code) = line.split_once(' ').unwrap();
        (name.to_owned(), code.parse().unwrap())
    };
    output.lines().map(line).collect()
}

#[test]
fn a_set_uid_program_is_not_led_by_the_environment_of_whoever_started_it() {
    let Some(program) = c_program("privilege", "tests/c/privilege.c", &["-std=c99"]) else {
        return;
    };
    let dir = temp_dir("privilege");
    let keys = |server: &Server, key: &str| server.object("c-tests", key).is_some();

    // An ordinary program is its user's, who is asked where it says so.
    let server = Server::start();
    let codes = led_by(&program, &server, dir.path(), None);
    assert_eq!(codes["secure"], 0);
    assert_eq!(codes["credentials"], 0, "the keys of the environment");
    assert_ne!(codes["proxy"], 0, "the environment's proxy is not there");
    assert!(keys(&server, "credentials") && !keys(&server, "proxy"));

    if !is_root() {
        skipped("a set-uid program", "run the tests as root");
        return;
    }
    let privileged = dir.join("privileged");
    std::fs::copy(&program, &privileged).unwrap();
    for path in [dir.path(), &privileged] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o4755)).unwrap();
    }
    let server = Server::start();
    let codes = led_by(&privileged, &server, dir.path(), Some(NOBODY));
    if codes["secure"] == 0 {
        skipped(
            "a set-uid program",
            "mount the temporary directory without nosuid",
        );
        return;
    }
    assert_ne!(codes["credentials"], 0, "the keys of somebody else");
    assert_eq!(codes["proxy"], 0, "the proxy of somebody else");
    let invalid = Code::InvalidArgument as i64;
    assert_eq!(
        codes["certificates"], invalid,
        "the certificates of somebody else"
    );
    assert!(!keys(&server, "credentials") && keys(&server, "proxy"));
}

#[test]
fn a_checkpoint_that_belongs_to_another_user_is_refused_and_left_as_it_is() {
    if !is_root() {
        skipped("a checkpoint of another user", "run the tests as root");
        return;
    }
    let rig = Rig::new();
    let file = rig.file("file", 8 * PART);
    let input = || oss_resumable::config::Input::Path(file.clone());
    fail_at(&rig, &rig.client, 6, request_of(&rig, input()));
    let path = rig.path("c.ucp");
    chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_code(&rig.upload(request_of(&rig, input())), Code::Checkpoint);
    assert_eq!(rig.server.log().len(), 0);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::metadata(&path).unwrap().uid(), NOBODY);
    // One's own is taken.
    chown(&path, Some(0), Some(0)).unwrap();
    crate::engine::assert_ok(&rig.upload(request_of(&rig, input())));
    rig.assert_stored(&file);
}
