/*
 * Processes that a busy host forks: forks URL FILE SMALL FORKS
 */
#define _GNU_SOURCE

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "server.h"

static const char *file;
static const char *small_file;
static int forks;

enum { BUSY = 4, CHILDREN = 8, AT_ONCE = 10 };

static oss_resumable_upload_t *start(oss_resumable_client_t *client, const char *key,
                                     const char *checkpoint) {
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = checkpoint != NULL;
  params.checkpoint_path = checkpoint;
  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, BUCKET, key, file, &params, &upload, NULL),
              OSS_RESUMABLE_OK);
  return upload;
}

/* A child that hangs ends with its parent. */
static pid_t fork_child(void) {
  fflush(stdout);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
  }
  return child;
}

/* Waits for a child for a minute or two; one that hangs is a failure, not a hang. */
static void check_child(pid_t child) {
  int status = -1;
  for (int waited = 0; waitpid(child, &status, WNOHANG) != child; waited++) {
    if (waited >= 18000) {
      kill(child, SIGKILL);
      CHECK(!"a child ends");
    }
    sleep_ms(5);
  }
  CHECK_EQUAL(status, 0);
}

static void wait_until_sending(oss_resumable_upload_t *upload) {
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  do {
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 2), OSS_RESUMABLE_PENDING);
    CHECK_EQUAL(oss_resumable_upload_progress(upload, &progress), OSS_RESUMABLE_OK);
  } while (progress.parts_done == 0);
}

/* Ended well, and every part of it was sent once. */
static void check_undisturbed(oss_resumable_upload_t *upload) {
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_OK);
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(oss_resumable_upload_result(upload, &result), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_result_retries(result), 0);
  oss_resumable_result_free(result);
  oss_resumable_upload_free(upload);
}

static void eight_children_of_a_busy_parent_upload_on(void) {
  oss_resumable_client_t *client = new_client();
  oss_resumable_upload_t *parents[BUSY];
  char key[64];
  for (int i = 0; i < BUSY; i++) {
    snprintf(key, sizeof key, "busy/%d", i);
    hold(key, 24, 3000);
    parents[i] = start(client, key, NULL);
  }
  wait_until_sending(parents[0]);
  pid_t children[CHILDREN];
  for (int i = 0; i < CHILDREN; i++) {
    children[i] = fork_child();
    if (children[i] == 0) {
      /* With the parent's client, two at once, and the parent's uploads lying around. */
      snprintf(key, sizeof key, "child/%d/a", i);
      oss_resumable_upload_t *first = start(client, key, NULL);
      snprintf(key, sizeof key, "child/%d/b", i);
      oss_resumable_upload_t *second = start(client, key, NULL);
      check_undisturbed(first);
      check_undisturbed(second);
      for (int parent = 0; parent < BUSY; parent++) {
        CHECK_EQUAL(oss_resumable_upload_wait(parents[parent], -1), OSS_RESUMABLE_E_STATE);
        oss_resumable_upload_free(parents[parent]);
      }
      oss_resumable_client_free(client);
      exit(0);
    }
  }
  for (int i = 0; i < BUSY; i++) {
    check_undisturbed(parents[i]);
  }
  for (int i = 0; i < CHILDREN; i++) {
    check_child(children[i]);
  }
  oss_resumable_client_free(client);
}

/* What a child may do with what it inherited, and a little work of its own now and then. */
static void live_shortly(oss_resumable_client_t *client, oss_resumable_upload_t *upload,
                         int number) {
  CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), OSS_RESUMABLE_E_STATE);
  oss_resumable_upload_cancel(upload);
  if (number % 25 == 0) {
    char key[64];
    snprintf(key, sizeof key, "short/%d", number);
    oss_resumable_params_t params = small_parts();
    CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, small_file, &params, NULL),
                OSS_RESUMABLE_OK);
  }
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

