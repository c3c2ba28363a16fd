/**
 * oss-resumable for C++11 and later: resumable multipart upload to Alibaba Cloud OSS.
 *
 * Header-only, over oss_resumable.h. Rules that hold for everything here:
 *
 * 1. Every failure is thrown as oss_resumable::error. Functions whose names begin with try_ return a result
 *    instead, which tells success and failure alike, and do not throw (without memory they terminate). They are
 *    all there is where exceptions are switched off.
 * 2. client, upload, result and upload_list own what they hold, can be moved and not copied. One that was moved
 *    from or closed answers code::state. They may be destroyed in any order; that never blocks.
 * 3. A default-made field means the documented default, which is the engine's.
 * 4. Callbacks run on the thread inside upload_file(), wait() or another blocking call, one at a time. What a
 *    callback throws cancels the upload and is thrown again, as it was, by the function that waits.
 * 5. client and upload may be used by many threads at once, but not while they are moved, closed or destroyed,
 *    and only one thread at a time may wait for an upload.
 * 6. Text is UTF-8; a path may hold any bytes but NUL.
 */
#ifndef OSS_RESUMABLE_HPP
#define OSS_RESUMABLE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "oss_resumable.h"

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define OSS_RESUMABLE_EXCEPTIONS 1
#endif

#if __cplusplus >= 202002L
#include <version>
#ifdef __cpp_lib_jthread
#include <stop_token>
#define OSS_RESUMABLE_STOP_TOKEN 1
#endif
#endif

namespace oss_resumable {

/** Lets the engine choose, in part_size and thread_num. */
constexpr std::int32_t choose = OSS_RESUMABLE_AUTO;

/** How a call or an upload ended. */
enum class code : std::int32_t {
  pending = OSS_RESUMABLE_PENDING,                   /**< Still running; only from upload::wait_for(). */
  ok = OSS_RESUMABLE_OK,                             /**< The object is stored; its CRC64 equals the file's. */
  invalid_argument = OSS_RESUMABLE_E_INVALID_ARGUMENT, /**< The message begins with the field. Nothing sent. */
  file = OSS_RESUMABLE_E_FILE,                       /**< The local file cannot be opened or read. */
  file_changed = OSS_RESUMABLE_E_FILE_CHANGED,       /**< It changed while it was being uploaded. */
  checkpoint = OSS_RESUMABLE_E_CHECKPOINT,           /**< In use, cannot be written, or not a checkpoint. */
  network = OSS_RESUMABLE_E_NETWORK,                 /**< No usable answer within the retry time. */
  service = OSS_RESUMABLE_E_SERVICE,                 /**< OSS refused: see http_status() and error_code(). */
  integrity = OSS_RESUMABLE_E_INTEGRITY,             /**< What OSS stored is not what was sent. */
  canceled = OSS_RESUMABLE_E_CANCELED,               /**< By the progress function, cancel() or a stop_token. */
  state = OSS_RESUMABLE_E_STATE,                     /**< The wrong moment: closed, or another thread waits. */
  commit_unknown = OSS_RESUMABLE_E_COMMIT_UNKNOWN,   /**< No answer to the commit. Call again to settle it. */
  credentials = OSS_RESUMABLE_E_CREDENTIALS,         /**< None could be had from where they were to come from. */
  internal = OSS_RESUMABLE_E_INTERNAL                /**< A bug in the library, caught; or no thread. */
};

/** What an upload is busy with. */
enum class stage : std::int32_t {
  prepare = OSS_RESUMABLE_STAGE_PREPARE,   /**< Opening the file and the checkpoint. */
  resume = OSS_RESUMABLE_STAGE_RESUME,     /**< Finding out which finished parts still hold. */
  initiate = OSS_RESUMABLE_STAGE_INITIATE, /**< Beginning a multipart upload. */
  upload = OSS_RESUMABLE_STAGE_UPLOAD,     /**< Sending. */
  complete = OSS_RESUMABLE_STAGE_COMPLETE, /**< OSS puts the object together. */
  settle = OSS_RESUMABLE_STAGE_SETTLE,     /**< Finding out what became of a commit without an answer. */
  abort = OSS_RESUMABLE_STAGE_ABORT,       /**< Removing what was sent from the server. */
  done = OSS_RESUMABLE_STAGE_DONE          /**< Ended. */
};

/** Bits of result::warnings(): worth knowing, without changing the outcome. */
enum warning : std::uint32_t {
  resumability_lost = OSS_RESUMABLE_WARN_RESUMABILITY_LOST, /**< The checkpoint could not be written. */
  callback_failed = OSS_RESUMABLE_WARN_CALLBACK_FAILED, /**< Stored, but the upload callback failed. */
  restarted = OSS_RESUMABLE_WARN_RESTARTED,             /**< The upload id was gone; all was sent again. */
  part_size_raised = OSS_RESUMABLE_WARN_PART_SIZE_RAISED, /**< So that the file fits into 10,000 parts. */
  checkpoint_left = OSS_RESUMABLE_WARN_CHECKPOINT_LEFT, /**< It could not be deleted; it was emptied. */
  upload_left = OSS_RESUMABLE_WARN_UPLOAD_LEFT,         /**< An unfinished upload may be on the server. */
  callback_reply_lost = OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST /**< Stored; the receiver's answer was lost. */
};

/** Which endpoint is made from a region. */
enum class endpoint_type : std::int32_t {
  public_ = OSS_RESUMABLE_ENDPOINT_PUBLIC,
  internal = OSS_RESUMABLE_ENDPOINT_INTERNAL, /**< From inside the region. */
  accelerate = OSS_RESUMABLE_ENDPOINT_ACCELERATE,
  accelerate_overseas = OSS_RESUMABLE_ENDPOINT_ACCELERATE_OVERSEAS,
  dual_stack = OSS_RESUMABLE_ENDPOINT_DUAL_STACK /**< Over IPv4 and IPv6. */
};

/** Which finished parts are read again before an upload goes on. */
enum class verify : std::int32_t {
  in_doubt = OSS_RESUMABLE_VERIFY_IN_DOUBT,
  always = OSS_RESUMABLE_VERIFY_ALWAYS,
  never = OSS_RESUMABLE_VERIFY_NEVER
};

/** How much is logged; every level has what those before it have. */
enum class log_level : std::int32_t {
  none = OSS_RESUMABLE_LOG_NONE,
  error = OSS_RESUMABLE_LOG_ERROR, /**< Uploads that failed. */
  warn = OSS_RESUMABLE_LOG_WARN,   /**< Attempts that failed and may be made again. */
  info = OSS_RESUMABLE_LOG_INFO,   /**< Uploads that begin and end, credentials that are renewed. */
  debug = OSS_RESUMABLE_LOG_DEBUG, /**< Every request. */
  trace = OSS_RESUMABLE_LOG_TRACE  /**< URLs and the names of headers. */
};

typedef std::vector<std::pair<std::string, std::string>> headers;

/** What requests are signed with. */
struct credentials {
  std::string access_key_id;
  std::string access_key_secret;
  std::string sts_token;                         /**< Of temporary credentials. */
  std::chrono::system_clock::time_point expires; /**< Default: they do not. */
};

/** Where the engine gets credentials by itself. Empty: the environment variable that README names, else the
    default. */
struct credentials_source {
  /** "environment", "profile", "process", "oidc", "ecs_ram_role", or several, separated by commas. Empty:
      "environment,oidc,profile,ecs_ram_role". */
  std::string provider;
  std::string profile_file;      /**< "profile" */
  std::string profile_name;      /**< "profile" */
  std::string process;           /**< "process": a command line that prints JSON. */
  std::string role_name;         /**< "ecs_ram_role" */
  std::string metadata_endpoint; /**< "ecs_ram_role"; HTTPS when no scheme is given. */
  std::string role_arn;          /**< "oidc" */
  std::string oidc_provider_arn; /**< "oidc" */
  std::string oidc_token_file;   /**< "oidc" */
  std::string role_session_name; /**< "oidc" */
  /** "oidc" and roles of a profile, of which sts_region comes before the environment variable. HTTPS when no scheme
      is given. */
  std::string sts_endpoint;
};

/** How to reach OSS. */
struct config {
  std::string endpoint;  /**< [http://|https://]host[:port]. Empty: made from region and type. */
  std::string region;    /**< "cn-hangzhou". Empty: taken from the endpoint, where it tells. */
  endpoint_type type = endpoint_type::public_; /**< Without an endpoint. */
  bool is_cname = false;          /**< The endpoint is the bucket's own domain. */
  bool is_path_style = false;     /**< The bucket goes into the path. Always so for IP addresses. */
  std::int32_t signature_version = 0; /**< 4 or 1. 0: 4. */

