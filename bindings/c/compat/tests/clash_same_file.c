/* Must not compile: the real APR and ours in one file. */
#include <apr_pools.h>

#include "oss_api.h"
