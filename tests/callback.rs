//! Upload callbacks, through the C API: OSS tells an application, and its answer is the result's.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/ffi.rs"]
mod ffi;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use engine::*;
use ffi::{Outcome, Strings};
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_test_server::{Action, Answer, LogEntry, Op, Options, Receiver, Rule};
use serde_json::{Value, json};

/// One request, and parts.
const SIZES: [u64; 2] = [10, 3 * PART];

const COMMITS: [Op; 2] = [Op::PutObject, Op::CompleteMultipartUpload];

/// How a callback is asked for.
#[derive(Clone, Copy, Debug)]
enum Form {
    Struct,
    Header,
}

const FORMS: [Form; 2] = [Form::Struct, Form::Header];

const TEMPLATE: &str = "key=${object}&size=${size}&bucket=${bucket}";

fn config(rig: &Rig, strings: &Strings) -> oss_resumable_config_t {
    ffi::config_for(&rig.server.url(), strings)
}

/// Uploads with a callback to this address, and checks that the object is stored.
#[track_caller]
fn upload(rig: &Rig, config: &oss_resumable_config_t, form: Form, url: &str, size: u64) -> Outcome {
    let strings = Strings::default();
    let callback = oss_resumable_callback_t {
        url: strings.keep(url),
        body: strings.keep(TEMPLATE),
        ..ffi::callback()
    };
    let encoded =
        STANDARD.encode(json!({"callbackUrl": url, "callbackBody": TEMPLATE}).to_string());
    let header = oss_resumable_header_t {
        name: strings.keep("x-oss-callback"),
        value: strings.keep(&encoded),
    };
    let mut params = ffi::params();
    match form {
        Form::Struct => params.callback = &callback,
        Form::Header => (params.headers, params.headers_len) = (&header, 1),
    }
    stored(rig, config, &params, size)
}

/// An upload that succeeds.
#[track_caller]
fn stored(
    rig: &Rig,
    config: &oss_resumable_config_t,
    params: &oss_resumable_params_t,
    size: u64,
) -> Outcome {
    let client = ffi::Client::new(config).unwrap();
    let file = rig.file("data", size);
    let outcome = client.upload(&file, params);
    assert_eq!(outcome.code, OSS_RESUMABLE_OK, "{outcome:?}");
    rig.assert_stored(&file);
    let object = rig.server.object(BUCKET, KEY).unwrap();
    assert_eq!(object.multipart, size > PART);
    outcome
}

fn answer(content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    Answer {
        content_type: content_type.to_owned(),
        body: body.into(),
        ..Answer::default()
    }
}

/// Whatever the application answers is what the result has, in all forms.
#[track_caller]
fn arrives(answered: &Answer) {
    for form in FORMS {
        for size in SIZES {
            let (rig, strings) = (Rig::new(), Strings::default());
            let receiver = Receiver::start(answered.clone());
            let config = config(&rig, &strings);
            let outcome = upload(&rig, &config, form, &receiver.url(), size);
            assert!(outcome.body == answered.body, "{form:?} {size}");
            assert_eq!(outcome.http_status, 200);
            assert_eq!(
                outcome.content_type.as_deref().unwrap_or_default(),
                answered.content_type
            );
            assert_eq!((outcome.warnings, outcome.callback_error), (0, None));
            let requests = receiver.requests();
            assert_eq!(requests.len(), 1, "{form:?} {size}");
            assert_eq!(requests[0].method, "POST");
            let told = format!("key=dir%2Fobject%2Ebin&size={size}&bucket={BUCKET}");
            assert_eq!(String::from_utf8_lossy(&requests[0].body), told);
            assert_eq!(
                requests[0].header("content-type"),
                Some("application/x-www-form-urlencoded")
            );
        }
    }
}

