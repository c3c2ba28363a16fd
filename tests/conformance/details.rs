//! The second block of every README: progress, a cancel, metadata and an upload callback.

use std::fs;
use std::path::{Path, PathBuf};

use oss_test_server::{Action, Answer, Op, Receiver, Rule, Server};

use crate::language::Language;
use crate::migration::command;
use crate::support::{make_file, run, said, temp_dir};

const PART: u64 = 102_400;

fn program(dir: &Path) -> PathBuf {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut named = entries.filter(|path| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        stem.to_lowercase() == "details"
    });
    let found = named
        .next()
        .unwrap_or_else(|| panic!("{dir:?} has no details"));
    // Go has a directory for each program.
    if found.is_dir() {
        return program(&found);
    }
    found
}

pub fn shows_all_that_an_upload_has(language: &Language) {
    let _alone = language.alone();
    if !language.is_built() {
        return;
    }
    let name = language.name;
    let server = Server::start();
    let receiver = Receiver::start(Answer {
        status: 200,
        content_type: "application/json".into(),
        body: b"{\"Status\":\"well received\"}".to_vec(),
        ..Answer::default()
    });
    let dir = temp_dir("details");
    let file = dir.join("file.mp4");
    make_file(&file, 40 * PART + 1, 11);
    let details = |seconds: &str| {
        let mut command = command(language, &program(&language.directory().join("tests")));
        command
            .args([&server.url(), "examplebucket", "dir/film"])
            .arg(&file)
            .args([&receiver.url(), seconds]);
        run(&mut command)
    };

    server.rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 500 }));
    // On a busy machine the time may be over before anything has begun.
    for _ in 0..5 {
        let output = details("4");
        let text = said(&output);
        assert!(!output.status.success(), "{name}: {text}");
        assert!(
            text.contains("canceled: the same call goes on"),
            "{name}: {text}"
        );
        let object = server.object("examplebucket", "dir/film");
        assert!(object.is_none(), "{name}: it is stored");
        if dir.join("file.mp4.ucp").exists() {
            break;
        }
    }
    assert!(dir.join("file.mp4.ucp").exists(), "{name}: no checkpoint");
    assert_eq!(receiver.requests().len(), 0, "{name}");

    server.clear_rules();
    server.clear_log();
    let output = details("3600");
    let text = said(&output);
    assert!(output.status.success(), "{name}: {text}");
    let total = 40 * PART + 1;
    assert!(
        text.contains(&format!("{total} of {total} bytes")),
        "{name}: {text}"
    );
    let answered = "the receiver answered: {\"Status\":\"well received\"}";
    assert!(text.contains(answered), "{name}: {text}");
    assert!(server.requests(Op::UploadPart) < 41, "{name} began anew");
    assert!(server.object_equals_file("examplebucket", "dir/film", &file));
    let object = server
        .object("examplebucket", "dir/film")
        .expect("it is stored");
    assert_eq!(object.header("x-oss-meta-owner"), Some("me"), "{name}");
    assert_eq!(object.header("content-type"), Some("video/mp4"), "{name}");
    let received = receiver.requests();
    let body = format!("key=dir%2Ffilm&size={total}");
    let bodies: Vec<_> = received
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body))
        .collect();
    assert_eq!(bodies, [body], "{name}");
}
