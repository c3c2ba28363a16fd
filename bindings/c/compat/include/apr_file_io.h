/* Files, as far as programs that write a log or look at what they uploaded use them. */
#ifndef OSSR_APR_FILE_IO_H
#define OSSR_APR_FILE_IO_H
#define APR_FILE_IO_H

#include "apr_file_info.h"

OSSR_BEGIN

typedef struct apr_file_t apr_file_t;
typedef int apr_seek_where_t;

#define APR_FOPEN_READ 0x00001
#define APR_FOPEN_WRITE 0x00002
#define APR_FOPEN_CREATE 0x00004
#define APR_FOPEN_APPEND 0x00008
#define APR_FOPEN_TRUNCATE 0x00010
#define APR_FOPEN_BINARY 0x00020
#define APR_FOPEN_EXCL 0x00040
#define APR_FOPEN_BUFFERED 0x00080 /* not used: nothing is buffered */
#define APR_READ APR_FOPEN_READ
#define APR_WRITE APR_FOPEN_WRITE
#define APR_CREATE APR_FOPEN_CREATE
#define APR_APPEND APR_FOPEN_APPEND
#define APR_TRUNCATE APR_FOPEN_TRUNCATE
#define APR_BINARY APR_FOPEN_BINARY
#define APR_EXCL APR_FOPEN_EXCL
#define APR_BUFFERED APR_FOPEN_BUFFERED
#define APR_SET SEEK_SET
#define APR_CUR SEEK_CUR
#define APR_END SEEK_END

/* Closed with the pool, if not before. */
apr_status_t apr_file_open(apr_file_t **file, const char *path, apr_int32_t flags,
                           apr_fileperms_t permissions, apr_pool_t *pool);
apr_status_t apr_file_open_stderr(apr_file_t **file, apr_pool_t *pool);
apr_status_t apr_file_open_stdout(apr_file_t **file, apr_pool_t *pool);
apr_status_t apr_file_close(apr_file_t *file);
/* `*len`: how much is wanted, then how much was done. APR_EOF when there is nothing more. */
apr_status_t apr_file_read(apr_file_t *file, void *buf, apr_size_t *len);
apr_status_t apr_file_write(apr_file_t *file, const void *buf, apr_size_t *len);
apr_status_t apr_file_write_full(apr_file_t *file, const void *buf, apr_size_t len,
                                 apr_size_t *written);
apr_status_t apr_file_seek(apr_file_t *file, apr_seek_where_t where, apr_off_t *offset);
apr_status_t apr_file_info_get(apr_finfo_t *finfo, apr_int32_t wanted, apr_file_t *file);
apr_status_t apr_file_remove(const char *path, apr_pool_t *pool);
apr_status_t apr_file_rename(const char *from, const char *to, apr_pool_t *pool);
int apr_file_puts(const char *text, apr_file_t *file);
int apr_file_printf(apr_file_t *file, const char *format, ...) OSSR_PRINTF(2, 3);

OSSR_END

#endif
