/* Everything the API refuses, and what it says then. Needs no server: nothing here may be sent. */
#define _POSIX_C_SOURCE 200809L


#include "check.h"
#include "oss_resumable.h"

#define SECRET "a-secret-that-must-never-be-shown"

/* An output that was not written is told from one that was set to NULL. */
#define GARBAGE(type) ((type *)&garbage)
static char garbage;

static oss_resumable_config_t good_config(void) {
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  /* Port 9 (discard): should anything be sent after all, nobody answers. */
  config.endpoint = "http://127.0.0.1:9";
  config.region = "cn-hangzhou";
  config.access_key_id = "id";
  config.access_key_secret = SECRET;
  return config;
}

static oss_resumable_client_t *good_client(void) {
  oss_resumable_config_t config = good_config();
  oss_resumable_client_t *client = NULL;
  oss_resumable_result_t *result = GARBAGE(oss_resumable_result_t);
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, &result), OSS_RESUMABLE_OK);
  CHECK(client != NULL && client != GARBAGE(oss_resumable_client_t));
  CHECK(result == NULL);
  return client;
}

/* A result that says that `field` is wrong, and shows `value` unless it is NULL. Frees it. */
static void check_refused(oss_resumable_code_t code, oss_resumable_result_t *result,
                          const char *field, const char *value) {
  CHECK_EQUAL(code, OSS_RESUMABLE_E_INVALID_ARGUMENT);
  CHECK(result != NULL && result != GARBAGE(oss_resumable_result_t));
  CHECK_EQUAL(oss_resumable_result_code(result), OSS_RESUMABLE_E_INVALID_ARGUMENT);
  const char *message = oss_resumable_result_message(result);
  CHECK(message != NULL);
  CHECK(strstr(message, SECRET) == NULL);
  if (strncmp(message, field, strlen(field)) != 0 || message[strlen(field)] != ':') {
    fprintf(stderr, "\"%s\" does not begin with \"%s:\"\n", message, field);
    exit(1);
  }
  if (value != NULL) {
    CHECK_CONTAINS(message, value);
  }
  CHECK(oss_resumable_result_error_code(result) == NULL);
  CHECK_EQUAL(oss_resumable_result_http_status(result), 0);
  oss_resumable_result_free(result);
}

static void check_config_refused(const oss_resumable_config_t *config, const char *field,
                                 const char *value) {
  oss_resumable_client_t *client = GARBAGE(oss_resumable_client_t);
  oss_resumable_result_t *result = GARBAGE(oss_resumable_result_t);
  oss_resumable_code_t code = oss_resumable_client_new(config, &client, &result);
  check_refused(code, result, field, value);
  CHECK(client == NULL);
  /* The code alone is enough for who wants no details. */
  CHECK_EQUAL(oss_resumable_client_new(config, &client, NULL), OSS_RESUMABLE_E_INVALID_ARGUMENT);
}

/* The same must come from both ways to begin an upload. */
static void check_upload_refused(const char *bucket, const char *object, const char *file,
                                 const oss_resumable_params_t *params, const char *field,
                                 const char *value) {
  oss_resumable_client_t *client = good_client();
  oss_resumable_result_t *result = GARBAGE(oss_resumable_result_t);
  oss_resumable_upload_t *upload = GARBAGE(oss_resumable_upload_t);
  oss_resumable_code_t code =
      oss_resumable_upload_start(client, bucket, object, file, params, &upload, &result);
  check_refused(code, result, field, value);
  CHECK(upload == NULL);
  result = GARBAGE(oss_resumable_result_t);
  code = oss_resumable_upload_file(client, bucket, object, file, params, &result);
  check_refused(code, result, field, value);
  CHECK_EQUAL(oss_resumable_upload_file(client, bucket, object, file, params, NULL),
              OSS_RESUMABLE_E_INVALID_ARGUMENT);
  oss_resumable_client_free(client);
}

static void check_params_refused(const oss_resumable_params_t *params, const char *field,
                                 const char *value) {
  check_upload_refused("bucket", "key", "file", params, field, value);
}

static const char *decimal(int64_t number) {
  static char text[32];
  snprintf(text, sizeof text, "%" PRId64, number);
  return text;
}

/* ---- Version --------------------------------------------------------------------------------- */

