//! The C functions for leftovers, with Rust's types around them.

use std::ffi::{CStr, c_char};
use std::ptr;

use oss_resumable::call::{Answer, Call, Tries};
use oss_resumable::ffi::leftovers::*;
use oss_resumable::ffi::types::oss_resumable_code_t::OSS_RESUMABLE_OK;
use oss_resumable::multipart::Api;

use super::capi::*;
use super::engine::{BUCKET, Rig};

/// Key, upload id, and when it was begun.
pub type Item = (String, String, i64);

fn text(pointer: *const c_char) -> String {
    // SAFETY: a string of a list that lives.
    unsafe { CStr::from_ptr(pointer) }
        .to_str()
        .unwrap()
        .to_owned()
}

pub fn list(client: &CClient, prefix: Option<&str>, age: i64) -> Result<Vec<Item>, Box<Ended>> {
    let (bucket, prefix) = (c(BUCKET), prefix.map(c));
    let prefix = prefix
        .as_ref()
        .map_or(ptr::null(), |prefix| prefix.as_ptr());
    let (mut found, mut result) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: every pointer is valid during the call; list and result are freed once.
    unsafe {
        let code = oss_resumable_list_uploads(
            client.0,
            bucket.as_ptr(),
            prefix,
            age,
            &mut found,
            &mut result,
        );
        if code != OSS_RESUMABLE_OK {
            assert!(found.is_null());
            return Err(Box::new(take(code, result)));
        }
        assert!(result.is_null());
        let count = oss_resumable_upload_list_count(found);
        let (mut object, mut id, mut initiated) = (ptr::null(), ptr::null(), 0);
        let items = (0..count)
            .map(|index| {
                let there = oss_resumable_upload_list_at(
                    found,
                    index,
                    &mut object,
                    &mut id,
                    &mut initiated,
                );
                assert_eq!(there, 1);
                (text(object), text(id), initiated)
            })
            .collect();
        let behind =
            oss_resumable_upload_list_at(found, count, &mut object, &mut id, &mut initiated);
        assert_eq!(
            (behind, object, id, initiated),
            (0, ptr::null(), ptr::null(), 0)
        );
        oss_resumable_upload_list_free(found);
        Ok(items)
    }
}

pub fn keys(client: &CClient, prefix: &str, age: i64) -> Vec<String> {
    let items = list(client, Some(prefix), age).unwrap();
    items.into_iter().map(|(key, ..)| key).collect()
}

pub fn abort_one(client: &CClient, key: &str, id: &str) -> Ended {
    let (bucket, key, id) = (c(BUCKET), c(key), c(id));
    let (bucket, key, id) = (bucket.as_ptr(), key.as_ptr(), id.as_ptr());
    let mut result = ptr::null_mut();
    // SAFETY: every pointer is valid during the call.
    let code = unsafe { oss_resumable_abort_upload(client.0, bucket, key, id, &mut result) };
    take(code, result)
}

/// How it ended, and how many uploads are said to be gone.
pub fn abort(client: &CClient, prefix: &str, age: i64) -> (Ended, i64) {
    let (bucket, prefix) = (c(BUCKET), c(prefix));
    let (mut aborted, mut result) = (-1, ptr::null_mut());
    // SAFETY: every pointer is valid during the call.
    let code = unsafe {
        oss_resumable_abort_uploads(
            client.0,
            bucket.as_ptr(),
            prefix.as_ptr(),
            age,
            &mut aborted,
            &mut result,
        )
    };
    (take(code, result), aborted)
}

/// Begins uploads and leaves them.
pub fn begin<K: Into<String>>(rig: &Rig, keys: impl IntoIterator<Item = K>) {
    let runtime = oss_resumable::runtime::handle().unwrap();
    runtime.block_on(async {
        for key in keys {
            let mut api = Api::for_bucket(&rig.client, BUCKET).unwrap();
            api.object = key.into();
            let mut answer = api.perform(&Call::Initiate, Tries::FIRST).await;
            if answer.is_err() {
                // Told what time it is there.
                answer = api.perform(&Call::Initiate, Tries::FIRST).await;
            }
            assert!(matches!(answer, Ok(Answer::Initiated { .. })), "{answer:?}");
        }
    });
}

/// What the server has, by key and upload id.
pub fn open_uploads(rig: &Rig) -> Vec<(String, String)> {
    let uploads = rig.server.uploads().into_iter();
    let mut open: Vec<_> = uploads
        .map(|upload| (upload.key, upload.upload_id))
        .collect();
    open.sort();
    open
}

pub fn open_keys(rig: &Rig) -> Vec<String> {
    open_uploads(rig).into_iter().map(|(key, _)| key).collect()
}
