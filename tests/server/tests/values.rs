//! OSS checks the values of headers, and keeps those that were given at the right moment.

mod support;

use oss_test_server::Server;
use support::*;

const PUT: (&str, &str) = ("PUT", "/b/k");
const INITIATE: (&str, &str) = ("POST", "/b/k?uploads");

fn send(server: &Server, (method, target): (&str, &str), headers: &[(&str, &str)]) -> Response {
    let mut request = call(method, target);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send(server)
}

/// The code of the answer, "" if all is well.
fn outcome(server: &Server, what: (&str, &str), headers: &[(&str, &str)]) -> String {
    let response = send(server, what, headers);
    match response.status {
        200 => String::new(),
        400 => response.code(),
        other => panic!("{other}: {}", response.text()),
    }
}

#[test]
fn values_that_oss_knows_pass_and_others_do_not() {
    let server = Server::start();
    for (name, good, bad) in [
        (
            "x-oss-storage-class",
            "Standard IA Archive ColdArchive DeepColdArchive",
            "standard",
        ),
        ("x-oss-forbid-overwrite", "false", "yes"),
        ("x-oss-request-payer", "requester", "owner"),
    ] {
        for what in [PUT, INITIATE] {
            for value in good.split(' ') {
                assert_eq!(
                    outcome(&server, what, &[(name, value)]),
                    "",
                    "{name} {value}"
                );
            }
            let refused = send(&server, what, &[(name, bad)]);
            assert_eq!(refused.status, 400);
            assert_eq!(refused.code(), "InvalidArgument");
            assert_eq!(refused.element("ArgumentName").as_deref(), Some(name));
            assert_eq!(refused.element("ArgumentValue").as_deref(), Some(bad));
        }
    }
    for value in ["default", "private", "public-read", "public-read-write"] {
        assert_eq!(outcome(&server, PUT, &[("x-oss-object-acl", value)]), "");
    }
    for value in ["", "public"] {
        let code = outcome(&server, PUT, &[("x-oss-object-acl", value)]);
        assert_eq!(code, "InvalidArgument");
    }
}

#[test]
fn an_encryption_key_goes_with_kms_only() {
    let server = Server::start();
    let method = "x-oss-server-side-encryption";
    let key = ("x-oss-server-side-encryption-key-id", "1234");
    for what in [PUT, INITIATE] {
        for value in ["AES256", "KMS", "SM4"] {
            assert_eq!(outcome(&server, what, &[(method, value)]), "");
            let expected = if value == "KMS" {
                ""
            } else {
                "InvalidArgument"
            };
            assert_eq!(outcome(&server, what, &[(method, value), key]), expected);
        }
        assert_eq!(outcome(&server, what, &[key]), "InvalidArgument");
        let code = outcome(&server, what, &[(method, "aes256")]);
        assert_eq!(code, "InvalidEncryptionAlgorithmError");
    }
}

#[test]
fn a_traffic_limit_has_its_bounds() {
    let server = Server::start();
    let id = initiate(&server, "b/k");
    let part = part_target("b/k", &id, 1);
    for what in [PUT, ("PUT", part.as_str())] {
        for (value, expected) in [
            ("245760", ""),
            ("838860800", ""),
            ("245759", "InvalidArgument"),
            ("838860801", "InvalidArgument"),
            ("fast", "InvalidArgument"),
        ] {
            let header = [("x-oss-traffic-limit", value)];
            assert_eq!(outcome(&server, what, &header), expected, "{value}");
        }
    }
}

#[test]
fn tags_are_few_short_and_encoded() {
    let server = Server::start();
    let many = |count: usize| {
        let tags: Vec<String> = (0..count).map(|index| format!("k{index}=v")).collect();
        tags.join("&")
    };
    let long = |key: usize, value: usize| format!("{}={}", "k".repeat(key), "v".repeat(value));
    for (value, right) in [
        (many(10), true),
        (many(11), false),
        (long(128, 256), true),
        (long(129, 1), false),
        (long(1, 257), false),
        ("a%20b=%E6%96%87&c".to_owned(), true),
        ("=v".to_owned(), false),
        ("a=1&a=2".to_owned(), false),
        ("a=%zz".to_owned(), false),
        ("a=b%26".to_owned(), false),
    ] {
        for what in [PUT, INITIATE] {
            let expected = if right { "" } else { "InvalidTag" };
            let header = [("x-oss-tagging", value.as_str())];
            assert_eq!(outcome(&server, what, &header), expected, "{value}");
        }
    }
}

const OF_THE_OBJECT: [(&str, &str); 7] = [
    ("content-type", "text/x"),
    ("cache-control", "no-cache"),
    ("x-oss-meta-a", "1"),
    ("x-oss-storage-class", "IA"),
    ("x-oss-server-side-encryption", "KMS"),
    ("x-oss-server-side-encryption-key-id", "1234"),
    ("x-oss-tagging", "a=1&b=2"),
];

/// What HEAD tells after all of `OF_THE_OBJECT` were taken.
fn assert_taken(server: &Server) {
    let head = call("HEAD", "/b/k").send(server);
    for (name, value) in &OF_THE_OBJECT[..6] {
        assert_eq!(head.header(name), Some(*value), "{name}");
    }
    assert_eq!(head.header("x-oss-tagging-count"), Some("2"));
    assert_eq!(head.header("x-oss-tagging"), None);
    assert_eq!(head.header("x-oss-object-acl"), None);
    let object = server.object("b", "k").unwrap();
    assert_eq!(object.header("x-oss-tagging"), Some("a=1&b=2"));
}

#[test]
fn head_tells_what_a_put_brought() {
    let server = Server::start();
    let mut headers = OF_THE_OBJECT.to_vec();
    headers.push(("x-oss-object-acl", "public-read"));
    assert_eq!(outcome(&server, PUT, &headers), "");
    assert_taken(&server);
    let object = server.object("b", "k").unwrap();
    assert_eq!(object.header("x-oss-object-acl"), Some("public-read"));
}

#[test]
fn of_an_object_in_parts_complete_says_the_acl_and_initiate_all_the_rest() {
    let server = Server::start();
    let other: Vec<(&str, &str)> = vec![
        ("content-type", "text/y"),
        ("cache-control", "public"),
        ("x-oss-meta-a", "2"),
        ("x-oss-storage-class", "Archive"),
        ("x-oss-server-side-encryption", "AES256"),
        ("x-oss-tagging", "c=3"),
    ];
    let mut first = OF_THE_OBJECT.to_vec();
    first.push(("x-oss-object-acl", "public-read-write"));
    for acl in [None, Some("private")] {
        let id = send(&server, INITIATE, &first).element("UploadId").unwrap();
        let etag = upload(&server, "b/k", &id, 1, b"x");
        let target = format!("/b/k?uploadId={id}");
        let body = complete_body(&[(1, &etag)]);
        let mut request = call("POST", &target).body(&body);
        for (name, value) in &other {
            request = request.header(name, value);
        }
        if let Some(acl) = acl {
            request = request.header("x-oss-object-acl", acl);
        }
        assert_eq!(request.send(&server).status, 200);
        assert_taken(&server);
        let object = server.object("b", "k").unwrap();
        assert_eq!(object.header("x-oss-object-acl"), acl);
    }
    let id = initiate(&server, "b/k");
    let target = format!("/b/k?uploadId={id}");
    let refused = outcome(
        &server,
        ("POST", &target),
        &[("x-oss-object-acl", "public")],
    );
    assert_eq!(refused, "InvalidArgument");
}
