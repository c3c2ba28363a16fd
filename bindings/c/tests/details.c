/* The README's second block, between the markers. usage: details ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "oss_resumable.h"

/* snippet: begin */
/* Runs on the thread that uploads, at most ten times a second. Anything but 0 cancels. */
static int32_t progress(int64_t consumed, int64_t total, void *userdata) {
  const time_t *deadline = userdata;
  printf("%" PRId64 " of %" PRId64 " bytes\n", consumed, total);
  return time(NULL) > *deadline;
}

static oss_resumable_code_t upload(oss_resumable_client_t *client, const char *bucket, const char *object,
                                   const char *file, const char *url, time_t deadline) {
  oss_resumable_header_t headers[] = {{"Content-Type", "video/mp4"}, {"x-oss-meta-owner", "me"}};
  oss_resumable_callback_t callback = OSS_RESUMABLE_CALLBACK_INIT;
  callback.url = url; /* OSS calls it when the object is stored */
  callback.body = "key=${object}&size=${size}";
  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.enable_checkpoint = 1;
  params.headers = headers;
  params.headers_len = 2;
  params.callback = &callback;
  params.progress_callback = progress;
  params.userdata = &deadline;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_upload_file(client, bucket, object, file, &params, &result);
  if (code == OSS_RESUMABLE_OK) {
    printf("the receiver answered: %s\n", oss_resumable_result_body(result, NULL));
  } else if (code == OSS_RESUMABLE_E_CANCELED) {
    puts("canceled: the same call goes on where this one stopped");
  }
  oss_resumable_result_free(result);
  return code;
}
/* snippet: end */

int main(int argc, char **argv) {
  if (argc != 7) {
    return 2;
  }
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  config.endpoint = argv[1];
  config.region = "cn-hangzhou";
  config.access_key_id = getenv("OSS_ACCESS_KEY_ID");
  config.access_key_secret = getenv("OSS_ACCESS_KEY_SECRET");
  oss_resumable_client_t *client = NULL;
  if (oss_resumable_client_new(&config, &client, NULL) != OSS_RESUMABLE_OK) {
    return 2;
  }
  time_t deadline = time(NULL) + atoi(argv[6]);
  oss_resumable_code_t code = upload(client, argv[2], argv[3], argv[4], argv[5], deadline);
  oss_resumable_client_free(client);
  return code == OSS_RESUMABLE_OK ? 0 : 1;
}
