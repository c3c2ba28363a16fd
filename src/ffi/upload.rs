//! oss_resumable_upload_*: one upload, in one call or in pieces.

use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

use crate::bug::{self, Bug};
use crate::client::Client;
use crate::config::CheckpointPlace;
use crate::error::{Error, Result};
use crate::progress::Snapshot;
use crate::transfer::discard;
use crate::transfer::driver::Report;
use crate::upload::Upload;

use super::types::oss_resumable_code_t::{self, OSS_RESUMABLE_OK, OSS_RESUMABLE_PENDING};
use super::types::{
    oss_resumable_client_t, oss_resumable_params_t, oss_resumable_progress_callback,
    oss_resumable_progress_t, oss_resumable_result_t, oss_resumable_upload_t,
};
use super::{caught, client, code_of, details, guard, import, request, write_out, write_result};

/// What stands behind the opaque pointer. Shared, so that freeing it inside its own callback is safe.
type Handle = Arc<Running>;

struct Running {
    upload: Upload,
    callback: oss_resumable_progress_callback,
    /// An address that is only handed back, on the thread that waits.
    userdata: usize,
}

/// # Safety
/// `upload` is NULL or came from `oss_resumable_upload_start` and has not been freed.
unsafe fn borrow<'a>(upload: *const oss_resumable_upload_t) -> Result<&'a Handle> {
    // SAFETY: the caller's promise.
    unsafe { upload.cast::<Handle>().as_ref() }.ok_or_else(|| Error::invalid("upload", "is NULL"))
}

/// Uploads a file and waits for the end.
///
/// `bucket`, `object` and `filepath` are UTF-8 with a NUL (the path: any bytes but NUL on Unix), in
/// the C SDK's order, and required; `params` NULL means all defaults. Everything is copied. Returns
/// how it ended; `*result_out`, unless `result_out` is NULL, gets the details of success and failure
/// alike and is yours to free with oss_resumable_result_free(). NULL or a bad value gives
/// OSS_RESUMABLE_E_INVALID_ARGUMENT before anything is sent. Call it again after a failure to resume.
/// Any thread; the progress callback runs on it.
///
/// The official C SDK exports a function of the same name and other arguments: a program that links
/// both should use oss_resumable_upload_start() and define OSS_RESUMABLE_NO_UPLOAD_FILE before
/// including this header.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_file(
    client: *mut oss_resumable_client_t,
    bucket: *const c_char,
    object: *const c_char,
    filepath: *const c_char,
    params: *const oss_resumable_params_t,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    let outcome = caught(|| unsafe {
        write_out(result_out, std::ptr::null_mut());
        let running = start(client, bucket, object, filepath, params)?;
        wait(&running, None)
    });
    // SAFETY: the caller's promise, passed on.
    unsafe {
        match outcome {
            Ok(Some(report)) => {
                let code = code_of_report(&report);
                write_result(result_out, || details::from_report(&report));
                code
            }
            Ok(None) => guard(result_out, || Err(Error::internal("no end"))),
            Err(error) => guard(result_out, || Err(error)),
        }
    }
}

/// Starts an upload and returns at once; see oss_resumable_upload_file() for the arguments.
///
/// `*upload_out` is yours to free with oss_resumable_upload_free(), NULL on failure. Fails only on bad
/// arguments (and when threads cannot be started); what is wrong with the file or the server comes
/// with the end. `*result_out`, unless `result_out` is NULL, gets the details of a failure, else NULL.
/// Any thread.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_start(
    client: *mut oss_resumable_client_t,
    bucket: *const c_char,
    object: *const c_char,
    filepath: *const c_char,
    params: *const oss_resumable_params_t,
    upload_out: *mut *mut oss_resumable_upload_t,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(result_out, || {
            if upload_out.is_null() {
                return Err(Error::invalid("upload_out", "is NULL"));
            }
            write_out(upload_out, std::ptr::null_mut());
            let running = start(client, bucket, object, filepath, params)?;
            write_out(upload_out, Box::into_raw(Box::new(running)).cast());
            Ok(())
        })
    }
}

