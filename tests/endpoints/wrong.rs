//! Addresses that cannot be meant, and servers that say that another one is meant.

use std::collections::BTreeSet;

use oss_resumable::config::{Address, Config};
use oss_resumable::error::{Code, Error};
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_test_server::{Action, Op, Options, Rule, Server};

use super::engine::*;
use super::ffi::{self, Strings};
use super::{client, hosts, names, server_address};

const SIZES: [u64; 2] = [10, 3 * PART];

#[test]
fn what_is_no_address_is_refused_by_its_field_before_anything_is_sent() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let file = rig.file("data", 10);
    let proxy = names(server_address(&rig));
    let hangzhou = "http://oss-cn-hangzhou.aliyuncs.com";
    for (endpoint, region, bucket, object, named) in [
        ("http://oss cn", "cn-hangzhou", BUCKET, KEY, "endpoint: "),
        ("ftp://a.example", "cn-hangzhou", BUCKET, KEY, "endpoint: "),
        (
            "http://a.example/x",
            "cn-hangzhou",
            BUCKET,
            KEY,
            "endpoint: ",
        ),
        (
            "http://id:CANARY@a.example",
            "cn-hangzhou",
            BUCKET,
            KEY,
            "endpoint: ",
        ),
        (
            "http://a.example:0",
            "cn-hangzhou",
            BUCKET,
            KEY,
            "endpoint: ",
        ),
        ("http://[::1", "cn-hangzhou", BUCKET, KEY, "endpoint: "),
        ("", "", BUCKET, KEY, "endpoint: "),
        ("http://a.example", "", BUCKET, KEY, "region: "),
        (
            "http://oss-accelerate.aliyuncs.com",
            "",
            BUCKET,
            KEY,
            "region: ",
        ),
        (hangzhou, "cn_hangzhou", BUCKET, KEY, "region: "),
        (hangzhou, "cn-hangzhou/evil", BUCKET, KEY, "region: "),
        (hangzhou, "", "Bucket", KEY, "bucket: "),
        (hangzhou, "", "b", KEY, "bucket: "),
        (hangzhou, "", "bucket.evil.example", KEY, "bucket: "),
        (hangzhou, "", "-bucket", KEY, "bucket: "),
        (hangzhou, "", BUCKET, "", "object: "),
        (hangzhou, "", BUCKET, "/a", "object: "),
        (hangzhou, "", BUCKET, "a/../b", "object: "),
        (hangzhou, "", BUCKET, &"k".repeat(1024), "object: "),
    ] {
        let config = oss_resumable_config_t {
            region: strings.keep(region),
            proxy: strings.keep(&proxy.url()),
            ..ffi::config_for(endpoint, &strings)
        };
        let outcome = match ffi::Client::new(&config) {
            Ok(client) => client.upload_to(bucket, object, &file, &ffi::params()),
            Err(outcome) => *outcome,
        };
        assert_eq!(outcome.code, OSS_RESUMABLE_E_INVALID_ARGUMENT, "{named}");
        let message = &outcome.message;
        assert!(message.starts_with(named), "{named}{message}");
    }
    assert_eq!(proxy.log(), []);
    assert_eq!(rig.server.log().len(), 0);
}

