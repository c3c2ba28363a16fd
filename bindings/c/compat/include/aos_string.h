/* Text with a length. Here `data` need not end with a NUL, and nothing is copied. */
#ifndef OSSR_AOS_STRING_H
#define OSSR_AOS_STRING_H

#include "aos_define.h"

AOS_CPP_START

typedef struct {
  int len;
  char *data;
} aos_string_t;

/* Initializers; the first one for literals. */
#define aos_string(text) { sizeof(text) - 1, (char *)text }
#define aos_null_string { 0, NULL }

/* NULL gives an empty string: what getenv() answers may be handed over as it is. */
static APR_INLINE void ossr_str_set(aos_string_t *str, const char *text) {
  str->len = text == NULL ? 0 : (int)strlen(text);
  str->data = (char *)text;
}
#define aos_str_set(str, text) ossr_str_set((str), (const char *)(text))
#define aos_str_null(str) ossr_str_set((str), NULL)

/* ASCII only, whatever the locale. */
#define aos_tolower(c) ((char)((c) >= 'A' && (c) <= 'Z' ? (c) - 'A' + 'a' : (c)))
#define aos_toupper(c) ((char)((c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 'A' : (c)))

static APR_INLINE int aos_is_null_string(const aos_string_t *str) {
  return str == NULL || str->data == NULL || str->len == 0;
}

static APR_INLINE int aos_string_is_empty(const aos_string_t *str) {
  return aos_is_null_string(str) || str->data[0] == '\0';
}

static APR_INLINE void aos_string_tolower(aos_string_t *str) {
  int i;
  for (i = 0; i < str->len; i++) {
    str->data[i] = aos_tolower(str->data[i]);
  }
}

static APR_INLINE char *aos_strlchr(char *p, char *last, char c) {
  return p < last ? (char *)memchr(p, c, (size_t)(last - p)) : NULL;
}

static APR_INLINE int aos_is_quote(char c) { return c == '"'; }
static APR_INLINE int aos_is_space(char c) { return c == ' ' || c == '\t'; }
static APR_INLINE int aos_is_space_or_cntrl(char c) { return c <= ' '; }

/* Move both ends inward, past spaces, spaces and control characters, or quotation marks. */
void aos_strip_space(aos_string_t *str);
void aos_trip_space_and_cntrl(aos_string_t *str);
void aos_unquote_str(aos_string_t *str);

/* A copy that ends with a NUL. */
char *aos_pstrdup(aos_pool_t *pool, const aos_string_t *str);
int aos_ends_with(const aos_string_t *str, const aos_string_t *suffix);

AOS_CPP_END

#endif
