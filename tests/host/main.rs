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
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use oss_test_server::{Action, Op, Rule, Server};
use support::{TempDir, c_program, make_file, temp_dir};

/// The bucket of the programs in `tests/c`.
const BUCKET: &str = "c-tests";
const PART: u64 = 102_400;

/// A server that takes a moment for each part, and the files that the programs upload.
struct Stage {
    server: Server,
    dir: TempDir,
    file: PathBuf,
    small: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Stage {
        let server = Server::start();
        server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 10 }));
        let dir = temp_dir(name);
        let (file, small) = (dir.join("file"), dir.join("small"));
        make_file(&file, 30 * PART + 12_345, 1);
        make_file(&small, 2 * PART + 1, 2);
        Stage {
            server,
            dir,
            file,
            small,
        }
    }

    /// The program, with the server's address as its first argument.
    fn command(&self, program: &Path) -> Command {
        let mut command = support::command(program);
        command.arg(self.server.url());
        command
    }

    #[track_caller]
    fn assert_stored(&self, key: &str, file: &Path) {
        assert!(
            self.server.object_equals_file(BUCKET, key, file),
            "the object {key} is not the file"
        );
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
