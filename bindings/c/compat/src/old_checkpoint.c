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

/* Whether the account may not abort at all: uploading needs no such right, so that is no reason to
   fail. A wrong secret is refused as well, but then the upload would be, too. */
static int may_not(oss_resumable_code_t code, const oss_resumable_result_t *result) {
  const char *error_code = oss_resumable_result_error_code(result);
  return code == OSS_RESUMABLE_E_SERVICE && oss_resumable_result_http_status(result) == 403 &&
         error_code != NULL && strcmp(error_code, "AccessDenied") == 0;
}

/* To a name that nothing writes to. Whether it is there now. */
static int put_aside(aos_pool_t *temporary, const char *path, const char *aside) {
  apr_finfo_t finfo;
  return apr_stat(&finfo, aside, APR_FINFO_NORM, temporary) == APR_ENOENT &&
         rename(path, aside) == 0;
}

aos_status_t *ossri_give_up_old_checkpoint(oss_resumable_client_t *client, aos_pool_t *pool,
                                           aos_pool_t *temporary, const char *bucket,
                                           const char *object, const char *path) {
  const char *text = path == NULL ? NULL : read_old(temporary, path);
  const char *id = text == NULL ? NULL : upload_id(temporary, text);
  if (text == NULL) {
    return NULL;
  }
  if (id != NULL) {
    oss_resumable_result_t *result = NULL;
    oss_resumable_code_t code = oss_resumable_abort_upload(client, bucket, object, id, &result);
    const char *aside = apr_pstrcat(temporary, path, ".c-sdk", NULL);
    aos_status_t *status = NULL;
    /* The file is the only record of the id: it goes when the upload is gone, and not before. */
    if (code == OSS_RESUMABLE_OK) {
      aos_warn_log("%s: a checkpoint of the C SDK; its upload %s is aborted or unknown", path, id);
    } else if (may_not(code, result) && put_aside(temporary, path, aside)) {
      aos_warn_log("%s: a checkpoint of the C SDK; its upload %s may not be aborted: see %s", path,
                   id, aside);
    } else {
      status = ossri_outcome(pool, code, result);
    }
    oss_resumable_result_free(result);
    if (status != NULL || code != OSS_RESUMABLE_OK) {
      return status;
    }
  }
  apr_file_remove(path, temporary);
  return NULL;
}
