//! What all connections share.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::blob::Storage;
use crate::clock;
use crate::error::OssError;
use crate::gate::Gates;
use crate::issuing::Issuer;
use crate::log::{Log, LogEntry};
use crate::op::Op;
use crate::options::{Account, Crc, Options};
use crate::plan::{Plan, Rules};
use crate::request::Request;
use crate::store::Store;
use crate::verify::{self, Claim, Policy};

/// How many requests of an operation are, and at most were, being served at once.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Concurrency {
    pub current: usize,
    pub max: usize,
}

/// Everything that changes.
pub struct State {
    pub store: Store,
    pub rules: Rules,
    pub log: Log,
    pub gates: Gates,
    pub accounts: BTreeMap<String, Account>,
    pub deny: BTreeSet<Op>,
    pub missing_buckets: BTreeSet<String>,
    pub bucket_endpoints: BTreeMap<String, String>,
    /// How far the server's clock is off this machine's.
    pub clock_shift: i64,
    pub concurrency: BTreeMap<Op, Concurrency>,
    pub issuer: Issuer,
    requests: u64,
}

impl State {
    /// The server's idea of the time.
    pub fn now(&self) -> i64 {
        clock::unix_now() + self.clock_shift
    }

    /// What can be refused before any byte of the body is read.
    fn admit(&self, request: &Request, claim: &Claim, region: &str) -> Result<(), OssError> {
        let policy = Policy {
            accounts: &self.accounts,
            region,
            now: self.now(),
        };
        verify::verify(request, claim, &policy)?;
        if let Some(endpoint) = self.bucket_endpoints.get(request.bucket()) {
            return Err(OssError::wrong_endpoint(request.bucket(), endpoint));
        }
        if self.deny.contains(&request.op) {
            return Err(OssError::access_denied(
                "You have no right to access this object.",
            ));
        }
        match &request.bucket {
            Some(bucket) if self.missing_buckets.contains(bucket) => {
                Err(OssError::no_such_bucket(bucket))
            }
            _ => Ok(()),
        }
    }
}

pub struct Shared {
    pub options: Options,
    pub storage: Storage,
    pub connections: AtomicU64,
    /// Being served now.
    pub open_connections: AtomicU64,
    /// Of all request bodies, counted as they arrive.
    pub body_bytes: AtomicU64,
    pub started: Instant,
    state: Mutex<State>,
}

impl Shared {
    pub fn new(options: Options, dir: PathBuf) -> Shared {
        let state = State {
            accounts: options
                .accounts
                .iter()
                .map(|account| (account.id.clone(), account.clone()))
                .collect(),
            deny: options.deny.clone(),
            missing_buckets: options.missing_buckets.clone(),
            bucket_endpoints: options.bucket_endpoints.clone(),
            store: Store::new(options.min_part_size),
            rules: Rules::default(),
            log: Log::default(),
            gates: Gates::default(),
            clock_shift: 0,
            concurrency: BTreeMap::new(),
            issuer: Issuer::default(),
            requests: 0,
        };
        Shared {
            storage: Storage {
                dir,
                keep: !options.bench,
                md5: !options.bench,
                crc: options.crc == Crc::Compute,
                next: AtomicU64::new(0),
            },
            options,
            connections: AtomicU64::new(0),
            open_connections: AtomicU64::new(0),
            body_bytes: AtomicU64::new(0),
            started: Instant::now(),
            state: Mutex::new(state),
        }
    }

    /// Held for moments only, and never across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn elapsed_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Plants an object, as if another client had stored it long ago.
    pub fn plant(&self, bucket: &str, key: &str, bytes: &[u8]) -> io::Result<()> {
        let received = self.storage.store(bytes)?;
        let mut state = self.state();
        let now = state.now();
        let name = (bucket.to_owned(), key.to_owned());
        state.store.plant(&name, received, now);
        Ok(())
    }
}

/// One request being served: its log entry, what the rules say, and its place in the counts.
pub struct Exchange {
    shared: Arc<Shared>,
    seq: u64,
    op: Op,
    /// The upload whose part outlives an abort as long as this lasts.
    outliving: Option<String>,
    started: Instant,
    counted: AtomicBool,
    pub claim: Claim,
    pub request_id: String,
    pub plan: Plan,
}

impl Exchange {
    pub fn begin(shared: &Arc<Shared>, request: &Request, from: (u64, &str)) -> Exchange {
        let claim = verify::claim(request);
        let mut state = shared.state();
        state.requests += 1;
        // 24 upper-case hex digits, as real ids are.
        let request_id = format!("{:08X}{:016X}", clock::unix_now() as u32, state.requests);
        let time_ms = shared.elapsed_ms();
        let mut entry = LogEntry::new(request, &claim, from, &request_id, time_ms);
        let plan = state.rules.plan(request);
        entry.fault = plan.describe();
        let seq = state.log.push(entry);
        let outliving = plan.outlives_abort.then(|| request.upload_id()).flatten();
        if let Some(id) = outliving {
            state.store.part_sets_out(id);
        }
        let concurrency = state.concurrency.entry(request.op).or_default();
        concurrency.current += 1;
        concurrency.max = concurrency.max.max(concurrency.current);
        drop(state);
        Exchange {
            shared: Arc::clone(shared),
            seq,
            op: request.op,
            outliving: outliving.map(str::to_owned),
            started: Instant::now(),
            counted: AtomicBool::new(true),
            claim,
            request_id,
            plan,
        }
    }

    /// Lets the faults of the server's surroundings happen, then judges the request.
    pub fn admit(&self, request: &Request) -> Result<(), OssError> {
        let mut state = self.shared.state();
        state.clock_shift += self.plan.shift_clock;
        let mut met = !self.plan.delay.is_zero() || self.plan.shift_clock != 0;
        if let (true, Some(id)) = (self.plan.forget_upload, request.upload_id()) {
            met |= state.store.forget(id);
        }
        if let (true, Some(id)) = (self.plan.expire_token, &self.claim.access_key_id) {
            let now = state.now();
            if let Some(account) = state.accounts.get_mut(id) {
                account.expires_at = Some(now);
                met = true;
            }
        }
        if met {
            state.log.update(self.seq, |entry| entry.fault_met = true);
        }
        state.admit(request, &self.claim, &self.shared.options.region)
    }

    /// A fault has made a difference.
    pub fn met(&self, met: bool) {
        if met {
            self.record(|entry| entry.fault_met = true);
        }
    }

    pub fn record(&self, change: impl FnOnce(&mut LogEntry)) {
        self.shared.state().log.update(self.seq, change);
    }

    pub fn count_body(&self, bytes: usize) {
        let counter = &self.shared.body_bytes;
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub fn elapsed_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// No longer one of those that are served. Before its reply is sent: a client that has the reply
    /// sends its next request at once, and that may come before whoever sent the reply gets on.
    pub fn uncount(&self) {
        if self.counted.swap(false, Ordering::Relaxed)
            && let Some(concurrency) = self.shared.state().concurrency.get_mut(&self.op)
        {
            concurrency.current -= 1;
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.uncount();
        if let Some(id) = &self.outliving {
            self.shared.state().store.part_arrived(id);
        }
    }
}
