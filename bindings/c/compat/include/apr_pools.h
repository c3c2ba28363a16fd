/*
 * Pools: memory that is freed together. A pool belongs to one thread at a time; different pools, and
 * children of one parent, may be used by different threads.
 */
#ifndef OSSR_APR_POOLS_H
#define OSSR_APR_POOLS_H
#define APR_POOLS_H

#include "apr_errno.h"
#include "apr_general.h"

OSSR_BEGIN

typedef struct apr_pool_t apr_pool_t;
typedef struct apr_allocator_t apr_allocator_t;
typedef int (*apr_abortfunc_t)(int status);

/*
 * A pool; destroyed with `parent`, or, if that is NULL, by apr_pool_destroy() only. `abort_fn` is
 * called when memory runs out (NULL: the parent's). The allocator is not used.
 */
apr_status_t apr_pool_create_ex(apr_pool_t **newpool, apr_pool_t *parent, apr_abortfunc_t abort_fn,
                                apr_allocator_t *allocator);
#define apr_pool_create(newpool, parent) apr_pool_create_ex(newpool, parent, NULL, NULL)

/* Runs the cleanups, newest first, after destroying the children; then frees. NULL does nothing. */
void apr_pool_destroy(apr_pool_t *pool);
/* The same, but the pool stays. */
void apr_pool_clear(apr_pool_t *pool);
apr_pool_t *apr_pool_parent_get(apr_pool_t *pool);
int apr_pool_is_ancestor(apr_pool_t *a, apr_pool_t *b);
void apr_pool_tag(apr_pool_t *pool, const char *tag);

/* NULL when memory runs out. */
void *apr_palloc(apr_pool_t *pool, apr_size_t size);
void *apr_pcalloc(apr_pool_t *pool, apr_size_t size);

/* `child_cleanup` is kept for the shape of the call; nothing here runs it. */
void apr_pool_cleanup_register(apr_pool_t *pool, const void *data,
                               apr_status_t (*plain_cleanup)(void *),
                               apr_status_t (*child_cleanup)(void *));
void apr_pool_cleanup_kill(apr_pool_t *pool, const void *data, apr_status_t (*cleanup)(void *));
apr_status_t apr_pool_cleanup_run(apr_pool_t *pool, void *data, apr_status_t (*cleanup)(void *));
apr_status_t apr_pool_cleanup_null(void *data);

OSSR_END

#endif
