//! Requests as they go out: keys, queries and headers arrive as they were given, and the signature, as
//! the test server checks it on its own, is over just that.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderMap;
use oss_test_server::{Account, judge};
use percent_encoding::percent_decode_str;

use oss_resumable::call::{Call, UploadRef};
use oss_resumable::client::Client;
use oss_resumable::config::{Address, Config, check_object};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Code;
use oss_resumable::headers::{ObjectHeaders, Target};
use oss_resumable::http::Outgoing;
use oss_resumable::multipart::Api;

use super::input::Input;

const BUCKET: &str = "bucket";
const REGION: &str = "cn-hangzhou";
const TIMEOUT: Duration = Duration::from_secs(1);

/// Each addressing style with each signature. The server cannot tell the bucket of a custom domain.
fn clients() -> &'static [Arc<Client>; 4] {
    static CLIENTS: OnceLock<[Arc<Client>; 4]> = OnceLock::new();
    CLIENTS.get_or_init(|| {
        [(false, 4), (true, 4), (false, 1), (true, 1)].map(|(is_path_style, version)| {
            let config = Config::new(Address {
                // Plain HTTP, so that no certificates are read.
                endpoint: Some(match is_path_style {
                    true => "http://[::1]:9000",
                    false => "http://oss-cn-hangzhou.aliyuncs.com",
                }),
                region: Some(REGION),
                signature_version: version,
                ..Address::default()
            });
            let credentials = Credentials::new("id", "secret", None).unwrap();
            Arc::new(Client::new(config.unwrap(), credentials).unwrap())
        })
    })
}

/// Credentials are given to each request.
fn account(input: &mut Input<'_>) -> Account {
    let token = input.flag().then_some("a/token+of=STS");
    Account::new(input.pick(&["id", "LTAI5t"]), "secret&more+=", token)
}

fn api(client: &Arc<Client>, object: &str, headers: ObjectHeaders) -> Api {
    Api {
        local: client.local().unwrap(),
        client: Arc::clone(client),
        owner: 1,
        bucket: BUCKET.to_owned(),
        object: object.to_owned(),
        headers,
        content: None,
        stop_put: std::sync::Arc::default(),
    }
}

struct Sent {
    outgoing: Outgoing,
    query: Vec<(String, String)>,
}

/// Signs a call, and has the server judge it: bucket, key and query come back as they were.
fn send(api: &Api, call: &Call, account: &Account) -> Sent {
    let credentials =
        Credentials::new(&account.id, &account.secret, account.token.as_deref()).unwrap();
    let prepared = api.prepare(call);
    let object = prepared.object.map(str::to_owned);
    let owned = |(name, value): &(Cow<str>, Cow<str>)| (name.to_string(), value.to_string());
    let query: Vec<_> = prepared.query.iter().map(owned).collect();
    let outgoing = api
        .sign(prepared, &credentials, (TIMEOUT, TIMEOUT))
        .unwrap();

    // What the URL layer makes of it is what was written.
    let url = reqwest::Url::parse(&outgoing.url).unwrap();
    assert_eq!(url.as_str(), outgoing.url, "the URL was rewritten");
    assert!(url.fragment().is_none() && url.username().is_empty());
    let mut target = url.path().to_owned();
    if let Some(query) = url.query() {
        target = format!("{target}?{query}");
    }
    assert!(target.bytes().all(|byte| byte.is_ascii_graphic()));
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap()),
        None => url.host_str().unwrap().to_owned(),
    };
    let mut headers = vec![("host".to_owned(), host)];
    for (name, value) in &outgoing.headers {
        let bytes = value.as_bytes();
        assert!(!bytes.iter().any(|byte| b"\r\n\0".contains(byte)));
        headers.push((name.to_string(), String::from_utf8(bytes.to_vec()).unwrap()));
    }
    let now = i64::try_from(api.client.clock.now()).unwrap();
    let judged = judge(
        outgoing.method.as_str(),
        &target,
        headers,
        account,
        REGION,
        now,
    )
    .unwrap_or_else(|error| panic!("{target}: {error}"));
    assert_eq!(judged.bucket.as_deref(), Some(BUCKET));
    assert_eq!(judged.key, object, "another key arrives");
    assert_eq!(judged.query, query, "another query arrives");
    Sent { outgoing, query }
}

