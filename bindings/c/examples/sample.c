/* The README's first code block; as a program of its own, so that it can be run as it is printed. */

/* sample: begin */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "oss_resumable.h"

int main(void) {
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  config.endpoint = getenv("OSS_ENDPOINT"); /* such as "oss-cn-hangzhou.aliyuncs.com" */
  config.region = "cn-hangzhou";
  config.access_key_id = getenv("OSS_ACCESS_KEY_ID");
  config.access_key_secret = getenv("OSS_ACCESS_KEY_SECRET");

  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.part_size = OSS_RESUMABLE_AUTO;
  params.thread_num = OSS_RESUMABLE_AUTO;
  params.enable_checkpoint = 1;

  oss_resumable_client_t *client = NULL;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_client_new(&config, &client, &result);
  if (code == OSS_RESUMABLE_OK) {
    code = oss_resumable_upload_file(client, "examplebucket", "dir/big.bin", "big.bin", &params, &result);
  }
  if (code == OSS_RESUMABLE_OK) {
    printf("stored, crc64 %" PRIu64 "\n", oss_resumable_result_crc64(result));
  } else {
    fprintf(stderr, "code %d: %s\n", (int)code, oss_resumable_result_message(result));
  }
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
  return code == OSS_RESUMABLE_OK ? 0 : 1;
}
/* sample: end */
