/* See unsupported.c. */
#include "internal.h"

aos_status_t *oss_append_object_from_buffer(const oss_request_options_t *options,
                                            const aos_string_t *bucket, const aos_string_t *object,
                                            int64_t position, aos_list_t *buffer,
                                            aos_table_t *headers, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)position;
  (void)buffer;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_append_object_from_buffer");
}

aos_status_t *oss_append_object_from_file(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          int64_t position, const aos_string_t *append_file,
                                          aos_table_t *headers, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)position;
  (void)append_file;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_append_object_from_file");
}

aos_status_t *oss_init_multipart_upload(const oss_request_options_t *options,
                                        const aos_string_t *bucket, const aos_string_t *object,
                                        aos_string_t *upload_id, aos_table_t *headers,
                                        aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_init_multipart_upload");
}

aos_status_t *oss_upload_part_from_buffer(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          const aos_string_t *upload_id, int part_num,
                                          aos_list_t *buffer, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)part_num;
  (void)buffer;
  return ossri_unsupported(options, resp_headers, "oss_upload_part_from_buffer");
}

aos_status_t *oss_upload_part_from_file(const oss_request_options_t *options,
                                        const aos_string_t *bucket, const aos_string_t *object,
                                        const aos_string_t *upload_id, int part_num,
                                        oss_upload_file_t *upload_file,
                                        aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)part_num;
  (void)upload_file;
  return ossri_unsupported(options, resp_headers, "oss_upload_part_from_file");
}

aos_status_t *oss_complete_multipart_upload(const oss_request_options_t *options,
                                            const aos_string_t *bucket, const aos_string_t *object,
                                            const aos_string_t *upload_id, aos_list_t *part_list,
                                            aos_table_t *headers, aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)part_list;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_complete_multipart_upload");
}

aos_status_t *oss_list_upload_part(const oss_request_options_t *options, const aos_string_t *bucket,
                                   const aos_string_t *object, const aos_string_t *upload_id,
                                   oss_list_upload_part_params_t *params,
                                   aos_table_t **resp_headers) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)params;
  return ossri_unsupported(options, resp_headers, "oss_list_upload_part");
}

aos_status_t *oss_list_multipart_upload(const oss_request_options_t *options,
                                        const aos_string_t *bucket,
                                        oss_list_multipart_upload_params_t *params,
                                        aos_table_t **resp_headers) {
  (void)bucket;
  (void)params;
  return ossri_unsupported(options, resp_headers, "oss_list_multipart_upload");
}

aos_status_t *oss_upload_file(oss_request_options_t *options, const aos_string_t *bucket,
                              const aos_string_t *object, aos_string_t *upload_id,
                              aos_string_t *filename, int64_t part_size, aos_table_t *headers) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)filename;
  (void)part_size;
  (void)headers;
  return ossri_unsupported(options, NULL, "oss_upload_file");
}

aos_status_t *oss_do_append_object_from_buffer(const oss_request_options_t *options,
                                               const aos_string_t *bucket,
                                               const aos_string_t *object, int64_t position,
                                               uint64_t init_crc, aos_list_t *buffer,
                                               aos_table_t *headers, aos_table_t *params,
                                               oss_progress_callback progress_callback,
                                               aos_table_t **resp_headers, aos_list_t *resp_body) {
  (void)bucket;
  (void)object;
  (void)position;
  (void)init_crc;
  (void)buffer;
  (void)headers;
  (void)params;
  (void)progress_callback;
  (void)resp_body;
  return ossri_unsupported(options, resp_headers, "oss_do_append_object_from_buffer");
}

aos_status_t *oss_do_append_object_from_file(const oss_request_options_t *options,
                                             const aos_string_t *bucket, const aos_string_t *object,
                                             int64_t position, uint64_t init_crc,
                                             const aos_string_t *append_file, aos_table_t *headers,
                                             aos_table_t *params,
                                             oss_progress_callback progress_callback,
                                             aos_table_t **resp_headers, aos_list_t *resp_body) {
  (void)bucket;
  (void)object;
  (void)position;
  (void)init_crc;
  (void)append_file;
  (void)headers;
  (void)params;
  (void)progress_callback;
  (void)resp_body;
  return ossri_unsupported(options, resp_headers, "oss_do_append_object_from_file");
}

