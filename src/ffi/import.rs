//! What C hands in, copied and checked.

use std::ffi::{CStr, c_char};
use std::path::PathBuf;

use crate::error::{Error, Result};

use super::types::{
    oss_resumable_callback_t, oss_resumable_config_t, oss_resumable_credentials_t,
    oss_resumable_header_t, oss_resumable_params_t, oss_resumable_progress_t,
    oss_resumable_source_t,
};

/// Sizes beyond this are not sizes but uninitialised memory.
const MAX_STRUCT_SIZE: u32 = 64 * 1024;

/// A struct that begins with `struct_size` and for which all zeroes is a valid value.
///
/// # Safety
/// The type is `repr(C)`, begins with a `u32`, and is valid when zeroed.
pub unsafe trait Versioned: Copy {
    const NAME: &'static str;
}

// SAFETY: integers and nullable pointers behind a `u32`.
unsafe impl Versioned for oss_resumable_config_t {
    const NAME: &'static str = "config";
}

// SAFETY: integers, nullable pointers and a nullable function behind a `u32`.
unsafe impl Versioned for oss_resumable_params_t {
    const NAME: &'static str = "params";
}

// SAFETY: integers behind a `u32`.
unsafe impl Versioned for oss_resumable_progress_t {
    const NAME: &'static str = "progress_out";
}

// SAFETY: nullable pointers and a nullable function behind two `u32`.
unsafe impl Versioned for oss_resumable_credentials_t {
    const NAME: &'static str = "credentials";
}

// SAFETY: integers and nullable pointers behind a `u32`.
unsafe impl Versioned for oss_resumable_source_t {
    const NAME: &'static str = "source";
}

// SAFETY: integers and nullable pointers behind a `u32`.
unsafe impl Versioned for oss_resumable_callback_t {
    const NAME: &'static str = "callback";
}

/// The size that the caller compiled the struct with. Fields come in groups of eight bytes, so that
/// every release's size is a multiple of eight.
///
/// # Safety
/// `pointer` is NULL or points to at least four readable bytes.
pub unsafe fn size_of_callers<T: Versioned>(pointer: *const T) -> Result<usize> {
    if pointer.is_null() {
        return Err(Error::invalid(T::NAME, "is NULL"));
    }
    // SAFETY: not NULL; the caller's promise.
    let size = unsafe { pointer.cast::<u32>().read_unaligned() };
    // Of structs of pointers and numbers; those of 8 bytes are aligned to 4 on some machines of 32 bits.
    let unit = u32::try_from(size_of::<usize>()).map_err(Error::internal)?;
    if size < 8 || size % unit != 0 || size > MAX_STRUCT_SIZE {
        return Err(Error::invalid(
            &format!("{}.struct_size", T::NAME),
            format_args!("{size} is not the size of this struct in any release"),
        ));
    }
    usize::try_from(size).map_err(Error::internal)
}

/// Copies a struct of the caller's size. A shorter one keeps defaults for what it lacks; a longer one
/// must not use what this library does not know.
///
/// # Safety
/// `pointer` is NULL or points to as many readable bytes as its first four say.
pub unsafe fn versioned<T: Versioned>(pointer: *const T) -> Result<T> {
    // SAFETY: the caller's promise.
    let size = unsafe { size_of_callers(pointer)? };
    // SAFETY: `size` bytes are readable by the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), size) };
    let known = size.min(size_of::<T>());
    if let Some(at) = bytes.iter().skip(known).position(|byte| *byte != 0) {
        return Err(Error::invalid(
            &format!("{}.struct_size", T::NAME),
            format_args!(
                "{size}: the field at offset {} is set, which this library ({}) does not know",
                known + at,
                env!("CARGO_PKG_VERSION")
            ),
        ));
    }
    // SAFETY: all zeroes is valid for a `Versioned`.
    let mut value: T = unsafe { std::mem::zeroed() };
    // SAFETY: `known` is at most the size of either side, and they do not overlap.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut value).cast::<u8>(), known);
    }
    Ok(value)
}

/// # Safety
/// `pointer` is NULL or a string with a NUL at its end.
unsafe fn bytes<'a>(pointer: *const c_char) -> Option<&'a [u8]> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not NULL; the caller's promise.
    Some(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// NULL and the empty string both mean "not given".
///
/// # Safety
/// `pointer` is NULL or a string with a NUL at its end, which lives as long as the result is used.
pub unsafe fn optional_text<'a>(field: &str, pointer: *const c_char) -> Result<Option<&'a str>> {
    // SAFETY: the caller's promise.
    match unsafe { bytes(pointer) } {
        None | Some([]) => Ok(None),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(Error::invalid(
                field,
                format_args!("is not UTF-8 from byte {}", error.valid_up_to()),
            )),
        },
    }
}

