/* From a result of the engine to a status of the C SDK. */
#include "internal.h"

/* Failures without an answer, by reason. The rest is AOSE_CONNECTION_FAILED. */
static int network_code(const char *reason) {
  static const struct {
    const char *begin;
    int code;
  } CODES[] = {
      {"dns", AOSE_NAME_LOOKUP_ERROR},
      {"connection_refused", AOSE_FAILED_CONNECT},
      {"connect_timeout", AOSE_CONNECTION_FAILED},
      {"connect", AOSE_FAILED_CONNECT},
      {"proxy", AOSE_FAILED_CONNECT},
      {"certificate", AOSE_FAILED_VERIFICATION},
      {"tls", AOSE_FAILED_VERIFICATION},
  };
  size_t i;
  for (i = 0; reason != NULL && i < sizeof CODES / sizeof CODES[0]; i++) {
    if (strncmp(reason, CODES[i].begin, strlen(CODES[i].begin)) == 0) {
      return CODES[i].code;
    }
  }
  return AOSE_CONNECTION_FAILED;
}

static void set_code(aos_status_t *status, oss_resumable_code_t code,
                     const oss_resumable_result_t *result, aos_pool_t *pool) {
  int http = oss_resumable_result_http_status(result);
  const char *oss_code = oss_resumable_result_error_code(result);
  switch (code) {
    case OSS_RESUMABLE_E_INVALID_ARGUMENT:
    case OSS_RESUMABLE_E_CREDENTIALS:
      status->code = AOSE_INVALID_ARGUMENT;
      status->error_code = (char *)AOS_CLIENT_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_FILE:
      status->code = oss_resumable_result_offset(result) >= 0 ? AOSE_FILE_READ_ERROR
                                                              : AOSE_OPEN_FILE_ERROR;
      status->error_code = (char *)AOS_OPEN_FILE_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_CHECKPOINT:
      status->code = AOSE_OPEN_FILE_ERROR;
      status->error_code = (char *)AOS_OPEN_FILE_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_FILE_CHANGED:
      status->code = AOSE_FILE_INFO_ERROR;
      status->error_code = (char *)AOS_INCONSISTENT_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_INTEGRITY:
      status->code = AOSE_CRC_INCONSISTENT_ERROR;
      status->error_code = (char *)AOS_INCONSISTENT_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_NETWORK:
      status->code = network_code(oss_resumable_result_reason(result));
      status->error_code = (char *)AOS_HTTP_IO_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_SERVICE:
      /* An error may come with the status of a success, which aos_status_is_ok() must not see. */
      status->code = http <= 0 || aos_http_is_ok(http) ? AOSE_SERVICE_ERROR : http;
      status->error_code = oss_code != NULL ? apr_pstrdup(pool, oss_code)
                           : http >= 500    ? (char *)AOS_SERVER_ERROR_CODE
                                            : (char *)AOS_UNKNOWN_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_COMMIT_UNKNOWN:
      status->code = AOSE_SERVICE_ERROR;
      status->error_code = (char *)AOS_SERVER_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_CANCELED:
      status->code = AOSE_ABORT_CALLBACK;
      status->error_code = (char *)AOS_CLIENT_ERROR_CODE;
      break;
    case OSS_RESUMABLE_E_STATE:
      status->code = AOSE_INVALID_OPERATION;
      status->error_code = (char *)AOS_CLIENT_ERROR_CODE;
      break;
    default:
      status->code = AOSE_INTERNAL_ERROR;
      status->error_code = (char *)AOS_UNKNOWN_ERROR_CODE;
      break;
  }
}

aos_status_t *ossri_outcome(aos_pool_t *pool, oss_resumable_code_t code,
                            const oss_resumable_result_t *result) {
  const char *request_id = oss_resumable_result_request_id(result);
  aos_status_t *status = ossri_status(pool, AOSE_INTERNAL_ERROR, AOS_UNKNOWN_ERROR_CODE, NULL);
  if (status == ossri_no_memory()) {
    return status;
  }
  if (request_id != NULL) {
    status->req_id = apr_pstrdup(pool, request_id);
  }
  if (code == OSS_RESUMABLE_OK) {
    int http = oss_resumable_result_http_status(result);
    /* 203: stored, but the upload callback failed. */
    status->code = aos_http_is_ok(http) ? http : 200;
    status->error_code = NULL;
    return status;
  }
  set_code(status, code, result, pool);
  status->error_msg = apr_pstrdup(pool, oss_resumable_result_message(result));
  return status;
}

void ossri_fill_headers(aos_table_t *headers, const oss_resumable_result_t *result) {
  size_t i, count = oss_resumable_result_header_count(result);
  for (i = 0; i < count; i++) {
    const char *name = NULL, *value = NULL;
    if (oss_resumable_result_header_at(result, i, &name, &value)) {
      apr_table_add(headers, name, value);
    }
  }
}

void ossri_fill_body(aos_pool_t *pool, aos_list_t *body, const oss_resumable_result_t *result) {
  size_t len = 0;
  const char *bytes = oss_resumable_result_body(result, &len);
  aos_buf_t *b;
  if (len == 0 || len > INT_MAX) {
    return;
  }
  b = aos_create_buf(pool, (int)len);
  if (b != NULL) {
    memcpy(b->last, bytes, len);
    b->last += len;
    aos_list_add_tail(&b->node, body);
  }
}
