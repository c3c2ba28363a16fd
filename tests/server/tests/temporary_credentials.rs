//! Temporary accounts: who issues them, to whom, and when they end.

mod support;

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Issuing, MetadataMode, OIDC_TOKEN, ROLE, STS_ACCESS_KEY_ID,
    STS_ACCESS_KEY_SECRET, STS_TOKEN, Server, Via,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha1::Sha1;
use support::*;

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const TOKEN: &str = "X-aliyun-ecs-metadata-token";
const TTL: &str = "X-aliyun-ecs-metadata-token-ttl-seconds";

fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_else(|_| panic!("{}", response.text()))
}

fn metadata_token(server: &Server) -> String {
    let base = server.metadata_url();
    let response = plain(&base, "PUT", "/latest/api/token", &[(TTL, "60")], b"");
    assert_eq!(response.status, 200);
    response.text()
}

fn role_credentials(server: &Server, role: &str, headers: &[(&str, &str)]) -> Response {
    let target = format!("{ROLES}{role}");
    plain(&server.metadata_url(), "GET", &target, headers, b"")
}

/// Puts an object with the account that a reply describes.
fn put_with(server: &Server, credentials: &Value) -> Response {
    let text = |name: &str| credentials[name].as_str().unwrap();
    let mut put = call("PUT", "/b/k")
        .header("x-oss-security-token", text("SecurityToken"))
        .body(b"x");
    put.account = (text("AccessKeyId"), text("AccessKeySecret"));
    put.send(server)
}

#[test]
fn the_metadata_service_issues_a_fresh_account_for_every_request() {
    let server = Server::start();
    let token = metadata_token(&server);
    assert!(token.contains("CANARY"));
    let header = [(TOKEN, token.as_str())];
    for path in [ROLES, ROLES.trim_end_matches('/')] {
        let roles = plain(&server.metadata_url(), "GET", path, &header, b"");
        assert_eq!((roles.status, roles.text().as_str()), (200, ROLE));
    }
    let first = json(&role_credentials(&server, ROLE, &header));
    let second = json(&role_credentials(&server, ROLE, &header));
    assert_eq!(first["Code"], "Success");
    assert_ne!(first["AccessKeyId"], second["AccessKeyId"]);
    for name in ["AccessKeySecret", "SecurityToken"] {
        assert!(first[name].as_str().unwrap().contains("CANARY"), "{first}");
    }
    for name in ["Expiration", "LastUpdated"] {
        let text = first[name].as_str().unwrap();
        assert!(text.len() == 20 && text.ends_with('Z'), "{text}");
    }
    assert_eq!(put_with(&server, &first).status, 200);
    assert_eq!(put_with(&server, &second).status, 200);
    assert_eq!(role_credentials(&server, "other", &header).status, 404);

    let issued = server.issued();
    assert_eq!(issued.len(), 2);
    assert_eq!(issued[0].via, Via::Metadata);
    assert_eq!(issued[0].parameter("role"), Some(ROLE));
    assert_eq!(
        issued[0].access_key_id.as_deref(),
        first["AccessKeyId"].as_str()
    );
    let paths: Vec<u16> = server
        .metadata_requests()
        .iter()
        .map(|r| r.status)
        .collect();
    assert_eq!(paths, [200, 200, 200, 200, 200, 404]);
}

#[test]
fn a_metadata_token_must_be_one_that_was_issued() {
    let server = Server::start();
    let base = server.metadata_url();
    assert_eq!(role_credentials(&server, ROLE, &[]).status, 200);
    assert_eq!(
        role_credentials(&server, ROLE, &[(TOKEN, "made-up")]).status,
        403
    );
    for ttl in ["0", "21601", "x"] {
        let response = plain(&base, "PUT", "/latest/api/token", &[(TTL, ttl)], b"");
        assert_eq!(response.status, 400, "{ttl}");
    }
    server.temporary_credentials(Issuing {
        metadata: MetadataMode::V2Only,
        ..Issuing::default()
    });
    assert_eq!(role_credentials(&server, ROLE, &[]).status, 403);
    assert_eq!(plain(&base, "GET", ROLES, &[], b"").status, 403);
    let token = metadata_token(&server);
    let header = [(TOKEN, token.as_str())];
    assert_eq!(role_credentials(&server, ROLE, &header).status, 200);
    server.shift_clock(61);
    assert_eq!(role_credentials(&server, ROLE, &header).status, 403);
    server.temporary_credentials(Issuing {
        metadata: MetadataMode::V1Only(405),
        roles: Vec::new(),
        ..Issuing::default()
    });
    let put = plain(&base, "PUT", "/latest/api/token", &[(TTL, "60")], b"");
    assert_eq!(put.status, 405);
    assert_eq!(plain(&base, "GET", ROLES, &[], b"").status, 404);
}

