//! A binding, through its `run.sh`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::support::{self, cargo, library_dir, root, run, run_ok, said};

/// The exit code of `run.sh` where the language is not installed.
pub const NOT_INSTALLED: i32 = 77;

pub struct Language {
    pub name: &'static str,
    built: OnceLock<bool>,
    /// Its scratch directory is used by one test at a time.
    busy: Mutex<()>,
}

impl Language {
    pub const fn new(name: &'static str) -> Language {
        Language {
            name,
            built: OnceLock::new(),
            busy: Mutex::new(()),
        }
    }

    /// Whether something moves or frees what callbacks refer to, whenever it likes.
    pub fn collects(&self) -> bool {
        !matches!(self.name, "c" | "cpp" | "objc")
    }

    pub fn directory(&self) -> PathBuf {
        root().join("bindings").join(self.name)
    }

    /// What is made for this language, and nowhere else.
    pub fn scratch(&self) -> PathBuf {
        let path = library_dir().join("bindings").join(self.name);
        fs::create_dir_all(&path).expect("the target directory is writable");
        path
    }

    pub fn alone(&self) -> MutexGuard<'_, ()> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Built once; false where the language is not installed, which has been said then.
    pub fn is_built(&self) -> bool {
        *self.built.get_or_init(|| {
            let output = run(&mut self.command("build"));
            say_skipped(&output);
            if output.status.code() == Some(NOT_INSTALLED) {
                return false;
            }
            assert!(output.status.success(), "{}: {}", self.name, said(&output));
            true
        })
    }

    pub fn command(&self, what: &str) -> Command {
        let mut command = Command::new("bash");
        command
            .arg(self.directory().join("run.sh"))
            .arg(what)
            .env("LIB_DIR", library_dir())
            .env("BUILD_DIR", self.scratch())
            .env("SERVER", server_program())
            .env("OSS_RESUMABLE_LIBRARY", support::library())
            .env_remove("LD_LIBRARY_PATH");
        command
    }
}

/// Passes on what a `run.sh` could not do here, which it says in lines `SKIPPED: WHAT (REMEDY)`.
pub fn say_skipped(output: &Output) {
    let text = said(output);
    let told = text.lines().filter_map(|line| line.split_once("SKIPPED: "));
    let told: BTreeSet<&str> = told.map(|(_, told)| told).collect();
    if output.status.code() == Some(NOT_INSTALLED) {
        assert!(!told.is_empty(), "it does not say what is missing: {text}");
    }
    for told in told {
        let (what, remedy) = told.split_once(" (").unwrap_or((told, "see above"));
        support::skipped(what, remedy.trim_end_matches(')'));
    }
}

/// The test server as a program, of the profile that is being tested.
pub fn server_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let profile_dir = library_dir().parent().expect("cargo's layout").to_owned();
        let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        // Built the way tests are, so nothing is compiled twice: its own tests bring it with them.
        run_ok(
            cargo()
                .args([
                    "test",
                    "--quiet",
                    "--workspace",
                    "--no-run",
                    "--test",
                    "protocol",
                ])
                .args(["--profile", profile, "--target-dir"])
                .arg(profile_dir.parent().expect("cargo's layout")),
        );
        profile_dir.join("oss-test-server")
    })
}

/// A file of lines `name=value`.
pub fn write_request(path: &Path, values: &[(String, String)]) {
    let text: String = values
        .iter()
        .map(|(name, value)| {
            let value = value
                .replace('%', "%25")
                .replace('\n', "%0A")
                .replace('\r', "%0D");
            format!("{name}={value}\n")
        })
        .collect();
    fs::write(path, text).unwrap();
}

/// What a conformance program printed.
pub fn read_answer(output: &Output) -> Vec<(String, String)> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| {
            let value = value
                .replace("%0A", "\n")
                .replace("%0D", "\r")
                .replace("%25", "%");
            (name.to_owned(), value)
        })
        .collect()
}