  std::string access_key_id;     /**< Required, unless one of the two after the next is given. */
  std::string access_key_secret; /**< As access_key_id. */
  std::string sts_token;         /**< The token of temporary credentials. */
  /** Where the engine gets credentials by itself. */
  std::shared_ptr<credentials_source> source;
  /** Asked for credentials when they are first needed, before they end, and once more when OSS says that they
      have expired. Must not make a blocking call with the same client. */
  std::function<credentials()> credentials_provider;

  std::chrono::milliseconds connect_timeout{0};    /**< One connection, TLS included. 0: 10 s. */
  std::chrono::milliseconds stall_timeout{0};      /**< Nothing moves for this long: tried again. 0: 30 s. */
  /** Until an answer begins. 0: stall_timeout. Four times that for CompleteMultipartUpload, and longer with an upload
      callback, so that its receivers have their time. */
  std::chrono::milliseconds first_byte_timeout{0};
  std::chrono::milliseconds retry_timeout{0};      /**< Failing for this long fails the upload. 0: 5 min. */
  std::int32_t max_retries = 0;     /**< Of one request; -1: none. 0: bounded by retry_timeout alone. */
  std::int32_t max_connections = 0; /**< Requests in flight, 1 to 4,096. 0: no limit. */
  std::int64_t bandwidth_limit = 0; /**< Bytes per second over all uploads, at least 1,024. 0: no limit. */

  std::string proxy;    /**< [http|https|socks5|socks5h://][user:password@]host[:port]. Empty: none. */
  std::string proxy_user;     /**< Instead of one in the address, and not percent-encoded. */
  std::string proxy_password; /**< With proxy_user. */
  std::string no_proxy;       /**< Hosts that are reached directly, separated by commas. */
  bool proxy_from_environment = false; /**< https_proxy, http_proxy, all_proxy, no_proxy. */
  std::string ca_file;        /**< PEM: certificates to trust besides the system's. */
  std::string ca_data;        /**< PEM text, likewise. */
  std::string source_address; /**< The address that connections come from. Empty: the system chooses. */
  std::string user_agent;     /**< Put behind the library's name. */

