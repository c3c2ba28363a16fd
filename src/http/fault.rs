//! Why a request got no reply, from what the layers below say.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use crate::error::Reason;

pub struct Fault {
    pub reason: Reason,
    pub os_errno: Option<i32>,
}

/// `has_proxy`: what could not be reached, or refused, is then the proxy.
pub fn classify(error: &reqwest::Error, has_proxy: bool) -> Fault {
    let mut found = Found::default();
    visit_causes(error, &mut |cause| found.note(cause));
    let connecting = error.is_connect();
    let reason = if let Some(reason) = found.tls {
        reason
    } else if found.proxy_authentication {
        Reason::ProxyAuthentication
    } else if found.proxy_refused {
        Reason::ProxyRefused
    } else if !connecting {
        Reason::Broken
    } else if found.dns_before_proxy {
        Reason::Dns
    } else if found.dns && has_proxy {
        Reason::ProxyUnreachable
    } else if found.dns {
        Reason::Dns
    } else if error.is_timeout() {
        Reason::ConnectTimeout
    } else if has_proxy {
        Reason::ProxyUnreachable
    } else if found.refused {
        Reason::ConnectionRefused
    } else {
        Reason::Connect
    };
    Fault {
        reason,
        os_errno: found.os_errno,
    }
}

#[derive(Default)]
struct Found {
    refused: bool,
    dns: bool,
    /// Of the endpoint, which a `socks5` proxy is told as an address.
    dns_before_proxy: bool,
    proxy_refused: bool,
    proxy_authentication: bool,
    tls: Option<Reason>,
    os_errno: Option<i32>,
}

impl Found {
    fn note(&mut self, cause: &(dyn StdError + 'static)) {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            self.tls = Some(tls_reason(error));
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            self.refused |= io.kind() == io::ErrorKind::ConnectionRefused;
            self.os_errno = self.os_errno.or(io.raw_os_error());
        }
        // These types are private to the HTTP library; what they say of themselves is not.
        let text = cause.to_string();
        self.dns |= text.starts_with("dns error");
        self.dns_before_proxy |= text == "error resolving for socks proxy";
        let tunnel = text.starts_with("tunnel error") || text.starts_with("SOCKS error");
        let inner = text.contains("underlying connection");
        self.proxy_refused |= tunnel && !inner;
        let wants_account = text.contains("authorization required")
            || text.contains("credentials not accepted")
            || text.contains("server does not support user/pass")
            || text.contains("server implements user/pass");
        self.proxy_authentication |= wants_account;
    }
}

/// Every cause, those included that an `io::Error` wraps: its `source` leaves its own content out.
fn visit_causes<'a>(
    error: &'a (dyn StdError + 'static),
    visit: &mut dyn FnMut(&'a (dyn StdError + 'static)),
) {
    visit(error);
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(|io| io.get_ref());
    match wrapped {
        Some(inner) => visit_causes(inner, visit),
        None => {
            if let Some(source) = error.source() {
                visit_causes(source, visit);
            }
        }
    }
}

fn tls_reason(error: &rustls::Error) -> Reason {
    let rustls::Error::InvalidCertificate(problem) = error else {
        return match error {
            rustls::Error::NoCertificatesPresented => Reason::Certificate,
            _ => Reason::Tls,
        };
    };
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Reason::CertificateExpired
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Reason::CertificateWrongHost
        }
        CertificateError::UnknownIssuer => Reason::CertificateUnknownCa,
        _ => Reason::Certificate,
    }
}

/// The chain of causes in one line, without repetition.
pub fn describe(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        let line = current.to_string();
        if !text.contains(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = current.source();
    }
    text
}
