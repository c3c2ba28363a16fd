//! HTTPS: an own CA, and certificates that must be refused before a byte of HTTP is sent.

#[path = "support/engine.rs"]
mod engine;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::*;
use oss_resumable::client::Client;
use oss_resumable::config::{Address, Config};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::Code;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Terminates TLS in front of the test server.
struct TlsFront {
    address: SocketAddr,
    ca_file: PathBuf,
    _runtime: tokio::runtime::Runtime,
}

fn front(rig: &Rig, change: impl FnOnce(&mut CertificateParams)) -> TlsFront {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let ca_file = rig.path("ca.pem");
    std::fs::write(&ca_file, ca.pem()).unwrap();

    let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    let provider = tokio_rustls::rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();

    let acceptor = TlsAcceptor::from(Arc::new(config));
    let upstream = rig.server.port();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_io()
        .build()
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(stream).await else {
                    return;
                };
                let mut server = tokio::net::TcpStream::connect(("127.0.0.1", upstream))
                    .await
                    .unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    TlsFront {
        address,
        ca_file,
        _runtime: runtime,
    }
}

fn tls_client(front: &TlsFront, with_ca: bool) -> Arc<Client> {
    // Without a scheme: HTTPS.
    let endpoint = format!("localhost:{}", front.address.port());
    let mut config = Config::new(Address {
        endpoint: Some(&endpoint),
        region: Some("cn-hangzhou"),
        is_path_style: true,
        ..Address::default()
    })
    .unwrap();
    config.limits = limits();
    config.network.certificates.file = with_ca.then(|| front.ca_file.clone());
    let credentials = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

#[test]
fn an_upload_over_https_with_an_own_ca_arrives() {
    let rig = Rig::new();
    let front = front(&rig, |_| {});
    let file = rig.file("file", 20 * PART + 3);
    assert_ok(&run(&tls_client(&front, true), request(&file)));
    rig.assert_stored(&file);
}

#[test]
fn certificates_that_prove_nothing_are_refused_at_once_and_before_any_request() {
    type Change = fn(&mut CertificateParams);
    let cases: [(&str, bool, Change); 3] = [
        ("unknown CA", false, |_| {}),
        ("other host", true, |params| {
            *params = CertificateParams::new(vec!["example.com".into()]).unwrap();
        }),
        ("expired", true, |params| {
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }),
    ];
    for (what, with_ca, change) in cases {
        let rig = Rig::new();
        let front = front(&rig, change);
        let file = rig.file("file", 3 * PART);
        let started = Instant::now();
        let report = run(&tls_client(&front, with_ca), request(&file));
        assert_code(&report, Code::Network);
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{what}: {report:?}"
        );
        let message = &report.outcome.as_ref().unwrap_err().message;
        assert!(message.contains("certificate"), "{what}: {message}");
        assert_eq!(rig.server.log().len(), 0, "{what}");
    }
}

#[test]
fn a_ca_file_that_cannot_be_used_is_refused_when_the_client_is_made() {
    let rig = Rig::new();
    let empty = rig.file("empty.pem", 0);
    for path in [rig.path("missing.pem"), empty] {
        let mut config = config("localhost");
        config.network.certificates.file = Some(path);
        let credentials = Credentials::new("id", "secret", None).unwrap();
        let error = Client::new(config, credentials).err().unwrap();
        assert_eq!(error.code, Code::InvalidArgument);
        assert!(error.message.starts_with("ca_file"), "{error}");
    }
}