  oss_resumable::log_level log_level = oss_resumable::log_level::none;
  std::string log_file; /**< The log is appended to it. */
  /** Told every line instead, never with a secret in it. */
  std::function<void(oss_resumable::log_level, const std::string &)> log;
};

/** Whom OSS calls back when the object is stored. Plain text: it is encoded as OSS wants it. */
struct callback {
  std::string url;       /**< One to five addresses, separated by ';'. Required. */
  std::string host;      /**< The Host header of OSS's request. Empty: from the URL. */
  std::string body;      /**< With variables such as ${object} or ${x:name}. Required. */
  std::string body_type; /**< Empty: "application/x-www-form-urlencoded"; or "application/json". */
  bool sni = false;      /**< Name the host in the TLS handshake. */
  headers variables;     /**< Your own; their names begin with "x:" and are in lower case. */
};

/** Told of progress, at most ten times a second: bytes sent, those of earlier runs included, and the size.
    consumed never goes back, and equals total in the last call of a success. False cancels the upload. */
typedef std::function<bool(std::int64_t consumed, std::int64_t total)> progress_function;

/** How to upload. */
struct params {
  std::int64_t part_size = 0;    /**< Bytes, 102,400 to 5,368,709,120, or choose. 0: 102,400. */
  std::int32_t thread_num = 0;   /**< Parts in flight, 1 to 1,024, or choose. 0: 1. */
  bool enable_checkpoint = false;  /**< Keep a checkpoint, and resume from it. */
  std::string checkpoint_path;   /**< A file, or an existing directory. Empty: the file's path with .ucp. */
  verify verify_on_resume = verify::in_doubt;
  bool resume_by_content = false; /**< Size and content tell whether the checkpoint is this file's. */
  oss_resumable::headers headers; /**< Of the object. */
  std::shared_ptr<oss_resumable::callback> callback;
  progress_function progress;
};

/** What to upload: a path converts by itself. */
class source {
 public:
  source(std::string path) : path_(std::move(path)), native_(OSS_RESUMABLE_SOURCE_INIT) {}
  source(const char *path) : source(std::string(path == nullptr ? "" : path)) {}

  /** Bytes that are copied when the upload starts. Resuming needs a checkpoint_path. */
  static source memory(const void *data, std::size_t size) {
    source made{std::string()};
    made.native_.kind = OSS_RESUMABLE_SOURCE_MEMORY;
    made.native_.data = data;
    made.native_.data_len = size;
    return made;
  }

  /** A descriptor (Windows: HANDLE) of a regular file, duplicated when the upload starts. Resuming needs a
      checkpoint_path. */
  static source file(std::int64_t handle) {
    source made{std::string()};
    made.native_.kind = OSS_RESUMABLE_SOURCE_FILE;
    made.native_.handle = handle;
    return made;
  }

 private:
  friend class client;
  std::string path_;
  oss_resumable_source_t native_;
};

/** A look at a running upload. */
struct progress {
  oss_resumable::stage stage;
  std::int64_t consumed_bytes; /**< Sent so far, those of earlier runs included; never goes back. */
  std::int64_t total_bytes;    /**< 0 until the file has been opened. */
  std::int64_t resumed_bytes;  /**< Taken over from an earlier run. */
  std::int32_t parts_done;
  std::int32_t parts_total;
  std::int32_t retries; /**< Attempts that had to be made again. */
};

/** An environment variable; empty where there is none, which std::string(std::getenv(name)) does not survive. */
inline std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

namespace detail {

inline std::string text(const char *text) { return text == nullptr ? std::string() : std::string(text); }

struct free_native {
  void operator()(oss_resumable_client_t *native) const { oss_resumable_client_free(native); }
  void operator()(oss_resumable_upload_t *native) const { oss_resumable_upload_free(native); }
  void operator()(oss_resumable_result_t *native) const { oss_resumable_result_free(native); }
  void operator()(oss_resumable_upload_list_t *native) const { oss_resumable_upload_list_free(native); }
};

/** The callbacks of a client, which its uploads need as long as it does. */
struct hooks {
  std::function<credentials()> provider;
  std::function<void(log_level, const std::string &)> log;
};

/** What callbacks of one upload need, and what one of them threw. */
struct call {
  progress_function progress;
  std::shared_ptr<hooks> client_hooks;
  oss_resumable_upload_t *upload = nullptr; /* none in calls without an upload */
  std::exception_ptr thrown;

  void rethrow() const {
#ifdef OSS_RESUMABLE_EXCEPTIONS
    if (thrown) {
      std::rethrow_exception(thrown);
    }
#endif
  }
};

/** The call that blocks this thread: the callbacks of a client are not told which one they run in. */
inline call *&current_call() {
  static thread_local call *current = nullptr;
  return current;
}

class inside {
 public:
  explicit inside(call &now) : before_(current_call()) { current_call() = &now; }
  ~inside() { current_call() = before_; }
  inside(const inside &) = delete;
  inside &operator=(const inside &) = delete;

 private:
  call *before_;
};

/** Runs a callback; false if it threw, which ends the call's upload and is kept for its caller. */
template <class Callback>
bool guarded(call *around, Callback &&callback) {
#ifdef OSS_RESUMABLE_EXCEPTIONS
  if (around != nullptr && around->thrown) {
    return false;
  }
  try {
    callback();
  } catch (...) {
    if (around != nullptr) {
      around->thrown = std::current_exception();
      oss_resumable_upload_cancel(around->upload);
    }
    return false;
  }
#else
  (void)around;
  callback();
#endif
  return true;
}

/** The library has a copy of its own; this one is not to be found in freed memory. */
inline void wipe(std::string &secret) {
  volatile char *bytes = &secret[0];
  for (std::size_t i = 0; i < secret.size(); i++) {
    bytes[i] = '\0';
  }
}

extern "C" inline std::int32_t oss_resumable_cpp_progress(std::int64_t consumed, std::int64_t total,
                                                          void *userdata) {
  call *around = static_cast<call *>(userdata);
  bool go_on = false;
  return guarded(around, [&] { go_on = around->progress(consumed, total); }) && go_on ? 0 : 1;
}

extern "C" inline std::int32_t oss_resumable_cpp_credentials(oss_resumable_credentials_answer_t *answer,
                                                             void *userdata) {
  hooks *shared = static_cast<hooks *>(userdata);
  bool answered = false;
  guarded(current_call(), [&] {
    credentials got = shared->provider();
    const auto expires = got.expires.time_since_epoch();
    answered = oss_resumable_credentials_answer(
                   answer, got.access_key_id.c_str(), got.access_key_secret.c_str(),
                   got.sts_token.empty() ? nullptr : got.sts_token.c_str(),
                   std::chrono::duration_cast<std::chrono::seconds>(expires).count()) == OSS_RESUMABLE_OK;
    wipe(got.access_key_secret);
    wipe(got.sts_token);
  });
  return answered ? 0 : 1;
}

extern "C" inline void oss_resumable_cpp_log(std::int32_t level, const char *line, void *userdata) {
  hooks *shared = static_cast<hooks *>(userdata);
  guarded(current_call(), [&] { shared->log(static_cast<log_level>(level), line); });
}

/** Turns arguments into those of C, and keeps the first reason why one cannot be used. */
class arguments {
 public:
  /** Text that is passed even if it is empty. C would end it at a NUL. */
  const char *required(const char *field, const std::string &text) {
    if (text.find('\0') != std::string::npos) {
      refuse(field, "has a NUL byte");
    }
    return text.c_str();
  }

