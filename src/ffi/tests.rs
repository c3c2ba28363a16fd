//! What C hands in and takes back, byte by byte. Miri runs this as well, so every struct and string here
//! is exactly as long as it says: whoever reads on reads what is not there.

#![allow(clippy::panic)]

use std::ffi::{CStr, CString};
use std::ptr;

use crate::error::Error;

use super::credentials::oss_resumable_credentials_answer;
use super::result::*;
use super::types::*;
use super::{details, import};

/// The first `size` bytes of a struct, in memory of that size and alignment.
struct Given(Vec<u64>);

impl Given {
    fn of<T: Copy>(value: &T, size: u32) -> Given {
        let size = size as usize;
        let mut words = vec![0_u64; size.div_ceil(8)];
        let known = size.min(size_of::<T>());
        // SAFETY: both sides have at least `known` bytes.
        unsafe {
            ptr::copy_nonoverlapping(
                ptr::from_ref(value).cast::<u8>(),
                words.as_mut_ptr().cast::<u8>(),
                known,
            );
        }
        Given(words)
    }

    fn pointer<T>(&self) -> *const T {
        self.0.as_ptr().cast()
    }
}

fn params(size: u32) -> oss_resumable_params_t {
    // SAFETY: integers, nullable pointers and functions.
    let mut params: oss_resumable_params_t = unsafe { std::mem::zeroed() };
    params.struct_size = size;
    params.thread_num = 3;
    params.part_size = 102_400;
    params.enable_checkpoint = 1;
    params
}

fn size_of_params() -> u32 {
    u32::try_from(size_of::<oss_resumable_params_t>()).unwrap_or(0)
}

fn message(error: &Error) -> String {
    error.to_string()
}

#[test]
fn a_struct_of_every_older_size_is_read_up_to_its_end() {
    for size in (8..=size_of_params()).step_by(8) {
        let given = Given::of(&params(size), size);
        // SAFETY: `size` bytes are there.
        let read = unsafe { import::versioned::<oss_resumable_params_t>(given.pointer()) };
        let read = read.unwrap_or_else(|error| panic!("{size}: {error}"));
        assert_eq!(read.thread_num, 3);
        assert_eq!(read.part_size, if size >= 16 { 102_400 } else { 0 });
        assert_eq!(read.enable_checkpoint, i32::from(size >= 24));
        assert!(read.callback.is_null());
    }
}

#[test]
fn a_struct_of_a_newer_size_is_taken_while_its_news_are_zero() {
    let size = size_of_params() + 24;
    let mut given = Given::of(&params(size), size);
    // SAFETY: `size` bytes are there, here and below.
    let read = unsafe { import::versioned::<oss_resumable_params_t>(given.pointer()) };
    assert_eq!(read.map(|read| read.thread_num).ok(), Some(3));
    if let Some(last) = given.0.last_mut() {
        *last = 1 << 56;
    }
    // SAFETY: as above.
    let read = unsafe { import::versioned::<oss_resumable_params_t>(given.pointer()) };
    let error = read.err().map(|error| message(&error)).unwrap_or_default();
    assert!(error.contains("does not know"), "{error}");
}

#[test]
fn a_struct_at_an_odd_address_is_read() {
    let (size, params) = (size_of_params(), params(size_of_params()));
    let mut bytes = vec![0_u8; size as usize + 1];
    // SAFETY: there is room for it behind the first byte.
    let read = unsafe {
        let odd = bytes.as_mut_ptr().add(1);
        ptr::copy_nonoverlapping((&raw const params).cast::<u8>(), odd, size as usize);
        import::versioned::<oss_resumable_params_t>(odd.cast())
    };
    assert_eq!(read.map(|read| read.part_size).ok(), Some(102_400));
}

#[test]
fn sizes_that_are_none_are_refused_after_four_bytes() {
    for size in [0_u32, 4, 7, 9, 65_544, u32::MAX] {
        let four = Box::new(size);
        // SAFETY: four bytes are there.
        let read =
            unsafe { import::versioned::<oss_resumable_params_t>(ptr::from_ref(&*four).cast()) };
        assert!(read.is_err(), "{size}");
    }
    // SAFETY: NULL is allowed.
    let read = unsafe { import::versioned::<oss_resumable_config_t>(ptr::null()) };
    assert!(read.is_err());
}

