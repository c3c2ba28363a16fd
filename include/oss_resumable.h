/**
 * oss-resumable: resumable multipart upload to Alibaba Cloud OSS.
 *
 * Rules that hold for every function:
 *
 * 1. Ownership. Every handle (client, upload, result, list) that you get through an ..._out is yours:
 *    free it once with the _free of the same name; _free(NULL) does nothing; the order does not
 *    matter. A const char * that you receive belongs to the object you asked. What you pass is copied
 *    before the call returns.
 * 2. Errors. The return value is the code. Details are in a result object, never in a global and
 *    never per thread. Outputs that are pointers are always written: NULL if there is nothing.
 * 3. Zero means default. Structs may be all zero but for struct_size, which the _INIT macros set.
 * 4. Callbacks run on your thread, the one inside upload_file(), upload_wait() or another blocking
 *    call, one at a time. Nothing is called after that function has returned.
 * 5. Threads. Clients, uploads and results may be used from any thread. Two threads must not wait
 *    for one upload at once. cancel() and progress() may be called by anyone at any time.
 * 6. Cancel keeps what was done if a checkpoint is enabled; without one it leaves nothing on the
 *    server. discard() throws the rest away.
 * 7. Text is UTF-8 with a NUL, paths too (on Unix a path may hold any bytes but NUL).
 * 8. Nothing unwinds out of the library. No signal handler, atexit hook, environment variable or
 *    other global of the process is changed, but that descriptors 0 to 2, where the host has closed
 *    them, are opened on /dev/null; the library stays loaded once it is.
 * 9. After fork() a client works in the child for new uploads; an upload of the parent answers
 *    OSS_RESUMABLE_E_STATE there. A checkpoint's lock is held until parent and child let go of it.
 * 10. Within a major version (before 1.0.0: a minor one) structs only grow at the end, and codes and
 *    functions are only added.
 */

#ifndef OSS_RESUMABLE_H
#define OSS_RESUMABLE_H

/* Generated from src/ffi by cbindgen. Do not edit: change the Rust source and build. */

#include <stddef.h>
#include <stdint.h>

/** The version of this header; compare with oss_resumable_version_number(). */
#define OSS_RESUMABLE_VERSION_MAJOR 0
#define OSS_RESUMABLE_VERSION_MINOR 1
#define OSS_RESUMABLE_VERSION_PATCH 0
/** MAJOR * 10000 + MINOR * 100 + PATCH */
#define OSS_RESUMABLE_VERSION_NUMBER 100


/**
 * Lets the engine choose, in `part_size` and `thread_num`.
 *
 * Part size: a thousandth of the file, rounded up to a whole MiB, at least 4 MiB, at most 5 GiB.
 * Parts in flight: 4 in this release.
 */
#define OSS_RESUMABLE_AUTO (-1)

/**
 * A bit of `oss_resumable_result_warnings()`, as all of OSS_RESUMABLE_WARN_*; none changes the outcome.
 * This one: the checkpoint could not be written; the upload went on, but could not have been resumed.
 */
#define OSS_RESUMABLE_WARN_RESUMABILITY_LOST 1

/**
 * The object is stored, but the upload callback of OSS failed (HTTP 203).
 */
#define OSS_RESUMABLE_WARN_CALLBACK_FAILED 2

/**
 * The upload id was gone or unusable on the server; everything was sent again under a new one.
 */
#define OSS_RESUMABLE_WARN_RESTARTED 4

/**
 * The part size was raised so that the file fits into 10,000 parts.
 */
#define OSS_RESUMABLE_WARN_PART_SIZE_RAISED 8

/**
 * The checkpoint could not be deleted; it was emptied, so the next upload begins anew.
 */
#define OSS_RESUMABLE_WARN_CHECKPOINT_LEFT 16

/**
 * An unfinished multipart upload may be left on the server: it could not be aborted, the answer that
 * named it was lost, or its commit is unknown and there is no checkpoint that keeps its id.
 */
#define OSS_RESUMABLE_WARN_UPLOAD_LEFT 32

/**
 * The object is stored, but what the upload callback's receiver answered was lost with OSS's reply.
 */
#define OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST 64

/**
 * `endpoint_type` of the config: `oss-{region}.aliyuncs.com`.
 */
#define OSS_RESUMABLE_ENDPOINT_PUBLIC 0

/**
 * `oss-{region}-internal.aliyuncs.com`, from inside the region.
 */
#define OSS_RESUMABLE_ENDPOINT_INTERNAL 1

/**
 * `oss-accelerate.aliyuncs.com`, if switched on for the bucket.
 */
#define OSS_RESUMABLE_ENDPOINT_ACCELERATE 2

/**
 * `oss-accelerate-overseas.aliyuncs.com`, if switched on for the bucket.
 */
#define OSS_RESUMABLE_ENDPOINT_ACCELERATE_OVERSEAS 3

/**
 * `{region}.oss.aliyuncs.com`, over IPv4 and IPv6.
 */
#define OSS_RESUMABLE_ENDPOINT_DUAL_STACK 4

/**
 * `kind` of a source: an open file descriptor (Windows: HANDLE).
 */
#define OSS_RESUMABLE_SOURCE_FILE 1

/**
 * `kind` of a source: bytes in memory.
 */
#define OSS_RESUMABLE_SOURCE_MEMORY 2

/**
 * `verify_on_resume` of the params: finished parts are read again where size and modification time
 * agree but something else about the file does not.
 */
#define OSS_RESUMABLE_VERIFY_IN_DOUBT 0

/**
 * Finished parts are always read again.
 */
#define OSS_RESUMABLE_VERIFY_ALWAYS 1

/**
 * Finished parts are not read again (unless the checkpoint holds parts of more than one file). What was
 * changed in them with size and modification time as before goes unnoticed, by the check of CRC64 at
 * the end as well: the object then holds the old bytes. Not together with resume_by_content.
 */
#define OSS_RESUMABLE_VERIFY_NEVER 2

/**
 * `log_level` of the config: nothing.
 */
