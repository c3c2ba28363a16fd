/* From the options of the C SDK to a client of the engine. */
#include "internal.h"

/* A line of the engine's log, on the thread that called. */
static void log_line(int32_t level, const char *line, void *userdata) {
  static const int LEVELS[] = {AOS_LOG_OFF,  AOS_LOG_ERROR, AOS_LOG_WARN,
                               AOS_LOG_INFO, AOS_LOG_DEBUG, AOS_LOG_TRACE};
  (void)userdata;
  if (level > OSS_RESUMABLE_LOG_NONE && level <= OSS_RESUMABLE_LOG_TRACE) {
    aos_log_format(LEVELS[level], "oss-resumable", 0, "", "%s", line);
  }
}

static int32_t log_level(void) {
  switch (aos_log_level) {
    case AOS_LOG_ERROR: return OSS_RESUMABLE_LOG_ERROR;
    case AOS_LOG_WARN: return OSS_RESUMABLE_LOG_WARN;
    case AOS_LOG_INFO: return OSS_RESUMABLE_LOG_INFO;
    case AOS_LOG_DEBUG: return OSS_RESUMABLE_LOG_DEBUG;
    case AOS_LOG_TRACE:
    case AOS_LOG_ALL: return OSS_RESUMABLE_LOG_TRACE;
    default: return OSS_RESUMABLE_LOG_NONE;
  }
}

/* 0 and less: the engine's default. */
static int32_t milliseconds(int seconds) {
  if (seconds <= 0) {
    return 0;
  }
  return seconds > INT32_MAX / 1000 ? INT32_MAX : (int32_t)seconds * 1000;
}

static void set_proxy(oss_resumable_config_t *to, const oss_config_t *config,
                      const aos_http_request_options_t *http, aos_pool_t *pool) {
  const char *colon;
  to->proxy = ossri_text(pool, &config->proxy_host);
  if (to->proxy != NULL) {
    if (config->proxy_port != 0) {
      to->proxy = apr_psprintf(pool, "%s:%d", to->proxy, config->proxy_port);
    }
    /* Only both together, as in the C SDK. */
    if (!aos_is_null_string(&config->proxy_user) && !aos_is_null_string(&config->proxy_passwd)) {
      to->proxy_user = ossri_text(pool, &config->proxy_user);
      to->proxy_password = ossri_text(pool, &config->proxy_passwd);
    }
    return;
  }
  to->proxy = http->proxy_host;
  if (to->proxy != NULL && http->proxy_auth != NULL) {
    colon = strchr(http->proxy_auth, ':');
    to->proxy_user = colon == NULL ? http->proxy_auth
                                   : apr_pstrmemdup(pool, http->proxy_auth,
                                                    (size_t)(colon - http->proxy_auth));
    to->proxy_password = colon == NULL ? "" : colon + 1;
  }
}

/* What the engine would not understand, or must not do. NULL: nothing. */
static aos_status_t *refused(const oss_request_options_t *options,
                             const oss_resumable_config_t *to) {
  const aos_http_request_options_t *http = ossri_request_options(options);
  int is_plain = to->endpoint != NULL && strncasecmp(to->endpoint, AOS_HTTP_PREFIX,
                                                     strlen(AOS_HTTP_PREFIX)) == 0;
  if (!http->verify_ssl && !is_plain) {
    return ossri_status(options->pool, AOSE_INVALID_ARGUMENT, AOS_CLIENT_ERROR_CODE,
                        "verify_ssl: the verification of TLS certificates cannot be switched off; "
                        "name the authority to trust in ca_file or ca_path");
  }
  if (!aos_is_null_string(&options->config->cloudbox_id)) {
    return ossri_status(options->pool, AOSE_INVALID_OPERATION, AOS_CLIENT_ERROR_CODE,
                        "cloudbox_id: cloud boxes are not supported");
  }
  if (to->endpoint == NULL && to->region == NULL) {
    return ossri_status(options->pool, AOSE_INVALID_ARGUMENT, AOS_CLIENT_ERROR_CODE,
                        "endpoint: must not be empty");
  }
  return NULL;
}

oss_resumable_client_t *ossri_client(const oss_request_options_t *options, aos_pool_t *pool,
                                     aos_status_t **status) {
  const oss_config_t *config = options->config;
  const aos_http_request_options_t *http = ossri_request_options(options);
  oss_resumable_config_t to = OSS_RESUMABLE_CONFIG_INIT;
  oss_resumable_client_t *client = NULL;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code;

  to.endpoint = ossri_text(pool, &config->endpoint);
  to.region = ossri_text(pool, &config->region);
  to.access_key_id = ossri_text(pool, &config->access_key_id);
  to.access_key_secret = ossri_text(pool, &config->access_key_secret);
  to.sts_token = ossri_text(pool, &config->sts_token);
  to.is_cname = config->is_cname != 0;
  to.signature_version = config->signature_version == 4 ? 4 : 1;
  to.connect_timeout_ms = milliseconds(http->connect_timeout);
  to.stall_timeout_ms = milliseconds(http->speed_time);
  to.ca_file = http->ca_file;
  to.user_agent = ossri_user_agent();
  to.log_level = log_level();
  to.log_callback = log_line;
  set_proxy(&to, config, http, pool);

  *status = refused(options, &to);
  if (*status != NULL) {
    return NULL;
  }
  if (http->ca_path != NULL) {
    to.ca_data = ossri_read_certificates(pool, http->ca_path, &to.ca_data_len);
    if (to.ca_data == NULL) {
      char text[256];
      *status = ossri_status(options->pool, AOSE_INVALID_ARGUMENT, AOS_CLIENT_ERROR_CODE,
                             "ca_path: %s: %s", http->ca_path,
                             apr_strerror(errno, text, sizeof text));
      return NULL;
    }
  }
  code = oss_resumable_client_new(&to, &client, &result);
  if (code != OSS_RESUMABLE_OK) {
    *status = ossri_outcome(options->pool, code, result);
  }
  oss_resumable_result_free(result);
  return client;
}