#[test]
fn an_account_ends_with_its_lifetime_but_a_request_under_way_does_not() {
    let server = Server::start();
    server.temporary_credentials(Issuing {
        lifetime_seconds: 60,
        ..Issuing::default()
    });
    let credentials = json(&role_credentials(&server, ROLE, &[]));
    let text = |name: &str| credentials[name].as_str().unwrap();
    let mut put = call("PUT", "/b/under-way")
        .header("x-oss-security-token", text("SecurityToken"))
        .header("expect", "100-continue")
        .body(b"body");
    put.account = (text("AccessKeyId"), text("AccessKeySecret"));
    let bytes = put.bytes();
    let mut socket = connect(&server);
    socket.write_all(&bytes[..bytes.len() - 4]).unwrap();
    let mut interim = [0; 25];
    socket.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"));

    server.shift_clock(61);
    socket.write_all(b"body").unwrap();
    assert_eq!(read_response(&mut socket, false).unwrap().status, 200);
    let late = put_with(&server, &credentials);
    assert_eq!(
        (late.status, late.code().as_str()),
        (403, "SecurityTokenExpired")
    );
    check_end(&server);
}

/// The log tells the end of a lifetime of 60 seconds.
fn check_end(server: &Server) {
    let issued = &server.issued()[0];
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs() as i64;
    let end = issued.expires_at.unwrap();
    assert!((now + 50..=now + 60).contains(&end), "{end} at {now}");
}

#[test]
fn issuing_fails_and_takes_its_time_on_demand() {
    let server = Server::start();
    server.temporary_credentials(Issuing {
        fail_next: 2,
        delay_ms: 100,
        ..Issuing::default()
    });
    let statuses: Vec<u16> = (0..3)
        .map(|_| role_credentials(&server, ROLE, &[]).status)
        .collect();
    assert_eq!(statuses, [500, 500, 200]);
    assert_eq!(server.max_concurrent_issuing(), 1);
    for entry in server.issued() {
        let took = entry.ended_ms.unwrap() - entry.time_ms;
        assert!((100..5000).contains(&took), "{took}");
    }
    server.temporary_credentials(Issuing {
        delay_ms: 500,
        ..Issuing::default()
    });
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| role_credentials(&server, ROLE, &[]));
        }
    });
    assert_eq!(server.max_concurrent_issuing(), 2);
}

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

fn query(parameters: &[(&str, &str)]) -> String {
    let mut pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.sort();
    pairs.join("&")
}

