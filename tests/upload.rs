//! Uploads to their happy end: every size, what is sent, what is said.

#[path = "support/engine.rs"]
mod engine;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use engine::*;
use oss_resumable::config::CheckpointPlace;
use oss_resumable::crc;
use oss_resumable::headers::ObjectHeaders;
use oss_resumable::plan::PartSize;
use oss_resumable::transfer::events::warning;
use oss_test_server::{Op, Options, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_TOKEN};

#[test]
fn files_around_the_part_size_arrive_whole_with_as_few_requests_as_possible() {
    for (size, parts) in [
        (0, 1),
        (1, 1),
        (PART - 1, 1),
        (PART, 1),
        (PART + 1, 2),
        (2 * PART, 2),
        (2 * PART + 1, 3),
    ] {
        let rig = Rig::new();
        let file = rig.file("file", size);
        let report = rig.upload(request(&file));
        assert_ok(&report);
        rig.assert_stored(&file);
        let object = rig.server.object(BUCKET, KEY).unwrap();
        assert_eq!(object.versions, 1, "size {size}");
        assert_eq!(object.crc64, Some(report.crc64), "size {size}");
        assert_eq!(report.crc64, crc::crc64(&std::fs::read(&file).unwrap()));
        assert_eq!(report.parts, parts);
        let requests = rig.server.log().len();
        let expected = if parts == 1 { 1 } else { parts as usize + 2 };
        assert_eq!(requests, expected, "size {size}");
        assert!(!rig.checkpoint(&file).exists());
    }
}

/// Sparse, but with a mark in every part, so that the order of parts shows in the CRC.
fn marked_file(rig: &Rig, size: u64) -> std::path::PathBuf {
    let path = rig.path("file");
    let file = File::create(&path).unwrap();
    file.set_len(size).unwrap();
    for part in 0..size / PART {
        file.write_all_at(&(part + 1).to_le_bytes(), part * PART)
            .unwrap();
    }
    path
}

/// Counts and hashes bytes, but does not keep them.
fn counting_rig() -> Rig {
    Rig::with(Options {
        bench: true,
        ..Options::default()
    })
}

fn crc_of_file(path: &std::path::Path) -> u64 {
    use std::io::Read;
    let mut file = File::open(path).unwrap();
    let mut digest = crc::Digest::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).unwrap() {
            0 => return digest.finish(),
            count => digest.update(&buffer[..count]),
        }
    }
}

#[test]
fn ten_thousand_parts_are_sent_and_put_together() {
    let rig = counting_rig();
    let file = marked_file(&rig, 10_000 * PART);
    let mut request = request(&file);
    request.parts_in_flight = 8;
    let report = rig.upload(request);
    assert_ok(&report);
    assert_eq!((report.parts, report.part_size), (10_000, PART));
    assert_eq!(report.warnings, 0);
    assert_eq!(rig.server.requests(Op::UploadPart), 10_000);
    assert_eq!(rig.server.log().len(), 10_002);
    let object = rig.server.object(BUCKET, KEY).unwrap();
    assert_eq!(object.size, 10_000 * PART);
    assert_eq!(object.crc64, Some(crc_of_file(&file)));
}

#[test]
fn one_byte_more_than_ten_thousand_parts_raises_the_part_size_and_says_so() {
    let rig = counting_rig();
    let file = marked_file(&rig, 10_000 * PART + 1);
    let mut request = request(&file);
    request.parts_in_flight = 8;
    let report = rig.upload(request);
    assert_ok(&report);
    assert!(report.part_size > PART && report.parts <= 10_000);
    assert_eq!(report.warnings, warning::PART_SIZE_RAISED);
    let object = rig.server.object(BUCKET, KEY).unwrap();
    assert_eq!(object.size, 10_000 * PART + 1);
    assert_eq!(object.crc64, Some(crc_of_file(&file)));
}

#[test]
fn a_sparse_file_above_four_gib_arrives_with_its_crc() {
    let rig = counting_rig();
    let path = rig.path("file");
    let size = (1u64 << 32) + 12_345;
    let file = File::create(&path).unwrap();
    file.set_len(size).unwrap();
    file.write_all_at(b"beyond 32 bits", (1 << 32) + 5).unwrap();
    let mut request = request(&path);
    request.part_size = PartSize::Auto;
    let report = rig.upload(request);
    assert_ok(&report);
    let object = rig.server.object(BUCKET, KEY).unwrap();
    assert_eq!(object.size, size);
    assert_eq!(object.crc64, Some(report.crc64));
    assert_eq!(object.crc64, Some(crc_of_file(&path)));
}