static void the_header_and_the_library_are_of_one_version(void) {
  CHECK_EQUAL(oss_resumable_version_number(), OSS_RESUMABLE_VERSION_NUMBER);
  CHECK_EQUAL(OSS_RESUMABLE_VERSION_NUMBER, OSS_RESUMABLE_VERSION_MAJOR * 10000 +
                                                OSS_RESUMABLE_VERSION_MINOR * 100 +
                                                OSS_RESUMABLE_VERSION_PATCH);
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", OSS_RESUMABLE_VERSION_MAJOR, OSS_RESUMABLE_VERSION_MINOR,
           OSS_RESUMABLE_VERSION_PATCH);
  CHECK_TEXT(oss_resumable_version(), text);
  CHECK(oss_resumable_version() == oss_resumable_version());
}

/* ---- NULL ------------------------------------------------------------------------------------ */

static void freeing_null_does_nothing(void) {
  oss_resumable_client_free(NULL);
  oss_resumable_upload_free(NULL);
  oss_resumable_result_free(NULL);
  oss_resumable_upload_cancel(NULL);
}

static void a_client_of_null_is_refused(void) {
  check_config_refused(NULL, "config", "NULL");
  oss_resumable_config_t config = good_config();
  oss_resumable_result_t *result = GARBAGE(oss_resumable_result_t);
  oss_resumable_code_t code = oss_resumable_client_new(&config, NULL, &result);
  check_refused(code, result, "client_out", "NULL");
  CHECK_EQUAL(oss_resumable_client_new(NULL, NULL, NULL), OSS_RESUMABLE_E_INVALID_ARGUMENT);
}

static void settings_that_are_required_cannot_be_null_or_empty(void) {
  /* The endpoint is an address, which does not tell a region. */
  static const char *const fields[] = {"region", "access_key_id", "access_key_secret"};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    for (int is_empty = 0; is_empty <= 1; is_empty++) {
      oss_resumable_config_t config = good_config();
      const char **slots[] = {&config.region, &config.access_key_id, &config.access_key_secret};
      *slots[i] = is_empty ? "" : NULL;
      check_config_refused(&config, fields[i], NULL);
    }
  }
  oss_resumable_config_t config = good_config();
  config.endpoint = NULL;
  config.region = NULL;
  check_config_refused(&config, "endpoint", "region");
}

static void endpoint_and_region_are_taken_from_each_other(void) {
  oss_resumable_config_t config = good_config();
  oss_resumable_client_t *client = NULL;
  config.endpoint = NULL;
  for (int32_t type = OSS_RESUMABLE_ENDPOINT_PUBLIC; type <= OSS_RESUMABLE_ENDPOINT_DUAL_STACK;
       type++) {
    config.endpoint_type = type;
    CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
    oss_resumable_client_free(client);
  }
  config.endpoint = "https://oss-cn-beijing-internal.aliyuncs.com";
  check_config_refused(&config, "endpoint_type", "endpoint");
  config.endpoint_type = 0;
  config.region = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);
  config.endpoint = "https://oss-accelerate.aliyuncs.com";
  check_config_refused(&config, "region", "oss-accelerate.aliyuncs.com");
}

static void settings_of_the_network_and_the_log_are_checked(void) {
  oss_resumable_config_t config;
#define REFUSED(field, value, name, shown) \
  config = good_config();                  \
  config.field = value;                    \
  check_config_refused(&config, name, shown)
  REFUSED(endpoint_type, 5, "endpoint_type", "5");
  REFUSED(first_byte_timeout_ms, -1, "first_byte_timeout_ms", "-1");
  REFUSED(max_connections, 4097, "max_connections", "4097");
  REFUSED(max_connections, -1, "max_connections", "-1");
  REFUSED(bandwidth_limit, 1023, "bandwidth_limit", "1023");
  REFUSED(bandwidth_limit, -1, "bandwidth_limit", "-1");
  REFUSED(proxy_from_environment, 2, "proxy_from_environment", "2");
  REFUSED(proxy, "gopher://" SECRET "@host", "proxy", NULL);
  REFUSED(proxy_user, "me", "proxy_user", "proxy");
  REFUSED(proxy_password, SECRET, "proxy_password", NULL);
  REFUSED(no_proxy, "localhost", "no_proxy", "proxy");
  REFUSED(ca_data_len, 3, "ca_data", "3");
  REFUSED(source_address, "localhost", "source_address", "localhost");
  REFUSED(user_agent, "a\nb", "user_agent", NULL);
  REFUSED(log_level, 6, "log_level", "6");
  REFUSED(log_file, "/no/such/directory/log", "log_file", "/no/such/directory/log");
  REFUSED(reserved, 1, "reserved", NULL);
#undef REFUSED
  config = good_config();
  config.proxy = "host:1";
  config.proxy_from_environment = 1;
  check_config_refused(&config, "proxy_from_environment", "proxy");
  config = good_config();
  config.endpoint = "https://a.b";
  config.ca_data = "no certificate";
  config.ca_data_len = 14;
  check_config_refused(&config, "ca_data", "PEM");

  oss_resumable_client_t *client = good_client();
  const oss_resumable_code_t refused = OSS_RESUMABLE_E_INVALID_ARGUMENT;
  CHECK_EQUAL(oss_resumable_client_set_bandwidth_limit(NULL, 0), refused);
  CHECK_EQUAL(oss_resumable_client_set_bandwidth_limit(client, 1023), refused);
  CHECK_EQUAL(oss_resumable_client_set_bandwidth_limit(client, -1), refused);
  CHECK_EQUAL(oss_resumable_client_set_bandwidth_limit(client, 1024), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_client_set_bandwidth_limit(client, 0), OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);
}

