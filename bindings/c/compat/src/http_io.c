/* The settings of connections. There is nothing to initialize but the name of the program. */
#include "internal.h"

static const aos_http_request_options_t BUILT_IN = {
    AOS_MIN_SPEED_LIMIT, AOS_MIN_SPEED_TIME, AOS_DNS_CACHE_TIMOUT, AOS_CONNECT_TIMEOUT,
    AOS_MAX_MEMORY_SIZE, AOS_TRUE,           NULL,                 NULL,
    AOS_TRUE,            NULL,               NULL,                 AOS_TRUE};

static const aos_http_request_options_t *defaults = &BUILT_IN;
static const aos_http_transport_options_t *transport;
static char user_agent[200];

int aos_http_io_initialize(const char *user_agent_info, int flags) {
  (void)flags;
  apr_cpystrn(user_agent, user_agent_info, sizeof user_agent);
  return AOSE_OK;
}

void aos_http_io_deinitialize(void) {
  /* What a program gave may go now, so it must not be looked at any more. */
  defaults = &BUILT_IN;
  transport = NULL;
}

void aos_set_default_request_options(aos_http_request_options_t *options) {
  defaults = options == NULL ? &BUILT_IN : options;
}

void aos_set_default_transport_options(aos_http_transport_options_t *options) {
  transport = options;
}

const char *ossri_user_agent(void) {
  if (transport != NULL && transport->user_agent != NULL) {
    return transport->user_agent;
  }
  return user_agent[0] == '\0' ? NULL : user_agent;
}

const aos_http_request_options_t *ossri_request_options(const oss_request_options_t *options) {
  return options->ctl == NULL || options->ctl->options == NULL ? defaults : options->ctl->options;
}

aos_http_request_options_t *aos_http_request_options_create(aos_pool_t *pool) {
  return apr_pmemdup(pool, &BUILT_IN, sizeof BUILT_IN);
}

aos_http_controller_t *aos_http_controller_create(aos_pool_t *pool, int owner) {
  aos_http_controller_t *ctl;
  if (pool == NULL && apr_pool_create(&pool, NULL) != APR_SUCCESS) {
    return NULL;
  }
  ctl = apr_pcalloc(pool, sizeof *ctl);
  if (ctl == NULL) {
    return NULL;
  }
  ctl->pool = pool;
  ctl->owner = owner != 0;
  ctl->options = apr_pmemdup(pool, defaults, sizeof *defaults);
  return ctl;
}

aos_http_request_t *aos_http_request_create(aos_pool_t *pool) {
  aos_http_request_t *request = apr_pcalloc(pool, sizeof *request);
  if (request != NULL) {
    request->headers = apr_table_make(pool, 5);
    request->query_params = apr_table_make(pool, 3);
    request->pool = pool;
  }
  return request;
}