#define OSS_RESUMABLE_LOG_NONE 0

/**
 * Uploads that failed.
 */
#define OSS_RESUMABLE_LOG_ERROR 1

/**
 * Attempts that failed and may be made again.
 */
#define OSS_RESUMABLE_LOG_WARN 2

/**
 * Uploads that begin and end, credentials that are renewed.
 */
#define OSS_RESUMABLE_LOG_INFO 3

/**
 * Every request, with part, attempt, time, status and request id.
 */
#define OSS_RESUMABLE_LOG_DEBUG 4

/**
 * URLs and the names of headers.
 */
#define OSS_RESUMABLE_LOG_TRACE 5

/**
 * How a call or an upload ended. Values never change; new ones are appended.
 */
enum oss_resumable_code_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Only from oss_resumable_upload_wait() and oss_resumable_upload_result(): still running.
   */
  OSS_RESUMABLE_PENDING = 1,
  /**
   * Done. For an upload: the object is stored and its CRC64 equals the file's.
   */
  OSS_RESUMABLE_OK = 0,
  /**
   * NULL, text that is not UTF-8, a number out of range, an unknown non-zero field. The message
   * begins with the field's name. Nothing was sent.
   */
  OSS_RESUMABLE_E_INVALID_ARGUMENT = -1,
  /**
   * The local file cannot be opened or read, or is not a regular file. Not committed.
   */
  OSS_RESUMABLE_E_FILE = -2,
  /**
   * The local file changed while it was being uploaded. Not committed; what was sent is thrown
   * away, checkpoint included.
   */
  OSS_RESUMABLE_E_FILE_CHANGED = -3,
  /**
   * The checkpoint cannot be created, written or locked ("in use by process N"), or the file at
   * its path is not a checkpoint. Not committed.
   */
  OSS_RESUMABLE_E_CHECKPOINT = -4,
  /**
   * No usable answer within the retry time. Not committed; call again to resume.
   */
  OSS_RESUMABLE_E_NETWORK = -5,
  /**
   * OSS refused: see http_status, error_code, request_id and ec of the result. Not committed.
   */
  OSS_RESUMABLE_E_SERVICE = -6,
  /**
   * What OSS stored is not what was sent, after all retries: a part (not committed), or, as the
   * message then says, the object itself.
   */
  OSS_RESUMABLE_E_INTEGRITY = -7,
  /**
   * Canceled by the progress callback or oss_resumable_upload_cancel(). Not committed.
   */
  OSS_RESUMABLE_E_CANCELED = -8,
  /**
   * The wrong moment: a second thread waits, or the upload belongs to the parent of a fork().
   */
  OSS_RESUMABLE_E_STATE = -9,
  /**
   * The request that commits the object was sent, and no answer told what became of it. Calling
   * again settles it or uploads anew.
   */
  OSS_RESUMABLE_E_COMMIT_UNKNOWN = -10,
  /**
   * No credentials could be had from where they were to come from. Not committed; call again to
   * resume.
   */
  OSS_RESUMABLE_E_CREDENTIALS = -11,
  /**
   * A bug in the library, caught; or no thread could be started.
   */
  OSS_RESUMABLE_E_INTERNAL = -99,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum oss_resumable_code_t oss_resumable_code_t;
#else
typedef int32_t oss_resumable_code_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an upload is busy with: the values of `stage` in oss_resumable_progress_t.
 */
enum oss_resumable_stage_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Opening the file and the checkpoint.
   */
  OSS_RESUMABLE_STAGE_PREPARE = 0,
  /**
   * Finding out which finished parts still hold.
   */
  OSS_RESUMABLE_STAGE_RESUME = 1,
  /**
   * Beginning a multipart upload.
   */
  OSS_RESUMABLE_STAGE_INITIATE = 2,
  /**
   * Sending.
   */
  OSS_RESUMABLE_STAGE_UPLOAD = 3,
  /**
   * All parts are sent; OSS puts the object together, which may take long for many parts.
   */
  OSS_RESUMABLE_STAGE_COMPLETE = 4,
  /**
   * The answer to the commit was lost; finding out what became of it.
   */
  OSS_RESUMABLE_STAGE_SETTLE = 5,
  /**
   * Removing what was sent from the server, after an error or a cancel without a checkpoint.
   */
  OSS_RESUMABLE_STAGE_ABORT = 6,
  /**
   * Ended.
   */
  OSS_RESUMABLE_STAGE_DONE = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum oss_resumable_stage_t oss_resumable_stage_t;
#else
typedef int32_t oss_resumable_stage_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What uploads share: endpoint, credentials, connections. Opaque; any thread may use it.
 */
typedef struct oss_resumable_client_t oss_resumable_client_t;

/**
 * Where a credentials callback puts its answer, valid only inside that callback. Opaque.
 */
typedef struct oss_resumable_credentials_answer_t oss_resumable_credentials_answer_t;

/**
 * The details of an outcome, success or failure. Opaque, immutable; any thread may read it.
 */
typedef struct oss_resumable_result_t oss_resumable_result_t;

/**
 * The unfinished uploads that a listing found. Opaque, immutable; any thread may read it.
 */
typedef struct oss_resumable_upload_list_t oss_resumable_upload_list_t;

/**
 * One upload. Opaque; any thread may use it, one at a time may wait for it.
 */
typedef struct oss_resumable_upload_t oss_resumable_upload_t;

/**
 * Asked for credentials: calls oss_resumable_credentials_answer() and returns 0, or returns
 * anything else when it has none, which is tried again for as long as a request is.
 *
 * Runs on a thread inside oss_resumable_upload_file(), oss_resumable_upload_wait() or another
 * blocking call with the client, one call at a time; uploads wait while no thread is in one of
 * them. Must not make such a call itself, throw or longjmp.
 */
typedef int32_t (*oss_resumable_credentials_callback)(struct oss_resumable_credentials_answer_t *answer,
                                                      void *userdata);