static int32_t no_credentials(oss_resumable_credentials_answer_t *answer, void *userdata) {
  (void)answer;
  (void)userdata;
  return 1;
}

static void sources_of_credentials_are_checked(void) {
  oss_resumable_config_t config = good_config();
  config.access_key_id = NULL;
  config.access_key_secret = NULL;
  oss_resumable_credentials_t credentials;
#define REFUSED(field, value, name, shown)                                         \
  credentials = (oss_resumable_credentials_t)OSS_RESUMABLE_CREDENTIALS_INIT;       \
  credentials.field = value;                                                       \
  config.credentials = &credentials;                                               \
  check_config_refused(&config, name, shown)
  REFUSED(struct_size, 7, "credentials.struct_size", "7");
  REFUSED(reserved, 1, "credentials.reserved", NULL);
  REFUSED(provider, "environment,magic", "credentials.provider", "magic");
  REFUSED(provider, "callback", "credentials.callback", "NULL");
  REFUSED(callback, no_credentials, "credentials.callback", "provider");
  REFUSED(provider, "process", "credentials.process", NULL);
  REFUSED(metadata_endpoint, "ftp://a", "credentials.metadata_endpoint", "ftp://a");
  REFUSED(sts_endpoint, "a b", "credentials.sts_endpoint", "a b");
#undef REFUSED
  credentials = (oss_resumable_credentials_t)OSS_RESUMABLE_CREDENTIALS_INIT;
  config.access_key_id = "id";
  check_config_refused(&config, "access_key_id", "credentials");
  CHECK_EQUAL(oss_resumable_credentials_answer(NULL, "id", "secret", NULL, 0),
              OSS_RESUMABLE_E_INVALID_ARGUMENT);
}

static void settings_that_are_optional_can_be_null_or_empty(void) {
  for (int is_empty = 0; is_empty <= 1; is_empty++) {
    oss_resumable_config_t config = good_config();
    config.signature_version = 1;
    config.region = is_empty ? "" : NULL;
    config.sts_token = is_empty ? "" : NULL;
    oss_resumable_client_t *client = NULL;
    CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
    oss_resumable_client_free(client);
  }
}

static void new_credentials_are_checked_like_the_first(void) {
  oss_resumable_client_t *client = good_client();
  const oss_resumable_code_t refused = OSS_RESUMABLE_E_INVALID_ARGUMENT;
  CHECK_EQUAL(oss_resumable_client_set_credentials(NULL, "id", "secret", NULL), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, NULL, "secret", NULL), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "id", NULL, NULL), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "", "secret", NULL), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "id", "", NULL), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "i d", "secret", NULL), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "id", "sec\nret", NULL), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "id", "secret", "to\xff" "ken"), refused);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "id", "secret", NULL), OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, "id", "secret", "token"),
              OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);
}

