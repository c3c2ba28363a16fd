/* Small things that programs borrow from the C SDK. */
#ifndef OSSR_AOS_UTIL_H
#define OSSR_AOS_UTIL_H

#include "aos_buf.h"
#include "aos_define.h"
#include "aos_string.h"

AOS_CPP_START

/* "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale; AOSE_OK. */
int aos_get_gmt_str_time(char text[AOS_MAX_GMT_TIME_LEN]);

/* `dest` has room for three times the source and a NUL. AOSE_INVALID_ARGUMENT when the source is
   longer than `max` bytes; what fitted is written then. `slash`: '/' stays as it is. */
int aos_url_encode(char *dest, const char *src, int max);
int aos_url_encode_ex(char *dest, const char *src, int max, int slash);
/* 0, or -1 at a '%' without two hexadecimal digits. '+' is a space. */
int aos_url_decode(const char *in, char *out);

/* Writes no NUL; `out` has room for 4 bytes for every 3 begun. Returns how many were written. */
int aos_base64_encode(const unsigned char *in, int len, char *out);

const char *aos_http_method_to_string(http_method_e method);

long long aos_strtoll(const char *text, char **end, int base);
unsigned long long aos_strtoull(const char *text, char **end, int base);
int64_t aos_atoi64(const char *text);
uint64_t aos_atoui64(const char *text);

AOS_CPP_END

#endif
