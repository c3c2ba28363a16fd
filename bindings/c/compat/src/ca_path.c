/* A directory of certificates, as OpenSSL keeps them, read into one text for the engine. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>

#include "internal.h"

/* The files of one directory, each behind the other. Links of OpenSSL to a file give it twice, which
   does no harm. */
static int append_file(aos_pool_t *pool, const char *path, aos_buf_t *all) {
  char chunk[16384];
  apr_file_t *file;
  apr_finfo_t finfo;
  apr_size_t len = sizeof chunk;
  apr_status_t status;
  if (apr_stat(&finfo, path, APR_FINFO_NORM, pool) != APR_SUCCESS || finfo.filetype != APR_REG) {
    return APR_SUCCESS; /* a link to nothing, or a directory */
  }
  status = apr_file_open(&file, path, APR_READ, APR_OS_DEFAULT, pool);
  if (status != APR_SUCCESS) {
    return status;
  }
  while ((status = apr_file_read(file, chunk, &len)) == APR_SUCCESS) {
    aos_buf_append_string(pool, all, chunk, (int)len);
    len = sizeof chunk;
  }
  aos_buf_append_string(pool, all, "\n", 1);
  apr_file_close(file);
  return status == APR_EOF ? APR_SUCCESS : status;
}

char *ossri_read_certificates(aos_pool_t *pool, const char *directory, size_t *len) {
  aos_buf_t *all = aos_create_buf(pool, 65536);
  struct dirent *found;
  int failed = all == NULL ? ENOMEM : 0;
  DIR *dir = opendir(directory);
  if (dir == NULL) {
    return NULL;
  }
  while (!failed && (found = readdir(dir)) != NULL) {
    const char *path = apr_pstrcat(pool, directory, "/", found->d_name, NULL);
    failed = path == NULL ? ENOMEM : append_file(pool, path, all);
  }
  closedir(dir);
  if (failed) {
    errno = failed;
    return NULL;
  }
  *len = (size_t)aos_buf_size(all);
  return (char *)all->pos;
}