  /** NULL, the default, for empty text. */
  const char *text(const char *field, const std::string &text) {
    return text.empty() ? nullptr : required(field, text);
  }

  std::int32_t milliseconds(const char *field, std::chrono::milliseconds time) {
    if (time.count() > (std::numeric_limits<std::int32_t>::max)() ||
        time.count() < (std::numeric_limits<std::int32_t>::min)()) {
      refuse(field, "is out of range");
    }
    return static_cast<std::int32_t>(time.count());
  }

  std::vector<oss_resumable_header_t> list(const char *field, const headers &from) {
    std::vector<oss_resumable_header_t> to;
    for (const auto &one : from) {
      to.push_back({required(field, one.first), required(field, one.second)});
    }
    return to;
  }

  void refuse(const char *field, const char *why) {
    if (refused_.empty()) {
      refused_ = std::string(field) + " " + why;
    }
  }

  /** Empty if everything can be used. */
  const std::string &refused() const { return refused_; }

 private:
  std::string refused_;
};

}  // namespace detail

/** How something ended, success or failure, with its details. Any thread may read it. */
class result {
 public:
  /** A success without details. */
  result() : code_(oss_resumable::code::ok) {}

  oss_resumable::code code() const { return code_; }
  bool ok() const { return code_ == oss_resumable::code::ok; }
  explicit operator bool() const { return ok(); }

  /** A sentence for a person; never a secret in it. */
  std::string message() const {
    return native_ ? detail::text(oss_resumable_result_message(native_.get())) : message_;
  }
  /** What the upload was busy with when it ended: "upload", "complete" … Empty: nothing. */
  std::string stage() const {
    return native_ ? detail::text(oss_resumable_result_stage(native_.get())) : std::string();
  }
  /** The part that failed, from 1; 0: no single one. */
  std::int32_t part_number() const { return oss_resumable_result_part_number(native_.get()); }
  /** Where in the file it failed, in bytes; -1: no place is concerned. */
  std::int64_t offset() const { return oss_resumable_result_offset(native_.get()); }
  /** The HTTP status of the answer that decided; 0: there was none. */
  std::int32_t http_status() const { return oss_resumable_result_http_status(native_.get()); }
  /** OSS's error code, such as "NoSuchBucket". */
  std::string error_code() const { return detail::text(oss_resumable_result_error_code(native_.get())); }
  /** OSS's id of the deciding request, for its support. */
  std::string request_id() const { return detail::text(oss_resumable_result_request_id(native_.get())); }
  /** The host that refused, as OSS names it. */
  std::string host_id() const { return detail::text(oss_resumable_result_host_id(native_.get())); }
  /** OSS's finer error code, such as "0002-00000504". */
  std::string ec() const { return detail::text(oss_resumable_result_ec(native_.get())); }
  /** The operating system's error number behind a failure; 0: none. */
  std::int32_t os_errno() const { return oss_resumable_result_os_errno(native_.get()); }
  /** With code::network, why: "dns", "stalled", "certificate_expired" … */
  std::string reason() const { return detail::text(oss_resumable_result_reason(native_.get())); }
  /** How often the request that failed in the end was tried. */
  std::int32_t attempts() const { return oss_resumable_result_attempts(native_.get()); }
  /** The same call, unchanged, may succeed later. */
  bool retryable() const { return oss_resumable_result_retryable(native_.get()) != 0; }

  /** Without quotes; not an MD5 after a multipart upload. */
  std::string etag() const { return detail::text(oss_resumable_result_etag(native_.get())); }
  /** Empty without versioning. */
  std::string version_id() const { return detail::text(oss_resumable_result_version_id(native_.get())); }
  /** Empty when there was none: one PutObject. */
  std::string upload_id() const { return detail::text(oss_resumable_result_upload_id(native_.get())); }
  /** CRC-64 (ECMA-182) of the file and of the object. */
  std::uint64_t crc64() const { return oss_resumable_result_crc64(native_.get()); }
  /** Bytes taken over from an earlier run and not sent again. */
  std::int64_t resumed_bytes() const { return oss_resumable_result_resumed_bytes(native_.get()); }
  /** The part size used, in bytes. */
  std::int64_t part_size() const { return oss_resumable_result_part_size(native_.get()); }
  /** The number of parts; 1 for one PutObject. */
  std::int32_t parts() const { return oss_resumable_result_parts(native_.get()); }
  /** Attempts that had to be made again. */
  std::int32_t retries() const { return oss_resumable_result_retries(native_.get()); }
  /** Bits of oss_resumable::warning. */
  std::uint32_t warnings() const { return oss_resumable_result_warnings(native_.get()); }
  /** With callback_failed: why, in OSS's words. */
  std::string callback_error() const { return detail::text(oss_resumable_result_callback_error(native_.get())); }
  /** A header of OSS's answer to the commit, by name in any case; empty: there is none. */
  std::string header(const std::string &name) const {
    return detail::text(oss_resumable_result_header(native_.get(), name.c_str()));
  }
  /** All of them, names in lower case. */
  oss_resumable::headers headers() const {
    oss_resumable::headers all;
    const char *name = nullptr, *value = nullptr;
    for (std::size_t i = 0; oss_resumable_result_header_at(native_.get(), i, &name, &value) != 0; i++) {
      all.emplace_back(name, value);
    }
    return all;
  }
  /** The body of that answer: with an upload callback, what its receiver answered. */
  std::string body() const {
    std::size_t size = 0;
    const char *body = oss_resumable_result_body(native_.get(), &size);
    return std::string(body, size);
  }
  /** What a callback threw, where a try_ function gave this result. */
  std::exception_ptr thrown() const { return thrown_; }

