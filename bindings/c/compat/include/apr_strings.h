#ifndef OSSR_APR_STRINGS_H
#define OSSR_APR_STRINGS_H
#define APR_STRINGS_H

#include "apr_pools.h"

OSSR_BEGIN

char *apr_pstrdup(apr_pool_t *pool, const char *text);
char *apr_pstrndup(apr_pool_t *pool, const char *text, apr_size_t max);
char *apr_pstrmemdup(apr_pool_t *pool, const char *text, apr_size_t len);
void *apr_pmemdup(apr_pool_t *pool, const void *bytes, apr_size_t len);
/* Texts up to a NULL, one behind the other. */
char *apr_pstrcat(apr_pool_t *pool, ...);

/* Formats are C's, without the extensions of APR ("%pI" and the like). */
char *apr_psprintf(apr_pool_t *pool, const char *format, ...) OSSR_PRINTF(2, 3);
char *apr_pvsprintf(apr_pool_t *pool, const char *format, va_list args) OSSR_PRINTF(2, 0);
/* Return what was written, at most size - 1, unlike C's. */
int apr_snprintf(char *buf, apr_size_t size, const char *format, ...) OSSR_PRINTF(3, 4);
int apr_vsnprintf(char *buf, apr_size_t size, const char *format, va_list args) OSSR_PRINTF(3, 0);

/* Copies and always ends with a NUL; returns where that is. */
char *apr_cpystrn(char *to, const char *from, apr_size_t size);
char *apr_strtok(char *text, const char *separators, char **last);
apr_int64_t apr_strtoi64(const char *text, char **end, int base);
apr_int64_t apr_atoi64(const char *text);
char *apr_itoa(apr_pool_t *pool, int number);
char *apr_ltoa(apr_pool_t *pool, long number);
char *apr_off_t_toa(apr_pool_t *pool, apr_off_t number);

OSSR_END

#endif
