#include "oss_api.h"

int ours(void);

int ours(void) {
  aos_pool_t *pool;
  aos_table_t *table;
  int good;
  aos_pool_create(&pool, NULL);
  table = aos_table_make(pool, 1);
  apr_table_set(table, "key", apr_psprintf(pool, "%s of ours", "text"));
  good = strcmp(apr_table_get(table, "KEY"), "text of ours") == 0;
  aos_pool_destroy(pool);
  return good;
}
