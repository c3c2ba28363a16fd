#!/bin/sh
# Prints what PHP's FFI can read of the C header: no preprocessor lines, and no system headers, since
# FFI knows the types of stdint.h and stddef.h itself. Two declarations suit PHP better in other words
# of the same size:
# - FFI makes text of every const char * that a function returns, up to the first NUL; a body may hold
#   any bytes, so it is declared as const void *.
# - userdata is a number here, which PHP cannot put into a void *.
set -eu
header=$(dirname "$0")/../../include/oss_resumable.h
echo '/* Made from include/oss_resumable.h by make-ffi-header.sh. Do not edit. */'
grep -v '^#include' "$header" | cc -std=c99 -E -P - |
  sed -e 's/^const char \*oss_resumable_result_body(/const void *oss_resumable_result_body(/' \
    -e 's/void \*\(log_userdata\|userdata\)/intptr_t \1/'
