//! What README.md says is true: its program runs, its commands work, its tables are those of the source.
//!
//! An HTML comment on the line before a block, `<!-- test: NAME -->`, says what is done with it.
#![cfg(unix)]

#[path = "readme/links.rs"]
mod links;
#[path = "readme/package.rs"]
mod package;
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use oss_resumable::config::{self, FIRST_ANSWER_TIMEOUT, Limits};
use oss_resumable::error::Reason;
use oss_resumable::headers::{ObjectHeaders, Target};
use oss_resumable::plan::{MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE, PartSize, Plan};
use oss_resumable::source::CHUNK;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Op, Server};
use support::{c_program, make_file, root, run, run_ok, said, temp_dir};

const MIB: u64 = 1 << 20;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn readme() -> String {
    read("README.md")
}

/// The code blocks that are marked so, without their fences.
fn blocks(mark: &str) -> Vec<String> {
    let text = readme();
    let mark = format!("<!-- test: {mark} -->\n```");
    let blocks: Vec<String> = text
        .split(&mark)
        .skip(1)
        .map(|after| {
            let (_, body) = after.split_once('\n').expect("a first line");
            let (body, _) = body.split_once("\n```").expect("a closing fence");
            body.to_owned() + "\n"
        })
        .collect();
    assert!(!blocks.is_empty(), "README.md has no {mark}");
    blocks
}

/// The text without what stands in fenced blocks.
fn prose(text: &str) -> String {
    let outside = text.split("```").step_by(2);
    outside.collect::<Vec<_>>().join("\n")
}

fn cells(row: &str) -> Vec<String> {
    // A bar within a cell has a backslash before it.
    let row = row.trim().trim_matches('|').replace("\\|", "\0");
    row.split('|')
        .map(|cell| cell.trim().replace('\0', "|"))
        .collect()
}

/// The rows of all tables whose first column has this title.
fn tables(title: &str) -> Vec<Vec<String>> {
    let text = prose(&readme());
    let lines: Vec<&str> = text.lines().collect();
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_head = lines
            .get(at + 1)
            .is_some_and(|next| next.starts_with("|---"));
        if !is_head || cells(line).first().is_none_or(|cell| cell != title) {
            continue;
        }
        let columns = cells(line).len();
        for row in lines[at + 2..]
            .iter()
            .take_while(|line| line.starts_with('|'))
        {
            assert_eq!(cells(row).len(), columns, "{row}");
            rows.push(cells(row));
        }
    }
    assert!(!rows.is_empty(), "README.md has no table {title:?}");
    rows
}

