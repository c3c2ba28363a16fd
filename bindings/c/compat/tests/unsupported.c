/* usage: unsupported URL: calls every function that is not supported, and prints the names of those that
   said so. */
#include "aos_http_io.h"
#include "aos_log.h"
#include "check.h"
#include "oss_api.h"

#define NOT_SUPPORTED(name, arguments) said_so(#name, name arguments)

static oss_request_options_t *o;
static aos_string_t names[3] = {aos_string("compat"), aos_string("key"), aos_string("text")};
static aos_string_t *bucket = &names[0], *key = &names[1], *text = &names[2];

static void said_so(const char *name, const aos_status_t *s) {
  const char *begin = s->error_msg == NULL ? "" : s->error_msg;
  CHECK(s->code == AOSE_INVALID_OPERATION && strcmp(s->error_code, "ClientError") == 0);
  CHECK(strncmp(begin, name, strlen(name)) == 0);
  CHECK(strncmp(begin + strlen(name), ": not supported", 15) == 0);
  puts(name);
}

static void objects(aos_table_t **headers) {
  NOT_SUPPORTED(oss_resumable_download_file,
                (o, bucket, key, text, NULL, NULL, NULL, NULL, headers));
  NOT_SUPPORTED(oss_get_object_to_file, (o, bucket, key, NULL, NULL, text, headers));
  NOT_SUPPORTED(oss_do_get_object_to_file, (o, bucket, key, NULL, NULL, text, NULL, headers));
  NOT_SUPPORTED(oss_get_object_to_buffer, (o, bucket, key, NULL, NULL, NULL, headers));
  NOT_SUPPORTED(oss_do_get_object_to_buffer, (o, bucket, key, NULL, NULL, NULL, NULL, headers));
  NOT_SUPPORTED(oss_head_object, (o, bucket, key, NULL, headers));
  NOT_SUPPORTED(oss_get_object_meta, (o, bucket, key, headers));
  NOT_SUPPORTED(oss_put_object_acl, (o, bucket, key, OSS_ACL_PRIVATE, headers));
  NOT_SUPPORTED(oss_get_object_acl, (o, bucket, key, text, headers));
  NOT_SUPPORTED(oss_delete_object, (o, bucket, key, headers));
  NOT_SUPPORTED(oss_delete_objects, (o, bucket, NULL, AOS_FALSE, headers, NULL));
  NOT_SUPPORTED(oss_delete_objects_by_prefix, (o, bucket, key));
  NOT_SUPPORTED(oss_copy_object, (o, bucket, key, bucket, key, NULL, headers));
  NOT_SUPPORTED(oss_append_object_from_buffer, (o, bucket, key, 0, NULL, NULL, headers));
  NOT_SUPPORTED(oss_do_append_object_from_buffer,
                (o, bucket, key, 0, 0, NULL, NULL, NULL, NULL, headers, NULL));
  NOT_SUPPORTED(oss_append_object_from_file, (o, bucket, key, 0, text, NULL, headers));
  NOT_SUPPORTED(oss_do_append_object_from_file,
                (o, bucket, key, 0, 0, text, NULL, NULL, NULL, headers, NULL));
  NOT_SUPPORTED(oss_list_object, (o, bucket, NULL, headers));
}

static void parts(aos_table_t **headers) {
  NOT_SUPPORTED(oss_init_multipart_upload, (o, bucket, key, text, NULL, headers));
  NOT_SUPPORTED(oss_upload_part_from_buffer, (o, bucket, key, text, 1, NULL, headers));
  NOT_SUPPORTED(oss_do_upload_part_from_buffer,
                (o, bucket, key, text, 1, NULL, NULL, NULL, NULL, headers, NULL));
  NOT_SUPPORTED(oss_upload_part_from_file, (o, bucket, key, text, 1, NULL, headers));
  NOT_SUPPORTED(oss_do_upload_part_from_file,
                (o, bucket, key, text, 1, NULL, NULL, NULL, NULL, headers, NULL));
  NOT_SUPPORTED(oss_complete_multipart_upload, (o, bucket, key, text, NULL, NULL, headers));
  NOT_SUPPORTED(oss_do_complete_multipart_upload,
                (o, bucket, key, text, NULL, NULL, NULL, headers, NULL));
  NOT_SUPPORTED(oss_list_upload_part, (o, bucket, key, text, NULL, headers));
  NOT_SUPPORTED(oss_list_multipart_upload, (o, bucket, NULL, headers));
  NOT_SUPPORTED(oss_upload_file, (o, bucket, key, text, text, 102400, NULL));
}

static void buckets_and_urls(aos_table_t **headers) {
  NOT_SUPPORTED(oss_create_bucket, (o, bucket, OSS_ACL_PRIVATE, headers));
  NOT_SUPPORTED(oss_delete_bucket, (o, bucket, headers));
  NOT_SUPPORTED(oss_head_bucket, (o, bucket, headers));
  NOT_SUPPORTED(oss_put_bucket_acl, (o, bucket, OSS_ACL_PRIVATE, headers));
  NOT_SUPPORTED(oss_get_bucket_acl, (o, bucket, text, headers));
  NOT_SUPPORTED(oss_put_object_from_buffer_by_url, (o, text, NULL, NULL, headers));
  NOT_SUPPORTED(oss_put_object_from_file_by_url, (o, text, text, NULL, headers));
  NOT_SUPPORTED(oss_get_object_to_buffer_by_url, (o, text, NULL, NULL, NULL, headers));
  NOT_SUPPORTED(oss_get_object_to_file_by_url, (o, text, NULL, NULL, text, headers));
  NOT_SUPPORTED(oss_head_object_by_url, (o, text, NULL, headers));
  CHECK(oss_gen_signed_url(o, bucket, key, 0, NULL) == NULL);
  puts("oss_gen_signed_url");
}

int main(int argc, char **argv) {
  aos_pool_t *pool;
  aos_table_t *headers = NULL;
  CHECK(argc == 2);
  aos_log_set_level(AOS_LOG_OFF);
  aos_http_io_initialize(NULL, 0);
  aos_pool_create(&pool, NULL);
  o = oss_request_options_create(pool);
  o->config = oss_config_create(pool);
  aos_str_set(&o->config->endpoint, argv[1]);
  aos_str_set(&o->config->access_key_id, "test-access-key-id");
  aos_str_set(&o->config->access_key_secret, "test-access-key-secret");
  o->ctl = aos_http_controller_create(pool, 0);
  objects(&headers);
  parts(&headers);
  buckets_and_urls(&headers);
  CHECK(aos_is_empty_table(headers));
  aos_pool_destroy(pool);
  aos_http_io_deinitialize();
  return checks_failed != 0;
}
