/*
 * The header in every standard of C and C++: it stands alone, may be included twice, and its macros
 * are constants and initializers everywhere. Compiled as both languages, never run.
 */
#include "oss_resumable.h"
#include "oss_resumable.h"

#if OSS_RESUMABLE_VERSION_NUMBER < 1
#error "the version has to be known to the preprocessor"
#endif

#ifdef __cplusplus
#define FUNCTION extern "C"
#else
#define FUNCTION extern
#endif

FUNCTION oss_resumable_code_t begin(const char *file, oss_resumable_upload_t **upload);

FUNCTION oss_resumable_code_t begin(const char *file, oss_resumable_upload_t **upload) {
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  oss_resumable_header_t header = {"x-oss-meta-a", "b"};
  oss_resumable_client_t *client = NULL;
  config.endpoint = "http://127.0.0.1:9";
  params.part_size = OSS_RESUMABLE_AUTO;
  params.thread_num = OSS_RESUMABLE_AUTO;
  params.headers = &header;
  params.headers_len = 1;
  oss_resumable_code_t code = oss_resumable_client_new(&config, &client, NULL);
  if (code == OSS_RESUMABLE_OK) {
    code = oss_resumable_upload_start(client, "bucket", "key", file, &params, upload, NULL);
  }
  if (code == OSS_RESUMABLE_OK) {
    code = oss_resumable_upload_progress(*upload, &progress);
  }
  switch (progress.stage) {
    case OSS_RESUMABLE_STAGE_PREPARE:
    case OSS_RESUMABLE_STAGE_RESUME:
    case OSS_RESUMABLE_STAGE_INITIATE:
    case OSS_RESUMABLE_STAGE_UPLOAD:
    case OSS_RESUMABLE_STAGE_COMPLETE:
    case OSS_RESUMABLE_STAGE_SETTLE:
    case OSS_RESUMABLE_STAGE_ABORT:
    case OSS_RESUMABLE_STAGE_DONE:
      break;
    default:
      code = OSS_RESUMABLE_E_INTERNAL;
  }
  uint32_t warnings = OSS_RESUMABLE_WARN_RESUMABILITY_LOST | OSS_RESUMABLE_WARN_CALLBACK_FAILED |
                      OSS_RESUMABLE_WARN_RESTARTED | OSS_RESUMABLE_WARN_PART_SIZE_RAISED |
                      OSS_RESUMABLE_WARN_CHECKPOINT_LEFT | OSS_RESUMABLE_WARN_UPLOAD_LEFT;
  oss_resumable_client_free(client);
  return warnings == 63 ? code : OSS_RESUMABLE_E_INTERNAL;
}

#ifdef OSS_RESUMABLE_NO_UPLOAD_FILE
/* The declaration is gone, so the name can be had for something else: the official C SDK's. */
FUNCTION int *oss_resumable_upload_file(double clash);

FUNCTION int *oss_resumable_upload_file(double clash) {
  (void)clash;
  return NULL;
}
#endif
