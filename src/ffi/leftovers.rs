//! oss_resumable_upload_list_*, oss_resumable_abort_*: what unfinished uploads leave behind.

use std::ffi::{CString, c_char};
use std::sync::Arc;

use crate::call::UploadRef;
use crate::client::Client;
use crate::config;
use crate::error::{Error, Result};
use crate::transfer::leftovers::{self, Leftover};

use super::types::oss_resumable_code_t;
use super::types::{oss_resumable_client_t, oss_resumable_result_t, oss_resumable_upload_list_t};
use super::{client, guard, import, write_out};

/// What stands behind the opaque pointer.
type List = Vec<Item>;

struct Item {
    object: CString,
    upload_id: CString,
    initiated: i64,
}

impl Item {
    fn new(leftover: Leftover) -> Item {
        // XML cannot hold a NUL, so none is lost here.
        let text = |text: String| CString::new(text).unwrap_or_default();
        Item {
            object: text(leftover.upload.object),
            upload_id: text(leftover.upload.upload_id),
            initiated: leftover.initiated,
        }
    }
}

/// Which uploads are meant.
struct Selection {
    client: Arc<Client>,
    bucket: String,
    prefix: String,
    age_seconds: u64,
}

/// # Safety
/// Pointers are NULL or valid as the header says.
unsafe fn selection(
    client: *const oss_resumable_client_t,
    bucket: *const c_char,
    prefix: *const c_char,
    age_seconds: i64,
) -> Result<Selection> {
    // SAFETY: the caller's promise.
    let (client, bucket, prefix) = unsafe {
        (
            Arc::clone(client::borrow(client)?),
            import::text("bucket", bucket)?,
            import::owned_text("prefix", prefix)?.unwrap_or_default(),
        )
    };
    client.config.check_bucket(bucket)?;
    if prefix.len() > 1023 {
        return Err(Error::invalid("prefix", "is longer than 1023 bytes"));
    }
    let Ok(age_seconds) = u64::try_from(age_seconds) else {
        return Err(Error::invalid(
            "min_age_seconds",
            format_args!("{age_seconds} is negative"),
        ));
    };
    Ok(Selection {
        client,
        bucket: bucket.to_owned(),
        prefix,
        age_seconds,
    })
}

/// Lists the unfinished multipart uploads of a bucket, whoever began them: those whose keys begin
/// with `prefix` (NULL: all) and which were begun at least `min_age_seconds` ago (0: all), by OSS's
/// clock. Their parts are paid for until they are aborted.
///
/// `*list_out` is yours to free with oss_resumable_upload_list_free(), NULL on failure. Needs the
/// right oss:ListMultipartUploads. No headers can be given here or where uploads are aborted: where
/// the requester pays (x-oss-request-payer), only the bucket's owner can do either. `*result_out`,
/// unless `result_out` is NULL, gets the details of a failure, else NULL. Blocks. Any thread.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_list_uploads(
    client: *mut oss_resumable_client_t,
    bucket: *const c_char,
    prefix: *const c_char,
    min_age_seconds: i64,
    list_out: *mut *mut oss_resumable_upload_list_t,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(result_out, || {
            if list_out.is_null() {
                return Err(Error::invalid("list_out", "is NULL"));
            }
            write_out(list_out, std::ptr::null_mut());
            let which = selection(client, bucket, prefix, min_age_seconds)?;
            let host = Arc::clone(&which.client);
            let found = host.wait_for(async move {
                leftovers::list(
                    &which.client,
                    &which.bucket,
                    &which.prefix,
                    which.age_seconds,
                )
                .await
            })?;
            let list: List = found.into_iter().map(Item::new).collect();
            write_out(list_out, Box::into_raw(Box::new(list)).cast());
            Ok(())
        })
    }
}

/// # Safety
/// `list` is NULL or came from this library and has not been freed.
unsafe fn borrow<'a>(list: *const oss_resumable_upload_list_t) -> &'a [Item] {
    // SAFETY: the caller's promise.
    unsafe { list.cast::<List>().as_ref() }.map_or(&[], Vec::as_slice)
}

