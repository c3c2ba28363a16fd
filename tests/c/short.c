/*
 * Preloaded into a program: its reads and writes of files move a few bytes at a time, and every third
 * one is interrupted before it moves any.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ulong calls;
static atomic_ulong shortened;
static atomic_ulong interrupted;

/* How much of a call is done; 0 if it is interrupted. */
static size_t cut(int fd, size_t count) {
  struct stat file;
  if (count == 0 || fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
    return count;
  }
  unsigned long number = atomic_fetch_add(&calls, 1);
  if (number % 3 == 2) {
    atomic_fetch_add(&interrupted, 1);
    errno = EINTR;
    return 0;
  }
  size_t most = 1 + number * 2654435761UL % 4096;
  if (most >= count) {
    return count;
  }
  atomic_fetch_add(&shortened, 1);
  return most;
}

ssize_t read(int fd, void *buffer, size_t count) {
  size_t some = cut(fd, count);
  return some == 0 && count > 0 ? -1 : syscall(SYS_read, fd, buffer, some);
}

ssize_t write(int fd, const void *buffer, size_t count) {
  size_t some = cut(fd, count);
  return some == 0 && count > 0 ? -1 : syscall(SYS_write, fd, buffer, some);
}

ssize_t pread64(int fd, void *buffer, size_t count, off64_t offset) {
  size_t some = cut(fd, count);
  return some == 0 && count > 0 ? -1 : syscall(SYS_pread64, fd, buffer, some, offset);
}

__attribute__((destructor)) static void tell(void) {
  fprintf(stderr, "calls=%lu shortened=%lu interrupted=%lu\n", calls, shortened, interrupted);
}
