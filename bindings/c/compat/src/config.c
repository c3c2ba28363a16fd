/* The structs that programs fill in, and the rules for what they may hold. */
#include "internal.h"

const char OSS_CONTENT_MD5[] = "Content-MD5";
const char OSS_CONTENT_TYPE[] = "Content-Type";
const char OSS_CONTENT_LENGTH[] = "Content-Length";
const char OSS_DATE[] = "Date";
const char OSS_AUTHORIZATION[] = "Authorization";
const char OSS_EXPIRES[] = "Expires";
const char OSS_STS_SECURITY_TOKEN[] = "x-oss-security-token";
const char OSS_OBJECT_TYPE[] = "x-oss-object-type";
const char OSS_OBJECT_TYPE_NORMAL[] = "Normal";
const char OSS_OBJECT_TYPE_APPENDABLE[] = "Appendable";
const char OSS_NEXT_APPEND_POSITION[] = "x-oss-next-append-position";
const char OSS_PROCESS[] = "x-oss-process";
const char OSS_HASH_CRC64_ECMA[] = "x-oss-hash-crc64ecma";
const char OSS_CALLBACK[] = "x-oss-callback";
const char OSS_CALLBACK_VAR[] = "x-oss-callback-var";
const char OSS_CANNONICALIZED_HEADER_PREFIX[] = "x-oss-";
const char OSS_CANNONICALIZED_HEADER_OBJECT_ACL[] = "x-oss-object-acl";
const int OSS_MAX_PART_NUM = 10000;
const int OSS_PER_RET_NUM = 1000;

oss_config_t *oss_config_create(aos_pool_t *pool) { return apr_pcalloc(pool, sizeof(oss_config_t)); }

oss_request_options_t *oss_request_options_create(aos_pool_t *pool) {
  oss_request_options_t *options;
  if (pool == NULL && apr_pool_create(&pool, NULL) != APR_SUCCESS) {
    return NULL;
  }
  options = apr_pcalloc(pool, sizeof *options);
  if (options != NULL) {
    options->pool = pool;
  }
  return options;
}

void oss_config_resolve(aos_pool_t *pool, oss_config_t *config, aos_http_controller_t *ctl) {
  const char *host = ossri_text(pool, &config->proxy_host);
  const char *user = ossri_text(pool, &config->proxy_user);
  const char *password = ossri_text(pool, &config->proxy_passwd);
  if (host == NULL) {
    return;
  }
  ctl->options->proxy_host = config->proxy_port == 0
                                 ? apr_pstrdup(pool, host)
                                 : apr_psprintf(pool, "%s:%d", host, config->proxy_port);
  if (user != NULL && password != NULL) {
    ctl->options->proxy_auth = apr_pstrcat(pool, user, ":", password, NULL);
  }
}

oss_resumable_clt_params_t *oss_create_resumable_clt_params_content(aos_pool_t *pool,
                                                                    int64_t part_size,
                                                                    int32_t thread_num,
                                                                    int enable_checkpoint,
                                                                    const char *checkpoint_path) {
  oss_resumable_clt_params_t *params = apr_pcalloc(pool, sizeof *params);
  if (params != NULL) {
    params->part_size = part_size;
    params->thread_num = thread_num;
    params->enable_checkpoint = enable_checkpoint;
    aos_str_set(&params->checkpoint_path, apr_pstrdup(pool, checkpoint_path));
  }
  return params;
}

void oss_get_part_size(int64_t filesize, int64_t *part_size) {
  int64_t least = filesize / OSS_MAX_PART_NUM + (filesize % OSS_MAX_PART_NUM != 0);
  if (*part_size < least) {
    *part_size = least;
  }
}

int32_t oss_get_thread_num(oss_resumable_clt_params_t *clt_params) {
  int32_t count = clt_params == NULL ? 1 : clt_params->thread_num;
  return count < 1 || count > 1024 ? 1 : count;
}

int oss_is_valid_bucket_name(const aos_string_t *name) {
  int i;
  if (aos_is_null_string(name) || name->len < 3 || name->len > 63) {
    return AOS_FALSE;
  }
  for (i = 0; i < name->len; i++) {
    char c = name->data[i];
    int inside = i > 0 && i < name->len - 1;
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && inside))) {
      return AOS_FALSE;
    }
  }
  return AOS_TRUE;
}

int oss_is_valid_object_name(const aos_string_t *name) { return !aos_string_is_empty(name); }

int oss_is_valid_object_name_ex(const aos_string_t *name, int strict) {
  return oss_is_valid_object_name(name) && !(strict && name->data[0] == '?');
}

const char *get_oss_acl_str(oss_acl_e acl) {
  switch (acl) {
    case OSS_ACL_PRIVATE: return "private";
    case OSS_ACL_PUBLIC_READ: return "public-read";
    case OSS_ACL_PUBLIC_READ_WRITE: return "public-read-write";
    case OSS_ACL_DEFAULT: return "default";
    default: return NULL;
  }
}

aos_table_t *aos_table_create_if_null(const oss_request_options_t *options, aos_table_t *table,
                                      int table_size) {
  return table == NULL ? apr_table_make(options->pool, table_size) : table;
}

void ossr_table_add_int64(aos_table_t *table, const char *key, int64_t value) {
  char text[AOS_MAX_INT64_STRING_LEN];
  apr_snprintf(text, sizeof text, "%" APR_INT64_T_FMT, value);
  apr_table_add(table, key, text);
}

void ossr_table_set_int64(aos_table_t *table, const char *key, int64_t value) {
  char text[AOS_MAX_INT64_STRING_LEN];
  apr_snprintf(text, sizeof text, "%" APR_INT64_T_FMT, value);
  apr_table_set(table, key, text);
}

/* ---- For functions that are not supported ------------------------------------------------------- */

oss_list_object_params_t *oss_create_list_object_params(aos_pool_t *pool) {
  oss_list_object_params_t *params = apr_pcalloc(pool, sizeof *params);
  if (params != NULL) {
    params->max_ret = OSS_PER_RET_NUM;
    aos_list_init(&params->object_list);
    aos_list_init(&params->common_prefix_list);
  }
  return params;
}

oss_list_multipart_upload_params_t *oss_create_list_multipart_upload_params(aos_pool_t *pool) {
  oss_list_multipart_upload_params_t *params = apr_pcalloc(pool, sizeof *params);
  if (params != NULL) {
    params->max_ret = OSS_PER_RET_NUM;
    aos_list_init(&params->upload_list);
  }
  return params;
}

oss_list_upload_part_params_t *oss_create_list_upload_part_params(aos_pool_t *pool) {
  oss_list_upload_part_params_t *params = apr_pcalloc(pool, sizeof *params);
  if (params != NULL) {
    params->max_ret = OSS_PER_RET_NUM;
    aos_list_init(&params->part_list);
  }
  return params;
}

oss_complete_part_content_t *oss_create_complete_part_content(aos_pool_t *pool) {
  return apr_pcalloc(pool, sizeof(oss_complete_part_content_t));
}

oss_upload_file_t *oss_create_upload_file(aos_pool_t *pool) {
  return apr_pcalloc(pool, sizeof(oss_upload_file_t));
}

oss_object_key_t *oss_create_oss_object_key(aos_pool_t *pool) {
  return apr_pcalloc(pool, sizeof(oss_object_key_t));
}