static void an_upload_needs_a_client_a_bucket_a_key_and_a_file(void) {
  check_upload_refused(NULL, "key", "file", NULL, "bucket", "NULL");
  check_upload_refused("", "key", "file", NULL, "bucket", NULL);
  check_upload_refused("bucket", NULL, "file", NULL, "object", "NULL");
  check_upload_refused("bucket", "", "file", NULL, "object", NULL);
  check_upload_refused("bucket", "key", NULL, NULL, "filepath", "NULL");
  check_upload_refused("bucket", "key", "", NULL, "filepath", NULL);

  oss_resumable_result_t *result = NULL;
  oss_resumable_upload_t *upload = GARBAGE(oss_resumable_upload_t);
  oss_resumable_code_t code =
      oss_resumable_upload_start(NULL, "bucket", "key", "file", NULL, &upload, &result);
  check_refused(code, result, "client", "NULL");
  CHECK(upload == NULL);
  code = oss_resumable_upload_file(NULL, "bucket", "key", "file", NULL, &result);
  check_refused(code, result, "client", "NULL");

  oss_resumable_client_t *client = good_client();
  code = oss_resumable_upload_start(client, "bucket", "key", "file", NULL, NULL, &result);
  check_refused(code, result, "upload_out", "NULL");
  oss_resumable_client_free(client);
}

static void what_is_done_to_an_upload_refuses_null(void) {
  const oss_resumable_code_t refused = OSS_RESUMABLE_E_INVALID_ARGUMENT;
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  progress.consumed_bytes = 42;
  oss_resumable_result_t *result = GARBAGE(oss_resumable_result_t);
  CHECK_EQUAL(oss_resumable_upload_wait(NULL, 0), refused);
  CHECK_EQUAL(oss_resumable_upload_wait(NULL, -1), refused);
  CHECK_EQUAL(oss_resumable_upload_progress(NULL, &progress), refused);
  CHECK_EQUAL(progress.consumed_bytes, 42);
  CHECK_EQUAL(oss_resumable_upload_progress(NULL, NULL), refused);
  CHECK_EQUAL(oss_resumable_upload_result(NULL, &result), refused);
  CHECK(result == NULL);
  CHECK_EQUAL(oss_resumable_upload_result(NULL, NULL), refused);
}

static void discarding_needs_a_client_a_bucket_a_key_and_a_file(void) {
  oss_resumable_client_t *client = good_client();
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_discard(NULL, "bucket", "key", "file", NULL, &result);
  check_refused(code, result, "client", "NULL");
  code = oss_resumable_discard(client, NULL, "key", "file", NULL, &result);
  check_refused(code, result, "bucket", "NULL");
  code = oss_resumable_discard(client, "bucket", NULL, "file", NULL, &result);
  check_refused(code, result, "object", "NULL");
  code = oss_resumable_discard(client, "bucket", "key", NULL, NULL, &result);
  check_refused(code, result, "filepath", "NULL");
  code = oss_resumable_discard(client, "bucket", "key", "file", "", &result);
  check_refused(code, result, "checkpoint_path", NULL);
  CHECK_EQUAL(oss_resumable_discard(client, "bucket", NULL, "file", NULL, NULL),
              OSS_RESUMABLE_E_INVALID_ARGUMENT);
  oss_resumable_client_free(client);
}

static void discarding_where_there_is_nothing_is_fine(void) {
  oss_resumable_client_t *client = good_client();
  oss_resumable_result_t *result = GARBAGE(oss_resumable_result_t);
  oss_resumable_code_t code =
      oss_resumable_discard(client, "bucket", "key", "/no/such/file", NULL, &result);
  CHECK_EQUAL(code, OSS_RESUMABLE_OK);
  CHECK(result == NULL);
  oss_resumable_client_free(client);
}

