/*
 * Compares what a compiler made of the header with tests/abi.json, for C and for C++. The JSON is written by this
 * repository in one way (names sorted, one value a line), so it is searched and not parsed.
 */
#ifndef ABI_H
#define ABI_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oss_resumable.h"

static int abi_failures;
static size_t abi_checked;

static inline char *abi_read(const char *path) {
  FILE *file = fopen(path, "rb");
  char *text = (char *)calloc(1, 1 << 20);
  if (file == NULL || text == NULL || fread(text, 1, (1 << 20) - 1, file) == 0) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  fclose(file);
  return text;
}

static inline long abi_after(const char *text, const char *name) {
  char key[64];
  snprintf(key, sizeof key, "\"%s\": ", name);
  const char *at = text == NULL ? NULL : strstr(text, key);
  return at == NULL ? -1000 : strtol(at + strlen(key), NULL, 10);
}

static inline void abi_expect(const char *what, long actual, long expected) {
  abi_checked++;
  if (actual != expected) {
    fprintf(stderr, "%s is %ld, not %ld\n", what, actual, expected);
    abi_failures++;
  }
}

static inline const char *abi_named(const char *text, const char *begin, const char *name, const char *end) {
  char key[96];
  snprintf(key, sizeof key, "%s%s%s", begin, name, end);
  return text == NULL ? NULL : strstr(text, key);
}

/* How often a word occurs between two places: so that nothing new is left out. */
static inline size_t abi_count(const char *from, const char *to, const char *word) {
  size_t count = 0;
  while ((from = strstr(from, word)) != NULL && (to == NULL || from < to)) {
    count++;
    from++;
  }
  return count;
}

static inline void abi_field(const char *structs, const char *type, const char *field, size_t offset, size_t size) {
  const char *at = abi_named(abi_named(structs, "\"", type, "\": {"), "\"name\": \"", field, "\",");
  abi_expect(field, (long)offset, abi_after(at, "offset"));
  abi_expect(field, (long)size, abi_after(at, "size"));
}

