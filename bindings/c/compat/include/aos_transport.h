/* The settings of a connection. What speaks HTTP in the C SDK is not here: the engine does it. */
#ifndef OSSR_AOS_TRANSPORT_H
#define OSSR_AOS_TRANSPORT_H

#include "aos_buf.h"
#include "aos_define.h"

AOS_CPP_START

typedef struct aos_http_request_s aos_http_request_t;
typedef struct aos_http_controller_s aos_http_controller_t;
typedef struct aos_http_request_options_s aos_http_request_options_t;
typedef struct aos_http_transport_options_s aos_http_transport_options_t;

/* Runs on the thread that called, one call at a time. */
typedef void (*oss_progress_callback)(int64_t consumed_bytes, int64_t total_bytes);

struct aos_http_request_options_s {
  int speed_limit;         /* not used: see speed_time */
  int speed_time;          /* seconds without a byte until an attempt is made again */
  int dns_cache_timeout;   /* not used */
  int connect_timeout;     /* seconds */
  int64_t max_memory_size; /* not used */
  int enable_crc;          /* not used: CRC64 is always compared */
  char *proxy_host;        /* host:port, unless the config names a proxy */
  char *proxy_auth;        /* user:password */
  int verify_ssl;          /* AOS_FALSE is refused, unless the endpoint is http:// */
  char *ca_path;           /* a directory of PEM files, trusted besides the system's */
  char *ca_file;           /* a PEM file, trusted besides the system's */
  int verify_object_strict; /* AOS_TRUE: a key must not begin with '?' */
};

/* What programs fill in for a signed URL, which is not supported. */
struct aos_http_request_s {
  http_method_e method;
  aos_table_t *headers;
  aos_table_t *query_params;
  aos_pool_t *pool;
};

struct aos_http_transport_options_s {
  char *user_agent;
  char *cacerts_path; /* not used, as in the C SDK */
  uint32_t ssl_verification_disabled : 1; /* not used, as in the C SDK */
};

struct aos_http_controller_s {
  aos_http_request_options_t *options;
  aos_pool_t *pool;
  int64_t start_time;
  int64_t first_byte_time;
  int64_t finish_time;
  uint32_t owner : 1;
  void *user_data;
};

AOS_CPP_END

#endif
