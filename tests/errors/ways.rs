//! What goes wrong on the way to OSS: hosts that are silent, proxies, certificates, endless replies.

use std::ptr;

use oss_resumable::ffi::types::oss_resumable_config_t;
use oss_test_server::{Action, HttpProxy, ProxyOptions};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};

use super::capi::*;
use super::front::TlsFront;
use super::*;

fn with(rig: &Rig, url: &str, set: impl FnOnce(&mut oss_resumable_config_t)) -> Ended {
    let client = CClient::with(url, |config| {
        config.max_retries = 2;
        set(config);
    });
    uploads(&client.unwrap(), rig)
}

/// Through this proxy, to a server behind TLS.
fn proxied(rig: &Rig, proxy: &str) -> Ended {
    let (front, proxy) = (
        TlsFront::start(&rig.dir, rig.server.port(), |_| {}),
        c(proxy),
    );
    with(rig, &format!("https://{}", front.authority()), |config| {
        config.is_path_style = 1;
        config.proxy = proxy.as_ptr();
    })
}

/// By a server with such a certificate, whose authority is known or not.
fn certified(rig: &Rig, known: bool, change: fn(&mut CertificateParams)) -> Ended {
    let front = TlsFront::start(&rig.dir, rig.server.port(), change);
    let authority = c_path(&front.ca_file);
    with(rig, &format!("https://{}", front.authority()), |config| {
        config.is_path_style = 1;
        config.ca_file = if known {
            authority.as_ptr()
        } else {
            ptr::null()
        };
    })
}

pub fn hosts() -> Vec<Situation> {
    let network = expect(OSS_RESUMABLE_E_NETWORK);
    let trying = network.at("initiate", 3).retryable();
    let given_up = network.at("initiate", 1);
    let silent = trying.reason("connect_timeout");
    let elsewhere = trying.reason("connect").errno(libc::EADDRNOTAVAIL);
    vec![
        situation(
            "a host that does not answer",
            silent,
            &["127.0.0.1", "in time"],
            |rig| {
                let hole = super::hole::BlackHole::new();
                with(rig, &hole.url(), |config| config.connect_timeout_ms = 300)
            },
        ),
        situation(
            "a source address of another machine",
            elsewhere,
            &["127.0.0.1"],
            |rig| {
                let address = c("192.0.2.1");
                with(rig, &rig.server.url(), |config| {
                    config.source_address = address.as_ptr();
                })
            },
        ),
        situation(
            "a server without TLS",
            trying.reason("tls"),
            &["127.0.0.1"],
            |rig| with(rig, &rig.server.url().replace("http:", "https:"), |_| {}),
        ),
        situation(
            "a reply without an end",
            given_up.reason("oversized_reply"),
            &["127.0.0.1", "too large"],
            |rig| {
                under(
                    rig,
                    Rule::on(Op::InitiateMultipartUpload).then(Action::EndlessReply),
                )
            },
        ),
    ]
}

pub fn proxies() -> Vec<Situation> {
    let network = expect(OSS_RESUMABLE_E_NETWORK);
    let trying = network.at("initiate", 3).retryable();
    let absent = trying.reason("proxy_unreachable");
    let unknown = network.at("initiate", 1).reason("proxy_authentication");
    vec![
        situation(
            "a proxy that is not there",
            absent.errno(libc::ECONNREFUSED),
            &["proxy"],
            |rig| proxied(rig, &nobody()),
        ),
        situation(
            "a proxy that wants an account",
            unknown,
            &["proxy_user", "proxy_password"],
            |rig| {
                let account = ("me".to_owned(), "CANARY".to_owned());
                let proxy = HttpProxy::start(ProxyOptions {
                    user_password: Some(account),
                    ..ProxyOptions::default()
                });
                proxied(rig, &proxy.url())
            },
        ),
        situation(
            "a proxy that does not connect",
            trying.reason("proxy_refused"),
            &["proxy"],
            |rig| {
                let proxy = HttpProxy::start(ProxyOptions::default());
                proxy.refuse_with(403);
                proxied(rig, &proxy.url())
            },
        ),
    ]
}

pub fn certificates() -> Vec<Situation> {
    let refused = expect(OSS_RESUMABLE_E_NETWORK).at("initiate", 1);
    vec![
        situation(
            "a certificate of last year",
            refused.reason("certificate_expired"),
            &["localhost", "certificate"],
            |rig| {
                certified(rig, true, |params| {
                    params.not_before = rcgen::date_time_ymd(2019, 1, 1);
                    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
                })
            },
        ),
        situation(
            "a certificate for another host",
            refused.reason("certificate_wrong_host"),
            &["localhost", "certificate"],
            |rig| {
                certified(rig, true, |params| {
                    *params = CertificateParams::new(vec!["example.com".into()]).unwrap();
                })
            },
        ),
        situation(
            "a certificate of an unknown authority",
            refused.reason("certificate_unknown_ca"),
            &["localhost", "certificate"],
            |rig| certified(rig, false, |_| {}),
        ),
        situation(
            "a certificate that is good for clients only",
            refused.reason("certificate"),
            &["localhost", "certificate"],
            |rig| {
                certified(rig, true, |params| {
                    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                })
            },
        ),
    ]
}
