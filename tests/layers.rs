//! The shape of the source: the order of the modules that `src/lib.rs` documents, `unsafe` and C in
//! one place, and files that can be read in one go.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Aim at 400 lines; a file over the second number is named, one over the first fails.
const MOST_LINES: usize = 700;
const MANY_LINES: usize = 450;

struct Source {
    /// Relative to the repository.
    path: String,
    /// `["transfer", "driver"]` for `src/transfer/driver.rs`; empty for `src/lib.rs`.
    module: Vec<String>,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of `src`.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut dirs = vec![root().join("src")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources.push(source(&path));
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 20, "src is not where it is looked for");
    sources
}

fn source(path: &Path) -> Source {
    let inside = path.strip_prefix(root()).unwrap();
    let mut module: Vec<String> = inside
        .with_extension("")
        .iter()
        .skip(1)
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    if matches!(module.last().unwrap().as_str(), "mod" | "lib") {
        module.pop();
    }
    Source {
        path: inside.to_str().unwrap().to_owned(),
        module,
        text: fs::read_to_string(path).unwrap(),
    }
}

/// The modules in the order of the table in `src/lib.rs`: that table is the rule, not this test.
fn documented_order() -> Vec<String> {
    let source = source(&root().join("src/lib.rs"));
    let rows = source
        .text
        .lines()
        .filter(|line| line.starts_with("//! | `"));
    let names = rows.flat_map(|row| {
        let first_column = row.split('|').nth(1).unwrap();
        // Between backticks is every second piece.
        first_column.split('`').skip(1).step_by(2)
    });
    names.map(str::to_owned).collect()
}

/// The text without comments and without what is compiled for tests only; no line moves.
fn library_code(text: &str) -> String {
    let mut code = String::new();
    let mut testing = false;
    for line in text.lines() {
        testing |= line == "#[cfg(test)]";
        if !testing {
            code.push_str(without_comment(line));
        }
        code.push('\n');
        // The source is formatted: an item that begins in the first column ends in it.
        testing &= line.starts_with([' ', '#']) || line.is_empty() || !line.ends_with(['}', ';']);
    }
    code
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split(" // ").next().unwrap_or_default()
}

/// Which modules of the crate the code names, and in which line.
fn modules_named(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let mut named = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        named.push((start, &code[start + "crate::".len()..]));
    }
    // As many steps up as the module is deep lead to the crate, too.
    let up = "super::".repeat(depth);
    for (start, _) in code.match_indices(&up) {
        if depth > 0 && !code[..start].ends_with("super::") {
            named.push((start, &code[start + up.len()..]));
        }
    }
    named
        .into_iter()
        .flat_map(|(start, path)| {
            let line = code[..start].matches('\n').count() + 1;
            first_names(path).into_iter().map(move |name| (line, name))
        })
        .collect()
}

/// What a path goes on with: one name, or those of a group in braces.
fn first_names(path: &str) -> Vec<&str> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![first_name(path)];
    };
    let mut names = vec![first_name(group)];
    let mut depth = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(first_name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_name(path: &str) -> &str {
    let path = path.trim_start();
    let end = path.find(|letter: char| letter != '_' && !letter.is_alphanumeric());
    &path[..end.unwrap_or(path.len())]
}

fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter == '_' || letter.is_alphanumeric();
    line.match_indices(word).any(|(start, _)| {
        !line[..start].ends_with(part_of_word)
            && !line[start + word.len()..].starts_with(part_of_word)
    })
}

#[test]
fn the_map_lists_every_module_once() {
    let order = documented_order();
    let lib = source(&root().join("src/lib.rs"));
    let declared: Vec<&str> = lib
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    assert_eq!(order, declared, "the map, and the declarations below it");

    let files: BTreeSet<String> = sources()
        .into_iter()
        .filter_map(|source| source.module.into_iter().next())
        .collect();
    let order: BTreeSet<String> = order.into_iter().collect();
    assert_eq!(order, files, "the map, and the files of src");
}

#[test]
fn a_module_uses_only_modules_above_it() {
    let order = documented_order();
    let place = |name: &str| order.iter().position(|module| module == name);
    let mut wrong = String::new();
    let mut seen = 0;
    for source in sources() {
        let Some(own) = source.module.first() else {
            continue;
        };
        let code = library_code(&source.text);
        for (line, name) in modules_named(&code, source.module.len()) {
            seen += 1;
            if name != own && place(name) >= place(own) {
                let _ = writeln!(wrong, "{}:{line}: {own} uses {name}", source.path);
            }
            if place(name).is_none() {
                let _ = writeln!(wrong, "{}:{line}: {name} is no module", source.path);
            }
        }
    }
    assert!(wrong.is_empty(), "against the map in src/lib.rs:\n{wrong}");
    assert!(
        seen > 50,
        "the source is read wrongly: {seen} uses of modules"
    );
}

#[test]
fn unsafe_code_and_c_are_in_ffi_alone() {
    let mut wrong = String::new();
    for source in sources() {
        if source.module.first().is_some_and(|module| module == "ffi") {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            let code = without_comment(line);
            let of_c = [
                "extern \"C",
                "no_mangle",
                "export_name",
                "allow(unsafe_code)",
            ];
            if has_word(code, "unsafe") || of_c.iter().any(|mark| code.contains(mark)) {
                let _ = writeln!(wrong, "{}:{}: {line}", source.path, index + 1);
            }
        }
    }
    assert!(wrong.is_empty(), "outside of src/ffi:\n{wrong}");
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut too_long = String::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            let _ = writeln!(too_long, "{}: {lines} lines", source.path);
        } else if lines > MANY_LINES {
            // Not println: the harness would hold it back.
            let _ = writeln!(io::stderr(), "long: {} has {lines} lines", source.path);
        }
    }
    assert!(too_long.is_empty(), "over {MOST_LINES} lines:\n{too_long}");
}

#[test]
fn this_test_reads_source_as_it_is_meant() {
    let text = "\
use crate::{
    crc, // crate::comment
    plan::{Part, Plan},
};
// crate::comment
#[cfg(test)]
use crate::only_in_tests;
fn run() -> crate::call::Outcome {
    super::super::http::send()
}
#[cfg(test)]
mod tests {
    use crate::only_in_tests;
}
use super::sibling;
";
    let code = library_code(text);
    let mut named = modules_named(&code, 2);
    named.sort_unstable();
    assert_eq!(named, [(1, "crc"), (1, "plan"), (8, "call"), (9, "http")]);
    assert!(has_word("    unsafe { f() }", "unsafe"));
    assert!(!has_word("#![deny(unsafe_code)]", "unsafe"));
}
