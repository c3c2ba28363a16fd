/*
 * Descriptors run out, and the first three are closed: descriptors URL FILE MOST
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "server.h"

static const char *file;
static int most_descriptors;

static double cpu_seconds(void) {
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void limit_descriptors(rlim_t most) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = most;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* Of this process, without the one that looks. */
static int open_descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  CHECK(directory != NULL);
  int count = -3; /* ".", ".." and the directory's own */
  while (readdir(directory) != NULL) {
    count++;
  }
  closedir(directory);
  return count;
}

static oss_resumable_client_t *impatient_client(void) {
  oss_resumable_config_t config = server_config();
  config.connect_timeout_ms = 1000;
  config.retry_timeout_ms = 1500;
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  return client;
}

/* One that hangs is found, whatever signals it has blocked. */
static int exit_code_of(pid_t child) {
  int status = -1;
  CHECK(child > 0);
  for (int waited = 0; waitpid(child, &status, WNOHANG) != child; waited++) {
    if (waited >= 9000) {
      kill(child, SIGKILL);
      CHECK(!"the process ends in time");
    }
    sleep_ms(10);
  }
  CHECK(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* ---- Fewer and fewer ------------------------------------------------------------------------- */

enum { UPLOADED = 10, FAILED = 11 };

static int upload_with_few_descriptors(int most, const char *key) {
  char checkpoint[4096];
  snprintf(checkpoint, sizeof checkpoint, "%s.%d.ucp", file, most);
  oss_resumable_client_t *client = impatient_client();
  oss_resumable_params_t params = small_parts();
  params.thread_num = 8;
  params.enable_checkpoint = 1;
  params.checkpoint_path = checkpoint;
  limit_descriptors((rlim_t)most);
  double before = cpu_seconds();
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_upload_file(client, BUCKET, key, file, &params, &result);
  double used = cpu_seconds() - before;
  printf("with %d: code %d after %d retries and %.2f s of CPU: %s\n", most, code,
         oss_resumable_result_retries(result), used, oss_resumable_result_message(result));
  fflush(stdout);
  CHECK(used < 2.0); /* whoever waits for a descriptor does not spin */
  oss_resumable_result_free(result);
  limit_descriptors(256);
  if (code != OSS_RESUMABLE_OK) {
    CHECK(code == OSS_RESUMABLE_E_FILE || code == OSS_RESUMABLE_E_CHECKPOINT ||
          code == OSS_RESUMABLE_E_NETWORK || code == OSS_RESUMABLE_E_INTERNAL);
    CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, file, &params, NULL),
                OSS_RESUMABLE_OK);
  }
  oss_resumable_client_free(client);
  return code == OSS_RESUMABLE_OK ? UPLOADED : FAILED;
}

static void with_fewer_and_fewer_descriptors_an_upload_ends_well_or_with_a_clear_code(void) {
  int uploaded = 0, failed = 0;
  int inherited = open_descriptors();
  for (int most = most_descriptors; most >= 3 || most >= inherited; most--) {
    char key[64];
    snprintf(key, sizeof key, "few/%d", most);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      _exit(upload_with_few_descriptors(most, key));
    }
    int code = exit_code_of(child);
    CHECK(code == UPLOADED || code == FAILED);
    uploaded += code == UPLOADED;
    failed += code == FAILED;
  }
  CHECK(uploaded > 0 && failed > 0);
  printf("limits %d failed %d ", uploaded + failed, failed);
}

/* In mid-upload: connections that are there go on, and what cannot be opened is waited for. */
static void descriptors_that_run_out_for_a_while_cost_only_time(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.thread_num = 8;
  params.enable_checkpoint = 1;
  oss_resumable_upload_t *upload = NULL;
  hold("while", 25, 3000);
  add_rules("[{\"op\":\"UploadPart\",\"every\":3,\"times\":6,\"action\":\"close_connection\"}]");
  CHECK_EQUAL(
      oss_resumable_upload_start(client, BUCKET, "while", file, &params, &upload, NULL),
      OSS_RESUMABLE_OK);
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  do {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 1), OSS_RESUMABLE_PENDING);
    CHECK_EQUAL(oss_resumable_upload_progress(upload, &progress), OSS_RESUMABLE_OK);
  } while (progress.parts_done == 0);
  limit_descriptors(3);
  sleep_ms(700);
  limit_descriptors(256);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

