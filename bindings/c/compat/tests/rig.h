/* What a program of the C SDK sets up before an upload. */
#ifndef RIG_H
#define RIG_H

#include "aos_http_io.h"
#include "aos_log.h"
#include "check.h"
#include "oss_api.h"

typedef struct {
  aos_pool_t *pool;
  oss_request_options_t *options;
  aos_string_t bucket, object, file;
  aos_table_t *headers, *resp_headers;
  aos_list_t resp_body;
} rig_t;

static void rig_make(rig_t *rig, const char *url, const char *key, const char *file) {
  oss_config_t *config;
  memset(rig, 0x5a, sizeof *rig); /* outputs have to be written */
  aos_pool_create(&rig->pool, NULL);
  rig->options = oss_request_options_create(rig->pool);
  rig->options->config = config = oss_config_create(rig->pool);
  aos_str_set(&config->endpoint, url);
  aos_str_set(&config->access_key_id, "test-access-key-id");
  aos_str_set(&config->access_key_secret, "test-access-key-secret");
  aos_str_set(&config->region, "cn-hangzhou");
  config->signature_version = 4;
  rig->options->ctl = aos_http_controller_create(rig->pool, 0);
  rig->headers = aos_table_make(rig->pool, 1);
  aos_str_set(&rig->bucket, "compat");
  aos_str_set(&rig->object, key);
  aos_str_set(&rig->file, file);
}

static void rig_free(rig_t *rig) { aos_pool_destroy(rig->pool); }

/* An upload in parts of 100 KiB, three at once. */
static aos_status_t *rig_upload(rig_t *rig, int enable_checkpoint,
                                oss_progress_callback progress_callback) {
  oss_resumable_clt_params_t *params = oss_create_resumable_clt_params_content(
      rig->pool, 1024 * 100, 3, enable_checkpoint, NULL);
  return oss_resumable_upload_file(rig->options, &rig->bucket, &rig->object, &rig->file,
                                   rig->headers, NULL, params, progress_callback,
                                   &rig->resp_headers, &rig->resp_body);
}

#endif