 private:
  friend class client;
  friend class upload;

  result(oss_resumable::code code, oss_resumable_result_t *native) : code_(code), native_(native) {}
  result(oss_resumable_code_t code, oss_resumable_result_t *native)
      : result(static_cast<oss_resumable::code>(code), native) {}
  result(oss_resumable::code code, std::string message) : code_(code), message_(std::move(message)) {}

  oss_resumable::code code_;
  std::string message_; /* where there is no native one */
  std::unique_ptr<oss_resumable_result_t, detail::free_native> native_;
  std::exception_ptr thrown_;
};

/** What every failure is thrown as. Copies share their details. */
class error : public std::runtime_error {
 public:
  explicit error(result details)
      : std::runtime_error(details.message()), details_(std::make_shared<result>(std::move(details))) {}

  /** All details. */
  const result &details() const noexcept { return *details_; }

  oss_resumable::code code() const { return details_->code(); }
  std::string message() const { return details_->message(); }
  std::string stage() const { return details_->stage(); }
  std::int32_t part_number() const { return details_->part_number(); }
  std::int64_t offset() const { return details_->offset(); }
  std::int32_t http_status() const { return details_->http_status(); }
  std::string error_code() const { return details_->error_code(); }
  std::string request_id() const { return details_->request_id(); }
  std::string host_id() const { return details_->host_id(); }
  std::string ec() const { return details_->ec(); }
  std::int32_t os_errno() const { return details_->os_errno(); }
  std::string reason() const { return details_->reason(); }
  std::int32_t attempts() const { return details_->attempts(); }
  bool retryable() const { return details_->retryable(); }

 private:
  std::shared_ptr<const result> details_;
};

namespace detail {
#ifdef OSS_RESUMABLE_EXCEPTIONS
/** Throws what a callback threw, or the failure; else gives the result back. */
inline result checked(result got) {
  if (got.thrown()) {
    std::rethrow_exception(got.thrown());
  }
  if (!got.ok()) {
    throw error(std::move(got));
  }
  return got;
}
#endif
}  // namespace detail

/** One upload that runs. Destroying it cancels it. */
class upload {
 public:
  upload() = default;
  upload(upload &&) = default;
  upload &operator=(upload &&other) noexcept {
    /* The native upload goes before what its callbacks need. */
    native_ = std::move(other.native_);
    call_ = std::move(other.call_);
    return *this;
  }

  /** Waits for the end, and runs the callbacks meanwhile. May be called again after the end. */
  result try_wait() noexcept {
    if (try_wait_for_ms(-1) == oss_resumable::code::state) {
      return result(oss_resumable::code::state,
                    native_ ? "another thread waits for this upload" : "the upload is closed");
    }
    return end();
  }

  /** Waits at most so long; 0 only looks, a negative time waits without limit. code::pending: the end has not
      come. What a callback threw is thrown by wait(), or is in the result of try_wait(). */
  oss_resumable::code wait_for(std::chrono::milliseconds time) noexcept { return try_wait_for_ms(time.count()); }

  /** Asks the upload to end. Never blocks; any thread, any number of times. */
  void cancel() noexcept { oss_resumable_upload_cancel(native_.get()); }

  /** The newest numbers. Never blocks; any thread. All zero where there is no upload. */
  oss_resumable::progress progress() const noexcept {
    oss_resumable_progress_t look = OSS_RESUMABLE_PROGRESS_INIT;
    oss_resumable_upload_progress(native_.get(), &look);
    return {static_cast<stage>(look.stage), look.consumed_bytes, look.total_bytes, look.resumed_bytes,
            look.parts_done,                look.parts_total,    look.retries};
  }

  /** Frees it before the destructor does; a running one is canceled. Twice is harmless. */
  void close() noexcept {
    native_.reset();
    call_.reset();
  }

#ifdef OSS_RESUMABLE_EXCEPTIONS
  /** As try_wait(), and throws. */
  result wait() { return detail::checked(try_wait()); }
#endif

#ifdef OSS_RESUMABLE_STOP_TOKEN
  /** As try_wait(); a stop that is requested cancels the upload. */
  result try_wait(std::stop_token token) noexcept {
    std::stop_callback passed_on(token, [this] { cancel(); });
    return try_wait();
  }
#ifdef OSS_RESUMABLE_EXCEPTIONS
  /** As try_wait(), and throws. */
  result wait(std::stop_token token) { return detail::checked(try_wait(token)); }
#endif
#endif

 private:
  friend class client;

  upload(oss_resumable_upload_t *native, std::unique_ptr<detail::call> call)
      : call_(std::move(call)), native_(native) {
    call_->upload = native;
  }

  oss_resumable::code try_wait_for_ms(std::int64_t milliseconds) {
    if (!native_) {
      return oss_resumable::code::state;
    }
    detail::inside scope(*call_);
    return static_cast<oss_resumable::code>(oss_resumable_upload_wait(native_.get(), milliseconds));
  }

