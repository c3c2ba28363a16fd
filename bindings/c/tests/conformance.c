/*
 * Makes the uploads that a request file describes, and prints what became of them: see "The conformance program"
 * in the README of all bindings. The program is short-lived and frees nothing that it parsed.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oss_resumable.h"

enum { MOST = 256 };

static oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
static oss_resumable_credentials_t credentials = OSS_RESUMABLE_CREDENTIALS_INIT;
static oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
static oss_resumable_callback_t callback = OSS_RESUMABLE_CALLBACK_INIT;
static oss_resumable_header_t headers[MOST], variables[MOST];
static const char *bucket, *object, *file, *second_bucket, *second_object, *second_file;
static const char *new_id, *new_secret, *new_token;
/* At which byte of the first upload something happens. */
static int64_t cancel_at = INT64_MAX, throw_at = INT64_MAX, credentials_at = INT64_MAX;
static bool discard;

static void refuse(const char *why, const char *what) {
  fprintf(stderr, "conformance: %s: %s\n", why, what);
  exit(2);
}

/* ---- The request ----------------------------------------------------------------------------- */

static const struct {
  const char *name;
  const char **place;
} TEXTS[] = {
    {"config.endpoint", &config.endpoint},
    {"config.region", &config.region},
    {"config.access_key_id", &config.access_key_id},
    {"config.access_key_secret", &config.access_key_secret},
    {"config.sts_token", &config.sts_token},
    {"config.user_agent", &config.user_agent},
    {"credentials.provider", &credentials.provider},
    {"credentials.profile_file", &credentials.profile_file},
    {"credentials.profile_name", &credentials.profile_name},
    {"credentials.process", &credentials.process},
    {"credentials.role_name", &credentials.role_name},
    {"credentials.metadata_endpoint", &credentials.metadata_endpoint},
    {"credentials.role_arn", &credentials.role_arn},
    {"credentials.oidc_provider_arn", &credentials.oidc_provider_arn},
    {"credentials.oidc_token_file", &credentials.oidc_token_file},
    {"credentials.role_session_name", &credentials.role_session_name},
    {"credentials.sts_endpoint", &credentials.sts_endpoint},
    {"upload.bucket", &bucket},
    {"upload.object", &object},
    {"upload.file", &file},
    {"upload.checkpoint_path", &params.checkpoint_path},
    {"upload.callback.url", &callback.url},
    {"upload.callback.host", &callback.host},
    {"upload.callback.body", &callback.body},
    {"upload.callback.body_type", &callback.body_type},
    {"second.bucket", &second_bucket},
    {"second.object", &second_object},
    {"second.file", &second_file},
    {"action.new_access_key_id", &new_id},
    {"action.new_access_key_secret", &new_secret},
    {"action.new_sts_token", &new_token},
};

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static char *copy_of(const char *text) {
  char *copy = strdup(text);
  if (copy == NULL) {
    refuse("out of memory", text);
  }
  return copy;
}

static bool set_text(const char *name, const char *value) {
  if (begins(name, "credentials.")) {
    config.credentials = &credentials;
  } else if (begins(name, "upload.callback.")) {
    params.callback = &callback;
  }
  for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
    if (strcmp(name, TEXTS[i].name) == 0) {
      *TEXTS[i].place = value;
      return true;
    }
  }
  return false;
}

static void add(oss_resumable_header_t *list, size_t *count, const char *name, const char *value) {
  if (*count == MOST) {
    refuse("too many", name);
  }
  list[*count].name = name;
  list[(*count)++].value = value;
}

static void set_number(const char *name, const char *value) {
  char *end = NULL;
  errno = 0;
  int64_t number = strtoll(value, &end, 10);
  if (strcmp(value, "auto") == 0 && (strcmp(name, "upload.part_size") == 0 || strcmp(name, "upload.thread_num") == 0)) {
    number = OSS_RESUMABLE_AUTO;
  } else if (*value == '\0' || *end != '\0' || errno != 0) {
    refuse("unknown name, or not a number", name);
  }
  if (strcmp(name, "config.connect_timeout_ms") == 0) {
    config.connect_timeout_ms = (int32_t)number;
  } else if (strcmp(name, "config.stall_timeout_ms") == 0) {
    config.stall_timeout_ms = (int32_t)number;
  } else if (strcmp(name, "config.retry_timeout_ms") == 0) {
    config.retry_timeout_ms = (int32_t)number;
  } else if (strcmp(name, "config.max_retries") == 0) {
    config.max_retries = (int32_t)number;
  } else if (strcmp(name, "config.bandwidth_limit") == 0) {
    config.bandwidth_limit = number;
  } else if (strcmp(name, "upload.part_size") == 0) {
    params.part_size = number;
  } else if (strcmp(name, "upload.thread_num") == 0) {
    params.thread_num = (int32_t)number;
  } else if (strcmp(name, "upload.enable_checkpoint") == 0) {
    params.enable_checkpoint = (int32_t)number;
  } else if (strcmp(name, "upload.verify_on_resume") == 0) {
    params.verify_on_resume = (int32_t)number;
  } else if (strcmp(name, "upload.resume_by_content") == 0) {
    params.resume_by_content = (int32_t)number;
  } else if (strcmp(name, "action.cancel_at") == 0) {
    cancel_at = number;
  } else if (strcmp(name, "action.throw_at") == 0) {
    throw_at = number;
  } else if (strcmp(name, "action.new_credentials_at") == 0) {
    credentials_at = number;
  } else if (strcmp(name, "action.discard") == 0) {
    discard = number != 0;
  } else if (strcmp(name, "action.gc") != 0) { /* there is no collector */
    refuse("unknown name", name);
  }
}

