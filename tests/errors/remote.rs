//! What goes wrong on the way to OSS, and there.

use std::ffi::c_void;

use oss_resumable::ffi::types::oss_resumable_header_t;
use oss_test_server::Action;

use super::capi::*;
use super::engine::{BUCKET, KEY, PART, eventually};
use super::*;

/// Of a port on which nothing listens.
pub fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

unsafe extern "C-unwind" fn stop(consumed: i64, _total: i64, _userdata: *mut c_void) -> i32 {
    i32::from(consumed > 0)
}

unsafe extern "C-unwind" fn broken(_consumed: i64, _total: i64, _userdata: *mut c_void) -> i32 {
    panic!("the callback is broken");
}

pub fn networks() -> Vec<Situation> {
    let network = expect(OSS_RESUMABLE_E_NETWORK).retryable();
    let refused = network.at("initiate", 3).reason("connection_refused");
    let refused = refused.errno(libc::ECONNREFUSED);
    let unknown = network.at("initiate", 3).reason("dns");
    let broken = network.at("upload", 3).part(2).reason("broken");
    let stalled = network.at("upload", 3).part(4).reason("stalled");
    vec![
        situation(
            "nobody listens",
            refused,
            &["127.0.0.1", "host and port"],
            |rig| uploads_to(rig, &nobody()),
        ),
        situation(
            "no such host",
            unknown,
            &["no-such-host.invalid", "endpoint"],
            |rig| uploads_to(rig, "http://no-such-host.invalid"),
        ),
        situation(
            "part 2 is never answered",
            broken,
            &["127.0.0.1", "3 attempts"],
            |rig| {
                under(
                    rig,
                    Rule::on(Op::UploadPart).part(2).then(Action::DropReply),
                )
            },
        ),
        situation(
            "a server that is silent",
            stalled,
            &["127.0.0.1", "stalled"],
            |rig| {
                let silent = Action::StallReply { ms: None };
                rig.server
                    .rule(Rule::on(Op::UploadPart).part(4).then(silent));
                let client = CClient::with(&rig.server.url(), |config| {
                    config.max_retries = 2;
                    config.stall_timeout_ms = 1000;
                });
                uploads(&client.unwrap(), rig)
            },
        ),
    ]
}

pub fn services() -> Vec<Situation> {
    let service = expect(OSS_RESUMABLE_E_SERVICE);
    let initiate = service.at("initiate", 1);
    let refused = service.at("upload", 1).part(3).oss(403, "AccessDenied");
    let failing = service
        .at("upload", 3)
        .part(2)
        .oss(503, "ServiceUnavailable")
        .retryable();
    let signature = initiate.oss(403, "SignatureDoesNotMatch");
    let absent = initiate.oss(404, "NoSuchBucket");
    let elsewhere = service.at("upload", 1).oss(403, "AccessDenied");
    let exists = initiate.oss(409, "FileAlreadyExists");
    vec![
        situation(
            "part 3 is refused",
            refused,
            &["403", "AccessDenied"],
            |rig| {
                let refuse = Action::status(403, "AccessDenied");
                under(rig, Rule::on(Op::UploadPart).part(3).then(refuse))
            },
        ),
        situation(
            "part 2 fails for ever",
            failing,
            &["503", "3 attempts"],
            |rig| {
                let fail = Action::status(503, "ServiceUnavailable");
                under(rig, Rule::on(Op::UploadPart).part(2).then(fail))
            },
        ),
        situation(
            "a wrong secret",
            signature,
            &["SignatureDoesNotMatch"],
            |rig| {
                let secret = c("a-wrong-secret-CANARY");
                let client = CClient::with(&rig.server.url(), |config| {
                    config.access_key_secret = secret.as_ptr();
                });
                uploads(&client.unwrap(), rig)
            },
        ),
        situation("no such bucket", absent, &["NoSuchBucket"], |rig| {
            rig.server.remove_bucket(BUCKET);
            uploads(&client(rig), rig)
        }),
        situation(
            "another region",
            elsewhere,
            &["oss-cn-beijing.aliyuncs.com"],
            |rig| {
                rig.server
                    .move_bucket(BUCKET, "oss-cn-beijing.aliyuncs.com");
                client(rig).upload(Some(&rig.file("file", 10)), |_| {})
            },
        ),
        situation(
            "it must not be overwritten",
            exists,
            &["FileAlreadyExists"],
            |rig| {
                rig.server.put_object(BUCKET, KEY, b"old");
                let (name, value) = (c("x-oss-forbid-overwrite"), c("true"));
                let (name, value) = (name.as_ptr(), value.as_ptr());
                let header = oss_resumable_header_t { name, value };
                client(rig).upload(Some(&rig.file("file", PARTS * PART)), |params| {
                    params.headers = &header;
                    params.headers_len = 1;
                })
            },
        ),
    ]
}

pub fn others() -> Vec<Situation> {
    let damaged = expect(OSS_RESUMABLE_E_INTEGRITY)
        .at("upload", 4)
        .part(4)
        .oss(200, "")
        .retryable();
    let canceled = expect(OSS_RESUMABLE_E_CANCELED).at("upload", 0).retryable();
    let unknown = expect(OSS_RESUMABLE_E_COMMIT_UNKNOWN)
        .at("settle", 1)
        .retryable();
    let unknown = unknown.oss(403, "AccessDenied");
    let penniless = expect(OSS_RESUMABLE_E_CREDENTIALS).at("initiate", 1);
    let internal = expect(OSS_RESUMABLE_E_INTERNAL);
    vec![
        situation(
            "part 4 always arrives damaged",
            damaged,
            &["part 4"],
            |rig| {
                under(
                    rig,
                    Rule::on(Op::UploadPart).part(4).then(Action::CorruptBody),
                )
            },
        ),
        situation(
            "the progress callback says no",
            canceled,
            &["canceled"],
            |rig| {
                let silent = Action::StallReply { ms: None };
                rig.server.rule(Rule::on(Op::UploadPart).then(silent));
                let file = rig.file("file", PARTS * PART);
                client(rig).upload(Some(&file), |params| params.progress_callback = Some(stop))
            },
        ),
        situation(
            "canceled by another thread",
            canceled,
            &["canceled"],
            |rig| {
                let _gate = rig.server.pause_next(Op::UploadPart);
                let file = rig.file("file", PARTS * PART);
                let upload = client(rig).start(Some(&file), |_| {});
                eventually("it sends", || rig.server.requests(Op::UploadPart) > 0);
                upload.cancel();
                upload.end()
            },
        ),
        situation(
            "an unheard commit",
            unknown,
            &["may or may not", "HEAD"],
            |rig| {
                rig.server.deny(&[Op::HeadObject]);
                under(
                    rig,
                    Rule::on(Op::CompleteMultipartUpload).then(Action::DropReply),
                )
            },
        ),
        situation(
            "no credentials",
            penniless,
            &["profile", "no-such-profile"],
            |rig| {
                let (provider, profile) = (c("profile"), c_path(&rig.path("no-such-profile")));
                let mut from = credentials(&provider);
                from.profile_file = profile.as_ptr();
                let client = CClient::with(&rig.server.url(), |config| {
                    config.access_key_id = std::ptr::null();
                    config.access_key_secret = std::ptr::null();
                    config.credentials = &from;
                });
                uploads(&client.unwrap(), rig)
            },
        ),
        situation(
            "a callback that panics",
            internal,
            &["the callback is broken"],
            |rig| {
                let file = rig.file("file", PARTS * PART);
                client(rig).upload(Some(&file), |params| {
                    params.progress_callback = Some(broken)
                })
            },
        ),
    ]
}
