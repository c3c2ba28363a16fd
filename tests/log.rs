//! The log by callback: what is told at which level, on which thread, and what it costs.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/lines.rs"]
mod lines;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::*;
use lines::{Line, Lines, account, logging_client};
use oss_resumable::client::Client;
use oss_resumable::error::Code;
use oss_resumable::log::{Level, Log};
use oss_resumable::upload::Upload;
use oss_test_server::{Action, Op, Rule};

fn client_at(rig: &Rig, level: Level, lines: &Lines) -> Arc<Client> {
    client_slow_at(rig, level, lines, Duration::ZERO)
}

fn client_slow_at(rig: &Rig, level: Level, lines: &Lines, pause: Duration) -> Arc<Client> {
    let log = Log::new(level, lines.sink(pause));
    logging_client(config(&rig.server.url()), account(), None, log)
}

/// Three parts, of which the second is refused once.
fn upload_with_a_retry(level: Level) -> (Rig, Lines) {
    let rig = Rig::new();
    let once = Rule::on(Op::UploadPart).part(2).once();
    let refused = Action::status(500, "InternalError");
    rig.server.rule(once.then(refused));
    let lines = Lines::default();
    let client = client_at(&rig, level, &lines);
    let file = rig.file("file", 3 * PART);
    assert_ok(&run(&client, request(&file)));
    rig.assert_stored(&file);
    (rig, lines)
}

fn counts(lines: &Lines) -> [usize; 5] {
    [
        Level::Error,
        Level::Warn,
        Level::Info,
        Level::Debug,
        Level::Trace,
    ]
    .map(|level| lines.of(level).len())
}

#[test]
fn each_level_tells_its_own_lines_and_those_above() {
    // Initiate, four times UploadPart, Complete.
    for (level, expected) in [
        (Level::Error, [0, 0, 0, 0, 0]),
        (Level::Warn, [0, 1, 0, 0, 0]),
        (Level::Info, [0, 1, 2, 0, 0]),
        (Level::Debug, [0, 1, 2, 6, 0]),
        (Level::Trace, [0, 1, 2, 6, 6]),
    ] {
        let (_, lines) = upload_with_a_retry(level);
        assert_eq!(counts(&lines), expected, "{level:?}: {:?}", lines.all());
    }
}

#[test]
fn lines_name_upload_operation_part_attempt_time_status_and_request() {
    let (rig, lines) = upload_with_a_retry(Level::Trace);
    let info: Vec<Line> = lines.of(Level::Info);
    assert!(
        info[0]
            .text
            .ends_with("upload=1 new bytes=307200 parts=3 part_size=102400")
    );
    let stored = format!("upload=1 stored oss://{BUCKET}/{KEY} parts=3 retries=1 warnings=0");
    assert!(info[1].text.ends_with(&stored), "{}", info[1].text);

    let server = rig.server.log();
    let debug = lines.of(Level::Debug);
    let told: BTreeSet<_> = debug.iter().map(|line| line.field("request_id")).collect();
    let known = server.iter().map(|entry| Some(entry.request_id.as_str()));
    assert_eq!(told, known.collect());
    for line in &debug {
        let id = line.field("request_id").unwrap();
        let entry = server.iter().find(|entry| entry.request_id == id).unwrap();
        let text = &line.text;
        assert_eq!(line.field("upload"), Some("1"), "{text}");
        assert!(text.contains(&format!(" {:?} ", entry.op)), "{text}");
        assert_eq!(line.field("status"), Some(&*entry.status.to_string()));
        let part = entry.part_number.map(|number| number.to_string());
        assert_eq!(line.field("part"), part.as_deref(), "{text}");
        let ms: u64 = line.field("ms").unwrap().parse().unwrap();
        assert!(ms < 10_000, "{text}");
        let is_again = entry.part_number == Some(2) && entry.status == 200;
        let attempt = if is_again { "2" } else { "1" };
        assert_eq!(line.field("attempt"), Some(attempt), "{text}");
        // `2026-01-02T03:04:05.678Z DEBUG upload=…`
        let time = text.split(' ').next().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{text}");
        assert!(text[25..].starts_with("DEBUG upload="), "{text}");
    }
    let warn = &lines.of(Level::Warn)[0];
    assert_eq!(warn.field("part"), Some("2"));
    assert_eq!(warn.field("attempt"), Some("1"));
    assert!(warn.text.contains("500 InternalError"), "{}", warn.text);
    for line in lines.of(Level::Trace) {
        assert!(line.text.contains(&rig.server.url()), "{}", line.text);
    }
}