#[test]
fn strings_are_read_up_to_their_nul() {
    let exact = |bytes: &[u8]| CString::new(bytes).unwrap_or_default();
    let (plain, empty, broken) = (exact("kÖln".as_bytes()), exact(b""), exact(b"ab\xff"));
    // SAFETY: strings with a NUL at their ends, or NULL.
    unsafe {
        assert_eq!(import::text("f", plain.as_ptr()).ok(), Some("kÖln"));
        assert_eq!(import::optional_text("f", empty.as_ptr()).ok(), Some(None));
        assert_eq!(import::optional_text("f", ptr::null()).ok(), Some(None));
        assert!(import::text("f", empty.as_ptr()).is_err());
        assert!(import::text("f", ptr::null()).is_err());
        let error = import::text("f", broken.as_ptr()).err();
        let error = error.map(|error| message(&error)).unwrap_or_default();
        assert!(error.contains("from byte 2"), "{error}");
        assert!(import::path("f", broken.as_ptr()).is_ok_and(|path| path.is_absolute()));
        assert!(import::path("f", empty.as_ptr()).is_err());
    }
}

#[test]
fn lists_are_read_up_to_their_length() {
    let texts = [c"Content-Type", c"text/plain", c"x-oss-meta-a", c""];
    let headers: Box<[oss_resumable_header_t]> = texts
        .chunks(2)
        .map(|pair| oss_resumable_header_t {
            name: pair[0].as_ptr(),
            value: pair[1].as_ptr(),
        })
        .collect();
    let bytes: Box<[u8]> = Box::new([1, 0, 3]);
    // SAFETY: as long as they say, or not looked at.
    unsafe {
        let pairs = import::pairs("headers", headers.as_ptr(), 2).unwrap_or_default();
        assert_eq!(
            pairs,
            [("Content-Type", "text/plain"), ("x-oss-meta-a", "")]
        );
        assert!(import::pairs("headers", ptr::null(), 1).is_err());
        assert!(import::pairs("headers", headers.as_ptr(), 1025).is_err());
        assert!(import::pairs("headers", ptr::null(), 0).is_ok_and(|none| none.is_empty()));
        assert_eq!(
            import::data("data", bytes.as_ptr(), 3).ok(),
            Some(vec![1, 0, 3])
        );
        assert!(import::data("data", ptr::null(), 1).is_err());
        assert!(import::data("data", bytes.as_ptr(), usize::MAX).is_err());
    }
}

#[test]
fn a_result_is_read_by_every_accessor_and_freed_once() {
    let error = Error::invalid("part_size", "is\0not a size");
    let result = details::from_error(&error);
    // SAFETY: a result of the library, freed once; NULL is allowed.
    unsafe {
        let text = CStr::from_ptr(oss_resumable_result_message(result));
        assert!(
            text.to_str()
                .is_ok_and(|text| text.starts_with("part_size"))
        );
        let mut len = 1;
        assert!(!oss_resumable_result_body(result, &mut len).is_null());
        assert_eq!(len, 0);
        assert_eq!(oss_resumable_result_header_count(result), 0);
        let (mut name, mut value) = (ptr::null(), ptr::null());
        oss_resumable_result_header_at(result, 0, &mut name, &mut value);
        assert!(name.is_null() && value.is_null());
        assert!(oss_resumable_result_header(result, c"etag".as_ptr()).is_null());
        for accessor in [
            oss_resumable_result_reason,
            oss_resumable_result_callback_error,
            oss_resumable_result_error_code,
            oss_resumable_result_request_id,
            oss_resumable_result_host_id,
            oss_resumable_result_ec,
            oss_resumable_result_etag,
            oss_resumable_result_version_id,
            oss_resumable_result_upload_id,
        ] {
            assert!(accessor(result).is_null());
            assert!(accessor(ptr::null()).is_null());
        }
        oss_resumable_result_free(result);
        oss_resumable_result_free(ptr::null_mut());
    }
}

#[test]
fn an_answer_without_a_place_is_refused() {
    let (id, secret) = (c"id", c"secret");
    // SAFETY: NULL is allowed; the strings have a NUL at their ends.
    let code = unsafe {
        oss_resumable_credentials_answer(
            ptr::null_mut(),
            id.as_ptr(),
            secret.as_ptr(),
            ptr::null(),
            0,
        )
    };
    assert_eq!(code, oss_resumable_code_t::OSS_RESUMABLE_E_INVALID_ARGUMENT);
}