/// # Safety
/// As for `oss_resumable_upload_start`.
unsafe fn start(
    client: *mut oss_resumable_client_t,
    bucket: *const c_char,
    object: *const c_char,
    filepath: *const c_char,
    params: *const oss_resumable_params_t,
) -> Result<Handle> {
    // SAFETY: the caller's promise.
    let client: &Arc<Client> = unsafe { client::borrow(client)? };
    // SAFETY: the caller's promise.
    let (request, told) = unsafe { request::import(client, bucket, object, filepath, params)? };
    Ok(Arc::new(Running {
        upload: Upload::start(client, request)?,
        callback: told.0,
        userdata: told.1.expose_provenance(),
    }))
}

/// Waits for the end, at most `timeout_ms` milliseconds; negative: without limit; 0: only looks.
///
/// Returns OSS_RESUMABLE_PENDING when the end has not come, else how the upload ended. The progress
/// callback runs on this thread, inside this function only. OSS_RESUMABLE_E_INVALID_ARGUMENT when
/// `upload` is NULL; OSS_RESUMABLE_E_STATE when another thread is waiting, inside the upload's own
/// callback, and in a child made by fork(). Any thread; may be called again after the end.
///
/// # Safety
/// `upload` is NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_wait(
    upload: *mut oss_resumable_upload_t,
    timeout_ms: i64,
) -> oss_resumable_code_t {
    let outcome = caught(|| {
        // SAFETY: the caller's promise. A clone, because the callback may free the upload.
        let running = Arc::clone(unsafe { borrow(upload)? });
        wait(&running, u64::try_from(timeout_ms).ok())
    });
    match outcome {
        Ok(Some(report)) => code_of_report(&report),
        Ok(None) => OSS_RESUMABLE_PENDING,
        Err(error) => code_of(error.code),
    }
}

fn wait(running: &Running, timeout_ms: Option<u64>) -> Result<Option<Arc<Report>>> {
    let timeout = timeout_ms.map(Duration::from_millis);
    let Some(callback) = running.callback else {
        return running.upload.wait(timeout, None);
    };
    let mut tell = |snapshot: Snapshot| {
        let (consumed, total) = (
            signed(snapshot.consumed_bytes),
            signed(snapshot.total_bytes),
        );
        let tell = || {
            let userdata: *mut c_void = std::ptr::with_exposed_provenance_mut(running.userdata);
            // SAFETY: a function of the documented type; `userdata` is what came with it.
            unsafe { callback(consumed, total, userdata) == 0 }
        };
        if bug::seeded(Bug::CallbackElsewhere) {
            return std::thread::scope(|scope| scope.spawn(tell).join().unwrap_or(false));
        }
        tell()
    };
    // A callback that panics (written in Rust) has not said that it wants to go on.
    let mut guarded = CancelOnUnwind(Some(&running.upload));
    let outcome = running.upload.wait(timeout, Some(&mut tell));
    guarded.0 = None;
    outcome
}

struct CancelOnUnwind<'a>(Option<&'a Upload>);

impl Drop for CancelOnUnwind<'_> {
    fn drop(&mut self) {
        if let Some(upload) = self.0 {
            upload.cancel();
        }
    }
}

fn code_of_report(report: &Report) -> oss_resumable_code_t {
    match &report.outcome {
        Ok(_) => OSS_RESUMABLE_OK,
        Err(error) => code_of(error.code),
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Writes the newest counters to `*progress_out`, whose `struct_size` the caller has set.
///
/// OSS_RESUMABLE_E_INVALID_ARGUMENT when a pointer is NULL or `struct_size` is not that of this struct
/// in any release, and OSS_RESUMABLE_E_STATE in a child made by fork(); nothing is written then. Never
/// blocks. Any thread, any time, the callback included.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_progress(
    upload: *const oss_resumable_upload_t,
    progress_out: *mut oss_resumable_progress_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let running = borrow(upload)?;
            let size = import::size_of_callers(progress_out.cast_const())?;
            let now = running.upload.progress()?;
            let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
            let progress = oss_resumable_progress_t {
                struct_size: u32::try_from(size).unwrap_or(0),
                stage: now.stage as i32,
                consumed_bytes: signed(now.consumed_bytes),
                total_bytes: signed(now.total_bytes),
                resumed_bytes: signed(now.resumed_bytes),
                parts_done: count(now.parts_done),
                parts_total: count(now.parts_total),
                retries: count(now.retries),
                reserved: 0,
            };
            let known = size.min(size_of::<oss_resumable_progress_t>());
            // SAFETY: the caller has at least `size` writable bytes there.
            std::ptr::copy_nonoverlapping(
                (&raw const progress).cast::<u8>(),
                progress_out.cast::<u8>(),
                known,
            );
            Ok(())
        })
    }
}

