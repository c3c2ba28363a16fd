/* Made from include/oss_resumable.h by make-ffi-header.sh. Do not edit. */
enum oss_resumable_code_t
 {
  OSS_RESUMABLE_PENDING = 1,
  OSS_RESUMABLE_OK = 0,
  OSS_RESUMABLE_E_INVALID_ARGUMENT = -1,
  OSS_RESUMABLE_E_FILE = -2,
  OSS_RESUMABLE_E_FILE_CHANGED = -3,
  OSS_RESUMABLE_E_CHECKPOINT = -4,
  OSS_RESUMABLE_E_NETWORK = -5,
  OSS_RESUMABLE_E_SERVICE = -6,
  OSS_RESUMABLE_E_INTEGRITY = -7,
  OSS_RESUMABLE_E_CANCELED = -8,
  OSS_RESUMABLE_E_STATE = -9,
  OSS_RESUMABLE_E_COMMIT_UNKNOWN = -10,
  OSS_RESUMABLE_E_CREDENTIALS = -11,
  OSS_RESUMABLE_E_INTERNAL = -99,
};
typedef int32_t oss_resumable_code_t;
enum oss_resumable_stage_t
 {
  OSS_RESUMABLE_STAGE_PREPARE = 0,
  OSS_RESUMABLE_STAGE_RESUME = 1,
  OSS_RESUMABLE_STAGE_INITIATE = 2,
  OSS_RESUMABLE_STAGE_UPLOAD = 3,
  OSS_RESUMABLE_STAGE_COMPLETE = 4,
  OSS_RESUMABLE_STAGE_SETTLE = 5,
  OSS_RESUMABLE_STAGE_ABORT = 6,
  OSS_RESUMABLE_STAGE_DONE = 7,
};
typedef int32_t oss_resumable_stage_t;
typedef struct oss_resumable_client_t oss_resumable_client_t;
typedef struct oss_resumable_credentials_answer_t oss_resumable_credentials_answer_t;
typedef struct oss_resumable_result_t oss_resumable_result_t;
typedef struct oss_resumable_upload_list_t oss_resumable_upload_list_t;
typedef struct oss_resumable_upload_t oss_resumable_upload_t;
typedef int32_t (*oss_resumable_credentials_callback)(struct oss_resumable_credentials_answer_t *answer,
                                                      intptr_t userdata);
typedef struct oss_resumable_credentials_t {
  uint32_t struct_size;
  uint32_t reserved;
  const char *provider;
  const char *profile_file;
  const char *profile_name;
  const char *process;
  const char *role_name;
  const char *metadata_endpoint;
  const char *role_arn;
  const char *oidc_provider_arn;
  const char *oidc_token_file;
  const char *role_session_name;
  const char *sts_endpoint;
  oss_resumable_credentials_callback callback;
  intptr_t userdata;
} oss_resumable_credentials_t;
typedef void (*oss_resumable_log_callback)(int32_t level, const char *line, intptr_t userdata);
typedef struct oss_resumable_config_t {
  uint32_t struct_size;
  int32_t signature_version;
  const char *endpoint;
  const char *region;
  const char *access_key_id;
  const char *access_key_secret;
  const char *sts_token;
  const char *ca_file;
  int32_t is_cname;
  int32_t is_path_style;
  int32_t connect_timeout_ms;
  int32_t stall_timeout_ms;
  int32_t retry_timeout_ms;
  int32_t max_retries;
  const struct oss_resumable_credentials_t *credentials;
  int32_t endpoint_type;
  int32_t first_byte_timeout_ms;
  int32_t max_connections;
  int32_t proxy_from_environment;
  int64_t bandwidth_limit;
  const char *proxy;
  const char *proxy_user;
  const char *proxy_password;
  const char *no_proxy;
  const char *ca_data;
  size_t ca_data_len;
  const char *source_address;
  const char *user_agent;
  const char *log_file;
  oss_resumable_log_callback log_callback;
  intptr_t log_userdata;
  int32_t log_level;
  int32_t reserved;
} oss_resumable_config_t;
typedef int32_t (*oss_resumable_progress_callback)(int64_t consumed_bytes,
                                                   int64_t total_bytes,
                                                   intptr_t userdata);