#define ABI_FIELD(type, field) \
  abi_field(structs, #type, #field, offsetof(type, field), sizeof(((type *)NULL)->field))
/* The size of a struct follows its fields. */
#define ABI_SIZE(type) \
  do { \
    const char *at = abi_named(structs, "\"", #type, "\": {"); \
    abi_expect(#type, (long)sizeof(type), abi_after(at == NULL ? NULL : strstr(at, "      ],"), "size")); \
  } while (0)
#define ABI_NUMBER(name) abi_expect(#name, (long)(name), abi_after(text, #name))

/* Returns whether everything is as the snapshot says. */
static inline int abi_holds(const char *path) {
  char *text = abi_read(path);
  const char *structs = strstr(text, "\"structs\": {");
  const char *functions = strstr(text, "\"functions\": {"), *stages = strstr(text, "\"stages\": {");
  if (structs == NULL || functions == NULL || stages == NULL) {
    fprintf(stderr, "%s is no snapshot\n", path);
    exit(1);
  }
  ABI_NUMBER(OSS_RESUMABLE_E_CANCELED);
  ABI_NUMBER(OSS_RESUMABLE_E_CHECKPOINT);
  ABI_NUMBER(OSS_RESUMABLE_E_COMMIT_UNKNOWN);
  ABI_NUMBER(OSS_RESUMABLE_E_CREDENTIALS);
  ABI_NUMBER(OSS_RESUMABLE_E_FILE);
  ABI_NUMBER(OSS_RESUMABLE_E_FILE_CHANGED);
  ABI_NUMBER(OSS_RESUMABLE_E_INTEGRITY);
  ABI_NUMBER(OSS_RESUMABLE_E_INTERNAL);
  ABI_NUMBER(OSS_RESUMABLE_E_INVALID_ARGUMENT);
  ABI_NUMBER(OSS_RESUMABLE_E_NETWORK);
  ABI_NUMBER(OSS_RESUMABLE_E_SERVICE);
  ABI_NUMBER(OSS_RESUMABLE_E_STATE);
  ABI_NUMBER(OSS_RESUMABLE_OK);
  ABI_NUMBER(OSS_RESUMABLE_PENDING);
  ABI_NUMBER(OSS_RESUMABLE_AUTO);
  ABI_NUMBER(OSS_RESUMABLE_ENDPOINT_ACCELERATE);
  ABI_NUMBER(OSS_RESUMABLE_ENDPOINT_ACCELERATE_OVERSEAS);
  ABI_NUMBER(OSS_RESUMABLE_ENDPOINT_DUAL_STACK);
  ABI_NUMBER(OSS_RESUMABLE_ENDPOINT_INTERNAL);
  ABI_NUMBER(OSS_RESUMABLE_ENDPOINT_PUBLIC);
  ABI_NUMBER(OSS_RESUMABLE_LOG_DEBUG);
  ABI_NUMBER(OSS_RESUMABLE_LOG_ERROR);
  ABI_NUMBER(OSS_RESUMABLE_LOG_INFO);
  ABI_NUMBER(OSS_RESUMABLE_LOG_NONE);
  ABI_NUMBER(OSS_RESUMABLE_LOG_TRACE);
  ABI_NUMBER(OSS_RESUMABLE_LOG_WARN);
  ABI_NUMBER(OSS_RESUMABLE_SOURCE_FILE);
  ABI_NUMBER(OSS_RESUMABLE_SOURCE_MEMORY);
  ABI_NUMBER(OSS_RESUMABLE_VERIFY_ALWAYS);
  ABI_NUMBER(OSS_RESUMABLE_VERIFY_IN_DOUBT);
  ABI_NUMBER(OSS_RESUMABLE_VERIFY_NEVER);
  ABI_NUMBER(OSS_RESUMABLE_WARN_CALLBACK_FAILED);
  ABI_NUMBER(OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST);
  ABI_NUMBER(OSS_RESUMABLE_WARN_CHECKPOINT_LEFT);
  ABI_NUMBER(OSS_RESUMABLE_WARN_PART_SIZE_RAISED);
  ABI_NUMBER(OSS_RESUMABLE_WARN_RESTARTED);
  ABI_NUMBER(OSS_RESUMABLE_WARN_RESUMABILITY_LOST);
  ABI_NUMBER(OSS_RESUMABLE_WARN_UPLOAD_LEFT);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_ABORT);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_COMPLETE);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_DONE);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_INITIATE);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_PREPARE);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_RESUME);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_SETTLE);
  ABI_NUMBER(OSS_RESUMABLE_STAGE_UPLOAD);
  ABI_FIELD(oss_resumable_callback_t, struct_size);
  ABI_FIELD(oss_resumable_callback_t, sni);
  ABI_FIELD(oss_resumable_callback_t, url);
  ABI_FIELD(oss_resumable_callback_t, host);
  ABI_FIELD(oss_resumable_callback_t, body);
  ABI_FIELD(oss_resumable_callback_t, body_type);
  ABI_FIELD(oss_resumable_callback_t, variables);
  ABI_FIELD(oss_resumable_callback_t, variables_len);
  ABI_SIZE(oss_resumable_callback_t);
  ABI_FIELD(oss_resumable_config_t, struct_size);
  ABI_FIELD(oss_resumable_config_t, signature_version);
  ABI_FIELD(oss_resumable_config_t, endpoint);
  ABI_FIELD(oss_resumable_config_t, region);
  ABI_FIELD(oss_resumable_config_t, access_key_id);
  ABI_FIELD(oss_resumable_config_t, access_key_secret);
  ABI_FIELD(oss_resumable_config_t, sts_token);
  ABI_FIELD(oss_resumable_config_t, ca_file);
  ABI_FIELD(oss_resumable_config_t, is_cname);
  ABI_FIELD(oss_resumable_config_t, is_path_style);
  ABI_FIELD(oss_resumable_config_t, connect_timeout_ms);
  ABI_FIELD(oss_resumable_config_t, stall_timeout_ms);
  ABI_FIELD(oss_resumable_config_t, retry_timeout_ms);
  ABI_FIELD(oss_resumable_config_t, max_retries);
  ABI_FIELD(oss_resumable_config_t, credentials);
  ABI_FIELD(oss_resumable_config_t, endpoint_type);
  ABI_FIELD(oss_resumable_config_t, first_byte_timeout_ms);
  ABI_FIELD(oss_resumable_config_t, max_connections);
  ABI_FIELD(oss_resumable_config_t, proxy_from_environment);
  ABI_FIELD(oss_resumable_config_t, bandwidth_limit);
  ABI_FIELD(oss_resumable_config_t, proxy);
  ABI_FIELD(oss_resumable_config_t, proxy_user);
  ABI_FIELD(oss_resumable_config_t, proxy_password);
  ABI_FIELD(oss_resumable_config_t, no_proxy);
  ABI_FIELD(oss_resumable_config_t, ca_data);
  ABI_FIELD(oss_resumable_config_t, ca_data_len);
  ABI_FIELD(oss_resumable_config_t, source_address);
  ABI_FIELD(oss_resumable_config_t, user_agent);
  ABI_FIELD(oss_resumable_config_t, log_file);
  ABI_FIELD(oss_resumable_config_t, log_callback);
  ABI_FIELD(oss_resumable_config_t, log_userdata);
  ABI_FIELD(oss_resumable_config_t, log_level);
  ABI_FIELD(oss_resumable_config_t, reserved);
  ABI_SIZE(oss_resumable_config_t);
  ABI_FIELD(oss_resumable_credentials_t, struct_size);
  ABI_FIELD(oss_resumable_credentials_t, reserved);
  ABI_FIELD(oss_resumable_credentials_t, provider);
  ABI_FIELD(oss_resumable_credentials_t, profile_file);
  ABI_FIELD(oss_resumable_credentials_t, profile_name);
  ABI_FIELD(oss_resumable_credentials_t, process);
  ABI_FIELD(oss_resumable_credentials_t, role_name);
  ABI_FIELD(oss_resumable_credentials_t, metadata_endpoint);
  ABI_FIELD(oss_resumable_credentials_t, role_arn);
  ABI_FIELD(oss_resumable_credentials_t, oidc_provider_arn);
  ABI_FIELD(oss_resumable_credentials_t, oidc_token_file);
  ABI_FIELD(oss_resumable_credentials_t, role_session_name);
  ABI_FIELD(oss_resumable_credentials_t, sts_endpoint);
  ABI_FIELD(oss_resumable_credentials_t, callback);
  ABI_FIELD(oss_resumable_credentials_t, userdata);
  ABI_SIZE(oss_resumable_credentials_t);
  ABI_FIELD(oss_resumable_header_t, name);
  ABI_FIELD(oss_resumable_header_t, value);
  ABI_SIZE(oss_resumable_header_t);
  ABI_FIELD(oss_resumable_params_t, struct_size);
  ABI_FIELD(oss_resumable_params_t, thread_num);
  ABI_FIELD(oss_resumable_params_t, part_size);
  ABI_FIELD(oss_resumable_params_t, enable_checkpoint);
  ABI_FIELD(oss_resumable_params_t, flags);
  ABI_FIELD(oss_resumable_params_t, checkpoint_path);
  ABI_FIELD(oss_resumable_params_t, progress_callback);
  ABI_FIELD(oss_resumable_params_t, userdata);
  ABI_FIELD(oss_resumable_params_t, headers);
  ABI_FIELD(oss_resumable_params_t, headers_len);
  ABI_FIELD(oss_resumable_params_t, source);
  ABI_FIELD(oss_resumable_params_t, callback);
  ABI_FIELD(oss_resumable_params_t, verify_on_resume);
  ABI_FIELD(oss_resumable_params_t, resume_by_content);
  ABI_SIZE(oss_resumable_params_t);
  ABI_FIELD(oss_resumable_progress_t, struct_size);
  ABI_FIELD(oss_resumable_progress_t, stage);
  ABI_FIELD(oss_resumable_progress_t, consumed_bytes);
  ABI_FIELD(oss_resumable_progress_t, total_bytes);
  ABI_FIELD(oss_resumable_progress_t, resumed_bytes);
  ABI_FIELD(oss_resumable_progress_t, parts_done);
  ABI_FIELD(oss_resumable_progress_t, parts_total);
  ABI_FIELD(oss_resumable_progress_t, retries);
  ABI_FIELD(oss_resumable_progress_t, reserved);
  ABI_SIZE(oss_resumable_progress_t);
  ABI_FIELD(oss_resumable_source_t, struct_size);
  ABI_FIELD(oss_resumable_source_t, kind);
  ABI_FIELD(oss_resumable_source_t, handle);
  ABI_FIELD(oss_resumable_source_t, data);
  ABI_FIELD(oss_resumable_source_t, data_len);
  ABI_SIZE(oss_resumable_source_t);
  const size_t fields = abi_count(structs, NULL, "\"offset\": ");
  const size_t sizes = abi_count(structs, NULL, "\"align\": ");
  const size_t numbers = abi_count(text, functions, "\"OSS_RESUMABLE_") + abi_count(stages, structs, "\"OSS_RESUMABLE_");
  abi_expect("the number of checks", (long)abi_checked, (long)(2 * fields + sizes + numbers));
  abi_expect("version_number", OSS_RESUMABLE_VERSION_NUMBER, abi_after(text, "version_number"));
  abi_expect("the library's version", oss_resumable_version_number(), OSS_RESUMABLE_VERSION_NUMBER);
  free(text);
  return abi_failures == 0;
}

#endif