/**
 * Where credentials come from, instead of from the config. Start with OSS_RESUMABLE_CREDENTIALS_INIT;
 * NULL is the documented default. They are fetched when first needed, once for all uploads of the
 * client, renewed before they end (at four fifths of their life, at most five minutes early), and
 * once more when OSS says that they have expired.
 */
typedef struct oss_resumable_credentials_t {
  /**
   * sizeof(oss_resumable_credentials_t) as the caller compiled it.
   */
  uint32_t struct_size;
  /**
   * Must be 0.
   */
  uint32_t reserved;
  /**
   * One of the following, or several, separated by commas, which are asked in this order: the
   * first that is set up on this machine decides. NULL: "environment,oidc,profile,ecs_ram_role".
   *
   * "environment": OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SESSION_TOKEN, or
   * ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN.
   * "profile": the profile file of the Alibaba Cloud CLI.
   * "process": what a command prints.
   * "oidc": AssumeRoleWithOIDC of STS (RRSA in Kubernetes).
   * "ecs_ram_role": the role of the ECS instance, from its metadata service.
   * "callback": the callback below, only alone.
   *
   * Environment variables, those that fill in what is NULL below included, are read once, by
   * oss_resumable_client_new().
   */
  const char *provider;
  /**
   * "profile": NULL: ALIBABA_CLOUD_CONFIG_FILE, else `~/.aliyun/config.json`.
   */
  const char *profile_file;
  /**
   * "profile": NULL: ALIBABA_CLOUD_PROFILE, else the file's current one.
   */
  const char *profile_name;
  /**
   * "process": a command line for the shell, which prints JSON with AccessKeyId, AccessKeySecret,
   * SecurityToken and Expiration, or what the CLI's External mode takes. Ended after 60 s.
   */
  const char *process;
  /**
   * "ecs_ram_role": NULL: ALIBABA_CLOUD_ECS_METADATA, else asked from the service.
   */
  const char *role_name;
  /**
   * "ecs_ram_role": `[http://|https://]host[:port]`, HTTPS when no scheme is given. NULL:
   * ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT (HTTP when that has no scheme), else
   * `http://100.100.100.200`.
   */
  const char *metadata_endpoint;
  /**
   * "oidc": NULL: ALIBABA_CLOUD_ROLE_ARN.
   */
  const char *role_arn;
  /**
   * "oidc": NULL: ALIBABA_CLOUD_OIDC_PROVIDER_ARN.
   */
  const char *oidc_provider_arn;
  /**
   * "oidc": NULL: ALIBABA_CLOUD_OIDC_TOKEN_FILE. Read for every renewal.
   */
  const char *oidc_token_file;
  /**
   * "oidc": NULL: ALIBABA_CLOUD_ROLE_SESSION_NAME, else "oss-resumable".
   */
  const char *role_session_name;
  /**
   * "oidc" and roles of a profile: `[http://|https://]host[:port]`, HTTPS when no scheme is given.
   * NULL: for a profile with `sts_region` the STS of that region, else
   * ALIBABA_CLOUD_STS_ENDPOINT, else `https://sts.aliyuncs.com`.
   */
  const char *sts_endpoint;
  /**
   * "callback": required.
   */
  oss_resumable_credentials_callback callback;
  /**
   * Handed to the callback, never touched.
   */
  void *userdata;
} oss_resumable_credentials_t;

/**
 * Told a line of the log: its level (OSS_RESUMABLE_LOG_*) and text, UTF-8 without a line end, valid
 * only inside the call. Never holds a secret, at any level.
 *
 * Runs like the credentials callback. Up to 4,096 lines are kept until then, older ones are lost,
 * which is said. Must not throw or longjmp.
 */
typedef void (*oss_resumable_log_callback)(int32_t level, const char *line, void *userdata);

/**
 * How to reach OSS. Start with OSS_RESUMABLE_CONFIG_INIT; zero or NULL is the documented default.
 */
