//! oss_resumable_result_*: what there is to know about an outcome.

use std::ffi::{CStr, CString, c_char};

use crate::bug::{self, Bug};
use crate::error::Stage;

use super::client::NULL_HANDLE;
use super::details::Details;
use super::types::{oss_resumable_code_t, oss_resumable_result_t};

/// # Safety
/// `result` is NULL or came from this library and has not been freed.
unsafe fn borrow<'a>(result: *const oss_resumable_result_t) -> Option<&'a Details> {
    // SAFETY: the caller's promise.
    unsafe { result.cast::<Details>().as_ref() }
}

fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(std::ptr::null(), |text| text.as_ptr())
}

// Written out one by one, because cbindgen reads the source and does not expand macros.

/// How it ended. OSS_RESUMABLE_E_INVALID_ARGUMENT for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_code(
    result: *const oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(NULL_HANDLE, |details| details.code)
}

/// A sentence for a person, UTF-8; begins with the field's name for a bad argument. Never NULL, never a
/// secret in it. Lives as long as the result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_message(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    match unsafe { borrow(result) } {
        Some(details) => details.message.as_ptr(),
        None => c"no result".as_ptr(),
    }
}

/// What the upload was busy with when it ended: "prepare", "resume", "initiate", "upload", "complete",
/// "settle", "abort" or "done". Never NULL, static. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_stage(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let stage = unsafe { borrow(result) }.map_or(Stage::Prepare, |details| details.stage);
    stage_text(stage).as_ptr()
}

/// The part that failed, from 1; 0 when no single part is concerned, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_part_number(
    result: *const oss_resumable_result_t,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.part_number)
}

/// Where in the file it failed, in bytes from 0: the beginning of the part, or where reading failed; -1
/// when no place is concerned, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_offset(result: *const oss_resumable_result_t) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(-1, |details| details.offset)
}

/// The operating system's error number (errno; Windows: its error code) behind a failure of the file,
/// the checkpoint or the network; 0 when there is none, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_os_errno(
    result: *const oss_resumable_result_t,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.os_errno)
}

/// Why there was no usable answer, finer than OSS_RESUMABLE_E_NETWORK: "dns", "connection_refused",
/// "connect_timeout", "connect", "proxy_unreachable", "proxy_authentication", "proxy_refused",
/// "certificate_expired", "certificate_wrong_host", "certificate_unknown_ca", "certificate", "tls",
/// "stalled", "broken" or "oversized_reply".
///
/// NULL for every other failure, on success, and for NULL. Static. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_reason(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let reason = unsafe { borrow(result) }.and_then(|details| details.reason);
    reason.map_or(std::ptr::null(), |reason| reason.name().as_ptr())
}

/// How often the request that failed in the end was tried; 0 when no request is concerned, and for
/// NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_attempts(
    result: *const oss_resumable_result_t,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.attempts)
}

/// 1 when the cause may pass, so that the same call, unchanged, may succeed later; 0 when something has
/// to be changed first, on success, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_retryable(
    result: *const oss_resumable_result_t,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| i32::from(details.retryable))
}

/// Why the upload callback failed although the object is stored (OSS_RESUMABLE_WARN_CALLBACK_FAILED), in
/// OSS's words; NULL when it did not, and for NULL. Lives as long as the result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_callback_error(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.callback_error.as_ref()))
}

/// The HTTP status of the answer that decided; 0 when there was none, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_http_status(
    result: *const oss_resumable_result_t,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.http_status)
}

/// OSS's error code, such as "NoSuchBucket"; NULL when OSS reported none, and for NULL. Lives as long as
/// the result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_error_code(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.error_code.as_ref()))
}

/// OSS's id of the deciding request, for its support; NULL when there was no answer, and for NULL. Lives
/// as long as the result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_request_id(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.request_id.as_ref()))
}

/// The host that refused, as OSS names it; NULL when it named none, and for NULL. Lives as long as the
/// result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_host_id(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.host_id.as_ref()))
}

/// OSS's finer error code (EC), such as "0002-00000504"; NULL when there was none, and for NULL. Lives as
/// long as the result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_ec(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.ec.as_ref()))
}

/// The object's ETag without quotes; not an MD5 after a multipart upload. NULL on failure, and for NULL.
/// Lives as long as the result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_etag(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.etag.as_ref()))
}

/// The object's version id; NULL without versioning, on failure, and for NULL. Lives as long as the
/// result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_version_id(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.version_id.as_ref()))
}

