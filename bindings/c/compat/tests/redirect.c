/*
 * Preloaded into a program whose endpoint is a constant: leads its client to $OSS_TEST_ENDPOINT, and
 * appends the settings that the engine was given to the file $OSS_TEST_SETTINGS. So a sample can be
 * run as it is printed, and a test sees what became of ctl->options. $OSS_TEST_RETRY_MS shortens the
 * time after which a test of failures gets to see one.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "oss_resumable.h"

typedef oss_resumable_code_t new_client_t(const struct oss_resumable_config_t *,
                                          struct oss_resumable_client_t **,
                                          struct oss_resumable_result_t **);

static const char *text(const char *value) { return value == NULL ? "-" : value; }

static void write_settings(const oss_resumable_config_t *config, const char *path) {
  FILE *file = fopen(path, "a");
  if (file == NULL) {
    abort();
  }
  fprintf(file, "endpoint=%s region=%s signature_version=%d is_cname=%d sts_token=%s\n",
          text(config->endpoint), text(config->region), (int)config->signature_version,
          (int)config->is_cname, text(config->sts_token));
  fprintf(file, "connect_timeout_ms=%d stall_timeout_ms=%d ca_file=%s ca_data_len=%lu\n",
          (int)config->connect_timeout_ms, (int)config->stall_timeout_ms, text(config->ca_file),
          (unsigned long)config->ca_data_len);
  fprintf(file, "proxy=%s proxy_user=%s proxy_password=%s user_agent=%s\n", text(config->proxy),
          text(config->proxy_user), text(config->proxy_password), text(config->user_agent));
  fclose(file);
}

oss_resumable_code_t oss_resumable_client_new(const struct oss_resumable_config_t *config,
                                              struct oss_resumable_client_t **client_out,
                                              struct oss_resumable_result_t **result_out) {
  /* POSIX has it that this conversion works; ISO C needs the way around. */
  union {
    void *symbol;
    new_client_t *function;
  } next;
  oss_resumable_config_t changed = *config;
  const char *endpoint = getenv("OSS_TEST_ENDPOINT"), *settings = getenv("OSS_TEST_SETTINGS");
  const char *retry = getenv("OSS_TEST_RETRY_MS");
  next.symbol = dlsym(RTLD_NEXT, "oss_resumable_client_new");
  if (settings != NULL) {
    write_settings(config, settings);
  }
  if (endpoint != NULL) {
    changed.endpoint = endpoint;
  }
  if (retry != NULL) {
    changed.retry_timeout_ms = atoi(retry);
  }
  return next.function(&changed, client_out, result_out);
}
