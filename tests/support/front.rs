//! TLS in front of a test server or a proxy, with a certificate as a test wants it.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Terminates TLS for `localhost` and passes everything on. Gone when dropped.
pub struct TlsFront {
    pub address: SocketAddr,
    /// The authority that signed its certificate.
    pub ca_file: PathBuf,
    pub ca_pem: String,
    _runtime: tokio::runtime::Runtime,
}

impl TlsFront {
    /// With a certificate for these names.
    pub fn for_names(dir: &Path, upstream: u16, names: &[&str]) -> TlsFront {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        TlsFront::start(dir, upstream, |params| {
            *params = CertificateParams::new(names).unwrap();
        })
    }

    /// In front of a port of this machine; `change` makes its certificate another one.
    pub fn start(
        dir: &Path,
        upstream: u16,
        change: impl FnOnce(&mut CertificateParams),
    ) -> TlsFront {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        // Authorities of the same name would be taken for one with a new key.
        let name = format!("test authority {number}");
        authority.distinguished_name.push(DnType::CommonName, name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let ca_file = dir.join(format!("ca-{number}.pem"));
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
            ca_pem: ca.pem(),
            _runtime: runtime,
        }
    }

    /// `localhost:PORT`, which the certificate is for.
    pub fn authority(&self) -> String {
        format!("localhost:{}", self.address.port())
    }
}