/// Asks an upload to end. It ends with OSS_RESUMABLE_E_CANCELED, unless it is already over or the
/// request that commits it is out, whose answer then decides.
///
/// With a checkpoint, what was done is kept for the next run; without, the multipart upload is aborted
/// so that no parts are left to pay for. NULL does nothing. Never blocks. Any thread, any time, any
/// number of times, the callback included.
///
/// # Safety
/// `upload` is NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_cancel(upload: *mut oss_resumable_upload_t) {
    let _ = caught(|| {
        // SAFETY: the caller's promise.
        unsafe { borrow(upload)? }.upload.cancel();
        Ok(())
    });
}

/// The details of the end, as a new result in `*result_out`, yours to free.
///
/// Returns how the upload ended, or OSS_RESUMABLE_PENDING with NULL in `*result_out` while it runs, so
/// it can be asked again and again instead of waiting, where there are no callbacks.
/// OSS_RESUMABLE_E_INVALID_ARGUMENT when a pointer is NULL; OSS_RESUMABLE_E_STATE in a child made by
/// fork(). Never blocks. Any thread, any number of times.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_result(
    upload: *const oss_resumable_upload_t,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    let outcome = caught(|| {
        if result_out.is_null() {
            return Err(Error::invalid("result_out", "is NULL"));
        }
        // SAFETY: not NULL; the caller's promise.
        unsafe { write_out(result_out, std::ptr::null_mut()) };
        // SAFETY: the caller's promise.
        let Some(report) = unsafe { borrow(upload)? }.upload.report()? else {
            return Ok(OSS_RESUMABLE_PENDING);
        };
        // SAFETY: not NULL; the caller's promise.
        unsafe { write_result(result_out, || details::from_report(&report)) };
        Ok(code_of_report(&report))
    });
    outcome.unwrap_or_else(|error| code_of(error.code))
}

/// Frees an upload; a running one is canceled and cleans up by itself. NULL does nothing. Results
/// taken from it stay valid. Never blocks, so finalizers may call it. Any thread, once; in any order
/// with the client's.
///
/// # Safety
/// `upload` is NULL or came from `oss_resumable_upload_start` and has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_free(upload: *mut oss_resumable_upload_t) {
    if upload.is_null() {
        return;
    }
    let _ = caught(|| {
        // SAFETY: made by `Box::into_raw` of the same type; freed once by the caller's promise.
        let running = unsafe { Box::from_raw(upload.cast::<Handle>()) };
        // Also when a thread is waiting for it and keeps it alive.
        running.upload.cancel();
        if bug::seeded(Bug::UploadLeaked) {
            std::mem::forget(running);
        }
        Ok(())
    });
}

/// Gives an unfinished upload up for good: aborts the multipart upload that its checkpoint names and
/// deletes the checkpoint. `checkpoint_path` as in the params; NULL: `<filepath>.ucp`. `filepath` may
/// be NULL when checkpoint_path names a file.
///
/// Nothing to discard is OSS_RESUMABLE_OK. OSS_RESUMABLE_E_CHECKPOINT when the checkpoint is in use,
/// belongs to another object or endpoint, cannot be opened or deleted, or is not a checkpoint;
/// OSS_RESUMABLE_E_SERVICE, OSS_RESUMABLE_E_NETWORK or OSS_RESUMABLE_E_CREDENTIALS when the abort
/// fails, and the checkpoint is kept. No headers can be given: where the requester pays
/// (x-oss-request-payer), only the bucket's owner can abort. `*result_out`, unless `result_out` is
/// NULL, gets the details of a failure, else NULL. Blocks. Any thread.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_discard(
    client: *mut oss_resumable_client_t,
    bucket: *const c_char,
    object: *const c_char,
    filepath: *const c_char,
    checkpoint_path: *const c_char,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(result_out, || {
            let client = Arc::clone(client::borrow(client)?);
            let (bucket, object) = request::target(&client, bucket, object)?;
            let place = request::checkpoint_place("checkpoint_path", checkpoint_path)?;
            let file = match place {
                CheckpointPlace::BesideFile => Some(import::path("filepath", filepath)?),
                CheckpointPlace::Path(_) => import::optional_path("filepath", filepath)?,
            };
            let host = Arc::clone(&client);
            host.wait_for(async move {
                discard::discard(client, &bucket, &object, file.as_deref(), &place).await
            })
        })
    }
}