#[test]
fn no_request_is_chunked_or_waits_for_a_100_continue_and_connections_are_kept() {
    let rig = Rig::new();
    let file = rig.file("file", 40 * PART);
    assert_ok(&rig.upload(request(&file)));
    for entry in rig.server.log() {
        assert!(!entry.chunked, "{:?}", entry.op);
        assert_eq!(entry.header("expect"), None);
        if entry.op == Op::UploadPart {
            assert_eq!(entry.content_length, Some(PART));
        }
    }
    // Three would do, but a connection that comes free a moment too late is one more.
    let connections = rig.server.connections();
    assert!(connections <= 10, "{connections} for 42 requests");
}

#[test]
fn as_many_parts_are_in_flight_as_asked_for_and_never_more() {
    let rig = Rig::new();
    rig.server.rule(
        oss_test_server::Rule::on(Op::UploadPart).then(oss_test_server::Action::Delay { ms: 3000 }),
    );
    let file = rig.file("file", 14 * PART);
    let mut request = request(&file);
    request.parts_in_flight = 7;
    assert_ok(&rig.upload(request));
    assert_eq!(rig.server.max_concurrent(Op::UploadPart), 7);
}

#[test]
fn signature_v1_and_temporary_credentials_are_accepted() {
    use oss_resumable::client::Client;
    use oss_resumable::config::{Address, Config};
    use oss_resumable::credentials::Credentials;
    for version in [1, 4] {
        for size in [10, 3 * PART] {
            let rig = Rig::new();
            let url = rig.server.url();
            let config = Config::new(Address {
                endpoint: Some(&url),
                region: Some("cn-hangzhou"),
                signature_version: version,
                ..Address::default()
            })
            .unwrap();
            let credentials =
                Credentials::new(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN));
            let client = Client::new(config, credentials.unwrap()).unwrap();
            let file = rig.file("file", size);
            assert_ok(&run(&client.into(), request(&file)));
            rig.assert_stored(&file);
            assert!(rig.server.log().iter().all(|entry| entry.security_token));
        }
    }
}

#[test]
fn a_custom_domain_leaves_the_bucket_out_of_the_url_and_in_the_signature() {
    let rig = Rig::with(Options {
        cnames: [("127.0.0.1".to_owned(), BUCKET.to_owned())].into(),
        ..Options::default()
    });
    let url = rig.server.url();
    let config = oss_resumable::config::Config::new(oss_resumable::config::Address {
        endpoint: Some(&url),
        region: Some("cn-hangzhou"),
        is_cname: true,
        ..Default::default()
    });
    let credentials = oss_resumable::credentials::Credentials::new(
        oss_test_server::ACCESS_KEY_ID,
        oss_test_server::ACCESS_KEY_SECRET,
        None,
    );
    let client = oss_resumable::client::Client::new(config.unwrap(), credentials.unwrap()).unwrap();
    let file = rig.file("file", 3 * PART);
    assert_ok(&run(&client.into(), request(&file)));
    rig.assert_stored(&file);
    assert!(rig.server.log().iter().all(|e| !e.path.contains(BUCKET)));
}

#[test]
fn keys_of_all_kinds_reach_the_server_as_they_are() {
    for key in [
        "a b+c&d=e?f#g%h%2Fi",
        "\u{4e2d}\u{6587}/\u{1f600}.bin",
        "a//b/",
        "~-_.!*'();:@,[]|\\^`{}\"<>",
        "line\nfeed\ttab",
        "%2e%2e/x",
        "...",
        &"\u{4e2d}".repeat(341),
    ] {
        for version in [1, 4] {
            let rig = Rig::new();
            let url = rig.server.url();
            let config = oss_resumable::config::Config::new(oss_resumable::config::Address {
                endpoint: Some(&url),
                region: Some("cn-hangzhou"),
                signature_version: version,
                ..Default::default()
            });
            let credentials = oss_resumable::credentials::Credentials::new(
                oss_test_server::ACCESS_KEY_ID,
                oss_test_server::ACCESS_KEY_SECRET,
                None,
            );
            let client =
                oss_resumable::client::Client::new(config.unwrap(), credentials.unwrap()).unwrap();
            let file = rig.file("file", PART + 1);
            let mut request = request(&file);
            request.object = key.to_owned();
            assert_ok(&run(&client.into(), request));
            assert!(rig.server.object_equals_file(BUCKET, key, &file), "{key:?}");
        }
    }
}

#[test]
fn headers_reach_the_object_from_one_request_and_from_parts() {
    for size in [10, 3 * PART] {
        let rig = Rig::new();
        let file = rig.file("file", size);
        let mut request = request(&file);
        request.headers = ObjectHeaders::new([
            ("Content-Type", "text/x-test"),
            ("Cache-Control", "no-cache"),
            ("x-oss-meta-Author", "\u{e4}\u{4e2d}"),
            ("x-oss-meta-10", "ten"),
            ("x-oss-meta-2", "two"),
        ])
        .unwrap();
        assert_ok(&rig.upload(request));
        let object = rig.server.object(BUCKET, KEY).unwrap();
        assert_eq!(object.header("content-type"), Some("text/x-test"));
        assert_eq!(object.header("cache-control"), Some("no-cache"));
        assert_eq!(object.header("x-oss-meta-author"), Some("\u{e4}\u{4e2d}"));
    }
}

