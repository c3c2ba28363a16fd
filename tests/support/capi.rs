//! The C API as a C program calls it, and everything that a result tells, as one value.
//!
//! Functions return [`Ended`], which has been read by every accessor and searched for secrets.
#![allow(dead_code)]

use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr;

use oss_resumable::ffi::client::*;
use oss_resumable::ffi::result::*;
use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::types::*;
use oss_resumable::ffi::upload::*;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};

use crate::engine::{BUCKET, KEY, PART, assert_no_secret};

pub fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

pub fn c_path(path: &Path) -> CString {
    c(path.to_str().unwrap())
}

/// A struct of the C API as its INIT macro makes it.
macro_rules! init {
    ($type:ty) => {{
        // SAFETY: integers, nullable pointers and functions, for which zero is valid.
        let mut value: $type = unsafe { std::mem::zeroed() };
        value.struct_size = size_of_val(&value) as u32;
        value
    }};
}

pub fn memory(bytes: &[u8]) -> oss_resumable_source_t {
    let mut source = init!(oss_resumable_source_t);
    source.kind = OSS_RESUMABLE_SOURCE_MEMORY;
    source.data = bytes.as_ptr().cast();
    source.data_len = bytes.len();
    source
}

pub fn handle(number: i64) -> oss_resumable_source_t {
    let mut source = init!(oss_resumable_source_t);
    source.kind = OSS_RESUMABLE_SOURCE_FILE;
    source.handle = number;
    source
}

pub fn credentials(provider: &CStr) -> oss_resumable_credentials_t {
    let mut credentials = init!(oss_resumable_credentials_t);
    credentials.provider = provider.as_ptr();
    credentials
}

/// How a call or an upload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: oss_resumable_code_t,
    pub message: String,
    pub stage: String,
    pub part_number: i32,
    pub offset: i64,
    pub os_errno: i32,
    pub reason: Option<String>,
    pub attempts: i32,
    pub retryable: i32,
    pub http_status: i32,
    pub error_code: Option<String>,
    pub ec: Option<String>,
    pub request_id: Option<String>,
    pub host_id: Option<String>,
    pub etag: Option<String>,
    pub upload_id: Option<String>,
    pub crc64: u64,
    pub resumed_bytes: i64,
    pub part_size: i64,
    pub parts: i32,
    pub retries: i32,
    pub warnings: u32,
    pub body: Vec<u8>,
}

fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: a string of the library, which is valid as long as the result.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_str().expect("UTF-8").to_owned())
}

/// Reads a result and frees it. NULL, where there is nothing to tell, reads as the code alone.
#[track_caller]
pub fn take(code: oss_resumable_code_t, result: *mut oss_resumable_result_t) -> Ended {
    // SAFETY: a result of the library or NULL; freed once, after everything has been copied.
    let ended = unsafe {
        let mut len = 0;
        let body = oss_resumable_result_body(result, &mut len);
        let ended = Ended {
            code,
            message: text(oss_resumable_result_message(result)).unwrap(),
            stage: text(oss_resumable_result_stage(result)).unwrap(),
            part_number: oss_resumable_result_part_number(result),
            offset: oss_resumable_result_offset(result),
            os_errno: oss_resumable_result_os_errno(result),
            reason: text(oss_resumable_result_reason(result)),
            attempts: oss_resumable_result_attempts(result),
            retryable: oss_resumable_result_retryable(result),
            http_status: oss_resumable_result_http_status(result),
            error_code: text(oss_resumable_result_error_code(result)),
            ec: text(oss_resumable_result_ec(result)),
            request_id: text(oss_resumable_result_request_id(result)),
            host_id: text(oss_resumable_result_host_id(result)),
            etag: text(oss_resumable_result_etag(result)),
            upload_id: text(oss_resumable_result_upload_id(result)),
            crc64: oss_resumable_result_crc64(result),
            resumed_bytes: oss_resumable_result_resumed_bytes(result),
            part_size: oss_resumable_result_part_size(result),
            parts: oss_resumable_result_parts(result),
            retries: oss_resumable_result_retries(result),
            warnings: oss_resumable_result_warnings(result),
            body: std::slice::from_raw_parts(body.cast(), len).to_vec(),
        };
        if !result.is_null() {
            assert_eq!(oss_resumable_result_code(result), code, "{ended:?}");
        }
        oss_resumable_result_free(result);
        ended
    };
    assert_no_secret(&format!("{ended:?}"));
    ended
}

impl Ended {
    #[track_caller]
    pub fn ok(self) -> Ended {
        assert_eq!(self.code, OSS_RESUMABLE_OK, "{self:?}");
        self
    }
}

#[derive(Debug)]
pub struct CClient(pub *mut oss_resumable_client_t);

// SAFETY: any thread may use a client.
unsafe impl Sync for CClient {}

