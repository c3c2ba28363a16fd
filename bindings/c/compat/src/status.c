#include "internal.h"

const char AOS_XML_PARSE_ERROR_CODE[] = "ParseXmlError";
const char AOS_OPEN_FILE_ERROR_CODE[] = "OpenFileFail";
const char AOS_WRITE_FILE_ERROR_CODE[] = "WriteFileFail";
const char AOS_RENAME_FILE_ERROR_CODE[] = "RenameFileFail";
const char AOS_HTTP_IO_ERROR_CODE[] = "HttpIoError";
const char AOS_UNKNOWN_ERROR_CODE[] = "UnknownError";
const char AOS_CLIENT_ERROR_CODE[] = "ClientError";
const char AOS_SERVER_ERROR_CODE[] = "ServerError";
const char AOS_UTF8_ENCODE_ERROR_CODE[] = "Utf8EncodeFail";
const char AOS_URL_ENCODE_ERROR_CODE[] = "UrlEncodeFail";
const char AOS_INCONSISTENT_ERROR_CODE[] = "InconsistentError";
const char AOS_CREATE_QUEUE_ERROR_CODE[] = "CreateQueueFail";
const char AOS_CREATE_THREAD_POOL_ERROR_CODE[] = "CreateThreadPoolFail";
const char AOS_EMPTY_STRING_ERROR[] = "EmptyStringError";
const char AOS_BUCKET_NAME_INVALID_ERROR[] = "BucketNameInvalidError";
const char AOS_OBJECT_NAME_INVALID_ERROR[] = "ObjectNameInvalidError";

/* Without a request id there is a text all the same: programs print it. */
static char no_request_id[] = "";

aos_status_t *aos_status_create(aos_pool_t *pool) { return apr_pcalloc(pool, sizeof(aos_status_t)); }

aos_status_t *aos_status_dup(aos_pool_t *pool, aos_status_t *src) {
  aos_status_t *status = aos_status_create(pool);
  if (status == NULL) {
    return ossri_no_memory();
  }
  status->code = src->code;
  status->error_code = apr_pstrdup(pool, src->error_code);
  status->error_msg = apr_pstrdup(pool, src->error_msg);
  status->req_id = apr_pstrdup(pool, src->req_id);
  return status;
}

int aos_should_retry(aos_status_t *s) {
  if (s == NULL) {
    return AOS_FALSE;
  }
  switch (s->code) {
    case AOSE_CONNECTION_FAILED:
    case AOSE_REQUEST_TIMEOUT:
    case AOSE_FAILED_CONNECT:
    case AOSE_SERVICE_ERROR:
      return AOS_TRUE;
    default:
      return s->code / 100 == 5;
  }
}

/* Written once, when the program is loaded: any thread may be given them. */
static aos_status_t no_memory = {AOSE_OUT_MEMORY, (char *)AOS_CLIENT_ERROR_CODE,
                                 "no memory left", no_request_id};
static aos_status_t no_options = {AOSE_INVALID_ARGUMENT, (char *)AOS_CLIENT_ERROR_CODE,
                                  "options: need a pool and a config", no_request_id};

aos_status_t *ossri_no_memory(void) { return &no_memory; }

aos_status_t *ossri_no_options(void) { return &no_options; }

aos_status_t *ossri_status(aos_pool_t *pool, int code, const char *error_code, const char *message,
                           ...) {
  aos_status_t *status = aos_status_create(pool);
  va_list args;
  if (status == NULL) {
    return ossri_no_memory();
  }
  status->code = code;
  status->error_code = (char *)error_code;
  status->req_id = no_request_id;
  va_start(args, message);
  status->error_msg = message == NULL ? NULL : apr_pvsprintf(pool, message, args);
  va_end(args);
  return status;
}

aos_status_t *ossri_check(const oss_request_options_t *options, const aos_string_t *bucket,
                          const aos_string_t *object) {
  if (options == NULL || options->pool == NULL || options->config == NULL) {
    return ossri_no_options();
  }
  if (!oss_is_valid_bucket_name(bucket)) {
    return ossri_status(options->pool, AOSE_INVALID_ARGUMENT, AOS_BUCKET_NAME_INVALID_ERROR,
                        "bucket: 3 to 63 characters of a-z, 0-9 and '-', which is not at an end");
  }
  if (!oss_is_valid_object_name_ex(object, ossri_request_options(options)->verify_object_strict)) {
    return ossri_status(options->pool, AOSE_INVALID_ARGUMENT, AOS_OBJECT_NAME_INVALID_ERROR,
                        "object: must not be empty, nor begin with '?'");
  }
  return NULL;
}
