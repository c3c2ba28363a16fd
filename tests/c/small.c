/*
 * One upload in each way, a cancel and a refusal, for tools that slow a program down:
 * small URL FILE SMALL
 */
#define _POSIX_C_SOURCE 200809L

#include "server.h"

static const char *file;
static const char *small_file;

static int32_t go_on(int64_t consumed, int64_t total, void *userdata) {
  (void)userdata;
  CHECK(consumed <= total);
  return 0;
}

static void one_upload_in_one_call(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.progress_callback = go_on;
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "small/1", small_file, &params, &result),
              OSS_RESUMABLE_OK);
  CHECK(oss_resumable_result_etag(result) != NULL);
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
}

static void one_upload_in_pieces_and_one_that_is_canceled(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_upload_t *whole = NULL;
  oss_resumable_upload_t *canceled = NULL;
  CHECK_EQUAL(
      oss_resumable_upload_start(client, BUCKET, "small/2", small_file, &params, &whole, NULL),
      OSS_RESUMABLE_OK);
  hold("canceled", 24, 10000);
  CHECK_EQUAL(
      oss_resumable_upload_start(client, BUCKET, "canceled", file, &params, &canceled, NULL),
      OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);
  oss_resumable_upload_cancel(canceled);
  CHECK_EQUAL(oss_resumable_upload_wait(canceled, -1), OSS_RESUMABLE_E_CANCELED);
  CHECK_EQUAL(oss_resumable_upload_wait(whole, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(canceled);
  oss_resumable_upload_free(whole);
}

static void one_upload_that_is_refused(void) {
  oss_resumable_client_t *client = new_client();
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, ACCESS_KEY_ID, "wrong", NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "refused", small_file, NULL, &result),
              OSS_RESUMABLE_E_SERVICE);
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 4);
  server_url = argv[1];
  file = argv[2];
  small_file = argv[3];
  RUN(one_upload_in_one_call);
  RUN(one_upload_in_pieces_and_one_that_is_canceled);
  RUN(one_upload_that_is_refused);
  CHECK(no_uploads_are_left());
  return 0;
}