typedef struct oss_resumable_config_t {
  /**
   * sizeof(oss_resumable_config_t) as the caller compiled it.
   */
  uint32_t struct_size;
  /**
   * 0 or 4: OSS signature V4; 1: V1.
   */
  int32_t signature_version;
  /**
   * `[http://|https://]host[:port]`, such as "oss-cn-hangzhou.aliyuncs.com"; HTTPS when no scheme
   * is given. NULL: made from region and endpoint_type.
   */
  const char *endpoint;
  /**
   * "cn-hangzhou"; "oss-cn-hangzhou" means the same. NULL: taken from the endpoint, where it
   * tells. V4 needs one.
   */
  const char *region;
  /**
   * Required, unless `credentials` is given.
   */
  const char *access_key_id;
  /**
   * Required, unless `credentials` is given.
   */
  const char *access_key_secret;
  /**
   * The token of temporary (STS) credentials. NULL: none.
   */
  const char *sts_token;
  /**
   * A PEM file of certificates to trust besides the system's. NULL: none.
   */
  const char *ca_file;
  /**
   * 1: the endpoint is the bucket's own domain (CNAME).
   */
  int32_t is_cname;
  /**
   * 1: the bucket goes into the path. Always so for IP addresses.
   */
  int32_t is_path_style;
  /**
   * For one connection, name resolution and TLS included, in milliseconds. 0: 10,000.
   */
  int32_t connect_timeout_ms;
  /**
   * An attempt during which nothing moves for this long is given up and made again, in
   * milliseconds. Not a limit on the whole. 0: 30,000.
   */
  int32_t stall_timeout_ms;
  /**
   * A request that keeps failing for this long fails the upload, in milliseconds. Until the server
   * has answered once, at most 60,000. 0: 300,000.
   */
  int32_t retry_timeout_ms;
  /**
   * Retries of one request. 0: bounded by the retry time alone; -1: none.
   */
  int32_t max_retries;
  /**
   * Where credentials come from. NULL: the three fields above. Copied.
   */
  const struct oss_resumable_credentials_t *credentials;
  /**
   * Without an endpoint: one of OSS_RESUMABLE_ENDPOINT_*. 0: the public one.
   */
  int32_t endpoint_type;
  /**
   * From when a request is out until the first byte of its answer, in milliseconds. 0: as the
   * stall time. For CompleteMultipartUpload, which may keep OSS busy, four times that; for a
   * request with an upload callback longer, so that the callback's receivers have their time.
   */
  int32_t first_byte_timeout_ms;
  /**
   * Requests in flight over all uploads of the client, 1 to 4,096, shared evenly among them. 0: as
   * many as the uploads' thread_num together. Not a number of threads: those belong to the
   * process, a handful for all clients.
   */
  int32_t max_connections;
  /**
   * 1: the proxy that the environment names: https_proxy (for an `http://` endpoint http_proxy),
   * then all_proxy, and no_proxy; read once, by oss_resumable_client_new(). 0: not looked at.
   */
  int32_t proxy_from_environment;
  /**
   * Bytes per second over all uploads of the client, at least 1,024; the parts' bodies count. 0: no
   * limit. See also oss_resumable_client_set_bandwidth_limit(). The header x-oss-traffic-limit
   * makes OSS limit each request of one upload instead.
   */
  int64_t bandwidth_limit;
  /**
   * `[http|https|socks5|socks5h://][user:password@]host[:port]`. With socks5h the proxy resolves
   * names. NULL: none.
   */
  const char *proxy;
  /**
   * Instead of one in the proxy's address, and not percent-encoded. NULL: none.
   */
  const char *proxy_user;
  /**
   * With proxy_user.
   */
  const char *proxy_password;
  /**
   * Hosts that are reached directly, separated by commas: names with their subdomains, addresses,
   * CIDR blocks, "*". NULL: none.
   */
  const char *no_proxy;
  /**
   * `ca_data_len` bytes of PEM text: certificates to trust besides the system's and ca_file's.
   * NULL: none. Copied.
   */
  const char *ca_data;
  size_t ca_data_len;
  /**
   * The IPv4 or IPv6 address that connections come from. NULL: the system chooses.
   */
  const char *source_address;
  /**
   * Put behind "oss-resumable/VERSION" in the User-Agent header. NULL: nothing.
   */
  const char *user_agent;
  /**
   * A file to which the log is appended. NULL: none.
   */
  const char *log_file;
  /**
   * Called with every line of the log, instead of a file. NULL: none.
   */
  oss_resumable_log_callback log_callback;
  /**
   * Handed to the log callback, never touched.
   */
  void *log_userdata;
  /**
   * One of OSS_RESUMABLE_LOG_*. 0: nothing, even if a file or a callback is given.
   */
  int32_t log_level;
  /**
   * Must be 0.
   */
  int32_t reserved;
} oss_resumable_config_t;

/**
 * Told of progress, on the thread inside oss_resumable_upload_file() or
 * oss_resumable_upload_wait(), one call at a time, at most ten times a second, never after that
 * function has returned.
 *
 * `consumed_bytes` starts with what earlier runs sent, never goes back, never exceeds
 * `total_bytes`, and equals it in the last call of a success. Return 0 to go on, anything else to
 * cancel; in the last call of a success it is too late for that, the object is stored. May call
 * every function on the upload except wait; must not throw or longjmp.
 */
typedef int32_t (*oss_resumable_progress_callback)(int64_t consumed_bytes,
                                                   int64_t total_bytes,
                                                   void *userdata);

/**
 * A header of the object, sent with the requests for which OSS reads it.
 */
typedef struct oss_resumable_header_t {
  /**
   * Such as "Content-Type" or "x-oss-meta-author".
   */
  const char *name;
  const char *value;
} oss_resumable_header_t;

/**
 * What to upload instead of a path. Start with OSS_RESUMABLE_SOURCE_INIT.
 */
typedef struct oss_resumable_source_t {
  /**
   * sizeof(oss_resumable_source_t) as the caller compiled it.
   */
  uint32_t struct_size;
  /**
   * OSS_RESUMABLE_SOURCE_FILE or OSS_RESUMABLE_SOURCE_MEMORY.
   */
  int32_t kind;
  /**
   * A file descriptor (Windows: a HANDLE) of a regular file, open for reading. It is duplicated, so
   * it may be closed at once; its position is neither used nor (but on Windows) moved.
   */
  int64_t handle;
  /**
   * `data_len` bytes. They are copied, so they may be freed at once.
   */
  const void *data;
  size_t data_len;
} oss_resumable_source_t;

/**
 * Whom OSS calls back when the object is stored. Start with OSS_RESUMABLE_CALLBACK_INIT. Plain text:
 * the library encodes it as OSS wants it.
 */
typedef struct oss_resumable_callback_t {
  /**
   * sizeof(oss_resumable_callback_t) as the caller compiled it.
   */
  uint32_t struct_size;
  /**
   * 1: name the host in the TLS handshake of OSS's request (callbackSNI).
   */
  int32_t sni;
  /**
   * One to five addresses, separated by ';', tried in turn. Required.
   */
  const char *url;
  /**
   * The Host header of OSS's request. NULL: from the URL.
   */
  const char *host;
  /**
   * What OSS sends, with variables in it such as `${object}`, `${size}` or `${x:name}`. Required.
   */
  const char *body;
  /**
   * "application/x-www-form-urlencoded" or "application/json". NULL: the former.
   */
  const char *body_type;
  /**
   * `variables_len` of your own variables, whose names begin with "x:" and are in lower case.
   */
  const struct oss_resumable_header_t *variables;
  size_t variables_len;
} oss_resumable_callback_t;

/**
 * How to upload. Start with OSS_RESUMABLE_PARAMS_INIT; zero or NULL is the documented default.
 * NULL instead of the whole struct: all defaults.
 */