#[test]
fn a_failed_upload_is_one_error_with_its_stage() {
    let rig = Rig::new();
    let refused = Action::status(403, "AccessDenied");
    rig.server
        .rule(Rule::on(Op::UploadPart).part(2).then(refused));
    let lines = Lines::default();
    let file = rig.file("file", 3 * PART);
    let report = run(&client_at(&rig, Level::Error, &lines), request(&file));
    assert_code(&report, Code::Service);
    let lines = lines.all();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let start = format!("upload=1 failed oss://{BUCKET}/{KEY} stage=upload ");
    assert!(lines[0].text.contains(&start), "{}", lines[0].text);
    assert!(
        lines[0].text.contains("403 AccessDenied"),
        "{}",
        lines[0].text
    );
}

#[test]
fn requests_without_a_reply_name_their_reason() {
    let rig = Rig::new();
    let once = Rule::on(Op::UploadPart).part(2).once();
    rig.server.rule(once.then(Action::DropReply));
    let lines = Lines::default();
    let file = rig.file("file", 3 * PART);
    assert_ok(&run(&client_at(&rig, Level::Debug, &lines), request(&file)));
    let broken = |line: &&Line| line.text.contains("part=2 attempt=1 ms=");
    let lines = lines.of(Level::Debug);
    let line = lines.iter().find(broken).unwrap();
    assert!(line.text.ends_with(" no reply: broken"), "{}", line.text);
}

#[test]
fn words_of_a_server_make_no_lines_of_their_own() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::on(Op::InitiateMultipartUpload).then(Action::Status {
            code: 400,
            oss_code: Some("Bad\nCode".into()),
            message: Some("one\r\n2026-01-02T03:04:05.678Z ERROR forged\u{7}\u{1b}[2J".into()),
            headers: Default::default(),
            body: None,
            early: false,
        }));
    let lines = Lines::default();
    let file = rig.file("file", 3 * PART);
    let report = run(&client_at(&rig, Level::Trace, &lines), request(&file));
    assert_code(&report, Code::Service);
    let told = lines.all();
    assert!(told.iter().any(|line| line.text.contains("forged")));
    for line in told {
        assert!(!line.text.contains(char::is_control), "{:?}", line.text);
    }
}

#[test]
fn the_callback_runs_only_on_the_thread_that_waits() {
    let rig = Rig::new();
    let lines = Lines::default();
    let client = client_at(&rig, Level::Trace, &lines);
    let gate = rig.server.pause_next(Op::CompleteMultipartUpload);
    let file = rig.file("file", 10 * PART);
    let upload = Upload::start(&client, request(&file)).unwrap();
    assert!(gate.wait_reached(Duration::from_secs(20)));
    assert_eq!(lines.all().len(), 0, "nobody waits");
    // While it runs, not only at its end.
    let during = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let short = Some(Duration::from_millis(50));
            eventually("what has happened is told", || {
                assert!(upload.wait(short, None).unwrap().is_none());
                lines.all().len() >= 24
            });
            std::thread::current().id()
        });
        let waited = waiter.join().unwrap();
        let during = lines.all();
        assert!(during.len() >= 24, "{}", during.len());
        assert!(during.iter().all(|line| line.thread == waited));
        during.len()
    });
    gate.release();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(lines.all().len(), during, "nobody waits");
    assert_ok(&wait(&upload));
    let this = std::thread::current().id();
    let after = lines.all();
    assert!(after.len() > during);
    assert!(after[during..].iter().all(|line| line.thread == this));
}

#[test]
fn a_slow_callback_does_not_slow_the_requests() {
    let rig = Rig::new();
    let lines = Lines::default();
    // So that all of them take far longer than the requests do on a busy machine.
    let pause = Duration::from_millis(150);
    let client = client_slow_at(&rig, Level::Debug, &lines, pause);
    let file = rig.file("file", 60 * PART);
    let started = Instant::now();
    assert_ok(&run(&client, request(&file)));
    let waited = started.elapsed();
    rig.assert_stored(&file);
    let told = u32::try_from(lines.all().len()).unwrap();
    assert!(told >= 64, "{told}");
    assert!(
        waited >= pause * told,
        "all were told before the end: {waited:?}"
    );
    let log = rig.server.log();
    let end = |entry: &oss_test_server::LogEntry| entry.time_ms + entry.elapsed_ms.unwrap_or(0);
    let span = log.iter().map(end).max().unwrap() - log[0].time_ms;
    assert!(
        u128::from(span) < waited.as_millis() / 2,
        "{span} of {waited:?}"
    );
}

