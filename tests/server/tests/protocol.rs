//! OSS's own rules.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use oss_test_server::{
    Account, Op, Options, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_TOKEN, Server,
};
use support::*;

fn crc64(bytes: &[u8]) -> u64 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes)
}

fn noise(length: usize, seed: u8) -> Vec<u8> {
    (0..length)
        .map(|index| (index as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0] ^ seed)
        .collect()
}

#[test]
fn a_multipart_upload() {
    let server = Server::start();
    let data = noise(2 * PART + 7, 0);
    let response = call("POST", "/b/k?uploads")
        .header("content-type", "text/x")
        .header("x-oss-meta-a", "1")
        .send(&server);
    let id = response.element("UploadId").unwrap();

    let mut etags = Vec::new();
    for (index, chunk) in data.chunks(PART).enumerate() {
        let target = part_target("b/k", &id, index as u32 + 1);
        let response = call("PUT", &target).body(chunk).send(&server);
        let crc = response.header("x-oss-hash-crc64ecma").unwrap();
        assert_eq!(crc, crc64(chunk).to_string());
        etags.push(response.header("etag").unwrap().to_owned());
    }
    assert_eq!(server.uploads()[0].parts.len(), 3);
    assert!(server.object("b", "k").is_none());

    let parts: Vec<(u32, &str)> = (1..).zip(etags.iter().map(String::as_str)).collect();
    let response = complete(&server, "b/k", &id, &parts);
    assert_eq!(response.status, 200, "{}", response.text());
    let etag = response.header("etag").unwrap();
    assert!(etag.ends_with("-3\""), "{etag}");
    let crc = crc64(&data).to_string();
    assert_eq!(response.header("x-oss-hash-crc64ecma"), Some(crc.as_str()));

    let object = server.object("b", "k").unwrap();
    assert_eq!((object.size, object.versions), (data.len() as u64, 1));
    assert_eq!(object.header("x-oss-meta-a"), Some("1"));
    assert_eq!(object.bytes(), data);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &data).unwrap();
    assert!(server.object_equals_file("b", "k", file.path()));
    std::fs::write(file.path(), &data[1..]).unwrap();
    assert!(!server.object_equals_file("b", "k", file.path()));

    assert!(server.uploads().is_empty());
    let again = complete(&server, "b/k", &id, &parts);
    assert_eq!((again.status, again.code().as_str()), (404, "NoSuchUpload"));
    assert_eq!(server.requests(Op::CompleteMultipartUpload), 2);
    assert_eq!(server.part_bytes_accepted(), data.len() as u64);

    let head = call("HEAD", "/b/k").send(&server);
    assert_eq!(head.header("content-type"), Some("text/x"));
    assert_eq!(head.header("x-oss-hash-crc64ecma"), Some(crc.as_str()));
    assert_eq!(head.header("content-length"), Some("204807"));
    let range = call("GET", "/b/k").header("range", "bytes=102398-102401");
    let range = range.send(&server);
    assert_eq!(range.status, 206);
    assert_eq!(range.body, data[102_398..102_402]);
}

#[test]
fn the_last_finished_part_of_a_number_wins_and_gaps_are_allowed() {
    let server = Server::start();
    let id = initiate(&server, "b/k");
    let old = upload(&server, "b/k", &id, 1, &noise(PART, 1));
    let first = upload(&server, "b/k", &id, 1, &noise(PART, 2));
    let last = upload(&server, "b/k", &id, 10_000, b"end");
    let wrong = complete(&server, "b/k", &id, &[(1, &old), (10_000, &last)]);
    assert_eq!(wrong.code(), "InvalidPart");
    let bare = first.trim_matches('"').to_lowercase();
    let right = complete(&server, "b/k", &id, &[(1, &bare), (10_000, &last)]);
    assert_eq!(right.status, 200);
    let expected = [noise(PART, 2), b"end".to_vec()].concat();
    assert_eq!(server.object("b", "k").unwrap().bytes(), expected);
}

#[test]
fn limits_of_parts() {
    let server = Server::start();
    let id = initiate(&server, "b/k");
    for number in [0, 10_001] {
        let target = part_target("b/k", &id, number);
        let response = call("PUT", &target).body(b"x").send(&server);
        assert_eq!(response.code(), "InvalidArgument");
    }
    let small = upload(&server, "b/k", &id, 1, &noise(PART - 1, 0));
    let last = upload(&server, "b/k", &id, 2, b"x");
    let parts = [(1, small.as_str()), (2, last.as_str())];
    assert_eq!(
        complete(&server, "b/k", &id, &parts).code(),
        "EntityTooSmall"
    );
    let order = [parts[1], parts[0]];
    assert_eq!(
        complete(&server, "b/k", &id, &order).code(),
        "InvalidPartOrder"
    );
    let twice = [parts[0], parts[0]];
    assert_eq!(
        complete(&server, "b/k", &id, &twice).code(),
        "InvalidPartOrder"
    );
    let missing = [(3, last.as_str())];
    assert_eq!(
        complete(&server, "b/k", &id, &missing).code(),
        "InvalidPart"
    );
    assert_eq!(complete(&server, "b/k", &id, &[]).code(), "MalformedXML");
    // A single small part is the last part.
    assert_eq!(complete(&server, "b/k", &id, &parts[..1]).status, 200);
    let gone = call("PUT", &part_target("b/k", &id, 1))
        .body(b"x")
        .send(&server);
    assert_eq!((gone.status, gone.code().as_str()), (404, "NoSuchUpload"));
}

