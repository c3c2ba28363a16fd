//! C programs built and run from Rust tests, with files and directories for them.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, thread};

/// Warnings that the C programs of this repository are free of.
pub const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Longer than any program under test may take, valgrind and a busy machine included.
const TIME_LIMIT: Duration = Duration::from_secs(900);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Says that a test could not run here; fails it where everything has to run.
#[track_caller]
pub fn skipped(what: &str, remedy: &str) {
    let message = format!("SKIPPED: {what} ({remedy})");
    let required = env::var("OSS_RESUMABLE_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(!required, "{message}, but OSS_RESUMABLE_REQUIRE_ALL=1");
    // Not println: the harness would hold it back, and the test would look as if it had run.
    let _ = writeln!(io::stderr(), "{message}");
}

/// A compiler as the environment names it, perhaps with arguments: `CC="ccache gcc"`.
fn compiler(variable: &str, default: &str) -> Command {
    let named = env::var(variable).unwrap_or_default();
    let mut words = named.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(default));
    command.args(words);
    command
}

/// Runs the compiler for `source`; `None` when there is no compiler, which has been said then.
#[track_caller]
pub fn compile(source: &Path, args: &[&str]) -> Option<()> {
    let (what, command, remedy) = if source.extension().is_some_and(|ending| ending == "cpp") {
        ("C++", compiler("CXX", "c++"), "install g++")
    } else {
        ("C", compiler("CC", "cc"), "install gcc")
    };
    compile_with(what, command, remedy, source, args)
}

#[track_caller]
fn compile_with(
    what: &str,
    mut compiler: Command,
    remedy: &str,
    source: &Path,
    args: &[&str],
) -> Option<()> {
    // The source before the arguments: linkers want libraries after what uses them.
    compiler.arg(root().join(source)).args(args);
    compiler.arg("-I").arg(root().join("include"));
    let output = match compiler.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            skipped(what, remedy);
            return None;
        }
        output => output.expect("the compiler can be run"),
    };
    assert!(
        output.status.success(),
        "{compiler:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(())
}

/// Builds `source` (relative to the repository) against the library; `None` without a compiler.
#[track_caller]
pub fn c_program(name: &str, source: &str, extra_args: &[&str]) -> Option<PathBuf> {
    let library = library_dir();
    let programs = library.join("c-programs");
    fs::create_dir_all(&programs).expect("the target directory is writable");
    let program = programs.join(name);
    // Under another name first: tests that run at once may want the same program.
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let unfinished = programs.join(format!("{name}.{}-{number}", std::process::id()));
    let rpath = format!("-Wl,-rpath,{}", text(&library));
    let mut args = vec!["-o", text(&unfinished), "-g", "-pthread"];
    args.extend(STRICT);
    args.extend(extra_args);
    args.extend(["-L", text(&library), &rpath, "-loss_resumable"]);
    compile(Path::new(source), &args)?;
    fs::rename(&unfinished, &program).expect("the target directory is writable");
    Some(program)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the repository's path is UTF-8")
}

fn library_file() -> String {
    let (prefix, ending) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    format!("{prefix}oss_resumable{ending}")
}

/// The shared library that belongs to the running test.
pub fn library() -> PathBuf {
    library_dir().join(library_file())
}

/// Where the shared library is that belongs to the running test.
pub fn library_dir() -> PathBuf {
    let test = env::current_exe().expect("a running program has a path");
    // target/<profile>/deps/<test>, or target/<profile>/examples/<example>
    let profile_dir = test.ancestors().nth(2).expect("cargo's layout");
    // For a test, cargo builds all forms of the library into `deps`. It copies the shared one to
    // where a user looks for it only sometimes, so the one there may be missing or old.
    let deps = profile_dir.join("deps");
    let library = deps.join(library_file());
    assert!(library.exists(), "{} is missing", library.display());
    deps
}

/// The cargo that started this program.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // What cargo told this program about itself. Build scripts that look at it would run again, and
    // half of the dependencies would be compiled anew.
    cargo.env_remove("OUT_DIR");
    let about_us = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ];
    for (name, _) in env::vars_os() {
        let known = name.to_string_lossy();
        if about_us.iter().any(|prefix| known.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Whether a program can be started at all.
pub fn is_installed(program: &str) -> bool {
    let silent = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    silent.is_ok_and(|status| status.success())
}

/// A program of [`c_program`], with the library it was built against.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    // Cargo's search path for its own tests comes before the program's, and leads to older copies.
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Runs a program to its end, which has to come in time.
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(TIME_LIMIT) {
        Ok(output) => output.expect("its output can be read"),
        Err(_) => {
            kill(pid);
            panic!("{command:?} did not end within {TIME_LIMIT:?}");
        }
    }
}

/// [`run`], and the program has to end well.
#[track_caller]
pub fn run_ok(command: &mut Command) -> Output {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        said(&output)
    );
    output
}

/// Everything a program wrote.
pub fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

#[cfg(unix)]
fn kill(pid: u32) {
    if let Ok(pid) = libc::pid_t::try_from(pid) {
        // SAFETY: touches no memory; the process is our child and has not been waited for.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

#[cfg(not(unix))]
fn kill(_pid: u32) {}

/// A directory that goes with its owner.
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn temp_dir(name: &str) -> TempDir {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let unique = format!("oss-resumable-{name}-{}-{number}", std::process::id());
    let path = env::temp_dir().join(unique);
    fs::create_dir_all(&path).expect("the temporary directory is writable");
    TempDir(path)
}

/// A file whose content repeats nowhere and depends on the seed alone.
pub fn make_file(path: &Path, size: u64, seed: u64) {
    let file = File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut file = BufWriter::with_capacity(1 << 20, file);
    // xorshift64, which never leaves and never reaches 0.
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut left = size;
    while left > 0 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let bytes = state.to_le_bytes();
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        file.write_all(&bytes[..count]).expect("the disk has room");
        left -= count as u64;
    }
    file.flush().expect("the disk has room");
}
