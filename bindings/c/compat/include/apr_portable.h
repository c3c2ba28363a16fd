/* Programs include it for what comes with it. */
#ifndef OSSR_APR_PORTABLE_H
#define OSSR_APR_PORTABLE_H
#define APR_PORTABLE_H

#include "apr_file_io.h"
#include "apr_general.h"
#include "apr_pools.h"

#endif
