/* Arrays that grow, and tables, which are arrays of names and values. */
#include "apr_strings.h"
#include "apr_tables.h"

struct apr_table_t {
  apr_array_header_t a;
};

apr_array_header_t *apr_array_make(apr_pool_t *pool, int nelts, int elt_size) {
  apr_array_header_t *array = apr_pcalloc(pool, sizeof *array);
  if (array == NULL) {
    return NULL;
  }
  array->pool = pool;
  array->elt_size = elt_size;
  array->nalloc = nelts > 0 ? nelts : 1;
  array->elts = apr_pcalloc(pool, (size_t)array->nalloc * (size_t)elt_size);
  return array->elts == NULL ? NULL : array;
}

void *apr_array_push(apr_array_header_t *array) {
  size_t size = (size_t)array->elt_size;
  if (array->nelts == array->nalloc) {
    /* The old elements stay where they are until the pool goes: pointers to them remain good. */
    int nalloc = array->nalloc * 2;
    char *elts = apr_pcalloc(array->pool, (size_t)nalloc * size);
    if (elts == NULL) {
      return NULL;
    }
    memcpy(elts, array->elts, (size_t)array->nelts * size);
    array->elts = elts;
    array->nalloc = nalloc;
  }
  return array->elts + (size_t)array->nelts++ * size;
}

void *apr_array_pop(apr_array_header_t *array) {
  return array->nelts == 0 ? NULL : array->elts + (size_t)--array->nelts * (size_t)array->elt_size;
}

void apr_array_cat(apr_array_header_t *to, const apr_array_header_t *from) {
  int i, count = from->nelts;
  for (i = 0; i < count; i++) {
    void *element = apr_array_push(to);
    if (element == NULL) {
      return;
    }
    memcpy(element, from->elts + (size_t)i * (size_t)from->elt_size, (size_t)from->elt_size);
  }
}

apr_array_header_t *apr_array_copy(apr_pool_t *pool, const apr_array_header_t *array) {
  apr_array_header_t *copy = apr_array_make(pool, array->nelts, array->elt_size);
  if (copy != NULL) {
    apr_array_cat(copy, array);
  }
  return copy;
}

void apr_array_clear(apr_array_header_t *array) { array->nelts = 0; }

int apr_is_empty_array(const apr_array_header_t *array) {
  return array == NULL || array->nelts == 0;
}

/* ---- Tables ------------------------------------------------------------------------------------ */