#[test]
fn the_report_says_what_oss_said() {
    for size in [10, 3 * PART] {
        let rig = Rig::with(Options {
            versioning: true,
            ..Options::default()
        });
        let file = rig.file("file", size);
        let report = rig.upload(request(&file));
        let committed = report.outcome.as_ref().unwrap();
        let object = rig.server.object(BUCKET, KEY).unwrap();
        assert_eq!(committed.status, 200);
        assert_eq!(committed.etag.as_deref(), Some(object.etag.as_str()));
        assert_eq!(
            committed.version_id.as_deref(),
            Some(object.version_id.as_str())
        );
        let last = rig.server.log().pop().unwrap();
        assert_eq!(committed.request_id, Some(last.request_id));
        assert_eq!(report.upload_id.is_some(), size > PART);
    }
}

#[test]
fn progress_starts_low_never_goes_back_and_ends_at_the_total() {
    for size in [0, 1, PART, 30 * PART + 7] {
        let rig = Rig::new();
        rig.server.rule(
            oss_test_server::Rule::on(Op::UploadPart)
                .then(oss_test_server::Action::Delay { ms: 30 }),
        );
        let file = rig.file("file", size);
        let upload = rig.start(request(&file));
        let mut told = Vec::new();
        let mut on_progress = |snapshot: oss_resumable::progress::Snapshot| {
            told.push((snapshot.consumed_bytes, snapshot.total_bytes));
            true
        };
        let report = upload.wait(Some(Duration::from_secs(60)), Some(&mut on_progress));
        assert_ok(&report.unwrap().unwrap());
        assert_eq!(told.last(), Some(&(size, size)));
        assert!(
            told.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "{told:?}"
        );
        assert!(told.iter().all(|(_, total)| *total == size));
    }
}

#[test]
fn sixty_four_uploads_at_once_share_a_handful_of_threads() {
    let rig = Rig::new();
    let file = rig.file("file", 5 * PART);
    let uploads: Vec<_> = (0..64)
        .map(|number| {
            let mut request = request(&file);
            request.object = format!("object-{number}");
            request.checkpoint = Some(CheckpointPlace::Path(rig.path(&format!("{number}.ucp"))));
            rig.start(request)
        })
        .collect();
    for (number, upload) in uploads.iter().enumerate() {
        assert_ok(&wait(upload));
        let key = format!("object-{number}");
        assert!(rig.server.object_equals_file(BUCKET, &key, &file));
    }
    assert_eq!(rig.server.uploads(), []);
    let mut engine_threads = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let name = std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default();
        engine_threads += usize::from(name.starts_with("oss-resumable"));
    }
    assert!(engine_threads <= 2 + 16, "{engine_threads}");
}

/// How many descriptors of this process lead to something of this name.
#[cfg(target_os = "linux")]
fn descriptors(file: &std::path::Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    // One that is closed meanwhile leads nowhere.
    open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter(|path| path.to_string_lossy().starts_with(file.to_str().unwrap()))
        .count()
}

#[test]
#[cfg(target_os = "linux")]
fn an_upload_that_has_ended_holds_no_file_open() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let upload = |action: Option<oss_test_server::Action>| {
        if let Some(action) = action {
            let rule = oss_test_server::Rule::on(Op::UploadPart).part(3);
            rig.server.rule(rule.then(action));
        }
        let upload = rig.start(request(&file));
        let report = wait(&upload);
        rig.server.clear_rules();
        // Its checkpoint's name begins like the file's. The last of its tasks may still be ending.
        eventually("nothing is open", || descriptors(&file) == 0);
        report
    };
    let refused = upload(Some(oss_test_server::Action::status(403, "AccessDenied")));
    assert_code(&refused, oss_resumable::error::Code::Service);
    assert_ok(&upload(None));
    rig.assert_stored(&file);
    // What is counted is what it says.
    let open = std::fs::File::open(&file).unwrap();
    assert_eq!(descriptors(&file), 1);
    drop(open);
}

#[test]
fn files_that_cannot_be_uploaded_are_refused_before_any_request() {
    let rig = Rig::new();
    for path in ["/", "/dev/zero", "/proc/self/status", "/does/not/exist"] {
        let report = rig.upload(request(std::path::Path::new(path)));
        assert_code(&report, oss_resumable::error::Code::File);
    }
    assert_eq!(rig.server.log().len(), 0);
}
