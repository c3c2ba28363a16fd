//! The drop-in for the official C SDK: its own tests, `bindings/c/compat/tests/run`, with the library
//! and the server of the profile that is being tested.
#![cfg(target_os = "linux")]

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

fn can_run() -> bool {
    let mut shell = Command::new("bash");
    shell.args(["-c", "command -v make nm sha256sum && command -v ${CC:-cc}"]);
    shell.stdout(Stdio::null()).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}

#[test]
fn programs_of_the_official_c_sdk_compile_upload_and_resume() {
    if !can_run() {
        support::skipped("the C SDK's drop-in", "install bash, gcc, make, binutils");
        return;
    }
    let library = support::library_dir();
    let output = support::run(
        Command::new(support::root().join("bindings/c/compat/run.sh"))
            .arg("test")
            .env("BUILD_DIR", library.join("c-sdk"))
            .env("LIB_DIR", &library)
            .env("SERVER", server())
            .env_remove("LD_LIBRARY_PATH"),
    );
    let said = support::said(&output);
    assert!(output.status.success(), "{said}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    // Single tests are skipped where APR, OpenSSL, valgrind or a sanitizer is not installed.
    for line in stdout.lines().filter(|line| line.starts_with("skip ")) {
        let (_, what) = line.split_once("SKIPPED: ").unwrap_or(("", line));
        support::skipped(what, "see above");
    }
    let last = stdout.lines().last().unwrap_or_default();
    let passed = last.split_once(" passed, 0 failed");
    let passed = passed.and_then(|(number, _)| number.parse::<u32>().ok());
    assert!(passed.is_some_and(|passed| passed > 10), "{said}");
}
