/*
 * Uploads in every order of calls: upload URL FILE SMALL
 *
 * URL is the test server's; FILE has many parts of the smallest size, SMALL a few. The server should
 * take a few milliseconds for each part, so that there is time to do things in the middle.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <sys/stat.h>

#include "server.h"

static const char *file;
static const char *small_file;

static int64_t size_of(const char *path) {
  struct stat status;
  CHECK(stat(path, &status) == 0);
  return status.st_size;
}

static oss_resumable_upload_t *start(oss_resumable_client_t *client, const char *key,
                                     const char *path, const oss_resumable_params_t *params) {
  oss_resumable_upload_t *upload = NULL;
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, key, path, params, &upload, &result),
              OSS_RESUMABLE_OK);
  CHECK(upload != NULL && result == NULL);
  return upload;
}

/* ---- Progress -------------------------------------------------------------------------------- */

struct told {
  pthread_t thread;
  int calls;
  int running;
  int64_t last;
  int64_t total;
};

static int32_t note(int64_t consumed, int64_t total, void *userdata) {
  struct told *told = userdata;
  CHECK(pthread_equal(told->thread, pthread_self()));
  CHECK_EQUAL(told->running++, 0);
  CHECK(consumed >= told->last);
  CHECK(consumed <= total);
  CHECK(told->calls == 0 || total == told->total);
  told->last = consumed;
  told->total = total;
  told->calls++;
  told->running--;
  return 0;
}

static void a_file_is_uploaded_and_progress_is_told_on_the_callers_thread(void) {
  oss_resumable_client_t *client = new_client();
  struct told told = {.thread = pthread_self()};
  oss_resumable_params_t params = small_parts();
  params.progress_callback = note;
  params.userdata = &told;
  oss_resumable_header_t headers[] = {{"Content-Type", "text/x-test"}, {"x-oss-meta-a", "b c"}};
  params.headers = headers;
  params.headers_len = 2;
  hold("file", 24, 3000);
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_upload_file(client, BUCKET, "file", file, &params, &result);
  CHECK_EQUAL(code, OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);

  int64_t size = size_of(file);
  CHECK(told.calls >= 2);
  CHECK_EQUAL(told.last, size);
  CHECK_EQUAL(told.total, size);

  CHECK_EQUAL(oss_resumable_result_code(result), OSS_RESUMABLE_OK);
  CHECK(oss_resumable_result_message(result) != NULL);
  CHECK_TEXT(oss_resumable_result_stage(result), "done");
  CHECK_EQUAL(oss_resumable_result_http_status(result), 200);
  CHECK_EQUAL(oss_resumable_result_part_size(result), PART_SIZE);
  CHECK_EQUAL(oss_resumable_result_parts(result), (size + PART_SIZE - 1) / PART_SIZE);
  CHECK_EQUAL(oss_resumable_result_resumed_bytes(result), 0);
  CHECK_EQUAL(oss_resumable_result_warnings(result), 0);
  CHECK_EQUAL(oss_resumable_result_part_number(result), 0);
  CHECK(oss_resumable_result_error_code(result) == NULL);
  CHECK(oss_resumable_result_request_id(result) != NULL);
  CHECK(oss_resumable_result_upload_id(result) != NULL);
  CHECK(oss_resumable_result_version_id(result) == NULL);
  const char *etag = oss_resumable_result_etag(result);
  CHECK(etag != NULL && etag[0] != '"' && etag[0] != '\0');
  char crc64[32];
  snprintf(crc64, sizeof crc64, "%" PRIu64, oss_resumable_result_crc64(result));
  CHECK_TEXT(oss_resumable_result_header(result, "x-oss-hash-crc64ecma"), crc64);
  CHECK_TEXT(oss_resumable_result_header(result, "X-OSS-Hash-CRC64ECMA"), crc64);
  CHECK(oss_resumable_result_header(result, "no-such-header") == NULL);
  CHECK(oss_resumable_result_header(result, NULL) == NULL);
  oss_resumable_result_free(result);
}

