/*
 * Callbacks that misbehave, and a host that changes its surroundings meanwhile:
 * callbacks URL FILE SMALL [throw progress|log|credentials]
 */
#include <atomic>
#include <clocale>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <thread>

#include "server.h"

static std::string file, small_file;

/* ---- Blocking and re-entering ---------------------------------------------------------------- */

struct Blocking {
  oss_resumable_upload_t *upload = nullptr;
  int calls = 0;
};

/* Comes back only when the upload is over, which it must be without this. */
static int32_t block_to_the_end(int64_t, int64_t total, void *userdata) {
  auto &blocking = *static_cast<Blocking *>(userdata);
  blocking.calls++;
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  do {
    sleep_ms(10);
    CHECK_EQUAL(oss_resumable_upload_progress(blocking.upload, &progress), OSS_RESUMABLE_OK);
  } while (progress.stage != OSS_RESUMABLE_STAGE_DONE);
  CHECK_EQUAL(progress.consumed_bytes, total);
  return 0;
}

static void an_upload_ends_while_its_callback_blocks() {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  Blocking blocking;
  params.progress_callback = block_to_the_end;
  params.userdata = &blocking;
  params.enable_checkpoint = 1;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, "blocked", file.c_str(), &params,
                                         &blocking.upload, nullptr),
              OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_wait(blocking.upload, -1), OSS_RESUMABLE_OK);
  /* In the middle, and at the end; what came between is not made up for. */
  CHECK(blocking.calls >= 1 && blocking.calls <= 2);
  oss_resumable_upload_free(blocking.upload);
  oss_resumable_client_free(client);
}

static std::atomic<bool> open_gate;

static int32_t block_until_told(int64_t, int64_t, void *) {
  while (!open_gate) {
    sleep_ms(5);
  }
  return 0;
}

static void a_callback_that_blocks_holds_up_no_other_upload() {
  oss_resumable_client_t *client = new_client();
  std::thread blocked([client] {
    oss_resumable_params_t params = small_parts();
    params.progress_callback = block_until_told;
    CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "held", file.c_str(), &params, nullptr),
                OSS_RESUMABLE_OK);
  });
  for (int i = 0; i < 5; i++) {
    oss_resumable_params_t params = small_parts();
    const std::string key = "free/" + std::to_string(i);
    CHECK_EQUAL(
        oss_resumable_upload_file(client, BUCKET, key.c_str(), file.c_str(), &params, nullptr),
        OSS_RESUMABLE_OK);
  }
  open_gate = true;
  blocked.join();
  oss_resumable_client_free(client);
}

struct Nested {
  oss_resumable_client_t *client;
  oss_resumable_upload_t *outer = nullptr;
  int uploads = 0;
};

static int32_t upload_another_and_cancel(int64_t, int64_t, void *userdata) {
  auto &nested = *static_cast<Nested *>(userdata);
  if (nested.uploads++ > 0) {
    return 0; /* told of the end, which came before the cancel */
  }
  CHECK_EQUAL(oss_resumable_upload_wait(nested.outer, -1), OSS_RESUMABLE_E_STATE);
  oss_resumable_params_t params = small_parts();
  CHECK_EQUAL(oss_resumable_upload_file(nested.client, BUCKET, "nested", small_file.c_str(),
                                        &params, nullptr),
              OSS_RESUMABLE_OK);
  oss_resumable_upload_cancel(nested.outer);
  oss_resumable_client_free(nested.client);
  return 0;
}

static void a_callback_may_upload_cancel_and_free_but_not_wait_for_its_own() {
  Nested nested{new_client()};
  oss_resumable_params_t params = small_parts();
  params.progress_callback = upload_another_and_cancel;
  params.userdata = &nested;
  CHECK_EQUAL(oss_resumable_upload_start(nested.client, BUCKET, "around", file.c_str(), &params,
                                         &nested.outer, nullptr),
              OSS_RESUMABLE_OK);
  /* The end may have come while the other one was uploaded. */
  const auto code = oss_resumable_upload_wait(nested.outer, -1);
  CHECK(code == OSS_RESUMABLE_E_CANCELED || code == OSS_RESUMABLE_OK);
  CHECK(nested.uploads >= 1);
  oss_resumable_upload_free(nested.outer);
}