static void set(const char *name, const char *value) {
  if (begins(name, "upload.header.")) {
    add(headers, &params.headers_len, name + strlen("upload.header."), value);
    params.headers = headers;
  } else if (begins(name, "upload.callback.var.")) {
    char *with_x = copy_of(name + strlen("upload.callback.var.") - 2);
    memcpy(with_x, "x:", 2);
    add(variables, &callback.variables_len, with_x, value);
    callback.variables = variables;
    params.callback = &callback;
  } else if (!set_text(name, value)) {
    set_number(name, value);
  }
}

static void decode(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    if (begins(from, "%25") || begins(from, "%0A") || begins(from, "%0D")) {
      *to++ = from[1] == '2' ? '%' : from[2] == 'A' ? '\n' : '\r';
      from += 2;
    } else {
      *to++ = *from;
    }
  }
  *to = '\0';
}

static void read_request(const char *path) {
  FILE *lines = fopen(path, "rb");
  if (lines == NULL) {
    refuse("cannot be read", path);
  }
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, lines) > 0) {
    line[strcspn(line, "\n")] = '\0';
    char *equals = strchr(line, '=');
    if (equals == NULL && *line != '\0') {
      refuse("no name=value", line);
    }
    if (equals != NULL) {
      *equals = '\0';
      char *value = copy_of(equals + 1);
      decode(value);
      set(copy_of(line), value);
    }
  }
  free(line);
  fclose(lines);
}

/* ---- The uploads ----------------------------------------------------------------------------- */

struct run {
  const char *prefix;
  const char *bucket, *object, *file;
  oss_resumable_client_t *client;
  oss_resumable_upload_t *upload;
  bool with_actions, credentials_set;
  int64_t calls, last, total;
  bool went_wrong;
  oss_resumable_code_t code;
  oss_resumable_result_t *result;
};

static int32_t on_progress(int64_t consumed, int64_t total, void *userdata) {
  struct run *run = userdata;
  run->went_wrong = run->went_wrong || consumed < run->last || consumed > total;
  run->calls++;
  run->last = consumed;
  run->total = total;
  if (!run->with_actions) {
    return 0;
  }
  if (consumed >= credentials_at && !run->credentials_set) {
    run->credentials_set = true;
    if (oss_resumable_client_set_credentials(run->client, new_id, new_secret, new_token) != OSS_RESUMABLE_OK) {
      refuse("the new credentials cannot be used", new_id);
    }
  }
  if (consumed >= cancel_at) {
    oss_resumable_upload_cancel(run->upload);
  }
  return consumed >= throw_at;
}

static void *make(void *argument) {
  struct run *run = argument;
  if (discard) {
    run->code = oss_resumable_discard(run->client, run->bucket, run->object, run->file, params.checkpoint_path,
                                      &run->result);
    return NULL;
  }
  oss_resumable_params_t own = params;
  own.progress_callback = on_progress;
  own.userdata = run;
  run->code = oss_resumable_upload_start(run->client, run->bucket, run->object, run->file, &own, &run->upload,
                                         &run->result);
  if (run->code == OSS_RESUMABLE_OK) {
    run->code = oss_resumable_upload_wait(run->upload, -1);
    oss_resumable_upload_result(run->upload, &run->result);
    oss_resumable_upload_free(run->upload);
  }
  return NULL;
}

/* ---- The output ------------------------------------------------------------------------------ */

static void print_bytes(const struct run *run, const char *before, const char *name, const char *value, size_t size) {
  printf("%s%s%s=", run->prefix, before, name);
  for (size_t i = 0; i < size; i++) {
    switch (value[i]) {
      case '%': fputs("%25", stdout); break;
      case '\n': fputs("%0A", stdout); break;
      case '\r': fputs("%0D", stdout); break;
      default: putchar(value[i]);
    }
  }
  putchar('\n');
}

