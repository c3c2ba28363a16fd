#define _POSIX_C_SOURCE 200809L

#include "apr_strings.h"

char *apr_pstrmemdup(apr_pool_t *pool, const char *text, apr_size_t len) {
  char *copy;
  if (text == NULL) {
    return NULL;
  }
  copy = apr_palloc(pool, len + 1);
  if (copy != NULL) {
    memcpy(copy, text, len);
    copy[len] = '\0';
  }
  return copy;
}

char *apr_pstrdup(apr_pool_t *pool, const char *text) {
  return text == NULL ? NULL : apr_pstrmemdup(pool, text, strlen(text));
}

char *apr_pstrndup(apr_pool_t *pool, const char *text, apr_size_t max) {
  return text == NULL ? NULL : apr_pstrmemdup(pool, text, strnlen(text, max));
}

void *apr_pmemdup(apr_pool_t *pool, const void *bytes, apr_size_t len) {
  void *copy = bytes == NULL ? NULL : apr_palloc(pool, len);
  return copy == NULL ? NULL : memcpy(copy, bytes, len);
}

char *apr_pstrcat(apr_pool_t *pool, ...) {
  va_list texts;
  const char *text;
  char *all, *end;
  size_t len = 0;
  va_start(texts, pool);
  while ((text = va_arg(texts, const char *)) != NULL) {
    len += strlen(text);
  }
  va_end(texts);
  all = end = apr_palloc(pool, len + 1);
  if (all == NULL) {
    return NULL;
  }
  va_start(texts, pool);
  while ((text = va_arg(texts, const char *)) != NULL) {
    len = strlen(text);
    memcpy(end, text, len);
    end += len;
  }
  va_end(texts);
  *end = '\0';
  return all;
}

char *apr_pvsprintf(apr_pool_t *pool, const char *format, va_list args) {
  va_list again;
  int len;
  char *text;
  va_copy(again, args);
  len = vsnprintf(NULL, 0, format, again);
  va_end(again);
  text = len < 0 ? NULL : apr_palloc(pool, (size_t)len + 1);
  if (text != NULL) {
    vsnprintf(text, (size_t)len + 1, format, args);
  }
  return text;
}

char *apr_psprintf(apr_pool_t *pool, const char *format, ...) {
  char *text;
  va_list args;
  va_start(args, format);
  text = apr_pvsprintf(pool, format, args);
  va_end(args);
  return text;
}

int apr_vsnprintf(char *buf, apr_size_t size, const char *format, va_list args) {
  int len = vsnprintf(buf, size, format, args);
  if (len < 0 || size == 0) {
    return len < 0 ? -1 : 0;
  }
  return (size_t)len < size ? len : (int)(size - 1);
}

int apr_snprintf(char *buf, apr_size_t size, const char *format, ...) {
  int len;
  va_list args;
  va_start(args, format);
  len = apr_vsnprintf(buf, size, format, args);
  va_end(args);
  return len;
}

char *apr_cpystrn(char *to, const char *from, apr_size_t size) {
  size_t len;
  if (size == 0) {
    return to;
  }
  len = from == NULL ? 0 : strnlen(from, size - 1);
  if (len > 0) {
    memcpy(to, from, len);
  }
  to[len] = '\0';
  return to + len;
}

char *apr_strtok(char *text, const char *separators, char **last) {
  return strtok_r(text, separators, last);
}

apr_int64_t apr_strtoi64(const char *text, char **end, int base) {
  return (apr_int64_t)strtoll(text, end, base);
}

apr_int64_t apr_atoi64(const char *text) { return apr_strtoi64(text, NULL, 10); }

char *apr_itoa(apr_pool_t *pool, int number) { return apr_psprintf(pool, "%d", number); }

char *apr_ltoa(apr_pool_t *pool, long number) { return apr_psprintf(pool, "%ld", number); }

char *apr_off_t_toa(apr_pool_t *pool, apr_off_t number) {
  return apr_psprintf(pool, "%lld", (long long)number);
}
