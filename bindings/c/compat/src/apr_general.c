#define _POSIX_C_SOURCE 200809L

#include "apr_general.h"

apr_status_t apr_initialize(void) { return APR_SUCCESS; }

apr_status_t apr_app_initialize(int *argc, char const *const **argv, char const *const **env) {
  (void)argc;
  (void)argv;
  (void)env;
  return APR_SUCCESS;
}

void apr_terminate(void) {}

void apr_terminate2(void) {}

char *apr_strerror(apr_status_t status, char *buf, apr_size_t size) {
  const char *text = NULL;
  switch (status) {
    case APR_SUCCESS: text = "success"; break;
    case APR_EOF: text = "the end of the file"; break;
    case APR_ENOTIMPL: text = "not implemented"; break;
    case APR_EGENERAL: text = "an error without a number"; break;
    default: break;
  }
  if (size == 0) {
    return buf;
  }
  if (text != NULL || strerror_r(status, buf, size) != 0) {
    snprintf(buf, size, "%s", text == NULL ? "an unknown error" : text);
  }
  return buf;
}