fn timestamp() -> String {
    let now = time::OffsetDateTime::now_utc();
    let (date, time) = (now.date(), now.time());
    format!(
        "{date}T{:02}:{:02}:{:02}Z",
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Calls STS with the parameters every call needs, some of them replaced or, by "", left out.
fn sts(server: &Server, method: &str, given: &[(&str, &str)], secret: Option<&str>) -> Response {
    let timestamp = timestamp();
    let mut parameters = vec![
        ("Format", "JSON"),
        ("Version", "2015-04-01"),
        ("Timestamp", timestamp.as_str()),
        ("RoleArn", "acs:ram::1:role/r"),
        ("RoleSessionName", "session"),
    ];
    parameters.retain(|(name, _)| given.iter().all(|(other, _)| other != name));
    parameters.extend(given.iter().filter(|(_, value)| !value.is_empty()));
    let mut query = query(&parameters);
    if let Some(secret) = secret {
        let text = format!("{method}&%2F&{}", encode(&query));
        let key = format!("{secret}&");
        let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = BASE64.encode(mac.finalize().into_bytes());
        query.push_str(&format!("&Signature={}", encode(&signature)));
    }
    let base = server.sts_url();
    if method == "GET" {
        return plain(&base, "GET", &format!("/?{query}"), &[], b"");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    plain(&base, "POST", "/", &form, query.as_bytes())
}

fn code(response: &Response) -> (u16, String) {
    let body = json(response);
    for name in ["RequestId", "HostId", "Message"] {
        assert!(body[name].is_string(), "{body}");
    }
    (response.status, body["Code"].as_str().unwrap().to_owned())
}

const WITH_OIDC: [(&str, &str); 3] = [
    ("Action", "AssumeRoleWithOIDC"),
    ("OIDCProviderArn", "acs:ram::1:oidc-provider/p"),
    ("OIDCToken", OIDC_TOKEN),
];

fn with<'a>(base: &[(&'a str, &'a str)], change: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    let mut changed = base.to_vec();
    changed.retain(|(name, _)| *name != change.0);
    changed.push(change);
    changed
}

#[test]
fn sts_takes_an_oidc_token_from_the_query_or_from_a_form() {
    let server = Server::start();
    for method in ["GET", "POST"] {
        let response = sts(&server, method, &WITH_OIDC, None);
        assert_eq!(response.status, 200, "{}", response.text());
        let reply = json(&response);
        let user = &reply["AssumedRoleUser"];
        assert_eq!(user["Arn"], "acs:ram::1:role/r/session");
        assert!(reply["RequestId"].is_string());
        assert!(reply["Credentials"]["Expiration"].is_string());
        assert_eq!(put_with(&server, &reply["Credentials"]).status, 200);
    }
    let issued = server.issued();
    assert_eq!(issued.len(), 2);
    assert_eq!(issued[1].via, Via::AssumeRoleWithOidc);
    assert_eq!(issued[1].method, "POST");
    assert_eq!(issued[1].parameter("RoleSessionName"), Some("session"));
}

#[test]
fn sts_refuses_what_is_wrong_with_an_oidc_call() {
    let server = Server::start();
    for (change, expected) in [
        (
            ("OIDCToken", "other"),
            "AuthenticationFail.OIDCToken.Invalid",
        ),
        (("OIDCToken", ""), "MissingOIDCToken"),
        (("OIDCProviderArn", ""), "MissingOIDCProviderArn"),
        (("RoleArn", ""), "MissingRoleArn"),
        (("RoleArn", "role"), "InvalidParameter.RoleArn"),
        (
            ("RoleSessionName", "a b"),
            "InvalidParameter.RoleSessionName",
        ),
        (
            ("DurationSeconds", "899"),
            "InvalidParameter.DurationSeconds",
        ),
        (("Format", ""), "MissingFormat"),
        (("Version", "2014-05-26"), "InvalidVersion"),
        (
            ("Timestamp", "2016-02-23T12:46:24Z"),
            "InvalidTimeStamp.Expired",
        ),
        (("Timestamp", "now"), "InvalidTimeStamp.Format"),
    ] {
        let response = sts(&server, "POST", &with(&WITH_OIDC, change), None);
        assert_eq!(code(&response), (400, expected.to_owned()), "{change:?}");
    }
    let unknown = sts(&server, "GET", &[("Action", "GetCallerIdentity")], None);
    assert_eq!(code(&unknown), (404, "InvalidAction.NotFound".to_owned()));
    server.temporary_credentials(Issuing {
        fail_next: 1,
        oidc_token: "another CANARY".to_owned(),
        ..Issuing::default()
    });
    let own = with(&WITH_OIDC, ("OIDCToken", "another CANARY"));
    assert_eq!(sts(&server, "POST", &own, None).status, 500);
    assert_eq!(sts(&server, "POST", &own, None).status, 200);
    let granted = server.issued().iter().filter(|i| i.status == 200).count();
    assert_eq!(granted, 1);
}

fn signed(id: &'static str, nonce: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("Action", "AssumeRole"),
        ("AccessKeyId", id),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", nonce),
        ("DurationSeconds", "900"),
        ("Policy", r#"{"a": "~*+/="}"#),
    ]
}

#[test]
fn sts_verifies_the_signature_of_an_account() {
    let server = Server::start();
    for (method, nonce) in [("GET", "1"), ("POST", "2")] {
        let call = signed(ACCESS_KEY_ID, nonce);
        let response = sts(&server, method, &call, Some(ACCESS_KEY_SECRET));
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(
            put_with(&server, &json(&response)["Credentials"]).status,
            200
        );
    }
    let refused = |call: &[(&str, &str)], secret| code(&sts(&server, "GET", call, Some(secret)));
    let expected = |status, code: &str| (status, code.to_owned());
    let again = signed(ACCESS_KEY_ID, "1");
    assert_eq!(
        refused(&again, ACCESS_KEY_SECRET),
        expected(400, "SignatureNonceUsed")
    );
    let call = signed(ACCESS_KEY_ID, "3");
    assert_eq!(
        refused(&call, "other"),
        expected(400, "SignatureDoesNotMatch")
    );
    let stranger = signed("stranger", "4");
    assert_eq!(
        refused(&stranger, "x"),
        expected(404, "InvalidAccessKeyId.NotFound")
    );
    let unsigned = with(&call, ("SignatureMethod", ""));
    assert_eq!(
        refused(&unsigned, ACCESS_KEY_SECRET),
        expected(400, "IncompleteSignature")
    );

    let temporary = signed(STS_ACCESS_KEY_ID, "5");
    assert_eq!(
        refused(&temporary, STS_ACCESS_KEY_SECRET),
        expected(400, "InvalidSecurityToken.MismatchWithAccessKey")
    );
    let complete = with(&temporary, ("SecurityToken", STS_TOKEN));
    let response = sts(&server, "POST", &complete, Some(STS_ACCESS_KEY_SECRET));
    assert_eq!(response.status, 200, "{}", response.text());
}
