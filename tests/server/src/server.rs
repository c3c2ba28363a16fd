//! The server as a value: started by a test, gone when dropped.

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::fault::Rule;
use crate::gate::Gate;
use crate::log::LogEntry;
use crate::object::{Object, OpenUpload};
use crate::op::Op;
use crate::options::{Account, Options};
use crate::service;
use crate::small_http;
use crate::state::Shared;
use crate::store::Terms;

/// A running server on the loopback. Dropping it closes every connection at once.
pub struct Server {
    pub(crate) shared: Arc<Shared>,
    port: u16,
    pub(crate) runtime: Option<Runtime>,
    /// The ports of the services beside OSS, once they are wanted.
    pub(crate) metadata_port: OnceLock<u16>,
    pub(crate) sts_port: OnceLock<u16>,
    /// Kept for its `Drop`.
    _temp: Option<TempDir>,
}

impl Server {
    /// Starts with default options on a free port.
    pub fn start() -> Server {
        Server::start_with(Options::default())
    }

    /// # Panics
    ///
    /// If the port or the directory cannot be had: no test can go on from there.
    pub fn start_with(options: Options) -> Server {
        Server::try_start(options).expect("the test server starts")
    }

    pub fn try_start(options: Options) -> io::Result<Server> {
        let (dir, temp) = match &options.dir {
            Some(dir) => {
                std::fs::create_dir_all(dir)?;
                (dir.clone(), None)
            }
            None => {
                let temp = tempfile::Builder::new()
                    .prefix("oss-test-server-")
                    .tempdir()?;
                (temp.path().to_owned(), Some(temp))
            }
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("oss-test-server")
            .enable_all()
            .build()?;
        let (listener, port) = small_http::bind(runtime.handle(), options.port)?;
        let shared = Arc::new(Shared::new(options, dir));
        runtime.spawn(service::listen(Arc::clone(&shared), listener));
        Ok(Server {
            shared,
            port,
            runtime: Some(runtime),
            metadata_port: OnceLock::new(),
            sts_port: OnceLock::new(),
            _temp: temp,
        })
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn rule(&self, rule: Rule) {
        self.shared.state().rules.add(rule);
    }

    pub fn clear_rules(&self) {
        self.shared.state().rules.clear();
    }

    /// Denies these operations from now on, and no others.
    pub fn deny(&self, ops: &[Op]) {
        self.shared.state().deny = ops.iter().copied().collect();
    }

    /// Makes a bucket answer `NoSuchBucket`.
    pub fn remove_bucket(&self, bucket: &str) {
        let mut state = self.shared.state();
        state.missing_buckets.insert(bucket.to_owned());
    }

    /// Makes a bucket one of another region, which is to be addressed there.
    pub fn move_bucket(&self, bucket: &str, endpoint: &str) {
        let mut state = self.shared.state();
        let endpoint = endpoint.to_owned();
        state.bucket_endpoints.insert(bucket.to_owned(), endpoint);
    }

    /// All requests since the last clear, in order of arrival, unfinished ones included.
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.state().log.entries().to_vec()
    }

    pub fn clear_log(&self) {
        self.shared.state().log.clear();
    }

    /// The number of requests of an operation in the log, whatever became of them.
    pub fn requests(&self, op: Op) -> usize {
        let state = self.shared.state();
        let entries = state.log.entries();
        entries.iter().filter(|entry| entry.op == op).count()
    }

    /// Body bytes of all UploadPart requests in the log, cut and refused ones included.
    pub fn part_bytes_received(&self) -> u64 {
        self.shared.state().log.part_bytes().0
    }

    /// Bytes of all request bodies that have arrived so far, those of running requests included.
    pub fn body_bytes_so_far(&self) -> u64 {
        self.shared.body_bytes.load(Ordering::Relaxed)
    }

    /// Body bytes of the UploadPart requests in the log that stored a part.
    pub fn part_bytes_accepted(&self) -> u64 {
        self.shared.state().log.part_bytes().1
    }

    pub fn object(&self, bucket: &str, key: &str) -> Option<Object> {
        let name = (bucket.to_owned(), key.to_owned());
        self.shared.state().store.object(&name)
    }

    pub fn objects(&self) -> Vec<Object> {
        self.shared.state().store.objects()
    }

    /// Whether there is such an object and its bytes are those of the file.
    pub fn object_equals_file(&self, bucket: &str, key: &str, path: &Path) -> bool {
        self.object(bucket, key)
            .is_some_and(|object| object.equals_file(path).expect("both can be read"))
    }

    /// Plants an object, as if another client had stored it.
    pub fn put_object(&self, bucket: &str, key: &str, bytes: impl AsRef<[u8]>) {
        self.shared
            .plant(bucket, key, bytes.as_ref())
            .expect("the object can be stored");
    }

    pub fn delete_object(&self, bucket: &str, key: &str) {
        let name = (bucket.to_owned(), key.to_owned());
        self.shared.state().store.delete(&name);
    }

    /// The uploads that are neither completed nor aborted, in order of their making.
    pub fn uploads(&self) -> Vec<OpenUpload> {
        let state = self.shared.state();
        state.store.uploads().map(OpenUpload::from).collect()
    }

    /// Drops an upload as OSS drops one that expired.
    pub fn forget_upload(&self, upload_id: &str) {
        self.shared.state().store.forget(upload_id);
    }

    /// Begins an upload that nobody goes on with, unsigned; its id.
    pub fn begin_upload(&self, bucket: &str, key: &str) -> String {
        let mut state = self.shared.state();
        let terms = Terms {
            headers: Vec::new(),
            forbid_overwrite: false,
            now: state.now(),
        };
        let name = (bucket.to_owned(), key.to_owned());
        let begun = state.store.initiate(&name, terms);
        begun.expect("nothing forbids it")
    }

    /// Makes all open uploads look as if they had been begun so much earlier.
    pub fn age_uploads(&self, seconds: i64) {
        self.shared.state().store.age_uploads(seconds);
    }

    /// Drops all open uploads.
    pub fn abort_all(&self) {
        self.shared.state().store.forget_all();
    }

    /// Sets how far the server's clock is off this machine's.
    pub fn shift_clock(&self, seconds: i64) {
        self.shared.state().clock_shift = seconds;
    }

    /// Adds an account, or replaces the one with this id.
    pub fn set_account(&self, id: &str, secret: &str, token: Option<&str>) {
        self.add_account(Account::new(id, secret, token));
    }

    /// As [`Server::set_account`], with an expiry.
    pub fn add_account(&self, account: Account) {
        let mut state = self.shared.state();
        state.accounts.insert(account.id.clone(), account);
    }

    pub fn remove_account(&self, id: &str) {
        self.shared.state().accounts.remove(id);
    }

    /// Connections accepted so far, without those that only carried test controls.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Waits until all that clients have sent is served and in the log, when these clients have gone: a program
    /// that has ended may have left requests that are still to be read.
    ///
    /// # Panics
    ///
    /// If a connection is still open after a minute.
    pub fn hear_out(&self) {
        // Connections are accepted in the order in which they were made: that this one is closed says that
        // those before it have been accepted.
        let last = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut last| {
            last.shutdown(Shutdown::Write)?;
            last.read_to_end(&mut Vec::new())
        });
        last.expect("the test server accepts connections");
        // It is no client's.
        self.shared.connections.fetch_sub(1, Ordering::Relaxed);
        let started = Instant::now();
        while self.shared.open_connections.load(Ordering::Relaxed) > 0 {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "a client is still there"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The most requests of an operation that were served at once.
    pub fn max_concurrent(&self, op: Op) -> usize {
        let state = self.shared.state();
        state.concurrency.get(&op).map_or(0, |counts| counts.max)
    }

    /// The requests of an operation being served now.
    pub fn concurrent(&self, op: Op) -> usize {
        let state = self.shared.state();
        state
            .concurrency
            .get(&op)
            .map_or(0, |counts| counts.current)
    }

    /// Holds the next request of this operation after its body was read, before it is applied.
    pub fn pause_next(&self, op: Op) -> Gate {
        self.shared.state().gates.add(op)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Not waited for: a test may drop its server within another runtime.
            runtime.shutdown_background();
        }
    }
}