/// The multipart upload id; NULL when there was none (one PutObject), and for NULL. Lives as long as the
/// result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_upload_id(
    result: *const oss_resumable_result_t,
) -> *const c_char {
    // SAFETY: the caller's promise.
    pointer(unsafe { borrow(result) }.and_then(|details| details.upload_id.as_ref()))
}

/// CRC-64 (ECMA-182, as in x-oss-hash-crc64ecma) of the file, equal to the object's; 0 on failure, and for
/// NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_crc64(result: *const oss_resumable_result_t) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.crc64)
}

/// Bytes taken over from an earlier run and not sent again; 0 for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_resumed_bytes(
    result: *const oss_resumable_result_t,
) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.resumed_bytes)
}

/// The part size used, in bytes; 0 when the upload ended before it was planned, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_part_size(
    result: *const oss_resumable_result_t,
) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.part_size)
}

/// The number of parts; 1 for one PutObject; 0 as for the part size. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_parts(result: *const oss_resumable_result_t) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.parts)
}

/// Attempts that had to be made again; 0 for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_retries(
    result: *const oss_resumable_result_t,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.retries)
}

/// OSS_RESUMABLE_WARN_* bits; 0 when there is nothing to tell, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_warnings(
    result: *const oss_resumable_result_t,
) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.warnings)
}

/// A header of OSS's answer to the request that committed the object, by name in any case.
///
/// NULL when there is none of that name, on failure, when `name` is NULL, and for NULL. Lives as long
/// as the result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed; `name` is NULL or a string with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_header(
    result: *const oss_resumable_result_t,
    name: *const c_char,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let Some(details) = (unsafe { borrow(result) }) else {
        return std::ptr::null();
    };
    if name.is_null() {
        return std::ptr::null();
    }
    // SAFETY: not NULL; the caller's promise.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let found = details
        .headers
        .iter()
        .find(|(known, _)| known.to_bytes().eq_ignore_ascii_case(name));
    pointer(found.map(|(_, value)| value))
}

/// How many headers OSS's answer had; 0 on failure, and for NULL. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_header_count(
    result: *const oss_resumable_result_t,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe { borrow(result) }.map_or(0, |details| details.headers.len())
}

/// Header number `index`, from 0: writes its name (lower case) and value, which live as long as the
/// result. An output that is NULL is not written. Returns 1, or 0 and NULL in both when there is no
/// such header. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_header_at(
    result: *const oss_resumable_result_t,
    index: usize,
    name_out: *mut *const c_char,
    value_out: *mut *const c_char,
) -> i32 {
    // SAFETY: the caller's promise.
    let header = unsafe { borrow(result) }.and_then(|details| details.headers.get(index));
    // SAFETY: the caller's promise.
    unsafe {
        super::write_out(name_out, pointer(header.map(|(name, _)| name)));
        super::write_out(value_out, pointer(header.map(|(_, value)| value)));
    }
    i32::from(header.is_some())
}

/// The body of OSS's answer to the request that committed the object: with an upload callback, what
/// the callback's receiver answered.
///
/// Writes the length to `*len_out`, unless `len_out` is NULL. A NUL that does not count follows the
/// body, which may hold any bytes. Never NULL; empty on failure, and for NULL. Lives as long as the
/// result. Any thread.
///
/// # Safety
/// `result` is NULL or a result that has not been freed; `len_out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_body(
    result: *const oss_resumable_result_t,
    len_out: *mut usize,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let body = unsafe { borrow(result) }.map_or(&[0][..], |details| &details.body);
    // SAFETY: the caller's promise.
    unsafe { super::write_out(len_out, body.len() - 1) };
    body.as_ptr().cast()
}

/// Frees a result and all text taken from it. NULL does nothing. Any thread, once.
///
/// # Safety
/// `result` is NULL or a result that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_result_free(result: *mut oss_resumable_result_t) {
    if !result.is_null() && !bug::seeded(Bug::ResultLeaked) {
        // SAFETY: made by `Box::into_raw` of the same type; freed once by the caller's promise.
        drop(unsafe { Box::from_raw(result.cast::<Details>()) });
    }
}

fn stage_text(stage: Stage) -> &'static CStr {
    match stage {
        Stage::Prepare => c"prepare",
        Stage::Resume => c"resume",
        Stage::Initiate => c"initiate",
        Stage::Upload => c"upload",
        Stage::Complete => c"complete",
        Stage::Settle => c"settle",
        Stage::Abort => c"abort",
        Stage::Done => c"done",
    }
}
