//! When a proxy is not used: exceptions, and an environment that nobody asked for.

#[path = "support/cclient.rs"]
mod cclient;
#[path = "support/engine.rs"]
mod engine;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cclient::CClient;
use engine::*;
use oss_resumable::client::Client;
use oss_resumable::config::network::{ProxyConfig, check_no_proxy};
use oss_resumable::config::{Address, Config};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Reason;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, HttpProxy, ProxyOptions};

fn path_style(endpoint: &str) -> Config {
    Config::new(Address {
        endpoint: Some(endpoint),
        region: Some("cn-hangzhou"),
        is_path_style: true,
        ..Address::default()
    })
    .unwrap()
}

/// A client that tries for a second, with `no_proxy` besides the proxy.
fn client_except(mut config: Config, proxy: &str, exceptions: &str) -> Arc<Client> {
    check_no_proxy(exceptions).unwrap();
    let mut given = ProxyConfig::parse("proxy", proxy).unwrap();
    given.no_proxy = Some(exceptions.to_owned());
    config.network.proxy = Some(given);
    config.limits = limits();
    config.limits.retry_timeout = Duration::from_secs(1);
    let credentials = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

#[test]
fn hosts_of_the_list_are_reached_directly_and_others_are_not() {
    let rig = Rig::new();
    let proxy = HttpProxy::start(ProxyOptions::default());
    let file = rig.file("file", 3 * PART);
    let address = rig.server.url();
    let name = format!("http://localhost:{}", rig.server.port());
    for (endpoint, exceptions, direct) in [
        (&address, "127.0.0.1", true),
        (&address, "10.0.0.0/8,127.0.0.0/8", true),
        (&address, "*", true),
        (&address, "10.0.0.1 127.0.0.1", true),
        (&address, "::1, 127.0.0.1/32", true),
        (&address, "127.0.0.2,127.1.0.0/16,localhost", false),
        (&address, "", false),
        (&name, "localhost", true),
        (&name, ".localhost", true),
        (&name, "LocalHost", true),
        (&name, "example.com localhost", true),
        (&name, "host,notlocalhost,local,127.0.0.0/8", false),
    ] {
        rig.server.delete_object(BUCKET, KEY);
        let before = proxy.connections();
        let client = client_except(path_style(endpoint), &proxy.url(), exceptions);
        assert_ok(&run(&client, request(&file)));
        rig.assert_stored(&file);
        let used = proxy.connections() > before;
        assert_eq!(used, !direct, "{endpoint} except {exceptions:?}");
    }
}

#[test]
fn a_name_of_the_list_stands_for_its_subdomains() {
    let rig = Rig::new();
    let server = SocketAddr::from(([127, 0, 0, 1], rig.server.port()));
    // Only the proxy can find the bucket's host, so what goes directly ends in the name resolution.
    let proxy = HttpProxy::start(ProxyOptions {
        hosts: BTreeMap::from([("*.oss.invalid".to_owned(), server)]),
        ..ProxyOptions::default()
    });
    let file = rig.file("file", 3 * PART);
    for (exceptions, direct) in [
        ("oss.invalid", true),
        (".oss.invalid", true),
        ("*.oss.invalid", true),
        ("invalid", true),
        ("a.b *.oss.invalid", true),
        ("bucket.oss.invalid", true),
        ("s.invalid,ss.invalid,other.oss.invalid", false),
    ] {
        rig.server.delete_object(BUCKET, KEY);
        let before = proxy.log().len();
        let client = client_except(config("http://oss.invalid"), &proxy.url(), exceptions);
        let report = run(&client, request(&file));
        if direct {
            // Not the proxy's fault, of which nothing was wanted.
            assert_reason(&report, Reason::Dns);
            assert_eq!(proxy.log().len(), before, "{exceptions}");
        } else {
            assert_ok(&report);
            rig.assert_stored(&file);
            assert!(proxy.log().len() > before, "{exceptions}");
        }
    }
}

#[test]
fn what_fails_on_the_direct_way_is_not_blamed_on_the_proxy() {
    let rig = Rig::new();
    let file = rig.file("file", 3 * PART);
    let nowhere = format!("http://127.0.0.1:{}", closed_port());
    let client = client_except(
        config(&nowhere),
        "http://no-such-proxy.invalid",
        "127.0.0.1",
    );
    let report = run(&client, request(&file));
    assert_reason(&report, Reason::ConnectionRefused);
    let error = report.outcome.as_ref().unwrap_err();
    #[cfg(unix)]
    assert_eq!(error.os_errno.map(i32::from), Some(libc::ECONNREFUSED));
    assert!(!error.message.contains("proxy"), "{error}");
}

#[test]
fn a_proxy_that_the_environment_names_is_used_with_its_exceptions() {
    let rig = Rig::new();
    let proxy = HttpProxy::start(ProxyOptions {
        user_password: Some(("me".into(), "CANARY pass".into())),
        ..ProxyOptions::default()
    });
    let url = proxy.url().replace("//", "//me:CANARY%20pass@");
    let dead = format!("http://127.0.0.1:{}", closed_port());
    let file = rig.file("file", 3 * PART);
    for (exceptions, direct) in [("example.com", false), ("127.0.0.0/8", true)] {
        let variables = |name: &str| match name {
            "http_proxy" => Some(url.clone()),
            "https_proxy" | "all_proxy" | "HTTP_PROXY" => Some(dead.clone()),
            "no_proxy" => Some(exceptions.to_owned()),
            _ => None,
        };
        let mut config = config(&rig.server.url());
        config.network.proxy = ProxyConfig::from_environment(false, &variables).unwrap();
        rig.server.delete_object(BUCKET, KEY);
        let before = proxy.log().len();
        assert_ok(&run(&client_from(config), request(&file)));
        rig.assert_stored(&file);
        assert_eq!(proxy.log().len() == before, direct, "{exceptions}");
    }
    assert!(proxy.log().iter().all(|entry| entry.authorized));
}

const CHILD: &str = "OSS_RESUMABLE_TEST_CHILD";

/// As a process of its own, because variables belong to the whole process: one upload by the C API,
/// whose config looks at the environment or does not.
#[test]
fn the_environment_is_only_looked_at_when_the_config_says_so() {
    if let Ok(told) = std::env::var(CHILD) {
        let (from_environment, url) = told.split_once(' ').unwrap();
        return upload_by_c(url, from_environment.parse().unwrap());
    }
    let rig = Rig::new();
    let proxy = HttpProxy::start(ProxyOptions::default());
    let file = rig.file("file", 3 * PART);
    let dead = format!("http://127.0.0.1:{}", closed_port());
    for (from_environment, http_proxy) in [(0, &dead), (1, &proxy.url())] {
        rig.server.delete_object(BUCKET, KEY);
        let this = "the_environment_is_only_looked_at_when_the_config_says_so";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this, "--nocapture"])
            .env(CHILD, format!("{from_environment} {}", rig.server.url()))
            .env("OSS_RESUMABLE_TEST_FILE", &file)
            .env("http_proxy", http_proxy)
            .env("HTTP_PROXY", &dead)
            .env("https_proxy", &dead)
            .env("HTTPS_PROXY", &dead)
            .env("all_proxy", &dead)
            .env("ALL_PROXY", &dead)
            .env("no_proxy", "example.com") // goes before the one in capitals
            .env("NO_PROXY", "*")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("1 passed"), "{said}");
        rig.assert_stored(&file);
        assert_eq!(proxy.connections() > 0, from_environment == 1);
    }
}

fn upload_by_c(url: &str, from_environment: i32) {
    let file = std::env::var_os("OSS_RESUMABLE_TEST_FILE").unwrap();
    let client = CClient::new(url, |config| {
        config.retry_timeout_ms = 2000;
        config.proxy_from_environment = from_environment;
    });
    let result = client
        .unwrap_or_else(|refused| panic!("{refused:?}"))
        .upload(file.as_ref());
    assert_eq!(result.code, 0, "{result:?}");
}
