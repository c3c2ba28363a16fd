//! The exported functions, called from Rust as C calls them.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr;

use oss_resumable::ffi::client::*;
use oss_resumable::ffi::result::*;
use oss_resumable::ffi::types::*;
use oss_resumable::ffi::upload::*;

use oss_test_server::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};

use super::engine::{BUCKET, KEY, assert_no_secret};

/// Keeps what pointers point to.
#[derive(Default)]
pub struct Strings(RefCell<Vec<CString>>);

impl Strings {
    pub fn keep(&self, text: &str) -> *const c_char {
        let text = CString::new(text).unwrap();
        // Where the bytes are stays the same when the owner moves.
        let pointer = text.as_ptr();
        self.0.borrow_mut().push(text);
        pointer
    }

    pub fn path(&self, path: &Path) -> *const c_char {
        self.keep(path.to_str().unwrap())
    }
}

macro_rules! init {
    ($name:ident, $type:ty) => {
        /// As the header's `_INIT` macro leaves it.
        pub fn $name() -> $type {
            // SAFETY: integers, pointers and nullable functions, for which zero is valid.
            let mut value: $type = unsafe { std::mem::zeroed() };
            value.struct_size = u32::try_from(size_of::<$type>()).unwrap();
            value
        }
    };
}

/// For a server of the tests, with its long-term account.
pub fn config_for(url: &str, strings: &Strings) -> oss_resumable_config_t {
    oss_resumable_config_t {
        endpoint: strings.keep(url),
        region: strings.keep("cn-hangzhou"),
        access_key_id: strings.keep(ACCESS_KEY_ID),
        access_key_secret: strings.keep(ACCESS_KEY_SECRET),
        ..config()
    }
}

init!(config, oss_resumable_config_t);
init!(credentials, oss_resumable_credentials_t);
init!(params, oss_resumable_params_t);
init!(callback, oss_resumable_callback_t);

/// A result, read and freed.
#[derive(Debug)]
pub struct Outcome {
    pub code: oss_resumable_code_t,
    pub message: String,
    pub http_status: i32,
    pub warnings: u32,
    pub callback_error: Option<String>,
    pub body: Vec<u8>,
    pub content_type: Option<String>,
    pub error_code: Option<String>,
}

impl Outcome {
    /// # Safety
    /// `result` is NULL or came from the library; it is freed here.
    unsafe fn take(code: oss_resumable_code_t, result: *mut oss_resumable_result_t) -> Outcome {
        // SAFETY: the caller's promise, and what the header says of each function.
        unsafe {
            let text = |pointer: *const c_char| {
                (!pointer.is_null()).then(|| CStr::from_ptr(pointer).to_str().unwrap().to_owned())
            };
            let mut len = 0;
            let body = oss_resumable_result_body(result, &mut len);
            let body = std::slice::from_raw_parts(body.cast::<u8>(), len).to_vec();
            let header = |name: &CStr| text(oss_resumable_result_header(result, name.as_ptr()));
            if !result.is_null() {
                assert_eq!(oss_resumable_result_code(result), code);
            }
            let outcome = Outcome {
                code,
                message: text(oss_resumable_result_message(result)).unwrap(),
                http_status: oss_resumable_result_http_status(result),
                warnings: oss_resumable_result_warnings(result),
                callback_error: text(oss_resumable_result_callback_error(result)),
                content_type: header(c"content-type"),
                error_code: text(oss_resumable_result_error_code(result)),
                body,
            };
            oss_resumable_result_free(result);
            assert_no_secret(&outcome.message);
            outcome
        }
    }
}

/// Freed when dropped.
pub struct Client(*mut oss_resumable_client_t);

impl Client {
    pub fn new(config: &oss_resumable_config_t) -> Result<Client, Box<Outcome>> {
        let (mut client, mut result) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the pointers are valid; the test keeps what the config points to.
        let code = unsafe { oss_resumable_client_new(config, &mut client, &mut result) };
        if code == oss_resumable_code_t::OSS_RESUMABLE_OK {
            assert!(result.is_null());
            return Ok(Client(client));
        }
        assert!(client.is_null());
        // SAFETY: just given to us.
        Err(Box::new(unsafe { Outcome::take(code, result) }))
    }

    /// To the key of these tests.
    pub fn upload(&self, file: &Path, params: &oss_resumable_params_t) -> Outcome {
        self.upload_to(BUCKET, KEY, file, params)
    }

    pub fn upload_to(
        &self,
        bucket: &str,
        key: &str,
        file: &Path,
        params: &oss_resumable_params_t,
    ) -> Outcome {
        let strings = Strings::default();
        let (bucket, key) = (strings.keep(bucket), strings.keep(key));
        let (file, mut result) = (strings.path(file), ptr::null_mut());
        // SAFETY: the pointers are valid; the test keeps what the params point to.
        unsafe {
            let code = oss_resumable_upload_file(self.0, bucket, key, file, params, &mut result);
            Outcome::take(code, result)
        }
    }
}

impl Client {
    /// Gives the upload of the file up whose checkpoint is beside it.
    pub fn discard(&self, file: &Path) -> Outcome {
        let strings = Strings::default();
        let (bucket, key) = (strings.keep(BUCKET), strings.keep(KEY));
        let (file, mut result) = (strings.path(file), ptr::null_mut());
        // SAFETY: the pointers are valid.
        unsafe {
            let code = oss_resumable_discard(self.0, bucket, key, file, ptr::null(), &mut result);
            Outcome::take(code, result)
        }
    }

    pub fn set_credentials(&self, id: &str, secret: &str, token: &str) -> oss_resumable_code_t {
        let strings = Strings::default();
        let (id, secret) = (strings.keep(id), strings.keep(secret));
        // SAFETY: the pointers are valid.
        unsafe { oss_resumable_client_set_credentials(self.0, id, secret, strings.keep(token)) }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: freed once.
        unsafe { oss_resumable_client_free(self.0) };
    }
}
