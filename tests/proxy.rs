//! HTTP and SOCKS5 proxies: which way requests take, proven by the logs of proxy and server.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/front.rs"]
mod front;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::*;
use front::TlsFront;
use oss_resumable::client::Client;
use oss_resumable::config::network::{ExtraCertificates, ProxyConfig};
use oss_resumable::config::{Address, Config};
use oss_resumable::error::Reason;
use oss_test_server::{
    Action, HttpProxy, Op, ProxyEntry, ProxyKind, ProxyOptions, Rule, Socks5Proxy,
};

const USER: &str = "me@corp";
/// What an address cannot hold as it is, and what looks as if it were percent-encoded.
const PASSWORD: &str = "CANARY p@ss:w/%41\u{e9}?#";
const ENCODED: &str = "me%40corp:CANARY%20p%40ss%3Aw%2F%2541%C3%A9%3F%23";

fn account() -> ProxyOptions {
    ProxyOptions {
        user_password: Some((USER.into(), PASSWORD.into())),
        ..ProxyOptions::default()
    }
}

fn parse(url: &str) -> ProxyConfig {
    ProxyConfig::parse("proxy", url).unwrap()
}

/// The address with an account in it, and the address with the account beside it.
fn both_forms(url: &str) -> [ProxyConfig; 2] {
    [
        parse(&url.replace("://", &format!("://{ENCODED}@"))),
        parse(url).with_account(Some(USER), Some(PASSWORD)).unwrap(),
    ]
}

fn path_style(endpoint: &str) -> Config {
    Config::new(Address {
        endpoint: Some(endpoint),
        region: Some("cn-hangzhou"),
        is_path_style: true,
        ..Address::default()
    })
    .unwrap()
}

fn through(mut config: Config, proxy: ProxyConfig) -> Arc<Client> {
    config.network.proxy = Some(proxy);
    client_from(config)
}

/// Tries for a second only: for what will not get better.
fn briefly(mut config: Config, proxy: ProxyConfig) -> Arc<Client> {
    use oss_resumable::credentials::Credentials;
    use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};
    config.network.proxy = Some(proxy);
    config.limits = limits();
    config.limits.retry_timeout = Duration::from_secs(1);
    let credentials = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

fn https(front: &TlsFront) -> Config {
    let mut config = path_style(&format!("https://{}", front.authority()));
    config.network.certificates = ExtraCertificates {
        file: None,
        data: Some(front.ca_pem.clone().into_bytes()),
    };
    config
}

#[track_caller]
fn assert_all(log: &[ProxyEntry], kind: ProxyKind, target: &str) {
    assert!(!log.is_empty());
    for entry in log {
        assert_eq!(entry.kind, kind, "{entry:?}");
        assert!(entry.target.starts_with(target), "{entry:?}");
        assert!(entry.authorized, "{entry:?}");
    }
}

/// The proxy's password is for the proxy alone.
#[track_caller]
fn assert_not_told_to_the_server(rig: &Rig) {
    for entry in rig.server.log() {
        assert_eq!(entry.header("proxy-authorization"), None);
        assert_no_secret(&format!("{:?}", entry.query));
    }
}

#[test]
fn plain_requests_reach_an_http_proxy_in_the_absolute_form() {
    let rig = Rig::new();
    let proxy = HttpProxy::start(ProxyOptions::default());
    let file = rig.file("file", 10 * PART + 3);
    let client = through(config(&rig.server.url()), parse(&proxy.url()));
    assert_ok(&run(&client, request(&file)));
    rig.assert_stored(&file);
    let log = proxy.log();
    let target = format!("{}/{BUCKET}/{KEY}", rig.server.url());
    assert_all(&log, ProxyKind::Forward, &target);
    assert_eq!(log.len(), rig.server.log().len());
    let sent: u64 = log.iter().map(|entry| entry.bytes_up).sum();
    assert!(sent >= 10 * PART + 3, "{sent}");
}

#[test]
fn https_goes_through_tunnels_that_are_used_again() {
    let rig = Rig::new();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let proxy = HttpProxy::start(ProxyOptions::default());
    let file = rig.file("file", 20 * PART + 3);
    let client = through(https(&front), parse(&proxy.url()));
    assert_ok(&run(&client, request(&file)));
    rig.assert_stored(&file);
    let log = proxy.log();
    assert_all(&log, ProxyKind::Connect, &front.authority());
    // One for each part in flight would do, but one that comes free a moment too late is one more.
    let requests = rig.server.log().len();
    assert!(requests >= 23);
    assert!(log.len() <= 8, "{} for {requests} requests", log.len());
}

#[test]
fn an_https_proxy_is_spoken_to_over_tls() {
    let rig = Rig::new();
    let proxy = HttpProxy::start(account());
    let front = TlsFront::start(&rig.dir, proxy.port(), |_| {});
    let file = rig.file("file", 5 * PART);
    let mut config = config(&rig.server.url());
    config.network.certificates.file = Some(front.ca_file.clone());
    for given in both_forms(&format!("https://{}", front.authority())) {
        rig.server.delete_object(BUCKET, KEY);
        assert_ok(&run(&through(config.clone(), given), request(&file)));
        rig.assert_stored(&file);
    }
    assert_all(&proxy.log(), ProxyKind::Forward, &rig.server.url());
    // Whose certificate is not known is told no password.
    config.network.certificates.file = None;
    let [given, _] = both_forms(&format!("https://{}", front.authority()));
    let connections = proxy.connections();
    let report = run(&through(config, given), request(&file));
    assert_reason(&report, Reason::CertificateUnknownCa);
    assert_eq!(proxy.connections(), connections);
}

