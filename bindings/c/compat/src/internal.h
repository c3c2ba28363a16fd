/* What the files of this library know of each other. Not installed; the names are not exported. */
#ifndef OSSRI_INTERNAL_H
#define OSSRI_INTERNAL_H

/* Before the engine's header: ossr_names.h takes the name oss_resumable_upload_file for the C SDK's
   function, and with it the engine's declaration of the same name goes. */
#include "aos_http_io.h"
#include "aos_log.h"
#include "oss_api.h"
#include "oss_resumable.h"

#ifdef __GNUC__
#define OSSRI_HIDDEN __attribute__((visibility("hidden")))
#else
#define OSSRI_HIDDEN
#endif

/* ---- status.c ---- */

/* What every function answers when there is no memory or no pool for an answer. */
OSSRI_HIDDEN aos_status_t *ossri_no_memory(void);
OSSRI_HIDDEN aos_status_t *ossri_no_options(void);
/* A status in the pool; `message` is a format. */
OSSRI_HIDDEN aos_status_t *ossri_status(aos_pool_t *pool, int code, const char *error_code,
                                        const char *message, ...) OSSR_PRINTF(4, 5);
/* What is wrong with the options or the names; NULL: nothing. `object` may be NULL. */
OSSRI_HIDDEN aos_status_t *ossri_check(const oss_request_options_t *options,
                                       const aos_string_t *bucket, const aos_string_t *object);

/* ---- http_io.c ---- */

/* The user agent of aos_http_io_initialize(), NULL if there was none. */
OSSRI_HIDDEN const char *ossri_user_agent(void);
OSSRI_HIDDEN const aos_http_request_options_t *ossri_request_options(
    const oss_request_options_t *options);

/* ---- text.c ---- */

/* With a NUL behind it; NULL when it is empty. A NUL inside ends it, as in the C SDK. */
OSSRI_HIDDEN const char *ossri_text(aos_pool_t *pool, const aos_string_t *str);

/* ---- ca_path.c ---- */

/* All certificates in the files of a directory; NULL when it cannot be read, and errno says why. */
OSSRI_HIDDEN char *ossri_read_certificates(aos_pool_t *pool, const char *directory, size_t *len);

/* ---- client.c ---- */

/* A client with the settings of the options, freed with oss_resumable_client_free(); or NULL, and
   `*status` says why. `pool` is for what is made on the way. */
OSSRI_HIDDEN oss_resumable_client_t *ossri_client(const oss_request_options_t *options,
                                                  aos_pool_t *pool, aos_status_t **status);

/* ---- outcome.c ---- */

/* How it ended, in the pool; frees nothing. `result` may be NULL after a success. */
OSSRI_HIDDEN aos_status_t *ossri_outcome(aos_pool_t *pool, oss_resumable_code_t code,
                                         const oss_resumable_result_t *result);
OSSRI_HIDDEN void ossri_fill_headers(aos_table_t *headers, const oss_resumable_result_t *result);
OSSRI_HIDDEN void ossri_fill_body(aos_pool_t *pool, aos_list_t *body,
                                  const oss_resumable_result_t *result);

/* ---- old_checkpoint.c ---- */

/* If the file at the path is a checkpoint of the C SDK itself: aborts its upload and removes it. NULL,
   or how that failed, in `pool`. */
OSSRI_HIDDEN aos_status_t *ossri_give_up_old_checkpoint(oss_resumable_client_t *client,
                                                        aos_pool_t *pool, aos_pool_t *temporary,
                                                        const char *bucket, const char *object,
                                                        const char *path);

/* ---- unsupported.c ---- */

/* "Not supported", in the log too; an empty table in `*resp_headers`. */
OSSRI_HIDDEN aos_status_t *ossri_unsupported(const oss_request_options_t *options,
                                             aos_table_t **resp_headers, const char *function);

#endif
