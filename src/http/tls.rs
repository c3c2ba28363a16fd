//! Certificates: the system's, and those the user adds.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::config::Config;
use crate::error::{Error, Result};

/// rustls with its provider given explicitly: nothing global is installed in the host.
pub fn config(config: &Config) -> Result<rustls::ClientConfig> {
    let (builder, provider) = builder()?;
    let network = &config.network;
    let https_proxy = network
        .proxy
        .as_ref()
        .is_some_and(|proxy| proxy.scheme == "https");
    if !config.endpoint.https && !https_proxy && !config.fetches_credentials {
        // Never used; reading the system's certificates would cost time and memory.
        return without_certificates();
    }
    let mut extra = Vec::new();
    let certificates = &network.certificates;
    if let Some(path) = &certificates.file {
        let field = "ca_file";
        let pem = std::fs::read(path).map_err(|error| {
            Error::invalid(field, format_args!("{}: {error}", path.display())).caused_by(&error)
        })?;
        let name = format!("{}: ", path.display());
        extra.extend(read(field, &name, &pem)?);
    }
    if let Some(pem) = &certificates.data {
        extra.extend(read("ca_data", "", pem)?);
    }
    if extra.is_empty() {
        return match builder.with_platform_verifier() {
            Ok(builder) => Ok(builder.with_no_client_auth()),
            // Wanted for credentials only, which may come from somewhere else; if not, the request
            // for them fails, and says why.
            Err(_) if !config.endpoint.https && !https_proxy => without_certificates(),
            Err(error) => Err(Error::invalid(
                "ca_file",
                format_args!("the system's certificates cannot be used: {error}"),
            )),
        };
    }
    let field = match (&certificates.file, &certificates.data) {
        (_, None) => "ca_file",
        (None, _) => "ca_data",
        _ => "ca_file or ca_data",
    };
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
        .map_err(|error| Error::invalid(field, error))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

type Builder = rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>;

fn builder() -> Result<(Builder, Arc<rustls::crypto::CryptoProvider>)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal(format_args!("TLS: {error}")))?;
    Ok((builder, provider))
}

/// Accepts nobody: for plain HTTP.
pub fn without_certificates() -> Result<rustls::ClientConfig> {
    let empty = rustls::RootCertStore::empty();
    let (builder, _) = builder()?;
    Ok(builder.with_root_certificates(empty).with_no_client_auth())
}

fn read(field: &str, name: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let refuse =
        |problem: &dyn fmt::Display| Error::invalid(field, format_args!("{name}{problem}"));
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| refuse(&format_args!("{error:?}")))?;
    if found.is_empty() {
        return Err(refuse(&"holds no certificate in PEM form"));
    }
    Ok(found)
}
