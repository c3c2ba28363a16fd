//! Forward proxies for tests. They connect to the loopback only, whatever they are asked for.

mod http;
mod relay;
mod socks;

pub use http::HttpProxy;
pub use socks::Socks5Proxy;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::net::TcpStream;

/// How a proxy starts.
#[derive(Clone, Debug, Default)]
pub struct ProxyOptions {
    /// 0 lets the system choose.
    pub port: u16,
    /// Whom the proxy serves; without it, everybody.
    pub user_password: Option<(String, String)>,
    /// Where the names of hosts lead, whatever the port; `*.` in front stands for any labels.
    /// `localhost` is known, all other names are not.
    pub hosts: BTreeMap<String, SocketAddr>,
}

/// What a client wanted of a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ProxyKind {
    /// A tunnel: CONNECT, and everything SOCKS is asked for.
    Connect,
    /// A plain request in its absolute form.
    Forward,
}

/// One request to a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProxyEntry {
    pub kind: ProxyKind,
    /// `host:port` of a tunnel, the URL of a forwarded request; empty if it was never told.
    pub target: String,
    pub authorized: bool,
    /// HTTP: the status the client got, 0 if none. SOCKS: the reply code, of which 0 is
    /// success, and 255 as long as, or if ever, there is none.
    pub status: u16,
    /// Bytes that went from the client to the server: all of a tunnel, the body of a request.
    pub bytes_up: u64,
    /// Bytes that went back: all of a tunnel, the whole of a reply.
    pub bytes_down: u64,
}

/// What a proxy does to every client that asks it for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyFault {
    Refuse(u16),
    Reset,
    Stall,
}

struct Changing {
    fault: Option<ProxyFault>,
    log: Vec<ProxyEntry>,
    connections: u64,
}

/// What the connections of one proxy share.
struct Shared {
    options: ProxyOptions,
    state: Mutex<Changing>,
}

/// The place of one request in the log.
#[derive(Clone)]
struct Entry {
    shared: Arc<Shared>,
    index: usize,
}

/// Why there is no connection to a target.
enum NoRoute {
    /// Unknown, or not on the loopback.
    Forbidden,
    Failed(io::Error),
}

impl Shared {
    fn new(options: ProxyOptions) -> Shared {
        let state = Changing {
            fault: None,
            log: Vec::new(),
            connections: 0,
        };
        Shared {
            options,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, Changing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Shared>, kind: ProxyKind, target: &str, status: u16) -> Entry {
        let log = &mut self.state().log;
        log.push(ProxyEntry {
            kind,
            target: target.to_owned(),
            authorized: false,
            status,
            bytes_up: 0,
            bytes_down: 0,
        });
        Entry {
            shared: Arc::clone(self),
            index: log.len() - 1,
        }
    }

    fn fault(&self) -> Option<ProxyFault> {
        self.state().fault
    }

    fn knows(&self, user: &str, password: &str) -> bool {
        match &self.options.user_password {
            Some((name, secret)) => name == user && secret == password,
            None => true,
        }
    }

    /// The address a name and a port lead to, if this proxy goes there at all.
    fn resolve(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let address = match host.parse::<IpAddr>() {
            Ok(address) => SocketAddr::new(address, port),
            Err(_) => self.by_name(&host.to_ascii_lowercase(), port)?,
        };
        address.ip().is_loopback().then_some(address)
    }

    fn by_name(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let hosts = &self.options.hosts;
        let mut known = hosts.get(host).copied();
        let mut rest = host;
        while let (None, Some((_, parent))) = (known, rest.split_once('.')) {
            known = hosts.get(&format!("*.{parent}")).copied();
            rest = parent;
        }
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        known.or((host == "localhost").then_some(local))
    }

    async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, NoRoute> {
        let address = self.resolve(host, port).ok_or(NoRoute::Forbidden)?;
        let socket = TcpStream::connect(address).await;
        let socket = socket.map_err(NoRoute::Failed)?;
        let _ = socket.set_nodelay(true);
        Ok(socket)
    }
}

impl Entry {
    fn update(&self, change: impl FnOnce(&mut ProxyEntry)) {
        if let Some(entry) = self.shared.state().log.get_mut(self.index) {
            change(entry);
        }
    }

    fn up(&self, bytes: usize) {
        self.update(|entry| entry.bytes_up += bytes as u64);
    }

    fn down(&self, bytes: usize) {
        self.update(|entry| entry.bytes_down += bytes as u64);
    }
}

/// What the two proxies offer tests alike.
macro_rules! controls {
    ($proxy:ty, $scheme:literal) => {
        impl $proxy {
            /// Without user and password.
            pub fn url(&self) -> String {
                format!(concat!($scheme, "://127.0.0.1:{}"), self.port)
            }

            pub fn port(&self) -> u16 {
                self.port
            }

            /// All requests, in order of arrival, unfinished ones included.
            pub fn log(&self) -> Vec<ProxyEntry> {
                self.shared.state().log.clone()
            }

            /// Connections accepted so far, those that never asked for anything included.
            pub fn connections(&self) -> u64 {
                self.shared.state().connections
            }

            /// Refuses every request from now on: with an HTTP status, or a SOCKS reply code.
            pub fn refuse_with(&self, status: u16) {
                self.set_fault(Some(ProxyFault::Refuse(status)));
            }

            /// Resets the connection of every request from now on.
            pub fn reset(&self) {
                self.set_fault(Some(ProxyFault::Reset));
            }

            /// Answers no request from now on, and keeps its connection open.
            pub fn stall(&self) {
                self.set_fault(Some(ProxyFault::Stall));
            }

            /// Works again.
            pub fn heal(&self) {
                self.set_fault(None);
            }

            fn set_fault(&self, fault: Option<ProxyFault>) {
                self.shared.state().fault = fault;
            }
        }
    };
}
use controls;
