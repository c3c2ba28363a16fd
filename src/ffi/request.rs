//! One upload as C asks for it, copied and checked.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use crate::callback::UploadCallback;
use crate::client::Client;
use crate::config::{self, CheckpointPlace, Input, ResumeRules, UploadRequest, Verify};
use crate::error::{Error, Result};
use crate::headers::ObjectHeaders;

use super::import;
use super::types::{
    OSS_RESUMABLE_SOURCE_FILE, OSS_RESUMABLE_SOURCE_MEMORY, OSS_RESUMABLE_VERIFY_ALWAYS,
    OSS_RESUMABLE_VERIFY_IN_DOUBT, OSS_RESUMABLE_VERIFY_NEVER, oss_resumable_params_t,
    oss_resumable_progress_callback, oss_resumable_source_t,
};

/// The request, and who is told of its progress.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
pub(super) unsafe fn import(
    client: &Client,
    bucket: *const c_char,
    object: *const c_char,
    filepath: *const c_char,
    params: *const oss_resumable_params_t,
) -> Result<(
    UploadRequest,
    (oss_resumable_progress_callback, *mut c_void),
)> {
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
    Ok((request, (params.progress_callback, params.userdata)))
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
pub(super) unsafe fn target(
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
    client.config.check_bucket(bucket)?;
    config::check_object(object)?;
    Ok((bucket.to_owned(), object.to_owned()))
}

/// # Safety
/// `path` is NULL or a string with a NUL at its end.
pub(super) unsafe fn checkpoint_place(field: &str, path: *const c_char) -> Result<CheckpointPlace> {
    if path.is_null() {
        return Ok(CheckpointPlace::BesideFile);
    }
    // SAFETY: the caller's promise.
    unsafe { import::path(field, path) }.map(CheckpointPlace::Path)
}
