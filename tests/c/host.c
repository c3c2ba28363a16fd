/*
 * The process that hosts the library stays what it was: host URL FILE SMALL
 *
 * The server should take a few milliseconds for each part, so that uploads are in the middle when
 * something happens to them.
 */
#define _GNU_SOURCE /* for all of sys/resource.h */

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "server.h"

extern char **environ;

static const char *file;
static const char *small_file;

/* ---- What a host may rely on ----------------------------------------------------------------- */

enum { SIGNALS = 64, LIMITS = 16, VARIABLES = 512 };

struct host {
  sigset_t mask;
  struct sigaction actions[SIGNALS + 1];
  struct rlimit limits[LIMITS];
  char *variables[VARIABLES]; /* the pointers: who calls setenv replaces them */
  char *texts[VARIABLES];
  char locale[256];
  char directory[4096];
  mode_t umask;
};

static void look_at(struct host *host) {
  memset(host, 0, sizeof *host);
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &host->mask) == 0);
  for (int number = 1; number <= SIGNALS; number++) {
    /* Fails for the two or three that the C library keeps for itself. */
    if (sigaction(number, NULL, &host->actions[number]) != 0) {
      CHECK_EQUAL(errno, EINVAL);
    }
  }
  for (int limit = 0; limit < LIMITS; limit++) {
    CHECK(getrlimit((__rlimit_resource_t)limit, &host->limits[limit]) == 0);
  }
  for (int i = 0; environ[i] != NULL; i++) {
    CHECK(i < VARIABLES);
    host->variables[i] = environ[i];
    host->texts[i] = strdup(environ[i]);
  }
  snprintf(host->locale, sizeof host->locale, "%s", setlocale(LC_ALL, NULL));
  CHECK(getcwd(host->directory, sizeof host->directory) != NULL);
  host->umask = umask(0);
  umask(host->umask);
}

static void forget(struct host *host) {
  for (int i = 0; i < VARIABLES; i++) {
    free(host->texts[i]);
  }
}

static void check_same(const struct host *before, const struct host *after) {
  for (int number = 1; number <= SIGNALS; number++) {
    CHECK_EQUAL(sigismember(&after->mask, number), sigismember(&before->mask, number));
    CHECK(after->actions[number].sa_handler == before->actions[number].sa_handler);
    CHECK_EQUAL(after->actions[number].sa_flags, before->actions[number].sa_flags);
    for (int other = 1; other <= SIGNALS; other++) {
      CHECK_EQUAL(sigismember(&after->actions[number].sa_mask, other),
                  sigismember(&before->actions[number].sa_mask, other));
    }
  }
  for (int limit = 0; limit < LIMITS; limit++) {
    CHECK(after->limits[limit].rlim_cur == before->limits[limit].rlim_cur);
    CHECK(after->limits[limit].rlim_max == before->limits[limit].rlim_max);
  }
  for (int i = 0; i < VARIABLES; i++) {
    CHECK(after->variables[i] == before->variables[i]);
    if (before->texts[i] != NULL) {
      CHECK_TEXT(after->texts[i], before->texts[i]);
    }
  }
  CHECK_TEXT(after->locale, before->locale);
  CHECK_TEXT(after->directory, before->directory);
  CHECK_EQUAL(after->umask, before->umask);
}

static int32_t go_on(int64_t consumed, int64_t total, void *userdata) {
  (void)consumed;
  (void)total;
  (void)userdata;
  return 0;
}

static void do_a_bit_of_everything(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.progress_callback = go_on;
  params.enable_checkpoint = 1;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "host", file, &params, NULL),
              OSS_RESUMABLE_OK);
  hold("host", 24, 10000);
  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, "host", file, &params, &upload, NULL),
              OSS_RESUMABLE_OK);
  sleep_ms(30);
  oss_resumable_upload_cancel(upload);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_CANCELED);
  oss_resumable_upload_free(upload);
  CHECK_EQUAL(oss_resumable_discard(client, BUCKET, "host", file, NULL, NULL), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "host", "/no/such/file", NULL, NULL),
              OSS_RESUMABLE_E_FILE);
  oss_resumable_client_free(client);
}

static void on_signal(int number) { (void)number; }

static void nothing_of_the_process_is_changed(void) {
  /* Nothing here is as a fresh process has it, so that putting defaults back would show. */
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaddset(&action.sa_mask, SIGTERM);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  CHECK(pthread_sigmask(SIG_BLOCK, &mask, NULL) == 0);
  CHECK(setenv("OSS_RESUMABLE_TEST", "1", 1) == 0);
  umask(027);
  /* Not "C", and there without anything installed. */
  CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);

  static struct host before;
  static struct host after;
  look_at(&before);
  do_a_bit_of_everything();
  look_at(&after);
  check_same(&before, &after);
  forget(&before);
  forget(&after);
}

static void checkpoints_follow_the_umask_and_are_closed_to_others(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  hold("mode", 24, 3000);
  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, "mode", file, &params, &upload, NULL),
              OSS_RESUMABLE_OK);
  char path[4096];
  snprintf(path, sizeof path, "%s.ucp", file);
  struct stat status;
  while (stat(path, &status) != 0) {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 1), OSS_RESUMABLE_PENDING);
  }
  CHECK_EQUAL(status.st_mode & 027, 0);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

/* ---- Signals --------------------------------------------------------------------------------- */

static volatile sig_atomic_t on_another_thread = 0;
static volatile sig_atomic_t signals_seen = 0;
static pthread_t main_thread;