static void all_headers_and_the_body_of_the_answer_can_be_read(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "headers", small_file, &params, &result),
              OSS_RESUMABLE_OK);
  size_t count = oss_resumable_result_header_count(result);
  CHECK(count > 0);
  for (size_t i = 0; i < count; i++) {
    const char *name = NULL;
    const char *value = NULL;
    CHECK_EQUAL(oss_resumable_result_header_at(result, i, &name, &value), 1);
    CHECK(name != NULL && value != NULL);
    CHECK(strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
    CHECK(oss_resumable_result_header(result, name) != NULL);
    CHECK_EQUAL(oss_resumable_result_header_at(result, i, NULL, NULL), 1);
  }
  const char *name = "untouched";
  const char *value = "untouched";
  CHECK_EQUAL(oss_resumable_result_header_at(result, count, &name, &value), 0);
  CHECK(name == NULL && value == NULL);
  CHECK_EQUAL(oss_resumable_result_header_at(result, SIZE_MAX, NULL, NULL), 0);
  size_t length = 0;
  const char *body = oss_resumable_result_body(result, &length);
  CHECK_EQUAL(strlen(body), length);
  CHECK_CONTAINS(body, "CompleteMultipartUploadResult");
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
}

static void an_empty_file_and_default_params_are_enough(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s.empty", small_file);
  FILE *created = fopen(path, "w");
  CHECK(created != NULL);
  fclose(created);
  oss_resumable_client_t *client = new_client();
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "empty", path, NULL, NULL),
              OSS_RESUMABLE_OK);
  struct told told = {.thread = pthread_self()};
  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.progress_callback = note;
  params.userdata = &told;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "empty", path, &params, NULL),
              OSS_RESUMABLE_OK);
  CHECK_EQUAL(told.calls, 1);
  CHECK_EQUAL(told.total, 0);
  oss_resumable_client_free(client);
}

static void a_started_upload_can_be_looked_at_until_it_ends(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  hold("looked-at", 24, 3000);
  oss_resumable_upload_t *upload = start(client, "looked-at", file, &params);
  oss_resumable_result_t *result = (oss_resumable_result_t *)&params;
  CHECK_EQUAL(oss_resumable_upload_result(upload, &result), OSS_RESUMABLE_PENDING);
  CHECK(result == NULL);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), OSS_RESUMABLE_PENDING);

  oss_resumable_code_t code;
  oss_resumable_progress_t before = OSS_RESUMABLE_PROGRESS_INIT;
  oss_resumable_progress_t now = OSS_RESUMABLE_PROGRESS_INIT;
  do {
    code = oss_resumable_upload_wait(upload, 5);
    CHECK_EQUAL(oss_resumable_upload_progress(upload, &now), OSS_RESUMABLE_OK);
    CHECK(now.consumed_bytes >= before.consumed_bytes);
    CHECK(now.consumed_bytes <= now.total_bytes);
    CHECK(now.parts_done >= before.parts_done);
    CHECK(now.parts_done <= now.parts_total);
    before = now;
  } while (code == OSS_RESUMABLE_PENDING);
  CHECK_EQUAL(code, OSS_RESUMABLE_OK);
  CHECK_EQUAL(now.stage, OSS_RESUMABLE_STAGE_DONE);
  CHECK_EQUAL(now.consumed_bytes, size_of(file));
  CHECK_EQUAL(now.total_bytes, size_of(file));
  CHECK_EQUAL(now.parts_done, now.parts_total);
  CHECK_EQUAL(now.reserved, 0);

  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, INT64_MAX), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_result(upload, &result), OSS_RESUMABLE_OK);
  CHECK(result != NULL);
  oss_resumable_result_free(result);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

/* ---- Cancel ---------------------------------------------------------------------------------- */