static void a_result_of_null_can_be_read(void) {
  const char *name = GARBAGE(const char);
  const char *value = GARBAGE(const char);
  size_t length = 42;
  CHECK_EQUAL(oss_resumable_result_code(NULL), OSS_RESUMABLE_E_INVALID_ARGUMENT);
  CHECK(oss_resumable_result_message(NULL) != NULL);
  CHECK(oss_resumable_result_stage(NULL) != NULL);
  CHECK_EQUAL(oss_resumable_result_part_number(NULL), 0);
  CHECK_EQUAL(oss_resumable_result_http_status(NULL), 0);
  CHECK(oss_resumable_result_error_code(NULL) == NULL);
  CHECK(oss_resumable_result_request_id(NULL) == NULL);
  CHECK(oss_resumable_result_host_id(NULL) == NULL);
  CHECK(oss_resumable_result_ec(NULL) == NULL);
  CHECK(oss_resumable_result_etag(NULL) == NULL);
  CHECK(oss_resumable_result_version_id(NULL) == NULL);
  CHECK(oss_resumable_result_upload_id(NULL) == NULL);
  CHECK(oss_resumable_result_crc64(NULL) == 0);
  CHECK_EQUAL(oss_resumable_result_resumed_bytes(NULL), 0);
  CHECK_EQUAL(oss_resumable_result_part_size(NULL), 0);
  CHECK_EQUAL(oss_resumable_result_parts(NULL), 0);
  CHECK_EQUAL(oss_resumable_result_retries(NULL), 0);
  CHECK_EQUAL(oss_resumable_result_warnings(NULL), 0);
  CHECK(oss_resumable_result_header(NULL, "etag") == NULL);
  CHECK(oss_resumable_result_header(NULL, NULL) == NULL);
  CHECK_EQUAL(oss_resumable_result_header_count(NULL), 0);
  CHECK_EQUAL(oss_resumable_result_header_at(NULL, 0, &name, &value), 0);
  CHECK(name == NULL && value == NULL);
  CHECK_EQUAL(oss_resumable_result_header_at(NULL, 0, NULL, NULL), 0);
  CHECK_TEXT(oss_resumable_result_body(NULL, &length), "");
  CHECK_EQUAL(length, 0);
  CHECK_TEXT(oss_resumable_result_body(NULL, NULL), "");
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void text_that_is_not_utf8_is_refused(void) {
  static const char *const bad[] = {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "a\x80z"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    oss_resumable_config_t config = good_config();
    config.endpoint = bad[i];
    check_config_refused(&config, "endpoint", NULL);
    config = good_config();
    config.region = bad[i];
    check_config_refused(&config, "region", NULL);
    config = good_config();
    config.access_key_id = bad[i];
    check_config_refused(&config, "access_key_id", NULL);
    config = good_config();
    config.access_key_secret = bad[i];
    check_config_refused(&config, "access_key_secret", NULL);
    config = good_config();
    config.sts_token = bad[i];
    check_config_refused(&config, "sts_token", NULL);

    check_upload_refused(bad[i], "key", "file", NULL, "bucket", NULL);
    check_upload_refused("bucket", bad[i], "file", NULL, "object", NULL);

    oss_resumable_header_t header = {bad[i], "value"};
    oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
    params.headers = &header;
    params.headers_len = 1;
    check_params_refused(&params, "headers[0].name", NULL);
    header.name = "x-oss-meta-a";
    header.value = bad[i];
    check_params_refused(&params, "headers[0].value", NULL);
  }
}

static void a_path_may_hold_any_bytes(void) {
  oss_resumable_client_t *client = good_client();
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_upload_file(client, "bucket", "key", "/no/such/\xff", NULL, &result);
  CHECK_EQUAL(code, OSS_RESUMABLE_E_FILE);
  CHECK_CONTAINS(oss_resumable_result_message(result), "/no/such/");
  oss_resumable_result_free(result);
  oss_resumable_client_free(client);
}

static void endpoints_regions_buckets_and_keys_are_checked(void) {
  static const char *const endpoints[] = {"ftp://a.b", "a.b/path", "a.b:0", "a b", "a.b:65536"};
  for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
    oss_resumable_config_t config = good_config();
    config.endpoint = endpoints[i];
    check_config_refused(&config, "endpoint", endpoints[i]);
  }
  oss_resumable_config_t config = good_config();
  config.endpoint = "http://user:" SECRET "@a.b";
  check_config_refused(&config, "endpoint", NULL);
  config = good_config();
  config.region = "CN hangzhou";
  check_config_refused(&config, "region", "CN hangzhou");
  config = good_config();
  config.access_key_secret = SECRET "\n";
  check_config_refused(&config, "access_key_secret", NULL);
  config = good_config();
  config.endpoint = "https://127.0.0.1:9";
  config.ca_file = "/no/such/certificates";
  check_config_refused(&config, "ca_file", "/no/such/certificates");

  check_upload_refused("Bucket", "key", "file", NULL, "bucket", "Bucket");
  check_upload_refused("ab", "key", "file", NULL, "bucket", "ab");
  check_upload_refused("bucket", "/key", "file", NULL, "object", "/key");
  check_upload_refused("bucket", "a/../b", "file", NULL, "object", "a/../b");
  char long_key[1100];
  memset(long_key, 'k', sizeof long_key - 1);
  long_key[sizeof long_key - 1] = '\0';
  check_upload_refused("bucket", long_key, "file", NULL, "object", "1023");
}

/* ---- Sizes of structs ------------------------------------------------------------------------ */