#[test]
fn lengths_keys_and_digests() {
    let server = Server::start();
    let long = format!("/b/{}", "k".repeat(1024));
    assert_eq!(
        call("PUT", &long).body(b"x").send(&server).code(),
        "InvalidObjectName"
    );
    let fits = &long[..long.len() - 1];
    assert_eq!(call("PUT", fits).body(b"x").send(&server).status, 200);
    assert_eq!(
        call("PUT", "/b//k").body(b"x").send(&server).code(),
        "InvalidObjectName"
    );

    let digest = call("PUT", "/b/k").body(b"x");
    let digest = digest.header("content-md5", "eB5eJF1ptWaXm4bijSPyxw==");
    assert_eq!(digest.send(&server).code(), "InvalidDigest");
    assert!(server.object("b", "k").is_none());

    // A request without any length has no body to wait for.
    let bytes = call("PUT", "/b/k").bytes();
    let bytes = String::from_utf8(bytes).unwrap();
    let mut socket = connect(&server);
    let bytes = bytes.replace("content-length: 0\r\n", "");
    socket.write_all(bytes.as_bytes()).unwrap();
    let response = read_response(&mut socket, false).unwrap();
    assert_eq!(
        (response.status, response.code().as_str()),
        (411, "MissingContentLength")
    );

    server.clear_log();
    let mut chunked = call("PUT", "/b/chunked").body(&[7; 2500]);
    chunked.chunked = true;
    assert_eq!(chunked.send(&server).status, 200);
    assert_eq!(server.object("b", "chunked").unwrap().bytes(), [7; 2500]);
    let entry = &server.log()[0];
    assert!(entry.chunked && entry.applied);
    assert_eq!((entry.body_bytes, entry.content_length), (2500, None));
}

#[test]
fn refusals_by_account_and_time() {
    let server = Server::start();
    let mut put = call("PUT", "/b/k").body(b"x");
    put.account = ("nobody", "secret");
    assert_eq!(put.send(&server).code(), "InvalidAccessKeyId");

    put = call("PUT", "/b/k").body(b"x");
    put.account.1 = "wrong";
    let response = put.send(&server);
    assert_eq!(response.code(), "SignatureDoesNotMatch");
    let echoed = response.element("StringToSign").unwrap();
    assert!(echoed.starts_with("PUT\n"), "{echoed}");
    assert!(response.element("SignatureProvided").is_some());

    for clock in [-901, 902] {
        let mut put = call("PUT", "/b/k").body(b"x");
        put.clock = clock;
        let response = put.send(&server);
        assert_eq!(response.code(), "RequestTimeTooSkewed");
        assert!(response.element("ServerTime").is_some());
        server.shift_clock(clock);
        assert_eq!(put.send(&server).status, 200);
        server.shift_clock(0);
    }

    let sts = |token: Option<&str>| {
        let mut put = call("PUT", "/b/k").body(b"x");
        put.account = (STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET);
        if let Some(token) = token {
            put = put.header("x-oss-security-token", token);
        }
        put.send(&server)
    };
    assert_eq!(sts(None).code(), "InvalidAccessKeyId");
    assert_eq!(sts(Some("stale")).code(), "InvalidSecurityToken");
    assert_eq!(sts(Some(STS_TOKEN)).status, 200);
    server.add_account(Account {
        expires_at: Some(1),
        ..Account::new(STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, Some(STS_TOKEN))
    });
    assert_eq!(sts(Some(STS_TOKEN)).code(), "SecurityTokenExpired");
    server.remove_account(STS_ACCESS_KEY_ID);
    assert_eq!(sts(Some(STS_TOKEN)).code(), "InvalidAccessKeyId");
    assert!(server.log().last().unwrap().security_token);
}

#[test]
fn refusals_by_permission_bucket_and_overwriting() {
    let server = Server::start();
    server.put_object("b", "k", "there");
    server.deny(&[Op::HeadObject]);
    let head = call("HEAD", "/b/k").send(&server);
    assert_eq!(head.status, 403);
    let error = BASE64.decode(head.header("x-oss-err").unwrap()).unwrap();
    let error = String::from_utf8(error).unwrap();
    assert!(error.contains("<Code>AccessDenied</Code>"), "{error}");
    server.deny(&[]);
    assert_eq!(call("HEAD", "/b/k").send(&server).status, 200);

    server.remove_bucket("gone");
    let missing = call("GET", "/gone/k").send(&server);
    assert_eq!(missing.code(), "NoSuchBucket");

    let forbid = |method, target, body| {
        call(method, target)
            .body(body)
            .header("x-oss-forbid-overwrite", "true")
            .send(&server)
    };
    for (method, target) in [("PUT", "/b/k"), ("POST", "/b/k?uploads")] {
        let response = forbid(method, target, b"");
        assert_eq!(
            (response.status, response.code().as_str()),
            (409, "FileAlreadyExists")
        );
    }
    server.delete_object("b", "k");
    let id = initiate(&server, "b/k");
    let etag = upload(&server, "b/k", &id, 1, b"x");
    server.put_object("b", "k", "again");
    let target = format!("/b/k?uploadId={id}");
    let body = complete_body(&[(1, &etag)]);
    let refused = forbid("POST", &target, &body);
    assert_eq!(refused.code(), "FileAlreadyExists");
    server.delete_object("b", "k");
    assert_eq!(forbid("POST", &target, &body).status, 200);
}