static int32_t refuse_to_go_on(int64_t consumed, int64_t total, void *userdata) {
  (void)consumed;
  (void)total;
  ++*(int *)userdata;
  return 1;
}

static void the_callback_can_cancel_and_is_not_called_again(void) {
  oss_resumable_client_t *client = new_client();
  int calls = 0;
  oss_resumable_params_t params = small_parts();
  params.progress_callback = refuse_to_go_on;
  params.userdata = &calls;
  hold("canceled", 24, 10000);
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "canceled", file, &params, &result),
              OSS_RESUMABLE_E_CANCELED);
  CHECK_EQUAL(calls, 1);
  CHECK(oss_resumable_result_etag(result) == NULL);
  CHECK(oss_resumable_result_crc64(result) == 0);
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
  CHECK(no_uploads_are_left());
}

static void *cancel_twice(void *upload) {
  sleep_ms(20);
  oss_resumable_upload_cancel(upload);
  oss_resumable_upload_cancel(upload);
  return NULL;
}

static void another_thread_can_cancel_and_more_than_once(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  hold("canceled", 24, 10000);
  oss_resumable_upload_t *upload = start(client, "canceled", file, &params);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, cancel_twice, upload) == 0);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_CANCELED);
  pthread_join(thread, NULL);
  oss_resumable_upload_cancel(upload);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), OSS_RESUMABLE_E_CANCELED);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
  CHECK(no_uploads_are_left());
}

static void a_cancel_after_the_end_changes_nothing(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_upload_t *upload = start(client, "done", small_file, &params);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_cancel(upload);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_result(upload, &result), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_result_code(result), OSS_RESUMABLE_OK);
  oss_resumable_result_free(result);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

static void a_cancel_that_races_with_the_end_leaves_an_object_or_nothing(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.thread_num = 4;
  int done = 0;
  int canceled = 0;
  for (int i = 0; i < 50; i++) {
    char key[32];
    snprintf(key, sizeof key, "race/%d", i);
    oss_resumable_upload_t *upload = start(client, key, small_file, &params);
    /* From before the first request to after the last. */
    sleep_ms(i);
    oss_resumable_upload_cancel(upload);
    oss_resumable_code_t code = oss_resumable_upload_wait(upload, -1);
    oss_resumable_result_t *result = NULL;
    CHECK_EQUAL(oss_resumable_upload_result(upload, &result), code);
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), code);
    CHECK(code == OSS_RESUMABLE_OK || code == OSS_RESUMABLE_E_CANCELED);
    CHECK((code == OSS_RESUMABLE_OK) == (oss_resumable_result_etag(result) != NULL));
    char path[64];
    char objects[1024];
    snprintf(path, sizeof path, "/-/objects?bucket=" BUCKET "&key=race/%d", i);
    control("GET", path, "", objects, sizeof objects);
    CHECK((code == OSS_RESUMABLE_OK) == (strcmp(objects, "[]") != 0));
    done += code == OSS_RESUMABLE_OK;
    canceled += code != OSS_RESUMABLE_OK;
    oss_resumable_result_free(result);
    oss_resumable_upload_free(upload);
  }
  printf("(%d done, %d canceled) ", done, canceled);
  oss_resumable_client_free(client);
  CHECK(no_uploads_are_left());
}

/* ---- The order of frees ---------------------------------------------------------------------- */

static void a_client_can_be_freed_before_its_uploads(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_upload_t *upload = start(client, "orphan", file, &params);
  oss_resumable_client_free(client);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
}

static void a_running_upload_that_is_freed_cleans_up_by_itself(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  for (int wait = 0; wait < 50; wait += 10) {
    hold("freed", 24, 10000);
    oss_resumable_upload_t *upload = start(client, "freed", file, &params);
    sleep_ms(wait);
    oss_resumable_upload_free(upload);
  }
  oss_resumable_client_free(client);
  CHECK(no_uploads_are_left());
}

