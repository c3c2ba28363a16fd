/*
 * A program that ends while it uploads: exits URL FILE KEY HOW
 *
 * It ends with 7, however it ends. With the word "finish" it uploads to the end.
 */
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "server.h"

static const char *file;
static std::string how;
static const char *key;

static oss_resumable_client_t *client;
static oss_resumable_upload_t *upload;

static oss_resumable_upload_t *start(const char *to) {
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  oss_resumable_upload_t *started = nullptr;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, to, file, &params, &started, nullptr),
              OSS_RESUMABLE_OK);
  return started;
}

static void wait_until_sending() {
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  do {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 2), OSS_RESUMABLE_PENDING);
    CHECK_EQUAL(oss_resumable_upload_progress(upload, &progress), OSS_RESUMABLE_OK);
  } while (progress.parts_done < 3);
}

/* Destroyed after main, while the engine's threads run. */
struct Global {
  ~Global() {
    if (how == "static-free") {
      oss_resumable_upload_free(upload);
      oss_resumable_client_free(client);
    } else if (how == "static-finish") {
      CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
    } else if (how == "static-exit") {
      /* Not allowed by the standard, and done: it must not hang here. */
      _Exit(7);
    } else if (how == "static-upload") {
      oss_resumable_upload_cancel(upload);
      CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_CANCELED);
      oss_resumable_params_t params = small_parts();
      CHECK_EQUAL(
          oss_resumable_upload_file(client, BUCKET, "from-a-destructor", file, &params, nullptr),
          OSS_RESUMABLE_OK);
    }
  }
};

static Global global;

static int32_t exit_at_half(int64_t consumed, int64_t total, void *) {
  if (consumed > total / 2) {
    std::exit(7);
  }
  return 0;
}

static void exit_from_another_thread() {
  std::thread([] { std::exit(7); }).detach();
  oss_resumable_upload_wait(upload, -1);
  sleep_ms(60000);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 5);
  server_url = argv[1];
  file = argv[2];
  key = argv[3];
  how = argv[4];
  client = new_client();
  if (how == "callback") {
    oss_resumable_params_t params = small_parts();
    params.enable_checkpoint = 1;
    params.progress_callback = exit_at_half;
    oss_resumable_upload_file(client, BUCKET, key, file, &params, nullptr);
    return 1;
  }
  upload = start(key);
  if (how == "finish") {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
    oss_resumable_upload_free(upload);
    oss_resumable_client_free(client);
    return 0;
  }
  if (how != "at-once") {
    wait_until_sending();
  }
  if (how == "thread") {
    exit_from_another_thread();
  } else if (how == "exit") {
    std::exit(7);
  } else if (how == "quick") {
    std::quick_exit(7);
  }
  return 7; /* "return", "at-once", and what the global object does */
}