  result end() {
    oss_resumable_result_t *native = nullptr;
    const oss_resumable_code_t code = oss_resumable_upload_result(native_.get(), &native);
    result got(code, native);
    got.thrown_ = call_->thrown;
    return got;
  }

  std::unique_ptr<detail::call> call_;
  std::unique_ptr<oss_resumable_upload_t, detail::free_native> native_; /* destroyed first */
};

/** An unfinished upload that a listing found. */
struct unfinished_upload {
  std::string object;
  std::string upload_id;
  std::chrono::system_clock::time_point initiated;
};

/** What uploads share: endpoint, credentials, connections. */
class client {
 public:
  client() = default;
  client(client &&) = default;
  client &operator=(client &&other) noexcept {
    native_ = std::move(other.native_);
    hooks_ = std::move(other.hooks_);
    return *this;
  }

  /** Makes a client, or an empty one and the reason. Sends nothing. */
  static client try_new(const config &settings, result &failure) noexcept {
    client made;
    failure = made.open(settings);
    return made;
  }

  /** Starts an upload and returns at once; gives an empty upload and the reason on bad arguments. What is wrong
      with the file or the server comes with the end. */
  upload try_start(const std::string &bucket, const std::string &object, const source &what,
                   const params &how, result &failure) noexcept {
    if (!native_) {
      failure = closed();
      return upload();
    }
    detail::arguments to_c;
    oss_resumable_params_t native = OSS_RESUMABLE_PARAMS_INIT;
    native.thread_num = how.thread_num;
    native.part_size = how.part_size;
    native.enable_checkpoint = how.enable_checkpoint ? 1 : 0;
    native.checkpoint_path = to_c.text("checkpoint_path", how.checkpoint_path);
    native.verify_on_resume = static_cast<std::int32_t>(how.verify_on_resume);
    native.resume_by_content = how.resume_by_content ? 1 : 0;
    const auto object_headers = to_c.list("headers", how.headers);
    native.headers = object_headers.data();
    native.headers_len = object_headers.size();

    oss_resumable_callback_t called = OSS_RESUMABLE_CALLBACK_INIT;
    std::vector<oss_resumable_header_t> variables;
    if (how.callback) {
      called.sni = how.callback->sni ? 1 : 0;
      called.url = to_c.text("url", how.callback->url);
      called.host = to_c.text("host", how.callback->host);
      called.body = to_c.text("body", how.callback->body);
      called.body_type = to_c.text("body_type", how.callback->body_type);
      variables = to_c.list("variables", how.callback->variables);
      called.variables = variables.data();
      called.variables_len = variables.size();
      native.callback = &called;
    }

    std::unique_ptr<detail::call> call(new detail::call());
    call->progress = how.progress;
    call->client_hooks = hooks_;
    if (call->progress) {
      native.progress_callback = detail::oss_resumable_cpp_progress;
      native.userdata = call.get();
    }
    const char *path = nullptr;
    if (what.native_.kind == 0) {
      path = to_c.required("filepath", what.path_);
    } else {
      native.source = &what.native_;
    }
    const char *to_bucket = to_c.required("bucket", bucket), *to_object = to_c.required("object", object);
    if (!to_c.refused().empty()) {
      failure = result(code::invalid_argument, to_c.refused());
      return upload();
    }
    oss_resumable_upload_t *started = nullptr;
    oss_resumable_result_t *details = nullptr;
    const auto ended = oss_resumable_upload_start(native_.get(), to_bucket, to_object, path, &native, &started,
                                                  &details);
    failure = result(ended, details);
    return ended == OSS_RESUMABLE_OK ? upload(started, std::move(call)) : upload();
  }

  /** Uploads and waits for the end. Call it again after a failure to resume, with enable_checkpoint. */
  result try_upload_file(const std::string &bucket, const std::string &object, const source &what,
                         const params &how = params()) noexcept {
    result failure;
    upload running = try_start(bucket, object, what, how, failure);
    return failure ? running.try_wait() : std::move(failure);
  }

  /** Replaces the credentials; every request that is signed from now on uses them. Any thread. */
  result try_set_credentials(const std::string &access_key_id, const std::string &access_key_secret,
                             const std::string &sts_token = std::string()) noexcept {
    detail::arguments to_c;
    const char *id = to_c.required("access_key_id", access_key_id);
    const char *secret = to_c.required("access_key_secret", access_key_secret);
    const char *token = to_c.text("sts_token", sts_token);
    if (!native_ || !to_c.refused().empty()) {
      return native_ ? result(code::invalid_argument, to_c.refused()) : closed();
    }
    return plain(oss_resumable_client_set_credentials(native_.get(), id, secret, token),
                 "access_key_id, access_key_secret or sts_token cannot be used");
  }

  /** Limits what all uploads send, in bytes per second, at least 1,024; 0 lifts the limit. Any thread. */
  result try_set_bandwidth_limit(std::int64_t bytes_per_second) noexcept {
    return native_ ? plain(oss_resumable_client_set_bandwidth_limit(native_.get(), bytes_per_second),
                           "bandwidth_limit must be 0 or at least 1024")
                   : closed();
  }

  /** Gives an unfinished upload up for good: aborts what its checkpoint names, and deletes the checkpoint. Empty
      checkpoint_path: the file's path with .ucp. Nothing to discard is a success. Blocks. */
  result try_discard(const std::string &bucket, const std::string &object, const std::string &filepath,
                     const std::string &checkpoint_path = std::string()) noexcept {
    detail::arguments to_c;
    const char *to_bucket = to_c.required("bucket", bucket), *to_object = to_c.required("object", object);
    const char *path = to_c.required("filepath", filepath);
    const char *checkpoint = to_c.text("checkpoint_path", checkpoint_path);
    return blocking(to_c, [&](oss_resumable_result_t **details) {
      return oss_resumable_discard(native_.get(), to_bucket, to_object, path, checkpoint, details);
    });
  }