static int32_t free_upload(int64_t consumed, int64_t total, void *userdata) {
  (void)consumed;
  (void)total;
  oss_resumable_upload_t **upload = userdata;
  oss_resumable_upload_free(*upload);
  *upload = NULL;
  return 0;
}

static void an_upload_can_be_freed_in_its_own_callback(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_upload_t *upload = NULL;
  oss_resumable_params_t params = small_parts();
  params.progress_callback = free_upload;
  params.userdata = &upload;
  hold("freed", 24, 10000);
  upload = start(client, "freed", file, &params);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_CANCELED);
  CHECK(upload == NULL);
  oss_resumable_client_free(client);
  CHECK(no_uploads_are_left());
}

static void results_outlive_their_upload_and_client(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_upload_t *upload = start(client, "outlived", small_file, &params);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_result_t *first = NULL;
  oss_resumable_result_t *second = NULL;
  CHECK_EQUAL(oss_resumable_upload_result(upload, &first), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_result(upload, &second), OSS_RESUMABLE_OK);
  CHECK(first != second);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
  const char *etag = oss_resumable_result_etag(first);
  CHECK_TEXT(oss_resumable_result_etag(second), etag);
  oss_resumable_result_free(second);
  CHECK(oss_resumable_result_header(first, "etag") != NULL);
  CHECK(strlen(etag) > 0);
  oss_resumable_result_free(first);
}

/* ---- The wrong moment ------------------------------------------------------------------------ */

static void *wait_for_the_end(void *upload) {
  static oss_resumable_code_t code;
  code = oss_resumable_upload_wait(upload, -1);
  return &code;
}

static void a_second_thread_that_waits_is_refused(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  hold("waited-for", 24, 3000);
  oss_resumable_upload_t *upload = start(client, "waited-for", file, &params);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, wait_for_the_end, upload) == 0);
  /* Only the other thread's wait gives E_STATE; until it has begun, ours would just look. */
  oss_resumable_code_t code;
  do {
    sleep_ms(1);
    code = oss_resumable_upload_wait(upload, 0);
  } while (code == OSS_RESUMABLE_PENDING);
  CHECK_EQUAL(code, OSS_RESUMABLE_E_STATE);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_STATE);
  void *others = NULL;
  CHECK(pthread_join(thread, &others) == 0);
  CHECK_EQUAL(*(oss_resumable_code_t *)others, OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

static int32_t use_everything(int64_t consumed, int64_t total, void *userdata) {
  (void)consumed;
  oss_resumable_upload_t *upload = *(oss_resumable_upload_t **)userdata;
  CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), OSS_RESUMABLE_E_STATE);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_STATE);
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  CHECK_EQUAL(oss_resumable_upload_progress(upload, &progress), OSS_RESUMABLE_OK);
  CHECK_EQUAL(progress.total_bytes, total);
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_upload_result(upload, &result);
  CHECK(code == OSS_RESUMABLE_PENDING || code == OSS_RESUMABLE_OK);
  oss_resumable_result_free(result);
  return 0;
}