impl Drop for CClient {
    fn drop(&mut self) {
        // SAFETY: made by the library, freed once.
        unsafe { oss_resumable_client_free(self.0) };
    }
}

impl CClient {
    /// With times that suit a server on this machine.
    #[track_caller]
    pub fn new(url: &str) -> CClient {
        CClient::with(url, |_| {}).unwrap_or_else(|ended| panic!("{ended:?}"))
    }

    pub fn with(
        url: &str,
        change: impl FnOnce(&mut oss_resumable_config_t),
    ) -> Result<CClient, Box<Ended>> {
        let (endpoint, region) = (c(url), c("cn-hangzhou"));
        let (id, secret) = (c(ACCESS_KEY_ID), c(ACCESS_KEY_SECRET));
        let mut config = init!(oss_resumable_config_t);
        config.endpoint = endpoint.as_ptr();
        config.region = region.as_ptr();
        config.access_key_id = id.as_ptr();
        config.access_key_secret = secret.as_ptr();
        config.connect_timeout_ms = 10_000;
        config.stall_timeout_ms = 10_000;
        config.retry_timeout_ms = 20_000;
        change(&mut config);
        let (mut client, mut result) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: every pointer is valid during the call.
        let code = unsafe { oss_resumable_client_new(&config, &mut client, &mut result) };
        match code {
            OSS_RESUMABLE_OK => Ok(CClient(client)),
            code => Err(Box::new(take(code, result))),
        }
    }

    /// One call, from [`params`]; the path is left out for other sources.
    #[track_caller]
    pub fn upload(
        &self,
        file: Option<&Path>,
        change: impl FnOnce(&mut oss_resumable_params_t),
    ) -> Ended {
        self.upload_to(BUCKET, KEY, file, change)
    }

    #[track_caller]
    pub fn upload_to(
        &self,
        bucket: &str,
        key: &str,
        file: Option<&Path>,
        change: impl FnOnce(&mut oss_resumable_params_t),
    ) -> Ended {
        let (bucket, key, file) = (c(bucket), c(key), file.map(c_path));
        let file = file.as_ref().map_or(ptr::null(), |file| file.as_ptr());
        let mut params = params();
        change(&mut params);
        let mut result = ptr::null_mut();
        let (bucket, key) = (bucket.as_ptr(), key.as_ptr());
        // SAFETY: every pointer is valid during the call.
        let code =
            unsafe { oss_resumable_upload_file(self.0, bucket, key, file, &params, &mut result) };
        take(code, result)
    }

    #[track_caller]
    pub fn start(
        &self,
        file: Option<&Path>,
        change: impl FnOnce(&mut oss_resumable_params_t),
    ) -> CUpload {
        let (bucket, key, file) = (c(BUCKET), c(KEY), file.map(c_path));
        let file = file.as_ref().map_or(ptr::null(), |file| file.as_ptr());
        let mut params = params();
        change(&mut params);
        let (mut upload, mut result) = (ptr::null_mut(), ptr::null_mut());
        let (bucket, key) = (bucket.as_ptr(), key.as_ptr());
        // SAFETY: every pointer is valid during the call.
        let code = unsafe {
            oss_resumable_upload_start(self.0, bucket, key, file, &params, &mut upload, &mut result)
        };
        take(code, result).ok();
        CUpload(upload)
    }
}

/// Parts of the smallest size, three in flight, a checkpoint.
pub fn params() -> oss_resumable_params_t {
    let mut params = init!(oss_resumable_params_t);
    params.part_size = PART as i64;
    params.thread_num = 3;
    params.enable_checkpoint = 1;
    params
}

pub struct CUpload(pub *mut oss_resumable_upload_t);

// SAFETY: any thread may use an upload.
unsafe impl Sync for CUpload {}

impl Drop for CUpload {
    fn drop(&mut self) {
        // SAFETY: made by the library, freed once.
        unsafe { oss_resumable_upload_free(self.0) };
    }
}

impl CUpload {
    pub fn wait(&self, timeout_ms: i64) -> oss_resumable_code_t {
        // SAFETY: the upload lives.
        unsafe { oss_resumable_upload_wait(self.0, timeout_ms) }
    }

    pub fn cancel(&self) {
        // SAFETY: the upload lives.
        unsafe { oss_resumable_upload_cancel(self.0) };
    }

    /// With a limit, so that a test that would hang fails instead.
    #[track_caller]
    pub fn end(&self) -> Ended {
        assert_ne!(self.wait(120_000), OSS_RESUMABLE_PENDING);
        let mut result = ptr::null_mut();
        // SAFETY: the upload lives; the result is freed by `take`.
        let code = unsafe { oss_resumable_upload_result(self.0, &mut result) };
        take(code, result)
    }
}