static void on_alarm(int number) {
  (void)number;
  signals_seen++;
  if (!pthread_equal(pthread_self(), main_thread)) {
    on_another_thread = 1;
  }
}

/* Sent to the process: the kernel may pick any thread that does not block it. */
static void upload_under_signals(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  hold("signals", 24, 1000);
  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, "signals", file, &params, &upload, NULL),
              OSS_RESUMABLE_OK);
  int sent = 0;
  oss_resumable_code_t code;
  do {
    CHECK(kill(getpid(), SIGUSR1) == 0);
    sent++;
    code = oss_resumable_upload_wait(upload, 1);
  } while (code == OSS_RESUMABLE_PENDING);
  CHECK_EQUAL(code, OSS_RESUMABLE_OK);
  CHECK(sent > 5);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

static void the_hosts_handlers_never_run_on_the_engines_threads(void) {
  main_thread = pthread_self();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_alarm;
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  upload_under_signals();
  CHECK(signals_seen > 0);
  CHECK(!on_another_thread);

  /* The kernel prefers the main thread where that can take it. Here it cannot. */
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  CHECK(pthread_sigmask(SIG_BLOCK, &blocked, NULL) == 0);
  int seen = signals_seen;
  upload_under_signals();
  CHECK_EQUAL(signals_seen, seen);
  CHECK(pthread_sigmask(SIG_UNBLOCK, &blocked, NULL) == 0);
  CHECK_EQUAL(signals_seen, seen + 1);
  CHECK(!on_another_thread);
}

static void a_hundred_broken_connections_kill_no_host_that_has_the_default_sigpipe(void) {
  enum { UPLOADS = 25 };
  CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
  sigset_t mask;
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
  CHECK(!sigismember(&mask, SIGPIPE));
  add_rules("[{\"op\":\"UploadPart\",\"every\":2,\"times\":50,"
            "\"action\":{\"reset_after\":{\"bytes\":30000}}},"
            "{\"op\":\"UploadPart\",\"skip\":1,\"every\":2,\"times\":50,"
            "\"action\":{\"reset_reply_after\":{\"bytes\":0}}}]");
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  oss_resumable_upload_t *uploads[UPLOADS];
  for (int i = 0; i < UPLOADS; i++) {
    char key[32];
    snprintf(key, sizeof key, "reset/%d", i);
    CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, key, small_file, &params, &uploads[i],
                                           NULL),
                OSS_RESUMABLE_OK);
  }
  int retries = 0;
  for (int i = 0; i < UPLOADS; i++) {
    CHECK_EQUAL(oss_resumable_upload_wait(uploads[i], -1), OSS_RESUMABLE_OK);
    oss_resumable_result_t *result = NULL;
    CHECK_EQUAL(oss_resumable_upload_result(uploads[i], &result), OSS_RESUMABLE_OK);
    retries += oss_resumable_result_retries(result);
    oss_resumable_result_free(result);
    oss_resumable_upload_free(uploads[i]);
  }
  CHECK(retries >= 100);
  oss_resumable_client_free(client);
  struct sigaction action;
  CHECK(sigaction(SIGPIPE, NULL, &action) == 0);
  CHECK(action.sa_handler == SIG_DFL);
}

/* ---- fork() ---------------------------------------------------------------------------------- */

/* What the child finds; CHECK ends it with 1. */
static void in_the_child(oss_resumable_client_t *client, oss_resumable_upload_t *parents) {
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  oss_resumable_result_t *result = (oss_resumable_result_t *)&progress;
  CHECK_EQUAL(oss_resumable_upload_wait(parents, -1), OSS_RESUMABLE_E_STATE);
  CHECK_EQUAL(oss_resumable_upload_progress(parents, &progress), OSS_RESUMABLE_E_STATE);
  CHECK_EQUAL(oss_resumable_upload_result(parents, &result), OSS_RESUMABLE_E_STATE);
  CHECK(result == NULL);
  oss_resumable_upload_cancel(parents);

  oss_resumable_params_t params = small_parts();
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "fork/child", file, &params, NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_client_t *own = new_client();
  CHECK_EQUAL(oss_resumable_upload_file(own, BUCKET, "fork/own", small_file, &params, NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_client_free(own);
  oss_resumable_upload_free(parents);
  oss_resumable_client_free(client);
}

static void a_forked_child_uploads_on_its_own_and_leaves_the_parents_alone(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  /* With idle connections in the pool, which the child must not use. */
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "fork/before", small_file, &params, NULL),
              OSS_RESUMABLE_OK);
  hold("fork/parent", 24, 3000);
  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, "fork/parent", file, &params, &upload,
                                         NULL),
              OSS_RESUMABLE_OK);
  sleep_ms(30);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), OSS_RESUMABLE_PENDING);
  fflush(stdout);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    in_the_child(client, upload);
    _exit(0);
  }
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK_EQUAL(status, 0);
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, "fork/after", small_file, &params, NULL),
              OSS_RESUMABLE_OK);
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 4);
  server_url = argv[1];
  file = argv[2];
  small_file = argv[3];
  RUN(nothing_of_the_process_is_changed);
  RUN(a_forked_child_uploads_on_its_own_and_leaves_the_parents_alone);
  RUN(checkpoints_follow_the_umask_and_are_closed_to_others);
  RUN(the_hosts_handlers_never_run_on_the_engines_threads);
  RUN(a_hundred_broken_connections_kill_no_host_that_has_the_default_sigpipe);
  CHECK(no_uploads_are_left());
  return 0;
}
