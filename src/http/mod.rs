//! One request over the wire, once: reqwest with everything switched off that would act on its own.

mod fault;
mod resolver;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use http_body::Body as _;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

pub use fault::{classify, describe};
pub use resolver::Resolver;
pub use tls::without_certificates;

use crate::body::{Activity, BodyReport, PartBody};
use crate::bug::{self, Bug};
use crate::config::Config;
use crate::config::network::{ProxyConfig, plain_no_proxy};
use crate::error::{Error, Reason, Result};

/// A reply body beyond this is an error: a page of 1,000 parts and a callback's answer stay far below.
const MAX_REPLY: usize = 4 * 1024 * 1024;
/// Kept for the next parts; beyond that, connections are closed when they have served.
const MAX_IDLE_CONNECTIONS: usize = 64;
/// Below the idle limit of OSS, so that a connection is rarely found closed when it is used again.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// How soon a change of the limit that holds is noticed.
const LIMIT_CHECK: Duration = Duration::from_millis(500);
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
    /// The same from when the whole request is out until the first byte of the reply.
    pub first_byte_timeout: Duration,
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
#[derive(Clone, Debug)]
pub struct HttpError {
    pub reason: Reason,
    pub message: String,
    pub os_errno: Option<i32>,
    /// The server may have received the whole request.
    pub maybe_received: bool,
}

impl HttpError {
    /// Trying again does not help.
    pub fn is_permanent(&self) -> bool {
        self.reason.is_of_certificate()
            || matches!(
                self.reason,
                Reason::ProxyAuthentication | Reason::OversizedReply
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
    /// Knows which requests go through the proxy.
    proxied: Option<Arc<Matcher>>,
}

impl Http {
    pub fn new(config: &Config) -> Result<Http> {
        let limits = &config.limits;
        let network = &config.network;
        let user_agent = match &network.user_agent {
            None => USER_AGENT.to_owned(),
            Some(suffix) => format!("{USER_AGENT} {suffix}"),
        };
        let redirects = match bug::seeded(Bug::RedirectFollowed) {
            true => reqwest::redirect::Policy::default(),
            false => reqwest::redirect::Policy::none(),
        };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(config)?)
            .redirect(redirects)
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .dns_resolver(Arc::new(Resolver))
            .tcp_nodelay(true)
            .connect_timeout(limits.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            .local_address(network.source_address)
            .user_agent(user_agent);
        // The kernel sees acknowledgements, which no layer above it does.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            builder = builder.tcp_user_timeout(limits.stall_timeout);
        }
        if let Some(proxy) = &network.proxy {
            builder = builder.proxy(use_proxy(proxy)?);
        }
        let client = builder
            .build()
            .map_err(|error| Error::internal(fault::describe(&error.without_url())))?;
        Ok(Http {
            client,
            proxied: network.proxy.as_ref().map(|proxy| Arc::new(matcher(proxy))),
        })
    }

    /// For the requests of others with the same settings.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    fn goes_through_proxy(&self, url: &str) -> bool {
        let proxied = |matcher: &Arc<Matcher>| {
            let url = url.parse().ok()?;
            matcher.intercept(&url)
        };
        self.proxied.as_ref().and_then(proxied).is_some()
    }

