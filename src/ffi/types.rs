//! Every plain struct, constant and callback type of the C API, in reading order.

#![allow(non_camel_case_types)]

use std::ffi::{c_char, c_void};

/// Lets the engine choose, in `part_size` and `thread_num`.
///
/// Part size: a thousandth of the file, rounded up to a whole MiB, at least 4 MiB, at most 5 GiB.
/// Parts in flight: 4 in this release.
pub const OSS_RESUMABLE_AUTO: i32 = -1;

/// A bit of `oss_resumable_result_warnings()`, as all of OSS_RESUMABLE_WARN_*; none changes the outcome.
/// This one: the checkpoint could not be written; the upload went on, but could not have been resumed.
pub const OSS_RESUMABLE_WARN_RESUMABILITY_LOST: u32 = 1;
/// The object is stored, but the upload callback of OSS failed (HTTP 203).
pub const OSS_RESUMABLE_WARN_CALLBACK_FAILED: u32 = 2;
/// The upload id was gone or unusable on the server; everything was sent again under a new one.
pub const OSS_RESUMABLE_WARN_RESTARTED: u32 = 4;
/// The part size was raised so that the file fits into 10,000 parts.
pub const OSS_RESUMABLE_WARN_PART_SIZE_RAISED: u32 = 8;
/// The checkpoint could not be deleted; it was emptied, so the next upload begins anew.
pub const OSS_RESUMABLE_WARN_CHECKPOINT_LEFT: u32 = 16;
/// An unfinished multipart upload may be left on the server: it could not be aborted, the answer that
/// named it was lost, or its commit is unknown and there is no checkpoint that keeps its id.
pub const OSS_RESUMABLE_WARN_UPLOAD_LEFT: u32 = 32;
/// The object is stored, but what the upload callback's receiver answered was lost with OSS's reply.
pub const OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST: u32 = 64;

/// `endpoint_type` of the config: `oss-{region}.aliyuncs.com`.
pub const OSS_RESUMABLE_ENDPOINT_PUBLIC: i32 = 0;
/// `oss-{region}-internal.aliyuncs.com`, from inside the region.
pub const OSS_RESUMABLE_ENDPOINT_INTERNAL: i32 = 1;
/// `oss-accelerate.aliyuncs.com`, if switched on for the bucket.
pub const OSS_RESUMABLE_ENDPOINT_ACCELERATE: i32 = 2;
/// `oss-accelerate-overseas.aliyuncs.com`, if switched on for the bucket.
pub const OSS_RESUMABLE_ENDPOINT_ACCELERATE_OVERSEAS: i32 = 3;
/// `{region}.oss.aliyuncs.com`, over IPv4 and IPv6.
pub const OSS_RESUMABLE_ENDPOINT_DUAL_STACK: i32 = 4;

/// `kind` of a source: an open file descriptor (Windows: HANDLE).
pub const OSS_RESUMABLE_SOURCE_FILE: i32 = 1;
/// `kind` of a source: bytes in memory.
pub const OSS_RESUMABLE_SOURCE_MEMORY: i32 = 2;

/// `verify_on_resume` of the params: finished parts are read again where size and modification time
/// agree but something else about the file does not.
pub const OSS_RESUMABLE_VERIFY_IN_DOUBT: i32 = 0;
/// Finished parts are always read again.
pub const OSS_RESUMABLE_VERIFY_ALWAYS: i32 = 1;
/// Finished parts are not read again (unless the checkpoint holds parts of more than one file). What was
/// changed in them with size and modification time as before goes unnoticed, by the check of CRC64 at
/// the end as well: the object then holds the old bytes. Not together with resume_by_content.
pub const OSS_RESUMABLE_VERIFY_NEVER: i32 = 2;

/// `log_level` of the config: nothing.
pub const OSS_RESUMABLE_LOG_NONE: i32 = 0;
/// Uploads that failed.
pub const OSS_RESUMABLE_LOG_ERROR: i32 = 1;
/// Attempts that failed and may be made again.
pub const OSS_RESUMABLE_LOG_WARN: i32 = 2;
/// Uploads that begin and end, credentials that are renewed.
pub const OSS_RESUMABLE_LOG_INFO: i32 = 3;
/// Every request, with part, attempt, time, status and request id.
pub const OSS_RESUMABLE_LOG_DEBUG: i32 = 4;
/// URLs and the names of headers.
pub const OSS_RESUMABLE_LOG_TRACE: i32 = 5;

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
    /// No credentials could be had from where they were to come from. Not committed; call again to
    /// resume.
    OSS_RESUMABLE_E_CREDENTIALS = -11,
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

