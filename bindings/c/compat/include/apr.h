/*
 * The base types of APR, as far as programs that upload with the C SDK use them. Not APR: pools,
 * tables and files here are the ones of this library, and every function has a name of its own in
 * the linker's eyes (ossr_names.h), so that a program may link the real APR as well.
 */
#ifndef OSSR_APR_H
#define OSSR_APR_H

/* One source file sees either the real APR or this one: their types have the same names. These
   headers also set the guards of the real ones, so the check works in either order of -I. */
#ifdef APR_H
#error "the real APR is included already: use it and the OSS headers in different source files"
#endif
#define APR_H

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "ossr_names.h"

#ifdef __cplusplus
#define OSSR_BEGIN extern "C" {
#define OSSR_END }
#else
#define OSSR_BEGIN
#define OSSR_END
#endif

#ifdef __GNUC__
#define APR_INLINE __inline__
#define OSSR_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#else
#define APR_INLINE inline
#define OSSR_PRINTF(format, first)
#endif

typedef unsigned char apr_byte_t;
typedef int16_t apr_int16_t;
typedef uint16_t apr_uint16_t;
typedef int32_t apr_int32_t;
typedef uint32_t apr_uint32_t;
typedef int64_t apr_int64_t;
typedef uint64_t apr_uint64_t;
typedef size_t apr_size_t;
typedef ssize_t apr_ssize_t;
typedef off_t apr_off_t;
typedef uintptr_t apr_uintptr_t;

/* What stands between '%' and nothing more in a format. */
#define APR_INT64_T_FMT PRId64
#define APR_UINT64_T_FMT PRIu64
#define APR_OFF_T_FMT PRId64
#define APR_SIZE_T_FMT "zu"
#define APR_SSIZE_T_FMT "zd"

#define APR_INT64_C(value) INT64_C(value)
#define APR_UINT64_C(value) UINT64_C(value)
#define APR_OFFSETOF(type, field) offsetof(type, field)
#define APR_ALIGN(size, boundary) (((size) + ((boundary)-1)) & ~((boundary)-1))
#define APR_ALIGN_DEFAULT(size) APR_ALIGN(size, 8)

#endif
