#include "bridge.h"

#include "_cgo_export.h"

/* The Go call whose blocking function runs on this thread. Callbacks run on the thread that blocks, and Go
   keeps the goroutine on it meanwhile. */
static __thread uintptr_t current_call;

static int32_t on_progress(int64_t consumed, int64_t total, void *userdata) {
  return ossResumableGoProgress((uintptr_t)userdata, consumed, total);
}

static int32_t on_credentials(oss_resumable_credentials_answer_t *answer, void *userdata) {
  return ossResumableGoCredentials((uintptr_t)userdata, current_call, answer);
}

static void on_log(int32_t level, const char *line, void *userdata) {
  ossResumableGoLog((uintptr_t)userdata, current_call, level, (char *)line);
}

void oss_resumable_go_set_progress(oss_resumable_params_t *params, uintptr_t call) {
  params->progress_callback = on_progress;
  params->userdata = (void *)call;
}

void oss_resumable_go_set_credentials(oss_resumable_credentials_t *credentials, uintptr_t hooks) {
  credentials->callback = on_credentials;
  credentials->userdata = (void *)hooks;
}

void oss_resumable_go_set_log(oss_resumable_config_t *config, uintptr_t hooks) {
  config->log_callback = on_log;
  config->log_userdata = (void *)hooks;
}

#define INSIDE(call, expression) \
  current_call = (call); \
  oss_resumable_code_t code = (expression); \
  current_call = 0; \
  return code

oss_resumable_code_t oss_resumable_go_wait(uintptr_t call, oss_resumable_upload_t *upload) {
  INSIDE(call, oss_resumable_upload_wait(upload, -1));
}

oss_resumable_code_t oss_resumable_go_discard(uintptr_t call, oss_resumable_client_t *client,
                                              const char *bucket, const char *object,
                                              const char *filepath, const char *checkpoint_path,
                                              oss_resumable_result_t **result_out) {
  INSIDE(call, oss_resumable_discard(client, bucket, object, filepath, checkpoint_path, result_out));
}

oss_resumable_code_t oss_resumable_go_list(uintptr_t call, oss_resumable_client_t *client,
                                           const char *bucket, const char *prefix, int64_t min_age,
                                           oss_resumable_upload_list_t **list_out,
                                           oss_resumable_result_t **result_out) {
  INSIDE(call, oss_resumable_list_uploads(client, bucket, prefix, min_age, list_out, result_out));
}

oss_resumable_code_t oss_resumable_go_abort(uintptr_t call, oss_resumable_client_t *client,
                                            const char *bucket, const char *object,
                                            const char *upload_id,
                                            oss_resumable_result_t **result_out) {
  INSIDE(call, oss_resumable_abort_upload(client, bucket, object, upload_id, result_out));
}

oss_resumable_code_t oss_resumable_go_abort_all(uintptr_t call, oss_resumable_client_t *client,
                                                const char *bucket, const char *prefix,
                                                int64_t min_age, int64_t *aborted_out,
                                                oss_resumable_result_t **result_out) {
  INSIDE(call,
         oss_resumable_abort_uploads(client, bucket, prefix, min_age, aborted_out, result_out));
}
