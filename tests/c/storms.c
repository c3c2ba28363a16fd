/*
 * A host that is pelted with signals: storms URL FILE SMALL MILLISECONDS
 */
#define _GNU_SOURCE /* for ITIMER_PROF and all of signal.h */

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "server.h"

static const char *file;
static const char *small_file;
static long milliseconds;

/* Set in the threads of this program alone. */
static __thread int is_ours;
static int delivered;
static int on_other_threads;
static int over;

static void on_signal(int number) {
  (void)number;
  __atomic_add_fetch(&delivered, 1, __ATOMIC_RELAXED);
  if (!is_ours) {
    __atomic_add_fetch(&on_other_threads, 1, __ATOMIC_RELAXED);
  }
}

static const int kinds[] = {SIGALRM, SIGPROF, SIGVTALRM, SIGCHLD, SIGPIPE,
                            SIGUSR1, SIGHUP,  SIGIO,     SIGURG,  SIGWINCH};
enum { KINDS = sizeof kinds / sizeof *kinds };
static sigset_t all_kinds;

/* From a thread of its own, to the process: the kernel picks any thread that does not block them. */
static void *pelt(void *nothing) {
  is_ours = 1;
  CHECK(pthread_sigmask(SIG_UNBLOCK, &all_kinds, NULL) == 0);
  for (unsigned round = 0; !__atomic_load_n(&over, __ATOMIC_ACQUIRE); round++) {
    CHECK(kill(getpid(), kinds[round % KINDS]) == 0);
    if (round % 50 == 0) {
      sleep_ms(1);
    }
  }
  return nothing;
}

static int32_t go_on(int64_t consumed, int64_t total, void *userdata) {
  CHECK(is_ours);
  (void)consumed;
  (void)total;
  (void)userdata;
  return 0;
}

static double now(void) {
  struct timespec time;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

/* Handlers that do not have system calls begun again, so that whoever takes them is interrupted. */
static void uploads_end_well_in_a_storm_of_signals(void) {
  is_ours = 1;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  struct sigaction before[KINDS];
  for (int i = 0; i < KINDS; i++) {
    CHECK(sigaction(kinds[i], &action, NULL) == 0);
    CHECK(sigaction(kinds[i], NULL, &before[i]) == 0);
  }
  CHECK(sigemptyset(&all_kinds) == 0);
  for (int i = 0; i < KINDS; i++) {
    CHECK(sigaddset(&all_kinds, kinds[i]) == 0);
  }
  struct itimerval every_millisecond = {{0, 1000}, {0, 1000}};
  CHECK(setitimer(ITIMER_REAL, &every_millisecond, NULL) == 0);
  CHECK(setitimer(ITIMER_PROF, &every_millisecond, NULL) == 0);
  CHECK(setitimer(ITIMER_VIRTUAL, &every_millisecond, NULL) == 0);
  /* A thread takes no signal before it has said that it is ours. */
  CHECK(pthread_sigmask(SIG_BLOCK, &all_kinds, NULL) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, pelt, NULL) == 0);
  CHECK(pthread_sigmask(SIG_UNBLOCK, &all_kinds, NULL) == 0);

  oss_resumable_client_t *client = new_client();
  double until = now() + (double)milliseconds;
  int uploads = 0;
  do {
    char key[32];
    snprintf(key, sizeof key, "storm/%d", uploads++);
    oss_resumable_params_t params = small_parts();
    params.enable_checkpoint = 1;
    params.progress_callback = go_on;
    CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key,
                                          uploads % 4 == 0 ? small_file : file, &params, NULL),
                OSS_RESUMABLE_OK);
  } while (now() < until);
  oss_resumable_client_free(client);

  __atomic_store_n(&over, 1, __ATOMIC_RELEASE);
  CHECK(pthread_join(thread, NULL) == 0);
  struct itimerval never;
  memset(&never, 0, sizeof never);
  setitimer(ITIMER_REAL, &never, NULL);
  setitimer(ITIMER_PROF, &never, NULL);
  setitimer(ITIMER_VIRTUAL, &never, NULL);
  for (int i = 0; i < KINDS; i++) {
    struct sigaction after;
    CHECK(sigaction(kinds[i], NULL, &after) == 0);
    CHECK(after.sa_handler == on_signal && after.sa_flags == before[i].sa_flags);
  }
  printf("uploads %d delivered %d elsewhere %d ", uploads, delivered, on_other_threads);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 5);
  server_url = argv[1];
  file = argv[2];
  small_file = argv[3];
  milliseconds = atol(argv[4]);
  RUN(uploads_end_well_in_a_storm_of_signals);
  CHECK(no_uploads_are_left());
  return 0;
}
