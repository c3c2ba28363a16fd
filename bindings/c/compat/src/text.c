/* aos_string_t, and conversions of text. */
#include "aos_crc64.h"
#include "internal.h"

const char *ossri_text(aos_pool_t *pool, const aos_string_t *str) {
  return aos_is_null_string(str) || str->len < 0 ? NULL : aos_pstrdup(pool, str);
}

char *aos_pstrdup(aos_pool_t *pool, const aos_string_t *str) {
  return apr_pstrmemdup(pool, str->data, str->len > 0 ? (size_t)str->len : 0);
}

int aos_ends_with(const aos_string_t *str, const aos_string_t *suffix) {
  if (str == NULL || suffix == NULL || str->len < suffix->len) {
    return AOS_FALSE;
  }
  return suffix->len <= 0 ||
         memcmp(str->data + str->len - suffix->len, suffix->data, (size_t)suffix->len) == 0;
}

static void strip(aos_string_t *str, int (*is_stripped)(char)) {
  while (str->len > 0 && is_stripped(str->data[0])) {
    str->data++;
    str->len--;
  }
  while (str->len > 0 && is_stripped(str->data[str->len - 1])) {
    str->len--;
  }
}

void aos_strip_space(aos_string_t *str) { strip(str, aos_is_space); }

void aos_trip_space_and_cntrl(aos_string_t *str) { strip(str, aos_is_space_or_cntrl); }

void aos_unquote_str(aos_string_t *str) { strip(str, aos_is_quote); }

int aos_get_gmt_str_time(char text[AOS_MAX_GMT_TIME_LEN]) {
  return apr_rfc822_date(text, apr_time_now()) == APR_SUCCESS ? AOSE_OK : AOSE_INTERNAL_ERROR;
}

static const char HEX[] = "0123456789ABCDEF";

/* ASCII only, whatever the locale. */
static int is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

int aos_url_encode_ex(char *dest, const char *src, int max, int slash) {
  for (; *src != '\0' && max > 0; src++, max--) {
    if (is_unreserved(*src) || (slash && *src == '/')) {
      *dest++ = *src;
    } else {
      *dest++ = '%';
      *dest++ = HEX[(unsigned char)*src >> 4];
      *dest++ = HEX[(unsigned char)*src & 15];
    }
  }
  *dest = '\0';
  return *src == '\0' ? AOSE_OK : AOSE_INVALID_ARGUMENT;
}

int aos_url_encode(char *dest, const char *src, int max) {
  return aos_url_encode_ex(dest, src, max, AOS_TRUE);
}

static int hex_value(char c) {
  const char *digit = c == '\0' ? NULL : strchr(HEX, aos_toupper(c));
  return digit == NULL ? -1 : (int)(digit - HEX);
}

int aos_url_decode(const char *in, char *out) {
  int failed = 0;
  for (; in != NULL && *in != '\0' && !failed; in++) {
    if (*in != '%') {
      *out++ = *in == '+' ? ' ' : *in;
    } else if (hex_value(in[1]) >= 0 && hex_value(in[2]) >= 0) {
      *out++ = (char)(hex_value(in[1]) * 16 + hex_value(in[2]));
      in += 2;
    } else {
      failed = -1;
    }
  }
  *out = '\0';
  return failed;
}

int aos_base64_encode(const unsigned char *in, int len, char *out) {
  static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char *begin = out;
  for (; len > 0; in += 3, len -= 3) {
    unsigned long bits = (unsigned long)in[0] << 16;
    bits |= len > 1 ? (unsigned long)in[1] << 8 : 0;
    bits |= len > 2 ? in[2] : 0;
    *out++ = DIGITS[bits >> 18 & 63];
    *out++ = DIGITS[bits >> 12 & 63];
    *out++ = len > 1 ? DIGITS[bits >> 6 & 63] : '=';
    *out++ = len > 2 ? DIGITS[bits & 63] : '=';
  }
  return (int)(out - begin);
}

const char *aos_http_method_to_string(http_method_e method) {
  switch (method) {
    case HTTP_GET: return "GET";
    case HTTP_HEAD: return "HEAD";
    case HTTP_PUT: return "PUT";
    case HTTP_POST: return "POST";
    case HTTP_DELETE: return "DELETE";
    default: return "UNKNOWN";
  }
}

long long aos_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }

unsigned long long aos_strtoull(const char *text, char **end, int base) {
  return strtoull(text, end, base);
}

int64_t aos_atoi64(const char *text) { return (int64_t)strtoll(text, NULL, 10); }

uint64_t aos_atoui64(const char *text) { return (uint64_t)strtoull(text, NULL, 10); }

/* Bit by bit, without a table that threads would have to agree on: it is for the bytes that a
   program has at hand, not for files; those the engine looks after. */
uint64_t aos_crc64(uint64_t crc, void *buf, size_t len) {
  const unsigned char *byte = buf, *end = byte + len;
  crc = ~crc;
  while (byte < end) {
    int bit;
    crc ^= *byte++;
    for (bit = 0; bit < 8; bit++) {
      crc = crc >> 1 ^ (crc & 1 ? UINT64_C(0xC96C5795D7870F42) : 0);
    }
  }
  return ~crc;
}
