/*
 * Threads run out: threads URL FILE [once]
 *
 * Of the threads that are asked for, the ones from a number on are refused: once, a few times, or for
 * ever; for each number until none is asked for that would be refused. Each case has a process of its
 * own. Whatever is refused, the call returns with a code that is true, and when there are threads
 * again the same call works. With "once" it is somebody else who refuses: one upload, one process.
 */
#define _GNU_SOURCE /* for RTLD_NEXT */

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "server.h"

static const char *file;

/* ---- The system, short of threads ------------------------------------------------------------ */

enum { FOR_EVER = 1 << 30 };

static int asked_for;
static int refused;
static int first_refused = FOR_EVER; /* counted from 1 */
static int refusals;

/* The library's calls come here too: the program's symbols go before those of libraries. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) {
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    CHECK(real != NULL);
  }
  int number = __atomic_add_fetch(&asked_for, 1, __ATOMIC_SEQ_CST);
  int first = __atomic_load_n(&first_refused, __ATOMIC_SEQ_CST);
  if (number >= first && number - first < refusals) {
    __atomic_add_fetch(&refused, 1, __ATOMIC_SEQ_CST);
    return EAGAIN;
  }
  return real(thread, attributes, start, argument);
}

/* ---- One process ----------------------------------------------------------------------------- */

static double cpu_seconds(void) {
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

enum outcome { NOTHING_REFUSED, UPLOADED, FAILED };

static enum outcome upload_while_short_of_threads(int number, int times) {
  char key[64];
  snprintf(key, sizeof key, "threads/%d/%d", times, number);
  char checkpoint[4096];
  snprintf(checkpoint, sizeof checkpoint, "%s.%d.%d.ucp", file, times, number);
  oss_resumable_config_t config = server_config();
  /* A name, which takes a thread to look up. */
  char url[64];
  snprintf(url, sizeof url, "http://localhost%s", strrchr(server_url, ':'));
  config.endpoint = url;
  config.is_path_style = 1;
  config.connect_timeout_ms = 1000;
  config.retry_timeout_ms = 3000;
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  oss_resumable_params_t params = small_parts();
  params.checkpoint_path = checkpoint;
  params.enable_checkpoint = 1;

  first_refused = number;
  refusals = times;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_upload_file(client, BUCKET, key, file, &params, &result);
  __atomic_store_n(&first_refused, FOR_EVER, __ATOMIC_SEQ_CST);
  int was_refused = __atomic_load_n(&refused, __ATOMIC_SEQ_CST);
  printf("%d from %d: %d refused, code %d: %s\n", times, number, was_refused, code,
         oss_resumable_result_message(result));
  fflush(stdout);
  oss_resumable_result_free(result);
  if (code != OSS_RESUMABLE_OK) {
    CHECK(code == OSS_RESUMABLE_E_INTERNAL || code == OSS_RESUMABLE_E_NETWORK);
    CHECK(was_refused > 0);
    CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, file, &params, NULL),
                OSS_RESUMABLE_OK);
  }
  oss_resumable_client_free(client);
  /* What it takes without any trouble is a fraction of this; waiting must cost nothing. */
  CHECK(cpu_seconds() < 2.0);
  return was_refused == 0 ? NOTHING_REFUSED : code == OSS_RESUMABLE_OK ? UPLOADED : FAILED;
}

/* For a minute: one that hangs is found, whatever signals it has blocked. */
static void wait_for(pid_t child, int *status) {
  for (int waited = 0; waitpid(child, status, WNOHANG) != child; waited++) {
    if (waited >= 6000) {
      kill(child, SIGKILL);
      CHECK(!"the process ends within a minute");
    }
    sleep_ms(10);
  }
}

int main(int argc, char **argv) {
  CHECK(argc == 3 || argc == 4);
  server_url = argv[1];
  file = argv[2];
  if (argc == 4) {
    oss_resumable_client_t *client = new_client();
    oss_resumable_params_t params = small_parts();
    params.enable_checkpoint = 1;
    oss_resumable_result_t *result = NULL;
    oss_resumable_code_t code =
        oss_resumable_upload_file(client, BUCKET, "once", file, &params, &result);
    printf("code %d message %s\n", -code, oss_resumable_result_message(result));
    CHECK(code == OSS_RESUMABLE_OK || code == OSS_RESUMABLE_E_INTERNAL);
    CHECK((code == OSS_RESUMABLE_OK) == (oss_resumable_result_etag(result) != NULL));
    oss_resumable_result_free(result);
    oss_resumable_client_free(client);
    CHECK(cpu_seconds() < 2.0);
    return 0;
  }
  static const int times[] = {1, 3, FOR_EVER};
  int counts[3] = {0, 0, 0};
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    int status = 0;
    for (int number = 1; WEXITSTATUS(status) != 10 + NOTHING_REFUSED; number++) {
      CHECK(number < 100);
      fflush(stdout);
      pid_t child = fork();
      CHECK(child >= 0);
      if (child == 0) {
        _exit(10 + (int)upload_while_short_of_threads(number, times[i]));
      }
      wait_for(child, &status);
      CHECK(WIFEXITED(status) && WEXITSTATUS(status) >= 10);
      counts[WEXITSTATUS(status) - 10]++;
    }
  }
  printf("uploaded %d failed %d\n", counts[UPLOADED], counts[FAILED]);
  CHECK(no_uploads_are_left());
  return 0;
}
