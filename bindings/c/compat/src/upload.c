/* The functions that upload: arguments in, one call of the engine, results out. */
#include "internal.h"

#define LEAST_PART 102400
#define GREATEST_PART (INT64_C(5) * 1024 * 1024 * 1024)

typedef struct {
  const oss_request_options_t *options;
  const aos_string_t *bucket, *object, *file; /* file NULL: from `buffer` */
  aos_list_t *buffer;
  const aos_table_t *headers;
  oss_progress_callback progress_callback;
  aos_table_t **resp_headers;
  aos_list_t *resp_body;
  oss_resumable_params_t params;
} upload_t;

static int32_t progress(int64_t consumed_bytes, int64_t total_bytes, void *userdata) {
  const upload_t *upload = userdata;
  upload->progress_callback(consumed_bytes, total_bytes);
  return 0; /* the C SDK's callback cannot cancel */
}

/* The headers as an array for the engine. */
static int set_headers(upload_t *upload, aos_pool_t *pool) {
  const aos_array_header_t *all;
  const aos_table_entry_t *from;
  oss_resumable_header_t *to;
  int i;
  if (aos_is_empty_table(upload->headers)) {
    return AOS_TRUE;
  }
  all = aos_table_elts(upload->headers);
  from = (const aos_table_entry_t *)(const void *)all->elts;
  to = apr_palloc(pool, (size_t)all->nelts * sizeof *to);
  if (to == NULL) {
    return AOS_FALSE;
  }
  for (i = 0; i < all->nelts; i++) {
    to[i].name = from[i].key;
    to[i].value = from[i].val;
  }
  upload->params.headers = to;
  upload->params.headers_len = (size_t)all->nelts;
  return AOS_TRUE;
}

/* The log is the only place where the C SDK's interface can tell what did not change the outcome. */
static void log_warnings(const oss_resumable_result_t *result) {
  static const char *const MEANING[] = {
      "the checkpoint could not be written: this upload could not have been resumed",
      "the object is stored, but the upload callback failed",
      "the upload id was gone: everything was sent again",
      "the part size was raised so that the file fits into 10,000 parts",
      "the checkpoint could not be deleted",
      "an unfinished multipart upload may be left on the server",
      "the answer of the upload callback was lost",
  };
  uint32_t bits = oss_resumable_result_warnings(result);
  size_t i;
  for (i = 0; i < sizeof MEANING / sizeof MEANING[0]; i++) {
    if (bits >> i & 1) {
      aos_warn_log("%s", MEANING[i]);
    }
  }
}

static aos_status_t *send_with(oss_resumable_client_t *client, upload_t *upload,
                               aos_pool_t *temporary) {
  aos_pool_t *pool = upload->options->pool;
  const char *bucket = ossri_text(temporary, upload->bucket);
  const char *object = ossri_text(temporary, upload->object);
  const char *file = upload->file == NULL ? NULL : ossri_text(temporary, upload->file);
  oss_resumable_source_t source = OSS_RESUMABLE_SOURCE_INIT;
  oss_resumable_upload_t *running = NULL;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code;
  aos_status_t *status;

  if (upload->params.enable_checkpoint && file != NULL) {
    const char *checkpoint = upload->params.checkpoint_path != NULL
                                 ? upload->params.checkpoint_path
                                 : apr_pstrcat(temporary, file, ".ucp", NULL);
    status = ossri_give_up_old_checkpoint(client, pool, temporary, bucket, object, checkpoint);
    if (status != NULL) {
      return status;
    }
  }
  if (upload->file == NULL) {
    source.kind = OSS_RESUMABLE_SOURCE_MEMORY;
    source.data_len = (size_t)aos_buf_list_len(upload->buffer);
    source.data = aos_buf_list_content(temporary, upload->buffer);
    upload->params.source = &source;
    if (source.data == NULL) {
      return ossri_no_memory();
    }
  }
  if (upload->progress_callback != NULL) {
    upload->params.progress_callback = progress;
    upload->params.userdata = upload;
  }
  code = oss_resumable_upload_start(client, bucket, object, file, &upload->params, &running,
                                    &result);
  if (code == OSS_RESUMABLE_OK) {
    oss_resumable_upload_wait(running, -1);
    code = oss_resumable_upload_result(running, &result);
  }
  status = ossri_outcome(pool, code, result);
  log_warnings(result);
  if (code == OSS_RESUMABLE_OK) {
    if (upload->resp_headers != NULL && *upload->resp_headers != NULL) {
      ossri_fill_headers(*upload->resp_headers, result);
    }
    if (upload->resp_body != NULL) {
      ossri_fill_body(pool, upload->resp_body, result);
    }
  }
  oss_resumable_result_free(result);
  oss_resumable_upload_free(running);
  return status;
}

/* The engine logs what fails; this is what it never saw. */
static aos_status_t *refused(aos_status_t *status) {
  aos_error_log("%s: %s", status->error_code, status->error_msg);
  return status;
}

static aos_status_t *run(upload_t *upload) {
  const oss_request_options_t *options = upload->options;
  aos_status_t *status = ossri_check(options, upload->bucket, upload->object);
  aos_pool_t *temporary = NULL;
  oss_resumable_client_t *client;

  /* Outputs are written whatever happens, so that no program looks at what was there before. */
  if (upload->resp_body != NULL) {
    aos_list_init(upload->resp_body);
  }
  if (upload->resp_headers != NULL) {
    *upload->resp_headers =
        options == NULL || options->pool == NULL ? NULL : apr_table_make(options->pool, 16);
  }
  if (status != NULL) {
    return refused(status);
  }
  if (apr_pool_create(&temporary, options->pool) != APR_SUCCESS ||
      !set_headers(upload, temporary)) {
    apr_pool_destroy(temporary);
    return ossri_no_memory();
  }
  client = ossri_client(options, temporary, &status);
  if (client != NULL) {
    status = send_with(client, upload, temporary);
  }
  oss_resumable_client_free(client);
  apr_pool_destroy(temporary);
  return client == NULL ? refused(status) : status;
}

