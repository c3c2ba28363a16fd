/*
 * The OSS functions of the official C SDK, for programs that upload, on top of oss-resumable.
 *
 * A status that a function returns, and response headers, belong to options->pool. `resp_headers` may
 * be NULL; else it always gets a table, which is empty on failure. See README.md for what differs.
 */
#ifndef OSSR_OSS_API_H
#define OSSR_OSS_API_H

#include "aos_status.h"
#include "aos_string.h"
#include "aos_util.h"
#include "oss_define.h"
#include "oss_util.h"

OSS_CPP_START

/* ---- Uploads ---------------------------------------------------------------------------------- */

/*
 * Uploads a file in parts, and goes on where an earlier call stopped if clt_params enable the
 * checkpoint. `headers` are those of the object; `params` is not used. clt_params may be NULL.
 * `resp_body` (may be NULL) is made a list of aos_buf_t: what OSS answered when the object was
 * stored, with an upload callback what the receiver answered.
 */
aos_status_t *oss_resumable_upload_file(oss_request_options_t *options, aos_string_t *bucket,
                                        aos_string_t *object, aos_string_t *filepath,
                                        aos_table_t *headers, aos_table_t *params,
                                        oss_resumable_clt_params_t *clt_params,
                                        oss_progress_callback progress_callback,
                                        aos_table_t **resp_headers, aos_list_t *resp_body);

/* One PutObject, up to 5 GiB; a bigger file is sent in parts. */
aos_status_t *oss_put_object_from_file(const oss_request_options_t *options,
                                       const aos_string_t *bucket, const aos_string_t *object,
                                       const aos_string_t *filename, aos_table_t *headers,
                                       aos_table_t **resp_headers);
aos_status_t *oss_do_put_object_from_file(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          const aos_string_t *filename, aos_table_t *headers,
                                          aos_table_t *params,
                                          oss_progress_callback progress_callback,
                                          aos_table_t **resp_headers, aos_list_t *resp_body);
aos_status_t *oss_put_object_from_buffer(const oss_request_options_t *options,
                                         const aos_string_t *bucket, const aos_string_t *object,
                                         aos_list_t *buffer, aos_table_t *headers,
                                         aos_table_t **resp_headers);
aos_status_t *oss_do_put_object_from_buffer(const oss_request_options_t *options,
                                            const aos_string_t *bucket, const aos_string_t *object,
                                            aos_list_t *buffer, aos_table_t *headers,
                                            aos_table_t *params,
                                            oss_progress_callback progress_callback,
                                            aos_table_t **resp_headers, aos_list_t *resp_body);

/* One that is gone already is a success, unlike in the C SDK. */
aos_status_t *oss_abort_multipart_upload(const oss_request_options_t *options,
                                         const aos_string_t *bucket, const aos_string_t *object,
                                         aos_string_t *upload_id, aos_table_t **resp_headers);

/* ---- Not supported: AOSE_INVALID_OPERATION, and nothing is sent --------------------------------- */

aos_status_t *oss_resumable_download_file(oss_request_options_t *options, aos_string_t *bucket,
                                          aos_string_t *object, aos_string_t *filepath,
                                          aos_table_t *headers, aos_table_t *params,
                                          oss_resumable_clt_params_t *clt_params,
                                          oss_progress_callback progress_callback,
                                          aos_table_t **resp_headers);
aos_status_t *oss_get_object_to_file(const oss_request_options_t *options,
                                     const aos_string_t *bucket, const aos_string_t *object,
                                     aos_table_t *headers, aos_table_t *params,
                                     aos_string_t *filename, aos_table_t **resp_headers);
aos_status_t *oss_do_get_object_to_file(const oss_request_options_t *options,
                                        const aos_string_t *bucket, const aos_string_t *object,
                                        aos_table_t *headers, aos_table_t *params,
                                        aos_string_t *filename,
                                        oss_progress_callback progress_callback,
                                        aos_table_t **resp_headers);
aos_status_t *oss_get_object_to_buffer(const oss_request_options_t *options,
                                       const aos_string_t *bucket, const aos_string_t *object,
                                       aos_table_t *headers, aos_table_t *params,
                                       aos_list_t *buffer, aos_table_t **resp_headers);
