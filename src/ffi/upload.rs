//! oss_resumable_upload_*: one upload, in one call or in pieces.

use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

use crate::callback::UploadCallback;
use crate::client::Client;
use crate::config::{self, CheckpointPlace, Input, ResumeRules, UploadRequest, Verify};
use crate::error::{Error, Result};
use crate::headers::ObjectHeaders;
use crate::progress::Snapshot;
use crate::runtime;
use crate::transfer::discard;
use crate::transfer::driver::Report;
use crate::upload::Upload;

use super::types::oss_resumable_code_t::{self, OSS_RESUMABLE_OK, OSS_RESUMABLE_PENDING};
use super::types::{
    OSS_RESUMABLE_SOURCE_FILE, OSS_RESUMABLE_SOURCE_MEMORY, OSS_RESUMABLE_VERIFY_ALWAYS,
    OSS_RESUMABLE_VERIFY_IN_DOUBT, OSS_RESUMABLE_VERIFY_NEVER, oss_resumable_client_t,
    oss_resumable_params_t, oss_resumable_progress_callback, oss_resumable_progress_t,
    oss_resumable_result_t, oss_resumable_source_t, oss_resumable_upload_t,
};
use super::{caught, client, code_of, guard, import, result, write_out, write_result};

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
                write_result(result_out, || result::from_report(&report));
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
    let params = unsafe { import_params(params)? };
    // SAFETY: the caller's promise.
    let (bucket, object) = unsafe { target(client, bucket, object)? };
    // SAFETY: the caller's promise.
    let input = unsafe { input(filepath, params.source)? };
    let checkpoint = if import::switch("enable_checkpoint", params.enable_checkpoint)? {
        // SAFETY: the caller's promise.
        Some(unsafe { checkpoint_place("checkpoint_path", params.checkpoint_path)? })
    } else {
        None
    };
    if checkpoint == Some(CheckpointPlace::BesideFile) && input.path().is_none() {
        return Err(Error::invalid(
            "checkpoint_path",
            "is NULL, and there is no path beside which a checkpoint could be kept",
        ));
    }
    // SAFETY: the caller's promise.
    let headers = unsafe { headers(&params)? };
    let request = UploadRequest {
        headers: headers.guess_type(&object, input.path()),
        bucket,
        object,
        input,
        resume: resume_rules(&params)?,
        part_size: config::part_size(params.part_size)?,
        parts_in_flight: config::parts_in_flight(params.thread_num)?,
        checkpoint,
    };
    Ok(Arc::new(Running {
        upload: Upload::start(client, request)?,
        callback: params.progress_callback,
        userdata: params.userdata.expose_provenance(),
    }))
}

/// # Safety
/// `params` is NULL or points to as many readable bytes as its first four say.
unsafe fn import_params(params: *const oss_resumable_params_t) -> Result<oss_resumable_params_t> {
    if params.is_null() {
        // SAFETY: integers and nullable pointers, for which zero is valid.
        return Ok(unsafe { std::mem::zeroed() });
    }
    // SAFETY: the caller's promise.
    let params = unsafe { import::versioned(params)? };
    if params.flags != 0 {
        return Err(Error::invalid(
            "flags",
            format_args!("{:#x} must be 0", params.flags),
        ));
    }
    Ok(params)
}

fn resume_rules(params: &oss_resumable_params_t) -> Result<ResumeRules> {
    let by_content = import::switch("resume_by_content", params.resume_by_content)?;
    let verify = match params.verify_on_resume {
        OSS_RESUMABLE_VERIFY_IN_DOUBT => Verify::WhenInDoubt,
        OSS_RESUMABLE_VERIFY_ALWAYS => Verify::Always,
        OSS_RESUMABLE_VERIFY_NEVER if by_content => {
            return Err(Error::invalid(
                "verify_on_resume",
                "cannot be \"never\" with resume_by_content, which goes by what is read again",
            ));
        }
        OSS_RESUMABLE_VERIFY_NEVER => Verify::Never,
        other => {
            return Err(Error::invalid(
                "verify_on_resume",
                format_args!("{other} is not 0 (in doubt), 1 (always) or 2 (never)"),
            ));
        }
    };
    Ok(ResumeRules { verify, by_content })
}

/// # Safety
/// The pointers of `params` are NULL or valid as the header says.
unsafe fn headers(params: &oss_resumable_params_t) -> Result<ObjectHeaders> {
    // SAFETY: the caller's promise.
    let mut pairs = unsafe { import::pairs("headers", params.headers, params.headers_len)? };
    if params.callback.is_null() {
        return ObjectHeaders::new(pairs);
    }
    if let Some((name, _)) = pairs.iter().find(|(name, _)| {
        name.eq_ignore_ascii_case("x-oss-callback")
            || name.eq_ignore_ascii_case("x-oss-callback-var")
    }) {
        return Err(Error::invalid(
            "callback",
            format_args!("is given besides the header {name:?}"),
        ));
    }
    // SAFETY: the caller's promise, for this and for what it points to.
    let encoded = unsafe {
        let given = import::versioned(params.callback)?;
        let variables = (given.variables, given.variables_len);
        UploadCallback {
            url: import::text("callback.url", given.url)?,
            host: import::optional_text("callback.host", given.host)?,
            body: import::text("callback.body", given.body)?,
            body_type: import::optional_text("callback.body_type", given.body_type)?,
            variables: import::pairs("callback.variables", variables.0, variables.1)?,
            sni: import::switch("callback.sni", given.sni)?,
        }
        .headers()?
    };
    pairs.extend(encoded.iter().map(|(name, value)| (*name, value.as_str())));
    ObjectHeaders::new(pairs)
}

