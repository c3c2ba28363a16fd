//! The log of a client, as C asks for it.

use std::ffi::{CString, c_void};
use std::fs::OpenOptions;

use crate::error::{Error, Result};
use crate::log::{Level, Log, Sink};

use super::import;
use super::types::oss_resumable_config_t;

/// # Safety
/// The strings of `given` are NULL or have a NUL at their ends.
pub unsafe fn open(given: &oss_resumable_config_t) -> Result<Log> {
    let level = Level::from_number(given.log_level)?;
    // SAFETY: the caller's promise.
    let path = unsafe { import::optional_path("log_file", given.log_file)? };
    let sink = match (path, given.log_callback) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("log_file", "is given besides log_callback"));
        }
        (None, None) => return Ok(Log::default()),
        (None, Some(callback)) => {
            let userdata = given.log_userdata.expose_provenance();
            Sink::Host(Box::new(move |level, line| {
                let userdata: *mut c_void = std::ptr::with_exposed_provenance_mut(userdata);
                let line = CString::new(line).unwrap_or_default();
                // SAFETY: a function of the documented type; `userdata` is what came with it.
                unsafe { callback(level as i32, line.as_ptr(), userdata) };
            }))
        }
        (Some(path), None) => {
            let mut options = OpenOptions::new();
            options.create(true).append(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt;
                // Neither waits for the reader of a FIFO.
                options
                    .mode(0o600)
                    .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
            }
            let file = options.open(&path).map_err(|error| {
                let text = format!("cannot open {}: {error}", path.display());
                Error::invalid("log_file", text).caused_by(&error)
            })?;
            Sink::File(file)
        }
    };
    Ok(level.map_or_else(Log::default, |level| Log::new(level, sink)))
}
