/* Status codes of the APR functions here: errno, and 0 for success. */
#ifndef OSSR_APR_ERRNO_H
#define OSSR_APR_ERRNO_H
#define APR_ERRNO_H

#include "apr.h"

OSSR_BEGIN

typedef int apr_status_t;

#define APR_SUCCESS 0
/* The values of APR, which lie above those of errno. */
#define APR_EGENERAL 20014
#define APR_EOF 70014
#define APR_ENOTIMPL 70023
#define APR_ENOMEM ENOMEM
#define APR_EINVAL EINVAL
#define APR_ENOENT ENOENT
#define APR_EEXIST EEXIST
#define APR_EACCES EACCES

#define APR_STATUS_IS_SUCCESS(s) ((s) == APR_SUCCESS)
#define APR_STATUS_IS_ENOENT(s) ((s) == ENOENT)
#define APR_STATUS_IS_EEXIST(s) ((s) == EEXIST)
#define APR_STATUS_IS_EACCES(s) ((s) == EACCES)
#define APR_STATUS_IS_ENOMEM(s) ((s) == ENOMEM)
#define APR_STATUS_IS_EINVAL(s) ((s) == EINVAL)
#define APR_STATUS_IS_EOF(s) ((s) == APR_EOF)

/* Writes the text of a status into buf, which it returns. */
char *apr_strerror(apr_status_t status, char *buf, apr_size_t size);

OSSR_END

#endif
