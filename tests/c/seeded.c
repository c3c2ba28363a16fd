/*
 * Does one thing wrong on purpose: proof that the tools are on, and that they see what the library
 * allocated: seeded [leak|use-after-free|overflow|uninitialised]
 *
 * Without an argument all is well. What is freed twice is not among them: the library wipes what it frees,
 * so that the second time may end the program before a tool says why.
 */
#include <limits.h>

#include "check.h"
#include "oss_resumable.h"

static oss_resumable_result_t *new_result(void) {
  oss_resumable_result_t *result = NULL;
  oss_resumable_client_new(NULL, (oss_resumable_client_t **)NULL, &result);
  CHECK(result != NULL);
  return result;
}

int main(int argc, char **argv) {
  const char *bug = argc > 1 ? argv[1] : "";
  oss_resumable_result_t *result = new_result();
  const char *message = oss_resumable_result_message(result);
  int number = argc > 1 ? INT_MAX : 1;
  int letter = message[0];

  if (strcmp(bug, "leak") != 0) {
    oss_resumable_result_free(result);
  }
  result = NULL;
  if (strcmp(bug, "use-after-free") == 0) {
    letter = *(const volatile char *)message;
  }
  message = NULL;
  if (strcmp(bug, "overflow") == 0) {
    number += argc;
  }
  if (strcmp(bug, "uninitialised") == 0) {
    /* It is the library that looks at it. */
    oss_resumable_config_t *config = malloc(sizeof *config);
    oss_resumable_client_t *client = NULL;
    CHECK(config != NULL);
    oss_resumable_client_new(config, &client, NULL);
    oss_resumable_client_free(client);
    free(config);
  }
  printf("%d %d\n", number, letter);
  return 0;
}
