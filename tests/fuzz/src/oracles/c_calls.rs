//! Sequences of C calls, with good arguments and bad ones, in any order that the header allows: codes
//! are those that are documented, what is said of an object is so, and nothing is left behind.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use oss_resumable::crc;
use oss_resumable::ffi::client::*;
use oss_resumable::ffi::leftovers::*;
use oss_resumable::ffi::result::*;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_resumable::ffi::upload::*;

use super::c_arguments::{Arguments, BUCKET, Roomy, Watch, world};

type Code = oss_resumable_code_t;

const MAX_CALLS: u32 = 24;
const MAX_UPLOADS: usize = 3;
/// Far more than an upload of this size takes, on any machine.
const END_MS: i64 = 120_000;

struct Upload {
    handle: *mut oss_resumable_upload_t,
    key: String,
    /// In the bucket that can be looked into.
    visible: bool,
    length: usize,
    /// Looked at by the callbacks for as long as somebody waits.
    _watch: Box<Watch>,
}

struct Host<'a> {
    arguments: Arguments<'a>,
    clients: [*mut oss_resumable_client_t; 2],
    uploads: Vec<Upload>,
    keys: Vec<String>,
}

pub fn check(data: &[u8]) {
    let mut host = Host {
        arguments: Arguments::new(data),
        clients: [ptr::null_mut(); 2],
        uploads: Vec::new(),
        keys: Vec::new(),
    };
    for _ in 0..MAX_CALLS {
        if host.arguments.input.is_empty() {
            break;
        }
        // SAFETY: every handle is NULL or lives; every pointer is NULL or leads to as much as it says.
        unsafe { host.call() };
    }
    // SAFETY: as above.
    unsafe { host.leave() };
}

impl Upload {
    /// The object is there and is what was given, or nothing is; only two codes leave it open.
    fn is_as_told(&self, code: Code) {
        if !self.visible {
            return;
        }
        let object = world().server.object(BUCKET.to_str().unwrap(), &self.key);
        match code {
            OSS_RESUMABLE_OK => {
                let object = object.expect("a success without an object");
                let crc64 = crc::crc64(&world().bytes[..self.length]);
                assert_eq!(
                    (object.size, object.crc64),
                    (self.length as u64, Some(crc64))
                );
            }
            OSS_RESUMABLE_E_COMMIT_UNKNOWN | OSS_RESUMABLE_E_INTEGRITY => {}
            other => assert!(object.is_none(), "{other:?} hides a commit"),
        }
    }
}

/// Reads everything that a result tells, and frees it.
unsafe fn take(code: Code, result: *mut oss_resumable_result_t) {
    let text = |pointer: *const c_char| {
        // SAFETY: NULL or a string of the library.
        (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().expect("UTF-8"))
    };
    // SAFETY: NULL or a result, which lives until the end of this block.
    unsafe {
        if !result.is_null() {
            assert_eq!(oss_resumable_result_code(result), code);
            assert!(documented(code));
        }
        let message = text(oss_resumable_result_message(result)).expect("never NULL");
        assert!(!message.contains('\0') && !message.contains(oss_test_server::ACCESS_KEY_SECRET));
        assert!(text(oss_resumable_result_stage(result)).is_some());
        for read in [
            oss_resumable_result_reason,
            oss_resumable_result_callback_error,
            oss_resumable_result_error_code,
            oss_resumable_result_request_id,
            oss_resumable_result_host_id,
            oss_resumable_result_ec,
            oss_resumable_result_etag,
            oss_resumable_result_version_id,
            oss_resumable_result_upload_id,
        ] {
            text(read(result));
        }
        assert!((0..=10_000).contains(&oss_resumable_result_part_number(result)));
        assert!((0..=10_000).contains(&oss_resumable_result_parts(result)));
        assert!(oss_resumable_result_retries(result) >= 0);
        assert!((0..128).contains(&oss_resumable_result_warnings(result)));
        let count = oss_resumable_result_header_count(result);
        for index in 0..=count {
            let (mut name, mut value) = (ptr::null(), ptr::null());
            let found = oss_resumable_result_header_at(result, index, &mut name, &mut value);
            assert_eq!(
                found == 0,
                index == count,
                "header {index} of {count}: {found}"
            );
            text(name);
            text(value);
        }
        text(oss_resumable_result_header(result, c"etag".as_ptr()));
        let mut length = 0;
        let body = oss_resumable_result_body(result, &mut length);
        assert!(length == 0 || !body.is_null());
        oss_resumable_result_free(result);
    }
}

fn documented(code: Code) -> bool {
    (-11..=0).contains(&(code as i32))
}

/// Refused, or done: what a call that sends nothing may answer.
fn local(code: Code) -> bool {
    matches!(code, OSS_RESUMABLE_OK | OSS_RESUMABLE_E_INVALID_ARGUMENT)
}

