//! Takes the engine's source for the models: `src` as it is, but for `lock.rs`, and with the bugs of
//! `seeded.rs` that a test can switch on. Whoever changes a line that a bug is made of gets told here.

use std::path::{Path, PathBuf};
use std::{env, fs};

include!("bugs.rs");

fn main() {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap());
    let engine = here.join("../../src");
    let copy = PathBuf::from(env::var("OUT_DIR").unwrap()).join("src");
    for changed in [&engine, &here.join("src/lock.rs"), &here.join("bugs.rs")] {
        println!("cargo::rerun-if-changed={}", changed.display());
    }
    let _ = fs::remove_dir_all(&copy);
    copy_dir(&engine, &copy);
    fs::copy(here.join("src/lock.rs"), copy.join("lock.rs")).unwrap();

    // Attributes of a crate cannot stand in a file that is included.
    let root = copy.join("lib.rs");
    let text = fs::read_to_string(&root).unwrap();
    let items = text
        .lines()
        .filter(|line| !line.starts_with("#![") && !line.starts_with("//!"));
    let items: Vec<&str> = items.collect();
    fs::write(&root, items.join("\n")).unwrap();

    for bug in BUGS {
        let file = copy.join(bug.file);
        let text = fs::read_to_string(&file).unwrap();
        let found = text.matches(bug.right).count();
        assert!(
            found == 1,
            "{}: src/{} has {found} times, not once:\n{}",
            bug.name,
            bug.file,
            bug.right
        );
        let on = format!("crate::seeded::on({:?})", bug.name);
        let both = bug.both.replace("ON", &on);
        fs::write(&file, text.replace(bug.right, &both)).unwrap();
    }
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy_dir(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}
