/*
 * Memory runs out: memory URL FILE
 *
 * Of the large pieces of memory that are asked for, the ones from a number on are refused: once or for
 * ever; for each number until none is asked for that would be refused. Each case has a process of its
 * own, which must not end because of it.
 */
#define _GNU_SOURCE /* for RTLD_NEXT */

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "server.h"

static const char *file;

/* ---- The system, short of memory ------------------------------------------------------------- */

enum { LARGE = 64 * 1024, FOR_EVER = 1 << 30 };

static int asked_for;
static int refused;
static int first_refused = FOR_EVER; /* counted from 1 */
static int refusals;

static int is_refused(size_t size) {
  if (size < LARGE || __atomic_load_n(&refusals, __ATOMIC_SEQ_CST) == 0) {
    return 0;
  }
  int number = __atomic_add_fetch(&asked_for, 1, __ATOMIC_SEQ_CST);
  if (number < first_refused || number - first_refused >= refusals) {
    return 0;
  }
  __atomic_add_fetch(&refused, 1, __ATOMIC_SEQ_CST);
  errno = ENOMEM;
  return 1;
}

/* The C library's own, under the names that do not lead back here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* The library's calls come here too: the program's symbols go before those of libraries. */
void *malloc(size_t size) { return is_refused(size) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
  return is_refused(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) {
  return is_refused(size) ? NULL : __libc_realloc(pointer, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
  if (is_refused(size)) {
    return ENOMEM;
  }
  *pointer = __libc_memalign(alignment, size);
  return *pointer == NULL ? ENOMEM : 0;
}

/* ---- One process ----------------------------------------------------------------------------- */

enum outcome { NOTHING_REFUSED, UPLOADED, FAILED };

static enum outcome upload_while_short_of_memory(int number, int times, int from_memory) {
  char key[64];
  snprintf(key, sizeof key, "memory/%d/%d/%d", from_memory, times, number);
  char checkpoint[4096];
  snprintf(checkpoint, sizeof checkpoint, "%s.%d.%d.%d.ucp", file, from_memory, times, number);
  oss_resumable_client_t *client = new_client();
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  params.checkpoint_path = checkpoint;
  static char content[PART_SIZE * 3];
  oss_resumable_source_t source = OSS_RESUMABLE_SOURCE_INIT;
  if (from_memory) {
    FILE *stream = fopen(file, "rb");
    CHECK(stream != NULL);
    source.kind = OSS_RESUMABLE_SOURCE_MEMORY;
    source.data = content;
    source.data_len = fread(content, 1, sizeof content, stream);
    fclose(stream);
    params.source = &source;
  }
  const char *path = from_memory ? NULL : file;

  first_refused = number;
  __atomic_store_n(&refusals, times, __ATOMIC_SEQ_CST);
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_upload_file(client, BUCKET, key, path, &params, &result);
  __atomic_store_n(&refusals, 0, __ATOMIC_SEQ_CST);
  int was_refused = __atomic_load_n(&refused, __ATOMIC_SEQ_CST);
  printf("%d from %d: %d refused, code %d: %s\n", times, number, was_refused, code,
         oss_resumable_result_message(result));
  fflush(stdout);
  oss_resumable_result_free(result);
  if (code != OSS_RESUMABLE_OK) {
    CHECK(was_refused > 0);
    CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, path, &params, NULL),
                OSS_RESUMABLE_OK);
  }
  oss_resumable_client_free(client);
  return was_refused == 0 ? NOTHING_REFUSED : code == OSS_RESUMABLE_OK ? UPLOADED : FAILED;
}

/* For a minute: one that hangs is found, whatever signals it has blocked. */
static int exit_code_of(pid_t child) {
  int status = -1;
  CHECK(child > 0);
  for (int waited = 0; waitpid(child, &status, WNOHANG) != child; waited++) {
    if (waited >= 6000) {
      kill(child, SIGKILL);
      CHECK(!"the process ends within a minute");
    }
    sleep_ms(10);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 3);
  server_url = argv[1];
  file = argv[2];
  static const int times[] = {1, FOR_EVER};
  int counts[3] = {0, 0, 0};
  for (int way = 0; way < 4; way++) {
    int code = 0;
    for (int number = 1; code != 10 + NOTHING_REFUSED; number++) {
      CHECK(number < 1000);
      fflush(stdout);
      pid_t child = fork();
      if (child == 0) {
        _exit(10 + (int)upload_while_short_of_memory(number, times[way % 2], way / 2));
      }
      code = exit_code_of(child);
      if (code < 10) {
        printf("%d from %d ended with %d\n", times[way % 2], number, code);
        fflush(stdout);
      }
      CHECK(code >= 10);
      counts[code - 10]++;
    }
  }
  printf("uploaded %d failed %d\n", counts[UPLOADED], counts[FAILED]);
  CHECK(no_uploads_are_left());
  return 0;
}