typedef struct oss_resumable_header_t {
  const char *name;
  const char *value;
} oss_resumable_header_t;
typedef struct oss_resumable_source_t {
  uint32_t struct_size;
  int32_t kind;
  int64_t handle;
  const void *data;
  size_t data_len;
} oss_resumable_source_t;
typedef struct oss_resumable_callback_t {
  uint32_t struct_size;
  int32_t sni;
  const char *url;
  const char *host;
  const char *body;
  const char *body_type;
  const struct oss_resumable_header_t *variables;
  size_t variables_len;
} oss_resumable_callback_t;
typedef struct oss_resumable_params_t {
  uint32_t struct_size;
  int32_t thread_num;
  int64_t part_size;
  int32_t enable_checkpoint;
  uint32_t flags;
  const char *checkpoint_path;
  oss_resumable_progress_callback progress_callback;
  intptr_t userdata;
  const struct oss_resumable_header_t *headers;
  size_t headers_len;
  const struct oss_resumable_source_t *source;
  const struct oss_resumable_callback_t *callback;
  int32_t verify_on_resume;
  int32_t resume_by_content;
} oss_resumable_params_t;
typedef struct oss_resumable_progress_t {
  uint32_t struct_size;
  int32_t stage;
  int64_t consumed_bytes;
  int64_t total_bytes;
  int64_t resumed_bytes;
  int32_t parts_done;
  int32_t parts_total;
  int32_t retries;
  int32_t reserved;
} oss_resumable_progress_t;
const char *oss_resumable_version(void);
int32_t oss_resumable_version_number(void);
oss_resumable_code_t oss_resumable_client_new(const struct oss_resumable_config_t *config,
                                              struct oss_resumable_client_t **client_out,
                                              struct oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_client_set_bandwidth_limit(struct oss_resumable_client_t *client,
                                                              int64_t bytes_per_second);
oss_resumable_code_t oss_resumable_client_set_credentials(struct oss_resumable_client_t *client,
                                                          const char *access_key_id,
                                                          const char *access_key_secret,
                                                          const char *sts_token);
void oss_resumable_client_free(struct oss_resumable_client_t *client);
oss_resumable_code_t oss_resumable_credentials_answer(struct oss_resumable_credentials_answer_t *answer,
                                                      const char *access_key_id,
                                                      const char *access_key_secret,
                                                      const char *sts_token,
                                                      int64_t expires_at);
oss_resumable_code_t oss_resumable_upload_file(struct oss_resumable_client_t *client,
                                               const char *bucket,
                                               const char *object,
                                               const char *filepath,
                                               const struct oss_resumable_params_t *params,
                                               struct oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_upload_start(struct oss_resumable_client_t *client,
                                                const char *bucket,
                                                const char *object,
                                                const char *filepath,
                                                const struct oss_resumable_params_t *params,
                                                struct oss_resumable_upload_t **upload_out,
                                                struct oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_upload_wait(struct oss_resumable_upload_t *upload,
                                               int64_t timeout_ms);
oss_resumable_code_t oss_resumable_upload_progress(const struct oss_resumable_upload_t *upload,
                                                   struct oss_resumable_progress_t *progress_out);
void oss_resumable_upload_cancel(struct oss_resumable_upload_t *upload);
oss_resumable_code_t oss_resumable_upload_result(const struct oss_resumable_upload_t *upload,
                                                 struct oss_resumable_result_t **result_out);
void oss_resumable_upload_free(struct oss_resumable_upload_t *upload);
oss_resumable_code_t oss_resumable_discard(struct oss_resumable_client_t *client,
                                           const char *bucket,
                                           const char *object,
                                           const char *filepath,
                                           const char *checkpoint_path,
                                           struct oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_list_uploads(struct oss_resumable_client_t *client,
                                                const char *bucket,
                                                const char *prefix,
                                                int64_t min_age_seconds,
                                                struct oss_resumable_upload_list_t **list_out,
                                                struct oss_resumable_result_t **result_out);
size_t oss_resumable_upload_list_count(const struct oss_resumable_upload_list_t *list);
int32_t oss_resumable_upload_list_at(const struct oss_resumable_upload_list_t *list,
                                     size_t index,
                                     const char **object_out,
                                     const char **upload_id_out,
                                     int64_t *initiated_out);
void oss_resumable_upload_list_free(struct oss_resumable_upload_list_t *list);
oss_resumable_code_t oss_resumable_abort_upload(struct oss_resumable_client_t *client,
                                                const char *bucket,
                                                const char *object,
                                                const char *upload_id,
                                                struct oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_abort_uploads(struct oss_resumable_client_t *client,
                                                 const char *bucket,
                                                 const char *prefix,
                                                 int64_t min_age_seconds,
                                                 int64_t *aborted_out,
                                                 struct oss_resumable_result_t **result_out);
oss_resumable_code_t oss_resumable_result_code(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_message(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_stage(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_part_number(const struct oss_resumable_result_t *result);
int64_t oss_resumable_result_offset(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_os_errno(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_reason(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_attempts(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_retryable(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_callback_error(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_http_status(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_error_code(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_request_id(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_host_id(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_ec(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_etag(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_version_id(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_upload_id(const struct oss_resumable_result_t *result);
uint64_t oss_resumable_result_crc64(const struct oss_resumable_result_t *result);
int64_t oss_resumable_result_resumed_bytes(const struct oss_resumable_result_t *result);
int64_t oss_resumable_result_part_size(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_parts(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_retries(const struct oss_resumable_result_t *result);
uint32_t oss_resumable_result_warnings(const struct oss_resumable_result_t *result);
const char *oss_resumable_result_header(const struct oss_resumable_result_t *result,
                                        const char *name);
size_t oss_resumable_result_header_count(const struct oss_resumable_result_t *result);
int32_t oss_resumable_result_header_at(const struct oss_resumable_result_t *result,
                                       size_t index,
                                       const char **name_out,
                                       const char **value_out);
const void *oss_resumable_result_body(const struct oss_resumable_result_t *result, size_t *len_out);
void oss_resumable_result_free(struct oss_resumable_result_t *result);
