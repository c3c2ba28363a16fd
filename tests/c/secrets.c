/*
 * What is left of secrets in a process: secrets URL FILE VERSION [PROXY]
 *
 * Eight lines come in on standard input: id, secret and token of an account, the same of the one
 * that replaces it, and user and password of the proxy. Nothing of them is kept here. The program
 * says "replaced" when the client has uploaded with either account, and "freed" when the client is
 * gone; after each it waits for a line, so that its memory can be looked at.
 */
#define _POSIX_C_SOURCE 200809L

#include "server.h"

enum { LINES = 8, LONGEST = 256 };

static void wipe(void *memory, size_t size) {
  volatile unsigned char *byte = memory;
  while (size-- > 0) {
    *byte++ = 0;
  }
}

/* Without stdio, whose buffer would keep a copy. */
static void read_line(char *line) {
  size_t length = 0;
  while (read(STDIN_FILENO, line + length, 1) == 1 && line[length] != '\n') {
    CHECK(++length < LONGEST);
  }
  line[length] = '\0';
}

static void say_and_wait(const char *what) {
  char line[LONGEST];
  CHECK(write(STDOUT_FILENO, what, strlen(what)) == (ssize_t)strlen(what));
  read_line(line);
}

static void upload(oss_resumable_client_t *client, const char *key, const char *path) {
  oss_resumable_params_t params = small_parts();
  params.enable_checkpoint = 1;
  CHECK_EQUAL(oss_resumable_upload_file(client, BUCKET, key, path, &params, NULL), OSS_RESUMABLE_OK);
}

int main(int argc, char **argv) {
  static char lines[LINES][LONGEST];
  CHECK(argc == 4 || argc == 5);
  for (int i = 0; i < LINES; i++) {
    read_line(lines[i]);
  }
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  config.endpoint = argv[1];
  config.region = "cn-hangzhou";
  config.signature_version = atoi(argv[3]);
  config.access_key_id = lines[0];
  config.access_key_secret = lines[1];
  config.sts_token = lines[2];
  if (argc == 5) {
    config.proxy = argv[4];
    config.proxy_user = lines[6];
    config.proxy_password = lines[7];
  }
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  upload(client, "first", argv[2]);
  CHECK_EQUAL(oss_resumable_client_set_credentials(client, lines[3], lines[4], lines[5]),
              OSS_RESUMABLE_OK);
  wipe(lines, sizeof lines);
  upload(client, "second", argv[2]);
  say_and_wait("replaced\n");
  oss_resumable_client_free(client);
  say_and_wait("freed\n");
  return 0;
}