typedef struct oss_resumable_params_t {
  /**
   * sizeof(oss_resumable_params_t) as the caller compiled it.
   */
  uint32_t struct_size;
  /**
   * Parts in flight, 1 to 1,024. 0: 1. OSS_RESUMABLE_AUTO: chosen.
   */
  int32_t thread_num;
  /**
   * Bytes, 102,400 (100 KiB) to 5,368,709,120 (5 GiB). 0: 102,400. OSS_RESUMABLE_AUTO: chosen. A
   * size that would give more than 10,000 parts is raised, which the result tells.
   */
  int64_t part_size;
  /**
   * 1: keep a checkpoint, and resume from it. 0: none.
   */
  int32_t enable_checkpoint;
  /**
   * Must be 0.
   */
  uint32_t flags;
  /**
   * A file, or an existing directory in which a name is derived from endpoint, bucket, object and
   * the file's absolute path. NULL: `<filepath>.ucp`. Only read with enable_checkpoint.
   */
  const char *checkpoint_path;
  /**
   * NULL: none.
   */
  oss_resumable_progress_callback progress_callback;
  /**
   * Handed to the callback, never touched.
   */
  void *userdata;
  /**
   * `headers_len` of them, at most 256; NULL if there are none. Content-Type is guessed from the
   * endings of key and file when it is not given. Refused: what the library sets itself (Host,
   * Content-Length, Content-MD5, Date, Authorization, User-Agent, x-oss-date,
   * x-oss-security-token and the like), a header that is given twice, and user metadata
   * (x-oss-meta-*) of more than 8 KiB in all.
   */
  const struct oss_resumable_header_t *headers;
  size_t headers_len;
  /**
   * What to upload; `filepath` is NULL then. Resumable with a checkpoint_path. NULL: the path.
   */
  const struct oss_resumable_source_t *source;
  /**
   * Whom OSS calls back when the object is stored. NULL: nobody, unless the headers
   * "x-oss-callback" and "x-oss-callback-var" are given.
   */
  const struct oss_resumable_callback_t *callback;
  /**
   * Which finished parts are read again before an upload goes on, and kept only if their CRC64 still
   * holds: one of OSS_RESUMABLE_VERIFY_*. 0: those in doubt.
   */
  int32_t verify_on_resume;
  /**
   * 1: for a checkpoint that was begun elsewhere: not path, times and inode tell whether it belongs
   * to this file, but size and content, so every finished part is read again; and it may have been
   * begun at another endpoint of the same bucket. checkpoint_path should name the file then: in a
   * directory, another path or endpoint means another name, and the upload begins anew. 0: the
   * file must be the same.
   */
  int32_t resume_by_content;
} oss_resumable_params_t;

/**
 * A look at a running upload. The caller sets `struct_size`; the rest is written.
 */
typedef struct oss_resumable_progress_t {
  /**
   * sizeof(oss_resumable_progress_t) as the caller compiled it.
   */
  uint32_t struct_size;
  /**
   * One of oss_resumable_stage_t.
   */
  int32_t stage;
  /**
   * Sent so far, those of earlier runs included; never goes back.
   */
  int64_t consumed_bytes;
  /**
   * 0 until the file has been opened.
   */
  int64_t total_bytes;
  /**
   * Taken over from an earlier run, not sent again.
   */
  int64_t resumed_bytes;
  int32_t parts_done;
  int32_t parts_total;
  /**
   * Attempts that had to be made again.
   */
  int32_t retries;
  /**
   * Always 0.
   */
  int32_t reserved;
} oss_resumable_progress_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The library's version, "MAJOR.MINOR.PATCH". Static, never freed, never NULL. Any thread.
 */
const char *oss_resumable_version(void);

/**
 * The library's version as a number, to compare with OSS_RESUMABLE_VERSION_NUMBER at load time.
 * Any thread.
 */
int32_t oss_resumable_version_number(void);

/**
 * Makes a client from checked settings. Sends nothing and starts no thread.
 *
 * Everything is copied. `*client_out` is yours to free with oss_resumable_client_free(), NULL on
 * failure. A field that cannot be used gives OSS_RESUMABLE_E_INVALID_ARGUMENT, and `*result_out`,
 * unless `result_out` is NULL, says which; free it with oss_resumable_result_free(). On success
 * `*result_out` is NULL. Any thread.
 */
oss_resumable_code_t oss_resumable_client_new(const struct oss_resumable_config_t *config,
                                              struct oss_resumable_client_t **client_out,
                                              struct oss_resumable_result_t **result_out);

/**
 * Limits what all uploads of a client send, to bytes per second; 0 lifts the limit. Running uploads
 * follow at once. At least 1,024; anything else gives OSS_RESUMABLE_E_INVALID_ARGUMENT and changes
 * nothing. Any thread, any time.
 */
oss_resumable_code_t oss_resumable_client_set_bandwidth_limit(struct oss_resumable_client_t *client,
                                                              int64_t bytes_per_second);

/**
 * Replaces the credentials; every request that is signed from now on uses them, those of running
 * uploads included, and nothing is fetched any more unless these are refused as expired. `sts_token`
 * NULL: none.
 *
 * Everything is copied. Returns OSS_RESUMABLE_E_INVALID_ARGUMENT and changes nothing when the client
 * is NULL, the id or secret is NULL or empty, or one of the three is not visible ASCII. Any thread,
 * any time.
 */
oss_resumable_code_t oss_resumable_client_set_credentials(struct oss_resumable_client_t *client,
                                                          const char *access_key_id,
                                                          const char *access_key_secret,
                                                          const char *sts_token);

/**
 * Frees a client. NULL does nothing. Uploads that were started with it go on and keep what they
 * need. Never blocks. Any thread, once.
 */
void oss_resumable_client_free(struct oss_resumable_client_t *client);

/**
 * Gives the credentials that a credentials callback was asked for; copied. `sts_token` NULL: none.
 * `expires_at`: when they end, in seconds since 1970 (UTC); 0: they do not. May be called again, the
 * last one counts.
 *
 * OSS_RESUMABLE_E_INVALID_ARGUMENT when `answer`, the id or the secret is NULL or empty, one of the
 * three is not visible ASCII, or `expires_at` is negative. Only inside the callback, on its thread.
 */
oss_resumable_code_t oss_resumable_credentials_answer(struct oss_resumable_credentials_answer_t *answer,
                                                      const char *access_key_id,
                                                      const char *access_key_secret,
                                                      const char *sts_token,
                                                      int64_t expires_at);

