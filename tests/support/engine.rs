//! An engine, a server and a directory for one test; the server's view is the truth.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use oss_resumable::client::Client;
use oss_resumable::config::{
    Address, CheckpointPlace, Config, Input, Limits, ResumeRules, UploadRequest,
};
use oss_resumable::credentials::Credentials;
use oss_resumable::error::{Code, Reason};
use oss_resumable::headers::ObjectHeaders;
use oss_resumable::plan::PartSize;
use oss_resumable::transfer::driver::Report;
use oss_resumable::upload::Upload;
use oss_test_server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Options, STS_ACCESS_KEY_SECRET, STS_TOKEN, Server,
};

pub const BUCKET: &str = "bucket";
pub const KEY: &str = "dir/object.bin";
/// The smallest part size, which keeps files small.
pub const PART: u64 = 102_400;

static NEXT: AtomicU32 = AtomicU32::new(0);

pub struct Rig {
    pub server: Server,
    pub client: Arc<Client>,
    pub dir: PathBuf,
}

/// Longer than a busy machine keeps a program waiting: a request that is taken for stalled is sent
/// again, and a test that counts requests would count it.
pub fn limits() -> Limits {
    Limits {
        connect_timeout: Duration::from_secs(10),
        stall_timeout: Duration::from_secs(10),
        first_byte_timeout: None,
        retry_timeout: Duration::from_secs(20),
        max_retries: None,
    }
}

/// For tests in which something stalls.
pub fn impatient() -> Limits {
    Limits {
        stall_timeout: Duration::from_secs(3),
        ..limits()
    }
}

impl Rig {
    pub fn new() -> Rig {
        Rig::with(Options::default())
    }

    pub fn with(options: Options) -> Rig {
        Rig::at(&std::env::temp_dir(), options)
    }

    /// Its client waits for something that stalls for three seconds only.
    pub fn impatient() -> Rig {
        let mut rig = Rig::new();
        rig.client = client(&rig.server.url(), impatient());
        rig
    }

    /// Fit for what will happen to its requests.
    pub fn facing(action: &Action) -> Rig {
        match action {
            Action::StallRead { .. } | Action::StallReply { .. } => Rig::impatient(),
            _ => Rig::new(),
        }
    }

    /// With its files in memory where the system offers that.
    pub fn in_memory() -> Rig {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() {
            Rig::at(memory, Options::default())
        } else {
            Rig::new()
        }
    }

