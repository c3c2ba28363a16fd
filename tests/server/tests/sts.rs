//! STS issues temporary accounts to those who may have them.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Issuing, OIDC_TOKEN, STS_ACCESS_KEY_ID,
    STS_ACCESS_KEY_SECRET, STS_TOKEN, Server, Via,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use support::*;

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
fn a_bare_plus_in_an_sts_call_is_a_blank() {
    let server = Server::start();
    let timestamp = timestamp();
    let mut parameters = WITH_OIDC.to_vec();
    parameters.extend([
        ("Format", "JSON"),
        ("Version", "2015-04-01"),
        ("Timestamp", timestamp.as_str()),
        ("RoleArn", "acs:ram::1:role/r"),
    ]);
    let query = query(&parameters);
    for (session, expected) in [("a%2Bb", "a+b"), ("a+b", "a b")] {
        let target = format!("/?{query}&RoleSessionName={session}");
        let refused = plain(&server.sts_url(), "GET", &target, &[], b"");
        assert_eq!(code(&refused).1, "InvalidParameter.RoleSessionName");
        let entry = server.issued().pop().unwrap();
        assert_eq!(entry.parameter("RoleSessionName"), Some(expected));
    }
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