/// # Safety
/// `filepath` is NULL or a string with a NUL at its end; `source` is NULL or valid as the header says.
unsafe fn input(filepath: *const c_char, source: *const oss_resumable_source_t) -> Result<Input> {
    if source.is_null() {
        // SAFETY: the caller's promise.
        return unsafe { import::path("filepath", filepath) }.map(Input::Path);
    }
    if !filepath.is_null() {
        return Err(Error::invalid("filepath", "is given besides source"));
    }
    // SAFETY: the caller's promise.
    let given = unsafe { import::versioned(source)? };
    match given.kind {
        OSS_RESUMABLE_SOURCE_FILE => {
            // SAFETY: duplicating a number that is no open file fails without harm.
            unsafe { open_file(given.handle) }.map(|file| Input::File(Arc::new(file)))
        }
        OSS_RESUMABLE_SOURCE_MEMORY => {
            // SAFETY: the caller's promise.
            let copy = unsafe { import::data("source.data", given.data.cast(), given.data_len)? };
            Ok(Input::Memory(copy.into()))
        }
        other => Err(Error::invalid(
            "source.kind",
            format_args!("{other} is not 1 (file) or 2 (memory)"),
        )),
    }
}

/// # Safety
/// Nothing closes `handle` on another thread meanwhile.
#[cfg(unix)]
unsafe fn open_file(handle: i64) -> Result<std::fs::File> {
    let refuse = |problem: &dyn std::fmt::Display| {
        Error::invalid("source.handle", format_args!("{handle}: {problem}"))
    };
    let number = i32::try_from(handle).map_err(|_| refuse(&"is no file descriptor"))?;
    if number < 0 {
        return Err(refuse(&"is no file descriptor"));
    }
    // SAFETY: not -1; the caller's promise.
    let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
    let copy = borrowed
        .try_clone_to_owned()
        .map_err(|error| refuse(&error).caused_by(&error))?;
    Ok(copy.into())
}

/// # Safety
/// Nothing closes `handle` on another thread meanwhile.
#[cfg(windows)]
unsafe fn open_file(handle: i64) -> Result<std::fs::File> {
    let address = usize::try_from(handle)
        .map_err(|_| Error::invalid("source.handle", format_args!("{handle} is no handle")))?;
    let raw = std::ptr::with_exposed_provenance_mut(address);
    // SAFETY: the caller's promise.
    let borrowed = unsafe { std::os::windows::io::BorrowedHandle::borrow_raw(raw) };
    let copy = borrowed.try_clone_to_owned().map_err(|error| {
        Error::invalid("source.handle", format_args!("{handle}: {error}")).caused_by(&error)
    })?;
    Ok(copy.into())
}

/// # Safety
/// Each pointer is NULL or a string with a NUL at its end.
unsafe fn target(
    client: &Client,
    bucket: *const c_char,
    object: *const c_char,
) -> Result<(String, String)> {
    // SAFETY: the caller's promise.
    let (bucket, object) = unsafe {
        (
            import::text("bucket", bucket)?,
            import::text("object", object)?,
        )
    };
    config::check_bucket(bucket)?;
    config::check_object(object)?;
    client.config.endpoint.check_without_bucket(bucket)?;
    Ok((bucket.to_owned(), object.to_owned()))
}

/// # Safety
/// `path` is NULL or a string with a NUL at its end.
unsafe fn checkpoint_place(field: &str, path: *const c_char) -> Result<CheckpointPlace> {
    if path.is_null() {
        return Ok(CheckpointPlace::BesideFile);
    }
    // SAFETY: the caller's promise.
    unsafe { import::path(field, path) }.map(CheckpointPlace::Path)
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
    let userdata: *mut c_void = std::ptr::with_exposed_provenance_mut(running.userdata);
    let mut tell = |snapshot: Snapshot| {
        let (consumed, total) = (
            signed(snapshot.consumed_bytes),
            signed(snapshot.total_bytes),
        );
        // SAFETY: a function of the documented type; `userdata` is what came with it.
        unsafe { callback(consumed, total, userdata) == 0 }
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
/// OSS_RESUMABLE_E_INVALID_ARGUMENT when a pointer is NULL or the size is none of this struct, then
/// nothing is written; OSS_RESUMABLE_E_STATE in a child made by fork(). Never blocks. Any thread, any
/// time, the callback included.
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
/// Returns how the upload ended, or OSS_RESUMABLE_PENDING with NULL in `*result_out` while it runs.
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
        unsafe { write_result(result_out, || result::from_report(&report)) };
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
        Ok(())
    });
}

/// Gives an unfinished upload up for good: aborts the multipart upload that its checkpoint names and
/// deletes the checkpoint. `checkpoint_path` as in the params; NULL: `<filepath>.ucp`.
///
/// Nothing to discard is OSS_RESUMABLE_OK. OSS_RESUMABLE_E_CHECKPOINT when the checkpoint is in use,
/// belongs to another object or endpoint, cannot be opened or deleted, or is not a checkpoint;
/// OSS_RESUMABLE_E_SERVICE or OSS_RESUMABLE_E_NETWORK when the abort fails,
/// and the checkpoint is kept. `*result_out`, unless `result_out` is NULL, gets the details of a
/// failure, else NULL. Blocks. Any thread.
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
            let (bucket, object) = target(&client, bucket, object)?;
            let place = checkpoint_place("checkpoint_path", checkpoint_path)?;
            let file = match place {
                CheckpointPlace::BesideFile => Some(import::path("filepath", filepath)?),
                CheckpointPlace::Path(_) => import::optional_path("filepath", filepath)?,
            };
            let host = Arc::clone(&client);
            let task = runtime::handle()?.spawn(async move {
                discard::discard(client, &bucket, &object, file.as_deref(), &place).await
            });
            runtime::wait_for(task, &|| host.host.attend())
        })
    }
}
