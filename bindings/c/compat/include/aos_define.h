/* Types, numbers and short names that all headers of the C SDK share. */
#ifndef OSSR_AOS_DEFINE_H
#define OSSR_AOS_DEFINE_H

#include <assert.h>
#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "apr_file_io.h"
#include "apr_general.h"
#include "apr_pools.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_tables.h"
#include "apr_time.h"

#define AOS_CPP_START OSSR_BEGIN
#define AOS_CPP_END OSSR_END

typedef enum { HTTP_GET, HTTP_HEAD, HTTP_PUT, HTTP_POST, HTTP_DELETE } http_method_e;

/* Codes below zero: what went wrong before there was an answer of OSS, or in spite of one. */
typedef enum {
  AOSE_OK = 0,
  AOSE_OUT_MEMORY = -1000,
  AOSE_OVER_MEMORY = -999,
  AOSE_FAILED_CONNECT = -998,
  AOSE_ABORT_CALLBACK = -997,
  AOSE_INTERNAL_ERROR = -996,
  AOSE_REQUEST_TIMEOUT = -995,
  AOSE_INVALID_ARGUMENT = -994,
  AOSE_INVALID_OPERATION = -993,
  AOSE_CONNECTION_FAILED = -992,
  AOSE_FAILED_INITIALIZE = -991,
  AOSE_NAME_LOOKUP_ERROR = -990,
  AOSE_FAILED_VERIFICATION = -989,
  AOSE_WRITE_BODY_ERROR = -988,
  AOSE_READ_BODY_ERROR = -987,
  AOSE_SERVICE_ERROR = -986,
  AOSE_OPEN_FILE_ERROR = -985,
  AOSE_FILE_SEEK_ERROR = -984,
  AOSE_FILE_INFO_ERROR = -983,
  AOSE_FILE_READ_ERROR = -982,
  AOSE_FILE_WRITE_ERROR = -981,
  AOSE_XML_PARSE_ERROR = -980,
  AOSE_UTF8_ENCODE_ERROR = -979,
  AOSE_CRC_INCONSISTENT_ERROR = -978,
  AOSE_FILE_FLUSH_ERROR = -977,
  AOSE_FILE_TRUNC_ERROR = -976,
  AOSE_SELECT_OBJECT_CRC_ERROR = -975,
  AOSE_UNKNOWN_ERROR = -100
} aos_error_code_e;

typedef apr_pool_t aos_pool_t;
typedef apr_table_t aos_table_t;
typedef apr_table_entry_t aos_table_entry_t;
typedef apr_array_header_t aos_array_header_t;

#define aos_pool_create(newpool, parent) apr_pool_create(newpool, parent)
#define aos_pool_destroy(pool) apr_pool_destroy(pool)
#define aos_palloc(pool, size) apr_palloc(pool, size)
#define aos_pcalloc(pool, size) apr_pcalloc(pool, size)

#define aos_table_make(pool, count) apr_table_make(pool, count)
#define aos_table_elts(table) apr_table_elts(table)
#define aos_is_empty_table(table) apr_is_empty_table(table)

/* Functions, so that they may be used as one statement anywhere. */
AOS_CPP_START
void ossr_table_add_int64(aos_table_t *table, const char *key, int64_t value);
void ossr_table_set_int64(aos_table_t *table, const char *key, int64_t value);
AOS_CPP_END
#define aos_table_add_int(table, key, value) ossr_table_add_int64(table, key, value)
#define aos_table_add_int64(table, key, value) ossr_table_add_int64(table, key, value)
#define aos_table_set_int64(table, key, value) ossr_table_set_int64(table, key, value)

#define AOS_INIT_WINSOCK 1
#define AOS_MD5_STRING_LEN 32
#define AOS_MAX_URI_LEN 2048
#define AOS_MAX_HEADER_LEN 8192
#define AOS_MAX_QUERY_ARG_LEN 1024
#define AOS_MAX_GMT_TIME_LEN 128
#define AOS_MAX_SHORT_TIME_LEN 10
#define AOS_MAX_XML_NODE_VALUE_LEN 1024
#define AOS_MAX_INT64_STRING_LEN 64
#define AOS_MAX_UINT64_STRING_LEN 64
#define AOS_REQUEST_STACK_SIZE 32

/* Defaults of the request options: seconds, and bytes per second. */
#define AOS_CONNECT_TIMEOUT 10
#define AOS_DNS_CACHE_TIMOUT 60
#define AOS_MIN_SPEED_LIMIT 1024
#define AOS_MIN_SPEED_TIME 15
#define AOS_MAX_MEMORY_SIZE (1024 * 1024 * 1024L)
#define AOS_MAX_PART_SIZE (512 * 1024 * 1024L)
#define AOS_DEFAULT_PART_SIZE (1024 * 1024L)

#define aos_abs(value) (((value) < 0) ? -(value) : (value))
#define aos_max(a, b) (((a) > (b)) ? (a) : (b))
#define aos_min(a, b) (((a) < (b)) ? (a) : (b))

#define LF ((char)10)
#define CR ((char)13)
#define CRLF "\r\n"

/* The version of the C SDK whose interface this is. */
#define AOS_VERSION "3.11.2"
#define AOS_VER "aliyun-sdk-c/" AOS_VERSION

#define AOS_HTTP_PREFIX "http://"
#define AOS_HTTPS_PREFIX "https://"
#define AOS_RTMP_PREFIX "rtmp://"
#define AOS_TEMP_FILE_SUFFIX ".tmp"

#define AOS_FALSE 0
#define AOS_TRUE 1

#endif
