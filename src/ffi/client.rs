//! oss_resumable_client_* and the version.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use crate::client::Client;
use crate::config::{Config, Limits};
use crate::credentials::Credentials;
use crate::error::{Error, Result};

use super::types::oss_resumable_code_t::{self, OSS_RESUMABLE_E_INVALID_ARGUMENT};
use super::types::{oss_resumable_client_t, oss_resumable_config_t, oss_resumable_result_t};
use super::{guard, import, write_out};

/// What stands behind the opaque pointer.
type Handle = Arc<Client>;

/// # Safety
/// `client` is NULL or came from `oss_resumable_client_new` and has not been freed.
pub(super) unsafe fn borrow<'a>(client: *const oss_resumable_client_t) -> Result<&'a Handle> {
    // SAFETY: the caller's promise.
    unsafe { client.cast::<Handle>().as_ref() }.ok_or_else(|| Error::invalid("client", "is NULL"))
}

/// The library's version, "MAJOR.MINOR.PATCH". Static, never freed, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn oss_resumable_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The library's version as a number, to compare with OSS_RESUMABLE_VERSION_NUMBER at load time.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn oss_resumable_version_number() -> i32 {
    let number = |text: &str| text.parse::<i32>().unwrap_or(0);
    number(env!("CARGO_PKG_VERSION_MAJOR")) * 10_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 100
        + number(env!("CARGO_PKG_VERSION_PATCH"))
}

/// Makes a client from checked settings. Sends nothing and starts no thread.
///
/// Everything is copied. `*client_out` is yours to free with oss_resumable_client_free(), NULL on
/// failure. A field that cannot be used gives OSS_RESUMABLE_E_INVALID_ARGUMENT, and `*result_out`,
/// unless `result_out` is NULL, says which; free it with oss_resumable_result_free(). On success
/// `*result_out` is NULL. Any thread.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_client_new(
    config: *const oss_resumable_config_t,
    client_out: *mut *mut oss_resumable_client_t,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(result_out, || {
            if client_out.is_null() {
                return Err(Error::invalid("client_out", "is NULL"));
            }
            write_out(client_out, std::ptr::null_mut());
            let handle: Handle = Arc::new(new_client(config)?);
            write_out(client_out, Box::into_raw(Box::new(handle)).cast());
            Ok(())
        })
    }
}

/// # Safety
/// As for `oss_resumable_client_new`.
unsafe fn new_client(config: *const oss_resumable_config_t) -> Result<Client> {
    // SAFETY: the caller's promise, for this and for the strings in it.
    let given = unsafe { import::versioned(config)? };
    // SAFETY: as above.
    let endpoint = unsafe { import::text("endpoint", given.endpoint)? };
    // SAFETY: as above.
    let region = unsafe { import::optional_text("region", given.region)? };
    let mut checked = Config::new(
        endpoint,
        region,
        given.signature_version,
        import::switch("is_cname", given.is_cname)?,
        import::switch("is_path_style", given.is_path_style)?,
    )?;
    if !given.ca_file.is_null() {
        // SAFETY: as above.
        checked.ca_file = Some(unsafe { import::path("ca_file", given.ca_file)? });
    }
    checked.limits = limits(&given)?;
    // SAFETY: as above.
    let credentials = unsafe {
        credentials(
            given.access_key_id,
            given.access_key_secret,
            given.sts_token,
        )?
    };
    Client::new(checked, credentials)
}

fn limits(given: &oss_resumable_config_t) -> Result<Limits> {
    let duration = |field: &str, milliseconds: i32, default: Duration| match milliseconds {
        0 => Ok(default),
        1.. => Ok(Duration::from_millis(u64::from(
            milliseconds.unsigned_abs(),
        ))),
        _ => Err(Error::invalid(
            field,
            format_args!("{milliseconds} is negative"),
        )),
    };
    let default = Limits::default();
    Ok(Limits {
        connect_timeout: duration(
            "connect_timeout_ms",
            given.connect_timeout_ms,
            default.connect_timeout,
        )?,
        stall_timeout: duration(
            "stall_timeout_ms",
            given.stall_timeout_ms,
            default.stall_timeout,
        )?,
        retry_timeout: duration(
            "retry_timeout_ms",
            given.retry_timeout_ms,
            default.retry_timeout,
        )?,
        max_retries: match given.max_retries {
            0 => None,
            -1 => Some(0),
            1.. => Some(given.max_retries.unsigned_abs()),
            other => {
                return Err(Error::invalid(
                    "max_retries",
                    format_args!("{other} is not 0 (default), -1 (none) or positive"),
                ));
            }
        },
    })
}

/// # Safety
/// Each pointer is NULL or a string with a NUL at its end.
unsafe fn credentials(
    id: *const c_char,
    secret: *const c_char,
    token: *const c_char,
) -> Result<Credentials> {
    // SAFETY: the caller's promise.
    unsafe {
        Credentials::new(
            import::text("access_key_id", id)?,
            import::text("access_key_secret", secret)?,
            import::optional_text("sts_token", token)?,
        )
    }
}

/// Replaces the credentials; every request that is signed from now on uses them, those of running
/// uploads included. `sts_token` NULL: none.
///
/// Everything is copied. Returns OSS_RESUMABLE_E_INVALID_ARGUMENT and changes nothing when the client
/// is NULL, the id or secret is NULL or empty, or one of the three is not visible ASCII. Any thread,
/// any time.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_client_set_credentials(
    client: *mut oss_resumable_client_t,
    access_key_id: *const c_char,
    access_key_secret: *const c_char,
    sts_token: *const c_char,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let client = borrow(client)?;
            let given = credentials(access_key_id, access_key_secret, sts_token)?;
            client.credentials.replace(given);
            Ok(())
        })
    }
}

/// Frees a client. NULL does nothing. Uploads that were started with it go on and keep what they
/// need. Never blocks. Any thread, once.
///
/// # Safety
/// `client` is NULL or came from `oss_resumable_client_new` and has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_client_free(client: *mut oss_resumable_client_t) {
    if !client.is_null() {
        // A panic while dropping has nobody to be told to.
        let _ = super::caught(|| {
            // SAFETY: made by `Box::into_raw` of the same type; freed once by the caller's promise.
            drop(unsafe { Box::from_raw(client.cast::<Handle>()) });
            Ok(())
        });
    }
}

/// The code for a NULL handle where there is nothing else to say.
pub(super) const NULL_HANDLE: oss_resumable_code_t = OSS_RESUMABLE_E_INVALID_ARGUMENT;