aos_status_t *oss_resumable_upload_file(oss_request_options_t *options, aos_string_t *bucket,
                                        aos_string_t *object, aos_string_t *filepath,
                                        aos_table_t *headers, aos_table_t *params,
                                        oss_resumable_clt_params_t *clt_params,
                                        oss_progress_callback progress_callback,
                                        aos_table_t **resp_headers, aos_list_t *resp_body) {
  upload_t upload = {options,           bucket,       object,    filepath, NULL, headers,
                     progress_callback, resp_headers, resp_body, OSS_RESUMABLE_PARAMS_INIT};
  static const aos_string_t NO_FILE = aos_null_string;
  (void)params;
  upload.file = filepath == NULL ? &NO_FILE : filepath;
  upload.params.part_size = OSS_RESUMABLE_AUTO;
  upload.params.thread_num = OSS_RESUMABLE_AUTO;
  if (clt_params != NULL) {
    /* A bigger part than was asked for serves the same purpose; OSS takes no smaller ones. */
    if (clt_params->part_size > 0) {
      upload.params.part_size = aos_min(aos_max(clt_params->part_size, LEAST_PART), GREATEST_PART);
    }
    upload.params.thread_num = oss_get_thread_num(clt_params);
    upload.params.enable_checkpoint = clt_params->enable_checkpoint != 0;
    if (upload.params.enable_checkpoint && options != NULL && options->pool != NULL) {
      upload.params.checkpoint_path = ossri_text(options->pool, &clt_params->checkpoint_path);
    }
  }
  return run(&upload);
}

aos_status_t *oss_do_put_object_from_file(const oss_request_options_t *options,
                                          const aos_string_t *bucket, const aos_string_t *object,
                                          const aos_string_t *filename, aos_table_t *headers,
                                          aos_table_t *params,
                                          oss_progress_callback progress_callback,
                                          aos_table_t **resp_headers, aos_list_t *resp_body) {
  upload_t upload = {options,           bucket,       object,    filename, NULL, headers,
                     progress_callback, resp_headers, resp_body, OSS_RESUMABLE_PARAMS_INIT};
  static const aos_string_t NO_FILE = aos_null_string;
  (void)params;
  upload.file = filename == NULL ? &NO_FILE : filename;
  upload.params.part_size = GREATEST_PART;
  return run(&upload);
}

aos_status_t *oss_do_put_object_from_buffer(const oss_request_options_t *options,
                                            const aos_string_t *bucket, const aos_string_t *object,
                                            aos_list_t *buffer, aos_table_t *headers,
                                            aos_table_t *params,
                                            oss_progress_callback progress_callback,
                                            aos_table_t **resp_headers, aos_list_t *resp_body) {
  upload_t upload = {options,           bucket,       object,    NULL, buffer, headers,
                     progress_callback, resp_headers, resp_body, OSS_RESUMABLE_PARAMS_INIT};
  aos_list_t nothing;
  (void)params;
  aos_list_init(&nothing);
  if (buffer == NULL) {
    upload.buffer = &nothing;
  }
  upload.params.part_size = GREATEST_PART;
  return run(&upload);
}

aos_status_t *oss_put_object_from_file(const oss_request_options_t *options,
                                       const aos_string_t *bucket, const aos_string_t *object,
                                       const aos_string_t *filename, aos_table_t *headers,
                                       aos_table_t **resp_headers) {
  return oss_do_put_object_from_file(options, bucket, object, filename, headers, NULL, NULL,
                                     resp_headers, NULL);
}

aos_status_t *oss_put_object_from_buffer(const oss_request_options_t *options,
                                         const aos_string_t *bucket, const aos_string_t *object,
                                         aos_list_t *buffer, aos_table_t *headers,
                                         aos_table_t **resp_headers) {
  return oss_do_put_object_from_buffer(options, bucket, object, buffer, headers, NULL, NULL,
                                       resp_headers, NULL);
}

aos_status_t *oss_abort_multipart_upload(const oss_request_options_t *options,
                                         const aos_string_t *bucket, const aos_string_t *object,
                                         aos_string_t *upload_id, aos_table_t **resp_headers) {
  aos_status_t *status = ossri_check(options, bucket, object);
  aos_pool_t *temporary = NULL;
  oss_resumable_client_t *client;
  if (resp_headers != NULL) {
    *resp_headers =
        options == NULL || options->pool == NULL ? NULL : apr_table_make(options->pool, 1);
  }
  if (status != NULL) {
    return status;
  }
  if (apr_pool_create(&temporary, options->pool) != APR_SUCCESS) {
    return ossri_no_memory();
  }
  client = ossri_client(options, temporary, &status);
  if (client != NULL) {
    oss_resumable_result_t *result = NULL;
    oss_resumable_code_t code = oss_resumable_abort_upload(
        client, ossri_text(temporary, bucket), ossri_text(temporary, object),
        ossri_text(temporary, upload_id), &result);
    status = ossri_outcome(options->pool, code, result);
    if (code == OSS_RESUMABLE_OK) {
      status->code = 204;
    }
    oss_resumable_result_free(result);
  }
  oss_resumable_client_free(client);
  apr_pool_destroy(temporary);
  return status;
}
