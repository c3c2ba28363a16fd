/* With this library. usage: ours ENDPOINT BUCKET KEY FILE */
#include <stdio.h>
#include <stdlib.h>

#include "oss_resumable.h"

static int32_t progress(int64_t consumed, int64_t total, void *userdata) {
  (void)userdata;
  printf("%lld of %lld\n", (long long)consumed, (long long)total);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    return 2;
  }
  const char *bucket = argv[2], *object = argv[3], *file = argv[4];
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  config.endpoint = argv[1];
  config.access_key_id = getenv("OSS_ACCESS_KEY_ID");
  config.access_key_secret = getenv("OSS_ACCESS_KEY_SECRET");
  config.region = "cn-hangzhou";
  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.part_size = 102400;
  params.thread_num = 3;
  params.enable_checkpoint = 1;
  params.progress_callback = progress;

  oss_resumable_client_t *client = NULL;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_client_new(&config, &client, &result);
  if (code == OSS_RESUMABLE_OK) {
    /* migration: begin */
    code = oss_resumable_upload_file(client, bucket, object, file, &params, &result);
    /* migration: end */
  }
  if (code != OSS_RESUMABLE_OK) {
    fprintf(stderr, "%d %s\n", (int)code, oss_resumable_result_message(result));
  }
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
  return code == OSS_RESUMABLE_OK ? 0 : 1;
}
