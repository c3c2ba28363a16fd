/* Programs include it for what comes with it. The C SDK's functions over XML are not here. */
#ifndef OSSR_OSS_XML_H
#define OSSR_OSS_XML_H

#include "oss_define.h"

#endif
