/*
 * Checkpoints of the C SDK itself, XML at the same default path. The engine refuses a file that it
 * did not write; but a program that was relinked with an upload half done should not get stuck on
 * it. So such a file is given up: its multipart upload is aborted, and everything is sent again.
 */
#include "internal.h"

/* The upload id stands before the list of parts, behind two paths. */
#define BEGINNING 16384
#define LONGEST_ID 256

/* The beginning of the file, or NULL when it is not a checkpoint of the C SDK. */
static const char *read_old(aos_pool_t *pool, const char *path) {
  apr_finfo_t finfo;
  apr_file_t *file;
  apr_size_t len = 0, got = BEGINNING;
  char *text = apr_pcalloc(pool, BEGINNING + 1);
  if (text == NULL || apr_stat(&finfo, path, APR_FINFO_NORM, pool) != APR_SUCCESS ||
      finfo.filetype != APR_REG ||
      apr_file_open(&file, path, APR_READ, APR_OS_DEFAULT, pool) != APR_SUCCESS) {
    return NULL;
  }
  while (len < BEGINNING && apr_file_read(file, text + len, &got) == APR_SUCCESS) {
    len += got;
    got = BEGINNING - len;
  }
  apr_file_close(file);
  return strncmp(text, "<?xml", 5) == 0 && strstr(text, "<Checkpoint>") != NULL ? text : NULL;
}

/* NULL: there is none. */
static const char *upload_id(aos_pool_t *pool, const char *text) {
  static const char BEGIN[] = "<UploadId>", END[] = "</UploadId>";
  const char *begin = strstr(text, BEGIN), *end;
  aos_string_t id;
  begin = begin == NULL ? NULL : begin + strlen(BEGIN);
  end = begin == NULL ? NULL : strstr(begin, END);
  if (end == NULL || end - begin > LONGEST_ID) {
    return NULL;
  }
  id.data = (char *)begin;
  id.len = (int)(end - begin);
  aos_trip_space_and_cntrl(&id);
  return ossri_text(pool, &id);
}

aos_status_t *ossri_give_up_old_checkpoint(oss_resumable_client_t *client, aos_pool_t *pool,
                                           aos_pool_t *temporary, const char *bucket,
                                           const char *object, const char *path) {
  const char *text = path == NULL ? NULL : read_old(temporary, path);
  const char *id = text == NULL ? NULL : upload_id(temporary, text);
  if (text == NULL) {
    return NULL;
  }
  if (id != NULL && bucket != NULL && object != NULL) {
    oss_resumable_result_t *result = NULL;
    oss_resumable_code_t code = oss_resumable_abort_upload(client, bucket, object, id, &result);
    /* Without an answer the next call does it; refused, the parts stay, which the log tells. */
    aos_status_t *status =
        code == OSS_RESUMABLE_E_NETWORK ? ossri_outcome(pool, code, result) : NULL;
    oss_resumable_result_free(result);
    if (status != NULL) {
      return status;
    }
    aos_warn_log("%s: a checkpoint of the C SDK; its upload %s was %s", path, id,
                 code == OSS_RESUMABLE_OK ? "aborted" : "left");
  }
  apr_file_remove(path, temporary);
  return NULL;
}