aos_status_t *oss_do_get_object_to_buffer(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          aos_table_t *headers, aos_table_t *params,
                                          aos_list_t *buffer,
                                          oss_progress_callback progress_callback,
                                          aos_table_t **resp_headers);
aos_status_t *oss_head_object(const oss_request_options_t *options, const aos_string_t *bucket,
                              const aos_string_t *object, aos_table_t *headers,
                              aos_table_t **resp_headers);
aos_status_t *oss_get_object_meta(const oss_request_options_t *options, const aos_string_t *bucket,
                                  const aos_string_t *object, aos_table_t **resp_headers);
aos_status_t *oss_put_object_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 const aos_string_t *object, oss_acl_e acl,
                                 aos_table_t **resp_headers);
aos_status_t *oss_get_object_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 const aos_string_t *object, aos_string_t *acl,
                                 aos_table_t **resp_headers);
aos_status_t *oss_delete_object(const oss_request_options_t *options, const aos_string_t *bucket,
                                const aos_string_t *object, aos_table_t **resp_headers);
aos_status_t *oss_delete_objects(const oss_request_options_t *options, const aos_string_t *bucket,
                                 aos_list_t *object_list, int is_quiet, aos_table_t **resp_headers,
                                 aos_list_t *deleted_object_list);
aos_status_t *oss_delete_objects_by_prefix(oss_request_options_t *options,
                                           const aos_string_t *bucket, const aos_string_t *prefix);
aos_status_t *oss_copy_object(const oss_request_options_t *options,
                              const aos_string_t *source_bucket, const aos_string_t *source_object,
                              const aos_string_t *dest_bucket, const aos_string_t *dest_object,
                              aos_table_t *headers, aos_table_t **resp_headers);
aos_status_t *oss_append_object_from_buffer(const oss_request_options_t *options,
                                            const aos_string_t *bucket, const aos_string_t *object,
                                            int64_t position, aos_list_t *buffer,
                                            aos_table_t *headers, aos_table_t **resp_headers);
aos_status_t *oss_append_object_from_file(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          int64_t position, const aos_string_t *append_file,
                                          aos_table_t *headers, aos_table_t **resp_headers);
aos_status_t *oss_list_object(const oss_request_options_t *options, const aos_string_t *bucket,
                              oss_list_object_params_t *params, aos_table_t **resp_headers);

aos_status_t *oss_init_multipart_upload(const oss_request_options_t *options,
                                        const aos_string_t *bucket, const aos_string_t *object,
                                        aos_string_t *upload_id, aos_table_t *headers,
                                        aos_table_t **resp_headers);
aos_status_t *oss_upload_part_from_buffer(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          const aos_string_t *upload_id, int part_num,
                                          aos_list_t *buffer, aos_table_t **resp_headers);
aos_status_t *oss_upload_part_from_file(const oss_request_options_t *options,
                                        const aos_string_t *bucket, const aos_string_t *object,
                                        const aos_string_t *upload_id, int part_num,
                                        oss_upload_file_t *upload_file,
                                        aos_table_t **resp_headers);
aos_status_t *oss_complete_multipart_upload(const oss_request_options_t *options,
                                            const aos_string_t *bucket, const aos_string_t *object,
                                            const aos_string_t *upload_id, aos_list_t *part_list,
                                            aos_table_t *headers, aos_table_t **resp_headers);
aos_status_t *oss_list_upload_part(const oss_request_options_t *options, const aos_string_t *bucket,
                                   const aos_string_t *object, const aos_string_t *upload_id,
                                   oss_list_upload_part_params_t *params,
                                   aos_table_t **resp_headers);
aos_status_t *oss_list_multipart_upload(const oss_request_options_t *options,
                                        const aos_string_t *bucket,
                                        oss_list_multipart_upload_params_t *params,
                                        aos_table_t **resp_headers);
aos_status_t *oss_upload_file(oss_request_options_t *options, const aos_string_t *bucket,
                              const aos_string_t *object, aos_string_t *upload_id,
                              aos_string_t *filename, int64_t part_size, aos_table_t *headers);

