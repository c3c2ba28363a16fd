/* Pools, tables, text, lists, buffers, files and the log: what needs no server. */
#include "aos_crc64.h"
#include "aos_http_io.h"
#include "aos_log.h"
#include "check.h"
#include "oss_api.h"
#include "oss_auth.h"

static char order[16];

static apr_status_t note(void *data) {
  strcat(order, (const char *)data);
  return APR_SUCCESS;
}

static void pools(void) {
  aos_pool_t *root = NULL, *child, *grandchild;
  int i;
  CHECK(aos_pool_create(&root, NULL) == APR_SUCCESS);
  CHECK(apr_pool_create(&child, root) == APR_SUCCESS);
  CHECK(apr_pool_create(&grandchild, child) == APR_SUCCESS);
  CHECK(apr_pool_is_ancestor(root, grandchild) && !apr_pool_is_ancestor(grandchild, root));
  for (i = 0; i < 3000; i++) {
    unsigned char *bytes = aos_palloc(i % 2 ? child : grandchild, (apr_size_t)i * 7 % 9000);
    memset(bytes, i, (size_t)i * 7 % 9000);
    CHECK((size_t)bytes % 16 == 0);
  }
  apr_pool_cleanup_register(root, "1", note, apr_pool_cleanup_null);
  apr_pool_cleanup_register(root, "2", note, apr_pool_cleanup_null);
  apr_pool_cleanup_register(root, "3", note, apr_pool_cleanup_null);
  apr_pool_cleanup_register(grandchild, "g", note, apr_pool_cleanup_null);
  apr_pool_cleanup_kill(root, "2", note);
  apr_pool_destroy(child);
  CHECK_TEXT(order, "g");
  for (i = 0; i < 3; i++) {
    apr_pool_create(&child, root);
  }
  apr_pool_clear(root);
  CHECK_TEXT(order, "g31");
  CHECK_TEXT(apr_pstrdup(root, "goes on"), "goes on");
  CHECK(apr_palloc(root, SIZE_MAX - 8) == NULL);
  CHECK(apr_palloc(root, 0) != apr_palloc(root, 0));
  aos_pool_destroy(root);
  aos_pool_destroy(NULL);
}

static int collect(void *rec, const char *key, const char *value) {
  strcat(strcat(strcat(strcat((char *)rec, key), "="), value), ";");
  return 1;
}

static void tables(aos_pool_t *p) {
  char seen[100] = "";
  aos_table_t *t = aos_table_make(p, 0);
  const aos_array_header_t *all;
  CHECK(aos_is_empty_table(t));
  apr_table_set(t, "Name", "1");
  apr_table_add(t, "NAME", "2");
  apr_table_add(t, "other", "3");
  CHECK_TEXT(apr_table_get(t, "name"), "1");
  CHECK(apr_table_get(t, "none") == NULL && apr_table_get(NULL, "none") == NULL);
  apr_table_do(collect, seen, t, NULL);
  CHECK_TEXT(seen, "Name=1;NAME=2;other=3;");
  seen[0] = '\0';
  apr_table_do(collect, seen, t, "OTHER", "name", NULL);
  CHECK_TEXT(seen, "other=3;Name=1;NAME=2;");
  apr_table_set(t, "name", "4");
  apr_table_merge(t, "Other", "5");
  all = aos_table_elts(t);
  CHECK(all->nelts == 2);
  CHECK_TEXT(((aos_table_entry_t *)(void *)all->elts)[1].val, "3, 5");
  aos_table_add_int64(t, "number", INT64_MIN);
  CHECK_TEXT(apr_table_get(t, "number"), "-9223372036854775808");
  apr_table_unset(t, "NAME");
  CHECK(aos_table_elts(t)->nelts == 2);
  CHECK(aos_table_elts(apr_table_overlay(p, t, apr_table_clone(p, t)))->nelts == 4);
}

