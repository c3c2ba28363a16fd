//! One request over the wire, once: reqwest with everything switched off that would act on its own.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use http_body::Body as _;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::body::{Activity, BodyReport, PartBody};
use crate::config::{Config, Limits};
use crate::error::{Error, Result};

/// A reply body beyond this is an error: a page of 1,000 parts and a callback's answer stay far below.
const MAX_REPLY: usize = 4 * 1024 * 1024;
/// Kept for the next parts; beyond that, connections are closed when they have served.
const MAX_IDLE_CONNECTIONS: usize = 64;
/// Below the idle limit of OSS, so that a connection is rarely found closed when it is used again.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
const USER_AGENT: &str = concat!("oss-resumable/", env!("CARGO_PKG_VERSION"));

pub enum Payload {
    Empty,
    Bytes(Bytes),
    Part(PartBody, Arc<BodyReport>),
}

impl Payload {
    /// Always said, because an empty streamed body would go without.
    pub fn content_length(&self, method: &Method) -> Option<u64> {
        match self {
            Payload::Empty => [Method::PUT, Method::POST].contains(method).then_some(0),
            Payload::Bytes(bytes) => Some(bytes.len() as u64),
            Payload::Part(body, _) => body.size_hint().exact(),
        }
    }
}

pub struct Outgoing {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub payload: Payload,
    /// Nothing moved for this long: given up.
    pub stall_timeout: Duration,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What broke before there was a whole reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkFault {
    Dns,
    Refused,
    ConnectTimeout,
    Connect,
    /// The certificate is not accepted: trying again does not help.
    Certificate,
    Tls,
    Stalled,
    Broken,
    OversizedReply,
}

#[derive(Clone, Debug)]
pub struct HttpError {
    pub fault: NetworkFault,
    pub message: String,
    /// The server may have received the whole request.
    pub maybe_received: bool,
}

impl HttpError {
    pub fn is_permanent(&self) -> bool {
        matches!(
            self.fault,
            NetworkFault::Certificate | NetworkFault::OversizedReply
        )
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A connection pool for one client.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    pub fn new(config: &Config) -> Result<Http> {
        let limits = &config.limits;
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(config)?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .tcp_nodelay(true)
            .connect_timeout(limits.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            .user_agent(USER_AGENT);
        // The kernel sees acknowledgements, which no layer above it does.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let builder = builder.tcp_user_timeout(limits.stall_timeout);
        let client = builder
            .build()
            .map_err(|error| Error::internal(describe(&error.without_url())))?;
        Ok(Http { client })
    }

    pub async fn send(&self, outgoing: Outgoing) -> std::result::Result<Reply, HttpError> {
        let plain = Arc::new(Activity::new());
        let (body, report) = match outgoing.payload {
            Payload::Empty => (reqwest::Body::from(Bytes::new()), None),
            Payload::Bytes(bytes) => (reqwest::Body::from(bytes), None),
            Payload::Part(body, report) => (reqwest::Body::wrap(body), Some(report)),
        };
        let request = self
            .client
            .request(outgoing.method, outgoing.url)
            .headers(outgoing.headers)
            .body(body);
        let activity = || report.as_ref().map_or(&*plain, |report| &report.activity);
        let exchange = async {
            let response = request.send().await?;
            activity().note();
            receive(response, activity()).await
        };
        let outcome = tokio::select! {
            outcome = exchange => outcome,
            () = stalled(activity(), outgoing.stall_timeout) => Err(Trouble::Stalled),
        };
        let handed_over = report.as_ref().is_none_or(|report| report.handed_over());
        outcome.map_err(|trouble| trouble.into_error(handed_over, outgoing.stall_timeout))
    }
}

enum Trouble {
    Transport(reqwest::Error),
    Stalled,
    Oversized,
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Trouble {
        Trouble::Transport(error.without_url())
    }
}

async fn receive(
    mut response: reqwest::Response,
    activity: &Activity,
) -> std::result::Result<Reply, Trouble> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        activity.note();
        if body.len() + chunk.len() > MAX_REPLY {
            return Err(Trouble::Oversized);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body: body.freeze(),
    })
}

/// Ends when nothing has moved for `limit`; never by total time.
async fn stalled(activity: &Activity, limit: Duration) {
    loop {
        let deadline = activity.last() + limit;
        tokio::time::sleep_until(deadline.into()).await;
        if activity.last() + limit <= deadline {
            return;
        }
    }
}

impl Trouble {
    fn into_error(self, handed_over: bool, limit: Duration) -> HttpError {
        match self {
            Trouble::Stalled => HttpError {
                fault: NetworkFault::Stalled,
                message: format!("nothing moved for {} s", limit.as_secs_f32()),
                maybe_received: handed_over,
            },
            Trouble::Oversized => HttpError {
                fault: NetworkFault::OversizedReply,
                message: format!("the reply is larger than {MAX_REPLY} bytes"),
                maybe_received: true,
            },
            Trouble::Transport(error) => {
                let fault = classify(&error);
                let connected = !error.is_connect();
                HttpError {
                    fault,
                    message: describe(&error),
                    maybe_received: connected && handed_over,
                }
            }
        }
    }
}

pub(crate) fn classify(error: &reqwest::Error) -> NetworkFault {
    let mut refused = false;
    let mut dns = false;
    let mut tls = None;
    visit_causes(error, &mut |cause| {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            tls = Some(tls_fault(error));
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            refused |= io.kind() == io::ErrorKind::ConnectionRefused;
        }
        // The resolver's error type is private to the HTTP library.
        dns |= cause.to_string().starts_with("dns error");
    });
    match (tls, error.is_connect(), dns, refused) {
        (Some(fault), ..) => fault,
        (_, true, true, _) => NetworkFault::Dns,
        (_, true, _, true) => NetworkFault::Refused,
        (_, true, ..) if error.is_timeout() => NetworkFault::ConnectTimeout,
        (_, true, ..) => NetworkFault::Connect,
        (_, false, ..) => NetworkFault::Broken,
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

fn tls_fault(error: &rustls::Error) -> NetworkFault {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            NetworkFault::Certificate
        }
        _ => NetworkFault::Tls,
    }
}