static void a_callback_may_do_everything_but_wait(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_upload_t *upload = NULL;
  oss_resumable_params_t params = small_parts();
  params.progress_callback = use_everything;
  params.userdata = &upload;
  upload = start(client, "callback", file, &params);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

static void progress_goes_on_from_one_wait_to_the_next(void) {
  oss_resumable_client_t *client = new_client();
  struct told told = {.thread = pthread_self()};
  oss_resumable_params_t params = small_parts();
  params.progress_callback = note;
  params.userdata = &told;
  oss_resumable_upload_t *upload = start(client, "waits", file, &params);
  oss_resumable_code_t code;
  while ((code = oss_resumable_upload_wait(upload, 7)) == OSS_RESUMABLE_PENDING) {
    int calls = told.calls;
    sleep_ms(15);
    CHECK_EQUAL(told.calls, calls); /* outside of a wait nothing is told */
  }
  CHECK_EQUAL(code, OSS_RESUMABLE_OK);
  CHECK_EQUAL(told.last, size_of(file));
  int calls = told.calls;
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  CHECK_EQUAL(told.calls, calls);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

/* ---- Many at once ---------------------------------------------------------------------------- */

static void sixty_four_uploads_run_at_once(void) {
  enum { COUNT = 64 };
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_upload_t *uploads[COUNT];
  for (int i = 0; i < COUNT; i++) {
    char key[32];
    snprintf(key, sizeof key, "many/%d", i);
    uploads[i] = start(client, key, small_file, &params);
  }
  for (int i = 0; i < COUNT; i++) {
    CHECK_EQUAL(oss_resumable_upload_wait(uploads[i], -1), OSS_RESUMABLE_OK);
    oss_resumable_upload_free(uploads[i]);
  }
  oss_resumable_client_free(client);
}

/* ---- Credentials ----------------------------------------------------------------------------- */

static void credentials_can_be_replaced_while_an_upload_runs(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_upload_t *upload = start(client, "credentials", file, &params);
  while (oss_resumable_upload_wait(upload, 1) == OSS_RESUMABLE_PENDING) {
    CHECK_EQUAL(oss_resumable_client_set_credentials(client, ACCESS_KEY_ID, ACCESS_KEY_SECRET, NULL),
                OSS_RESUMABLE_OK);
    CHECK_EQUAL(oss_resumable_client_set_credentials(client, "test-sts-access-key-id",
                                                     "test-sts-access-key-secret",
                                                     "test-sts-token"),
                OSS_RESUMABLE_OK);
  }
  CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

static void a_refusal_tells_what_oss_said_and_no_secret(void) {
  oss_resumable_client_t *client = new_client();
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, ACCESS_KEY_ID, "the-wrong-secret", NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_params_t params = small_parts();
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "refused", file, &params, &result),
              OSS_RESUMABLE_E_SERVICE);
  CHECK_EQUAL(oss_resumable_result_http_status(result), 403);
  CHECK_TEXT(oss_resumable_result_error_code(result), "SignatureDoesNotMatch");
  CHECK(oss_resumable_result_request_id(result) != NULL);
  CHECK(strstr(oss_resumable_result_message(result), "the-wrong-secret") == NULL);
  CHECK_TEXT(oss_resumable_result_stage(result), "initiate");
  CHECK(oss_resumable_result_etag(result) == NULL);
  oss_resumable_result_free(result);

  CHECK_EQUAL(oss_resumable_client_set_credentials(client, ACCESS_KEY_ID, ACCESS_KEY_SECRET, NULL),
              OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "accepted", small_file, &params, NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

static int32_t stop_at_half(int64_t consumed, int64_t total, void *userdata) {
  (void)userdata;
  return consumed >= total / 2;
}

static int exists(const char *path) {
  struct stat status;
  return stat(path, &status) == 0;
}

/* An upload of FILE that was stopped half-way; its checkpoint is at `path`. */
static void leave_a_checkpoint(oss_resumable_client_t *client, const char *key, char *path,
                               size_t path_size) {
  snprintf(path, path_size, "%s.checkpoint", file);
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.checkpoint_path = path;
  params.progress_callback = stop_at_half;
  /* The last one that is begun before half of the bytes are through: so it is no longer held when
     the upload goes on. */
  hold(key, 16, 10000);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, file, &params, NULL),
              OSS_RESUMABLE_E_CANCELED);
  CHECK(exists(path));
}

static void a_canceled_upload_with_a_checkpoint_goes_on_where_it_was(void) {
  oss_resumable_client_t *client = new_client();
  char path[4096];
  leave_a_checkpoint(client, "resumed", path, sizeof path);
  struct told told = {.thread = pthread_self()};
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.checkpoint_path = path;
  params.progress_callback = note;
  params.userdata = &told;
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "resumed", file, &params, &result),
              OSS_RESUMABLE_OK);
  int64_t resumed = oss_resumable_result_resumed_bytes(result);
  CHECK(resumed > 0 && resumed < size_of(file) && resumed % PART_SIZE == 0);
  CHECK_EQUAL(told.last, size_of(file));
  CHECK(!exists(path));
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
  CHECK(no_uploads_are_left());
}

