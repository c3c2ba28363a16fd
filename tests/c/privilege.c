/*
 * What the environment has to say: privilege URL FILE HOST
 *
 * Prints AT_SECURE and then, for each way the environment could lead the library somewhere, the code:
 * credentials of the environment for an upload to URL; the environment's proxy for one with given
 * credentials; the environment's certificates for a client of https://HOST.
 */
#define _POSIX_C_SOURCE 200809L

#include <sys/auxv.h>

#include "server.h"

static oss_resumable_code_t upload(const oss_resumable_config_t *config, const char *key,
                                   const char *file) {
  oss_resumable_client_t *client = NULL;
  oss_resumable_code_t code = oss_resumable_client_new(config, &client, NULL);
  if (code == OSS_RESUMABLE_OK && file != NULL) {
    code = oss_resumable_upload_file(client, BUCKET, key, file, NULL, NULL);
  }
  oss_resumable_client_free(client);
  return code;
}

int main(int argc, char **argv) {
  CHECK_EQUAL(argc, 4);
  server_url = argv[1];
  printf("secure %lu\n", getauxval(AT_SECURE));

  oss_resumable_credentials_t credentials = OSS_RESUMABLE_CREDENTIALS_INIT;
  credentials.provider = "environment";
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  config.endpoint = server_url;
  config.region = "cn-hangzhou";
  config.credentials = &credentials;
  config.max_retries = -1;
  printf("credentials %d\n", upload(&config, "credentials", argv[2]));

  config = server_config();
  config.max_retries = -1;
  config.proxy_from_environment = 1;
  printf("proxy %d\n", upload(&config, "proxy", argv[2]));

  config.endpoint = argv[3];
  config.proxy_from_environment = 0;
  printf("certificates %d\n", upload(&config, "certificates", NULL));
  return 0;
}