static apr_table_entry_t *entry(const apr_table_t *table, int i) {
  return (apr_table_entry_t *)(void *)table->a.elts + i;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Not strcasecmp(): what it takes for the same letter depends on the locale. */
static int is_same(const char *a, const char *b) {
  while (*a != '\0' && lower(*a) == lower(*b)) {
    a++;
    b++;
  }
  return lower(*a) == lower(*b);
}

/* The first entry of that name from `from` on; -1: none. */
static int find(const apr_table_t *table, const char *key, int from) {
  for (; from < table->a.nelts; from++) {
    if (is_same(entry(table, from)->key, key)) {
      return from;
    }
  }
  return -1;
}

static void remove_from(apr_table_t *table, const char *key, int from) {
  int to;
  from = find(table, key, from);
  if (from < 0) {
    return;
  }
  for (to = from; from < table->a.nelts; from++) {
    if (!is_same(entry(table, from)->key, key)) {
      *entry(table, to++) = *entry(table, from);
    }
  }
  table->a.nelts = to;
}

apr_table_t *apr_table_make(apr_pool_t *pool, int nelts) {
  apr_table_t *table = apr_pcalloc(pool, sizeof *table);
  apr_array_header_t *array = apr_array_make(pool, nelts, (int)sizeof(apr_table_entry_t));
  if (table == NULL || array == NULL) {
    return NULL;
  }
  table->a = *array;
  return table;
}

apr_table_t *apr_table_copy(apr_pool_t *pool, const apr_table_t *table) {
  apr_table_t *copy = apr_table_make(pool, table->a.nelts);
  if (copy != NULL) {
    apr_array_cat(&copy->a, &table->a);
  }
  return copy;
}

apr_table_t *apr_table_clone(apr_pool_t *pool, const apr_table_t *table) {
  int i;
  apr_table_t *copy = apr_table_make(pool, table->a.nelts);
  for (i = 0; copy != NULL && i < table->a.nelts; i++) {
    apr_table_add(copy, entry(table, i)->key, entry(table, i)->val);
  }
  return copy;
}

void apr_table_clear(apr_table_t *table) { table->a.nelts = 0; }

const char *apr_table_get(const apr_table_t *table, const char *key) {
  /* A program that asks for a header before there are any gets the answer that there is none. */
  int i = table == NULL || key == NULL ? -1 : find(table, key, 0);
  return i < 0 ? NULL : entry(table, i)->val;
}

void apr_table_addn(apr_table_t *table, const char *key, const char *val) {
  apr_table_entry_t *added = apr_array_push(&table->a);
  if (added != NULL) {
    added->key = (char *)key;
    added->val = (char *)val;
    added->key_checksum = 0;
  }
}

void apr_table_add(apr_table_t *table, const char *key, const char *val) {
  apr_table_addn(table, apr_pstrdup(table->a.pool, key), apr_pstrdup(table->a.pool, val));
}

void apr_table_setn(apr_table_t *table, const char *key, const char *val) {
  int i = find(table, key, 0);
  if (i < 0) {
    apr_table_addn(table, key, val);
  } else {
    entry(table, i)->val = (char *)val;
    remove_from(table, key, i + 1);
  }
}

void apr_table_set(apr_table_t *table, const char *key, const char *val) {
  const char *kept = find(table, key, 0) < 0 ? apr_pstrdup(table->a.pool, key) : key;
  apr_table_setn(table, kept, apr_pstrdup(table->a.pool, val));
}

void apr_table_unset(apr_table_t *table, const char *key) { remove_from(table, key, 0); }

void apr_table_mergen(apr_table_t *table, const char *key, const char *val) {
  int i = find(table, key, 0);
  if (i < 0) {
    apr_table_addn(table, key, val);
  } else {
    entry(table, i)->val = apr_pstrcat(table->a.pool, entry(table, i)->val, ", ", val, NULL);
  }
}

void apr_table_merge(apr_table_t *table, const char *key, const char *val) {
  const char *kept = find(table, key, 0) < 0 ? apr_pstrdup(table->a.pool, key) : key;
  apr_table_mergen(table, kept, apr_pstrdup(table->a.pool, val));
}

apr_table_t *apr_table_overlay(apr_pool_t *pool, const apr_table_t *overlay,
                               const apr_table_t *base) {
  apr_table_t *both = apr_table_copy(pool, overlay);
  if (both != NULL) {
    apr_array_cat(&both->a, &base->a);
  }
  return both;
}

const apr_array_header_t *apr_table_elts(const apr_table_t *table) { return &table->a; }

int apr_is_empty_table(const apr_table_t *table) { return table == NULL || table->a.nelts == 0; }

int apr_table_vdo(apr_table_do_callback_fn_t *comp, void *rec, const apr_table_t *table,
                  va_list names) {
  int go_on = 1;
  const char *name = va_arg(names, const char *);
  do {
    int i;
    for (i = 0; go_on && i < table->a.nelts; i++) {
      const apr_table_entry_t *e = entry(table, i);
      if (name == NULL || is_same(e->key, name)) {
        go_on = comp(rec, e->key, e->val);
      }
    }
    name = name == NULL ? NULL : va_arg(names, const char *);
  } while (go_on && name != NULL);
  return go_on != 0;
}

int apr_table_do(apr_table_do_callback_fn_t *comp, void *rec, const apr_table_t *table, ...) {
  int all;
  va_list names;
  va_start(names, table);
  all = apr_table_vdo(comp, rec, table, names);
  va_end(names);
  return all;
}