static void discard_aborts_the_upload_and_deletes_the_checkpoint(void) {
  oss_resumable_client_t *client = new_client();
  char path[4096];
  leave_a_checkpoint(client, "discarded", path, sizeof path);
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_discard(client, BUCKET, "another", file, path, &result),
              OSS_RESUMABLE_E_CHECKPOINT);
  CHECK_EQUAL(oss_resumable_result_code(result), OSS_RESUMABLE_E_CHECKPOINT);
  oss_resumable_result_free(result);
  CHECK(exists(path));
  CHECK_EQUAL(oss_resumable_discard(client, BUCKET, "discarded", file, path, &result),
              OSS_RESUMABLE_OK);
  CHECK(result == NULL);
  CHECK(!exists(path));
  CHECK(no_uploads_are_left());
  CHECK_EQUAL(oss_resumable_discard(client, BUCKET, "discarded", file, path, NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);
}

static void a_checkpoint_in_use_is_refused(void) {
  oss_resumable_client_t *client = new_client();
  char path[4096];
  snprintf(path, sizeof path, "%s.shared", file);
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.checkpoint_path = path;
  hold("in-use", 24, 3000);
  oss_resumable_upload_t *upload = start(client, "in-use", file, &params);
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  do {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 1), OSS_RESUMABLE_PENDING);
    CHECK_EQUAL(oss_resumable_upload_progress(upload, &progress), OSS_RESUMABLE_OK);
  } while (progress.parts_done == 0);
  CHECK(exists(path));
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "in-use", file, &params, &result),
              OSS_RESUMABLE_E_CHECKPOINT);
  char process[32];
  snprintf(process, sizeof process, "%ld", (long)getpid());
  CHECK_CONTAINS(oss_resumable_result_message(result), process);
  oss_resumable_result_free(result);
  CHECK_EQUAL(oss_resumable_discard(client, BUCKET, "in-use", file, path, NULL),
              OSS_RESUMABLE_E_CHECKPOINT);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 4);
  server_url = argv[1];
  file = argv[2];
  small_file = argv[3];
  RUN(a_file_is_uploaded_and_progress_is_told_on_the_callers_thread);
  RUN(all_headers_and_the_body_of_the_answer_can_be_read);
  RUN(an_empty_file_and_default_params_are_enough);
  RUN(a_started_upload_can_be_looked_at_until_it_ends);
  RUN(the_callback_can_cancel_and_is_not_called_again);
  RUN(another_thread_can_cancel_and_more_than_once);
  RUN(a_cancel_after_the_end_changes_nothing);
  RUN(a_cancel_that_races_with_the_end_leaves_an_object_or_nothing);
  RUN(a_client_can_be_freed_before_its_uploads);
  RUN(a_running_upload_that_is_freed_cleans_up_by_itself);
  RUN(an_upload_can_be_freed_in_its_own_callback);
  RUN(results_outlive_their_upload_and_client);
  RUN(a_second_thread_that_waits_is_refused);
  RUN(a_callback_may_do_everything_but_wait);
  RUN(progress_goes_on_from_one_wait_to_the_next);
  RUN(sixty_four_uploads_run_at_once);
  RUN(credentials_can_be_replaced_while_an_upload_runs);
  RUN(a_refusal_tells_what_oss_said_and_no_secret);
  RUN(a_canceled_upload_with_a_checkpoint_goes_on_where_it_was);
  RUN(discard_aborts_the_upload_and_deletes_the_checkpoint);
  RUN(a_checkpoint_in_use_is_refused);
  return 0;
}
