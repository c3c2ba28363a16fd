/* How a call ended. */
#ifndef OSSR_AOS_STATUS_H
#define OSSR_AOS_STATUS_H

#include "aos_define.h"
#include "aos_list.h"

AOS_CPP_START

typedef struct aos_status_s aos_status_t;

/* Belongs to the pool of the options that the call was given. */
struct aos_status_s {
  int code;         /* above 0: the HTTP status; below: one of AOSE_* */
  char *error_code; /* of OSS, or one of the texts below; NULL on success */
  char *error_msg;  /* a sentence for a person; NULL on success */
  char *req_id;     /* "" when there was no answer */
};

static APR_INLINE int aos_http_is_ok(int code) { return code / 100 == 2; }

static APR_INLINE int aos_status_is_ok(const aos_status_t *s) {
  return s->code > 0 && aos_http_is_ok(s->code);
}

static APR_INLINE void ossr_status_set(aos_status_t *s, int code, const char *error_code,
                                       const char *error_msg) {
  s->code = code;
  s->error_code = (char *)error_code;
  s->error_msg = (char *)error_msg;
}
#define aos_status_set(s, c, ec, es) ossr_status_set((s), (c), (ec), (es))

aos_status_t *aos_status_create(aos_pool_t *pool);
/* With the request id, which the C SDK leaves out. */
aos_status_t *aos_status_dup(aos_pool_t *pool, aos_status_t *src);
/* Whether the same call may succeed later. */
int aos_should_retry(aos_status_t *s);

extern const char AOS_XML_PARSE_ERROR_CODE[];
extern const char AOS_OPEN_FILE_ERROR_CODE[];
extern const char AOS_WRITE_FILE_ERROR_CODE[];
extern const char AOS_RENAME_FILE_ERROR_CODE[];
extern const char AOS_HTTP_IO_ERROR_CODE[];
extern const char AOS_UNKNOWN_ERROR_CODE[];
extern const char AOS_CLIENT_ERROR_CODE[];
extern const char AOS_SERVER_ERROR_CODE[];
extern const char AOS_UTF8_ENCODE_ERROR_CODE[];
extern const char AOS_URL_ENCODE_ERROR_CODE[];
extern const char AOS_INCONSISTENT_ERROR_CODE[];
extern const char AOS_CREATE_QUEUE_ERROR_CODE[];
extern const char AOS_CREATE_THREAD_POOL_ERROR_CODE[];
extern const char AOS_EMPTY_STRING_ERROR[];
extern const char AOS_BUCKET_NAME_INVALID_ERROR[];
extern const char AOS_OBJECT_NAME_INVALID_ERROR[];

AOS_CPP_END

#endif