#[test]
fn an_http_proxy_gets_its_account_however_it_is_given() {
    let rig = Rig::new();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let file = rig.file("file", 5 * PART);
    let plain = (config(&rig.server.url()), ProxyKind::Forward);
    let secure = (https(&front), ProxyKind::Connect);
    for (config, kind) in [plain, secure] {
        for given in [0, 1] {
            let proxy = HttpProxy::start(account());
            let given = both_forms(&proxy.url())[given].clone();
            rig.server.delete_object(BUCKET, KEY);
            assert_ok(&run(&through(config.clone(), given), request(&file)));
            rig.assert_stored(&file);
            assert_all(&proxy.log(), kind, "");
        }
    }
    assert_not_told_to_the_server(&rig);
}

#[test]
fn a_socks_proxy_gets_its_account_however_it_is_given() {
    let rig = Rig::new();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let file = rig.file("file", 5 * PART);
    for config in [config(&rig.server.url()), https(&front)] {
        for given in [0, 1] {
            let proxy = Socks5Proxy::start(account());
            let given = both_forms(&proxy.url())[given].clone();
            rig.server.delete_object(BUCKET, KEY);
            assert_ok(&run(&through(config.clone(), given), request(&file)));
            rig.assert_stored(&file);
            assert_all(&proxy.log(), ProxyKind::Connect, "");
        }
    }
    assert_not_told_to_the_server(&rig);
}

#[test]
fn a_proxy_that_wants_another_account_fails_the_upload_at_once_and_quietly() {
    let rig = Rig::new();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let file = rig.file("file", 5 * PART);
    let (http, socks) = (HttpProxy::start(account()), Socks5Proxy::start(account()));
    for url in [http.url(), socks.url()] {
        let none = parse(&url);
        let wrong = none.clone().with_account(Some("me"), Some("CANARY-wrong"));
        for given in [none, wrong.unwrap()] {
            assert_no_secret(&format!("{given:?}"));
            for config in [config(&rig.server.url()), https(&front)] {
                let started = Instant::now();
                let client = through(config, given.clone());
                let report = run(&client, request(&file));
                assert!(started.elapsed() < limits().retry_timeout, "{report:?}");
                assert_reason(&report, Reason::ProxyAuthentication);
                let error = report.outcome.as_ref().unwrap_err();
                assert_eq!(error.attempts, 1, "{error:?}");
                assert!(!error.retryable, "{error:?}");
                assert!(error.message.contains("proxy_password"), "{error}");
                // `run` has looked for the password in the report.
                assert_no_secret(&format!("{:?}", client.config));
            }
        }
    }
    for entry in http.log().iter().chain(&socks.log()) {
        assert!(!entry.authorized, "{entry:?}");
    }
    let (http, socks) = (http.log(), socks.log());
    assert!(http.len() == 4 && socks.len() == 4, "{http:?} {socks:?}");
    assert_eq!(rig.server.log().len(), 0);
}

#[test]
fn a_proxy_that_does_not_want_to_connect_has_refused() {
    let rig = Rig::new();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let file = rig.file("file", 5 * PART);
    for status in [403, 502] {
        let proxy = HttpProxy::start(ProxyOptions::default());
        proxy.refuse_with(status);
        let client = briefly(https(&front), parse(&proxy.url()));
        let report = run(&client, request(&file));
        assert_reason(&report, Reason::ProxyRefused);
        let error = report.outcome.as_ref().unwrap_err();
        // What is in the proxy's way may go away.
        assert!(error.retryable && error.attempts > 1, "{error:?}");
        assert_eq!(proxy.log().len(), error.attempts as usize);
    }
    for code in [1, 2, 4, 5] {
        let proxy = Socks5Proxy::start(ProxyOptions::default());
        proxy.refuse_with(code);
        let client = briefly(config(&rig.server.url()), parse(&proxy.url()));
        assert_reason(&run(&client, request(&file)), Reason::ProxyRefused);
        assert!(!proxy.log().is_empty());
    }
    assert_eq!(rig.server.log().len(), 0);
}

#[test]
fn a_proxy_that_is_not_there_is_unreachable_and_not_the_server() {
    let rig = Rig::new();
    let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
    let file = rig.file("file", 5 * PART);
    for scheme in ["http", "https", "socks5", "socks5h"] {
        for host in [
            format!("127.0.0.1:{}", closed_port()),
            "no-such-proxy.invalid".to_owned(),
        ] {
            for config in [config(&rig.server.url()), https(&front)] {
                let client = briefly(config, parse(&format!("{scheme}://{host}")));
                let report = run(&client, request(&file));
                assert_reason(&report, Reason::ProxyUnreachable);
            }
        }
    }
    assert_eq!(rig.server.log().len(), 0);
}

