/*
 * One upload with a checkpoint, and what came of it on one line, for tests that interfere with it:
 * once URL FILE KEY CHECKPOINT
 */
#define _POSIX_C_SOURCE 200809L

#include "server.h"

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 5);
  server_url = argv[1];
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.checkpoint_path = argv[4];
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_upload_file(client, BUCKET, argv[3], argv[2], &params, &result);
  const char *message = oss_resumable_result_message(result);
  printf("code=%d warnings=%" PRIu32 " resumed=%" PRId64 " offset=%" PRId64 " errno=%d message=%s\n",
         (int)code, oss_resumable_result_warnings(result),
         oss_resumable_result_resumed_bytes(result), oss_resumable_result_offset(result),
         (int)oss_resumable_result_os_errno(result), message == NULL ? "" : message);
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
  return 0;
}
