//! HTTPS: an own CA, and certificates that must be refused before a byte of HTTP is sent.

#[path = "support/engine.rs"]
mod engine;
#[path = "support/front.rs"]
mod front;

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::*;
use front::TlsFront;
use oss_resumable::client::Client;
use oss_resumable::config::network::ExtraCertificates;
use oss_resumable::config::{Address, Config};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::{Code, Reason};
use rcgen::CertificateParams;

fn front(rig: &Rig, change: impl FnOnce(&mut CertificateParams)) -> TlsFront {
    TlsFront::start(&rig.dir, rig.server.port(), change)
}

fn tls_config(front: &TlsFront, certificates: ExtraCertificates) -> Config {
    // Without a scheme: HTTPS.
    let mut config = Config::new(Address {
        endpoint: Some(&front.authority()),
        region: Some("cn-hangzhou"),
        is_path_style: true,
        ..Address::default()
    })
    .unwrap();
    config.network.certificates = certificates;
    config
}

fn by_file(front: &TlsFront) -> ExtraCertificates {
    ExtraCertificates {
        file: Some(front.ca_file.clone()),
        data: None,
    }
}

fn by_bytes(front: &TlsFront) -> ExtraCertificates {
    ExtraCertificates {
        file: None,
        data: Some(front.ca_pem.clone().into_bytes()),
    }
}

fn tls_client(front: &TlsFront, certificates: ExtraCertificates) -> Arc<Client> {
    client_from(tls_config(front, certificates))
}

#[test]
fn an_upload_over_https_with_an_own_ca_arrives() {
    let rig = Rig::new();
    let front = front(&rig, |_| {});
    let file = rig.file("file", 20 * PART + 3);
    for certificates in [by_file(&front), by_bytes(&front)] {
        rig.server.delete_object(BUCKET, KEY);
        assert_ok(&run(&tls_client(&front, certificates), request(&file)));
        rig.assert_stored(&file);
    }
}

#[test]
fn a_ca_by_file_and_one_by_bytes_are_both_trusted() {
    let rig = Rig::new();
    let (one, other) = (front(&rig, |_| {}), front(&rig, |_| {}));
    assert_ne!(one.ca_pem, other.ca_pem);
    let both = ExtraCertificates {
        file: Some(one.ca_file.clone()),
        data: Some(other.ca_pem.clone().into_bytes()),
    };
    let file = rig.file("file", 3 * PART);
    for front in [&one, &other] {
        rig.server.delete_object(BUCKET, KEY);
        assert_ok(&run(&tls_client(front, both.clone()), request(&file)));
        rig.assert_stored(&file);
    }
    let report = run(&tls_client(&one, by_bytes(&other)), request(&file));
    assert_reason(&report, Reason::CertificateUnknownCa);
}

#[test]
fn several_certificates_in_one_text_are_all_trusted() {
    let rig = Rig::new();
    let (one, other) = (front(&rig, |_| {}), front(&rig, |_| {}));
    let both = ExtraCertificates {
        file: None,
        data: Some(format!("a comment\n{}\n{}", one.ca_pem, other.ca_pem).into_bytes()),
    };
    let file = rig.file("file", 3 * PART);
    for front in [&one, &other] {
        assert_ok(&run(&tls_client(front, both.clone()), request(&file)));
        rig.assert_stored(&file);
    }
}

#[test]
fn certificates_that_prove_nothing_are_refused_at_once_and_before_any_request() {
    type Change = fn(&mut CertificateParams);
    let cases: [(Reason, bool, Change); 3] = [
        (Reason::CertificateUnknownCa, false, |_| {}),
        (Reason::CertificateWrongHost, true, |params| {
            *params = CertificateParams::new(vec!["example.com".into()]).unwrap();
        }),
        (Reason::CertificateExpired, true, |params| {
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }),
    ];
    for (reason, with_ca, change) in cases {
        let rig = Rig::new();
        let front = front(&rig, change);
        let certificates = match with_ca {
            true => by_file(&front),
            false => ExtraCertificates::default(),
        };
        let file = rig.file("file", 3 * PART);
        let started = Instant::now();
        let report = run(&tls_client(&front, certificates), request(&file));
        assert!(
            started.elapsed() < limits().retry_timeout,
            "{reason:?}: {report:?}"
        );
        assert_reason(&report, reason);
        let error = report.outcome.as_ref().unwrap_err();
        assert!(error.message.contains("certificate"), "{}", error.message);
        assert!(!error.retryable, "{error:?}");
        assert_eq!(error.attempts, 1, "{error:?}");
        assert_eq!(rig.server.log().len(), 0, "{reason:?}");
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_named_as_such() {
    let rig = Rig::new();
    let mut config = Config::new(Address {
        endpoint: Some(&format!("https://127.0.0.1:{}", rig.server.port())),
        region: Some("cn-hangzhou"),
        ..Address::default()
    })
    .unwrap();
    config.limits = limits();
    config.limits.retry_timeout = Duration::from_millis(500);
    let credentials = Credentials::new("id", "secret", None).unwrap();
    let client = Arc::new(Client::new(config, credentials).unwrap());
    let file = rig.file("file", 3 * PART);
    assert_reason(&run(&client, request(&file)), Reason::Tls);
    assert_eq!(rig.server.log().len(), 0);
}

fn refused(certificates: ExtraCertificates) -> String {
    let mut config = config("localhost");
    config.network.certificates = certificates;
    let credentials = Credentials::new("id", "secret", None).unwrap();
    let error = Client::new(config, credentials).err().unwrap();
    assert_eq!(error.code, Code::InvalidArgument);
    error.message
}

#[test]
fn a_ca_file_that_cannot_be_used_is_refused_when_the_client_is_made() {
    let rig = Rig::new();
    let empty = rig.file("empty.pem", 0);
    for path in [rig.path("missing.pem"), empty] {
        let message = refused(ExtraCertificates {
            file: Some(path),
            data: None,
        });
        assert!(message.starts_with("ca_file: "), "{message}");
    }
}

#[test]
fn ca_data_that_cannot_be_used_is_refused_by_its_name_and_is_not_repeated() {
    let broken = "-----BEGIN CERTIFICATE-----\nQ0FOQVJZ\n-----END CERTIFICATE-----\n";
    for data in [
        "CANARY, no certificate at all",
        "-----BEGIN CERTIFICATE-----\nCANARY!!\n-----END CERTIFICATE-----\n",
        broken,
    ] {
        let message = refused(ExtraCertificates {
            file: None,
            data: Some(data.as_bytes().to_vec()),
        });
        assert!(message.starts_with("ca_data: "), "{message}");
        assert_no_secret(&message);
    }
}
