//! One upload, several languages: each goes on where the one before was killed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, LogEntry, Op, Rule, Server};

use crate::language::{Language, write_request};
use crate::scenario::BUCKET;
use crate::support::{make_file, temp_dir};
use crate::{LANGUAGES, support};

const PART: u64 = 102_400;
const IN_FLIGHT: usize = 2;

#[test]
fn an_upload_goes_around_all_languages_and_ends_where_it_began() {
    let installed = installed();
    let around: Vec<_> = installed.iter().chain(installed.first()).copied().collect();
    relay(&around, 8);
}

#[test]
fn every_language_begins_an_upload_that_the_next_one_finishes() {
    let installed = installed();
    let next = installed.iter().cycle().skip(1);
    for (first, second) in installed.iter().zip(next) {
        relay(&[first, second], 4);
    }
}

fn installed() -> Vec<&'static Language> {
    LANGUAGES.iter().filter(|one| one.is_built()).collect()
}

/// All but the last are killed when they have stored `each` parts.
fn relay(languages: &[&Language], each: usize) {
    let server = Server::start();
    let dir = temp_dir("circle");
    let (file, request) = (dir.join("file.bin"), dir.join("request"));
    let parts = (languages.len() * (each + IN_FLIGHT)) as u64;
    make_file(&file, parts * PART, 9);
    let mut recorded = Vec::new();
    for (number, language) in languages.iter().enumerate() {
        let _alone = language.alone();
        ask(&request, &server, &file, number);
        server.clear_rules();
        server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 10 }));
        let mut command = language.command("conformance");
        command.arg(&request).process_group(0).stdin(Stdio::null());
        if number + 1 == languages.len() {
            support::run_ok(&mut command);
            break;
        }
        let each = u32::try_from(each).unwrap();
        // What is in flight at the kill: one part arrived, and nobody was told; the other ones did not.
        let unanswered = Action::StallReply { ms: None };
        server.rule(
            Rule::on(Op::UploadPart)
                .skip(each)
                .times(1)
                .then(unanswered),
        );
        let unread = Action::StallRead {
            bytes: 1000,
            ms: None,
        };
        server.rule(Rule::on(Op::UploadPart).skip(each + 1).then(unread));
        let stored = stored(&server);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let enough = || self::stored(&server) >= stored + each as usize;
        for _ in 0..12_000 {
            if enough() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let group = libc::pid_t::try_from(child.id()).unwrap();
        // SAFETY: touches no memory; the group is our child's, which has not been waited for.
        unsafe { libc::kill(-group, libc::SIGKILL) };
        child.wait().unwrap();
        assert!(enough(), "{} sends nothing", language.name);
        let known = parts_in(&dir.join("file.bin.ucp"));
        // All that it was told of, but what it was told in the last moment.
        assert!(
            known.len() + IN_FLIGHT >= (number + 1) * each as usize,
            "{} recorded {known:?}",
            language.name
        );
        recorded.push(known);
    }
    let names: Vec<_> = languages.iter().map(|language| language.name).collect();
    assert!(
        server.object_equals_file(BUCKET, "circle.bin", &file),
        "{names:?}"
    );
    let begun = server.requests(Op::InitiateMultipartUpload);
    assert_eq!(begun, 1, "upload ids of {names:?}");
    judge(&server.log(), &recorded, &names, parts);
}

/// The user agent tells whose request one was, also of those that arrive after the kill.
fn ask(request: &Path, server: &Server, file: &Path, number: usize) {
    let values = [
        ("config.endpoint", server.url()),
        ("config.region", "cn-hangzhou".into()),
        ("config.access_key_id", ACCESS_KEY_ID.into()),
        ("config.access_key_secret", ACCESS_KEY_SECRET.into()),
        ("config.user_agent", format!("circle/{number}")),
        ("upload.bucket", BUCKET.into()),
        ("upload.object", "circle.bin".into()),
        ("upload.file", file.to_str().unwrap().into()),
        ("upload.part_size", PART.to_string()),
        ("upload.thread_num", IN_FLIGHT.to_string()),
        ("upload.enable_checkpoint", "1".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    write_request(request, &values);
}

fn stored(server: &Server) -> usize {
    let is_stored = |entry: &&LogEntry| entry.op == Op::UploadPart && entry.status == 200;
    server.log().iter().filter(is_stored).count()
}

/// The parts that a checkpoint records. A torn last line is no record.
fn parts_in(checkpoint: &Path) -> BTreeSet<u32> {
    let text = fs::read_to_string(checkpoint).expect("a killed process leaves its checkpoint");
    let lines = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    lines
        .filter_map(|line| line.strip_prefix("{\"part\":{\"number\":"))
        .map(|rest| rest.split(',').next().unwrap().parse().unwrap())
        .collect()
}

/// By part: a recorded one is never sent again, and what else is sent again was in flight at a kill.
fn judge(log: &[LogEntry], recorded: &[BTreeSet<u32>], names: &[&str], parts: u64) {
    let runs: Vec<Vec<u32>> = (0..names.len())
        .map(|number| {
            let agent = format!("circle/{number}");
            log.iter()
                .filter(|entry| entry.op == Op::UploadPart)
                .filter(|entry| {
                    let sender = entry.header("user-agent").unwrap_or_default();
                    sender.split(' ').any(|word| word == agent)
                })
                .filter_map(|entry| entry.part_number)
                .collect()
        })
        .collect();
    let all: BTreeSet<u32> = runs.iter().flatten().copied().collect();
    assert_eq!(all.len() as u64, parts, "{names:?} sent other parts");
    for (number, known) in recorded.iter().enumerate() {
        let killed = names.get(number).unwrap();
        let (before, after) = runs.split_at(number + 1);
        let later: BTreeSet<u32> = after.iter().flatten().copied().collect();
        let again: Vec<_> = known.intersection(&later).collect();
        assert!(
            again.is_empty(),
            "{killed} had recorded {again:?}, which were sent again: {names:?}"
        );
        let sent: BTreeSet<u32> = before.last().unwrap().iter().copied().collect();
        let again: Vec<_> = sent.intersection(&later).collect();
        // One more may have ended without having been recorded yet.
        assert!(
            again.len() <= IN_FLIGHT + 1,
            "{killed} had sent {again:?}, which were sent again: {names:?}"
        );
    }
}