/// Keys, upload ids and what else stands in a URL.
pub fn keys(data: &[u8]) {
    let mut input = Input::new(data);
    let client = &clients()[usize::from(input.below(4))];
    let account = account(&mut input);
    let kind = input.below(8);
    let number = input.u32();
    let (id, marker) = (input.text(), input.text());
    let key = String::from_utf8_lossy(input.rest()).into_owned();
    if check_object(&key).is_err() {
        let dots = key.split('/').any(|it| it == "." || it == "..");
        let odd = dots || key.is_empty() || key.len() > 1023 || key.starts_with(['/', '\\']);
        assert!(odd, "a key that could be sent was refused: {key:?}");
        return;
    }
    let call = match kind {
        0 => Call::Initiate,
        1 => Call::ListParts {
            upload_id: id,
            marker: number,
        },
        2 => Call::UploadPart {
            upload_id: id,
            number,
        },
        3 => Call::Complete {
            upload_id: id,
            parts: vec![(number, marker)],
        },
        4 => Call::Abort(UploadRef {
            bucket: BUCKET.to_owned(),
            object: key.clone(),
            upload_id: id,
        }),
        5 => Call::ListUploads {
            prefix: key.clone(),
            key_marker: marker,
            id_marker: id,
        },
        6 => Call::Head,
        _ => Call::Put,
    };
    let sent = send(
        &api(client, &key, ObjectHeaders::default()),
        &call,
        &account,
    );
    if kind != 5 {
        let url = reqwest::Url::parse(&sent.outgoing.url).unwrap();
        let decoded = percent_decode_str(url.path()).decode_utf8().unwrap();
        assert!(decoded.ends_with(&key));
    }
    let value = |name: &str| {
        sent.query
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, it)| it.clone())
    };
    match &call {
        Call::ListParts { upload_id, .. } | Call::UploadPart { upload_id, .. } => {
            assert_eq!(value("uploadId").as_ref(), Some(upload_id));
        }
        Call::ListUploads { prefix, .. } => assert_eq!(value("prefix").as_ref(), Some(prefix)),
        _ => {}
    }
}

/// Where a header belongs, by its name: Initiate, part, Complete, PutObject, all others.
fn route(name: &str) -> [bool; 5] {
    match name {
        "x-oss-object-acl" | "x-oss-callback" | "x-oss-callback-var" => {
            [false, false, true, true, false]
        }
        "x-oss-forbid-overwrite" => [true, false, true, true, false],
        "x-oss-traffic-limit" => [false, true, false, true, false],
        "x-oss-request-payer" => [true; 5],
        _ => [true, false, false, true, false],
    }
}

const TARGETS: [Target; 5] = [
    Target::Initiate,
    Target::Part,
    Target::Complete,
    Target::Put,
    Target::Other,
];

/// The user's headers.
pub fn headers(data: &[u8]) {
    const NAMES: [&str; 14] = [
        "Content-Type",
        "x-oss-meta-a",
        "X-Oss-Meta-B",
        "x-oss-object-acl",
        "x-oss-callback",
        "x-oss-callback-var",
        "x-oss-forbid-overwrite",
        "x-oss-traffic-limit",
        "x-oss-request-payer",
        "x-oss-tagging",
        "Cache-Control",
        "Content-Length",
        "x-oss-date",
        "x-oss-storage-class",
    ];
    let mut input = Input::new(data);
    let client = &clients()[usize::from(input.below(4))];
    let account = account(&mut input);
    let mut pairs = Vec::new();
    while !input.is_empty() && pairs.len() < 300 {
        let known = usize::from(input.byte());
        let name = NAMES
            .get(known)
            .map_or_else(|| input.text(), |name| (*name).to_owned());
        pairs.push((name, input.text()));
    }
    let given = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = match ObjectHeaders::new(given) {
        Ok(headers) => headers,
        Err(error) => {
            assert_eq!(error.code, Code::InvalidArgument);
            let index = error
                .message
                .strip_prefix("headers[")
                .and_then(|it| it.split_once(']'));
            let index: usize = index.expect("the header is named").0.parse().unwrap();
            // Everything before the one that is named is fine by itself.
            let before = pairs[..index]
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()));
            assert!(ObjectHeaders::new(before).is_ok());
            return;
        }
    };
    assert!(pairs.len() <= 256);
    for (target, place) in TARGETS.into_iter().zip(0..) {
        let sent: HeaderMap = headers
            .for_request(target)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut expected = 0;
        for (name, value) in &pairs {
            let name = name.to_ascii_lowercase();
            let here = route(&name)[place];
            assert_eq!(sent.contains_key(&name), here, "{name} in {target:?}");
            expected += usize::from(here);
            if here {
                arrives(&name, value, sent.get(&name).unwrap().as_bytes());
            }
        }
        assert_eq!(sent.len(), expected, "a header of nobody, or one twice");
    }
    let api = api(client, "key", headers);
    for call in [Call::Initiate, Call::Put, Call::Head] {
        let sent = send(&api, &call, &account);
        for (name, value) in api.headers.for_request(match call {
            Call::Initiate => Target::Initiate,
            Call::Put => Target::Put,
            _ => Target::Other,
        }) {
            assert_eq!(
                sent.outgoing
                    .headers
                    .get_all(name)
                    .iter()
                    .collect::<Vec<_>>(),
                [value]
            );
        }
    }
}

/// As given, without the blanks that HTTP does not count.
fn arrives(name: &str, given: &str, sent: &[u8]) {
    let sent = std::str::from_utf8(sent).unwrap();
    assert!(!sent.contains(['\r', '\n', '\0', '\u{7f}']));
    match name {
        "x-oss-forbid-overwrite" => assert!(["true", "false"].contains(&sent)),
        "x-oss-request-payer" => assert_eq!(sent, "requester"),
        "x-oss-traffic-limit" => {
            assert!((245_760..=838_860_800).contains(&sent.parse::<u64>().unwrap()));
        }
        _ => assert_eq!(sent, given.trim_matches([' ', '\t', '\r', '\n']), "{name}"),
    }
}
