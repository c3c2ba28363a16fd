/* Tables: text by name, in the order of adding; names are compared without regard to case. */
#ifndef OSSR_APR_TABLES_H
#define OSSR_APR_TABLES_H
#define APR_TABLES_H

#include "apr_pools.h"

OSSR_BEGIN

typedef struct apr_table_t apr_table_t;
typedef struct apr_array_header_t apr_array_header_t;
typedef struct apr_table_entry_t apr_table_entry_t;

struct apr_array_header_t {
  apr_pool_t *pool;
  int elt_size;
  int nelts;
  int nalloc;
  char *elts;
};

struct apr_table_entry_t {
  char *key;
  char *val;
  apr_uint32_t key_checksum; /* always 0 */
};

/* Arrays grow as needed; a push answers where to write, NULL when memory runs out. */
apr_array_header_t *apr_array_make(apr_pool_t *pool, int nelts, int elt_size);
void *apr_array_push(apr_array_header_t *array);
void *apr_array_pop(apr_array_header_t *array);
void apr_array_cat(apr_array_header_t *to, const apr_array_header_t *from);
apr_array_header_t *apr_array_copy(apr_pool_t *pool, const apr_array_header_t *array);
void apr_array_clear(apr_array_header_t *array);
int apr_is_empty_array(const apr_array_header_t *array);
#define APR_ARRAY_IDX(array, i, type) (((type *)(void *)(array)->elts)[i])
#define APR_ARRAY_PUSH(array, type) (*((type *)apr_array_push(array)))

/* set replaces all entries of a name; add appends; the n forms keep the pointers they are given. */
apr_table_t *apr_table_make(apr_pool_t *pool, int nelts);
apr_table_t *apr_table_copy(apr_pool_t *pool, const apr_table_t *table);
apr_table_t *apr_table_clone(apr_pool_t *pool, const apr_table_t *table);
void apr_table_clear(apr_table_t *table);
const char *apr_table_get(const apr_table_t *table, const char *key);
void apr_table_set(apr_table_t *table, const char *key, const char *val);
void apr_table_setn(apr_table_t *table, const char *key, const char *val);
void apr_table_add(apr_table_t *table, const char *key, const char *val);
void apr_table_addn(apr_table_t *table, const char *key, const char *val);
void apr_table_unset(apr_table_t *table, const char *key);
/* Puts val behind the present value and ", ". */
void apr_table_merge(apr_table_t *table, const char *key, const char *val);
void apr_table_mergen(apr_table_t *table, const char *key, const char *val);
apr_table_t *apr_table_overlay(apr_pool_t *pool, const apr_table_t *overlay,
                               const apr_table_t *base);
const apr_array_header_t *apr_table_elts(const apr_table_t *table);
int apr_is_empty_table(const apr_table_t *table);

/* Calls for every entry, or for those of the names that follow, up to a NULL; 0 ends it. */
typedef int(apr_table_do_callback_fn_t)(void *rec, const char *key, const char *value);
int apr_table_do(apr_table_do_callback_fn_t *comp, void *rec, const apr_table_t *table, ...);
int apr_table_vdo(apr_table_do_callback_fn_t *comp, void *rec, const apr_table_t *table,
                  va_list names);

OSSR_END

#endif