#ifndef OSS_RESUMABLE_NO_UPLOAD_FILE
/**
 * Uploads a file and waits for the end.
 *
 * `bucket`, `object` and `filepath` are UTF-8 with a NUL (the path: any bytes but NUL on Unix), in
 * the C SDK's order, and required; `params` NULL means all defaults. Everything is copied. Returns
 * how it ended; `*result_out`, unless `result_out` is NULL, gets the details of success and failure
 * alike and is yours to free with oss_resumable_result_free(). NULL or a bad value gives
 * OSS_RESUMABLE_E_INVALID_ARGUMENT before anything is sent. Call it again after a failure to resume.
 * Any thread; the progress callback runs on it.
 *
 * The official C SDK exports a function of the same name and other arguments: a program that links
 * both should use oss_resumable_upload_start() and define OSS_RESUMABLE_NO_UPLOAD_FILE before
 * including this header.
 */
oss_resumable_code_t oss_resumable_upload_file(struct oss_resumable_client_t *client,
                                               const char *bucket,
                                               const char *object,
                                               const char *filepath,
                                               const struct oss_resumable_params_t *params,
                                               struct oss_resumable_result_t **result_out);
#endif

/**
 * Starts an upload and returns at once; see oss_resumable_upload_file() for the arguments.
 *
 * `*upload_out` is yours to free with oss_resumable_upload_free(), NULL on failure. Fails only on bad
 * arguments (and when threads cannot be started); what is wrong with the file or the server comes
 * with the end. `*result_out`, unless `result_out` is NULL, gets the details of a failure, else NULL.
 * Any thread.
 */
oss_resumable_code_t oss_resumable_upload_start(struct oss_resumable_client_t *client,
                                                const char *bucket,
                                                const char *object,
                                                const char *filepath,
                                                const struct oss_resumable_params_t *params,
                                                struct oss_resumable_upload_t **upload_out,
                                                struct oss_resumable_result_t **result_out);

/**
 * Waits for the end, at most `timeout_ms` milliseconds; negative: without limit; 0: only looks.
 *
 * Returns OSS_RESUMABLE_PENDING when the end has not come, else how the upload ended. The progress
 * callback runs on this thread, inside this function only. OSS_RESUMABLE_E_INVALID_ARGUMENT when
 * `upload` is NULL; OSS_RESUMABLE_E_STATE when another thread is waiting, inside the upload's own
 * callback, and in a child made by fork(). Any thread; may be called again after the end.
 */
oss_resumable_code_t oss_resumable_upload_wait(struct oss_resumable_upload_t *upload,
                                               int64_t timeout_ms);

/**
 * Writes the newest counters to `*progress_out`, whose `struct_size` the caller has set.
 *
 * OSS_RESUMABLE_E_INVALID_ARGUMENT when a pointer is NULL or `struct_size` is not that of this struct
 * in any release, and OSS_RESUMABLE_E_STATE in a child made by fork(); nothing is written then. Never
 * blocks. Any thread, any time, the callback included.
 */
oss_resumable_code_t oss_resumable_upload_progress(const struct oss_resumable_upload_t *upload,
                                                   struct oss_resumable_progress_t *progress_out);

/**
 * Asks an upload to end. It ends with OSS_RESUMABLE_E_CANCELED, unless it is already over or the
 * request that commits it is out, whose answer then decides.
 *
 * With a checkpoint, what was done is kept for the next run; without, the multipart upload is aborted
 * so that no parts are left to pay for. NULL does nothing. Never blocks. Any thread, any time, any
 * number of times, the callback included.
 */
void oss_resumable_upload_cancel(struct oss_resumable_upload_t *upload);

/**
 * The details of the end, as a new result in `*result_out`, yours to free.
 *
 * Returns how the upload ended, or OSS_RESUMABLE_PENDING with NULL in `*result_out` while it runs, so
 * it can be asked again and again instead of waiting, where there are no callbacks.
 * OSS_RESUMABLE_E_INVALID_ARGUMENT when a pointer is NULL; OSS_RESUMABLE_E_STATE in a child made by
 * fork(). Never blocks. Any thread, any number of times.
 */
oss_resumable_code_t oss_resumable_upload_result(const struct oss_resumable_upload_t *upload,
                                                 struct oss_resumable_result_t **result_out);

/**
 * Frees an upload; a running one is canceled and cleans up by itself. NULL does nothing. Results
 * taken from it stay valid. Never blocks, so finalizers may call it. Any thread, once; in any order
 * with the client's.
 */
void oss_resumable_upload_free(struct oss_resumable_upload_t *upload);

/**
 * Gives an unfinished upload up for good: aborts the multipart upload that its checkpoint names and
 * deletes the checkpoint. `checkpoint_path` as in the params; NULL: `<filepath>.ucp`. `filepath` may
 * be NULL when checkpoint_path names a file.
 *
 * Nothing to discard is OSS_RESUMABLE_OK. OSS_RESUMABLE_E_CHECKPOINT when the checkpoint is in use,
 * belongs to another object or endpoint, cannot be opened or deleted, or is not a checkpoint;
 * OSS_RESUMABLE_E_SERVICE, OSS_RESUMABLE_E_NETWORK or OSS_RESUMABLE_E_CREDENTIALS when the abort
 * fails, and the checkpoint is kept. No headers can be given: where the requester pays
 * (x-oss-request-payer), only the bucket's owner can abort. `*result_out`, unless `result_out` is
 * NULL, gets the details of a failure, else NULL. Blocks. Any thread.
 */
oss_resumable_code_t oss_resumable_discard(struct oss_resumable_client_t *client,
                                           const char *bucket,
                                           const char *object,
                                           const char *filepath,
                                           const char *checkpoint_path,
                                           struct oss_resumable_result_t **result_out);

