#include "aos_buf.h"

/* The bytes of a buffer as memcpy wants them: a size, never below 0. */
static size_t size_of(const aos_buf_t *b) {
  return b->last > b->pos ? (size_t)(b->last - b->pos) : 0;
}

aos_buf_t *aos_create_buf(aos_pool_t *pool, int size) {
  size_t room = size > 0 ? (size_t)size : 0;
  aos_buf_t *b = apr_palloc(pool, sizeof *b + room);
  if (b != NULL) {
    aos_list_init(&b->node);
    b->start = b->pos = b->last = (uint8_t *)(b + 1);
    b->end = b->start + room;
  }
  return b;
}

aos_buf_t *aos_buf_pack(aos_pool_t *pool, const void *data, int size) {
  aos_buf_t *b = apr_palloc(pool, sizeof *b);
  if (b != NULL) {
    aos_list_init(&b->node);
    b->start = b->pos = (uint8_t *)data;
    b->last = b->end = b->start + (size > 0 ? size : 0);
  }
  return b;
}

void aos_buf_append_string(aos_pool_t *pool, aos_buf_t *b, const char *text, int len) {
  if (len <= 0) {
    return;
  }
  if (b->end - b->last < len) {
    size_t used = size_of(b), room = (used + (size_t)len) * 2;
    uint8_t *bytes = apr_palloc(pool, room);
    if (bytes == NULL) {
      return;
    }
    if (used > 0) {
      memcpy(bytes, b->pos, used);
    }
    b->start = b->pos = bytes;
    b->last = bytes + used;
    b->end = bytes + room;
  }
  memcpy(b->last, text, (size_t)len);
  b->last += len;
}

int64_t aos_buf_list_len(aos_list_t *list) {
  aos_buf_t *b;
  int64_t len = 0;
  aos_list_for_each_entry(aos_buf_t, b, list, node) {
    len += (int64_t)size_of(b);
  }
  return len;
}

char *aos_buf_list_content(aos_pool_t *pool, aos_list_t *list) {
  aos_buf_t *b;
  char *bytes = apr_palloc(pool, (size_t)aos_buf_list_len(list) + 1), *end = bytes;
  if (bytes == NULL) {
    return NULL;
  }
  aos_list_for_each_entry(aos_buf_t, b, list, node) {
    if (size_of(b) > 0) {
      memcpy(end, b->pos, size_of(b));
      end += size_of(b);
    }
  }
  *end = '\0';
  return bytes;
}

/* ---- Files ------------------------------------------------------------------------------------- */

aos_file_buf_t *aos_create_file_buf(aos_pool_t *pool) {
  aos_file_buf_t *fb = apr_pcalloc(pool, sizeof *fb);
  if (fb != NULL) {
    aos_list_init(&fb->node);
  }
  return fb;
}

int aos_open_file_for_all_read(aos_pool_t *pool, const char *path, aos_file_buf_t *fb) {
  apr_finfo_t finfo;
  if (apr_file_open(&fb->file, path, APR_READ, APR_OS_DEFAULT, pool) != APR_SUCCESS) {
    return AOSE_OPEN_FILE_ERROR;
  }
  if (apr_file_info_get(&finfo, APR_FINFO_NORM, fb->file) != APR_SUCCESS) {
    apr_file_close(fb->file);
    return AOSE_FILE_INFO_ERROR;
  }
  fb->file_pos = 0;
  fb->file_last = finfo.size;
  fb->owner = 1;
  return AOSE_OK;
}

int aos_open_file_for_read(aos_pool_t *pool, const char *path, aos_file_buf_t *fb) {
  return aos_open_file_for_all_read(pool, path, fb);
}

int aos_open_file_for_range_read(aos_pool_t *pool, const char *path, int64_t file_pos,
                                 int64_t file_last, aos_file_buf_t *fb) {
  apr_off_t offset;
  int res = aos_open_file_for_all_read(pool, path, fb);
  if (res != AOSE_OK) {
    return res;
  }
  fb->file_pos = aos_max(file_pos, 0);
  fb->file_last = aos_min(file_last, fb->file_last);
  offset = fb->file_pos;
  return apr_file_seek(fb->file, APR_SET, &offset) == APR_SUCCESS ? AOSE_OK : AOSE_FILE_SEEK_ERROR;
}

int aos_open_file_for_write(aos_pool_t *pool, const char *path, aos_file_buf_t *fb) {
  if (apr_file_open(&fb->file, path, APR_CREATE | APR_WRITE | APR_TRUNCATE, APR_UREAD | APR_UWRITE,
                    pool) != APR_SUCCESS) {
    return AOSE_OPEN_FILE_ERROR;
  }
  fb->file_pos = fb->file_last = 0;
  fb->owner = 1;
  return AOSE_OK;
}
