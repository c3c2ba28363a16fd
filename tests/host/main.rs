//! A process that lives with the library: what happens to it does the uploads no harm, and they do it
//! none.
#![cfg(target_os = "linux")]

mod callbacks;
mod clock;
#[path = "../support/effort.rs"]
mod effort;
#[path = "../support/figures.rs"]
mod figures;
mod limits;
mod processes;
mod signals;
#[path = "../support/stage.rs"]
mod stage;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use oss_test_server::{Action, Op, Rule};
use stage::{BUCKET, PART, Stage};
use support::c_program;

impl Stage {
    /// The program, with the server's address as its first argument.
    fn command(&self, program: &Path) -> Command {
        let mut command = support::command(program);
        command.arg(self.server.url());
        command
    }

    /// How many objects are not the file that was uploaded.
    fn wrong_objects(&self) -> u64 {
        let objects = self.server.objects();
        let wrong = objects.iter().filter(|object| {
            let is_small = object.size == 2 * PART + 1;
            let file = if is_small { &self.small } else { &self.file };
            !object.equals_file(file).unwrap()
        });
        wrong.count() as u64
    }

    /// Every object is one of the files, and nothing is left unfinished.
    #[track_caller]
    fn assert_sound(&self) {
        assert_eq!(self.wrong_objects(), 0);
        assert_eq!(self.server.uploads(), [], "uploads left open");
    }
}

/// `tests/c/NAME.c`, or `.cpp`; `None` without a compiler.
#[track_caller]
fn program(name: &str) -> Option<PathBuf> {
    let (file, language) = match name.ends_with(".cpp") {
        true => (name.to_owned(), "-std=c++17"),
        false => (format!("{name}.c"), "-std=gnu11"),
    };
    let args = [language, "-Wl,--as-needed", "-ldl"];
    c_program(
        name.trim_end_matches(".cpp"),
        &format!("tests/c/{file}"),
        &args,
    )
}

/// A number that a program printed after a word.
#[track_caller]
fn printed(output: &Output, word: &str) -> u64 {
    let said = String::from_utf8_lossy(&output.stdout);
    let mut words = said.split_whitespace();
    words.find(|found| *found == word);
    let number = words.next().and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no number after {word}: {said}"))
}