/// The chain of causes in one line, without repetition.
pub(crate) fn describe(error: &dyn StdError) -> String {
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

/// rustls with its provider given explicitly: nothing global is installed in the host.
fn tls(config: &Config) -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal(format_args!("TLS: {error}")))?;
    if !config.endpoint.https {
        // Never used; reading the system's certificates would cost time and memory.
        let empty = rustls::RootCertStore::empty();
        return Ok(builder.with_root_certificates(empty).with_no_client_auth());
    }
    let Some(path) = &config.ca_file else {
        return builder
            .with_platform_verifier()
            .map(|builder| builder.with_no_client_auth())
            .map_err(|error| {
                Error::invalid(
                    "ca_file",
                    format_args!("the system's certificates cannot be used: {error}"),
                )
            });
    };
    let extra = read_certificates(path)?;
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
        .map_err(|error| Error::invalid("ca_file", format_args!("{}: {error}", path.display())))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn read_certificates(path: &Path) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let refuse = |problem: &dyn fmt::Display| {
        Error::invalid("ca_file", format_args!("{}: {problem}", path.display()))
    };
    let pem = std::fs::read(path).map_err(|error| refuse(&error))?;
    let found = CertificateDer::pem_slice_iter(&pem)
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| refuse(&format_args!("{error:?}")))?;
    if found.is_empty() {
        return Err(refuse(&"holds no certificate in PEM form"));
    }
    Ok(found)
}

/// The limits that belong to one attempt; `stalls` is how often this request has stalled before.
///
/// What is still in the kernel's send buffer cannot be seen from here, so on a very slow link a
/// whole small part may look handed over long before the server has it. Every stall doubles the
/// patience: a dead connection is given up after the configured time, a crawling one still ends.
pub fn patience(limits: &Limits, stalls: u32) -> Duration {
    limits.stall_timeout.saturating_mul(1 << stalls.min(5))
}
