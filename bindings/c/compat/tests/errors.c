/* usage: errors URL FILE DIRECTORY: what is refused, by whom, and how that is told. */
#include <time.h>

#include "rig.h"

static const char *url, *file;

static void expect_(int line, aos_status_t *s, int code, const char *error_code,
                    const char *message) {
  if (s->code != code || strcmp(s->error_code, error_code) != 0 ||
      strstr(s->error_msg, message) == NULL || aos_status_is_ok(s) || s->req_id == NULL) {
    fprintf(stderr, "line %d: %d %s: %s\n", line, s->code, s->error_code, s->error_msg);
    checks_failed++;
  }
}
#define EXPECT(s, code, error_code, message) expect_(__LINE__, s, code, error_code, message)

static void by_oss(void) {
  rig_t rig;
  aos_status_t *s, *copy;
  rig_make(&rig, url, "refused", file);
  aos_str_set(&rig.options->config->access_key_secret, "wrong");
  s = rig_upload(&rig, AOS_FALSE, NULL);
  EXPECT(s, 403, "SignatureDoesNotMatch", "");
  CHECK(strlen(s->req_id) > 10 && !aos_should_retry(s));
  CHECK(aos_is_empty_table(rig.resp_headers) && aos_list_empty(&rig.resp_body));
  copy = aos_status_dup(rig.pool, s);
  CHECK_TEXT(copy->req_id, s->req_id);
  rig_free(&rig);
}

static void before_anything_is_sent(const char *directory) {
  rig_t rig;
  oss_config_t *config;
  aos_http_request_options_t *http;
  aos_status_t *s;
  rig_make(&rig, url, "refused", "/no/such/file");
  config = rig.options->config;
  http = rig.options->ctl->options;
  s = rig_upload(&rig, AOS_TRUE, NULL);
  EXPECT(s, AOSE_OPEN_FILE_ERROR, AOS_OPEN_FILE_ERROR_CODE, "/no/such/file");
  CHECK_TEXT(s->error_code, "OpenFileFail");
  CHECK_TEXT(s->req_id, "");
  aos_str_set(&rig.file, directory);
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_OPEN_FILE_ERROR, "OpenFileFail", "");
  aos_str_null(&rig.file);
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "filepath");
  aos_str_set(&rig.file, file);

  aos_str_set(&rig.bucket, "Not_a_bucket");
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "BucketNameInvalidError", "bucket");
  aos_str_set(&rig.bucket, "compat");
  aos_str_set(&rig.object, "?key");
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ObjectNameInvalidError", "object");
  aos_str_null(&rig.object);
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ObjectNameInvalidError", "object");
  aos_str_set(&rig.object, "refused");

  aos_str_set(&config->access_key_id, getenv("THIS_IS_NOT_SET"));
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "access_key_id");
  aos_str_set(&config->access_key_id, "test-access-key-id");
  aos_str_set(&config->cloudbox_id, "box");
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_OPERATION, "ClientError", "cloudbox_id");
  aos_str_null(&config->cloudbox_id);
  apr_table_set(rig.headers, "Content-Length", "5");
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "");
  apr_table_clear(rig.headers);

  http->ca_path = "/no/such/directory";
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "ca_path");
  http->ca_path = NULL;
  aos_str_set(&config->endpoint, "oss-cn-hangzhou.aliyuncs.com");
  http->ca_file = "/no/such/file.pem";
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "ca_file");
  http->ca_file = NULL;
  http->verify_ssl = AOS_FALSE;
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "verify_ssl");
  aos_str_set(&config->endpoint, "https://oss-cn-hangzhou.aliyuncs.com");
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "verify_ssl");
  aos_str_null(&config->endpoint);
  aos_str_null(&config->region);
  http->verify_ssl = AOS_TRUE;
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "endpoint");

  rig.options->config = NULL;
  EXPECT(rig_upload(&rig, 0, NULL), AOSE_INVALID_ARGUMENT, "ClientError", "options");
  EXPECT(oss_resumable_upload_file(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
         AOSE_INVALID_ARGUMENT, "ClientError", "options");
  rig_free(&rig);
}

static void not_supported(void) {
  rig_t rig;
  aos_status_t *s;
  rig_make(&rig, url, "key", file);
  s = oss_resumable_download_file(rig.options, &rig.bucket, &rig.object, &rig.file, NULL, NULL, NULL,
                                  NULL, &rig.resp_headers);
  EXPECT(s, AOSE_INVALID_OPERATION, "ClientError", "oss_resumable_download_file: not supported");
  CHECK(apr_table_get(rig.resp_headers, "ETag") == NULL);
  s = oss_head_object(rig.options, &rig.bucket, &rig.object, NULL, NULL);
  EXPECT(s, AOSE_INVALID_OPERATION, "ClientError", "oss_head_object: not supported");
  rig_free(&rig);
}

static void without_a_server(void) {
  rig_t rig;
  aos_status_t *s;
  rig_make(&rig, "http://127.0.0.1:9", "key", file);
  s = rig_upload(&rig, AOS_FALSE, NULL);
  EXPECT(s, AOSE_FAILED_CONNECT, "HttpIoError", "refused");
  CHECK(aos_should_retry(s));
  rig_free(&rig);
}

int main(int argc, char **argv) {
  CHECK(argc == 4);
  url = argv[1];
  file = argv[2];
  aos_log_set_level(AOS_LOG_OFF);
  aos_http_io_initialize(NULL, 0);
  by_oss();
  before_anything_is_sent(argv[3]);
  not_supported();
  without_a_server();
  aos_http_io_deinitialize();
  return checks_failed != 0;
}