/// # Safety
/// As for [`optional_text`].
pub unsafe fn text<'a>(field: &str, pointer: *const c_char) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(Error::invalid(field, "is NULL"));
    }
    // SAFETY: the caller's promise.
    unsafe { optional_text(field, pointer)? }.ok_or_else(|| Error::invalid(field, "is empty"))
}

/// A path: any bytes but NUL on Unix, UTF-8 elsewhere. Made absolute, so that a later change of the
/// working directory has no effect.
///
/// # Safety
/// As for [`optional_text`].
pub unsafe fn path(field: &str, pointer: *const c_char) -> Result<PathBuf> {
    // SAFETY: the caller's promise.
    let given = match unsafe { bytes(pointer) } {
        None => return Err(Error::invalid(field, "is NULL")),
        Some([]) => return Err(Error::invalid(field, "is empty")),
        Some(bytes) => bytes,
    };
    #[cfg(unix)]
    let given = {
        use std::os::unix::ffi::OsStrExt;
        std::ffi::OsStr::from_bytes(given)
    };
    #[cfg(not(unix))]
    let given = std::str::from_utf8(given).map_err(|_| Error::invalid(field, "is not UTF-8"))?;
    std::path::absolute(given).map_err(|error| Error::invalid(field, error))
}

/// A flag in a C struct.
pub fn switch(field: &str, value: i32) -> Result<bool> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Error::invalid(field, format_args!("{other} is not 0 or 1"))),
    }
}

/// Text that is kept.
///
/// # Safety
/// As for [`optional_text`].
pub unsafe fn owned_text(field: &str, pointer: *const c_char) -> Result<Option<String>> {
    // SAFETY: the caller's promise.
    Ok(unsafe { optional_text(field, pointer)? }.map(str::to_owned))
}

/// A path, or none.
///
/// # Safety
/// As for [`optional_text`].
pub unsafe fn optional_path(field: &str, pointer: *const c_char) -> Result<Option<PathBuf>> {
    // SAFETY: the caller's promise.
    match unsafe { bytes(pointer) } {
        None | Some([]) => Ok(None),
        // SAFETY: the caller's promise.
        Some(_) => unsafe { path(field, pointer) }.map(Some),
    }
}

/// A copy of `len` bytes.
///
/// # Safety
/// `data` is NULL or points to `len` readable bytes.
pub unsafe fn data(field: &str, data: *const u8, len: usize) -> Result<Vec<u8>> {
    if len == 0 {
        return Ok(Vec::new());
    }
    if data.is_null() {
        return Err(Error::invalid(
            field,
            format_args!("is NULL, but {field}_len is {len}"),
        ));
    }
    if isize::try_from(len).is_err() {
        return Err(Error::invalid(
            &format!("{field}_len"),
            format_args!("{len} is too large"),
        ));
    }
    let mut copy = Vec::new();
    if copy.try_reserve_exact(len).is_err() {
        return Err(Error::invalid(
            &format!("{field}_len"),
            format_args!("{len}: there is no memory for a copy"),
        ));
    }
    // SAFETY: not NULL; the caller's promise.
    copy.extend_from_slice(unsafe { std::slice::from_raw_parts(data, len) });
    Ok(copy)
}

/// Pairs of name and value.
///
/// # Safety
/// `headers` points to `len` readable structs whose strings live as long as the result is used; it
/// may be NULL when `len` is 0.
pub unsafe fn pairs<'a>(
    name: &str,
    headers: *const oss_resumable_header_t,
    len: usize,
) -> Result<Vec<(&'a str, &'a str)>> {
    if len == 0 {
        return Ok(Vec::new());
    }
    if headers.is_null() {
        return Err(Error::invalid(
            name,
            format_args!("is NULL, but {name}_len is {len}"),
        ));
    }
    if len > 1024 {
        return Err(Error::invalid(
            &format!("{name}_len"),
            format_args!("{len} is more than 1024"),
        ));
    }
    // SAFETY: not NULL, and `len` structs long by the caller's promise.
    let given = unsafe { std::slice::from_raw_parts(headers, len) };
    let mut pairs = Vec::with_capacity(len);
    for (index, header) in given.iter().enumerate() {
        let field = format!("{name}[{index}]");
        // SAFETY: the caller's promise.
        let name = unsafe { text(&format!("{field}.name"), header.name)? };
        if header.value.is_null() {
            return Err(Error::invalid(&format!("{field}.value"), "is NULL"));
        }
        // SAFETY: the caller's promise.
        let value = unsafe { optional_text(&format!("{field}.value"), header.value)? };
        pairs.push((name, value.unwrap_or_default()));
    }
    Ok(pairs)
}
