/* Pools: blocks of memory, cleanups and children. Only the list of children is locked. */
#include <pthread.h>

#include "apr_pools.h"

#define ALIGNMENT 16
#define BLOCK_SIZE 8192

typedef struct block_t {
  struct block_t *next;
  size_t used, size; /* of the bytes behind this struct */
} block_t;

/* So that what follows a block's head is aligned for every type. */
#define BLOCK_HEAD ((sizeof(block_t) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

typedef struct cleanup_t {
  struct cleanup_t *next;
  const void *data;
  apr_status_t (*run)(void *);
} cleanup_t;

struct apr_pool_t {
  apr_pool_t *parent, *child, *next, **here; /* `here` points at what points at this pool */
  pthread_mutex_t children;                  /* guards the list that begins at `child` */
  apr_abortfunc_t abort_fn;
  block_t *blocks;
  cleanup_t *cleanups;
};

static void *out_of_memory(const apr_pool_t *pool) {
  if (pool != NULL && pool->abort_fn != NULL) {
    pool->abort_fn(APR_ENOMEM);
  }
  return NULL;
}

apr_status_t apr_pool_create_ex(apr_pool_t **newpool, apr_pool_t *parent, apr_abortfunc_t abort_fn,
                                apr_allocator_t *allocator) {
  apr_pool_t *pool;
  (void)allocator;
  *newpool = NULL;
  pool = calloc(1, sizeof *pool);
  if (pool == NULL) {
    out_of_memory(parent);
    return APR_ENOMEM;
  }
  if (pthread_mutex_init(&pool->children, NULL) != 0) {
    free(pool);
    return APR_ENOMEM;
  }
  pool->parent = parent;
  pool->abort_fn = abort_fn == NULL && parent != NULL ? parent->abort_fn : abort_fn;
  if (parent != NULL) {
    pthread_mutex_lock(&parent->children);
    pool->next = parent->child;
    if (pool->next != NULL) {
      pool->next->here = &pool->next;
    }
    parent->child = pool;
    pool->here = &parent->child;
    pthread_mutex_unlock(&parent->children);
  }
  *newpool = pool;
  return APR_SUCCESS;
}

void apr_pool_clear(apr_pool_t *pool) {
  if (pool == NULL) {
    return;
  }
  while (pool->child != NULL) {
    apr_pool_destroy(pool->child);
  }
  /* A cleanup may register another one. */
  while (pool->cleanups != NULL) {
    cleanup_t *cleanup = pool->cleanups;
    pool->cleanups = cleanup->next;
    cleanup->run((void *)cleanup->data);
  }
  while (pool->blocks != NULL) {
    block_t *block = pool->blocks;
    pool->blocks = block->next;
    free(block);
  }
}

void apr_pool_destroy(apr_pool_t *pool) {
  if (pool == NULL) {
    return;
  }
  apr_pool_clear(pool);
  if (pool->parent != NULL) {
    pthread_mutex_lock(&pool->parent->children);
    *pool->here = pool->next;
    if (pool->next != NULL) {
      pool->next->here = pool->here;
    }
    pthread_mutex_unlock(&pool->parent->children);
  }
  pthread_mutex_destroy(&pool->children);
  free(pool);
}

apr_pool_t *apr_pool_parent_get(apr_pool_t *pool) { return pool->parent; }

int apr_pool_is_ancestor(apr_pool_t *a, apr_pool_t *b) {
  while (b != NULL && b != a) {
    b = b->parent;
  }
  return b == a;
}

void apr_pool_tag(apr_pool_t *pool, const char *tag) {
  (void)pool;
  (void)tag;
}

static block_t *new_block(apr_pool_t *pool, size_t size) {
  block_t *block = malloc(BLOCK_HEAD + size);
  if (block == NULL) {
    return out_of_memory(pool);
  }
  block->used = 0;
  block->size = size;
  /* What is big fills its block alone; the one that still has room stays in front. */
  if (size > BLOCK_SIZE && pool->blocks != NULL) {
    block->next = pool->blocks->next;
    pool->blocks->next = block;
  } else {
    block->next = pool->blocks;
    pool->blocks = block;
  }
  return block;
}

void *apr_palloc(apr_pool_t *pool, apr_size_t size) {
  block_t *block = pool->blocks;
  char *memory;
  if (size > SIZE_MAX - BLOCK_HEAD - ALIGNMENT) {
    return out_of_memory(pool);
  }
  /* Two pointers are never the same, even for no bytes. */
  size = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (block == NULL || block->size - block->used < size) {
    block = new_block(pool, size > BLOCK_SIZE / 2 ? size : BLOCK_SIZE);
    if (block == NULL) {
      return NULL;
    }
  }
  memory = (char *)block + BLOCK_HEAD + block->used;
  block->used += size;
  return memory;
}

void *apr_pcalloc(apr_pool_t *pool, apr_size_t size) {
  void *memory = apr_palloc(pool, size);
  return memory == NULL ? NULL : memset(memory, 0, size);
}

void apr_pool_cleanup_register(apr_pool_t *pool, const void *data,
                               apr_status_t (*plain_cleanup)(void *),
                               apr_status_t (*child_cleanup)(void *)) {
  cleanup_t *cleanup = apr_palloc(pool, sizeof *cleanup);
  (void)child_cleanup;
  if (cleanup != NULL) {
    cleanup->data = data;
    cleanup->run = plain_cleanup;
    cleanup->next = pool->cleanups;
    pool->cleanups = cleanup;
  }
}

void apr_pool_cleanup_kill(apr_pool_t *pool, const void *data, apr_status_t (*cleanup)(void *)) {
  cleanup_t **here = &pool->cleanups;
  while (*here != NULL) {
    if ((*here)->data == data && (*here)->run == cleanup) {
      *here = (*here)->next;
      return;
    }
    here = &(*here)->next;
  }
}

apr_status_t apr_pool_cleanup_run(apr_pool_t *pool, void *data, apr_status_t (*cleanup)(void *)) {
  apr_pool_cleanup_kill(pool, data, cleanup);
  return cleanup(data);
}

apr_status_t apr_pool_cleanup_null(void *data) {
  (void)data;
  return APR_SUCCESS;
}