fn bare(cell: &str) -> &str {
    cell.trim_matches('`')
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

// ---- What runs ---------------------------------------------------------------------------------

#[test]
fn the_c_program_compiles_and_stores_its_file() {
    let blocks = blocks("c-example");
    assert_eq!(blocks.len(), 1);
    let dir = temp_dir("readme");
    let source = dir.join("example.c");
    fs::write(&source, &blocks[0]).unwrap();
    let source = source.to_str().expect("the path is UTF-8");
    let Some(program) = c_program("readme-example", source, &["-std=c99"]) else {
        return;
    };
    let server = Server::start();
    let file = dir.join("big.bin");
    make_file(&file, 9 * MIB + 1, 1);
    let command = || {
        let mut command = Command::new(&program);
        command
            .current_dir(dir.path())
            .env("OSS_ENDPOINT", server.url())
            .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
            .env_remove("LD_LIBRARY_PATH");
        command
    };

    let output = run_ok(&mut command());
    let (bucket, key) = ("examplebucket", "dir/big.bin");
    assert!(server.object_equals_file(bucket, key, &file));
    let crc64 = server.object(bucket, key).unwrap().crc64.unwrap();
    assert_eq!(said(&output), format!("stored, crc64 {crc64}\n"));
    assert_eq!(server.requests(Op::UploadPart), 3);
    assert_eq!(server.uploads(), [], "uploads left open");
    assert!(!dir.join("big.bin.ucp").exists());

    let output = run(command().env_remove("OSS_ACCESS_KEY_ID"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output), "code -1: access_key_id: is NULL\n");
}

/// Runs the commands where `include`, `bindings` and `target/release` are what they are after a build.
#[cfg(target_os = "linux")]
#[test]
fn the_commands_build_programs_that_run() {
    if !support::is_installed("cc") {
        support::skipped("the commands of README.md", "install gcc");
        return;
    }
    for script in blocks("build") {
        let dir = temp_dir("readme-build");
        let link = |from: &Path, name: &str| {
            std::os::unix::fs::symlink(from, dir.join(name)).unwrap();
        };
        link(&root().join("include"), "include");
        link(&root().join("bindings"), "bindings");
        fs::create_dir(dir.join("target")).unwrap();
        link(&support::library_dir(), "target/release");
        let mut shell = Command::new("sh");
        shell
            .args(["-euc", &script])
            .current_dir(dir.path())
            .env("PREFIX", dir.join("prefix"))
            .env_remove("LD_LIBRARY_PATH");
        let output = run_ok(&mut shell);
        let helped = said(&output).matches("usage: oss-upload").count();
        assert_eq!(helped, script.matches("--help").count(), "{script}");
        assert!(helped > 0, "{script}");
    }
}

#[test]
fn the_tour_is_a_command_of_cargo() {
    assert!(readme().contains("\ncargo demo\n"));
    assert!(read(".cargo/config.toml").contains("\ndemo = "));
    let rust = env!("CARGO_PKG_RUST_VERSION");
    assert!(readme().contains(&format!("Rust {rust} or newer")));
}

// ---- The changelog -----------------------------------------------------------------------------

#[test]
fn every_number_of_what_is_promised_is_one_that_a_test_counts() {
    if !support::is_installed("python3") {
        return support::skipped("the figures of README.md", "install python3");
    }
    // Whether they are right is for a run to say that has counted: `.ci/run`.
    run_ok(Command::new(root().join(".ci/figures")).arg("readme"));
}

#[test]
fn the_changelog_knows_this_version() {
    let heading = format!("\n## {}", env!("CARGO_PKG_VERSION"));
    let changelog = read("CHANGELOG.md");
    assert!(changelog.contains(&heading));
    assert!(changelog.contains("\n### ABI\n"));
    let format = oss_resumable::checkpoint::record::VERSION;
    assert!(changelog.contains(&format!("\n- Format {format}.\n")));
}

// ---- Parameters --------------------------------------------------------------------------------

/// The fields of a struct of the header, without its size.
fn fields(header: &str, name: &str) -> Vec<String> {
    let (_, after) = header
        .split_once(&format!("typedef struct {name} {{"))
        .expect("the struct");
    let (body, _) = after.split_once(&format!("}} {name};")).expect("its end");
    body.lines()
        .map(str::trim)
        .filter_map(|line| line.strip_suffix(';'))
        .filter(|line| !line.starts_with('*') && !line.starts_with('/'))
        .filter_map(|line| line.rsplit([' ', '*']).next())
        .map(str::to_owned)
        .filter(|field| field != "struct_size")
        .collect()
}

#[test]
fn the_parameters_are_those_of_the_header() {
    let header = read("include/oss_resumable.h");
    let expected = [
        fields(&header, "oss_resumable_params_t"),
        fields(&header, "oss_resumable_config_t"),
        fields(&header, "oss_resumable_credentials_t"),
        fields(&header, "oss_resumable_source_t"),
        fields(&header, "oss_resumable_callback_t"),
    ]
    .concat();
    let mut listed: Vec<String> = tables("Field")
        .iter()
        .map(|row| bare(&row[0]).to_owned())
        .collect();
    let mut expected = expected;
    expected.sort();
    listed.sort();
    assert_eq!(listed, expected);
}

#[test]
fn the_defaults_and_ranges_are_those_of_the_source() {
    let limits = Limits::default();
    let milliseconds = |time: std::time::Duration| grouped(time.as_millis() as u64);
    assert_eq!(limits.max_retries, None);
    let auto = "or `OSS_RESUMABLE_AUTO`";
    let (least, most) = (grouped(MIN_PART_SIZE), grouped(MAX_PART_SIZE));
    let PartSize::Bytes(default_part_size) = config::part_size(0).unwrap() else {
        panic!("the default part size depends on the file");
    };
    let threads = grouped(config::MAX_THREAD_NUM.into());
    for (field, default, range) in [
        (
            "thread_num",
            grouped(config::DEFAULT_THREAD_NUM.into()),
            format!("1 to {threads}, {auto}"),
        ),
        (
            "part_size",
            grouped(default_part_size),
            format!("{least} to {most}, {auto}"),
        ),
        (
            "connect_timeout_ms",
            milliseconds(limits.connect_timeout),
            "from 1".to_owned(),
        ),
        (
            "stall_timeout_ms",
            milliseconds(limits.stall_timeout),
            "from 1".to_owned(),
        ),
        (
            "retry_timeout_ms",
            milliseconds(limits.retry_timeout),
            "from 1".to_owned(),
        ),
        ("max_retries", "0".to_owned(), "from -1".to_owned()),
    ] {
        let rows = tables("Field");
        let row = rows.iter().find(|row| bare(&row[0]) == field).unwrap();
        assert_eq!((&row[1], &row[2]), (&default, &range), "{field}");
    }
    let text = words(&prose(&readme()));
    for said in [
        format!("more than {} parts", grouped(MAX_PARTS.into())),
        format!("{} parts are in flight", config::AUTO_THREAD_NUM),
        format!(
            "at most {} until the server has answered once",
            milliseconds(FIRST_ANSWER_TIMEOUT)
        ),
        format!("Buffers of {} KiB for each part", CHUNK / 1024),
    ] {
        assert!(text.contains(&said), "{said}");
    }
}

#[test]
fn auto_plans_what_the_table_says() {
    let mebibytes = |cell: &str| {
        let (number, unit) = cell.split_once(' ').expect("a number and its unit");
        let number: u64 = number.parse().expect("a whole number");
        match unit {
            "MiB" => number,
            "GiB" => number * 1024,
            other => panic!("{other}"),
        }
    };
    for row in tables("File") {
        let plan = Plan::new(mebibytes(&row[0]) * MIB, PartSize::Auto).unwrap();
        assert_eq!(plan.part_size(), mebibytes(&row[1]) * MIB, "{row:?}");
        assert_eq!(plan.parts().to_string(), row[2], "{row:?}");
    }
}

// ---- The C API ---------------------------------------------------------------------------------

#[test]
fn the_rules_are_those_of_the_header() {
    let header = read("include/oss_resumable.h");
    let (_, rules) = header
        .split_once("Rules that hold for every function:")
        .expect("the rules");
    let (rules, _) = rules.split_once("*/").expect("the end of the comment");
    // Every line has a star in front.
    let rules: Vec<&str> = rules
        .lines()
        .map(|line| line.trim().trim_start_matches('*'))
        .collect();
    let rules = words(&rules.join("\n"));
    let readme = readme();
    let (_, section) = readme
        .split_once("\n## Rules of the C API\n")
        .expect("the section");
    let (section, _) = section.split_once("\n## ").expect("its end");
    // Emphasis and code are README's own.
    assert_eq!(words(&section.replace("**", "").replace('`', "")), rules);
}

type Numbers = Vec<(String, String)>;

/// `NAME = number` of the enum of codes, and `NAME number` of the warnings.
fn numbers(header: &str) -> (Numbers, Numbers) {
    let (_, body) = header
        .split_once("enum oss_resumable_code_t")
        .expect("the enum");
    let (body, _) = body.split_once("};").expect("its end");
    let codes = body
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "));
    let warnings = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split_once(' '))
        .filter(|(name, _)| name.starts_with("OSS_RESUMABLE_WARN_"));
    let owned = |(name, number): (&str, &str)| (name.to_owned(), number.to_owned());
    (codes.map(owned).collect(), warnings.map(owned).collect())
}