/* ---- None is left ---------------------------------------------------------------------------- */

static int32_t stop(int64_t consumed, int64_t total, void *userdata) {
  (void)userdata;
  return consumed > total / 3;
}

static void use_in_every_way(int round) {
  oss_resumable_client_t *client = impatient_client();
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  char key[64];
  snprintf(key, sizeof key, "ways/%d", round);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, file, &params, NULL),
              OSS_RESUMABLE_OK);
  params.progress_callback = stop;
  hold("stopped", 11, 10000);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "stopped", file, &params, NULL),
              OSS_RESUMABLE_E_CANCELED);
  CHECK_EQUAL(oss_resumable_discard(client, BUCKET, "stopped", file, NULL, NULL),
              OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, "/", NULL, NULL),
              OSS_RESUMABLE_E_FILE);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, ACCESS_KEY_ID, "wrong", NULL),
              OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, file, &params, NULL),
              OSS_RESUMABLE_E_SERVICE);
  oss_resumable_client_free(client);
}

/* Connections that are given back are closed by the engine's threads, a moment later. */
static int settled(int most) {
  for (int tries = 0; tries < 3000 && open_descriptors() > most; tries++) {
    sleep_ms(10);
  }
  return open_descriptors();
}

static void no_descriptor_is_left_open(void) {
  use_in_every_way(0);
  sleep_ms(500);
  int before = open_descriptors();
  for (int round = 1; round <= 10; round++) {
    use_in_every_way(round);
  }
  int after = settled(before);
  printf("leaked %d ", after > before ? after - before : 0);
  CHECK(after <= before);
}

/* ---- Without standard input, output and error ------------------------------------------------ */

/* What is open under 0 to 2 is a file of the host, nothing, or a device that swallows everything. */
static void check_standard_descriptors(void) {
  for (int number = 0; number <= 2; number++) {
    struct stat status;
    if (fstat(number, &status) != 0) {
      CHECK_EQUAL(errno, EBADF);
      continue;
    }
    struct stat null;
    CHECK(stat("/dev/null", &null) == 0);
    CHECK(S_ISCHR(status.st_mode) && status.st_rdev == null.st_rdev);
  }
}

static void what_a_host_prints_without_an_output_never_gets_into_an_upload(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    /* Where checks of this child can be read all the same. */
    int said = fcntl(2, F_DUPFD_CLOEXEC, 10);
    close(0);
    close(1);
    close(2);
    oss_resumable_client_t *client = new_client();
    oss_resumable_params_t params = small_parts();
    params.thread_num = 8;
    params.enable_checkpoint = 1;
    for (int round = 0; round < 5; round++) {
      char key[64];
      snprintf(key, sizeof key, "closed/%d", round);
      oss_resumable_upload_t *upload = NULL;
      CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, key, file, &params, &upload, NULL),
                  OSS_RESUMABLE_OK);
      oss_resumable_code_t code;
      do {
        /* A host that prints has no idea. */
        for (int number = 0; number <= 2; number++) {
          ssize_t ignored = write(number, "printed by the host\n", 20);
          (void)ignored;
        }
        dup2(said, 20);
        check_standard_descriptors();
        code = oss_resumable_upload_wait(upload, 1);
      } while (code == OSS_RESUMABLE_PENDING);
      if (code != OSS_RESUMABLE_OK) {
        dup2(said, 2);
      }
      CHECK_EQUAL(code, OSS_RESUMABLE_OK);
      oss_resumable_upload_free(upload);
    }
    oss_resumable_client_free(client);
    exit(0);
  }
  CHECK_EQUAL(exit_code_of(child), 0);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 4);
  server_url = argv[1];
  file = argv[2];
  most_descriptors = atoi(argv[3]);
  RUN(what_a_host_prints_without_an_output_never_gets_into_an_upload);
  RUN(with_fewer_and_fewer_descriptors_an_upload_ends_well_or_with_a_clear_code);
  RUN(descriptors_that_run_out_for_a_while_cost_only_time);
  RUN(no_descriptor_is_left_open);
  CHECK(no_uploads_are_left());
  return 0;
}
