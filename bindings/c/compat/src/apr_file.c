/* Files over descriptors: nothing is buffered, so a log is complete at any moment. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_file_io.h"
#include "apr_strings.h"

struct apr_file_t {
  int descriptor;
  int owner; /* 0: one of the process' standard streams, which are left open */
  const char *path;
  apr_pool_t *pool;
};

static apr_status_t close_file(void *data) {
  apr_file_t *file = data;
  int descriptor = file->descriptor;
  file->descriptor = -1;
  return descriptor >= 0 && file->owner && close(descriptor) != 0 ? errno : APR_SUCCESS;
}

static apr_status_t make_file(apr_file_t **file, int descriptor, int owner, const char *path,
                              apr_pool_t *pool) {
  *file = apr_pcalloc(pool, sizeof **file);
  if (*file == NULL) {
    return APR_ENOMEM;
  }
  (*file)->descriptor = descriptor;
  (*file)->owner = owner;
  (*file)->path = apr_pstrdup(pool, path);
  (*file)->pool = pool;
  apr_pool_cleanup_register(pool, *file, close_file, apr_pool_cleanup_null);
  return APR_SUCCESS;
}

static mode_t mode(apr_fileperms_t permissions) {
  mode_t bits = 0;
  if (permissions == APR_OS_DEFAULT) {
    return 0666;
  }
  bits |= permissions & APR_FPROT_UREAD ? S_IRUSR : 0;
  bits |= permissions & APR_FPROT_UWRITE ? S_IWUSR : 0;
  bits |= permissions & APR_FPROT_UEXECUTE ? S_IXUSR : 0;
  bits |= permissions & APR_FPROT_GREAD ? S_IRGRP : 0;
  bits |= permissions & APR_FPROT_GWRITE ? S_IWGRP : 0;
  bits |= permissions & APR_FPROT_WREAD ? S_IROTH : 0;
  bits |= permissions & APR_FPROT_WWRITE ? S_IWOTH : 0;
  return bits;
}

apr_status_t apr_file_open(apr_file_t **file, const char *path, apr_int32_t flags,
                           apr_fileperms_t permissions, apr_pool_t *pool) {
  int descriptor, bits = O_CLOEXEC;
  apr_status_t status;
  *file = NULL;
  switch (flags & (APR_READ | APR_WRITE)) {
    case APR_READ: bits |= O_RDONLY; break;
    case APR_WRITE: bits |= O_WRONLY; break;
    case APR_READ | APR_WRITE: bits |= O_RDWR; break;
    default: return APR_EACCES;
  }
  bits |= flags & APR_CREATE ? O_CREAT : 0;
  bits |= flags & APR_APPEND ? O_APPEND : 0;
  bits |= flags & APR_TRUNCATE ? O_TRUNC : 0;
  bits |= flags & APR_EXCL ? O_EXCL : 0;
  descriptor = open(path, bits, mode(permissions));
  if (descriptor < 0) {
    return errno;
  }
  status = make_file(file, descriptor, 1, path, pool);
  if (status != APR_SUCCESS) {
    close(descriptor);
  }
  return status;
}

apr_status_t apr_file_open_stderr(apr_file_t **file, apr_pool_t *pool) {
  return make_file(file, STDERR_FILENO, 0, NULL, pool);
}

apr_status_t apr_file_open_stdout(apr_file_t **file, apr_pool_t *pool) {
  return make_file(file, STDOUT_FILENO, 0, NULL, pool);
}

apr_status_t apr_file_close(apr_file_t *file) {
  return apr_pool_cleanup_run(file->pool, file, close_file);
}

apr_status_t apr_file_read(apr_file_t *file, void *buf, apr_size_t *len) {
  ssize_t done;
  do {
    done = read(file->descriptor, buf, *len);
  } while (done < 0 && errno == EINTR);
  if (done == 0 && *len > 0) {
    *len = 0;
    return APR_EOF;
  }
  *len = done < 0 ? 0 : (size_t)done;
  return done < 0 ? errno : APR_SUCCESS;
}

apr_status_t apr_file_write(apr_file_t *file, const void *buf, apr_size_t *len) {
  ssize_t done;
  do {
    done = write(file->descriptor, buf, *len);
  } while (done < 0 && errno == EINTR);
  *len = done < 0 ? 0 : (size_t)done;
  return done < 0 ? errno : APR_SUCCESS;
}

apr_status_t apr_file_write_full(apr_file_t *file, const void *buf, apr_size_t len,
                                 apr_size_t *written) {
  apr_size_t done = 0;
  apr_status_t status = APR_SUCCESS;
  while (status == APR_SUCCESS && done < len) {
    apr_size_t now = len - done;
    status = apr_file_write(file, (const char *)buf + done, &now);
    done += now;
  }
  if (written != NULL) {
    *written = done;
  }
  return status;
}

apr_status_t apr_file_seek(apr_file_t *file, apr_seek_where_t where, apr_off_t *offset) {
  off_t position = lseek(file->descriptor, *offset, where);
  if (position < 0) {
    return errno;
  }
  *offset = position;
  return APR_SUCCESS;
}

static void fill(apr_finfo_t *finfo, const struct stat *st, const char *path, apr_pool_t *pool) {
  memset(finfo, 0, sizeof *finfo);
  finfo->pool = pool;
  finfo->valid = APR_FINFO_MTIME | APR_FINFO_SIZE | APR_FINFO_TYPE;
  finfo->filetype = S_ISREG(st->st_mode) ? APR_REG : S_ISDIR(st->st_mode) ? APR_DIR : APR_UNKFILE;
  finfo->size = st->st_size;
  finfo->atime = apr_time_from_sec(st->st_atime);
  finfo->mtime = apr_time_make(st->st_mtim.tv_sec, st->st_mtim.tv_nsec / 1000);
  finfo->ctime = apr_time_from_sec(st->st_ctime);
  finfo->fname = path;
}

apr_status_t apr_stat(apr_finfo_t *finfo, const char *path, apr_int32_t wanted, apr_pool_t *pool) {
  struct stat st;
  if ((wanted & APR_FINFO_LINK ? lstat(path, &st) : stat(path, &st)) != 0) {
    return errno;
  }
  fill(finfo, &st, path, pool);
  return APR_SUCCESS;
}

apr_status_t apr_file_info_get(apr_finfo_t *finfo, apr_int32_t wanted, apr_file_t *file) {
  struct stat st;
  (void)wanted;
  if (fstat(file->descriptor, &st) != 0) {
    return errno;
  }
  fill(finfo, &st, file->path, file->pool);
  return APR_SUCCESS;
}

apr_status_t apr_file_remove(const char *path, apr_pool_t *pool) {
  (void)pool;
  return unlink(path) == 0 ? APR_SUCCESS : errno;
}

apr_status_t apr_file_rename(const char *from, const char *to, apr_pool_t *pool) {
  (void)pool;
  return rename(from, to) == 0 ? APR_SUCCESS : errno;
}

int apr_file_puts(const char *text, apr_file_t *file) {
  return apr_file_write_full(file, text, strlen(text), NULL);
}

int apr_file_printf(apr_file_t *file, const char *format, ...) {
  int len = -1;
  apr_pool_t *pool;
  va_list args;
  if (apr_pool_create(&pool, NULL) == APR_SUCCESS) {
    char *text;
    va_start(args, format);
    text = apr_pvsprintf(pool, format, args);
    va_end(args);
    if (text != NULL && apr_file_puts(text, file) == APR_SUCCESS) {
      len = (int)strlen(text);
    }
    apr_pool_destroy(pool);
  }
  return len;
}
