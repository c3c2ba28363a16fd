//! What OSS says to a client that is in the wrong region, or that lists what is left there.

mod support;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use oss_test_server::{ACCESS_KEY_ID, Options, Server};
use support::*;

/// A V4 request whose scope alone is looked at: its signature is made up.
fn with_scope(server: &Server, method: &str, region: &str, product: &str) -> Response {
    let now = time::OffsetDateTime::now_utc();
    let day = now.date().to_string().replace('-', "");
    let time = now.time();
    let date = format!(
        "{day}T{:02}{:02}{:02}Z",
        time.hour(),
        time.minute(),
        time.second()
    );
    let authorization = format!(
        "OSS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/{day}/{region}/{product}/aliyun_v4_request,\
         Signature=0"
    );
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-oss-date", date.as_str()),
        ("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
    ];
    if method == "HEAD" {
        let mut socket = connect(server);
        let mut head = "HEAD /b/k HTTP/1.1\r\nhost: 127.0.0.1\r\n".to_owned();
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        std::io::Write::write_all(&mut socket, format!("{head}\r\n").as_bytes()).unwrap();
        return read_response(&mut socket, true).unwrap();
    }
    plain(&server.url(), method, "/b/k", &headers, b"")
}

#[test]
fn a_scope_of_another_region_is_an_invalid_argument() {
    let server = Server::start();
    let refused = with_scope(&server, "GET", "cn-beijing", "oss");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "InvalidArgument")
    );
    let message = "Invalid signing region in Authorization header.";
    assert_eq!(refused.element("Message").as_deref(), Some(message));
    assert_eq!(refused.element("EC").as_deref(), Some("0002-00000226"));
    assert_eq!(refused.header("x-oss-ec"), Some("0002-00000226"));
    assert!(
        refused
            .element("Authorization")
            .unwrap()
            .contains("cn-beijing")
    );
    assert_eq!(refused.element("Region"), None);

    let product = with_scope(&server, "GET", "cn-hangzhou", "ess");
    assert_eq!(product.element("EC").as_deref(), Some("0002-00000227"));
    let head = with_scope(&server, "HEAD", "cn-beijing", "oss");
    assert_eq!(head.status, 400);
    assert_eq!(head.header("x-oss-ec"), Some("0002-00000226"));
    let error = BASE64.decode(head.header("x-oss-err").unwrap()).unwrap();
    assert!(String::from_utf8(error).unwrap().contains(message));
}

#[test]
fn a_bucket_of_another_region_names_its_endpoint() {
    let endpoint = "oss-cn-beijing.aliyuncs.com".to_owned();
    let server = Server::start_with(Options {
        bucket_endpoints: BTreeMap::from([("far".to_owned(), endpoint.clone())]),
        ..Options::default()
    });
    let refused = call("POST", "/far/k?uploads").send(&server);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "AccessDenied")
    );
    assert_eq!(
        refused.element("Message").as_deref(),
        Some(
            "The bucket you are attempting to access must be addressed using the specified \
             endpoint. Please send all future requests to this endpoint."
        )
    );
    assert_eq!(refused.element("Bucket").as_deref(), Some("far"));
    assert_eq!(refused.element("Endpoint"), Some(endpoint));
    assert_eq!(refused.element("EC").as_deref(), Some("0003-00001403"));
    let head = call("HEAD", "/far/k").send(&server);
    assert_eq!(
        (head.status, head.header("x-oss-ec")),
        (403, Some("0003-00001403"))
    );
    assert_eq!(call("PUT", "/near/k").body(b"x").send(&server).status, 200);

    let config = br#"{"bucket_endpoints": {"near": "oss-cn-shanghai.aliyuncs.com"}}"#;
    let changed = plain(&server.url(), "POST", "/-/config", &[], config);
    assert_eq!(changed.status, 200, "{}", changed.text());
    let refused = call("PUT", "/near/k").body(b"x").send(&server);
    let endpoint = refused.element("Endpoint").unwrap();
    assert_eq!(endpoint, "oss-cn-shanghai.aliyuncs.com");
    assert_eq!(call("PUT", "/far/k").body(b"x").send(&server).status, 200);
    server.move_bucket("far", "elsewhere");
    assert_eq!(call("PUT", "/far/k").body(b"x").send(&server).status, 403);
}

fn list(server: &Server, query: &str) -> Response {
    let response = call("GET", &format!("/b/?uploads{query}")).send(server);
    assert_eq!(response.status, 200, "{}", response.text());
    response
}

#[test]
fn uploads_are_listed_by_prefix_and_page_by_page() {
    let server = Server::start();
    for key in [
        "b/dir/x+y",
        "b/dir/a",
        "b/dir/a",
        "b/dir/a",
        "b/other",
        "c/dir/a",
    ] {
        initiate(&server, key);
    }
    assert_eq!(list(&server, "").elements("Key").len(), 5);
    let all = list(&server, "&prefix=dir/");
    assert_eq!(all.elements("Key"), ["dir/a", "dir/a", "dir/a", "dir/x+y"]);
    let encoded = list(&server, "&prefix=dir/x%2B&encoding-type=url");
    assert_eq!(encoded.elements("Key"), ["dir/x%2By"]);
    assert_eq!(encoded.element("EncodingType").as_deref(), Some("url"));
    assert_eq!(encoded.element("Prefix").as_deref(), Some("dir/x%2B"));

    let mut seen = Vec::new();
    let mut markers = String::new();
    loop {
        let page = list(&server, &format!("&prefix=dir/&max-uploads=1{markers}"));
        let ids = page.elements("UploadId");
        assert_eq!(ids.len(), 1);
        seen.extend(ids);
        if page.element("IsTruncated").as_deref() == Some("false") {
            break;
        }
        let (key, id) = (
            page.element("NextKeyMarker"),
            page.element("NextUploadIdMarker"),
        );
        markers = format!(
            "&key-marker={}&upload-id-marker={}",
            key.unwrap(),
            id.unwrap()
        );
    }
    assert_eq!(seen, all.elements("UploadId"));
    // Without an upload id the marker is behind all uploads of its key.
    let behind = list(&server, "&prefix=dir/&key-marker=dir/a");
    assert_eq!(behind.elements("Key"), ["dir/x+y"]);
}

#[test]
fn open_uploads_can_be_made_older() {
    let server = Server::start();
    initiate(&server, "b/old");
    server.age_uploads(7 * 86_400);
    initiate(&server, "b/new");
    let day = |offset: i64| {
        let day = time::OffsetDateTime::now_utc() - time::Duration::days(offset);
        day.date().to_string()
    };
    let days = |server: &Server| -> Vec<String> {
        let initiated = list(server, "").elements("Initiated");
        initiated.iter().map(|text| text[..10].to_owned()).collect()
    };
    let before = [day(0), day(7)];
    let listed = days(&server);
    // Midnight may have passed in between.
    assert!(listed == before || listed == [day(0), day(7)], "{listed:?}");
    let config = br#"{"age_uploads": 86400}"#;
    let changed = plain(&server.url(), "POST", "/-/config", &[], config);
    assert_eq!(changed.status, 200, "{}", changed.text());
    let before = [day(1), day(8)];
    let listed = days(&server);
    assert!(listed == before || listed == [day(1), day(8)], "{listed:?}");
}