/// Goes wrong in mid-upload, for as long as it takes to be noticed, and is well again.
#[track_caller]
fn survives(rig: &Rig, mut config: Config, proxy: &str, harm: impl Fn(), heal: impl Fn()) {
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 20 }));
    // So that most of it is still to come when it goes wrong.
    let late = Rule::on(Op::UploadPart).skip(10);
    rig.server.rule(late.then(Action::Delay { ms: 300 }));
    // Tunnels have to be made again now and then.
    rig.server.rule(
        Rule::on(Op::UploadPart)
            .every(5)
            .then(Action::CloseConnection),
    );
    let file = rig.file("file", 40 * PART);
    config.network.proxy = Some(parse(proxy));
    config.limits = impatient();
    let client = client_as_configured(config);
    let upload = oss_resumable::upload::Upload::start(&client, request(&file)).unwrap();
    eventually("some parts are sent", || {
        rig.server.requests(Op::UploadPart) >= 10
    });
    harm();
    eventually("a request suffers from it", || {
        upload.progress().unwrap().retries >= 1
    });
    std::thread::sleep(Duration::from_millis(300));
    heal();
    let report = wait(&upload);
    assert_ok(&report);
    assert!(report.retries >= 1, "{report:?}");
    rig.assert_stored(&file);
    assert_eq!(rig.server.object(BUCKET, KEY).unwrap().versions, 1);
    // Parts that had arrived were not sent again.
    let again = rig.server.requests(Op::UploadPart) - 40;
    assert!(again <= report.retries as usize, "{again} {report:?}");
}

#[test]
fn a_proxy_that_breaks_or_stalls_and_recovers_costs_only_time() {
    type Harm = fn(&HttpProxy);
    let harms: [Harm; 3] = [HttpProxy::reset, HttpProxy::stall, |p| p.refuse_with(502)];
    for harm in harms {
        for with_tls in [false, true] {
            let rig = Rig::new();
            let front = TlsFront::start(&rig.dir, rig.server.port(), |_| {});
            let proxy = HttpProxy::start(ProxyOptions::default());
            let config = match with_tls {
                true => https(&front),
                false => config(&rig.server.url()),
            };
            let heal = || proxy.heal();
            survives(&rig, config, &proxy.url(), || harm(&proxy), heal);
        }
    }
}

#[test]
fn a_socks_proxy_that_breaks_or_stalls_and_recovers_costs_only_time() {
    type Harm = fn(&Socks5Proxy);
    let harms: [Harm; 3] = [Socks5Proxy::reset, Socks5Proxy::stall, |p| p.refuse_with(1)];
    for harm in harms {
        let rig = Rig::new();
        let proxy = Socks5Proxy::start(ProxyOptions::default());
        let config = config(&rig.server.url());
        let heal = || proxy.heal();
        survives(&rig, config, &proxy.url(), || harm(&proxy), heal);
    }
}

fn known_to_the_proxy(rig: &Rig) -> ProxyOptions {
    let address = SocketAddr::from(([127, 0, 0, 1], rig.server.port()));
    ProxyOptions {
        hosts: BTreeMap::from([("*.made-up.test".to_owned(), address)]),
        ..ProxyOptions::default()
    }
}

#[test]
fn names_are_resolved_by_http_and_socks5h_proxies_and_here_for_socks5() {
    let rig = Rig::new();
    let (http, socks) = (
        HttpProxy::start(known_to_the_proxy(&rig)),
        Socks5Proxy::start(known_to_the_proxy(&rig)),
    );
    let file = rig.file("file", 5 * PART);
    let by_proxy = socks.url().replace("socks5:", "socks5h:");
    let made_up = "http://oss.made-up.test";
    for url in [http.url(), by_proxy.clone()] {
        rig.server.delete_object(BUCKET, KEY);
        let client = through(config(made_up), parse(&url));
        assert_ok(&run(&client, request(&file)));
        rig.assert_stored(&file);
    }
    let name = format!("{BUCKET}.oss.made-up.test");
    let forwarded = format!("http://{name}/{KEY}");
    assert_all(&http.log(), ProxyKind::Forward, &forwarded);
    assert_all(&socks.log(), ProxyKind::Connect, &format!("{name}:80"));

    let asked = socks.log().len();
    let client = briefly(config(made_up), parse(&socks.url()));
    assert_reason(&run(&client, request(&file)), Reason::Dns);
    assert_eq!(socks.log().len(), asked);
    let local = format!("http://localhost:{}", rig.server.port());
    for (url, target) in [(socks.url(), "127.0.0.1:"), (by_proxy, "localhost:")] {
        let asked = socks.log().len();
        let client = through(path_style(&local), parse(&url));
        assert_ok(&run(&client, request(&file)));
        let log = &socks.log()[asked..];
        let is_local = |entry: &ProxyEntry| {
            entry.target.starts_with(target) || entry.target.starts_with("[::1]:")
        };
        assert!(log.iter().all(is_local), "{log:?}");
    }
}