  /** Lists the unfinished uploads of a bucket, whoever began them, in the order of keys: those whose keys begin
      with `prefix` and which were begun at least `min_age` ago. Blocks. */
  result try_list_uploads(const std::string &bucket, const std::string &prefix, std::chrono::seconds min_age,
                          std::vector<unfinished_upload> &uploads) noexcept {
    uploads.clear();
    detail::arguments to_c;
    const char *to_bucket = to_c.required("bucket", bucket), *to_prefix = to_c.text("prefix", prefix);
    oss_resumable_upload_list_t *native = nullptr;
    result ended = blocking(to_c, [&](oss_resumable_result_t **details) {
      return oss_resumable_list_uploads(native_.get(), to_bucket, to_prefix, min_age.count(), &native, details);
    });
    std::unique_ptr<oss_resumable_upload_list_t, detail::free_native> list(native);
    const char *object = nullptr, *id = nullptr;
    std::int64_t initiated = 0;
    for (std::size_t i = 0; oss_resumable_upload_list_at(list.get(), i, &object, &id, &initiated) != 0; i++) {
      uploads.push_back(
          {object, id, std::chrono::system_clock::time_point(std::chrono::seconds(initiated))});
    }
    return ended;
  }

  /** Aborts one unfinished upload. One that is gone already is a success. Blocks. */
  result try_abort_upload(const std::string &bucket, const std::string &object,
                          const std::string &upload_id) noexcept {
    detail::arguments to_c;
    const char *to_bucket = to_c.required("bucket", bucket), *to_object = to_c.required("object", object);
    const char *id = to_c.required("upload_id", upload_id);
    return blocking(to_c, [&](oss_resumable_result_t **details) {
      return oss_resumable_abort_upload(native_.get(), to_bucket, to_object, id, details);
    });
  }

  /** Aborts what a listing would find, until nothing is found any more; `aborted` is how many. Blocks. */
  result try_abort_uploads(const std::string &bucket, const std::string &prefix, std::chrono::seconds min_age,
                           std::int64_t &aborted) noexcept {
    aborted = 0;
    detail::arguments to_c;
    const char *to_bucket = to_c.required("bucket", bucket), *to_prefix = to_c.text("prefix", prefix);
    return blocking(to_c, [&](oss_resumable_result_t **details) {
      return oss_resumable_abort_uploads(native_.get(), to_bucket, to_prefix, min_age.count(), &aborted, details);
    });
  }

  /** Frees it before the destructor does. Uploads that were started go on. Twice is harmless. */
  void close() noexcept {
    native_.reset();
    hooks_.reset();
  }

#ifdef OSS_RESUMABLE_EXCEPTIONS
  /** Makes a client. A field that cannot be used is thrown as code::invalid_argument. */
  explicit client(const config &settings) { detail::checked(open(settings)); }

  /** As try_start(), and throws. */
  upload start(const std::string &bucket, const std::string &object, const source &what,
               const params &how = params()) {
    result failure;
    upload started = try_start(bucket, object, what, how, failure);
    detail::checked(std::move(failure));
    return started;
  }

  /** As try_upload_file(), and throws. */
  result upload_file(const std::string &bucket, const std::string &object, const source &what,
                     const params &how = params()) {
    return detail::checked(try_upload_file(bucket, object, what, how));
  }

  /** As try_set_credentials(), and throws. */
  void set_credentials(const std::string &access_key_id, const std::string &access_key_secret,
                       const std::string &sts_token = std::string()) {
    detail::checked(try_set_credentials(access_key_id, access_key_secret, sts_token));
  }

  /** As try_set_bandwidth_limit(), and throws. */
  void set_bandwidth_limit(std::int64_t bytes_per_second) {
    detail::checked(try_set_bandwidth_limit(bytes_per_second));
  }

  /** As try_discard(), and throws. */
  void discard(const std::string &bucket, const std::string &object, const std::string &filepath,
               const std::string &checkpoint_path = std::string()) {
    detail::checked(try_discard(bucket, object, filepath, checkpoint_path));
  }

  /** As try_list_uploads(), and throws. */
  std::vector<unfinished_upload> list_uploads(const std::string &bucket,
                                              const std::string &prefix = std::string(),
                                              std::chrono::seconds min_age = std::chrono::seconds(0)) {
    std::vector<unfinished_upload> uploads;
    detail::checked(try_list_uploads(bucket, prefix, min_age, uploads));
    return uploads;
  }

  /** As try_abort_upload(), and throws. */
  void abort_upload(const std::string &bucket, const std::string &object, const std::string &upload_id) {
    detail::checked(try_abort_upload(bucket, object, upload_id));
  }

  /** As try_abort_uploads(), and throws; returns how many are gone. */
  std::int64_t abort_uploads(const std::string &bucket, const std::string &prefix = std::string(),
                             std::chrono::seconds min_age = std::chrono::seconds(0)) {
    std::int64_t aborted = 0;
    detail::checked(try_abort_uploads(bucket, prefix, min_age, aborted));
    return aborted;
  }
#endif

#ifdef OSS_RESUMABLE_STOP_TOKEN
  /** As the one without a token; a stop that is requested cancels the upload. */
  result try_upload_file(const std::string &bucket, const std::string &object, const source &what,
                         const params &how, std::stop_token token) noexcept {
    result failure;
    upload running = try_start(bucket, object, what, how, failure);
    return failure ? running.try_wait(token) : std::move(failure);
  }
#ifdef OSS_RESUMABLE_EXCEPTIONS
  /** As try_upload_file(), and throws. */
  result upload_file(const std::string &bucket, const std::string &object, const source &what, const params &how,
                     std::stop_token token) {
    return detail::checked(try_upload_file(bucket, object, what, how, token));
  }
#endif
#endif