#[test]
fn every_code_and_warning_of_the_header_is_listed_with_its_number() {
    let (codes, warnings) = numbers(&read("include/oss_resumable.h"));
    for (title, mut expected) in [("Code", codes), ("Bit", warnings)] {
        assert!(expected.len() > 5, "{expected:?}");
        let mut listed: Vec<(String, String)> = tables(title)
            .into_iter()
            .map(|row| (bare(&row[0]).to_owned(), row[1].clone()))
            .collect();
        expected.sort();
        listed.sort();
        assert_eq!(listed, expected);
    }
}

/// A word that depends on more than the code begins with what the code alone says.
#[test]
fn whether_to_call_again_is_what_the_engine_says_of_the_code() {
    use oss_resumable::error::{Code, Error};
    for (name, code) in [
        ("E_INVALID_ARGUMENT", Code::InvalidArgument),
        ("E_FILE", Code::File),
        ("E_FILE_CHANGED", Code::FileChanged),
        ("E_CHECKPOINT", Code::Checkpoint),
        ("E_NETWORK", Code::Network),
        ("E_SERVICE", Code::Service),
        ("E_INTEGRITY", Code::Integrity),
        ("E_CANCELED", Code::Canceled),
        ("E_STATE", Code::State),
        ("E_COMMIT_UNKNOWN", Code::CommitUnknown),
        ("E_CREDENTIALS", Code::Credentials),
        ("E_INTERNAL", Code::Internal),
    ] {
        let name = format!("OSS_RESUMABLE_{name}");
        let rows = tables("Code");
        let row = rows.iter().find(|row| bare(&row[0]) == name).unwrap();
        let again = Error::new(code, "").retryable;
        assert_eq!(row[4].starts_with("yes"), again, "{name}: {}", row[4]);
    }
}