/// The unfinished uploads that a listing found. Opaque, immutable; any thread may read it.
pub struct oss_resumable_upload_list_t {
    _opaque: [u8; 0],
}

/// Where a credentials callback puts its answer, valid only inside that callback. Opaque.
pub struct oss_resumable_credentials_answer_t {
    _opaque: [u8; 0],
}

/// Asked for credentials: calls oss_resumable_credentials_answer() and returns 0, or returns
/// anything else when it has none, which is tried again for as long as a request is.
///
/// Runs on a thread inside oss_resumable_upload_file(), oss_resumable_upload_wait() or another
/// blocking call with the client, one call at a time; uploads wait while no thread is in one of
/// them. Must not make such a call itself, throw or longjmp.
pub type oss_resumable_credentials_callback = Option<
    unsafe extern "C-unwind" fn(
        answer: *mut oss_resumable_credentials_answer_t,
        userdata: *mut c_void,
    ) -> i32,
>;

/// Told a line of the log: its level (OSS_RESUMABLE_LOG_*) and text, UTF-8 without a line end, valid
/// only inside the call. Never holds a secret, at any level.
///
/// Runs like the credentials callback. Up to 4,096 lines are kept until then, older ones are lost,
/// which is said. Must not throw or longjmp.
pub type oss_resumable_log_callback =
    Option<unsafe extern "C-unwind" fn(level: i32, line: *const c_char, userdata: *mut c_void)>;

/// Told of progress, on the thread inside oss_resumable_upload_file() or
/// oss_resumable_upload_wait(), one call at a time, at most ten times a second, never after that
/// function has returned.
///
/// `consumed_bytes` starts with what earlier runs sent, never goes back, never exceeds
/// `total_bytes`, and equals it in the last call of a success. Return 0 to go on, anything else to
/// cancel; in the last call of a success it is too late for that, the object is stored. May call
/// every function on the upload except wait; must not throw or longjmp.
pub type oss_resumable_progress_callback = Option<
    unsafe extern "C-unwind" fn(
        consumed_bytes: i64,
        total_bytes: i64,
        userdata: *mut c_void,
    ) -> i32,
>;

/// Where credentials come from, instead of from the config. Start with OSS_RESUMABLE_CREDENTIALS_INIT;
/// NULL is the documented default. They are fetched when first needed, once for all uploads of the
/// client, renewed before they end (at four fifths of their life, at most five minutes early), and
/// once more when OSS says that they have expired.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct oss_resumable_credentials_t {
    /// sizeof(oss_resumable_credentials_t) as the caller compiled it.
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// One of the following, or several, separated by commas, which are asked in this order: the
    /// first that is set up on this machine decides. NULL: "environment,oidc,profile,ecs_ram_role".
    ///
    /// "environment": OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SESSION_TOKEN, or
    /// ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN.
    /// "profile": the profile file of the Alibaba Cloud CLI.
    /// "process": what a command prints.
    /// "oidc": AssumeRoleWithOIDC of STS (RRSA in Kubernetes).
    /// "ecs_ram_role": the role of the ECS instance, from its metadata service.
    /// "callback": the callback below, only alone.
    ///
    /// Environment variables, those that fill in what is NULL below included, are read once, by
    /// oss_resumable_client_new().
    pub provider: *const c_char,
    /// "profile": NULL: ALIBABA_CLOUD_CONFIG_FILE, else `~/.aliyun/config.json`.
    pub profile_file: *const c_char,
    /// "profile": NULL: ALIBABA_CLOUD_PROFILE, else the file's current one.
    pub profile_name: *const c_char,
    /// "process": a command line for the shell, which prints JSON with AccessKeyId, AccessKeySecret,
    /// SecurityToken and Expiration, or what the CLI's External mode takes. Ended after 60 s.
    pub process: *const c_char,
    /// "ecs_ram_role": NULL: ALIBABA_CLOUD_ECS_METADATA, else asked from the service.
    pub role_name: *const c_char,
    /// "ecs_ram_role": `[http://|https://]host[:port]`, HTTPS when no scheme is given. NULL:
    /// ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT (HTTP when that has no scheme), else
    /// `http://100.100.100.200`.
    pub metadata_endpoint: *const c_char,
    /// "oidc": NULL: ALIBABA_CLOUD_ROLE_ARN.
    pub role_arn: *const c_char,
    /// "oidc": NULL: ALIBABA_CLOUD_OIDC_PROVIDER_ARN.
    pub oidc_provider_arn: *const c_char,
    /// "oidc": NULL: ALIBABA_CLOUD_OIDC_TOKEN_FILE. Read for every renewal.
    pub oidc_token_file: *const c_char,
    /// "oidc": NULL: ALIBABA_CLOUD_ROLE_SESSION_NAME, else "oss-resumable".
    pub role_session_name: *const c_char,
    /// "oidc" and roles of a profile: `[http://|https://]host[:port]`, HTTPS when no scheme is given.
    /// NULL: for a profile with `sts_region` the STS of that region, else
    /// ALIBABA_CLOUD_STS_ENDPOINT, else `https://sts.aliyuncs.com`.
    pub sts_endpoint: *const c_char,
    /// "callback": required.
    pub callback: oss_resumable_credentials_callback,
    /// Handed to the callback, never touched.
    pub userdata: *mut c_void,
}