static const uint32_t NO_SIZES[] = {0,     1,      4,          7,         9,         15,
                                    63,    0x1000C, 0x7FFFFFFF, 0x80000000, UINT32_MAX, 0x7FFFFFF8};

static void a_size_that_no_release_had_is_refused(void) {
  for (size_t i = 0; i < sizeof NO_SIZES / sizeof NO_SIZES[0]; i++) {
    oss_resumable_config_t config = good_config();
    config.struct_size = NO_SIZES[i];
    check_config_refused(&config, "config.struct_size", decimal(NO_SIZES[i]));
    oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
    params.struct_size = NO_SIZES[i];
    check_params_refused(&params, "params.struct_size", decimal(NO_SIZES[i]));
  }
}

/* Structs as a later release may have them. */
struct longer_config {
  oss_resumable_config_t known;
  char tail[64];
};
struct longer_params {
  oss_resumable_params_t known;
  char tail[64];
};

static void a_longer_struct_with_nothing_new_in_it_is_taken(void) {
  struct longer_config config;
  memset(&config, 0, sizeof config);
  config.known = good_config();
  config.known.struct_size = sizeof config;
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config.known, &client, NULL), OSS_RESUMABLE_OK);

  struct longer_params params;
  memset(&params, 0, sizeof params);
  params.known.struct_size = sizeof params;
  CHECK_EQUAL(oss_resumable_upload_file(client, "bucket", "key", "/no/such", &params.known, NULL),
              OSS_RESUMABLE_E_FILE);
  oss_resumable_client_free(client);
}

static void a_longer_struct_that_asks_for_something_new_is_refused(void) {
  struct longer_config config;
  struct longer_params params;
  for (size_t at = 0; at < sizeof config.tail; at++) {
    memset(&config, 0, sizeof config);
    config.known = good_config();
    config.known.struct_size = sizeof config;
    config.tail[at] = 1;
    check_config_refused(&config.known, "config.struct_size",
                         decimal((int64_t)(sizeof config.known + at)));
    memset(&params, 0, sizeof params);
    params.known.struct_size = sizeof params;
    params.tail[at] = 1;
    check_params_refused(&params.known, "params.struct_size",
                         decimal((int64_t)(sizeof params.known + at)));
  }
}

static void a_shorter_struct_keeps_defaults_for_what_it_lacks(void) {
  oss_resumable_config_t config = good_config();
  config.struct_size = offsetof(oss_resumable_config_t, connect_timeout_ms);
  /* Beyond the size, so not to be looked at. */
  config.connect_timeout_ms = -1;
  config.max_retries = -100;
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);

  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.struct_size = 8;
  params.part_size = -100;
  params.flags = 1;
  CHECK_EQUAL(oss_resumable_upload_file(client, "bucket", "key", "/no/such", &params, NULL),
              OSS_RESUMABLE_E_FILE);
  oss_resumable_client_free(client);

  /* Too short for what is required. */
  config = good_config();
  config.struct_size = offsetof(oss_resumable_config_t, access_key_id);
  check_config_refused(&config, "access_key_id", "NULL");
}

