#ifndef OSSR_AOS_HTTP_IO_H
#define OSSR_AOS_HTTP_IO_H

#include "aos_transport.h"
#include "oss_define.h"

AOS_CPP_START

/* Keeps `user_agent_info` (may be NULL) for the User-Agent header. Nothing else has to be set up. */
int aos_http_io_initialize(const char *user_agent_info, int flags);
void aos_http_io_deinitialize(void);

/* With options of its own. NULL: with a pool of its own, ctl->pool. */
aos_http_controller_t *aos_http_controller_create(aos_pool_t *pool, int owner);
/* With the defaults. */
aos_http_request_options_t *aos_http_request_options_create(aos_pool_t *pool);
aos_http_request_t *aos_http_request_create(aos_pool_t *pool);
/* What controllers made from now on begin with. NULL: the defaults again. */
void aos_set_default_request_options(aos_http_request_options_t *options);
void aos_set_default_transport_options(aos_http_transport_options_t *options);

AOS_CPP_END

#endif
