//! An OSS-compatible server for tests: ground truth for what a client really sent.
//!
//! It verifies signatures, stores objects and keeps OSS's rules on its own, and it can be told to
//! fail: see [`Rule`] and [`Action`]. A test double, not a storage service.

mod blob;
mod callback;
mod clock;
mod connection;
mod control;
mod distortion;
mod error;
mod fault;
mod gate;
mod issuing;
mod judge;
mod listing;
mod log;
mod metadata;
mod object;
mod op;
mod operations;
mod options;
mod plan;
mod proxy;
mod reading;
mod receiver;
mod reply;
mod request;
mod server;
mod service;
mod sister;
mod small_http;
mod state;
mod store;
mod sts;
mod values;
mod verify;
mod xml;

pub use control::parse_rules;
pub use fault::{Action, Rule};
pub use gate::Gate;
pub use issuing::{Issued, Issuing, MetadataMode, MetadataRequest, OIDC_TOKEN, ROLE, Via};
pub use judge::{Judged, judge};
pub use log::{LogEntry, most_at_once};
pub use object::{Object, OpenUpload, PartInfo};
pub use op::Op;
pub use options::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Account, Crc, Options, STS_ACCESS_KEY_ID,
    STS_ACCESS_KEY_SECRET, STS_TOKEN,
};
pub use proxy::{HttpProxy, ProxyEntry, ProxyKind, ProxyOptions, Socks5Proxy};
pub use receiver::{Answer, Received, Receiver};
pub use server::Server;
pub use state::Concurrency;
pub use verify::SignatureVersion;