    pub fn at(parent: &Path, options: Options) -> Rig {
        let server = Server::start_with(options);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("oss-resumable-test-{}-{number}", std::process::id());
        let dir = parent.join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let client = client(&server.url(), limits());
        Rig {
            server,
            client,
            dir,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A file of `size` bytes that repeat nowhere.
    pub fn file(&self, name: &str, size: u64) -> PathBuf {
        let path = self.path(name);
        write_file(&path, size, 1);
        path
    }

    pub fn checkpoint(&self, file: &Path) -> PathBuf {
        let mut name = file.as_os_str().to_owned();
        name.push(".ucp");
        PathBuf::from(name)
    }

    pub fn upload(&self, request: UploadRequest) -> Arc<Report> {
        run(&self.client, request)
    }

    pub fn start(&self, request: UploadRequest) -> Upload {
        Upload::start(&self.client, request).unwrap()
    }

    /// The object at the key is the file, byte for byte, and nothing is left unfinished.
    #[track_caller]
    pub fn assert_stored(&self, file: &Path) {
        assert!(
            self.server.object_equals_file(BUCKET, KEY, file),
            "the object is not the file"
        );
        assert_eq!(self.server.uploads(), [], "uploads left open");
    }

    #[track_caller]
    pub fn assert_absent(&self) {
        assert!(
            self.server.object(BUCKET, KEY).is_none(),
            "an object exists"
        );
    }

    pub fn part_numbers_sent(&self) -> Vec<u32> {
        let log = self.server.log();
        log.iter()
            .filter(|entry| entry.op == Op::UploadPart)
            .filter_map(|entry| entry.part_number)
            .collect()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            for entry in std::fs::read_dir(&self.dir).unwrap().flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "ucp") {
                    assert_no_secret(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
                }
            }
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Virtual-host style where the URL has a name, path style where it has an address.
pub fn config(url: &str) -> Config {
    Config::new(Address {
        endpoint: Some(url),
        region: Some("cn-hangzhou"),
        ..Address::default()
    })
    .unwrap()
}

pub fn client(url: &str, limits: Limits) -> Arc<Client> {
    client_with(url, limits, ACCESS_KEY_ID, ACCESS_KEY_SECRET, None)
}

pub fn client_with(
    url: &str,
    limits: Limits,
    id: &str,
    secret: &str,
    token: Option<&str>,
) -> Arc<Client> {
    let mut config = config(url);
    config.limits = limits;
    let credentials = Credentials::new(id, secret, token).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

/// With the test server's account and the limits of these tests.
pub fn client_from(mut config: Config) -> Arc<Client> {
    config.limits = limits();
    client_as_configured(config)
}

/// With the test server's account.
pub fn client_as_configured(config: Config) -> Arc<Client> {
    let credentials = Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None).unwrap();
    Arc::new(Client::new(config, credentials).unwrap())
}

/// A port of this machine that was just given back, so nothing listens there.
pub fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Parts of the smallest size, three in flight, a checkpoint beside the file.
pub fn request(file: &Path) -> UploadRequest {
    UploadRequest {
        bucket: BUCKET.into(),
        object: KEY.into(),
        input: Input::Path(file.to_owned()),
        resume: ResumeRules::default(),
        part_size: PartSize::Bytes(PART),
        parts_in_flight: 3,
        checkpoint: Some(CheckpointPlace::BesideFile),
        headers: ObjectHeaders::default(),
    }
}

pub fn run(client: &Arc<Client>, request: UploadRequest) -> Arc<Report> {
    let upload = Upload::start(client, request).unwrap();
    wait(&upload)
}

/// With a limit, so that a test that would hang fails instead.
#[track_caller]
pub fn wait(upload: &Upload) -> Arc<Report> {
    let report = upload
        .wait(Some(Duration::from_secs(600)), None)
        .unwrap()
        .expect("the upload ends within ten minutes");
    assert_no_secret(&format!("{report:?}"));
    report
}

/// Every report and every checkpoint of every test goes through here.
#[track_caller]
pub fn assert_no_secret(text: &str) {
    for secret in [
        ACCESS_KEY_SECRET,
        STS_ACCESS_KEY_SECRET,
        STS_TOKEN,
        "CANARY",
        "OSS4-HMAC-SHA256",
    ] {
        assert!(!text.contains(secret), "{secret} is in: {text}");
    }
}

#[track_caller]
pub fn assert_ok(report: &Report) {
    if let Err(error) = &report.outcome {
        panic!("{error:?}");
    }
}

#[track_caller]
pub fn assert_code(report: &Report, code: Code) {
    match &report.outcome {
        Ok(_) => panic!("succeeded, expected {code:?}"),
        Err(error) => assert_eq!(error.code, code, "{error:?}"),
    }
}

/// No usable answer, for this reason.
#[track_caller]
pub fn assert_reason(report: &Report, reason: Reason) {
    assert_code(report, Code::Network);
    let error = report.outcome.as_ref().unwrap_err();
    assert_eq!(error.reason, Some(reason), "{error:?}");
}

/// Waits until something holds; for what other threads do.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("not within a minute: {what}");
}

pub fn write_file(path: &Path, size: u64, seed: u64) {
    use std::io::Write;
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut state = seed;
    let mut left = size;
    while left > 0 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let bytes = (state >> 16).to_le_bytes();
        let count = left.min(6);
        file.write_all(&bytes[..count as usize]).unwrap();
        left -= count;
    }
    file.flush().unwrap();
}
