/* usage: upload URL FILE SMALL: uploads of every kind; run looks at what the server got. */
#include "receiver.h"
#include "rig.h"

static const char *url, *file, *small;

static int64_t calls, last, total;
static int steady;

static void progress(int64_t consumed_bytes, int64_t total_bytes) {
  steady = steady && consumed_bytes >= last && consumed_bytes <= total_bytes;
  calls++;
  last = consumed_bytes;
  total = total_bytes;
}

static void headers_and_progress(void) {
  rig_t rig;
  aos_status_t *s;
  apr_finfo_t finfo;
  rig_make(&rig, url, "headers", file);
  apr_table_set(rig.headers, "Content-Type", "text/x-test");
  apr_table_add(rig.headers, "x-oss-meta-author", "me");
  apr_table_set(rig.headers, "x-oss-object-acl", "private");
  steady = 1;
  s = rig_upload(&rig, AOS_TRUE, progress);
  CHECK(aos_status_is_ok(s) && s->code == 200);
  CHECK(s->error_code == NULL && s->error_msg == NULL);
  CHECK(strlen(s->req_id) > 10);
  CHECK_TEXT(apr_table_get(rig.resp_headers, "x-oss-request-id"), s->req_id);
  CHECK(apr_table_get(rig.resp_headers, "ETag") != NULL);
  CHECK(aos_atoui64(apr_table_get(rig.resp_headers, OSS_HASH_CRC64_ECMA)) > 0);
  apr_stat(&finfo, file, APR_FINFO_SIZE, rig.pool);
  CHECK(calls > 0 && steady && last == total && total == finfo.size);
  CHECK(aos_list_empty(&rig.resp_body) || aos_buf_list_len(&rig.resp_body) > 0);
  rig_free(&rig);
}

static aos_status_t *with_callback(rig_t *rig, receiver_t *r, const char *key) {
  char *json = apr_psprintf(rig->pool,
                            "{\"callbackUrl\":\"http://127.0.0.1:%d/stored\",\"callbackBody\":"
                            "\"{\\\"key\\\":${object}}\",\"callbackBodyType\":\"application/json\"}",
                            r->port);
  char *base64 = aos_pcalloc(rig->pool, strlen(json) * 2);
  aos_str_set(&rig->object, key);
  aos_base64_encode((unsigned char *)json, (int)strlen(json), base64);
  apr_table_set(rig->headers, OSS_CALLBACK, base64);
  return rig_upload(rig, AOS_FALSE, NULL);
}

static void callbacks(void) {
  rig_t rig;
  receiver_t r;
  aos_status_t *s;
  rig_make(&rig, url, "", file);
  receiver_start(&r, "200 OK", "{\"seen\": true}");
  s = with_callback(&rig, &r, "callback");
  receiver_end(&r);
  CHECK(s->code == 200);
  CHECK(strstr(r.request, "{\"key\":\"callback\"}") != NULL);
  CHECK_TEXT(aos_buf_list_content(rig.pool, &rig.resp_body), "{\"seen\": true}");

  receiver_start(&r, "500 Broken", "{}");
  s = with_callback(&rig, &r, "callback-failed");
  receiver_end(&r);
  CHECK(s->code == 203 && aos_status_is_ok(s));
  rig_free(&rig);
}

static void other_accounts(void) {
  rig_t rig;
  aos_status_t *s;
  rig_make(&rig, url, "sts", small);
  aos_str_set(&rig.options->config->access_key_id, "test-sts-access-key-id");
  aos_str_set(&rig.options->config->access_key_secret, "test-sts-access-key-secret");
  aos_str_set(&rig.options->config->sts_token, "test-sts-token");
  s = rig_upload(&rig, AOS_FALSE, NULL);
  CHECK(s->code == 200);
  aos_str_set(&rig.object, "v1");
  rig.options->config->signature_version = 0; /* as in programs from before there was V4 */
  aos_str_null(&rig.options->config->region);
  s = rig_upload(&rig, AOS_FALSE, NULL);
  CHECK(s->code == 200);
  rig_free(&rig);
}

/* Outputs and params that are left out, and text without a NUL behind it. */
static void left_out(void) {
  rig_t rig;
  aos_status_t *s;
  char key[] = {'b', 'a', 'r', 'e', '!'};
  rig_make(&rig, url, "", small);
  rig.object.data = key;
  rig.object.len = 4;
  rig.options->ctl = NULL;
  s = oss_resumable_upload_file(rig.options, &rig.bucket, &rig.object, &rig.file, NULL, NULL, NULL,
                                NULL, NULL, NULL);
  CHECK(s->code == 200);
  s = oss_resumable_upload_file(rig.options, &rig.bucket, &rig.object, &rig.file, NULL, NULL,
                                oss_create_resumable_clt_params_content(rig.pool, 0, 0, 0, NULL),
                                NULL, NULL, NULL);
  CHECK(s->code == 200);
  s = oss_resumable_upload_file(rig.options, &rig.bucket, &rig.object, &rig.file, NULL, NULL,
                                oss_create_resumable_clt_params_content(rig.pool, 1, 9999, 0, NULL),
                                NULL, NULL, NULL);
  CHECK(s->code == 200);
  rig_free(&rig);
}

static void puts_of_one_piece(void) {
  rig_t rig;
  aos_status_t *s;
  aos_list_t buffer;
  aos_string_t none = aos_string("0123456789ABCDEF0123456789ABCDEF");
  rig_make(&rig, url, "put-file", small);
  s = oss_put_object_from_file(rig.options, &rig.bucket, &rig.object, &rig.file, rig.headers,
                               &rig.resp_headers);
  CHECK(s->code == 200 && apr_table_get(rig.resp_headers, "etag") != NULL);
  aos_str_set(&rig.object, "put-buffer");
  aos_list_init(&buffer);
  aos_list_add_tail(&aos_buf_pack(rig.pool, "hello ", 6)->node, &buffer);
  aos_list_add_tail(&aos_buf_pack(rig.pool, "there", 5)->node, &buffer);
  s = oss_put_object_from_buffer(rig.options, &rig.bucket, &rig.object, &buffer, NULL, NULL);
  CHECK(s->code == 200);
  s = oss_abort_multipart_upload(rig.options, &rig.bucket, &rig.object, &none, NULL);
  CHECK(s->code == 204);
  rig_free(&rig);
}

static void *one_of_many(void *data) {
  rig_t rig;
  int i, *good = data;
  rig_make(&rig, url, "", small);
  for (i = 0; i < 4; i++) {
    aos_str_set(&rig.object, apr_psprintf(rig.pool, "many/%p/%d", data, i));
    *good += aos_status_is_ok(rig_upload(&rig, AOS_FALSE, NULL));
  }
  rig_free(&rig);
  return NULL;
}

static void threads(void) {
  pthread_t thread[4];
  int i, good[4] = {0, 0, 0, 0};
  for (i = 0; i < 4; i++) {
    CHECK(pthread_create(&thread[i], NULL, one_of_many, &good[i]) == 0);
  }
  for (i = 0; i < 4; i++) {
    pthread_join(thread[i], NULL);
    CHECK(good[i] == 4);
  }
}

int main(int argc, char **argv) {
  CHECK(argc == 4);
  url = argv[1];
  file = argv[2];
  small = argv[3];
  CHECK(aos_http_io_initialize("compat-test", 0) == AOSE_OK);
  headers_and_progress();
  callbacks();
  other_accounts();
  left_out();
  puts_of_one_piece();
  threads();
  aos_http_io_deinitialize();
  return checks_failed != 0;
}