aos_status_t *oss_do_upload_part_from_buffer(const oss_request_options_t *options,
                                             const aos_string_t *bucket, const aos_string_t *object,
                                             const aos_string_t *upload_id, int part_num,
                                             aos_list_t *buffer,
                                             oss_progress_callback progress_callback,
                                             aos_table_t *headers, aos_table_t *params,
                                             aos_table_t **resp_headers, aos_list_t *resp_body) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)part_num;
  (void)buffer;
  (void)progress_callback;
  (void)headers;
  (void)params;
  (void)resp_body;
  return ossri_unsupported(options, resp_headers, "oss_do_upload_part_from_buffer");
}

aos_status_t *oss_do_upload_part_from_file(const oss_request_options_t *options,
                                           const aos_string_t *bucket, const aos_string_t *object,
                                           const aos_string_t *upload_id, int part_num,
                                           oss_upload_file_t *upload_file,
                                           oss_progress_callback progress_callback,
                                           aos_table_t *headers, aos_table_t *params,
                                           aos_table_t **resp_headers, aos_list_t *resp_body) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)part_num;
  (void)upload_file;
  (void)progress_callback;
  (void)headers;
  (void)params;
  (void)resp_body;
  return ossri_unsupported(options, resp_headers, "oss_do_upload_part_from_file");
}

aos_status_t *oss_do_complete_multipart_upload(const oss_request_options_t *options,
                                               const aos_string_t *bucket,
                                               const aos_string_t *object,
                                               const aos_string_t *upload_id, aos_list_t *part_list,
                                               aos_table_t *headers, aos_table_t *params,
                                               aos_table_t **resp_headers, aos_list_t *resp_body) {
  (void)bucket;
  (void)object;
  (void)upload_id;
  (void)part_list;
  (void)headers;
  (void)params;
  (void)resp_body;
  return ossri_unsupported(options, resp_headers, "oss_do_complete_multipart_upload");
}

aos_status_t *oss_put_object_from_buffer_by_url(const oss_request_options_t *options,
                                                const aos_string_t *signed_url, aos_list_t *buffer,
                                                aos_table_t *headers, aos_table_t **resp_headers) {
  (void)signed_url;
  (void)buffer;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_put_object_from_buffer_by_url");
}

aos_status_t *oss_put_object_from_file_by_url(const oss_request_options_t *options,
                                              const aos_string_t *signed_url,
                                              aos_string_t *filename, aos_table_t *headers,
                                              aos_table_t **resp_headers) {
  (void)signed_url;
  (void)filename;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_put_object_from_file_by_url");
}

aos_status_t *oss_get_object_to_buffer_by_url(const oss_request_options_t *options,
                                              const aos_string_t *signed_url, aos_table_t *headers,
                                              aos_table_t *params, aos_list_t *buffer,
                                              aos_table_t **resp_headers) {
  (void)signed_url;
  (void)headers;
  (void)params;
  (void)buffer;
  return ossri_unsupported(options, resp_headers, "oss_get_object_to_buffer_by_url");
}

aos_status_t *oss_get_object_to_file_by_url(const oss_request_options_t *options,
                                            const aos_string_t *signed_url, aos_table_t *headers,
                                            aos_table_t *params, aos_string_t *filename,
                                            aos_table_t **resp_headers) {
  (void)signed_url;
  (void)headers;
  (void)params;
  (void)filename;
  return ossri_unsupported(options, resp_headers, "oss_get_object_to_file_by_url");
}

aos_status_t *oss_head_object_by_url(const oss_request_options_t *options,
                                     const aos_string_t *signed_url, aos_table_t *headers,
                                     aos_table_t **resp_headers) {
  (void)signed_url;
  (void)headers;
  return ossri_unsupported(options, resp_headers, "oss_head_object_by_url");
}

char *oss_gen_signed_url(const oss_request_options_t *options, const aos_string_t *bucket,
                         const aos_string_t *object, int64_t expires, aos_http_request_t *req) {
  (void)bucket;
  (void)object;
  (void)expires;
  (void)req;
  ossri_unsupported(options, NULL, "oss_gen_signed_url");
  return NULL;
}
