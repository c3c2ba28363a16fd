//! Uploads through the C API, from Rust.
#![allow(dead_code)]

use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr;

use oss_resumable::ffi::client::*;
use oss_resumable::ffi::result::*;
use oss_resumable::ffi::types::*;
use oss_resumable::ffi::upload::*;
use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};

use super::engine::{BUCKET, KEY};

/// What the accessors of a result say.
#[derive(Debug)]
pub struct CResult {
    pub code: i32,
    pub reason: Option<String>,
    pub os_errno: i32,
    pub message: String,
}

pub fn text(text: &str) -> CString {
    CString::new(text).unwrap()
}

pub struct CClient(*mut oss_resumable_client_t);

impl CClient {
    /// `set` adds to a config with endpoint and account; its strings outlive this call.
    pub fn new(
        url: &str,
        set: impl FnOnce(&mut oss_resumable_config_t),
    ) -> Result<CClient, CResult> {
        let (endpoint, region) = (text(url), text("cn-hangzhou"));
        let (id, secret) = (text(ACCESS_KEY_ID), text(ACCESS_KEY_SECRET));
        // SAFETY: integers, pointers and a nullable function, for which zero is valid.
        let mut config: oss_resumable_config_t = unsafe { std::mem::zeroed() };
        config.struct_size = size_of_val(&config) as u32;
        config.endpoint = endpoint.as_ptr();
        config.region = region.as_ptr();
        config.access_key_id = id.as_ptr();
        config.access_key_secret = secret.as_ptr();
        set(&mut config);
        let (mut client, mut result) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: every pointer is valid while it is used; the result is freed once.
        unsafe {
            let code = oss_resumable_client_new(&config, &mut client, &mut result);
            if client.is_null() {
                return Err(read(code as i32, result));
            }
        }
        Ok(CClient(client))
    }

    /// In one call, parts of the smallest size, three in flight.
    pub fn upload(&self, file: &Path) -> CResult {
        let (bucket, key) = (text(BUCKET), text(KEY));
        let path = text(file.to_str().unwrap());
        // SAFETY: as for the config; every pointer is valid while it is used.
        unsafe {
            let mut params: oss_resumable_params_t = std::mem::zeroed();
            params.struct_size = size_of_val(&params) as u32;
            params.thread_num = 3;
            let mut result = ptr::null_mut();
            let code = oss_resumable_upload_file(
                self.0,
                bucket.as_ptr(),
                key.as_ptr(),
                path.as_ptr(),
                &params,
                &mut result,
            );
            read(code as i32, result)
        }
    }
}

impl Drop for CClient {
    fn drop(&mut self) {
        // SAFETY: made by `oss_resumable_client_new`, freed once.
        unsafe { oss_resumable_client_free(self.0) };
    }
}

/// # Safety
/// `result` is NULL or came from the library; it is freed here.
unsafe fn read(code: i32, result: *mut oss_resumable_result_t) -> CResult {
    // SAFETY: the caller's promise; strings are static or owned by the result.
    unsafe {
        let read = CResult {
            code,
            reason: owned(oss_resumable_result_reason(result)),
            os_errno: oss_resumable_result_os_errno(result),
            message: owned(oss_resumable_result_message(result)).unwrap_or_default(),
        };
        oss_resumable_result_free(result);
        read
    }
}

/// # Safety
/// `string` is NULL or has a NUL at its end.
unsafe fn owned(string: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    let string = (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) })?;
    Some(string.to_str().unwrap().to_owned())
}