#[test]
fn the_bucket_in_the_endpoint_is_pointed_out_before_anything_is_sent() {
    let (rig, strings) = (Rig::new(), Strings::default());
    let file = rig.file("data", 10);
    let proxy = names(server_address(&rig));
    let config = oss_resumable_config_t {
        proxy: strings.keep(&proxy.url()),
        ..ffi::config_for("http://bucket.oss-cn-hangzhou.aliyuncs.com", &strings)
    };
    let client = ffi::Client::new(&config).unwrap();
    let outcome = client.upload(&file, &ffi::params());
    assert_eq!(outcome.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
    let message = &outcome.message;
    assert!(
        message.contains("the endpoint is \"oss-cn-hangzhou.aliyuncs.com\""),
        "{message}"
    );
    assert_eq!(proxy.log(), []);
}

/// An upload that is refused, with one request and nothing stored.
#[track_caller]
fn refused(rig: &Rig, address: Address<'_>, size: u64) -> Error {
    let proxy = names(server_address(rig));
    let client = client(Config::new(address).unwrap(), Some(&proxy));
    let file = rig.file("data", size);
    let mut request = request(&file);
    request.checkpoint = None;
    let report = run(&client, request);
    assert_code(&report, Code::Service);
    let error = report.outcome.as_ref().unwrap_err();
    assert!(!error.retryable, "{error:?}");
    assert_eq!(rig.server.log().len(), 1, "tried once");
    assert_eq!(proxy.log().len(), 1, "nobody else was asked");
    assert_eq!(rig.server.objects().len() + rig.server.uploads().len(), 0);
    error.clone()
}

#[test]
fn a_wrong_region_is_named_and_so_is_the_one_in_the_endpoints_name() {
    for size in SIZES {
        let rig = Rig::new();
        let address = Address {
            endpoint: Some("http://oss-cn-hangzhou.aliyuncs.com"),
            region: Some("cn-beijing"),
            ..Address::default()
        };
        let error = refused(&rig, address, size);
        assert_eq!(error.service.http_status, 400);
        assert_eq!(error.service.code.as_deref(), Some("InvalidArgument"));
        assert!(
            error.message.ends_with(
                "; it was signed for region \"cn-beijing\", but the endpoint is one of \"cn-hangzhou\""
            ),
            "{}",
            error.message
        );
    }
}

#[test]
fn a_wrong_region_is_named_where_the_endpoint_tells_none() {
    for endpoint in [
        "http://oss-accelerate.aliyuncs.com",
        // Or where it tells the same one, which is as wrong.
        "http://oss-cn-beijing.aliyuncs.com",
    ] {
        let rig = Rig::new();
        let address = Address {
            endpoint: Some(endpoint),
            region: Some("oss-cn-beijing"),
            ..Address::default()
        };
        let message = refused(&rig, address, 3 * PART).message;
        assert!(
            message.ends_with("; it was signed for region \"cn-beijing\""),
            "{message}"
        );
    }
}

#[test]
fn another_invalid_argument_says_nothing_of_regions() {
    let rig = Rig::new();
    rig.server
        .rule(Rule::any().then(Action::status(400, "InvalidArgument")));
    let address = Address {
        endpoint: Some("http://oss-cn-hangzhou.aliyuncs.com"),
        ..Address::default()
    };
    let message = refused(&rig, address, 10).message;
    assert!(!message.contains("region"), "{message}");
}

#[test]
fn a_bucket_of_another_endpoint_is_not_followed_there_and_the_endpoint_is_named() {
    for size in SIZES {
        let rig = Rig::new();
        rig.server
            .move_bucket(BUCKET, "oss-cn-beijing.aliyuncs.com");
        let address = Address {
            endpoint: Some("http://oss-cn-hangzhou.aliyuncs.com"),
            ..Address::default()
        };
        let error = refused(&rig, address, size);
        assert_eq!(error.service.code.as_deref(), Some("AccessDenied"));
        let expected = "; the right endpoint is \"oss-cn-beijing.aliyuncs.com\"";
        assert!(error.message.ends_with(expected), "{}", error.message);
        let host = "bucket.oss-cn-hangzhou.aliyuncs.com".to_owned();
        assert_eq!(hosts(&rig), BTreeSet::from([host]));
    }
}

#[test]
fn the_region_that_the_server_names_is_told_where_it_names_no_endpoint() {
    let document = |names: &str| {
        format!("<Error><Code>AccessDenied</Code><Message>Not here.</Message>{names}</Error>")
    };
    let region = "<Region>cn-beijing</Region>";
    let endpoint = "<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>";
    for (names, hint) in [
        (region.to_owned(), "; the right region is \"cn-beijing\""),
        // Which is what a reader can put into the config as it is.
        (
            format!("{region}{endpoint}"),
            "; the right endpoint is \"oss-cn-beijing.aliyuncs.com\"",
        ),
        (String::new(), "Not here."),
    ] {
        for size in SIZES {
            let rig = Rig::new();
            let elsewhere = Action::foreign(403, &document(&names));
            rig.server.rule(Rule::any().then(elsewhere));
            let address = Address {
                endpoint: Some("http://oss-cn-hangzhou.aliyuncs.com"),
                ..Address::default()
            };
            let error = refused(&rig, address, size);
            assert_eq!(error.service.code.as_deref(), Some("AccessDenied"));
            assert!(error.message.ends_with(hint), "{}", error.message);
        }
    }
}

#[test]
fn a_redirect_is_named_and_never_followed() {
    for code in [301, 302, 307, 308] {
        for size in SIZES {
            let rig = Rig::new();
            // Would take what is signed, and what is in the file.
            let other = Server::start_with(Options::default());
            let location = format!("{}/{BUCKET}/{KEY}", other.url());
            rig.server
                .rule(Rule::any().then(Action::Redirect { code, location }));
            let address = Address {
                endpoint: Some("http://oss-cn-hangzhou.aliyuncs.com"),
                ..Address::default()
            };
            let error = refused(&rig, address, size);
            assert_eq!(error.service.http_status, code);
            assert!(error.message.contains("127.0.0.1"), "{}", error.message);
            assert_eq!(other.log().len(), 0, "{code}");
            assert_eq!(other.connections(), 0, "{code}");
        }
    }
}

#[test]
fn a_redirect_in_mid_upload_sends_no_part_elsewhere() {
    // The former would be asked for with GET, the latter sent there again.
    for code in [303, 307] {
        let rig = Rig::new();
        let other = Server::start_with(Options::default());
        let location = other.url();
        let rule = Rule::on(Op::UploadPart).part(2);
        rig.server
            .rule(rule.then(Action::Redirect { code, location }));
        let file = rig.file("data", 3 * PART);
        let mut request = request(&file);
        request.checkpoint = None;
        let report = rig.upload(request);
        assert_code(&report, Code::Service);
        assert_eq!(report.outcome.as_ref().unwrap_err().part_number, 2);
        assert_eq!(other.connections(), 0, "{code}");
        rig.assert_absent();
        assert_eq!(rig.server.uploads(), [], "what was sent is thrown away");
    }
}
