/* Whom OSS calls back: a thread that answers one request with what it was told to. */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  pthread_t thread;
  int listener, port;
  const char *status, *body;
  char request[4096];
} receiver_t;

static void *receiver_run(void *data) {
  receiver_t *r = data;
  char reply[1024];
  size_t len = 0;
  int peer = accept(r->listener, NULL, NULL);
  /* Up to the end of the body, which is "{...}". */
  while (len < sizeof r->request - 1 && strchr(r->request, '}') == NULL) {
    ssize_t got = read(peer, r->request + len, sizeof r->request - 1 - len);
    if (got <= 0) {
      break;
    }
    len += (size_t)got;
    r->request[len] = '\0';
  }
  snprintf(reply, sizeof reply,
           "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %lu\r\n"
           "Connection: close\r\n\r\n%s",
           r->status, (unsigned long)strlen(r->body), r->body);
  if (write(peer, reply, strlen(reply)) < 0) {
    perror("receiver");
  }
  close(peer);
  return NULL;
}

static void receiver_start(receiver_t *r, const char *status, const char *body) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  memset(r, 0, sizeof *r);
  memset(&address, 0, sizeof address);
  r->status = status;
  r->body = body;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  r->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(r->listener, (struct sockaddr *)&address, size) != 0 || listen(r->listener, 1) != 0 ||
      getsockname(r->listener, (struct sockaddr *)&address, &size) != 0 ||
      pthread_create(&r->thread, NULL, receiver_run, r) != 0) {
    perror("receiver");
    exit(1);
  }
  r->port = ntohs(address.sin_port);
}

static void receiver_end(receiver_t *r) {
  shutdown(r->listener, SHUT_RDWR); /* in case nobody called */
  pthread_join(r->thread, NULL);
  close(r->listener);
}

#endif