    pub async fn send(&self, outgoing: Outgoing) -> std::result::Result<Reply, HttpError> {
        let (stall, first_byte) = (outgoing.stall_timeout, outgoing.first_byte_timeout);
        let plain = Arc::new(Activity::new());
        let (body, report) = match outgoing.payload {
            Payload::Empty => (reqwest::Body::from(Bytes::new()), None),
            Payload::Bytes(bytes) => (reqwest::Body::from(bytes), None),
            Payload::Part(body, report) => (reqwest::Body::wrap(body), Some(report)),
        };
        let has_proxy = self.goes_through_proxy(&outgoing.url);
        let request = self
            .client
            .request(outgoing.method, outgoing.url)
            .headers(outgoing.headers)
            .body(body);
        let activity = || report.as_ref().map_or(&*plain, |report| &report.activity);
        // What was waited for before is no silence of the server.
        activity().note();
        let handed_over = || report.as_ref().is_none_or(|report| report.handed_over());
        let exchange = async {
            let response = request.send().await?;
            activity().answered();
            receive(response, activity()).await
        };
        let limit = || match handed_over() && !activity().is_answered() {
            true => first_byte,
            false => stall,
        };
        let outcome = tokio::select! {
            outcome = exchange => outcome,
            limit = stalled(activity(), limit) => Err(Trouble::Stalled(limit)),
        };
        match outcome {
            // Said by the proxy, never by OSS.
            Ok(reply) if has_proxy && reply.status == 407 => Err(HttpError {
                reason: Reason::ProxyAuthentication,
                message: "HTTP 407".to_owned(),
                os_errno: None,
                maybe_received: false,
            }),
            Ok(reply) => Ok(reply),
            Err(trouble) => Err(trouble.into_error(handed_over(), has_proxy)),
        }
    }
}

fn use_proxy(proxy: &ProxyConfig) -> Result<reqwest::Proxy> {
    // An error of the URL's own would repeat it; the account is not in it.
    let mut made =
        reqwest::Proxy::all(proxy.url()).map_err(|_| Error::invalid("proxy", "cannot be used"))?;
    if let Some(user) = &proxy.user {
        let password = proxy.password.as_ref().map_or("", |text| text.as_str());
        // They become part of a URL, in which a '%' of theirs would be taken for an escape.
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        made = made.basic_auth(&encoded(user), &Zeroizing::new(encoded(password)));
    }
    if let Some(list) = &proxy.no_proxy {
        made = made.no_proxy(reqwest::NoProxy::from_string(&plain_no_proxy(list)));
    }
    Ok(made)
}

/// The HTTP library's own, which it does not show.
fn matcher(proxy: &ProxyConfig) -> Matcher {
    let exceptions = proxy.no_proxy.as_deref().map(plain_no_proxy);
    Matcher::builder()
        .all(proxy.url())
        .no(exceptions.unwrap_or_default())
        .build()
}

enum Trouble {
    Transport(reqwest::Error),
    Stalled(Duration),
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

/// Ends when nothing has moved for as long as `limit` says; never by total time.
async fn stalled(activity: &Activity, limit: impl Fn() -> Duration) -> Duration {
    loop {
        let deadline = activity.last() + limit();
        // Which limit holds may change meanwhile.
        let look = Instant::now() + LIMIT_CHECK;
        tokio::time::sleep_until(deadline.min(look).into()).await;
        let limit = limit();
        if activity.last() + limit <= Instant::now() && !bug::seeded(Bug::NoStallRule) {
            return limit;
        }
    }
}

impl Trouble {
    fn into_error(self, handed_over: bool, has_proxy: bool) -> HttpError {
        match self {
            Trouble::Stalled(limit) => HttpError {
                reason: Reason::Stalled,
                message: format!("nothing moved for {} s", limit.as_secs_f32()),
                os_errno: None,
                maybe_received: handed_over,
            },
            Trouble::Oversized => HttpError {
                reason: Reason::OversizedReply,
                message: format!("the reply is larger than {MAX_REPLY} bytes"),
                os_errno: None,
                maybe_received: true,
            },
            Trouble::Transport(error) => {
                let fault = fault::classify(&error, has_proxy);
                let connected = !error.is_connect();
                HttpError {
                    reason: fault.reason,
                    message: fault::describe(&error),
                    os_errno: fault.os_errno,
                    maybe_received: connected && handed_over,
                }
            }
        }
    }
}

/// A limit as it holds for one attempt; `stalls` is how often this request has stalled before.
///
/// What is still in the kernel's send buffer cannot be seen from here, so on a very slow link a
/// whole small part may look handed over long before the server has it. Every stall doubles the
/// patience: a dead connection is given up after the configured time, a crawling one still ends.
pub fn patience(limit: Duration, stalls: u32) -> Duration {
    limit.saturating_mul(1 << stalls.min(5))
}