 private:
  static result closed() { return result(code::state, "the client is closed"); }

  /** For calls that refuse without saying why. */
  static result plain(oss_resumable_code_t ended, const char *refused) {
    return ended == OSS_RESUMABLE_OK ? result() : result(static_cast<code>(ended), std::string(refused));
  }

  /** Makes a call in which the client's callbacks may run. */
  template <class Call>
  result blocking(const detail::arguments &to_c, Call &&make) {
    if (!native_ || !to_c.refused().empty()) {
      return native_ ? result(code::invalid_argument, to_c.refused()) : closed();
    }
    detail::call call;
    detail::inside scope(call);
    oss_resumable_result_t *details = nullptr;
    const oss_resumable_code_t ended = make(&details);
    result got(ended, details);
    got.thrown_ = call.thrown;
    return got;
  }

  result open(const config &settings) {
    const std::int32_t version = oss_resumable_version_number();
    if (version / 100 != OSS_RESUMABLE_VERSION_NUMBER / 100) {
      return result(code::state, std::string("liboss_resumable is of version ") + oss_resumable_version() +
                                     ", and its header of another major or minor one");
    }
    hooks_ = std::make_shared<detail::hooks>();
    hooks_->provider = settings.credentials_provider;
    hooks_->log = settings.log;

    detail::arguments to_c;
    oss_resumable_config_t native = OSS_RESUMABLE_CONFIG_INIT;
    native.signature_version = settings.signature_version;
    native.endpoint = to_c.text("endpoint", settings.endpoint);
    native.region = to_c.text("region", settings.region);
    native.access_key_id = to_c.text("access_key_id", settings.access_key_id);
    native.access_key_secret = to_c.text("access_key_secret", settings.access_key_secret);
    native.sts_token = to_c.text("sts_token", settings.sts_token);
    native.is_cname = settings.is_cname ? 1 : 0;
    native.is_path_style = settings.is_path_style ? 1 : 0;
    native.endpoint_type = static_cast<std::int32_t>(settings.type);
    native.user_agent = to_c.text("user_agent", settings.user_agent);
    native.log_file = to_c.text("log_file", settings.log_file);
    native.log_level = static_cast<std::int32_t>(settings.log_level);
    if (settings.log) {
      native.log_callback = detail::oss_resumable_cpp_log;
      native.log_userdata = hooks_.get();
    }
    network(settings, to_c, native);
    oss_resumable_credentials_t from = OSS_RESUMABLE_CREDENTIALS_INIT;
    if (settings.source || settings.credentials_provider) {
      where(settings, to_c, from);
      native.credentials = &from;
    }
    if (!to_c.refused().empty()) {
      return result(code::invalid_argument, to_c.refused());
    }
    oss_resumable_client_t *made = nullptr;
    oss_resumable_result_t *details = nullptr;
    const oss_resumable_code_t ended = oss_resumable_client_new(&native, &made, &details);
    native_.reset(made);
    return result(ended, details);
  }

  static void network(const config &settings, detail::arguments &to_c, oss_resumable_config_t &native) {
    native.connect_timeout_ms = to_c.milliseconds("connect_timeout_ms", settings.connect_timeout);
    native.stall_timeout_ms = to_c.milliseconds("stall_timeout_ms", settings.stall_timeout);
    native.first_byte_timeout_ms = to_c.milliseconds("first_byte_timeout_ms", settings.first_byte_timeout);
    native.retry_timeout_ms = to_c.milliseconds("retry_timeout_ms", settings.retry_timeout);
    native.max_retries = settings.max_retries;
    native.max_connections = settings.max_connections;
    native.bandwidth_limit = settings.bandwidth_limit;
    native.proxy = to_c.text("proxy", settings.proxy);
    native.proxy_user = to_c.text("proxy_user", settings.proxy_user);
    native.proxy_password = to_c.text("proxy_password", settings.proxy_password);
    native.no_proxy = to_c.text("no_proxy", settings.no_proxy);
    native.proxy_from_environment = settings.proxy_from_environment ? 1 : 0;
    native.ca_file = to_c.text("ca_file", settings.ca_file);
    native.ca_data = settings.ca_data.empty() ? nullptr : settings.ca_data.data();
    native.ca_data_len = settings.ca_data.size();
    native.source_address = to_c.text("source_address", settings.source_address);
  }

  void where(const config &settings, detail::arguments &to_c, oss_resumable_credentials_t &native) {
    if (settings.credentials_provider) {
      if (settings.source) {
        to_c.refuse("credentials", "come either from credentials_provider or from source");
      }
      native.provider = "callback";
      native.callback = detail::oss_resumable_cpp_credentials;
      native.userdata = hooks_.get();
      return;
    }
    const credentials_source &from = *settings.source;
    native.provider = to_c.text("provider", from.provider);
    native.profile_file = to_c.text("profile_file", from.profile_file);
    native.profile_name = to_c.text("profile_name", from.profile_name);
    native.process = to_c.text("process", from.process);
    native.role_name = to_c.text("role_name", from.role_name);
    native.metadata_endpoint = to_c.text("metadata_endpoint", from.metadata_endpoint);
    native.role_arn = to_c.text("role_arn", from.role_arn);
    native.oidc_provider_arn = to_c.text("oidc_provider_arn", from.oidc_provider_arn);
    native.oidc_token_file = to_c.text("oidc_token_file", from.oidc_token_file);
    native.role_session_name = to_c.text("role_session_name", from.role_session_name);
    native.sts_endpoint = to_c.text("sts_endpoint", from.sts_endpoint);
  }

  std::shared_ptr<detail::hooks> hooks_;
  std::unique_ptr<oss_resumable_client_t, detail::free_native> native_; /* destroyed first */
};

}  // namespace oss_resumable

#endif  /* OSS_RESUMABLE_HPP */
