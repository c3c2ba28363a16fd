/*
 * The library as a plugin, loaded and unloaded again and again:
 * plugin URL FILE LIBRARY ROUNDS
 *
 * Each round has a thread of its own, which ends after the library was closed: what the library left
 * in the thread must not be missing its code then.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>

#define OSS_RESUMABLE_NO_UPLOAD_FILE
#include "server.h"

static const char *file;
static const char *library;
static int rounds;

/* ISO C has no conversion from an object pointer to a function pointer; POSIX promises that this
   works. */
#define LOAD(handle, function, name) \
  do { \
    *(void **)&(function) = dlsym((handle), (name)); \
    CHECK((function) != NULL); \
  } while (0)

static void *load_use_and_unload(void *round) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  oss_resumable_code_t (*client_new)(const oss_resumable_config_t *, oss_resumable_client_t **,
                                     oss_resumable_result_t **);
  oss_resumable_code_t (*upload_file)(oss_resumable_client_t *, const char *, const char *,
                                      const char *, const oss_resumable_params_t *,
                                      oss_resumable_result_t **);
  void (*client_free)(oss_resumable_client_t *);
  void (*result_free)(oss_resumable_result_t *);
  LOAD(handle, client_new, "oss_resumable_client_new");
  LOAD(handle, upload_file, "oss_resumable_upload_file");
  LOAD(handle, client_free, "oss_resumable_client_free");
  LOAD(handle, result_free, "oss_resumable_result_free");

  oss_resumable_config_t config = server_config();
  oss_resumable_client_t *client = NULL;
  oss_resumable_result_t *result = NULL;
  CHECK_EQUAL(client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  oss_resumable_params_t params = small_parts();
  char key[32];
  snprintf(key, sizeof key, "plugin/%d", *(int *)round);
  CHECK_EQUAL(upload_file(client, BUCKET, key, file, &params, &result), OSS_RESUMABLE_OK);
  result_free(result);
  client_free(client);
  CHECK(dlclose(handle) == 0);
  return NULL;
}

/* Threads or descriptors of this process. */
static int count(const char *path) {
  DIR *directory = opendir(path);
  CHECK(directory != NULL);
  int entries = 0;
  while (readdir(directory) != NULL) {
    entries++;
  }
  closedir(directory);
  return entries;
}

/* Waits for what ends by itself, a moment later. */
static int more_than(int most, const char *path) {
  for (int tries = 0; tries < 300 && count(path) > most; tries++) {
    sleep_ms(100);
  }
  int now = count(path);
  return now > most ? now - most : 0;
}

static void a_library_can_be_unloaded_while_its_threads_live(void) {
  int threads = 0;
  int descriptors = 0;
  for (int round = 0; round < rounds; round++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, load_use_and_unload, &round) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    if (round == 0) {
      sleep_ms(7000); /* threads that have been idle for a while are gone then */
      threads = count("/proc/self/task");
      descriptors = count("/proc/self/fd");
    }
  }
  int threads_leaked = more_than(threads, "/proc/self/task");
  printf("rounds %d threads_leaked %d descriptors_leaked %d ", rounds, threads_leaked,
         more_than(descriptors, "/proc/self/fd"));
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 5);
  server_url = argv[1];
  file = argv[2];
  library = argv[3];
  rounds = atoi(argv[4]);
  RUN(a_library_can_be_unloaded_while_its_threads_live);
  return 0;
}
