/* A program with the real APR in this file and ours in clash_ours.c: both do their work. */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <stdio.h>
#include <string.h>

int ours(void);

int main(void) {
  apr_pool_t *pool, *child;
  apr_table_t *table;
  int good;
  if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS) {
    return 1;
  }
  apr_pool_create(&child, pool);
  table = apr_table_make(child, 1);
  apr_table_set(table, "key", apr_psprintf(child, "%s of the real APR", "text"));
  good = ours() && strcmp(apr_table_get(table, "KEY"), "text of the real APR") == 0;
  apr_pool_destroy(pool);
  apr_terminate();
  puts(good ? "both work" : "one does not work");
  return !good;
}
