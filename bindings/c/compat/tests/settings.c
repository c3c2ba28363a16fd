/*
 * usage: settings URL FILE KEY [NAME=VALUE...]: one upload with settings of the controller and the
 * config; prints how it ended. What they become, redirect.c tells.
 */
#include "rig.h"

static void set(rig_t *rig, const char *name, char *value) {
  aos_http_request_options_t *http = rig->options->ctl->options;
  oss_config_t *config = rig->options->config;
  if (strcmp(name, "connect_timeout") == 0) {
    http->connect_timeout = atoi(value);
  } else if (strcmp(name, "speed_time") == 0) {
    http->speed_time = atoi(value);
  } else if (strcmp(name, "ca_file") == 0) {
    http->ca_file = value;
  } else if (strcmp(name, "ca_path") == 0) {
    http->ca_path = value;
  } else if (strcmp(name, "ctl_proxy_host") == 0) {
    http->proxy_host = value;
  } else if (strcmp(name, "ctl_proxy_auth") == 0) {
    http->proxy_auth = value;
  } else if (strcmp(name, "proxy_host") == 0) {
    aos_str_set(&config->proxy_host, value);
  } else if (strcmp(name, "proxy_port") == 0) {
    config->proxy_port = atoi(value);
  } else if (strcmp(name, "proxy_user") == 0) {
    aos_str_set(&config->proxy_user, value);
  } else if (strcmp(name, "proxy_passwd") == 0) {
    aos_str_set(&config->proxy_passwd, value);
  } else if (strcmp(name, "is_cname") == 0) {
    config->is_cname = atoi(value);
  } else {
    CHECK(!"a setting that is known");
  }
}

int main(int argc, char **argv) {
  rig_t rig;
  aos_status_t *s;
  int i;
  CHECK(argc >= 4);
  aos_log_set_level(AOS_LOG_OFF);
  aos_http_io_initialize("settings-test", 0);
  rig_make(&rig, argv[1], argv[3], argv[2]);
  for (i = 4; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    *value = '\0';
    set(&rig, argv[i], value + 1);
  }
  s = rig_upload(&rig, AOS_FALSE, NULL);
  printf("%d %s %s\n", s->code, s->error_code == NULL ? "" : s->error_code,
         s->error_msg == NULL ? "" : s->error_msg);
  rig_free(&rig);
  aos_http_io_deinitialize();
  return checks_failed != 0;
}
