/* Every header, twice; compiled as C and C++, never run. */
#ifdef ONE
#include ONE
#include ONE
extern int not_empty;
#else
#include "aos_buf.h"
#include "aos_crc64.h"
#include "aos_define.h"
#include "aos_http_io.h"
#include "aos_list.h"
#include "aos_log.h"
#include "aos_status.h"
#include "aos_string.h"
#include "aos_transport.h"
#include "aos_util.h"
#include "apr_errno.h"
#include "apr_file_info.h"
#include "apr_file_io.h"
#include "apr_general.h"
#include "apr_pools.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_tables.h"
#include "apr_time.h"
#include "oss_api.h"
#include "oss_auth.h"
#include "oss_define.h"
#include "oss_util.h"
#include "oss_xml.h"
/* The engine's own header in the same file. */
#include "../../../../include/oss_resumable.h"

static aos_string_t text = aos_string("text"), none = aos_null_string;
static aos_list_t list = aos_list_head_init(list);

int use(aos_pool_t *pool, aos_buf_t *b, oss_resumable_client_t *client);

int use(aos_pool_t *pool, aos_buf_t *b, oss_resumable_client_t *client) {
  aos_buf_t *pos, *n;
  aos_table_t *table = aos_table_make(pool, 1);
  int64_t size = 1;
  apr_size_t len = 0;
  if (pool == NULL)
    aos_str_set(&text, "other");
  else
    aos_str_null(&none);
  aos_table_add_int(table, "a", 1);
  aos_table_set_int64(table, "b", size);
  aos_list_for_each_entry_safe(aos_buf_t, pos, n, &list, node) { aos_list_del(&pos->node); }
  aos_list_add(&b->node, &list);
  aos_error_log("one");
  aos_warn_log("%d and %" APR_INT64_T_FMT " and %" APR_SIZE_T_FMT, 1, size, len);
  oss_resumable_client_free(client);
  return aos_is_null_string(&none) + aos_string_is_empty(&text) + aos_min(1, 2) + (int)aos_buf_size(b);
}
#endif
