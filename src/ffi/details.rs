//! What a result holds, in the form in which C reads it.

use std::ffi::CString;

use crate::error::{Error, Reason, ServiceReply, Stage};
use crate::transfer::driver::Report;

use super::code_of;
use super::types::oss_resumable_code_t::{self, OSS_RESUMABLE_OK};
use super::types::oss_resumable_result_t;

/// What stands behind the opaque pointer. All text is kept in the form in which C reads it.
pub(super) struct Details {
    pub code: oss_resumable_code_t,
    pub message: CString,
    pub stage: Stage,
    pub part_number: i32,
    pub offset: i64,
    pub os_errno: i32,
    pub reason: Option<Reason>,
    pub attempts: i32,
    pub retryable: bool,
    pub callback_error: Option<CString>,
    pub http_status: i32,
    pub error_code: Option<CString>,
    pub request_id: Option<CString>,
    pub host_id: Option<CString>,
    pub ec: Option<CString>,
    pub etag: Option<CString>,
    pub version_id: Option<CString>,
    pub upload_id: Option<CString>,
    pub crc64: u64,
    pub resumed_bytes: i64,
    pub part_size: i64,
    pub parts: i32,
    pub retries: i32,
    pub warnings: u32,
    pub headers: Vec<(CString, CString)>,
    /// With a NUL behind it that does not count.
    pub body: Vec<u8>,
}

/// C text ends at the first NUL, so there must be none inside.
fn c_text(bytes: &[u8]) -> CString {
    let clean: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    CString::new(clean).unwrap_or_default()
}

fn c_option(text: Option<&String>) -> Option<CString> {
    text.map(|text| c_text(text.as_bytes()))
}

impl Details {
    fn new(code: oss_resumable_code_t, message: &str, service: &ServiceReply) -> Details {
        Details {
            code,
            message: c_text(message.as_bytes()),
            stage: Stage::Prepare,
            part_number: 0,
            offset: -1,
            os_errno: 0,
            reason: None,
            attempts: 0,
            retryable: false,
            callback_error: None,
            http_status: i32::from(service.http_status),
            error_code: c_option(service.code.as_ref()),
            request_id: c_option(service.request_id.as_ref()),
            host_id: c_option(service.host_id.as_ref()),
            ec: c_option(service.ec.as_ref()),
            etag: None,
            version_id: None,
            upload_id: None,
            crc64: 0,
            resumed_bytes: 0,
            part_size: 0,
            parts: 0,
            retries: 0,
            warnings: 0,
            headers: Vec::new(),
            body: vec![0],
        }
    }

    fn of_error(error: &Error) -> Details {
        let mut details = Details::new(code_of(error.code), &error.message, &error.service);
        details.stage = error.stage;
        details.part_number = i32::try_from(error.part_number).unwrap_or(0);
        details.offset = error
            .offset
            .map_or(-1, |offset| i64::try_from(offset).unwrap_or(-1));
        details.os_errno = error.os_errno.map_or(0, |number| number.get());
        details.reason = error.reason;
        details.attempts = i32::try_from(error.attempts).unwrap_or(i32::MAX);
        details.retryable = error.retryable;
        details
    }

    fn into_raw(self) -> *mut oss_resumable_result_t {
        Box::into_raw(Box::new(self)).cast()
    }
}

pub(super) fn from_error(error: &Error) -> *mut oss_resumable_result_t {
    Details::of_error(error).into_raw()
}

pub(super) fn from_report(report: &Report) -> *mut oss_resumable_result_t {
    let mut details = match &report.outcome {
        Err(error) => Details::of_error(error),
        Ok(committed) => {
            let message = match &committed.callback_failed {
                None => "the object is stored and verified",
                Some(_) => "the object is stored and verified; its upload callback failed",
            };
            let service = ServiceReply {
                http_status: committed.status,
                request_id: committed.request_id.clone(),
                message: None,
                ..ServiceReply::default()
            };
            let mut details = Details::new(OSS_RESUMABLE_OK, message, &service);
            details.stage = Stage::Done;
            details.etag = c_option(committed.etag.as_ref());
            details.version_id = c_option(committed.version_id.as_ref());
            details.callback_error = c_option(committed.callback_failed.as_ref());
            details.headers = committed
                .headers
                .iter()
                .map(|(name, value)| (c_text(name.as_str().as_bytes()), c_text(value.as_bytes())))
                .collect();
            details.body.splice(0..0, committed.body.iter().copied());
            details
        }
    };
    details.upload_id = c_option(report.upload_id.as_ref());
    details.crc64 = report.crc64;
    details.resumed_bytes = i64::try_from(report.resumed_bytes).unwrap_or(i64::MAX);
    details.part_size = i64::try_from(report.part_size).unwrap_or(i64::MAX);
    details.parts = i32::try_from(report.parts).unwrap_or(i32::MAX);
    details.retries = i32::try_from(report.retries).unwrap_or(i32::MAX);
    details.warnings = report.warnings;
    details.into_raw()
}
