/* What makes the structs of the OSS functions, and checks names. */
#ifndef OSSR_OSS_UTIL_H
#define OSSR_OSS_UTIL_H

#include "aos_status.h"
#include "aos_string.h"
#include "aos_transport.h"
#include "oss_define.h"

OSS_CPP_START

/* Everything empty: signature V1, no token, no proxy. */
oss_config_t *oss_config_create(aos_pool_t *pool);
/* Without config and ctl. NULL: with a pool of its own, options->pool. */
oss_request_options_t *oss_request_options_create(aos_pool_t *pool);
/* Copies the proxy of the config into ctl->options. Uploads do without. */
void oss_config_resolve(aos_pool_t *pool, oss_config_t *config, aos_http_controller_t *ctl);

oss_resumable_clt_params_t *oss_create_resumable_clt_params_content(aos_pool_t *pool,
                                                                    int64_t part_size,
                                                                    int32_t thread_num,
                                                                    int enable_checkpoint,
                                                                    const char *checkpoint_path);

/* Raises a part size that would give more than 10,000 parts. */
void oss_get_part_size(int64_t filesize, int64_t *part_size);
/* 1 unless clt_params say another number from 1 to 1,024. */
int32_t oss_get_thread_num(oss_resumable_clt_params_t *clt_params);

int oss_is_valid_bucket_name(const aos_string_t *name);
int oss_is_valid_object_name(const aos_string_t *name);
int oss_is_valid_object_name_ex(const aos_string_t *name, int strict);
const char *get_oss_acl_str(oss_acl_e acl);

aos_table_t *aos_table_create_if_null(const oss_request_options_t *options, aos_table_t *table,
                                      int table_size);

/* For functions that are not supported: empty structs. */
oss_list_object_params_t *oss_create_list_object_params(aos_pool_t *pool);
oss_list_multipart_upload_params_t *oss_create_list_multipart_upload_params(aos_pool_t *pool);
oss_list_upload_part_params_t *oss_create_list_upload_part_params(aos_pool_t *pool);
oss_complete_part_content_t *oss_create_complete_part_content(aos_pool_t *pool);
oss_upload_file_t *oss_create_upload_file(aos_pool_t *pool);
oss_object_key_t *oss_create_oss_object_key(aos_pool_t *pool);

OSS_CPP_END

#endif
