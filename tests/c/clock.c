/*
 * An upload whose clock is changed: clock URL FILE KEY cancel|finish [CLOCK JUMP]
 *
 * With CLOCK, JUMP is written to that file in mid-upload, which whoever fakes the time reads. With
 * cancel the upload is then given up, with its checkpoint.
 */
#define _POSIX_C_SOURCE 200809L

#include "server.h"

static double seconds(clockid_t clock) {
  struct timespec time;
  CHECK(clock_gettime(clock, &time) == 0);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void jump(const char *path, const char *to) {
  double wall = seconds(CLOCK_REALTIME), steady = seconds(CLOCK_MONOTONIC);
  FILE *file = fopen(path, "w");
  CHECK(file != NULL && fputs(to, file) >= 0 && fclose(file) == 0);
  double jumped = seconds(CLOCK_REALTIME) - wall;
  /* Really, and the clock that does not jump did not. */
  CHECK(jumped > 600 || jumped < -600);
  CHECK(seconds(CLOCK_MONOTONIC) - steady < 60);
}

int main(int argc, char **argv) {
  CHECK(argc == 5 || argc == 7);
  server_url = argv[1];
  int is_canceled = strcmp(argv[4], "cancel") == 0;
  double started = seconds(CLOCK_MONOTONIC);
  oss_resumable_config_t config = server_config();
  /* A clock that jumps does so by minutes. */
  config.stall_timeout_ms = argc == 7 || is_canceled ? 20000 : 2000;
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(
      oss_resumable_upload_start(client, BUCKET, argv[3], argv[2], &params, &upload, NULL),
      OSS_RESUMABLE_OK);
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  do {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 1), OSS_RESUMABLE_PENDING);
    CHECK_EQUAL(oss_resumable_upload_progress(upload, &progress), OSS_RESUMABLE_OK);
  } while (progress.consumed_bytes - progress.resumed_bytes < 4 * PART_SIZE);
  if (argc == 7) {
    jump(argv[5], argv[6]);
  }
  if (is_canceled) {
    oss_resumable_upload_cancel(upload);
  }
  oss_resumable_code_t code = oss_resumable_upload_wait(upload, -1);
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_result(upload, &result), code);
  if (code != (is_canceled ? OSS_RESUMABLE_E_CANCELED : OSS_RESUMABLE_OK)) {
    fprintf(stderr, "%d: %s\n", code, oss_resumable_result_message(result));
    return 1;
  }
  printf("resumed %" PRId64 " retries %d milliseconds %.0f\n",
         oss_resumable_result_resumed_bytes(result), oss_resumable_result_retries(result),
         1e3 * (seconds(CLOCK_MONOTONIC) - started));
  oss_resumable_result_free(result);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
  return 0;
}
