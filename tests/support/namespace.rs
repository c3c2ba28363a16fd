//! Tests in a network and a file tree of their own, where packets can be lost and names mean something
//! else, without any right on the machine.
#![allow(dead_code)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::skipped;

const INSIDE: &str = "OSS_RESUMABLE_IN_NAMESPACE";

fn succeeds(command: &mut Command) -> bool {
    let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// Whether the test `name` is inside already. Outside, runs it inside, with the same asserts.
#[track_caller]
pub fn inside(name: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        run(Command::new("ip").args(["link", "set", "lo", "up"]));
        // As between machines: packets, and not whole parts at a time.
        run(Command::new("ip").args(["link", "set", "lo", "mtu", "1500"]));
        return true;
    }
    if !succeeds(Command::new("nft").arg("--version")) {
        skipped("packet filter rules", "install nftables");
        return false;
    }
    if !succeeds(Command::new("ip").arg("-V")) {
        skipped("links of namespaces", "install iproute2");
        return false;
    }
    let namespace = ["--user", "--map-root-user", "--net", "--mount"];
    if !succeeds(Command::new("unshare").args(namespace).arg("true")) {
        skipped("namespaces", "allow user namespaces");
        return false;
    }
    let output = Command::new("unshare")
        .args(namespace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("1 passed"), "no test of this name: {told}");
    false
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
}

/// Packets that leave, by these rules of nftables; every rule counts what it meets.
#[track_caller]
pub fn filter(rules: &[String]) {
    // Bytes of connections are only counted when asked for.
    let accounting = "/proc/sys/net/netfilter/nf_conntrack_acct";
    let mut text =
        "table inet faults { chain leaving { type filter hook output priority 0;\n".to_owned();
    for rule in rules {
        text.push_str(rule);
        text.push('\n');
    }
    text.push_str("}\n}\n");
    let mut nft = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    nft.stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(nft.wait().unwrap().success(), "{text}");
    if text.contains(" ct ") {
        std::fs::write(accounting, "1").unwrap();
    }
}

#[track_caller]
pub fn heal() {
    run(Command::new("nft").args(["flush", "ruleset"]));
}

/// How many packets the rules have met.
pub fn met() -> u64 {
    let output = Command::new("nft")
        .args(["list", "ruleset"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let counts = text.split("counter packets ").skip(1);
    counts
        .filter_map(|rest| rest.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

/// What a file of the system reads here.
#[track_caller]
pub fn replace(path: &str, by: &Path) {
    run(Command::new("mount").arg("--bind").arg(by).arg(path));
}