/* ---- Throwing -------------------------------------------------------------------------------- */

static int32_t throw_progress(int64_t, int64_t, void *) { throw std::runtime_error("progress"); }
static void throw_log(int32_t, const char *, void *) { throw std::runtime_error("log"); }
static int32_t throw_credentials(oss_resumable_credentials_answer_t *, void *) {
  throw std::runtime_error("credentials");
}

/* Must not be reached by the exception, and is not come back to: the program is ended. */
static void upload_with_a_callback_that_throws(const std::string &which) {
  oss_resumable_config_t config = server_config();
  oss_resumable_credentials_t credentials = OSS_RESUMABLE_CREDENTIALS_INIT;
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  if (which == "progress") {
    params.progress_callback = throw_progress;
  } else if (which == "log") {
    config.log_callback = throw_log;
    config.log_level = OSS_RESUMABLE_LOG_INFO;
  } else {
    credentials.provider = "callback";
    credentials.callback = throw_credentials;
    config.credentials = &credentials;
    config.access_key_id = config.access_key_secret = nullptr;
  }
  oss_resumable_client_t *client = nullptr;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, nullptr), OSS_RESUMABLE_OK);
  try {
    oss_resumable_upload_file(client, BUCKET, "thrown", file.c_str(), &params, nullptr);
  } catch (const std::runtime_error &) {
    CHECK(!"an exception came out of the library");
  }
  CHECK(!"the upload came back");
}

/* ---- Surroundings ---------------------------------------------------------------------------- */

static std::string own_directory() {
  char directory[4096];
  CHECK(getcwd(directory, sizeof directory) != nullptr);
  return directory;
}

static void a_host_may_change_its_directory_umask_locale_and_environment_meanwhile() {
  const auto slash = file.rfind('/');
  const std::string directory = file.substr(0, slash), name = file.substr(slash + 1);
  CHECK(chdir(directory.c_str()) == 0);
  /* Numbers with a comma, if the system has such a locale; the C locale otherwise. */
  const char *with_comma = std::setlocale(LC_ALL, "de_DE.UTF-8");
  umask(0);
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.checkpoint_path = "surroundings.ucp";
  hold("surroundings", 24, 3000);
  oss_resumable_upload_t *upload = nullptr;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, "surroundings", name.c_str(), &params,
                                         &upload, nullptr),
              OSS_RESUMABLE_OK);
  /* At once: what the paths were relative to is settled when the call returns. */
  CHECK(chdir("/") == 0);
  const std::string checkpoint = directory + "/surroundings.ucp";
  struct stat status;
  while (stat(checkpoint.c_str(), &status) != 0) {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 1), OSS_RESUMABLE_PENDING);
  }
  CHECK_EQUAL(status.st_mode & 07777, 0600);
  umask(0777);
  setenv("HTTP_PROXY", "http://127.0.0.1:1", 1);
  setenv("OSS_ACCESS_KEY_ID", "of-the-environment", 1);
  setenv("TZ", "Asia/Kathmandu", 1);
  tzset();
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  CHECK(stat(checkpoint.c_str(), &status) != 0);
  CHECK(own_directory() == "/");
  CHECK_EQUAL(umask(022), 0777);
  CHECK_TEXT(std::setlocale(LC_ALL, nullptr), with_comma == nullptr ? "C" : with_comma);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

int main(int argc, char **argv) {
  CHECK(argc == 4 || argc == 6);
  server_url = argv[1];
  file = argv[2];
  small_file = argv[3];
  if (argc == 6) {
    upload_with_a_callback_that_throws(argv[5]);
  }
  RUN(an_upload_ends_while_its_callback_blocks);
  RUN(a_callback_that_blocks_holds_up_no_other_upload);
  RUN(a_callback_may_upload_cancel_and_free_but_not_wait_for_its_own);
  RUN(a_host_may_change_its_directory_umask_locale_and_environment_meanwhile);
  CHECK(no_uploads_are_left());
  return 0;
}