#[test]
fn an_answer_in_json_is_the_results_body() {
    arrives(&answer("application/json", br#"{"stored": true}"#));
}

#[test]
fn an_answer_that_is_not_json_is_the_results_body() {
    arrives(&answer("text/plain; charset=gbk", [0xC4, 0xE3, 0, 0xFF]));
}

#[test]
fn an_empty_answer_is_an_empty_body() {
    arrives(&answer("", ""));
}

#[test]
fn an_answer_of_a_mebibyte_is_the_results_body() {
    arrives(&answer("application/octet-stream", vec![b'x'; 1 << 20]));
}

#[test]
fn an_answer_that_looks_like_an_error_of_oss_is_the_applications() {
    arrives(&answer(
        "application/xml",
        "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>m</Message></Error>",
    ));
}

#[test]
fn an_application_that_thinks_for_nearly_five_seconds_is_waited_for() {
    std::thread::scope(|scope| {
        for size in SIZES {
            scope.spawn(move || {
                // OSS gives an application five seconds; this one more, so that a pause of this
                // machine does not make the application too late.
                let rig = Rig::with(Options {
                    callback_timeout: Duration::from_secs(8),
                    ..Options::default()
                });
                let strings = Strings::default();
                let receiver = Receiver::start(Answer {
                    delay: Duration::from_millis(4900),
                    ..Answer::default()
                });
                // Whoever wants answers quickly wants them of OSS, not of an application.
                let config = oss_resumable_config_t {
                    first_byte_timeout_ms: 1000,
                    ..config(&rig, &strings)
                };
                let outcome = upload(&rig, &config, Form::Struct, &receiver.url(), size);
                assert_eq!(outcome.body, br#"{"Status":"OK"}"#);
                assert_eq!(outcome.warnings, 0);
                assert_eq!(receiver.requests().len(), 1, "told once");
                let commits = COMMITS.map(|op| rig.server.requests(op));
                assert_eq!(commits.iter().sum::<usize>(), 1, "asked for once");
            });
        }
    });
}

#[test]
fn variables_of_all_kinds_arrive_as_they_were_given() {
    let nasty = "\u{4e2d}\u{6587} \"quoted\" 'single' \\ & = + % \u{1f600} {x}";
    let given = [("x:who", nasty), ("x:empty", "")];
    let body = "{\"who\":${x:who},\"none\":\"${x:empty}\",\"key\":${object},\"n\":${size}}";
    for (form, size) in FORMS
        .into_iter()
        .flat_map(|form| SIZES.map(|size| (form, size)))
    {
        let (rig, strings) = (Rig::new(), Strings::default());
        let receiver = Receiver::start(Answer::default());
        let pair = |(name, value): (&str, &str)| oss_resumable_header_t {
            name: strings.keep(name),
            value: strings.keep(value),
        };
        let settings = json!({
            "callbackUrl": receiver.url(),
            "callbackHost": "app.example:81",
            "callbackBody": body,
            "callbackBodyType": "application/json",
            "callbackSNI": true,
        });
        let variables = given.map(pair);
        let callback = oss_resumable_callback_t {
            url: strings.keep(&receiver.url()),
            host: strings.keep("app.example:81"),
            body: strings.keep(body),
            body_type: strings.keep("application/json"),
            sni: 1,
            variables: variables.as_ptr(),
            variables_len: variables.len(),
            ..ffi::callback()
        };
        let encoded = |value: &Value| STANDARD.encode(value.to_string());
        let headers = [
            ("x-oss-callback", encoded(&settings)),
            ("X-Oss-Callback-Var", encoded(&json!(BTreeMap::from(given)))),
        ];
        let headers = headers.each_ref().map(|(name, value)| pair((name, value)));
        let mut params = ffi::params();
        match form {
            Form::Struct => params.callback = &callback,
            Form::Header => {
                (params.headers, params.headers_len) = (headers.as_ptr(), headers.len());
            }
        }
        stored(&rig, &config(&rig, &strings), &params, size);
        // What OSS would get to read.
        let log = rig.server.log();
        let commit = log
            .iter()
            .find(|entry| COMMITS.contains(&entry.op))
            .unwrap();
        let sent = |name: &str| -> Value {
            let header = commit.header(name).expect("it is sent");
            serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap()
        };
        assert_eq!(sent("x-oss-callback"), settings, "{form:?}");
        let told = json!(BTreeMap::from(given));
        assert_eq!(sent("x-oss-callback-var"), told, "{form:?}");
        let requests = receiver.requests();
        assert_eq!(requests.len(), 1);
        let told: Value = serde_json::from_slice(&requests[0].body).unwrap();
        let expected = json!({"who": nasty, "none": "", "key": KEY, "n": size});
        assert_eq!(told, expected);
        assert_eq!(requests[0].header("host"), Some("app.example:81"));
        assert_eq!(requests[0].header("content-type"), Some("application/json"));
    }
}

/// The object is stored, and the result says that its callback was not heard.
#[track_caller]
fn assert_failed(outcome: &Outcome, why: &str) {
    assert_eq!(outcome.warnings, OSS_RESUMABLE_WARN_CALLBACK_FAILED);
    assert_eq!(outcome.http_status, 203);
    assert_eq!(outcome.content_type.as_deref(), Some("application/xml"));
    let body = String::from_utf8_lossy(&outcome.body);
    assert!(body.contains("<Code>CallbackFailed</Code>"), "{body}");
    let error = outcome.callback_error.as_deref().unwrap();
    assert!(error.contains(why), "{error}");
}

#[test]
fn an_application_that_refuses_makes_a_warning_of_an_object_that_is_stored() {
    for form in FORMS {
        for size in SIZES {
            let (rig, strings) = (Rig::new(), Strings::default());
            let receiver = Receiver::start(Answer {
                status: 500,
                ..Answer::default()
            });
            let config = config(&rig, &strings);
            let outcome = upload(&rig, &config, form, &receiver.url(), size);
            assert_failed(&outcome, "Error status : 500.");
            assert_eq!(receiver.requests().len(), 1, "{form:?} {size}");
            let commits = rig.server.requests(Op::CompleteMultipartUpload);
            assert_eq!(commits + rig.server.requests(Op::PutObject), 1);
        }
    }
}

#[test]
fn an_application_that_is_not_there_makes_a_warning_of_an_object_that_is_stored() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    for size in SIZES {
        let (rig, strings) = (Rig::new(), Strings::default());
        let config = config(&rig, &strings);
        let outcome = upload(&rig, &config, Form::Struct, &url, size);
        assert_failed(&outcome, "could not be sent");
    }
}

#[test]
fn of_several_addresses_the_next_is_tried_when_one_is_not_there() {
    for size in SIZES {
        let (rig, strings) = (Rig::new(), Strings::default());
        let refusing = Receiver::start(Answer {
            status: 502,
            ..Answer::default()
        });
        let receiver = Receiver::start(Answer::default());
        let urls = format!("{};{}", refusing.url(), receiver.url());
        let outcome = upload(&rig, &config(&rig, &strings), Form::Struct, &urls, size);
        assert_eq!(outcome.warnings, 0);
        assert_eq!(outcome.body, br#"{"Status":"OK"}"#);
        assert_eq!(refusing.requests().len(), 1);
        assert_eq!(receiver.requests().len(), 1);
    }
}

fn ops(log: &[LogEntry]) -> Vec<Op> {
    let commits = log.iter().filter(|entry| entry.op != Op::UploadPart);
    commits.map(|entry| entry.op).collect()
}

#[test]
fn when_the_reply_to_the_commit_is_lost_the_object_is_found_and_the_lost_answer_told() {
    // A PutObject that may be tried again gets an answer the second time.
    for (max_retries, size) in [(0, SIZES[1]), (-1, SIZES[0]), (-1, SIZES[1])] {
        let (rig, strings) = (Rig::new(), Strings::default());
        let receiver = Receiver::start(Answer::default());
        let commit = COMMITS[usize::from(size > PART)];
        rig.server
            .rule(Rule::on(commit).once().then(Action::DropReply));
        let config = oss_resumable_config_t {
            max_retries,
            ..config(&rig, &strings)
        };
        let outcome = upload(&rig, &config, Form::Struct, &receiver.url(), size);
        assert_eq!(outcome.warnings, OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST);
        assert_eq!(outcome.callback_error, None);
        assert_eq!(outcome.body, b"", "HEAD has none");
        assert_eq!(receiver.requests().len(), 1, "told once");
        let mut ops = ops(&rig.server.log());
        // In case that the object was there before, and the upload still is.
        ops.retain(|op| *op != Op::AbortMultipartUpload);
        assert_eq!(ops.last(), Some(&Op::HeadObject), "{ops:?}");
        assert_eq!(rig.server.uploads(), []);
        assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
    }
}

#[test]
fn a_put_whose_reply_is_lost_is_sent_again_and_its_answer_is_the_results() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let receiver = Receiver::start(Answer::default());
    rig.server
        .rule(Rule::on(Op::PutObject).once().then(Action::DropReply));
    let config = config(&rig, &strings);
    let outcome = upload(&rig, &config, Form::Struct, &receiver.url(), 10);
    assert_eq!(outcome.body, br#"{"Status":"OK"}"#);
    assert_eq!(outcome.warnings, 0);
    assert_eq!(receiver.requests().len(), 2, "told by either request");
    assert_eq!(ops(&rig.server.log()), [Op::PutObject, Op::PutObject]);
}

#[test]
fn without_a_callback_a_lost_reply_is_no_lost_answer() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let rule = Rule::on(Op::CompleteMultipartUpload).once();
    rig.server.rule(rule.then(Action::DropReply));
    let outcome = stored(&rig, &config(&rig, &strings), &ffi::params(), 3 * PART);
    assert_eq!(outcome.warnings, 0);
}

#[test]
fn the_callback_goes_with_the_request_that_commits_and_with_no_other() {
    for size in SIZES {
        let (rig, strings) = (Rig::new(), Strings::default());
        let receiver = Receiver::start(Answer::default());
        let config = config(&rig, &strings);
        upload(&rig, &config, Form::Struct, &receiver.url(), size);
        for entry in rig.server.log() {
            let commits = COMMITS.contains(&entry.op);
            assert_eq!(entry.header("x-oss-callback").is_some(), commits);
        }
    }
}

#[test]
fn a_callback_that_cannot_be_meant_is_refused_before_anything_is_sent() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let client = ffi::Client::new(&config(&rig, &strings)).unwrap();
    let file = rig.file("data", 10);
    let good = || oss_resumable_callback_t {
        url: strings.keep("http://127.0.0.1:9/"),
        body: strings.keep("x"),
        ..ffi::callback()
    };
    let upper = oss_resumable_header_t {
        name: strings.keep("x:Who"),
        value: strings.keep("me"),
    };
    let raw = oss_resumable_header_t {
        name: strings.keep("X-OSS-Callback"),
        value: strings.keep("e30="),
    };
    for (callback, headers, named) in [
        (
            oss_resumable_callback_t {
                url: std::ptr::null(),
                ..good()
            },
            None,
            "callback.url: ",
        ),
        (
            oss_resumable_callback_t {
                body: strings.keep(""),
                ..good()
            },
            None,
            "callback.body: ",
        ),
        (
            oss_resumable_callback_t {
                body_type: strings.keep("text/plain"),
                ..good()
            },
            None,
            "callback.body_type: ",
        ),
        (
            oss_resumable_callback_t {
                variables: &upper,
                variables_len: 1,
                ..good()
            },
            None,
            "callback.variables[0].name: ",
        ),
        (
            oss_resumable_callback_t { sni: 2, ..good() },
            None,
            "callback.sni: ",
        ),
        (good(), Some(raw), "callback: "),
    ] {
        let mut params = ffi::params();
        params.callback = &callback;
        if let Some(header) = &headers {
            (params.headers, params.headers_len) = (header, 1);
        }
        let outcome = client.upload(&file, &params);
        assert_eq!(outcome.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
        assert!(outcome.message.starts_with(named), "{}", outcome.message);
    }
    assert_eq!(rig.server.log().len(), 0);
}