static void progress_is_written_as_far_as_the_callers_struct_goes(void) {
  oss_resumable_client_t *client = good_client();
  oss_resumable_upload_t *upload = NULL;
  CHECK_EQUAL(oss_resumable_upload_start(client, "bucket", "key", "/no/such", NULL, &upload, NULL),
              OSS_RESUMABLE_OK);
  CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_FILE);

  CHECK_EQUAL(oss_resumable_upload_progress(upload, NULL), OSS_RESUMABLE_E_INVALID_ARGUMENT);
  for (size_t i = 0; i < sizeof NO_SIZES / sizeof NO_SIZES[0]; i++) {
    oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
    progress.struct_size = NO_SIZES[i];
    progress.total_bytes = 42;
    CHECK_EQUAL(oss_resumable_upload_progress(upload, &progress), OSS_RESUMABLE_E_INVALID_ARGUMENT);
    CHECK_EQUAL(progress.total_bytes, 42);
  }

  oss_resumable_progress_t shorter;
  memset(&shorter, 0x55, sizeof shorter);
  shorter.struct_size = offsetof(oss_resumable_progress_t, total_bytes);
  CHECK_EQUAL(oss_resumable_upload_progress(upload, &shorter), OSS_RESUMABLE_OK);
  CHECK_EQUAL(shorter.struct_size, offsetof(oss_resumable_progress_t, total_bytes));
  CHECK_EQUAL(shorter.consumed_bytes, 0);
  CHECK_EQUAL(shorter.total_bytes, 0x5555555555555555);

  struct {
    oss_resumable_progress_t known;
    char tail[16];
    char beyond[8];
  } longer;
  memset(&longer, 0x55, sizeof longer);
  longer.known.struct_size = offsetof(__typeof__(longer), beyond);
  CHECK_EQUAL(oss_resumable_upload_progress(upload, &longer.known), OSS_RESUMABLE_OK);
  CHECK_EQUAL(longer.known.total_bytes, 0);
  CHECK_EQUAL(longer.known.reserved, 0);
  CHECK_EQUAL(longer.known.struct_size, offsetof(__typeof__(longer), beyond));
  for (size_t i = 0; i < sizeof longer.beyond; i++) {
    CHECK_EQUAL(longer.beyond[i], 0x55);
  }
  oss_resumable_upload_free(upload);
  oss_resumable_client_free(client);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static void numbers_of_a_config_out_of_range_are_refused_by_name(void) {
  oss_resumable_config_t config;
  const struct {
    const char *field;
    int32_t *slot;
    int32_t bad[4];
  } cases[] = {
      {"signature_version", &config.signature_version, {2, 3, -1, INT32_MAX}},
      {"is_cname", &config.is_cname, {2, -1, INT32_MIN, INT32_MAX}},
      {"is_path_style", &config.is_path_style, {2, -1, INT32_MIN, INT32_MAX}},
      {"connect_timeout_ms", &config.connect_timeout_ms, {-1, -2, -1000, INT32_MIN}},
      {"stall_timeout_ms", &config.stall_timeout_ms, {-1, -2, -1000, INT32_MIN}},
      {"retry_timeout_ms", &config.retry_timeout_ms, {-1, -2, -1000, INT32_MIN}},
      {"max_retries", &config.max_retries, {-2, -3, -1000, INT32_MIN}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    for (size_t k = 0; k < 4; k++) {
      config = good_config();
      *cases[i].slot = cases[i].bad[k];
      check_config_refused(&config, cases[i].field, decimal(cases[i].bad[k]));
    }
  }
  config = good_config();
  config.is_cname = 1;
  config.is_path_style = 1;
  check_config_refused(&config, "is_path_style", "is_cname");
}

static void numbers_of_a_config_at_the_ends_of_their_range_are_taken(void) {
  oss_resumable_config_t config = good_config();
  config.connect_timeout_ms = INT32_MAX;
  config.stall_timeout_ms = INT32_MAX;
  config.retry_timeout_ms = INT32_MAX;
  config.max_retries = INT32_MAX;
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  oss_resumable_client_free(client);
}

static void numbers_of_an_upload_out_of_range_are_refused_by_name(void) {
  static const int32_t threads[] = {-2, 1025, INT32_MAX, INT32_MIN};
  static const int64_t sizes[] = {-2, 1, 102399, INT64_C(5368709121), INT64_MAX, INT64_MIN};
  static const int32_t switches[] = {2, -1, INT32_MAX, INT32_MIN};
  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
    params.thread_num = threads[i];
    check_params_refused(&params, "thread_num", decimal(threads[i]));
  }
  params.thread_num = 1024;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    params.part_size = sizes[i];
    check_params_refused(&params, "part_size", decimal(sizes[i]));
  }
  params.part_size = OSS_RESUMABLE_AUTO;
  for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
    params.enable_checkpoint = switches[i];
    check_params_refused(&params, "enable_checkpoint", decimal(switches[i]));
  }
  params.enable_checkpoint = 1;
  params.checkpoint_path = "";
  check_params_refused(&params, "checkpoint_path", NULL);
}

static void unknown_flags_are_refused(void) {
  for (int bit = 0; bit < 32; bit++) {
    oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
    params.flags = UINT32_C(1) << bit;
    char value[16];
    snprintf(value, sizeof value, "0x%" PRIx32, params.flags);
    check_params_refused(&params, "flags", value);
  }
}

