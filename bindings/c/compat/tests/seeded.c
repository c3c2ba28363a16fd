/* Does one thing wrong on purpose: proof that the tools see what the drop-in allocates. */
#include "aos_http_io.h"
#include "check.h"

int main(int argc, char **argv) {
  const char *bug = argc > 1 ? argv[1] : "";
  aos_pool_t *pool = NULL;
  volatile char *byte;
  CHECK(aos_pool_create(&pool, NULL) == APR_SUCCESS);
  byte = aos_palloc(pool, 20000);
  *byte = 1;
  if (strcmp(bug, "leak") != 0) {
    aos_pool_destroy(pool);
  }
  pool = NULL;
  if (strcmp(bug, "use-after-free") == 0) {
    printf("%d\n", *byte);
  }
  byte = NULL;
  return 0;
}