/// How to reach OSS. Start with OSS_RESUMABLE_CONFIG_INIT; zero or NULL is the documented default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct oss_resumable_config_t {
    /// sizeof(oss_resumable_config_t) as the caller compiled it.
    pub struct_size: u32,
    /// 0 or 4: OSS signature V4; 1: V1.
    pub signature_version: i32,
    /// `[http://|https://]host[:port]`, such as "oss-cn-hangzhou.aliyuncs.com"; HTTPS when no scheme
    /// is given. NULL: made from region and endpoint_type.
    pub endpoint: *const c_char,
    /// "cn-hangzhou"; "oss-cn-hangzhou" means the same. NULL: taken from the endpoint, where it
    /// tells. V4 needs one.
    pub region: *const c_char,
    /// Required, unless `credentials` is given.
    pub access_key_id: *const c_char,
    /// Required, unless `credentials` is given.
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
    /// Where credentials come from. NULL: the three fields above. Copied.
    pub credentials: *const oss_resumable_credentials_t,
    /// Without an endpoint: one of OSS_RESUMABLE_ENDPOINT_*. 0: the public one.
    pub endpoint_type: i32,
    /// From when a request is out until the first byte of its answer, in milliseconds. 0: as the
    /// stall time. For CompleteMultipartUpload, which may keep OSS busy, four times that; for a
    /// request with an upload callback longer, so that the callback's receivers have their time.
    pub first_byte_timeout_ms: i32,
    /// Requests in flight over all uploads of the client, 1 to 4,096, shared evenly among them. 0: as
    /// many as the uploads' thread_num together. Not a number of threads: those belong to the
    /// process, a handful for all clients.
    pub max_connections: i32,
    /// 1: the proxy that the environment names: https_proxy (for an `http://` endpoint http_proxy),
    /// then all_proxy, and no_proxy; read once, by oss_resumable_client_new(). 0: not looked at.
    pub proxy_from_environment: i32,
    /// Bytes per second over all uploads of the client, at least 1,024; the parts' bodies count. 0: no
    /// limit. See also oss_resumable_client_set_bandwidth_limit(). The header x-oss-traffic-limit
    /// makes OSS limit each request of one upload instead.
    pub bandwidth_limit: i64,
    /// `[http|https|socks5|socks5h://][user:password@]host[:port]`. With socks5h the proxy resolves
    /// names. NULL: none.
    pub proxy: *const c_char,
    /// Instead of one in the proxy's address, and not percent-encoded. NULL: none.
    pub proxy_user: *const c_char,
    /// With proxy_user.
    pub proxy_password: *const c_char,
    /// Hosts that are reached directly, separated by commas: names with their subdomains, addresses,
    /// CIDR blocks, "*". NULL: none.
    pub no_proxy: *const c_char,
    /// `ca_data_len` bytes of PEM text: certificates to trust besides the system's and ca_file's.
    /// NULL: none. Copied.
    pub ca_data: *const c_char,
    pub ca_data_len: usize,
    /// The IPv4 or IPv6 address that connections come from. NULL: the system chooses.
    pub source_address: *const c_char,
    /// Put behind "oss-resumable/VERSION" in the User-Agent header. NULL: nothing.
    pub user_agent: *const c_char,
    /// A file to which the log is appended. NULL: none.
    pub log_file: *const c_char,
    /// Called with every line of the log, instead of a file. NULL: none.
    pub log_callback: oss_resumable_log_callback,
    /// Handed to the log callback, never touched.
    pub log_userdata: *mut c_void,
    /// One of OSS_RESUMABLE_LOG_*. 0: nothing, even if a file or a callback is given.
    pub log_level: i32,
    /// Must be 0.
    pub reserved: i32,
}

