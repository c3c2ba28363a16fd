//! One upload given up for good, by its checkpoint.

use std::path::{Path, PathBuf};
use std::ptr;

use oss_resumable::ffi::types::oss_resumable_code_t::*;
use oss_resumable::ffi::upload::oss_resumable_discard;
use oss_test_server::{Action, Op, Rule};

use super::capi::*;
use super::engine::{BUCKET, KEY, PART, Rig};

/// NULL for what is not given.
fn discard(client: &CClient, file: Option<&Path>, checkpoint: Option<&Path>) -> Ended {
    let (bucket, key) = (c(BUCKET), c(KEY));
    let (file, checkpoint) = (file.map(c_path), checkpoint.map(c_path));
    let pointer = |text: &Option<_>| {
        text.as_ref()
            .map_or(ptr::null(), |text: &std::ffi::CString| text.as_ptr())
    };
    let mut result = ptr::null_mut();
    // SAFETY: every pointer is NULL or valid during the call.
    let code = unsafe {
        oss_resumable_discard(
            client.0,
            bucket.as_ptr(),
            key.as_ptr(),
            pointer(&file),
            pointer(&checkpoint),
            &mut result,
        )
    };
    take(code, result)
}

/// An upload that was refused in the middle; its file, and its checkpoint.
fn interrupted(rig: &Rig, client: &CClient, place: Option<&Path>) -> (PathBuf, PathBuf) {
    let file = rig.file("file", 5 * PART);
    let refuse = Action::status(403, "AccessDenied");
    rig.server
        .rule(Rule::on(Op::UploadPart).part(4).then(refuse));
    let place_text = place.map(c_path);
    let ended = client.upload(Some(&file), |params| {
        if let Some(place) = &place_text {
            params.checkpoint_path = place.as_ptr();
        }
    });
    assert_eq!(ended.code, OSS_RESUMABLE_E_SERVICE, "{ended:?}");
    rig.server.clear_rules();
    let checkpoint = place.map_or_else(|| rig.checkpoint(&file), Path::to_owned);
    assert!(checkpoint.exists());
    assert_eq!(rig.server.uploads().len(), 1);
    (file, checkpoint)
}

#[test]
fn when_the_abort_fails_the_checkpoint_is_kept_and_may_be_tried_with_again() {
    let refused = Action::status(403, "AccessDenied");
    let failing = Action::status(503, "ServiceUnavailable");
    let cut = Action::ResetAfter { bytes: 0 };
    for (action, code, retryable) in [
        (refused, OSS_RESUMABLE_E_SERVICE, 0),
        (failing, OSS_RESUMABLE_E_SERVICE, 1),
        (cut, OSS_RESUMABLE_E_NETWORK, 1),
    ] {
        for elsewhere in [false, true] {
            let rig = Rig::new();
            let client = CClient::with(&rig.server.url(), |config| config.max_retries = 1);
            let client = client.unwrap();
            let place = elsewhere.then(|| rig.path("elsewhere.ucp"));
            let (file, checkpoint) = interrupted(&rig, &client, place.as_deref());
            let content = std::fs::read(&checkpoint).unwrap();
            // A checkpoint whose place is told is found without the file.
            let give_up = || match &place {
                Some(place) => discard(&client, None, Some(place)),
                None => discard(&client, Some(&file), None),
            };
            rig.server
                .rule(Rule::on(Op::AbortMultipartUpload).then(action.clone()));
            let ended = give_up();
            assert_eq!(
                (ended.code, ended.retryable),
                (code, retryable),
                "{ended:?}"
            );
            assert_eq!(ended.stage, "abort");
            assert!(std::fs::read(&checkpoint).unwrap().starts_with(&content));
            assert_eq!(rig.server.uploads().len(), 1);

            rig.server.clear_rules();
            give_up().ok();
            assert!(!checkpoint.exists());
            assert_eq!(rig.server.uploads(), []);
            // And nothing is left to do.
            rig.server.clear_log();
            give_up().ok();
            assert_eq!(rig.server.log().len(), 0);
        }
    }
}

#[test]
fn an_upload_whose_discarding_failed_goes_on_where_it_was() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let (file, _) = interrupted(&rig, &client, None);
    rig.server.deny(&[Op::AbortMultipartUpload]);
    let ended = discard(&client, Some(&file), None);
    assert_eq!(ended.code, OSS_RESUMABLE_E_SERVICE, "{ended:?}");
    let ended = client.upload(Some(&file), |_| {}).ok();
    assert!(ended.resumed_bytes > 0, "{ended:?}");
    rig.assert_stored(&file);
}

#[test]
fn neither_file_nor_checkpoint_is_no_upload_that_could_be_meant() {
    let rig = Rig::new();
    let client = CClient::new(&rig.server.url());
    let ended = discard(&client, None, None);
    assert_eq!(ended.code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
    assert!(ended.message.starts_with("filepath: "), "{ended:?}");
    assert_eq!(rig.server.log().len(), 0);
}
