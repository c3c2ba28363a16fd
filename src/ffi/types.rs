//! Every plain struct, constant and callback type of the C API, in reading order.

#![allow(non_camel_case_types)]

use std::ffi::{c_char, c_void};

/// Lets the engine choose, in `part_size` and `thread_num`.
///
/// Part size: a thousandth of the file, rounded up to a whole MiB, at least 4 MiB, at most 5 GiB.
/// Parts in flight: 4 in this release.
pub const OSS_RESUMABLE_AUTO: i32 = -1;

/// The result's warning bits: things worth knowing about an upload that do not change its outcome.
/// The checkpoint could not be written; the upload went on, but could not have been resumed.
pub const OSS_RESUMABLE_WARN_RESUMABILITY_LOST: u32 = 1;
/// The object is stored, but the upload callback of OSS failed (HTTP 203).
pub const OSS_RESUMABLE_WARN_CALLBACK_FAILED: u32 = 2;
/// The upload id was gone or unusable on the server; everything was sent again under a new one.
pub const OSS_RESUMABLE_WARN_RESTARTED: u32 = 4;
/// The part size was raised so that the file fits into 10,000 parts.
pub const OSS_RESUMABLE_WARN_PART_SIZE_RAISED: u32 = 8;
/// The checkpoint could not be deleted; it was emptied, so the next upload begins anew.
pub const OSS_RESUMABLE_WARN_CHECKPOINT_LEFT: u32 = 16;
/// An unfinished multipart upload may be left on the server: it could not be aborted, or the answer
/// that named it was lost.
pub const OSS_RESUMABLE_WARN_UPLOAD_LEFT: u32 = 32;

/// How a call or an upload ended. Values never change; new ones are appended.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum oss_resumable_code_t {
    /// Only from oss_resumable_upload_wait() and oss_resumable_upload_result(): still running.
    OSS_RESUMABLE_PENDING = 1,
    /// Done. For an upload: the object is stored and its CRC64 equals the file's.
    OSS_RESUMABLE_OK = 0,
    /// NULL, text that is not UTF-8, a number out of range, an unknown non-zero field. The message
    /// begins with the field's name. Nothing was sent.
    OSS_RESUMABLE_E_INVALID_ARGUMENT = -1,
    /// The local file cannot be opened or read, or is not a regular file. Not committed.
    OSS_RESUMABLE_E_FILE = -2,
    /// The local file changed while it was being uploaded. Not committed; what was sent is thrown
    /// away, checkpoint included.
    OSS_RESUMABLE_E_FILE_CHANGED = -3,
    /// The checkpoint cannot be created, written or locked ("in use by process N"), or the file at
    /// its path is not a checkpoint. Not committed.
    OSS_RESUMABLE_E_CHECKPOINT = -4,
    /// No usable answer within the retry time. Not committed; call again to resume.
    OSS_RESUMABLE_E_NETWORK = -5,
    /// OSS refused: see http_status, error_code, request_id and ec of the result. Not committed.
    OSS_RESUMABLE_E_SERVICE = -6,
    /// What OSS stored is not what was sent, after all retries: a part (not committed), or, as the
    /// message then says, the object itself.
    OSS_RESUMABLE_E_INTEGRITY = -7,
    /// Canceled by the progress callback or oss_resumable_upload_cancel(). Not committed.
    OSS_RESUMABLE_E_CANCELED = -8,
    /// The wrong moment: a second thread waits, or the upload belongs to the parent of a fork().
    OSS_RESUMABLE_E_STATE = -9,
    /// The request that commits the object was sent, and no answer told what became of it. Calling
    /// again settles it or uploads anew.
    OSS_RESUMABLE_E_COMMIT_UNKNOWN = -10,
    /// A bug in the library, caught; or no thread could be started.
    OSS_RESUMABLE_E_INTERNAL = -99,
}

/// What an upload is busy with: the values of `stage` in oss_resumable_progress_t.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum oss_resumable_stage_t {
    /// Opening the file and the checkpoint.
    OSS_RESUMABLE_STAGE_PREPARE = 0,
    /// Finding out which finished parts still hold.
    OSS_RESUMABLE_STAGE_RESUME = 1,
    /// Beginning a multipart upload.
    OSS_RESUMABLE_STAGE_INITIATE = 2,
    /// Sending.
    OSS_RESUMABLE_STAGE_UPLOAD = 3,
    /// All parts are sent; OSS puts the object together, which may take long for many parts.
    OSS_RESUMABLE_STAGE_COMPLETE = 4,
    /// The answer to the commit was lost; finding out what became of it.
    OSS_RESUMABLE_STAGE_SETTLE = 5,
    /// Removing what was sent from the server, after an error or a cancel without a checkpoint.
    OSS_RESUMABLE_STAGE_ABORT = 6,
    /// Ended.
    OSS_RESUMABLE_STAGE_DONE = 7,
}

/// What uploads share: endpoint, credentials, connections. Opaque; any thread may use it.
pub struct oss_resumable_client_t {
    _opaque: [u8; 0],
}