#[test]
fn pages_of_parts_and_uploads() {
    let server = Server::start();
    let id = initiate(&server, "b/k");
    for number in [1, 2, 3, 7, 10_000] {
        upload(&server, "b/k", &id, number, b"x");
    }
    let mut numbers = Vec::new();
    let mut marker = "0".to_owned();
    loop {
        let target = format!("/b/k?max-parts=2&part-number-marker={marker}&uploadId={id}");
        let page = call("GET", &target).send(&server);
        numbers.extend(page.elements("PartNumber"));
        marker = page.element("NextPartNumberMarker").unwrap();
        if page.element("IsTruncated").unwrap() == "false" {
            break;
        }
    }
    assert_eq!(numbers, ["1", "2", "3", "7", "10000"]);
    let target = format!("/b/k?max-parts=1001&uploadId={id}");
    let wrong = call("GET", &target).send(&server);
    assert_eq!(wrong.code(), "InvalidArgument");

    let mut ids = vec![id];
    for key in ["k", "k", "l", "other"] {
        ids.push(initiate(&server, &format!("b/{key}")));
    }
    let first = call("GET", "/b/?uploads&max-uploads=2&encoding-type=url").send(&server);
    assert_eq!(first.elements("UploadId"), ids[..2]);
    let target = format!(
        "/b/?uploads&key-marker={}&upload-id-marker={}",
        first.element("NextKeyMarker").unwrap(),
        first.element("NextUploadIdMarker").unwrap()
    );
    assert_eq!(
        call("GET", &target).send(&server).elements("UploadId"),
        ids[2..]
    );
    let by_prefix = call("GET", "/b/?uploads&prefix=l").send(&server);
    assert_eq!(by_prefix.elements("UploadId"), ids[3..4]);
    let behind_key = call("GET", "/b/?uploads&key-marker=k").send(&server);
    assert_eq!(behind_key.elements("UploadId"), ids[3..]);

    let abort = format!("/b/k?uploadId={}", ids[0]);
    assert_eq!(call("DELETE", &abort).send(&server).status, 204);
    assert_eq!(call("DELETE", &abort).send(&server).code(), "NoSuchUpload");
}

#[test]
fn virtual_host_style_and_versions() {
    let server = Server::start_with(Options {
        versioning: true,
        ..Options::default()
    });
    let mut put = call("PUT", "/dir/k").body(b"x");
    put.host = "bucket.localhost";
    assert_eq!(put.send(&server).header("x-oss-version-id"), Some("v1"));
    assert_eq!(put.send(&server).header("x-oss-version-id"), Some("v2"));
    assert_eq!(server.object("bucket", "dir/k").unwrap().versions, 2);
}

/// A receiver of one callback, which answers with `answer`; gives what it received.
fn receiver(answer: &'static str) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut received = String::new();
        let mut buffer = [0; 4096];
        while !received.ends_with("end") {
            let count = socket.read(&mut buffer).unwrap();
            received.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
        socket.write_all(answer.as_bytes()).unwrap();
        received
    });
    (port, thread)
}

#[test]
fn callbacks() {
    let server = Server::start();
    let put = |port: u16| {
        let settings = format!(
            r#"{{"callbackUrl":"http://127.0.0.1:{port}/cb","callbackBody":"o=${{object}}&s=${{size}}&v=${{x:v}}&t=end"}}"#
        );
        call("PUT", "/b/dir/k")
            .body(b"abc")
            .header("x-oss-callback", BASE64.encode(settings))
            .header("x-oss-callback-var", BASE64.encode(r#"{"x:v":"1 2"}"#))
            .send(&server)
    };
    let (port, thread) = receiver("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let response = put(port);
    assert_eq!((response.status, response.text().as_str()), (200, "{}"));
    assert!(response.header("x-oss-hash-crc64ecma").is_some());
    let received = thread.join().unwrap();
    assert!(
        received.ends_with("o=dir%2Fk&s=3&v=1%202&t=end"),
        "{received}"
    );

    let (port, thread) = receiver("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n");
    let response = put(port);
    thread.join().unwrap();
    assert_eq!(response.status, 203);
    assert_eq!(response.element("Code").unwrap(), "CallbackFailed");
    assert_eq!(server.object("b", "dir/k").unwrap().versions, 2);
}
