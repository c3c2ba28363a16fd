//! The C API from many threads at once: every call that any thread may make, on the same client and the
//! same uploads. What is wrong shows under ThreadSanitizer and AddressSanitizer (`tests/memory/run`); what
//! has to hold without them as well: one end that all threads agree on, whole objects or none.

#[macro_use]
#[path = "support/capi.rs"]
mod capi;
#[path = "support/effort.rs"]
mod effort;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use capi::{CClient, CUpload, c, c_path, params};
use effort::effort;
use engine::{BUCKET, PART, Rig, eventually};
use oss_resumable::ffi::client::*;
use oss_resumable::ffi::credentials::oss_resumable_credentials_answer;
use oss_resumable::ffi::result::*;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_resumable::ffi::upload::*;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET, Action, Op, Rule};

/// Threads that start uploads, and threads that use each of them.
const STARTERS: usize = 3;
const FULL_SIZE: u64 = 6 * PART + 17;

#[derive(Default)]
struct Counted {
    uploads: AtomicU64,
    stored: AtomicU64,
    canceled: AtomicU64,
    freed_while_running: AtomicU64,
    calls: AtomicU64,
    answers: AtomicU64,
    lines: AtomicU64,
    wrong: AtomicU64,
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

unsafe extern "C-unwind" fn on_progress(consumed: i64, total: i64, userdata: *mut c_void) -> i32 {
    // SAFETY: the counters outlive the call.
    let counted = unsafe { &*userdata.cast::<Counted>() };
    add(&counted.calls);
    if consumed < 0 || consumed > total {
        add(&counted.wrong);
    }
    0
}

unsafe extern "C-unwind" fn on_line(_level: i32, _line: *const c_char, userdata: *mut c_void) {
    // SAFETY: the counters outlive the client.
    add(unsafe { &(*userdata.cast::<Counted>()).lines });
}

/// Keys that have to be renewed every second.
unsafe extern "C-unwind" fn on_ask(
    answer: *mut oss_resumable_credentials_answer_t,
    userdata: *mut c_void,
) -> i32 {
    // SAFETY: the counters outlive the client.
    add(unsafe { &(*userdata.cast::<Counted>()).answers });
    let (id, secret) = (c(ACCESS_KEY_ID), c(ACCESS_KEY_SECRET));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // SAFETY: inside the callback; the strings live.
    let code = unsafe {
        oss_resumable_credentials_answer(
            answer,
            id.as_ptr(),
            secret.as_ptr(),
            ptr::null(),
            now.as_secs() as i64 + 2,
        )
    };
    code as i32
}

struct Stage {
    rig: Rig,
    file: std::path::PathBuf,
    counted: Counted,
}

impl Stage {
    fn userdata(&self) -> *mut c_void {
        (&raw const self.counted).cast_mut().cast()
    }

    fn start(&self, client: &CClient, key: &str, with_checkpoint: bool) -> CUpload {
        let (bucket, key, file) = (c(BUCKET), c(key), c_path(&self.file));
        let place = c_path(&self.rig.path(&format!("{}.ucp", key.to_str().unwrap())));
        let mut params = params();
        params.enable_checkpoint = i32::from(with_checkpoint);
        params.checkpoint_path = place.as_ptr();
        params.progress_callback = Some(on_progress);
        params.userdata = self.userdata();
        let mut upload = ptr::null_mut();
        // SAFETY: every pointer is valid during the call, and the counters for longer.
        let code = unsafe {
            oss_resumable_upload_start(
                client.0,
                bucket.as_ptr(),
                key.as_ptr(),
                file.as_ptr(),
                &params,
                &mut upload,
                ptr::null_mut(),
            )
        };
        assert_eq!(code, OSS_RESUMABLE_OK);
        add(&self.counted.uploads);
        CUpload(upload)
    }

