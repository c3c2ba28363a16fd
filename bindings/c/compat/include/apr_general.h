#ifndef OSSR_APR_GENERAL_H
#define OSSR_APR_GENERAL_H
#define APR_GENERAL_H

#include "apr_errno.h"

OSSR_BEGIN

/* There is nothing to set up or to take down; they succeed any number of times. */
apr_status_t apr_initialize(void);
apr_status_t apr_app_initialize(int *argc, char const *const **argv, char const *const **env);
void apr_terminate(void);
void apr_terminate2(void);

OSSR_END

#endif
