/* What programs may refer to and the engine cannot do: they link, and get a clear answer.
   Objects and buckets are here; parts, appending and signed URLs in unsupported_parts.c. */
#include "internal.h"

aos_status_t *ossri_unsupported(const oss_request_options_t *options, aos_table_t **resp_headers,
                                const char *function) {
  if (resp_headers != NULL) {
    *resp_headers =
        options == NULL || options->pool == NULL ? NULL : apr_table_make(options->pool, 1);
  }
  if (options == NULL || options->pool == NULL) {
    return ossri_no_options();
  }
  aos_error_log("%s is not supported", function);
  return ossri_status(options->pool, AOSE_INVALID_OPERATION, AOS_CLIENT_ERROR_CODE,
                      "%s: not supported by oss-resumable, which only uploads", function);
}

aos_status_t *oss_resumable_download_file(oss_request_options_t *options, aos_string_t *bucket,
                                          aos_string_t *object, aos_string_t *filepath,
                                          aos_table_t *headers, aos_table_t *params,
                                          oss_resumable_clt_params_t *clt_params,
                                          oss_progress_callback progress_callback,
                                          aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)filepath;
  (void)headers;
  (void)params;
  (void)clt_params;
  (void)progress_callback;
  return ossri_unsupported(options, resp_headers, "oss_resumable_download_file");
}

aos_status_t *oss_get_object_to_file(const oss_request_options_t *options,
                                     const aos_string_t *bucket, const aos_string_t *object,
                                     aos_table_t *headers, aos_table_t *params,
                                     aos_string_t *filename, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)headers;
  (void)params;
  (void)filename;
  return ossri_unsupported(options, resp_headers, "oss_get_object_to_file");
}

aos_status_t *oss_do_get_object_to_file(const oss_request_options_t *options,
                                        const aos_string_t *bucket, const aos_string_t *object,
                                        aos_table_t *headers, aos_table_t *params,
                                        aos_string_t *filename,
                                        oss_progress_callback progress_callback,
                                        aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)headers;
  (void)params;
  (void)filename;
  (void)progress_callback;
  return ossri_unsupported(options, resp_headers, "oss_do_get_object_to_file");
}

aos_status_t *oss_get_object_to_buffer(const oss_request_options_t *options,
                                       const aos_string_t *bucket, const aos_string_t *object,
                                       aos_table_t *headers, aos_table_t *params,
                                       aos_list_t *buffer, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)headers;
  (void)params;
  (void)buffer;
  return ossri_unsupported(options, resp_headers, "oss_get_object_to_buffer");
}

aos_status_t *oss_do_get_object_to_buffer(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          aos_table_t *headers, aos_table_t *params,
                                          aos_list_t *buffer,
                                          oss_progress_callback progress_callback,
                                          aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)headers;
  (void)params;
  (void)buffer;
  (void)progress_callback;
  return ossri_unsupported(options, resp_headers, "oss_do_get_object_to_buffer");
}

aos_status_t *oss_head_object(const oss_request_options_t *options, const aos_string_t *bucket,
                              const aos_string_t *object, aos_table_t *headers,
                              aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_head_object");
}

aos_status_t *oss_get_object_meta(const oss_request_options_t *options, const aos_string_t *bucket,
                                  const aos_string_t *object, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  return ossri_unsupported(options, resp_headers, "oss_get_object_meta");
}

aos_status_t *oss_put_object_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 const aos_string_t *object, oss_acl_e acl,
                                 aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)acl;
  return ossri_unsupported(options, resp_headers, "oss_put_object_acl");
}

aos_status_t *oss_get_object_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 const aos_string_t *object, aos_string_t *acl,
                                 aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)acl;
  return ossri_unsupported(options, resp_headers, "oss_get_object_acl");
}

aos_status_t *oss_delete_object(const oss_request_options_t *options, const aos_string_t *bucket,
                                const aos_string_t *object, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  return ossri_unsupported(options, resp_headers, "oss_delete_object");
}

aos_status_t *oss_delete_objects(const oss_request_options_t *options, const aos_string_t *bucket,
                                 aos_list_t *object_list, int is_quiet, aos_table_t **resp_headers,
                                 aos_list_t *deleted_object_list) {
  (void)bucket;
  (void)object_list;
  (void)is_quiet;
  (void)deleted_object_list;
  return ossri_unsupported(options, resp_headers, "oss_delete_objects");
}

aos_status_t *oss_delete_objects_by_prefix(oss_request_options_t *options,
                                           const aos_string_t *bucket, const aos_string_t *prefix) {
  (void)bucket;
  (void)prefix;
  return ossri_unsupported(options, NULL, "oss_delete_objects_by_prefix");
}

aos_status_t *oss_copy_object(const oss_request_options_t *options,
                              const aos_string_t *source_bucket, const aos_string_t *source_object,
                              const aos_string_t *dest_bucket, const aos_string_t *dest_object,
                              aos_table_t *headers, aos_table_t **resp_headers) {
  (void)source_bucket;
  (void)source_object;
  (void)dest_bucket;
  (void)dest_object;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_copy_object");
}

aos_status_t *oss_list_object(const oss_request_options_t *options, const aos_string_t *bucket,
                              oss_list_object_params_t *params, aos_table_t **resp_headers) {
  (void)bucket;
  (void)params;
  return ossri_unsupported(options, resp_headers, "oss_list_object");
}

aos_status_t *oss_create_bucket(const oss_request_options_t *options, const aos_string_t *bucket,
                                oss_acl_e acl, aos_table_t **resp_headers) {
  (void)bucket;
  (void)acl;
  return ossri_unsupported(options, resp_headers, "oss_create_bucket");
}

aos_status_t *oss_delete_bucket(const oss_request_options_t *options, const aos_string_t *bucket,
                                aos_table_t **resp_headers) {
  (void)bucket;
  return ossri_unsupported(options, resp_headers, "oss_delete_bucket");
}

aos_status_t *oss_head_bucket(const oss_request_options_t *options, const aos_string_t *bucket,
                              aos_table_t **resp_headers) {
  (void)bucket;
  return ossri_unsupported(options, resp_headers, "oss_head_bucket");
}

aos_status_t *oss_put_bucket_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 oss_acl_e acl, aos_table_t **resp_headers) {
  (void)bucket;
  (void)acl;
  return ossri_unsupported(options, resp_headers, "oss_put_bucket_acl");
}

aos_status_t *oss_get_bucket_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 aos_string_t *acl, aos_table_t **resp_headers) {
  (void)bucket;
  (void)acl;
  return ossri_unsupported(options, resp_headers, "oss_get_bucket_acl");
}