#[test]
fn every_reason_is_listed() {
    let listed: Vec<String> = tables("Reason")
        .into_iter()
        .map(|row| bare(&row[0]).to_owned())
        .collect();
    let known = Reason::ALL.map(|reason| reason.name().to_str().unwrap().to_owned());
    assert_eq!(listed, known);
    let header = words(&read("include/oss_resumable.h").replace(" * ", " "));
    assert!(
        known
            .iter()
            .all(|name| header.contains(&format!("\"{name}\"")))
    );
}

#[test]
fn every_name_of_the_api_that_is_mentioned_exists() {
    let header = read("include/oss_resumable.h");
    let text = readme();
    let is_part = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
    for prefix in ["OSS_RESUMABLE_", "oss_resumable_"] {
        for (start, _) in text.match_indices(prefix) {
            let rest = &text[start..];
            let name = &rest[..rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())];
            let of_the_tests =
                ["OSS_RESUMABLE_REQUIRE_ALL", "OSS_RESUMABLE_EFFORT"].contains(&name);
            assert!(of_the_tests || header.contains(name), "{name}");
        }
    }
}

#[test]
fn the_exit_codes_are_those_that_the_example_lists() {
    let source = "bindings/c/examples/oss-upload.c";
    let Some(program) = c_program("readme-oss-upload", source, &[]) else {
        return;
    };
    let output = run_ok(
        Command::new(program)
            .arg("--help")
            .env_remove("LD_LIBRARY_PATH"),
    );
    let help = said(&output);
    let (_, listed) = help.split_once("Exit codes:\n").expect("the exit codes");
    let expected: Vec<String> = listed.lines().map(words).collect();
    let rows = tables("Exit code");
    let said: Vec<String> = rows.iter().map(|row| row.join(" ")).collect();
    assert_eq!(said, expected);
}

#[test]
fn headers_go_where_the_table_says() {
    let targets = [
        Target::Initiate,
        Target::Part,
        Target::Complete,
        Target::Put,
        Target::Other,
    ];
    for row in tables("Header") {
        // Between backticks is every second piece.
        for name in row[0].split('`').skip(1).step_by(2) {
            let value = match name {
                "x-oss-forbid-overwrite" => "true",
                "x-oss-traffic-limit" => "245760",
                "x-oss-request-payer" => "requester",
                _ => "x",
            };
            let headers = ObjectHeaders::new([(name, value)]).unwrap();
            for (target, cell) in targets.iter().zip(&row[1..]) {
                let goes = headers.for_request(*target).count() == 1;
                assert_eq!(cell == "✓", goes, "{name} {target:?}");
            }
        }
    }
}