/// So that those of several processes do not mix: a file opened for appending keeps a write together.
#[test]
#[cfg(unix)]
fn a_line_is_written_to_its_file_in_one_piece() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixDatagram;
    let rig = Rig::new();
    let file = rig.file("file", 10 * PART);
    // Shows each write by itself.
    let (reader, writer) = UnixDatagram::pair().unwrap();
    let reading = std::thread::spawn(move || {
        let mut pieces = Vec::new();
        let mut buffer = [0; 4096];
        while !pieces
            .iter()
            .any(|piece: &String| piece.contains(" stored "))
        {
            let length = reader.recv(&mut buffer).unwrap();
            pieces.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
        }
        pieces
    });
    let sink = oss_resumable::log::Sink::File(OwnedFd::from(writer).into());
    let log = Log::new(Level::Trace, sink);
    let client = logging_client(config(&rig.server.url()), account(), None, log);
    assert_ok(&run(&client, request(&file)));
    let pieces = reading.join().unwrap();
    assert_eq!(pieces.len(), 2 + 2 * 12);
    for piece in pieces {
        assert_eq!(piece.find('\n'), Some(piece.len() - 1), "{piece:?}");
    }
}

/// The process may end next.
#[test]
#[cfg(target_os = "linux")]
fn the_end_of_an_upload_waits_for_a_slow_log_file_but_not_for_ever() {
    use std::io::Read;
    use std::os::fd::{AsRawFd, OwnedFd};
    for (pause, reads) in [(Duration::from_millis(600), true), (Duration::ZERO, false)] {
        let rig = Rig::new();
        let file = rig.file("file", 30 * PART);
        let (mut reader, writer) = std::io::pipe().unwrap();
        // Holds a part of the lines; then it is full.
        // SAFETY: touches no memory; the descriptor is open.
        let size = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, 4096) };
        assert_eq!(size, 4096);
        let sink = oss_resumable::log::Sink::File(OwnedFd::from(writer).into());
        let log = Log::new(Level::Trace, sink);
        let client = logging_client(config(&rig.server.url()), account(), None, log);
        let started = Instant::now();
        let reading = std::thread::spawn(move || {
            std::thread::sleep(pause);
            let mut text = String::new();
            if reads {
                reader.read_to_string(&mut text).unwrap();
            }
            // Kept open all the time otherwise.
            (text, reader)
        });
        assert_ok(&run(&client, request(&file)));
        let took = started.elapsed();
        rig.assert_stored(&file);
        if reads {
            assert!(took >= pause, "{took:?}");
            drop(client);
            let (text, _) = reading.join().unwrap();
            assert!(text.lines().last().unwrap().contains(" stored oss://"));
        } else {
            // The reader is still there, and full.
            let kept = reading.join().unwrap();
            assert!(
                took >= Duration::from_secs(1) && took < Duration::from_secs(30),
                "{took:?}"
            );
            drop(kept);
        }
    }
}

#[test]
fn lines_that_nobody_takes_are_lost_from_the_old_end_and_counted() {
    let rig = Rig::new();
    let lines = Lines::default();
    let client = client_at(&rig, Level::Trace, &lines);
    let file = rig.file("file", 1);
    let mut last = None;
    for batch in 0..55 {
        let uploads: Vec<Upload> = (0..20)
            .map(|number| {
                let mut small = request(&file);
                small.object = format!("key-{batch}-{number}");
                small.checkpoint = None;
                Upload::start(&client, small).unwrap()
            })
            .collect();
        let ended = |upload: &Upload| upload.report().unwrap().is_some();
        eventually("all have ended", || uploads.iter().all(ended));
        last = uploads.into_iter().next();
    }
    // Each tells four lines: it begins, sends a request, has a reply, and ends.
    assert_eq!(rig.server.requests(Op::PutObject), 1100);
    assert_ok(&wait(&last.unwrap()));
    let told = lines.all();
    assert_eq!(told.len(), 4096 + 1);
    assert_eq!(told[0].level, Level::Warn);
    let lost = format!("{} lines of the log were lost", 4 * 1100 - 4096);
    assert!(told[0].text.contains(&lost), "{}", told[0].text);
    assert!(
        told[1..]
            .iter()
            .all(|line| !line.text.contains("were lost"))
    );
    let times: Vec<&str> = told[1..].iter().map(|line| &line.text[..24]).collect();
    assert!(times.is_sorted(), "the order is kept");
}
