//! Where requests go: endpoints of all kinds, spelled in all ways, and wrong ones.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/ffi.rs"]
mod ffi;
#[path = "support/front.rs"]
mod front;
mod support;
#[path = "endpoints/wrong.rs"]
mod wrong;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use engine::*;
use front::TlsFront;
use oss_resumable::client::Client;
use oss_resumable::config::endpoint::EndpointType;
use oss_resumable::config::network::ProxyConfig;
use oss_resumable::config::{Address, Config, Limits};
use oss_resumable::credentials::Credentials;
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, HttpProxy, Options, ProxyKind, ProxyOptions,
};

/// Names of Alibaba Cloud, and one of somebody else, lead to `address` for those who ask this proxy.
pub fn names(address: SocketAddr) -> HttpProxy {
    let names = ["*.aliyuncs.com", "files.example.com"];
    HttpProxy::start(ProxyOptions {
        hosts: names
            .map(|name| (name.to_owned(), address))
            .into_iter()
            .collect(),
        ..ProxyOptions::default()
    })
}

pub fn server_address(rig: &Rig) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], rig.server.port()))
}

pub fn client(mut config: Config, proxy: Option<&HttpProxy>) -> Arc<Client> {
    config.limits = Limits {
        max_retries: Some(1),
        ..limits()
    };
    config.network.proxy = proxy.map(|proxy| ProxyConfig::parse("proxy", &proxy.url()).unwrap());
    let credentials = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

/// The hosts that requests named.
pub fn hosts(rig: &Rig) -> BTreeSet<String> {
    let log = rig.server.log();
    let hosts = log.iter().map(|entry| entry.header("host").unwrap());
    hosts.map(str::to_owned).collect()
}

/// Uploads in parts and in one request; every request names this host, and the path the bucket or not.
#[track_caller]
fn arrives(rig: &Rig, client: &Arc<Client>, host: &str, bucket_in_path: bool) {
    for size in [10, 3 * PART] {
        let file = rig.file("data", size);
        assert_ok(&run(client, request(&file)));
        rig.assert_stored(&file);
        rig.server.delete_object(BUCKET, KEY);
    }
    let log = rig.server.log();
    assert_eq!(log.len(), 6, "one PutObject, and Initiate to Complete");
    assert_eq!(hosts(rig), BTreeSet::from([host.to_owned()]));
    for entry in &log {
        let expected = if bucket_in_path {
            format!("/{BUCKET}/{KEY}")
        } else {
            format!("/{KEY}")
        };
        assert_eq!(entry.path, expected);
        assert_eq!(entry.bucket.as_deref(), Some(BUCKET));
    }
}

/// Over plain HTTP, for an address that is given with its name.
#[track_caller]
fn arrives_by_name(address: Address<'_>, options: Options, host: &str, bucket_in_path: bool) {
    let rig = Rig::with(options);
    let proxy = names(server_address(&rig));
    let client = client(Config::new(address).unwrap(), Some(&proxy));
    arrives(&rig, &client, host, bucket_in_path);
    let log = proxy.log();
    assert!(log.iter().all(|entry| entry.kind == ProxyKind::Forward));
    assert_eq!(log.len(), 6, "everything went through the proxy");
}

#[test]
fn a_region_alone_leads_to_each_kind_of_its_endpoints_over_https() {
    for (kind, host) in [
        (EndpointType::Public, "oss-cn-hangzhou.aliyuncs.com"),
        (
            EndpointType::Internal,
            "oss-cn-hangzhou-internal.aliyuncs.com",
        ),
        (EndpointType::Accelerate, "oss-accelerate.aliyuncs.com"),
        (
            EndpointType::AccelerateOverseas,
            "oss-accelerate-overseas.aliyuncs.com",
        ),
        (EndpointType::DualStack, "cn-hangzhou.oss.aliyuncs.com"),
    ] {
        let rig = Rig::new();
        let host = format!("{BUCKET}.{host}");
        let front = TlsFront::for_names(&rig.dir, rig.server.port(), &[&host]);
        let proxy = names(front.address);
        let mut config = Config::new(Address {
            region: Some("cn-hangzhou"),
            endpoint_type: kind,
            ..Address::default()
        })
        .unwrap();
        config.network.certificates.data = Some(front.ca_pem.clone().into_bytes());
        arrives(&rig, &client(config, Some(&proxy)), &host, false);
        let log = proxy.log();
        assert!(!log.is_empty());
        for entry in log {
            assert_eq!(entry.kind, ProxyKind::Connect);
            assert_eq!(entry.target, format!("{host}:443"));
        }
    }
}

#[test]
fn both_spellings_of_a_region_sign_the_same() {
    for region in ["cn-hangzhou", "oss-cn-hangzhou"] {
        let address = Address {
            endpoint: Some("http://oss-cn-hangzhou.aliyuncs.com"),
            region: Some(region),
            ..Address::default()
        };
        let host = "bucket.oss-cn-hangzhou.aliyuncs.com";
        arrives_by_name(address, Options::default(), host, false);
    }
}

#[test]
fn the_region_is_taken_from_the_endpoint_where_its_name_tells_it() {
    for (endpoint, host) in [
        (
            "http://oss-cn-beijing.aliyuncs.com",
            "oss-cn-beijing.aliyuncs.com",
        ),
        (
            "HTTP://OSS-cn-beijing-internal.aliyuncs.com/",
            "oss-cn-beijing-internal.aliyuncs.com",
        ),
        (
            "http://cn-beijing.oss.aliyuncs.com:80",
            "cn-beijing.oss.aliyuncs.com",
        ),
    ] {
        let address = Address {
            endpoint: Some(endpoint),
            ..Address::default()
        };
        // Signatures for another region are refused.
        let options = Options {
            region: "cn-beijing".into(),
            ..Options::default()
        };
        arrives_by_name(address, options, &format!("{BUCKET}.{host}"), false);
    }
}

#[test]
fn signature_v1_needs_no_region() {
    let address = Address {
        endpoint: Some("http://oss-accelerate.aliyuncs.com"),
        signature_version: 1,
        ..Address::default()
    };
    let host = "bucket.oss-accelerate.aliyuncs.com";
    arrives_by_name(address, Options::default(), host, false);
}

#[test]
fn a_domain_of_the_buckets_own_is_sent_without_the_bucket() {
    let address = Address {
        endpoint: Some("http://files.example.com"),
        region: Some("cn-hangzhou"),
        is_cname: true,
        ..Address::default()
    };
    let options = Options {
        cnames: BTreeMap::from([("files.example.com".to_owned(), BUCKET.to_owned())]),
        ..Options::default()
    };
    arrives_by_name(address, options, "files.example.com", false);
}

#[test]
fn path_style_puts_the_bucket_into_the_path() {
    let address = Address {
        endpoint: Some("http://oss-cn-hangzhou.aliyuncs.com"),
        is_path_style: true,
        ..Address::default()
    };
    let host = "oss-cn-hangzhou.aliyuncs.com";
    arrives_by_name(address, Options::default(), host, true);
}

#[test]
fn an_ipv4_address_is_path_style_with_its_port() {
    let rig = Rig::new();
    let url = rig.server.url();
    let client = client(config(&url), None);
    arrives(
        &rig,
        &client,
        &format!("127.0.0.1:{}", rig.server.port()),
        true,
    );
}

/// Hands connections on to the server, which listens on IPv4 alone.
fn relay(listener: TcpListener, to: SocketAddr) {
    thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(to)) else {
                return;
            };
            for (mut from, mut into) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server, client),
            ] {
                thread::spawn(move || {
                    let _ = io::copy(&mut from, &mut into);
                    let _ = into.shutdown(std::net::Shutdown::Write);
                });
            }
        }
    });
}

#[test]
fn an_ipv6_address_is_path_style_with_its_port() {
    let listener = match TcpListener::bind("[::1]:0") {
        Ok(listener) => listener,
        Err(error) => return support::skipped(&format!("IPv6: {error}"), "give lo an address"),
    };
    let rig = Rig::new();
    let port = listener.local_addr().unwrap().port();
    relay(listener, server_address(&rig));
    let client = client(config(&format!("http://[::1]:{port}")), None);
    arrives(&rig, &client, &format!("[::1]:{port}"), true);
}