/* Nothing for what is not there. */
static void print_text(const struct run *run, const char *name, const char *value) {
  if (value != NULL && *value != '\0') {
    print_bytes(run, "", name, value, strlen(value));
  }
}

static void print_number(const struct run *run, const char *name, int64_t number) {
  printf("%s%s=%" PRId64 "\n", run->prefix, name, number);
}

static void print_some(const struct run *run, const char *name, int64_t number) {
  if (number != 0) {
    print_number(run, name, number);
  }
}

static void print_failure(const struct run *run) {
  const oss_resumable_result_t *result = run->result;
  print_number(run, "code", run->code);
  print_text(run, "message", oss_resumable_result_message(result));
  print_text(run, "stage", oss_resumable_result_stage(result));
  print_some(run, "part_number", oss_resumable_result_part_number(result));
  if (oss_resumable_result_offset(result) >= 0) {
    print_number(run, "offset", oss_resumable_result_offset(result));
  }
  print_some(run, "http_status", oss_resumable_result_http_status(result));
  print_text(run, "error_code", oss_resumable_result_error_code(result));
  print_text(run, "request_id", oss_resumable_result_request_id(result));
  print_text(run, "host_id", oss_resumable_result_host_id(result));
  print_text(run, "ec", oss_resumable_result_ec(result));
  print_some(run, "os_errno", oss_resumable_result_os_errno(result));
  print_text(run, "reason", oss_resumable_result_reason(result));
  print_some(run, "attempts", oss_resumable_result_attempts(result));
  print_number(run, "retryable", oss_resumable_result_retryable(result));
}

static void print_success(const struct run *run) {
  const oss_resumable_result_t *result = run->result;
  print_text(run, "etag", oss_resumable_result_etag(result));
  print_text(run, "version_id", oss_resumable_result_version_id(result));
  print_text(run, "upload_id", oss_resumable_result_upload_id(result));
  printf("%scrc64=%" PRIu64 "\n", run->prefix, oss_resumable_result_crc64(result));
  print_number(run, "resumed_bytes", oss_resumable_result_resumed_bytes(result));
  print_number(run, "part_size", oss_resumable_result_part_size(result));
  print_number(run, "parts", oss_resumable_result_parts(result));
  print_number(run, "retries", oss_resumable_result_retries(result));
  print_number(run, "warnings", oss_resumable_result_warnings(result));
  print_text(run, "callback_error", oss_resumable_result_callback_error(result));
  size_t size = 0;
  const char *body = oss_resumable_result_body(result, &size), *name = NULL, *value = NULL;
  if (size > 0) {
    print_bytes(run, "", "body", body, size);
  }
  for (size_t i = 0; oss_resumable_result_header_at(result, i, &name, &value); i++) {
    print_bytes(run, "header.", name, value, strlen(value));
  }
}

static void print(const struct run *run) {
  const bool succeeded = run->code == OSS_RESUMABLE_OK;
  printf("%soutcome=%s\n", run->prefix, succeeded ? "ok" : "error");
  if (!succeeded) {
    print_failure(run);
  }
  if (discard) {
    return;
  }
  if (succeeded) {
    print_success(run);
  }
  print_number(run, "progress.calls", run->calls);
  print_number(run, "progress.last", run->last);
  print_number(run, "progress.total", run->total);
  print_number(run, "progress.monotonic", !run->went_wrong);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    refuse("usage", "conformance REQUEST");
  }
  read_request(argv[1]);
  struct run runs[2] = {
      {.prefix = "", .bucket = bucket, .object = object, .file = file, .with_actions = true},
      {.prefix = "second.", .bucket = second_bucket, .object = second_object, .file = second_file},
  };
  const int count = second_bucket != NULL || second_object != NULL || second_file != NULL ? 2 : 1;
  oss_resumable_client_t *client = NULL;
  oss_resumable_result_t *failure = NULL;
  const oss_resumable_code_t made = oss_resumable_client_new(&config, &client, &failure);
  pthread_t threads[2];
  for (int i = 0; i < count; i++) {
    runs[i].client = client;
    runs[i].code = made;
    runs[i].result = failure;
    if (made == OSS_RESUMABLE_OK && pthread_create(&threads[i], NULL, make, &runs[i]) != 0) {
      refuse("cannot start", "a thread");
    }
  }
  for (int i = 0; i < count; i++) {
    if (made == OSS_RESUMABLE_OK) {
      pthread_join(threads[i], NULL);
    }
    print(&runs[i]);
    if (runs[i].result != failure) {
      oss_resumable_result_free(runs[i].result);
    }
  }
  oss_resumable_result_free(failure);
  oss_resumable_client_free(client);
  return 0;
}
