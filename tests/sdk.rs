//! Alibaba's own SDKs against the test server: what it accepts is OSS, not only what our client sends.
#![cfg(unix)]

mod support;

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The server program of the profile that is being tested.
fn server() -> PathBuf {
    let test = env::current_exe().expect("a running program has a path");
    // target/<profile>/deps/<test>
    let profile_dir = test.ancestors().nth(2).expect("cargo's layout");
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let target = profile_dir.parent().expect("cargo's layout");
    // Built the way tests are, with the same features of the dependencies: nothing is compiled twice.
    // The server's own tests bring its program with them.
    let status = support::cargo()
        .args(["test", "--quiet", "--workspace", "--no-run"])
        .args(["--test", "protocol", "--profile", profile])
        .arg("--target-dir")
        .arg(target)
        .status();
    assert!(status.expect("cargo can be run").success(), "cargo test");
    profile_dir.join("oss-test-server")
}

/// Whether everything is there that installs and runs the SDKs.
fn can_run() -> bool {
    let mut python = Command::new("python3");
    // Debian has these two in a package of their own.
    python.args(["-c", "import ensurepip, venv"]);
    python.stdout(Stdio::null()).stderr(Stdio::null());
    let has_venv = python.status().is_ok_and(|status| status.success());
    has_venv
        && ["bash", "node", "npm"]
            .into_iter()
            .all(support::is_installed)
}

#[test]
fn the_official_sdks_work_with_the_server() {
    if !can_run() {
        support::skipped("official SDKs", "install python3-venv, nodejs, npm");
        return;
    }
    let script = support::root().join("tests/sdk/run.sh");
    let output = support::run(Command::new(script).arg(server()));
    let said = support::said(&output);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let last = stdout.lines().last().unwrap_or_default();
    let passed = last.strip_suffix(" passed, 0 failed");
    let passed = passed.and_then(|number| number.parse::<u32>().ok());
    assert!(output.status.success(), "{said}");
    assert!(passed.is_some_and(|passed| passed > 0), "{said}");
}
