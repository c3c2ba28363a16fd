#define _DEFAULT_SOURCE

#include <sys/time.h>
#include <time.h>

#include "apr_time.h"

apr_time_t apr_time_now(void) {
  struct timeval now;
  gettimeofday(&now, NULL);
  return apr_time_make(now.tv_sec, now.tv_usec);
}

void apr_sleep(apr_interval_time_t time) {
  struct timespec left;
  if (time <= 0) {
    return;
  }
  left.tv_sec = (time_t)apr_time_sec(time);
  left.tv_nsec = (long)apr_time_usec(time) * 1000;
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static apr_status_t explode(apr_time_exp_t *result, apr_time_t time,
                            struct tm *(*convert)(const time_t *, struct tm *)) {
  struct tm tm;
  apr_int32_t usec = (apr_int32_t)apr_time_usec(time);
  time_t sec = (time_t)apr_time_sec(time);
  if (usec < 0) { /* before 1970 */
    usec += (apr_int32_t)APR_USEC_PER_SEC;
    sec--;
  }
  memset(&tm, 0, sizeof tm);
  if (convert(&sec, &tm) == NULL) {
    return APR_EINVAL;
  }
  result->tm_usec = usec;
  result->tm_sec = tm.tm_sec;
  result->tm_min = tm.tm_min;
  result->tm_hour = tm.tm_hour;
  result->tm_mday = tm.tm_mday;
  result->tm_mon = tm.tm_mon;
  result->tm_year = tm.tm_year;
  result->tm_wday = tm.tm_wday;
  result->tm_yday = tm.tm_yday;
  result->tm_isdst = tm.tm_isdst;
  result->tm_gmtoff = (apr_int32_t)tm.tm_gmtoff;
  return APR_SUCCESS;
}

apr_status_t apr_time_exp_gmt(apr_time_exp_t *result, apr_time_t time) {
  return explode(result, time, gmtime_r);
}

apr_status_t apr_time_exp_lt(apr_time_exp_t *result, apr_time_t time) {
  return explode(result, time, localtime_r);
}

apr_status_t apr_rfc822_date(char *text, apr_time_t time) {
  /* Not strftime: its names of days and months are those of the locale. */
  static const char DAYS[] = "SunMonTueWedThuFriSat", MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  char buf[96];
  apr_time_exp_t t;
  apr_status_t status = apr_time_exp_gmt(&t, time);
  if (status != APR_SUCCESS) {
    return status;
  }
  snprintf(buf, sizeof buf, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", DAYS + 3 * t.tm_wday,
           t.tm_mday, MONTHS + 3 * t.tm_mon, t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  buf[APR_RFC822_DATE_LEN - 1] = '\0';
  memcpy(text, buf, APR_RFC822_DATE_LEN);
  return APR_SUCCESS;
}