impl Host<'_> {
    fn client(&mut self) -> *mut oss_resumable_client_t {
        self.clients[usize::from(self.arguments.input.below(2))]
    }

    fn upload(&mut self) -> *mut oss_resumable_upload_t {
        let at = usize::from(self.arguments.input.below(4));
        self.uploads
            .get(at)
            .map_or(ptr::null_mut(), |upload| upload.handle)
    }

    unsafe fn call(&mut self) {
        let client = self.client();
        let mut result = ptr::null_mut();
        let out: *mut *mut oss_resumable_result_t = match self.arguments.odd() {
            true => ptr::null_mut(),
            false => &mut result,
        };
        // SAFETY: as `check` says.
        unsafe {
            match self.arguments.input.below(16) {
                0 | 1 => self.new_client(out),
                2..=4 => self.start(client, out),
                5 => {
                    let upload = self.upload();
                    let timeout = self.arguments.input.pick(&[0, 0, 1, 20, -2, i64::MIN]);
                    let code = oss_resumable_upload_wait(upload, timeout);
                    assert!(documented(code) || code == OSS_RESUMABLE_PENDING);
                    assert!(!upload.is_null() || code == OSS_RESUMABLE_E_INVALID_ARGUMENT);
                }
                6 => self.progress(),
                7 => oss_resumable_upload_cancel(self.upload()),
                8 => {
                    let code = oss_resumable_upload_result(self.upload(), out);
                    assert!(documented(code) || code == OSS_RESUMABLE_PENDING);
                }
                9 if !self.uploads.is_empty() => {
                    let at = usize::from(self.arguments.input.byte()) % self.uploads.len();
                    // Its end is not known then, only that there is one.
                    oss_resumable_upload_free(self.uploads.swap_remove(at).handle);
                }
                10 => {
                    let at = usize::from(self.arguments.input.below(2));
                    oss_resumable_client_free(std::mem::replace(
                        &mut self.clients[at],
                        ptr::null_mut(),
                    ));
                }
                11 => self.upload_file(client, out),
                12 => {
                    let limit = self.arguments.input.pick(&[0, 0, 1 << 40, 1, -1, i64::MAX]);
                    assert!(local(oss_resumable_client_set_bandwidth_limit(
                        client, limit
                    )));
                }
                13 => {
                    let (id, secret) = (self.arguments.text(c"id"), self.arguments.text(c"secret"));
                    let token = self.arguments.optional(c"token");
                    let code = oss_resumable_client_set_credentials(client, id, secret, token);
                    assert!(local(code));
                }
                14 => self.leftovers(client, out),
                _ => {
                    let file = self.arguments.text(&world().file);
                    let (bucket, key) = (self.arguments.text(BUCKET), self.arguments.text(c"key"));
                    let place = self.arguments.optional(c"/dev/null/x.ucp");
                    let code = oss_resumable_discard(client, bucket, key, file, place, out);
                    assert!(documented(code));
                    take(code, result);
                    result = ptr::null_mut();
                }
            }
            if !result.is_null() {
                take(oss_resumable_result_code(result), result);
            }
        }
    }

    unsafe fn new_client(&mut self, out: *mut *mut oss_resumable_result_t) {
        let at = usize::from(self.arguments.input.below(2));
        let config = self.arguments.config();
        let config = if self.arguments.odd() {
            ptr::null()
        } else {
            config
        };
        let mut client = ptr::dangling_mut();
        // SAFETY: the config and what it leads to live until the sequence ends.
        unsafe {
            let code = oss_resumable_client_new(config, &mut client, out);
            assert!(local(code), "{code:?}");
            assert_eq!(client.is_null(), code != OSS_RESUMABLE_OK);
            oss_resumable_client_free(std::mem::replace(&mut self.clients[at], client));
        }
    }

    /// Bucket, key, file and params for an upload, and what may become of it.
    fn prepare(&mut self) -> ([*const c_char; 3], *const oss_resumable_params_t, Upload) {
        let mut watch = Box::new(Watch::default());
        watch.stop_at = u32::from(self.arguments.input.below(8));
        let userdata: *mut c_void = (&raw mut *watch).cast();
        let params = self.arguments.params(userdata);
        // One that no upload of an earlier sequence can still be at work on.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let key = format!("key-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut length = Some(world().bytes.len());
        let mut file = self.arguments.text(&world().file);
        if self.arguments.input.below(4) > 0 && !params.is_null() {
            let (source, source_length) = self.arguments.source();
            // SAFETY: made just now, and not shared yet.
            unsafe { (*params.cast_mut()).source = source };
            length = source_length;
            if !self.arguments.odd() {
                file = ptr::null();
            }
        }
        let bucket = self.arguments.text(BUCKET);
        // SAFETY: NULL or a string of ours.
        let visible = !bucket.is_null() && unsafe { CStr::from_ptr(bucket) } == BUCKET;
        let visible = visible && length.is_some();
        let object = self.arguments.keep(&key);
        self.keys.push(key.clone());
        let upload = Upload {
            handle: ptr::null_mut(),
            key,
            visible,
            length: length.unwrap_or_default(),
            _watch: watch,
        };
        ([bucket, object, file], params, upload)
    }

    unsafe fn start(
        &mut self,
        client: *mut oss_resumable_client_t,
        out: *mut *mut oss_resumable_result_t,
    ) {
        if self.uploads.len() == MAX_UPLOADS {
            return;
        }
        let ([bucket, object, file], params, mut upload) = self.prepare();
        let nowhere = self.arguments.odd();
        let mut handle = ptr::dangling_mut();
        let handle_out: *mut *mut oss_resumable_upload_t = if nowhere {
            ptr::null_mut()
        } else {
            &mut handle
        };
        // SAFETY: everything passed lives until the sequence ends.
        let code = unsafe {
            oss_resumable_upload_start(client, bucket, object, file, params, handle_out, out)
        };
        assert!(local(code), "{code:?}");
        if code == OSS_RESUMABLE_OK {
            upload.handle = handle;
            self.uploads.push(upload);
        } else {
            assert!(nowhere || handle.is_null());
        }
    }

    unsafe fn upload_file(
        &mut self,
        client: *mut oss_resumable_client_t,
        out: *mut *mut oss_resumable_result_t,
    ) {
        let ([bucket, object, file], params, upload) = self.prepare();
        // SAFETY: everything passed lives until the sequence ends.
        let code = unsafe { oss_resumable_upload_file(client, bucket, object, file, params, out) };
        assert!(documented(code), "{code:?}");
        upload.is_as_told(code);
    }

    unsafe fn progress(&mut self) {
        let upload = self.upload();
        let mut progress: Roomy<oss_resumable_progress_t> = self.arguments.roomy();
        let nowhere = self.arguments.odd();
        let out = if nowhere {
            ptr::null_mut()
        } else {
            (&raw mut progress).cast()
        };
        // SAFETY: as much can be written there as its size says.
        let code = unsafe { oss_resumable_upload_progress(upload, out) };
        assert!(local(code), "{code:?}");
        let it = progress.it;
        if code == OSS_RESUMABLE_OK && it.struct_size as usize >= size_of_val(&it) {
            assert!((0..=7).contains(&it.stage));
            assert!(it.consumed_bytes >= 0 && it.consumed_bytes <= it.total_bytes.max(0));
            assert!(it.resumed_bytes <= it.consumed_bytes && it.parts_done <= it.parts_total);
        }
    }

    unsafe fn leftovers(
        &mut self,
        client: *mut oss_resumable_client_t,
        out: *mut *mut oss_resumable_result_t,
    ) {
        let (bucket, prefix) = (
            self.arguments.text(BUCKET),
            self.arguments.optional(c"other"),
        );
        let age = self.arguments.long(86_400);
        // SAFETY: the strings live until the sequence ends; the list is freed.
        unsafe {
            let code = match self.arguments.input.below(3) {
                0 => {
                    let (key, id) = (self.arguments.text(c"key"), self.arguments.text(c"ID"));
                    oss_resumable_abort_upload(client, bucket, key, id, out)
                }
                1 => {
                    let mut aborted = -1;
                    let code =
                        oss_resumable_abort_uploads(client, bucket, prefix, age, &mut aborted, out);
                    assert!(aborted >= 0);
                    code
                }
                _ => {
                    let mut list = ptr::null_mut();
                    let code =
                        oss_resumable_list_uploads(client, bucket, prefix, age, &mut list, out);
                    assert_eq!(list.is_null(), code != OSS_RESUMABLE_OK);
                    let count = oss_resumable_upload_list_count(list);
                    for index in 0..=count {
                        let (mut key, mut id, mut time) = (ptr::null(), ptr::null(), 0);
                        let found =
                            oss_resumable_upload_list_at(list, index, &mut key, &mut id, &mut time);
                        assert_eq!(found == 0, index == count, "upload {index} of {count}");
                    }
                    oss_resumable_upload_list_free(list);
                    code
                }
            };
            assert!(documented(code), "{code:?}");
        }
    }

    /// Every upload comes to an end, and the end is true.
    unsafe fn leave(&mut self) {
        for upload in std::mem::take(&mut self.uploads) {
            // SAFETY: the handles live until they are freed here.
            unsafe {
                if self.arguments.input.flag() {
                    oss_resumable_upload_cancel(upload.handle);
                }
                let code = oss_resumable_upload_wait(upload.handle, END_MS);
                assert!(documented(code), "{code:?}");
                let mut result = ptr::null_mut();
                assert_eq!(
                    oss_resumable_upload_result(upload.handle, &mut result),
                    code
                );
                oss_resumable_upload_free(upload.handle);
                take(code, result);
                upload.is_as_told(code);
            }
        }
        for client in std::mem::take(&mut self.clients) {
            // SAFETY: freed once.
            unsafe { oss_resumable_client_free(client) };
        }
        let server = &world().server;
        for key in std::mem::take(&mut self.keys) {
            server.delete_object(BUCKET.to_str().unwrap(), &key);
        }
        server.abort_all();
        server.clear_log();
    }
}