static void forking_again_and_again_in_mid_upload_disturbs_nobody(void) {
  oss_resumable_client_t *client = new_client();
  int uploads = 0;
  for (int forked = 0; forked < forks; uploads++) {
    char key[64];
    snprintf(key, sizeof key, "forked/%d", uploads);
    oss_resumable_upload_t *upload = start(client, key, NULL);
    while (forked < forks && oss_resumable_upload_wait(upload, 0) == OSS_RESUMABLE_PENDING) {
      pid_t children[AT_ONCE];
      for (int i = 0; i < AT_ONCE; i++, forked++) {
        children[i] = fork_child();
        if (children[i] == 0) {
          live_shortly(client, upload, forked);
          exit(0);
        }
      }
      for (int i = 0; i < AT_ONCE; i++) {
        check_child(children[i]);
      }
    }
    check_undisturbed(upload);
  }
  oss_resumable_client_free(client);
  printf("forks %d uploads %d ", forks + CHILDREN, uploads + BUSY);
}

static void a_checkpoint_stays_the_parents_until_its_upload_ends(void) {
  char checkpoint[4096];
  snprintf(checkpoint, sizeof checkpoint, "%s.parent.ucp", file);
  oss_resumable_client_t *client = new_client();
  hold("locked/1", 24, 8000); /* the child is refused meanwhile */
  oss_resumable_upload_t *upload = start(client, "locked/1", checkpoint);
  wait_until_sending(upload);
  int lives[2];
  CHECK(pipe(lives) == 0);
  pid_t child = fork_child();
  if (child == 0) {
    close(lives[1]);
    oss_resumable_upload_free(upload);
    oss_resumable_params_t params = small_parts();
    params.enable_checkpoint = 1;
    params.checkpoint_path = checkpoint;
    oss_resumable_result_t *result = NULL;
    CHECK_EQUAL(
        oss_resumable_upload_file(client, BUCKET, "locked/child", file, &params, &result),
        OSS_RESUMABLE_E_CHECKPOINT);
    char owner[64];
    snprintf(owner, sizeof owner, "in use by process %d", (int)getppid());
    CHECK_CONTAINS(oss_resumable_result_message(result), owner);
    oss_resumable_result_free(result);
    oss_resumable_client_free(client);
    char byte;
    CHECK(read(lives[0], &byte, 1) == 0); /* until the parent is through */
    exit(0);
  }
  close(lives[0]);
  check_undisturbed(upload);
  /* The child still lives, with copies of all descriptors. */
  CHECK(waitpid(child, NULL, WNOHANG) == 0);
  check_undisturbed(start(client, "locked/2", checkpoint));
  close(lives[1]);
  check_child(child);
  oss_resumable_client_free(client);
}

static oss_resumable_client_t *late_client;

static void upload_in_the_end(void) {
  oss_resumable_params_t params = small_parts();
  CHECK_EQUAL(oss_resumable_upload_file(late_client, BUCKET, "late", small_file, &params, NULL),
              OSS_RESUMABLE_OK);
}

static void a_child_may_upload_from_its_atexit_handler(void) {
  late_client = new_client();
  oss_resumable_upload_t *upload = start(late_client, "early", NULL);
  pid_t child = fork_child();
  if (child == 0) {
    CHECK(atexit(upload_in_the_end) == 0);
    exit(0);
  }
  check_undisturbed(upload);
  check_child(child);
  oss_resumable_client_free(late_client);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 5);
  server_url = argv[1];
  file = argv[2];
  small_file = argv[3];
  forks = atoi(argv[4]);
  RUN(eight_children_of_a_busy_parent_upload_on);
  RUN(forking_again_and_again_in_mid_upload_disturbs_nobody);
  RUN(a_checkpoint_stays_the_parents_until_its_upload_ends);
  RUN(a_child_may_upload_from_its_atexit_handler);
  CHECK(no_uploads_are_left());
  return 0;
}
