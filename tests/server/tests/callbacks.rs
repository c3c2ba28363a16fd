//! Callbacks: what the application answers is what the client gets.

mod support;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use oss_test_server::{Answer, Options, Receiver, Server};
use support::*;

fn settings(receiver: &Receiver) -> String {
    let url = receiver.url();
    BASE64.encode(format!(
        r#"{{"callbackUrl":"{url}?a=b","callbackBody":"key=${{object}}"}}"#
    ))
}

fn put(server: &Server, receiver: &Receiver) -> Response {
    call("PUT", "/b/put")
        .body(b"abc")
        .header("x-oss-callback", settings(receiver))
        .send(server)
}

fn completed(server: &Server, receiver: &Receiver) -> Response {
    let id = initiate(server, "b/multipart");
    let etag = upload(server, "b/multipart", &id, 1, b"abc");
    call("POST", &format!("/b/multipart?uploadId={id}"))
        .body(&complete_body(&[(1, &etag)]))
        .header("x-oss-callback", settings(receiver))
        .send(server)
}

const BOTH: [fn(&Server, &Receiver) -> Response; 2] = [put, completed];

#[test]
fn the_answer_of_the_application_reaches_the_client_byte_by_byte() {
    let server = Server::start();
    let receiver = Receiver::start(Answer::default());
    let every_byte: Vec<u8> = (0..=255).collect();
    for (content_type, body) in [
        ("application/json", b"{}".to_vec()),
        ("text/plain; charset=x", Vec::new()),
        ("application/octet-stream", every_byte.repeat(4096)),
        ("", b"\xFF\xFE".to_vec()),
    ] {
        receiver.answer(Answer {
            content_type: content_type.to_owned(),
            body: body.clone(),
            ..Answer::default()
        });
        for send in BOTH {
            let response = send(&server, &receiver);
            assert_eq!(response.status, 200);
            assert!(response.body == body, "{content_type}");
            let received = response.header("content-type").unwrap_or("");
            assert_eq!(received, content_type);
            assert!(response.header("etag").is_some());
        }
    }
    let requests = receiver.requests();
    assert_eq!(requests.len(), 8);
    assert_eq!(requests[0].path, "/callback?a=b");
    assert_eq!(requests[0].body, b"key=put");
    assert_eq!(requests[1].body, b"key=multipart");
    assert_eq!(requests[0].header("x-oss-bucket"), Some("b"));
}

#[test]
fn a_refusal_of_the_application_is_a_203_of_an_object_that_is_there() {
    let server = Server::start();
    let receiver = Receiver::start(Answer {
        status: 502,
        ..Answer::default()
    });
    for send in BOTH {
        let response = send(&server, &receiver);
        assert_eq!(response.status, 203);
        assert_eq!(response.code(), "CallbackFailed");
        assert_eq!(response.element("Message").unwrap(), "Error status : 502.");
        for name in ["RequestId", "HostId", "EC"] {
            assert!(!response.element(name).unwrap().is_empty(), "{name}");
        }
    }
    assert_eq!(server.objects().len(), 2);
}

/// Both ways of storing an object, with an application that thinks for so long.
fn slow(options: Options, delay: u64, status: u16) {
    let server = Server::start_with(options);
    let receiver = Receiver::start(Answer {
        delay: Duration::from_millis(delay),
        ..Answer::default()
    });
    std::thread::scope(|scope| {
        for send in BOTH {
            let (server, receiver) = (&server, &receiver);
            scope.spawn(move || assert_eq!(send(server, receiver).status, status));
        }
    });
    assert_eq!(server.objects().len(), 2);
}

#[test]
fn an_application_has_as_long_as_the_server_was_told() {
    let options = Options {
        callback_timeout: Duration::from_secs(12),
        ..Options::default()
    };
    slow(options, 5200, 200);
}

#[test]
fn an_application_has_no_more_than_five_seconds() {
    slow(Options::default(), 9000, 203);
}
