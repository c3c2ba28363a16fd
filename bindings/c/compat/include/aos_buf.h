/* Bytes in a list: from start to end there is room, from pos to last there are bytes. */
#ifndef OSSR_AOS_BUF_H
#define OSSR_AOS_BUF_H

#include "aos_define.h"
#include "aos_list.h"

AOS_CPP_START

typedef struct {
  aos_list_t node;
  uint8_t *pos;
  uint8_t *last;
  uint8_t *start;
  uint8_t *end;
} aos_buf_t;

#define aos_buf_size(b) ((b)->last - (b)->pos)

/* Empty, with room for size bytes. */
aos_buf_t *aos_create_buf(aos_pool_t *pool, int size);
/* Of bytes that are not copied. */
aos_buf_t *aos_buf_pack(aos_pool_t *pool, const void *data, int size);
/* Makes room if there is not enough. */
void aos_buf_append_string(aos_pool_t *pool, aos_buf_t *b, const char *text, int len);

int64_t aos_buf_list_len(aos_list_t *list);
/* All bytes and a NUL. */
char *aos_buf_list_content(aos_pool_t *pool, aos_list_t *list);

/* A part of a file, from file_pos up to file_last. */
typedef struct {
  aos_list_t node;
  int64_t file_pos;
  int64_t file_last;
  apr_file_t *file;
  uint32_t owner : 1;
} aos_file_buf_t;

aos_file_buf_t *aos_create_file_buf(aos_pool_t *pool);
int aos_open_file_for_read(aos_pool_t *pool, const char *path, aos_file_buf_t *fb);
int aos_open_file_for_all_read(aos_pool_t *pool, const char *path, aos_file_buf_t *fb);
int aos_open_file_for_range_read(aos_pool_t *pool, const char *path, int64_t file_pos,
                                 int64_t file_last, aos_file_buf_t *fb);
int aos_open_file_for_write(aos_pool_t *pool, const char *path, aos_file_buf_t *fb);

AOS_CPP_END

#endif