aos_status_t *oss_create_bucket(const oss_request_options_t *options, const aos_string_t *bucket,
                                oss_acl_e acl, aos_table_t **resp_headers);
aos_status_t *oss_delete_bucket(const oss_request_options_t *options, const aos_string_t *bucket,
                                aos_table_t **resp_headers);
aos_status_t *oss_head_bucket(const oss_request_options_t *options, const aos_string_t *bucket,
                              aos_table_t **resp_headers);
aos_status_t *oss_put_bucket_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 oss_acl_e acl, aos_table_t **resp_headers);
aos_status_t *oss_get_bucket_acl(const oss_request_options_t *options, const aos_string_t *bucket,
                                 aos_string_t *acl, aos_table_t **resp_headers);

aos_status_t *oss_do_append_object_from_buffer(const oss_request_options_t *options,
                                               const aos_string_t *bucket,
                                               const aos_string_t *object, int64_t position,
                                               uint64_t init_crc, aos_list_t *buffer,
                                               aos_table_t *headers, aos_table_t *params,
                                               oss_progress_callback progress_callback,
                                               aos_table_t **resp_headers, aos_list_t *resp_body);
aos_status_t *oss_do_append_object_from_file(const oss_request_options_t *options,
                                             const aos_string_t *bucket, const aos_string_t *object,
                                             int64_t position, uint64_t init_crc,
                                             const aos_string_t *append_file, aos_table_t *headers,
                                             aos_table_t *params,
                                             oss_progress_callback progress_callback,
                                             aos_table_t **resp_headers, aos_list_t *resp_body);
aos_status_t *oss_do_upload_part_from_buffer(const oss_request_options_t *options,
                                             const aos_string_t *bucket, const aos_string_t *object,
                                             const aos_string_t *upload_id, int part_num,
                                             aos_list_t *buffer,
                                             oss_progress_callback progress_callback,
                                             aos_table_t *headers, aos_table_t *params,
                                             aos_table_t **resp_headers, aos_list_t *resp_body);
aos_status_t *oss_do_upload_part_from_file(const oss_request_options_t *options,
                                           const aos_string_t *bucket, const aos_string_t *object,
                                           const aos_string_t *upload_id, int part_num,
                                           oss_upload_file_t *upload_file,
                                           oss_progress_callback progress_callback,
                                           aos_table_t *headers, aos_table_t *params,
                                           aos_table_t **resp_headers, aos_list_t *resp_body);
aos_status_t *oss_do_complete_multipart_upload(const oss_request_options_t *options,
                                               const aos_string_t *bucket,
                                               const aos_string_t *object,
                                               const aos_string_t *upload_id, aos_list_t *part_list,
                                               aos_table_t *headers, aos_table_t *params,
                                               aos_table_t **resp_headers, aos_list_t *resp_body);
aos_status_t *oss_put_object_from_buffer_by_url(const oss_request_options_t *options,
                                                const aos_string_t *signed_url, aos_list_t *buffer,
                                                aos_table_t *headers, aos_table_t **resp_headers);
aos_status_t *oss_put_object_from_file_by_url(const oss_request_options_t *options,
                                              const aos_string_t *signed_url,
                                              aos_string_t *filename, aos_table_t *headers,
                                              aos_table_t **resp_headers);
aos_status_t *oss_get_object_to_buffer_by_url(const oss_request_options_t *options,
                                              const aos_string_t *signed_url, aos_table_t *headers,
                                              aos_table_t *params, aos_list_t *buffer,
                                              aos_table_t **resp_headers);
aos_status_t *oss_get_object_to_file_by_url(const oss_request_options_t *options,
                                            const aos_string_t *signed_url, aos_table_t *headers,
                                            aos_table_t *params, aos_string_t *filename,
                                            aos_table_t **resp_headers);
aos_status_t *oss_head_object_by_url(const oss_request_options_t *options,
                                     const aos_string_t *signed_url, aos_table_t *headers,
                                     aos_table_t **resp_headers);
/* NULL. */
char *oss_gen_signed_url(const oss_request_options_t *options, const aos_string_t *bucket,
                         const aos_string_t *object, int64_t expires, aos_http_request_t *req);

OSS_CPP_END

#endif
