/* The types of the OSS functions. Those of functions that are not supported are here too, where
   programs that upload tend to use them, so that such programs compile. */
#ifndef OSSR_OSS_DEFINE_H
#define OSSR_OSS_DEFINE_H

#include "aos_list.h"
#include "aos_string.h"
#include "aos_transport.h"

#define OSS_CPP_START OSSR_BEGIN
#define OSS_CPP_END OSSR_END

OSS_CPP_START

#define OSS_INVALID_VALUE (-1)

/* Names of headers. */
extern const char OSS_CONTENT_MD5[];
extern const char OSS_CONTENT_TYPE[];
extern const char OSS_CONTENT_LENGTH[];
extern const char OSS_DATE[];
extern const char OSS_AUTHORIZATION[];
extern const char OSS_EXPIRES[];
extern const char OSS_STS_SECURITY_TOKEN[];
extern const char OSS_OBJECT_TYPE[];
extern const char OSS_OBJECT_TYPE_NORMAL[];
extern const char OSS_OBJECT_TYPE_APPENDABLE[];
extern const char OSS_NEXT_APPEND_POSITION[];
extern const char OSS_PROCESS[];
extern const char OSS_HASH_CRC64_ECMA[];
extern const char OSS_CALLBACK[];
extern const char OSS_CALLBACK_VAR[];
extern const char OSS_CANNONICALIZED_HEADER_PREFIX[];
extern const char OSS_CANNONICALIZED_HEADER_OBJECT_ACL[];
extern const int OSS_MAX_PART_NUM;
extern const int OSS_PER_RET_NUM;

typedef enum {
  OSS_ACL_PRIVATE = 0,
  OSS_ACL_PUBLIC_READ = 1,
  OSS_ACL_PUBLIC_READ_WRITE = 2,
  OSS_ACL_DEFAULT = 3
} oss_acl_e;

typedef struct {
  aos_string_t endpoint; /* without a scheme: https */
  aos_string_t access_key_id;
  aos_string_t access_key_secret;
  aos_string_t sts_token;
  int is_cname;
  aos_string_t proxy_host;
  int proxy_port;
  aos_string_t proxy_user;
  aos_string_t proxy_passwd;
  int signature_version; /* 4: V4, which needs the region; anything else: V1 */
  aos_string_t region;
  aos_string_t cloudbox_id; /* refused: not supported */
} oss_config_t;

typedef struct {
  oss_config_t *config;
  aos_http_controller_t *ctl; /* NULL: the defaults */
  aos_pool_t *pool;           /* for what the call returns */
} oss_request_options_t;

typedef struct {
  int64_t part_size;            /* bytes; 0 or less: chosen from the size of the file */
  int32_t thread_num;           /* parts in flight; out of 1 to 1,024: 1 */
  int enable_checkpoint;        /* AOS_TRUE: resume */
  aos_string_t checkpoint_path; /* empty: FILE.ucp */
} oss_resumable_clt_params_t;

typedef struct {
  aos_list_t node;
  aos_string_t key;
  aos_string_t last_modified;
  aos_string_t etag;
  aos_string_t size;
  aos_string_t owner_id;
  aos_string_t owner_display_name;
  aos_string_t storage_class;
  aos_string_t type;
} oss_list_object_content_t;

typedef struct {
  aos_list_t node;
  aos_string_t prefix;
} oss_list_object_common_prefix_t;

typedef struct {
  aos_string_t prefix;
  aos_string_t marker;
  aos_string_t delimiter;
  int max_ret;
  int truncated;
  aos_string_t next_marker;
  aos_list_t object_list;
  aos_list_t common_prefix_list;
} oss_list_object_params_t;

typedef struct {
  aos_list_t node;
  aos_string_t key;
  aos_string_t upload_id;
  aos_string_t initiated;
} oss_list_multipart_upload_content_t;

typedef struct {
  aos_string_t prefix;
  aos_string_t key_marker;
  aos_string_t upload_id_marker;
  aos_string_t delimiter;
  int max_ret;
  int truncated;
  aos_string_t next_key_marker;
  aos_string_t next_upload_id_marker;
  aos_list_t upload_list;
} oss_list_multipart_upload_params_t;

typedef struct {
  aos_list_t node;
  aos_string_t part_number;
  aos_string_t size;
  aos_string_t etag;
  aos_string_t last_modified;
} oss_list_part_content_t;

typedef struct {
  aos_string_t part_number_marker;
  int max_ret;
  int truncated;
  aos_string_t next_part_number_marker;
  aos_list_t part_list;
} oss_list_upload_part_params_t;

typedef struct {
  aos_list_t node;
  aos_string_t part_number;
  aos_string_t etag;
} oss_complete_part_content_t;

typedef struct {
  aos_string_t filename;
  int64_t file_pos;
  int64_t file_last;
} oss_upload_file_t;

typedef struct {
  aos_list_t node;
  aos_string_t key;
} oss_object_key_t;

OSS_CPP_END

#endif