/**
 * Lists the unfinished multipart uploads of a bucket, whoever began them: those whose keys begin
 * with `prefix` (NULL: all) and which were begun at least `min_age_seconds` ago (0: all), by OSS's
 * clock. Their parts are paid for until they are aborted.
 *
 * `*list_out` is yours to free with oss_resumable_upload_list_free(), NULL on failure. Needs the
 * right oss:ListMultipartUploads. No headers can be given here or where uploads are aborted: where
 * the requester pays (x-oss-request-payer), only the bucket's owner can do either. `*result_out`,
 * unless `result_out` is NULL, gets the details of a failure, else NULL. Blocks. Any thread.
 */
oss_resumable_code_t oss_resumable_list_uploads(struct oss_resumable_client_t *client,
                                                const char *bucket,
                                                const char *prefix,
                                                int64_t min_age_seconds,
                                                struct oss_resumable_upload_list_t **list_out,
                                                struct oss_resumable_result_t **result_out);

/**
 * How many uploads the list holds; 0 for NULL. Any thread.
 */
size_t oss_resumable_upload_list_count(const struct oss_resumable_upload_list_t *list);

/**
 * Upload number `index`, from 0, in the order of keys: writes its key, its upload id, which live as
 * long as the list, and when it was begun, in seconds since 1970 (UTC). An output that is NULL is not
 * written. Returns 1, or 0 and NULL or 0 in all of them when there is no such upload. Any thread.
 */
int32_t oss_resumable_upload_list_at(const struct oss_resumable_upload_list_t *list,
                                     size_t index,
                                     const char **object_out,
                                     const char **upload_id_out,
                                     int64_t *initiated_out);

/**
 * Frees a list and all text taken from it. NULL does nothing. Any thread, once.
 */
void oss_resumable_upload_list_free(struct oss_resumable_upload_list_t *list);

/**
 * Aborts one unfinished upload, of whoever began it. One that is gone already is a success.
 *
 * `*result_out`, unless `result_out` is NULL, gets the details of a failure, else NULL. Blocks. Any
 * thread.
 */
oss_resumable_code_t oss_resumable_abort_upload(struct oss_resumable_client_t *client,
                                                const char *bucket,
                                                const char *object,
                                                const char *upload_id,
                                                struct oss_resumable_result_t **result_out);

/**
 * Aborts what oss_resumable_list_uploads() would list, uploads that are running included. Then looks
 * again, and again a few times, because parts that are on their way may outlive an abort; when there
 * are still some, it ends with OSS_RESUMABLE_E_SERVICE, and may be called again.
 *
 * Writes to `*aborted_out`, unless it is NULL, how many uploads are gone, 0 on failure. Needs the
 * rights oss:ListMultipartUploads and oss:AbortMultipartUpload. `*result_out`, unless `result_out`
 * is NULL, gets the details of a failure, else NULL. Blocks. Any thread.
 */
oss_resumable_code_t oss_resumable_abort_uploads(struct oss_resumable_client_t *client,
                                                 const char *bucket,
                                                 const char *prefix,
                                                 int64_t min_age_seconds,
                                                 int64_t *aborted_out,
                                                 struct oss_resumable_result_t **result_out);

/**
 * How it ended. OSS_RESUMABLE_E_INVALID_ARGUMENT for NULL. Any thread.
 */
oss_resumable_code_t oss_resumable_result_code(const struct oss_resumable_result_t *result);

/**
 * A sentence for a person, UTF-8; begins with the field's name for a bad argument. Never NULL, never a
 * secret in it. Lives as long as the result. Any thread.
 */
const char *oss_resumable_result_message(const struct oss_resumable_result_t *result);

/**
 * What the upload was busy with when it ended: "prepare", "resume", "initiate", "upload", "complete",
 * "settle", "abort" or "done". Never NULL, static. Any thread.
 */
const char *oss_resumable_result_stage(const struct oss_resumable_result_t *result);

/**
 * The part that failed, from 1; 0 when no single part is concerned, and for NULL. Any thread.
 */
int32_t oss_resumable_result_part_number(const struct oss_resumable_result_t *result);

/**
 * Where in the file it failed, in bytes from 0: the beginning of the part, or where reading failed; -1
 * when no place is concerned, and for NULL. Any thread.
 */
int64_t oss_resumable_result_offset(const struct oss_resumable_result_t *result);

/**
 * The operating system's error number (errno; Windows: its error code) behind a failure of the file,
 * the checkpoint or the network; 0 when there is none, and for NULL. Any thread.
 */
int32_t oss_resumable_result_os_errno(const struct oss_resumable_result_t *result);

/**
 * Why there was no usable answer, finer than OSS_RESUMABLE_E_NETWORK: "dns", "connection_refused",
 * "connect_timeout", "connect", "proxy_unreachable", "proxy_authentication", "proxy_refused",
 * "certificate_expired", "certificate_wrong_host", "certificate_unknown_ca", "certificate", "tls",
 * "stalled", "broken" or "oversized_reply".
 *
 * NULL for every other failure, on success, and for NULL. Static. Any thread.
 */
const char *oss_resumable_result_reason(const struct oss_resumable_result_t *result);

/**
 * How often the request that failed in the end was tried; 0 when no request is concerned, and for
 * NULL. Any thread.
 */
int32_t oss_resumable_result_attempts(const struct oss_resumable_result_t *result);

/**
 * 1 when the cause may pass, so that the same call, unchanged, may succeed later; 0 when something has
 * to be changed first, on success, and for NULL. Any thread.
 */
int32_t oss_resumable_result_retryable(const struct oss_resumable_result_t *result);

/**
 * Why the upload callback failed although the object is stored (OSS_RESUMABLE_WARN_CALLBACK_FAILED), in
 * OSS's words; NULL when it did not, and for NULL. Lives as long as the result. Any thread.
 */
const char *oss_resumable_result_callback_error(const struct oss_resumable_result_t *result);

/**
 * The HTTP status of the answer that decided; 0 when there was none, and for NULL. Any thread.
 */
int32_t oss_resumable_result_http_status(const struct oss_resumable_result_t *result);

/**
 * OSS's error code, such as "NoSuchBucket"; NULL when OSS reported none, and for NULL. Lives as long as
 * the result. Any thread.
 */
