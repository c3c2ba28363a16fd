/* Leaks on purpose: proof that the leak check is on, and that it sees what the library allocated. */
#include "check.h"
#include "oss_resumable.h"

int main(int argc, char **argv) {
  (void)argv;
  oss_resumable_result_t *result = NULL;
  oss_resumable_client_new(NULL, (oss_resumable_client_t **)NULL, &result);
  CHECK(result != NULL);
  /* With an argument the result is freed, and all is well. */
  if (argc > 1) {
    oss_resumable_result_free(result);
  }
  result = NULL;
  return 0;
}
