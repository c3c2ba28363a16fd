#ifndef OSSR_AOS_CRC64_H
#define OSSR_AOS_CRC64_H

#include "aos_define.h"

AOS_CPP_START

/* CRC-64 as in x-oss-hash-crc64ecma; begin with 0, go on with what was returned. */
uint64_t aos_crc64(uint64_t crc, void *buf, size_t len);

AOS_CPP_END

#endif
