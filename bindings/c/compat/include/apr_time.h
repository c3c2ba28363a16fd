/* Time in microseconds since 1970 (UTC). */
#ifndef OSSR_APR_TIME_H
#define OSSR_APR_TIME_H
#define APR_TIME_H

#include "apr_errno.h"

OSSR_BEGIN

typedef apr_int64_t apr_time_t;
typedef apr_int64_t apr_interval_time_t;

typedef struct apr_time_exp_t {
  apr_int32_t tm_usec;
  apr_int32_t tm_sec;
  apr_int32_t tm_min;
  apr_int32_t tm_hour;
  apr_int32_t tm_mday;
  apr_int32_t tm_mon;
  apr_int32_t tm_year;
  apr_int32_t tm_wday;
  apr_int32_t tm_yday;
  apr_int32_t tm_isdst;
  apr_int32_t tm_gmtoff;
} apr_time_exp_t;

#define APR_USEC_PER_SEC APR_INT64_C(1000000)
#define apr_time_from_sec(sec) ((apr_time_t)(sec)*APR_USEC_PER_SEC)
#define apr_time_from_msec(msec) ((apr_time_t)(msec)*1000)
#define apr_time_make(sec, usec) (apr_time_from_sec(sec) + (apr_time_t)(usec))
#define apr_time_sec(time) ((time) / APR_USEC_PER_SEC)
#define apr_time_usec(time) ((time) % APR_USEC_PER_SEC)
#define apr_time_msec(time) (((time) / 1000) % 1000)
#define apr_time_as_msec(time) ((time) / 1000)

apr_time_t apr_time_now(void);
void apr_sleep(apr_interval_time_t time);
apr_status_t apr_time_exp_gmt(apr_time_exp_t *result, apr_time_t time);
apr_status_t apr_time_exp_lt(apr_time_exp_t *result, apr_time_t time);

/* "Sun, 06 Nov 1994 08:49:37 GMT", 30 bytes with the NUL. */
#define APR_RFC822_DATE_LEN 30
apr_status_t apr_rfc822_date(char *text, apr_time_t time);

OSSR_END

#endif