    /// One upload, used by several threads at once, the last of which frees it.
    fn one_upload(&self, client: &CClient, key: &str, number: u64) {
        let upload = self.start(client, key, number.is_multiple_of(2));
        if number % 5 == 4 {
            add(&self.counted.freed_while_running);
            return;
        }
        let wants_cancel = number % 3 == 1;
        let codes: Vec<oss_resumable_code_t> = thread::scope(|scope| {
            let waiters: Vec<_> = (0..2).map(|_| scope.spawn(|| waited(&upload))).collect();
            let lookers: Vec<_> = (0..2)
                .map(|_| scope.spawn(|| looked(&upload, &self.counted)))
                .collect();
            if wants_cancel {
                for delay in [0, 3] {
                    let upload = &upload;
                    scope.spawn(move || {
                        thread::sleep(Duration::from_millis(delay * number % 40));
                        upload.cancel();
                    });
                }
            }
            let all = waiters.into_iter().chain(lookers);
            all.map(|thread| thread.join().unwrap()).collect()
        });
        assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
        let server = &self.rig.server;
        match codes[0] {
            OSS_RESUMABLE_OK => {
                add(&self.counted.stored);
                if !server.object_equals_file(BUCKET, key, &self.file) {
                    add(&self.counted.wrong);
                }
            }
            OSS_RESUMABLE_E_CANCELED if wants_cancel => {
                add(&self.counted.canceled);
                if server.object(BUCKET, key).is_some() {
                    add(&self.counted.wrong);
                }
            }
            other => panic!("{key}: {other:?}"),
        }
    }
}

/// Waits as often as it takes; another thread may be the one that is let.
fn waited(upload: &CUpload) -> oss_resumable_code_t {
    let started = Instant::now();
    loop {
        match upload.wait(7) {
            OSS_RESUMABLE_PENDING => {}
            OSS_RESUMABLE_E_STATE => thread::yield_now(),
            end => return end,
        }
        assert!(started.elapsed() < Duration::from_secs(120), "stuck");
    }
}

/// Looks at the counters until there is a result, of which it reads everything.
fn looked(upload: &CUpload, counted: &Counted) -> oss_resumable_code_t {
    let started = Instant::now();
    let mut before = 0;
    loop {
        let mut progress = init!(oss_resumable_progress_t);
        // SAFETY: the upload and the struct live.
        let code = unsafe { oss_resumable_upload_progress(upload.0, &mut progress) };
        assert_eq!(code, OSS_RESUMABLE_OK);
        if progress.consumed_bytes < before || progress.consumed_bytes > progress.total_bytes {
            add(&counted.wrong);
        }
        before = progress.consumed_bytes;
        let mut result = ptr::null_mut();
        // SAFETY: the upload lives; the result is freed by `take`.
        let code = unsafe { oss_resumable_upload_result(upload.0, &mut result) };
        add(&counted.calls);
        if code != OSS_RESUMABLE_PENDING {
            return capi::take(code, result).code;
        }
        assert!(started.elapsed() < Duration::from_secs(120), "stuck");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Changes what may be changed while uploads run.
fn meddle(client: &CClient, counted: &Counted, with_keys: bool, over: &AtomicBool) {
    let (id, secret) = (c(ACCESS_KEY_ID), c(ACCESS_KEY_SECRET));
    let limits = [3_000_000, 0, 40_000_000, 0];
    for limit in limits.into_iter().cycle() {
        if over.load(Ordering::Relaxed) {
            break;
        }
        // SAFETY: the client lives.
        unsafe {
            let code = oss_resumable_client_set_bandwidth_limit(client.0, limit);
            assert_eq!(code, OSS_RESUMABLE_OK);
            if with_keys {
                let (id, secret) = (id.as_ptr(), secret.as_ptr());
                let code = oss_resumable_client_set_credentials(client.0, id, secret, ptr::null());
                assert_eq!(code, OSS_RESUMABLE_OK);
            }
            oss_resumable_result_free(ptr::null_mut());
        }
        add(&counted.calls);
        thread::sleep(Duration::from_millis(2));
    }
    // SAFETY: the client lives.
    unsafe { oss_resumable_client_set_bandwidth_limit(client.0, 0) };
}

#[test]
fn every_call_may_be_made_from_any_thread_at_any_time() {
    let rig = Rig::in_memory();
    rig.server
        .rule(Rule::on(Op::UploadPart).then(Action::Delay { ms: 3 }));
    let file = rig.file("file", FULL_SIZE);
    let url = rig.server.url();
    let stage = Stage {
        rig,
        file,
        counted: Counted::default(),
    };
    let told = |config: &mut oss_resumable_config_t| {
        config.log_level = OSS_RESUMABLE_LOG_TRACE;
        config.log_callback = Some(on_line);
        config.log_userdata = stage.userdata();
        config.max_connections = 5;
    };
    let provider = c("callback");
    let mut asking = capi::credentials(&provider);
    asking.callback = Some(on_ask);
    asking.userdata = stage.userdata();
    let asking = CClient::with(&url, |config| {
        told(config);
        config.access_key_id = ptr::null();
        config.access_key_secret = ptr::null();
        config.credentials = &asking;
    })
    .unwrap();
    let fixed = CClient::with(&url, told).unwrap();

    let (over, time) = (AtomicBool::new(false), effort(2, 15, 600));
    let until = Instant::now() + Duration::from_secs(time);
    thread::scope(|scope| {
        let mut starters = Vec::new();
        for (name, client) in [("asking", &asking), ("fixed", &fixed)] {
            let (stage, over) = (&stage, &over);
            let with_keys = name == "fixed";
            scope.spawn(move || meddle(client, &stage.counted, with_keys, over));
            for starter in 0..STARTERS {
                starters.push(scope.spawn(move || {
                    let mut number = 0;
                    // A few even on a machine that is slow.
                    while Instant::now() < until || number < 6 {
                        stage.one_upload(client, &format!("{name}-{starter}-{number}"), number);
                        number += 1;
                    }
                }));
            }
        }
        let ended: Vec<_> = starters
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        over.store(true, Ordering::Relaxed);
        for starter in ended {
            starter.unwrap();
        }
    });

    // In any order with the client's.
    let last = stage.start(&fixed, "last", false);
    drop(fixed);
    assert_eq!(waited(&last), OSS_RESUMABLE_OK);
    drop(last);
    eventually("what is left open is in a checkpoint", || {
        let open = stage.rig.server.uploads();
        let checkpoints: Vec<String> = std::fs::read_dir(&stage.rig.dir)
            .unwrap()
            .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
            .collect();
        let is_known = |id: &str| checkpoints.iter().any(|text| text.contains(id));
        open.iter().all(|upload| is_known(&upload.upload_id))
    });
    let counted = &stage.counted;
    assert_eq!(get(&counted.wrong), 0);
    assert!(get(&counted.stored) > 0 && get(&counted.canceled) > 0);
    assert!(get(&counted.answers) > 0 && get(&counted.lines) > 0);
    figures::record(
        "threads",
        &[
            ("uploads used by several threads", get(&counted.uploads)),
            ("objects stored", get(&counted.stored)),
            ("canceled", get(&counted.canceled)),
            ("freed while running", get(&counted.freed_while_running)),
            ("calls and callbacks meanwhile", get(&counted.calls)),
            ("wrong objects, counters or ends", get(&counted.wrong)),
        ],
    );
}
