//! The C boundary: the only `unsafe`, the only `extern "C"`.
//!
//! Every exported function is a shim over a private one that returns a `Result`: exports never call
//! each other, so a program that happens to define one of the names cannot redirect us. Panics stop in
//! `guard`. What a caller passes is copied before the call returns.

#![allow(unsafe_code)]
#![deny(
    unsafe_op_in_unsafe_fn,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod client;
pub mod credentials;
mod details;
mod import;
pub mod leftovers;
mod log;
#[cfg(feature = "wiping-allocator")]
mod memory;
mod privilege;
mod request;
pub mod result;
#[cfg(test)]
mod tests;
pub mod types;
pub mod upload;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::bug::{self, Bug};
use crate::error::{Code, Error};
use types::oss_resumable_code_t::{self, *};
use types::oss_resumable_result_t;

/// Runs a body that must not unwind into C, and reports how it failed.
///
/// # Safety
/// `result_out` is NULL or points to writable memory for a pointer.
unsafe fn guard(
    result_out: *mut *mut oss_resumable_result_t,
    body: impl FnOnce() -> Result<(), Error>,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise.
    unsafe { write_out(result_out, std::ptr::null_mut()) };
    let Err(error) = caught(body) else {
        return OSS_RESUMABLE_OK;
    };
    if error.code == Code::Internal && bug::seeded(Bug::PanicIsSuccess) {
        return OSS_RESUMABLE_OK;
    }
    let code = code_of(error.code);
    // SAFETY: the caller's promise.
    unsafe { write_result(result_out, || details::from_error(&error)) };
    code
}

/// Makes a result only for a caller who takes it: nobody else would free it.
///
/// # Safety
/// `result_out` is NULL or points to writable memory for a pointer.
unsafe fn write_result(
    result_out: *mut *mut oss_resumable_result_t,
    make: impl FnOnce() -> *mut oss_resumable_result_t,
) {
    if !result_out.is_null() {
        // SAFETY: the caller's promise.
        unsafe { write_out(result_out, make()) };
    }
}

fn caught<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let error = Error::panicked(&*panic);
        drop_quietly(panic);
        Err(error)
    })
}

/// A payload may panic when it is dropped, with one that does so again: the last of some is let go.
fn drop_quietly(mut panic: Box<dyn std::any::Any + Send>) {
    for _ in 0..8 {
        match catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            Ok(()) => return,
            Err(again) => panic = again,
        }
    }
    std::mem::forget(panic);
}

/// # Safety
/// `out` is NULL or points to writable memory for a `T`.
unsafe fn write_out<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: not NULL, so writable by the caller's promise; what was there is not ours to drop.
        unsafe { out.write(value) };
    }
}

fn code_of(code: Code) -> oss_resumable_code_t {
    match code {
        Code::InvalidArgument => OSS_RESUMABLE_E_INVALID_ARGUMENT,
        Code::File => OSS_RESUMABLE_E_FILE,
        Code::FileChanged => OSS_RESUMABLE_E_FILE_CHANGED,
        Code::Checkpoint => OSS_RESUMABLE_E_CHECKPOINT,
        Code::Network => OSS_RESUMABLE_E_NETWORK,
        Code::Service => OSS_RESUMABLE_E_SERVICE,
        Code::Integrity => OSS_RESUMABLE_E_INTEGRITY,
        Code::Canceled => OSS_RESUMABLE_E_CANCELED,
        Code::State => OSS_RESUMABLE_E_STATE,
        Code::CommitUnknown => OSS_RESUMABLE_E_COMMIT_UNKNOWN,
        Code::Credentials => OSS_RESUMABLE_E_CREDENTIALS,
        Code::Internal => OSS_RESUMABLE_E_INTERNAL,
    }
}

#[cfg(test)]
mod guarding {
    use super::*;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_becomes_a_code_and_a_message() {
        let mut result = std::ptr::null_mut();
        // SAFETY: `result` is writable; the result is freed once.
        unsafe {
            let code = guard(&mut result, || panic!("broken"));
            assert_eq!(code, OSS_RESUMABLE_E_INTERNAL);
            let message = std::ffi::CStr::from_ptr(result::oss_resumable_result_message(result));
            assert!(message.to_str().is_ok_and(|text| text.contains("broken")));
            result::oss_resumable_result_free(result);
        }
    }

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_whose_payload_panics_when_it_is_dropped_goes_no_further() {
        struct Payload;
        impl Drop for Payload {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        // SAFETY: NULL is allowed.
        let code = unsafe {
            guard(std::ptr::null_mut(), || {
                std::panic::panic_any(Payload);
            })
        };
        assert_eq!(code, OSS_RESUMABLE_E_INTERNAL);
    }

    #[test]
    fn both_tables_of_codes_agree() {
        for code in [
            Code::InvalidArgument,
            Code::Canceled,
            Code::CommitUnknown,
            Code::Credentials,
            Code::Internal,
        ] {
            assert_eq!(code as i32, code_of(code) as i32);
        }
    }
}