/// What to upload instead of a path. Start with OSS_RESUMABLE_SOURCE_INIT.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct oss_resumable_source_t {
    /// sizeof(oss_resumable_source_t) as the caller compiled it.
    pub struct_size: u32,
    /// OSS_RESUMABLE_SOURCE_FILE or OSS_RESUMABLE_SOURCE_MEMORY.
    pub kind: i32,
    /// A file descriptor (Windows: a HANDLE) of a regular file, open for reading. It is duplicated, so
    /// it may be closed at once; its position is neither used nor (but on Windows) moved.
    pub handle: i64,
    /// `data_len` bytes. They are copied, so they may be freed at once.
    pub data: *const c_void,
    pub data_len: usize,
}

/// Whom OSS calls back when the object is stored. Start with OSS_RESUMABLE_CALLBACK_INIT. Plain text:
/// the library encodes it as OSS wants it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct oss_resumable_callback_t {
    /// sizeof(oss_resumable_callback_t) as the caller compiled it.
    pub struct_size: u32,
    /// 1: name the host in the TLS handshake of OSS's request (callbackSNI).
    pub sni: i32,
    /// One to five addresses, separated by ';', tried in turn. Required.
    pub url: *const c_char,
    /// The Host header of OSS's request. NULL: from the URL.
    pub host: *const c_char,
    /// What OSS sends, with variables in it such as `${object}`, `${size}` or `${x:name}`. Required.
    pub body: *const c_char,
    /// "application/x-www-form-urlencoded" or "application/json". NULL: the former.
    pub body_type: *const c_char,
    /// `variables_len` of your own variables, whose names begin with "x:" and are in lower case.
    pub variables: *const oss_resumable_header_t,
    pub variables_len: usize,
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
    /// A file, or an existing directory in which a name is derived from endpoint, bucket, object and
    /// the file's absolute path. NULL: `<filepath>.ucp`. Only read with enable_checkpoint.
    pub checkpoint_path: *const c_char,
    /// NULL: none.
    pub progress_callback: oss_resumable_progress_callback,
    /// Handed to the callback, never touched.
    pub userdata: *mut c_void,
    /// `headers_len` of them, at most 256; NULL if there are none. Content-Type is guessed from the
    /// endings of key and file when it is not given. Refused: what the library sets itself (Host,
    /// Content-Length, Content-MD5, Date, Authorization, User-Agent, x-oss-date,
    /// x-oss-security-token and the like), a header that is given twice, and user metadata
    /// (x-oss-meta-*) of more than 8 KiB in all.
    pub headers: *const oss_resumable_header_t,
    pub headers_len: usize,
    /// What to upload; `filepath` is NULL then. Resumable with a checkpoint_path. NULL: the path.
    pub source: *const oss_resumable_source_t,
    /// Whom OSS calls back when the object is stored. NULL: nobody, unless the headers
    /// "x-oss-callback" and "x-oss-callback-var" are given.
    pub callback: *const oss_resumable_callback_t,
    /// Which finished parts are read again before an upload goes on, and kept only if their CRC64 still
    /// holds: one of OSS_RESUMABLE_VERIFY_*. 0: those in doubt.
    pub verify_on_resume: i32,
    /// 1: for a checkpoint that was begun elsewhere: not path, times and inode tell whether it belongs
    /// to this file, but size and content, so every finished part is read again; and it may have been
    /// begun at another endpoint of the same bucket. checkpoint_path should name the file then: in a
    /// directory, another path or endpoint means another name, and the upload begins anew. 0: the
    /// file must be the same.
    pub resume_by_content: i32,
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