/// One upload. Opaque; any thread may use it, one at a time may wait for it.
pub struct oss_resumable_upload_t {
    _opaque: [u8; 0],
}

/// The details of an outcome, success or failure. Opaque, immutable; any thread may read it.
pub struct oss_resumable_result_t {
    _opaque: [u8; 0],
}

/// Told of progress, on the thread inside oss_resumable_upload_file() or
/// oss_resumable_upload_wait(), one call at a time, at most ten times a second, never after that
/// function has returned.
///
/// `consumed_bytes` starts with what earlier runs sent, never goes back, never exceeds
/// `total_bytes`, and equals it in the last call of a success. Return 0 to go on, anything else to
/// cancel. May call every function on the upload except wait; must not throw or longjmp.
pub type oss_resumable_progress_callback = Option<
    unsafe extern "C-unwind" fn(
        consumed_bytes: i64,
        total_bytes: i64,
        userdata: *mut c_void,
    ) -> i32,
>;

/// How to reach OSS. Start with OSS_RESUMABLE_CONFIG_INIT; zero or NULL is the documented default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct oss_resumable_config_t {
    /// sizeof(oss_resumable_config_t) as the caller compiled it.
    pub struct_size: u32,
    /// 0 or 4: OSS signature V4; 1: V1.
    pub signature_version: i32,
    /// `[http://|https://]host[:port]`, such as "oss-cn-hangzhou.aliyuncs.com"; HTTPS when no scheme
    /// is given. Required.
    pub endpoint: *const c_char,
    /// "cn-hangzhou"; "oss-cn-hangzhou" means the same. Required for V4.
    pub region: *const c_char,
    /// Required.
    pub access_key_id: *const c_char,
    /// Required.
    pub access_key_secret: *const c_char,
    /// The token of temporary (STS) credentials. NULL: none.
    pub sts_token: *const c_char,
    /// A PEM file of certificates to trust besides the system's. NULL: none.
    pub ca_file: *const c_char,
    /// 1: the endpoint is the bucket's own domain (CNAME).
    pub is_cname: i32,
    /// 1: the bucket goes into the path. Always so for IP addresses.
    pub is_path_style: i32,
    /// For one connection, name resolution and TLS included, in milliseconds. 0: 10,000.
    pub connect_timeout_ms: i32,
    /// An attempt during which nothing moves for this long is given up and made again, in
    /// milliseconds. Not a limit on the whole. 0: 30,000.
    pub stall_timeout_ms: i32,
    /// A request that keeps failing for this long fails the upload, in milliseconds. Until the server
    /// has answered once, at most 60,000. 0: 300,000.
    pub retry_timeout_ms: i32,
    /// Retries of one request. 0: bounded by the retry time alone; -1: none.
    pub max_retries: i32,
}

/// A header of the object, sent with the requests for which OSS reads it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct oss_resumable_header_t {
    /// Such as "Content-Type" or "x-oss-meta-author".
    pub name: *const c_char,
    pub value: *const c_char,
}

/// How to upload. Start with OSS_RESUMABLE_PARAMS_INIT; zero or NULL is the documented default.
/// NULL instead of the whole struct: all defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct oss_resumable_params_t {
    /// sizeof(oss_resumable_params_t) as the caller compiled it.
    pub struct_size: u32,
    /// Parts in flight, 1 to 1,024. 0: 1. OSS_RESUMABLE_AUTO: chosen.
    pub thread_num: i32,
    /// Bytes, 102,400 (100 KiB) to 5,368,709,120 (5 GiB). 0: 102,400. OSS_RESUMABLE_AUTO: chosen. A
    /// size that would give more than 10,000 parts is raised, which the result tells.
    pub part_size: i64,
    /// 1: keep a checkpoint, and resume from it. 0: none.
    pub enable_checkpoint: i32,
    /// Must be 0.
    pub flags: u32,
    /// A file, or an existing directory in which a name is derived. NULL: `<filepath>.ucp`. Only read
    /// with enable_checkpoint.
    pub checkpoint_path: *const c_char,
    /// NULL: none.
    pub progress_callback: oss_resumable_progress_callback,
    /// Handed to the callback, never touched.
    pub userdata: *mut c_void,
    /// `headers_len` of them; NULL if there are none.
    pub headers: *const oss_resumable_header_t,
    pub headers_len: usize,
}

/// A look at a running upload. The caller sets `struct_size`; the rest is written.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct oss_resumable_progress_t {
    /// sizeof(oss_resumable_progress_t) as the caller compiled it.
    pub struct_size: u32,
    /// One of oss_resumable_stage_t.
    pub stage: i32,
    /// Sent so far, those of earlier runs included; never goes back.
    pub consumed_bytes: i64,
    /// 0 until the file has been opened.
    pub total_bytes: i64,
    /// Taken over from an earlier run, not sent again.
    pub resumed_bytes: i64,
    pub parts_done: i32,
    pub parts_total: i32,
    /// Attempts that had to be made again.
    pub retries: i32,
    /// Always 0.
    pub reserved: i32,
}
