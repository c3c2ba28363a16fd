//! A server that means harm, and hosts with many keys.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use oss_resumable::client::Client;
use oss_resumable::config::{Address, Config};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Reason;
use oss_resumable::ffi::types::oss_resumable_code_t::OSS_RESUMABLE_E_INVALID_ARGUMENT;
use oss_resumable::ffi::types::{oss_resumable_config_t, oss_resumable_header_t};
use oss_resumable::xml;
use oss_test_server::{Action, Op, Rule};

use crate::capi::{CClient, c};
use crate::engine::*;

fn initiated(bucket: &str, key: &str, upload_id: &str) -> Action {
    Action::RawBody {
        body: format!(
            "<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>\
             <UploadId>{upload_id}</UploadId></InitiateMultipartUploadResult>"
        ),
        code: None,
    }
}

#[test]
fn whatever_a_server_answers_requests_go_to_the_users_bucket_and_key() {
    let monstrous = "A".repeat(10 << 20);
    let long = "A".repeat(1 << 20);
    for (bucket, key, upload_id) in [
        ("other", "elsewhere", "0123456789ABCDEF"),
        ("${bucket}", "../../etc/passwd", "0123456789ABCDEF"),
        ("${bucket}", "${key}", "../../other"),
        ("${bucket}", "${key}", "a?b&amp;uploads#c%2F"),
        ("${bucket}", "${key}", "1&#13;&#10;x-evil: 1"),
        ("${bucket}", "${key}", "1\r\nx-evil: 1"),
        ("${bucket}", "${key}", ""),
        ("${bucket}", "${key}", long.as_str()),
        ("${bucket}", "${key}", monstrous.as_str()),
    ] {
        let mut rig = Rig::new();
        let patience = oss_resumable::config::Limits {
            max_retries: Some(1),
            ..limits()
        };
        rig.client = client(&rig.server.url(), patience);
        let action = initiated(bucket, key, upload_id);
        rig.server
            .rule(Rule::on(Op::InitiateMultipartUpload).then(action));
        let file = rig.file("file", 3 * PART);
        let report = rig.upload(request(&file));
        let shown = &upload_id[..upload_id.len().min(30)];
        // There is no such upload; what matters is where it was looked for.
        let error = report.outcome.as_ref().unwrap_err();
        assert!(error.message.len() < 2048, "{shown}");
        assert!(!error.message.contains(['\r', '\n']), "{shown}");
        rig.assert_absent();
        let log = rig.server.log();
        assert!(!log.is_empty());
        for entry in log {
            assert_eq!(entry.bucket.as_deref(), Some(BUCKET), "{shown}");
            assert_eq!(entry.key.as_deref(), Some(KEY), "{shown}");
            assert_eq!(entry.header("x-evil"), None, "{shown}");
            assert!(entry.path.ends_with("/dir/object.bin"), "{}", entry.path);
        }
    }
}

/// Of this thread, so that a busy machine makes no difference.
#[cfg(unix)]
fn cpu_time() -> Duration {
    // SAFETY: `clock_gettime` writes to the struct and to nothing else.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        assert_eq!(
            libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time),
            0
        );
        time
    };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(unix)]
#[test]
fn a_bomb_instead_of_a_document_is_read_or_refused_soon_by_every_reader() {
    let entities: String = (1..20)
        .map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10)))
        .collect();
    type Fails = fn(&[u8]) -> bool;
    let readers: [(&str, Fails); 5] = [
        ("InitiateMultipartUploadResult", |body| {
            xml::initiate(body).is_err()
        }),
        ("ListPartsResult", |body| xml::list_parts(body).is_err()),
        ("CompleteMultipartUploadResult", |body| {
            xml::complete(body).is_err()
        }),
        ("ListMultipartUploadsResult", |body| {
            xml::uploads::list_uploads(body).is_err()
        }),
        ("Error", |body| xml::error(body).is_err()),
    ];
    for (root, fails) in readers {
        for bomb in [
            format!("<{root}>{}", "<a>".repeat(100_000)),
            format!("<!DOCTYPE x [{entities}]><{root}>&e19;</{root}>"),
            format!("<!DOCTYPE x SYSTEM 'file:///etc/passwd'><{root}/>"),
            format!("<{root}>{}</{root}>", "&x;".repeat(100_000)),
            format!("<{root}>{}", "<a b='".repeat(100_000)),
            format!("<{root}><!--{}", "-".repeat(1_000_000)),
            format!("<{root}>{}</{root}>", "x".repeat(5_000_000)),
            // Nobody looks at them, but what is missing is missed.
            format!("<{root}{}></{root}>", " a=''".repeat(500_000)),
        ] {
            let before = cpu_time();
            assert!(fails(bomb.as_bytes()), "{}", &bomb[..40]);
            let taken = cpu_time() - before;
            // Without optimisation.
            assert!(taken < Duration::from_secs(3), "{}: {taken:?}", &bomb[..40]);
        }
    }
}