/// How many uploads the list holds; 0 for NULL. Any thread.
///
/// # Safety
/// `list` is NULL or a list that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_list_count(
    list: *const oss_resumable_upload_list_t,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe { borrow(list) }.len()
}

/// Upload number `index`, from 0, in the order of keys: writes its key, its upload id, which live as
/// long as the list, and when it was begun, in seconds since 1970 (UTC). An output that is NULL is not
/// written. Returns 1, or 0 and NULL or 0 in all of them when there is no such upload. Any thread.
///
/// # Safety
/// `list` is NULL or a list that has not been freed; the outputs are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_list_at(
    list: *const oss_resumable_upload_list_t,
    index: usize,
    object_out: *mut *const c_char,
    upload_id_out: *mut *const c_char,
    initiated_out: *mut i64,
) -> i32 {
    // SAFETY: the caller's promise.
    let item = unsafe { borrow(list) }.get(index);
    let text = |text: Option<&CString>| text.map_or(std::ptr::null(), |text| text.as_ptr());
    // SAFETY: the caller's promise.
    unsafe {
        write_out(object_out, text(item.map(|item| &item.object)));
        write_out(upload_id_out, text(item.map(|item| &item.upload_id)));
        write_out(initiated_out, item.map_or(0, |item| item.initiated));
    }
    i32::from(item.is_some())
}

/// Frees a list and all text taken from it. NULL does nothing. Any thread, once.
///
/// # Safety
/// `list` is NULL or a list that has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_upload_list_free(list: *mut oss_resumable_upload_list_t) {
    if !list.is_null() {
        // SAFETY: made by `Box::into_raw` of the same type; freed once by the caller's promise.
        drop(unsafe { Box::from_raw(list.cast::<List>()) });
    }
}

/// Aborts one unfinished upload, of whoever began it. One that is gone already is a success.
///
/// `*result_out`, unless `result_out` is NULL, gets the details of a failure, else NULL. Blocks. Any
/// thread.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_abort_upload(
    client: *mut oss_resumable_client_t,
    bucket: *const c_char,
    object: *const c_char,
    upload_id: *const c_char,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(result_out, || {
            let which = selection(client, bucket, std::ptr::null(), 0)?;
            let object = import::text("object", object)?;
            config::check_object(object)?;
            let upload_id = import::text("upload_id", upload_id)?;
            if !upload_id.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Error::invalid("upload_id", "is not visible ASCII"));
            }
            let upload = UploadRef {
                bucket: which.bucket,
                object: object.to_owned(),
                upload_id: upload_id.to_owned(),
            };
            let host = Arc::clone(&which.client);
            host.wait_for(async move { leftovers::abort_one(&which.client, upload).await })
        })
    }
}

/// Aborts what oss_resumable_list_uploads() would list, uploads that are running included. Then looks
/// again, and again a few times, because parts that are on their way may outlive an abort; when there
/// are still some, it ends with OSS_RESUMABLE_E_SERVICE, and may be called again.
///
/// Writes to `*aborted_out`, unless it is NULL, how many uploads are gone, 0 on failure. Needs the
/// rights oss:ListMultipartUploads and oss:AbortMultipartUpload. `*result_out`, unless `result_out`
/// is NULL, gets the details of a failure, else NULL. Blocks. Any thread.
///
/// # Safety
/// Pointers are NULL or valid as the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oss_resumable_abort_uploads(
    client: *mut oss_resumable_client_t,
    bucket: *const c_char,
    prefix: *const c_char,
    min_age_seconds: i64,
    aborted_out: *mut i64,
    result_out: *mut *mut oss_resumable_result_t,
) -> oss_resumable_code_t {
    // SAFETY: the caller's promise, passed on.
    unsafe {
        guard(result_out, || {
            write_out(aborted_out, 0);
            let which = selection(client, bucket, prefix, min_age_seconds)?;
            let host = Arc::clone(&which.client);
            let aborted = host.wait_for(async move {
                leftovers::abort_all(
                    &which.client,
                    &which.bucket,
                    &which.prefix,
                    which.age_seconds,
                )
                .await
            })?;
            write_out(aborted_out, i64::try_from(aborted).unwrap_or(i64::MAX));
            Ok(())
        })
    }
}
