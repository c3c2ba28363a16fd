/* With the official C SDK's API. usage: official ENDPOINT BUCKET KEY FILE */
#include <stdio.h>
#include <stdlib.h>

#include "aos_http_io.h"
#include "oss_api.h"

static void progress(int64_t consumed, int64_t total) { printf("%lld of %lld\n", (long long)consumed, (long long)total); }

int main(int argc, char **argv) {
  if (argc != 5 || aos_http_io_initialize(NULL, 0) != AOSE_OK) {
    return 2;
  }
  aos_pool_t *pool;
  aos_pool_create(&pool, NULL);
  oss_request_options_t *options = oss_request_options_create(pool);
  options->config = oss_config_create(pool);
  aos_str_set(&options->config->endpoint, argv[1]);
  aos_str_set(&options->config->access_key_id, getenv("OSS_ACCESS_KEY_ID"));
  aos_str_set(&options->config->access_key_secret, getenv("OSS_ACCESS_KEY_SECRET"));
  aos_str_set(&options->config->region, "cn-hangzhou");
  options->config->signature_version = 4;
  options->config->is_cname = 0;
  options->ctl = aos_http_controller_create(pool, 0);

  aos_string_t bucket, object, file;
  aos_str_set(&bucket, argv[2]);
  aos_str_set(&object, argv[3]);
  aos_str_set(&file, argv[4]);
  aos_table_t *headers = aos_table_make(pool, 0), *resp_headers = NULL;
  aos_list_t body;
  aos_list_init(&body);
  oss_resumable_clt_params_t *params =
      oss_create_resumable_clt_params_content(pool, 102400, 3, AOS_TRUE, NULL);
  aos_status_t *status;
  /* migration: begin */
  status = oss_resumable_upload_file(options, &bucket, &object, &file, headers, NULL, params, progress,
                                     &resp_headers, &body);
  /* migration: end */
  int is_ok = aos_status_is_ok(status);
  if (!is_ok) {
    fprintf(stderr, "%d %s %s\n", status->code, status->error_code, status->error_msg);
  }
  aos_pool_destroy(pool);
  aos_http_io_deinitialize();
  return is_ok ? 0 : 1;
}