#[test]
fn sixty_four_clients_with_keys_of_their_own_never_sign_for_each_other() {
    let rig = Rig::new();
    let clients: Vec<_> = (0..64)
        .map(|number| {
            let (id, secret) = (format!("id-{number}"), format!("secret-{number}"));
            let token = (number % 2 == 0).then(|| format!("token-{number}"));
            rig.server.set_account(&id, &secret, token.as_deref());
            let mut config = config(&rig.server.url());
            config.limits = limits();
            let credentials = Credentials::new(&id, &secret, token.as_deref());
            std::sync::Arc::new(Client::new(config, credentials.unwrap()).unwrap())
        })
        .collect();
    let file = rig.file("file", 3 * PART);
    let uploads: Vec<_> = clients
        .iter()
        .enumerate()
        .map(|(number, client)| {
            let mut request = request(&file);
            request.object = format!("id-{number}");
            request.checkpoint = None;
            oss_resumable::upload::Upload::start(client, request).unwrap()
        })
        .collect();
    for upload in &uploads {
        assert_ok(&wait(upload));
    }
    let log = rig.server.log();
    assert!(log.len() >= 64 * 5, "{}", log.len());
    for entry in log {
        // The server has checked the signature with the secret and the token of that id.
        assert_eq!(entry.status, 200, "{entry:?}");
        assert_eq!(entry.access_key_id, entry.key);
    }
}

#[test]
fn nothing_that_is_given_makes_a_header_line_of_its_own() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let mut sent = 0;
    for evil in [
        "1\r\nx-evil: 1",
        "1\nx-evil: 1",
        "1\rx-evil: 1",
        "1\r\n\r\nGET /x-evil",
    ] {
        let text = c(evil);
        let fields: [fn(&mut oss_resumable_config_t, *const std::ffi::c_char); 8] = [
            |config, text| config.region = text,
            |config, text| config.endpoint = text,
            |config, text| config.access_key_id = text,
            |config, text| config.access_key_secret = text,
            |config, text| config.sts_token = text,
            |config, text| config.user_agent = text,
            |config, text| config.source_address = text,
            |config, text| config.proxy = text,
        ];
        for (index, set) in fields.into_iter().enumerate() {
            let made = CClient::with(&rig.server.url(), |config| set(config, text.as_ptr()));
            let refused = made.expect_err(&format!("field {index} takes {evil:?}"));
            assert_eq!(
                refused.code, OSS_RESUMABLE_E_INVALID_ARGUMENT,
                "{refused:?}"
            );
            assert!(!refused.message.contains(['\r', '\n']), "{refused:?}");
        }
        let client = CClient::new(&rig.server.url());
        for (name, value) in [("x-oss-meta-a", evil), (evil, "1"), ("content-type", evil)] {
            let (name, value) = (c(name), c(value));
            let headers = [oss_resumable_header_t {
                name: name.as_ptr(),
                value: value.as_ptr(),
            }];
            let refused = client.upload(Some(&file), |params| {
                params.headers = headers.as_ptr();
                params.headers_len = 1;
            });
            assert_eq!(
                refused.code, OSS_RESUMABLE_E_INVALID_ARGUMENT,
                "{refused:?}"
            );
            assert!(refused.message.starts_with("headers[0]"), "{refused:?}");
            assert!(!refused.message.contains(['\r', '\n']), "{refused:?}");
        }
        let refused = client.upload_to(evil, KEY, Some(&file), |_| {});
        assert_eq!(refused.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
        assert_eq!(rig.server.log().len(), sent);
        // A key may hold any character, and arrives as it is.
        client.upload_to(BUCKET, evil, Some(&file), |_| {}).ok();
        assert!(rig.server.object_equals_file(BUCKET, evil, &file));
        sent = rig.server.log().len();
    }
    for entry in rig.server.log() {
        assert_eq!(entry.header("x-evil"), None);
        assert_ne!(entry.method, "GET");
        assert!(!entry.path.contains(['\r', '\n']));
    }
}

/// What came before and after the answer.
type Heard = (Vec<u8>, Vec<u8>);

/// Answers the first message of a TLS client with TLS 1.1 or older.
fn old_server(minor: u8) -> (u16, mpsc::Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            let mut head = [0; 5];
            if stream.read_exact(&mut head).is_err() {
                continue;
            }
            let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            stream.read_exact(&mut hello).unwrap();
            // ServerHello: version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
            let mut answer = vec![22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
            answer.extend([7; 32]);
            answer.extend([0, 0, 0x2f, 0]);
            stream.write_all(&answer).unwrap();
            let mut after = Vec::new();
            let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
            let _ = stream.read_to_end(&mut after);
            if sender.send((hello, after)).is_err() {
                return;
            }
        }
    });
    (port, receiver)
}

#[test]
fn a_server_that_speaks_tls_older_than_1_2_gets_no_request() {
    for minor in [1, 2] {
        let (port, heard) = old_server(minor);
        let endpoint = format!("localhost:{port}");
        let mut config = Config::new(Address {
            endpoint: Some(&endpoint),
            region: Some("cn-hangzhou"),
            is_path_style: true,
            ..Address::default()
        })
        .unwrap();
        config.limits.max_retries = Some(0);
        let rig = Rig::new();
        let file = rig.file("file", 3 * PART);
        let report = run(&client_as_configured(config), request(&file));
        assert_reason(&report, Reason::Tls);
        let (hello, after) = heard.recv_timeout(Duration::from_secs(30)).unwrap();
        // The versions that are offered (extension 43): TLS 1.3 and 1.2, and no other.
        let offered = [0, 43, 0, 5, 4, 3, 4, 3, 3];
        let found = hello.windows(offered.len()).any(|bytes| bytes == offered);
        assert!(found, "{hello:?}");
        // A fatal alert, "protocol version" or "illegal parameter", and nothing else.
        assert!(after.len() <= 7 && after.first() == Some(&21), "{after:?}");
    }
}
