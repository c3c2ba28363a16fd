#ifndef OSSR_APR_FILE_INFO_H
#define OSSR_APR_FILE_INFO_H
#define APR_FILE_INFO_H

#include "apr_pools.h"
#include "apr_time.h"

OSSR_BEGIN

typedef enum { APR_NOFILE = 0, APR_REG, APR_DIR, APR_LNK = 6, APR_UNKFILE = 127 } apr_filetype_e;
typedef apr_int32_t apr_fileperms_t;

#define APR_FPROT_UREAD 0x0400
#define APR_FPROT_UWRITE 0x0200
#define APR_FPROT_UEXECUTE 0x0100
#define APR_FPROT_GREAD 0x0040
#define APR_FPROT_GWRITE 0x0020
#define APR_FPROT_WREAD 0x0004
#define APR_FPROT_WWRITE 0x0002
#define APR_FPROT_OS_DEFAULT 0x0FFF
#define APR_OS_DEFAULT APR_FPROT_OS_DEFAULT
#define APR_UREAD APR_FPROT_UREAD
#define APR_UWRITE APR_FPROT_UWRITE
#define APR_GREAD APR_FPROT_GREAD
#define APR_GWRITE APR_FPROT_GWRITE
#define APR_WREAD APR_FPROT_WREAD
#define APR_WWRITE APR_FPROT_WWRITE

#define APR_FINFO_LINK 0x00000001
#define APR_FINFO_MTIME 0x00000010
#define APR_FINFO_TYPE 0x00008000
#define APR_FINFO_SIZE 0x00000100
#define APR_FINFO_NORM 0x0073b170

/* What apr_stat() fills in here. */
typedef struct apr_finfo_t {
  apr_pool_t *pool;
  apr_int32_t valid;
  apr_filetype_e filetype;
  apr_off_t size;
  apr_time_t atime;
  apr_time_t mtime;
  apr_time_t ctime;
  const char *fname;
  const char *name;
} apr_finfo_t;

apr_status_t apr_stat(apr_finfo_t *finfo, const char *path, apr_int32_t wanted, apr_pool_t *pool);

OSSR_END

#endif