const char *oss_resumable_result_error_code(const struct oss_resumable_result_t *result);

/**
 * OSS's id of the deciding request, for its support; NULL when there was no answer, and for NULL. Lives
 * as long as the result. Any thread.
 */
const char *oss_resumable_result_request_id(const struct oss_resumable_result_t *result);

/**
 * The host that refused, as OSS names it; NULL when it named none, and for NULL. Lives as long as the
 * result. Any thread.
 */
const char *oss_resumable_result_host_id(const struct oss_resumable_result_t *result);

/**
 * OSS's finer error code (EC), such as "0002-00000504"; NULL when there was none, and for NULL. Lives as
 * long as the result. Any thread.
 */
const char *oss_resumable_result_ec(const struct oss_resumable_result_t *result);

/**
 * The object's ETag without quotes; not an MD5 after a multipart upload. NULL on failure, and for NULL.
 * Lives as long as the result. Any thread.
 */
const char *oss_resumable_result_etag(const struct oss_resumable_result_t *result);

/**
 * The object's version id; NULL without versioning, on failure, and for NULL. Lives as long as the
 * result. Any thread.
 */
const char *oss_resumable_result_version_id(const struct oss_resumable_result_t *result);

/**
 * The multipart upload id; NULL when there was none (one PutObject), and for NULL. Lives as long as the
 * result. Any thread.
 */
const char *oss_resumable_result_upload_id(const struct oss_resumable_result_t *result);

/**
 * CRC-64 (ECMA-182, as in x-oss-hash-crc64ecma) of the file, equal to the object's; 0 on failure, and for
 * NULL. Any thread.
 */
uint64_t oss_resumable_result_crc64(const struct oss_resumable_result_t *result);

/**
 * Bytes taken over from an earlier run and not sent again; 0 for NULL. Any thread.
 */
int64_t oss_resumable_result_resumed_bytes(const struct oss_resumable_result_t *result);

/**
 * The part size used, in bytes; 0 when the upload ended before it was planned, and for NULL. Any thread.
 */
int64_t oss_resumable_result_part_size(const struct oss_resumable_result_t *result);

/**
 * The number of parts; 1 for one PutObject; 0 as for the part size. Any thread.
 */
int32_t oss_resumable_result_parts(const struct oss_resumable_result_t *result);

/**
 * Attempts that had to be made again; 0 for NULL. Any thread.
 */
int32_t oss_resumable_result_retries(const struct oss_resumable_result_t *result);

/**
 * OSS_RESUMABLE_WARN_* bits; 0 when there is nothing to tell, and for NULL. Any thread.
 */
uint32_t oss_resumable_result_warnings(const struct oss_resumable_result_t *result);

/**
 * A header of OSS's answer to the request that committed the object, by name in any case.
 *
 * NULL when there is none of that name, on failure, when `name` is NULL, and for NULL. Lives as long
 * as the result. Any thread.
 */
const char *oss_resumable_result_header(const struct oss_resumable_result_t *result,
                                        const char *name);

/**
 * How many headers OSS's answer had; 0 on failure, and for NULL. Any thread.
 */
size_t oss_resumable_result_header_count(const struct oss_resumable_result_t *result);

/**
 * Header number `index`, from 0: writes its name (lower case) and value, which live as long as the
 * result. An output that is NULL is not written. Returns 1, or 0 and NULL in both when there is no
 * such header. Any thread.
 */
int32_t oss_resumable_result_header_at(const struct oss_resumable_result_t *result,
                                       size_t index,
                                       const char **name_out,
                                       const char **value_out);

/**
 * The body of OSS's answer to the request that committed the object: with an upload callback, what
 * the callback's receiver answered.
 *
 * Writes the length to `*len_out`, unless `len_out` is NULL. A NUL that does not count follows the
 * body, which may hold any bytes. Never NULL; empty on failure, and for NULL. Lives as long as the
 * result. Any thread.
 */
const char *oss_resumable_result_body(const struct oss_resumable_result_t *result, size_t *len_out);

/**
 * Frees a result and all text taken from it. NULL does nothing. Any thread, once.
 */
void oss_resumable_result_free(struct oss_resumable_result_t *result);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

/* A zeroed struct with its size set, in C99 and later and in C++11 and later, without warnings. */
#ifdef __cplusplus
extern "C++" {
template <class T> inline T oss_resumable_init_() {
  T value = T();
  value.struct_size = static_cast<uint32_t>(sizeof(T));
  return value;
}
}
#define OSS_RESUMABLE_CONFIG_INIT oss_resumable_init_<oss_resumable_config_t>()
#define OSS_RESUMABLE_PARAMS_INIT oss_resumable_init_<oss_resumable_params_t>()
#define OSS_RESUMABLE_CREDENTIALS_INIT oss_resumable_init_<oss_resumable_credentials_t>()
#define OSS_RESUMABLE_SOURCE_INIT oss_resumable_init_<oss_resumable_source_t>()
#define OSS_RESUMABLE_CALLBACK_INIT oss_resumable_init_<oss_resumable_callback_t>()
#define OSS_RESUMABLE_PROGRESS_INIT oss_resumable_init_<oss_resumable_progress_t>()
#else
#define OSS_RESUMABLE_CONFIG_INIT { .struct_size = sizeof(oss_resumable_config_t) }
#define OSS_RESUMABLE_PARAMS_INIT { .struct_size = sizeof(oss_resumable_params_t) }
#define OSS_RESUMABLE_CREDENTIALS_INIT { .struct_size = sizeof(oss_resumable_credentials_t) }
#define OSS_RESUMABLE_SOURCE_INIT { .struct_size = sizeof(oss_resumable_source_t) }
#define OSS_RESUMABLE_CALLBACK_INIT { .struct_size = sizeof(oss_resumable_callback_t) }
#define OSS_RESUMABLE_PROGRESS_INIT { .struct_size = sizeof(oss_resumable_progress_t) }
#endif

#endif  /* OSS_RESUMABLE_H */
