/*
 * The test server as the C test programs need it: its accounts, clients for it, and its controls
 * over the plainest HTTP there is.
 */
#ifndef SERVER_H
#define SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "oss_resumable.h"

#define ACCESS_KEY_ID "test-access-key-id"
#define ACCESS_KEY_SECRET "test-access-key-secret"
#define BUCKET "c-tests"
/* The smallest part size: many parts from small files. */
#define PART_SIZE 102400

static const char *server_url;

static inline void sleep_ms(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static inline oss_resumable_config_t server_config(void) {
  oss_resumable_config_t config = OSS_RESUMABLE_CONFIG_INIT;
  config.endpoint = server_url;
  config.region = "cn-hangzhou";
  config.access_key_id = ACCESS_KEY_ID;
  config.access_key_secret = ACCESS_KEY_SECRET;
  config.retry_timeout_ms = 60000;
  return config;
}

static inline oss_resumable_client_t *new_client(void) {
  oss_resumable_config_t config = server_config();
  oss_resumable_client_t *client = NULL;
  CHECK_EQUAL(oss_resumable_client_new(&config, &client, NULL), OSS_RESUMABLE_OK);
  CHECK(client != NULL);
  return client;
}

static inline oss_resumable_params_t small_parts(void) {
  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.part_size = PART_SIZE;
  params.thread_num = 2;
  return params;
}

/* Sends one request to the server's controls; the body of the answer is cut to fit. */
static inline void control(const char *method, const char *path, const char *body, char *answer,
                           size_t answer_size) {
  const char *port = strrchr(server_url, ':');
  CHECK(port != NULL);
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)atoi(port + 1));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connection >= 0);
  CHECK(connect(connection, (struct sockaddr *)&address, sizeof address) == 0);
  char request[2048];
  int length = snprintf(request, sizeof request,
                        "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        method, path, strlen(body), body);
  CHECK(length > 0 && (size_t)length < sizeof request);
  CHECK(write(connection, request, (size_t)length) == length);
  static char reply[1 << 20];
  size_t filled = 0;
  ssize_t count;
  while ((count = read(connection, reply + filled, sizeof reply - 1 - filled)) > 0) {
    filled += (size_t)count;
  }
  CHECK(count == 0);
  reply[filled] = '\0';
  close(connection);
  CHECK(strncmp(reply, "HTTP/1.1 200", 12) == 0);
  const char *content = strstr(reply, "\r\n\r\n");
  CHECK(content != NULL);
  snprintf(answer, answer_size, "%s", content + 4);
}

static inline void add_rules(const char *rules) {
  char answer[64];
  control("POST", "/-/rules", rules, answer, sizeof answer);
}

/* Holds one part of an object back, once and for so long, so that whatever comes meanwhile comes in
   mid-upload on a busy machine, too. No cancel waits for it. */
static inline void hold(const char *key, int part, int milliseconds) {
  char rules[512];
  snprintf(rules, sizeof rules,
           "[{\"op\":\"UploadPart\",\"key\":\"%s\",\"part\":%d,\"times\":1,"
           "\"action\":{\"delay\":{\"ms\":%d}}}]",
           key, part, milliseconds);
  add_rules(rules);
}

static inline void clear_rules(void) {
  char answer[64];
  control("DELETE", "/-/rules", "", answer, sizeof answer);
}

/* Whether the server has no unfinished upload; waits for what cleans up by itself. */
static inline int no_uploads_are_left(void) {
  char answer[64];
  for (int tries = 0; tries < 600; tries++) {
    control("GET", "/-/uploads", "", answer, sizeof answer);
    if (strcmp(answer, "[]") == 0) {
      return 1;
    }
    sleep_ms(50);
  }
  return 0;
}

#endif
