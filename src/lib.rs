//! Resumable multipart upload to Alibaba Cloud OSS: one engine behind a C ABI.
//!
//! The product is the C library described by `include/oss_resumable.h`; the modules are public for this
//! project's own tests and promise nothing to other Rust programs.
//!
//! # Map
//!
//! A module uses only modules above it in this list; `tests/layers.rs` checks that.
//!
//! | module | what it is |
//! | --- | --- |
//! | `bug` | mistakes made on purpose, in builds for the tests of the tests |
//! | `error` | what can go wrong |
//! | `lock` | what threads and tasks meet at; mutexes that outlive a panic |
//! | `credentials` | keys and token, replaceable while running |
//! | `callback`, `crc`, `plan`, `signer`, `xml` | pure: upload callback, CRC64, part plan, signatures, OSS's documents |
//! | `headers`, `config` | the user's settings, checked |
//! | `runtime` | the threads |
//! | `log`, `host` | what is told; what only a thread of the host may do |
//! | `progress`, `source` | counters; what is uploaded |
//! | `checkpoint` | the `.ucp` file |
//! | `limiter`, `budget` | bandwidth and requests in flight, over all uploads |
//! | `body`, `http` | one request over the wire |
//! | `provider`, `renewal` | where credentials come from, and how they stay fresh |
//! | `client`, `call`, `reply`, `multipart` | the OSS calls |
//! | `retry`, `transfer` | the decisions, and the loop that does them |
//! | `upload` | one upload as its owner sees it |
//! | `ffi` | the C boundary |

#![deny(unsafe_code)]
#![doc(html_no_source)]

pub mod bug;

pub mod error;

pub mod lock;

pub mod credentials;

pub mod callback;
pub mod crc;
pub mod plan;
pub mod signer;
pub mod xml;

pub mod headers;

pub mod config;

pub mod runtime;

pub mod log;

pub mod host;

pub mod progress;
pub mod source;

pub mod checkpoint;

pub mod limiter;

pub mod budget;

pub mod body;

pub mod http;

pub mod provider;

pub mod renewal;

pub mod client;

pub mod call;
pub mod reply;

pub mod multipart;

pub mod retry;

pub mod transfer;

pub mod upload;

pub mod ffi;