static void headers_are_checked(void) {
  oss_resumable_header_t headers[2] = {{"x-oss-meta-a", "1"}, {"x-oss-meta-b", "2"}};
  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.headers = NULL;
  params.headers_len = 3;
  check_params_refused(&params, "headers", "3");
  params.headers = headers;
  params.headers_len = SIZE_MAX;
  check_params_refused(&params, "headers_len", NULL);
  params.headers_len = 2;
  headers[1].name = NULL;
  check_params_refused(&params, "headers[1].name", "NULL");
  headers[1].name = "";
  check_params_refused(&params, "headers[1].name", NULL);
  headers[1].name = "x-oss-meta-b";
  headers[1].value = NULL;
  check_params_refused(&params, "headers[1].value", "NULL");
  headers[1].value = "a\r\nX-Injected: 1";
  check_params_refused(&params, "headers[1]", "x-oss-meta-b");
  headers[1].value = "2";
  headers[1].name = "bad name";
  check_params_refused(&params, "headers[1]", "bad name");
  headers[1].name = "Authorization";
  check_params_refused(&params, "headers[1]", "Authorization");
  headers[1].name = "X-OSS-META-A";
  check_params_refused(&params, "headers[1]", "X-OSS-META-A");
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void what_is_wrong_with_the_file_comes_with_the_end(void) {
  oss_resumable_client_t *client = good_client();
  static const char *const bad[] = {"/no/such/file", "/", "/dev/null"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    oss_resumable_upload_t *upload = NULL;
    oss_resumable_result_t *result = GARBAGE(oss_resumable_result_t);
    oss_resumable_code_t code =
        oss_resumable_upload_start(client, "bucket", "key", bad[i], NULL, &upload, &result);
    CHECK_EQUAL(code, OSS_RESUMABLE_OK);
    CHECK(upload != NULL && result == NULL);
    CHECK_EQUAL(oss_resumable_upload_result(upload, NULL), OSS_RESUMABLE_E_INVALID_ARGUMENT);
    CHECK_EQUAL(oss_resumable_upload_wait(upload, -1), OSS_RESUMABLE_E_FILE);
    CHECK_EQUAL(oss_resumable_upload_wait(upload, 0), OSS_RESUMABLE_E_FILE);
    CHECK_EQUAL(oss_resumable_upload_result(upload, &result), OSS_RESUMABLE_E_FILE);
    oss_resumable_upload_free(upload);
    CHECK_EQUAL(oss_resumable_result_code(result), OSS_RESUMABLE_E_FILE);
    CHECK_CONTAINS(oss_resumable_result_message(result), bad[i]);
    CHECK_TEXT(oss_resumable_result_stage(result), "prepare");
    CHECK(oss_resumable_result_etag(result) == NULL);
    CHECK_EQUAL(oss_resumable_result_header_count(result), 0);
    oss_resumable_result_free(result);
  }
  oss_resumable_client_free(client);
}

int main(void) {
  RUN(the_header_and_the_library_are_of_one_version);
  RUN(freeing_null_does_nothing);
  RUN(a_client_of_null_is_refused);
  RUN(settings_that_are_required_cannot_be_null_or_empty);
  RUN(settings_that_are_optional_can_be_null_or_empty);
  RUN(new_credentials_are_checked_like_the_first);
  RUN(an_upload_needs_a_client_a_bucket_a_key_and_a_file);
  RUN(what_is_done_to_an_upload_refuses_null);
  RUN(discarding_needs_a_client_a_bucket_a_key_and_a_file);
  RUN(discarding_where_there_is_nothing_is_fine);
  RUN(a_result_of_null_can_be_read);
  RUN(text_that_is_not_utf8_is_refused);
  RUN(a_path_may_hold_any_bytes);
  RUN(endpoint_and_region_are_taken_from_each_other);
  RUN(settings_of_the_network_and_the_log_are_checked);
  RUN(sources_of_credentials_are_checked);
  RUN(endpoints_regions_buckets_and_keys_are_checked);
  RUN(a_size_that_no_release_had_is_refused);
  RUN(a_longer_struct_with_nothing_new_in_it_is_taken);
  RUN(a_longer_struct_that_asks_for_something_new_is_refused);
  RUN(a_shorter_struct_keeps_defaults_for_what_it_lacks);
  RUN(progress_is_written_as_far_as_the_callers_struct_goes);
  RUN(numbers_of_a_config_out_of_range_are_refused_by_name);
  RUN(numbers_of_a_config_at_the_ends_of_their_range_are_taken);
  RUN(numbers_of_an_upload_out_of_range_are_refused_by_name);
  RUN(unknown_flags_are_refused);
  RUN(headers_are_checked);
  RUN(what_is_wrong_with_the_file_comes_with_the_end);
  return 0;
}
