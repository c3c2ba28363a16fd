/* Programs include it for what comes with it. The engine signs; nothing here does. */
#ifndef OSSR_OSS_AUTH_H
#define OSSR_OSS_AUTH_H

#include "aos_http_io.h"
#include "aos_string.h"
#include "aos_util.h"
#include "oss_define.h"

#endif
