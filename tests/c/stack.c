/*
 * A thread with little room: stack URL FILE BYTES
 *
 * All that a host does around an upload, on a thread whose stack has so many bytes.
 */
#define _XOPEN_SOURCE 700

#include <pthread.h>

#include "server.h"

static const char *file;
static int told;

static int32_t on_progress(int64_t consumed, int64_t total, void *userdata) {
  (void)userdata;
  CHECK(consumed <= total);
  told++;
  return 0;
}

static void on_log(int32_t level, const char *line, void *userdata) {
  (void)level;
  (void)userdata;
  CHECK(line[0] != '\0');
  told++;
}

static int32_t on_credentials(oss_resumable_credentials_answer_t *answer, void *userdata) {
  (void)userdata;
  told++;
  return oss_resumable_credentials_answer(answer, ACCESS_KEY_ID, ACCESS_KEY_SECRET, NULL, 0);
}

static void *upload_on_this_thread(void *argument) {
  (void)argument;
  oss_resumable_credentials_t credentials = OSS_RESUMABLE_CREDENTIALS_INIT;
  credentials.provider = "callback";
  credentials.callback = on_credentials;
  oss_resumable_config_t config = server_config();
  config.access_key_id = config.access_key_secret = NULL;
  config.credentials = &credentials;
  config.log_callback = on_log;
  config.log_level = OSS_RESUMABLE_LOG_DEBUG;
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.progress_callback = on_progress;
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "stack", file, &params, &result),
              OSS_RESUMABLE_OK);
  CHECK(oss_resumable_result_etag(result) != NULL);
  oss_resumable_result_free(result);

  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, "canceled", file, &params, &upload, NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_upload_cancel(upload);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_CANCELED);
  oss_resumable_upload_free(upload);
  CHECK_EQUAL(oss_resumable_discard(client, BUCKET, "canceled", file, NULL, NULL),
              OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "stack", "/no/such/file", NULL, &result),
              OSS_RESUMABLE_E_FILE);
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
  return NULL;
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 4);
  server_url = argv[1];
  file = argv[2];
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, (size_t)atol(argv[3])) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, &attributes, upload_on_this_thread, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(pthread_attr_destroy(&attributes) == 0);
  CHECK(told > 3);
  printf("told %d\n", told);
  return 0;
}