static void texts(aos_pool_t *p) {
  char buf[64], small[4], *last = NULL;
  aos_string_t s = aos_string(" \"a b\" "), end = aos_string("b"), cut = aos_null_string;
  CHECK_TEXT(apr_psprintf(p, "%s-%05d-%" APR_INT64_T_FMT, "x", 42, (int64_t)-7), "x-00042--7");
  CHECK(strlen(apr_psprintf(p, "%20000d", 1)) == 20000);
  CHECK_TEXT(apr_pstrcat(p, "a", "", "bc", NULL), "abc");
  CHECK_TEXT(apr_pstrndup(p, "abcdef", 3), "abc");
  CHECK(apr_pstrdup(p, NULL) == NULL);
  CHECK(apr_snprintf(small, sizeof small, "%d", 12345) == 3);
  CHECK_TEXT(small, "123");
  CHECK(apr_cpystrn(small, "too long", sizeof small) == small + 3);
  strcpy(buf, "a,b;;c");
  CHECK_TEXT(apr_strtok(buf, ",;", &last), "a");
  CHECK_TEXT(apr_strtok(NULL, ",;", &last), "b");
  CHECK_TEXT(apr_strtok(NULL, ",;", &last), "c");
  aos_strip_space(&s);
  aos_unquote_str(&s);
  CHECK_TEXT(aos_pstrdup(p, &s), "a b");
  CHECK(aos_ends_with(&s, &end) && !aos_ends_with(&end, &s));
  aos_str_set(&cut, NULL);
  CHECK(aos_is_null_string(&cut));
  CHECK(aos_url_encode(buf, "a b/\xc3\xa4", 100) == AOSE_OK);
  CHECK_TEXT(buf, "a%20b/%C3%A4");
  CHECK(aos_url_encode_ex(buf, "a/b", 3, AOS_FALSE) == AOSE_OK);
  CHECK_TEXT(buf, "a%2Fb");
  CHECK(aos_url_encode(buf, "abcd", 3) == AOSE_INVALID_ARGUMENT);
  CHECK(aos_url_decode("a%2fb+c", buf) == 0);
  CHECK_TEXT(buf, "a/b c");
  CHECK(aos_url_decode("a%2", buf) == -1 && aos_url_decode("%", buf) == -1);
  buf[aos_base64_encode((const unsigned char *)"light work", 10, buf)] = '\0';
  CHECK_TEXT(buf, "bGlnaHQgd29yaw==");
  CHECK(aos_crc64(0, (void *)"123456789", 9) == UINT64_C(0x995DC9BBDF1939FA));
  CHECK(aos_atoui64("18446744073709551615") == UINT64_MAX);
  CHECK(apr_rfc822_date(buf, apr_time_from_sec(784111777)) == APR_SUCCESS);
  CHECK_TEXT(buf, "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(apr_time_now() > apr_time_from_sec(1600000000));
  CHECK(strlen(apr_strerror(ENOENT, buf, sizeof buf)) > 0);
}

static void lists(aos_pool_t *p) {
  aos_list_t list, moved;
  aos_buf_t *b, *n;
  int i;
  aos_list_init(&list);
  CHECK(aos_list_empty(&list));
  for (i = 0; i < 3; i++) {
    b = aos_buf_pack(p, &"abc"[i], 3 - i);
    aos_list_add_tail(&b->node, &list);
  }
  CHECK(aos_buf_list_len(&list) == 6);
  CHECK_TEXT(aos_buf_list_content(p, &list), "abcbcc");
  aos_list_movelist(&list, &moved);
  CHECK(aos_list_empty(&list));
  i = 0;
  aos_list_for_each_entry_safe(aos_buf_t, b, n, &moved, node) {
    if (i++ == 1) {
      aos_list_del(&b->node);
    }
  }
  CHECK_TEXT(aos_buf_list_content(p, &moved), "abcc");
  CHECK(aos_list_get_first(&list, aos_buf_t, node) == NULL);
  CHECK(aos_buf_size(aos_list_get_last(&moved, aos_buf_t, node)) == 1);
  b = aos_create_buf(p, 2);
  for (i = 0; i < 100; i++) {
    aos_buf_append_string(p, b, "0123456789", 10);
  }
  CHECK(aos_buf_size(b) == 1000 && memcmp(b->pos + 990, "0123456789", 10) == 0);
}

static char logged[200];

static void keep(const char *message, int len) { apr_cpystrn(logged, message, (apr_size_t)len + 1); }

static void files_and_log(aos_pool_t *p, const char *directory) {
  char *path = apr_psprintf(p, "%s/log", directory), bytes[100];
  apr_file_t *file = NULL;
  apr_finfo_t finfo;
  apr_size_t len = sizeof bytes;
  CHECK(APR_STATUS_IS_ENOENT(apr_file_open(&file, path, APR_READ, APR_OS_DEFAULT, p)));
  CHECK(apr_file_open(&file, path, APR_CREATE | APR_WRITE | APR_APPEND, APR_UREAD | APR_UWRITE, p) ==
        APR_SUCCESS);
  aos_log_set_output(file);
  aos_log_set_level(AOS_LOG_WARN);
  aos_info_log("not this");
  aos_warn_log("this: %d\n\n", 1);
  aos_log_set_output(NULL);
  CHECK(apr_file_close(file) == APR_SUCCESS);
  CHECK(apr_stat(&finfo, path, APR_FINFO_NORM, p) == APR_SUCCESS && finfo.size > 10);
  CHECK(finfo.filetype == APR_REG && apr_time_now() - finfo.mtime < apr_time_from_sec(60));
  CHECK(apr_file_open(&file, path, APR_READ, APR_OS_DEFAULT, p) == APR_SUCCESS);
  CHECK(apr_file_read(file, bytes, &len) == APR_SUCCESS && len == (apr_size_t)finfo.size);
  CHECK(len > 9 && memcmp(bytes + len - 9, " this: 1\n", 9) == 0);
  CHECK(apr_file_read(file, bytes, &len) == APR_EOF && len == 0);
  CHECK(apr_file_remove(path, p) == APR_SUCCESS); /* the pool closes it */
  aos_log_set_print(keep);
  aos_error_log("%s", "kept");
  CHECK(strstr(logged, "memory.c:") != NULL && strstr(logged, "kept\n") != NULL);
  aos_log_set_print(NULL);
  aos_log_set_level(AOS_LOG_OFF);
}

static void structs(aos_pool_t *p) {
  oss_request_options_t *own = oss_request_options_create(NULL);
  aos_http_controller_t *one, *two;
  aos_http_request_options_t *changed = aos_http_request_options_create(p);
  aos_string_t name;
  int64_t part_size = 1;
  oss_config_t *config = oss_config_create(own->pool);
  CHECK(aos_http_io_initialize(NULL, 0) == AOSE_OK);
  one = aos_http_controller_create(own->pool, 0);
  one->options->connect_timeout = 3;
  changed->speed_time = 7;
  aos_set_default_request_options(changed);
  two = aos_http_controller_create(own->pool, 1);
  CHECK(two->options->connect_timeout == AOS_CONNECT_TIMEOUT && two->options->speed_time == 7);
  CHECK(one->options->speed_time == AOS_MIN_SPEED_TIME && two->options->verify_ssl == AOS_TRUE);
  aos_str_set(&config->proxy_host, "proxy");
  config->proxy_port = 8080;
  oss_config_resolve(own->pool, config, one);
  CHECK_TEXT(one->options->proxy_host, "proxy:8080");
  oss_get_part_size(20000, &part_size);
  CHECK(part_size == 2 && oss_get_thread_num(NULL) == 1);
  aos_str_set(&name, "a-bucket-1");
  CHECK(oss_is_valid_bucket_name(&name));
  aos_str_set(&name, "-ab");
  CHECK(!oss_is_valid_bucket_name(&name));
  aos_str_set(&name, "Abc");
  CHECK(!oss_is_valid_bucket_name(&name) && !oss_is_valid_bucket_name(NULL));
  aos_http_io_deinitialize();
  aos_pool_destroy(own->pool);
}

int main(int argc, char **argv) {
  aos_pool_t *p;
  CHECK(argc == 2);
  pools();
  aos_pool_create(&p, NULL);
  tables(p);
  texts(p);
  lists(p);
  files_and_log(p, argv[1]);
  structs(p);
  aos_pool_destroy(p);
  return checks_failed != 0;
}
