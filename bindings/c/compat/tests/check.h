/* Checks that go on after a failure and count. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int checks_failed;

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) {                                                      \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      checks_failed++;                                                       \
    }                                                                        \
  } while (0)

#define CHECK_TEXT(is, wanted)                                                        \
  do {                                                                                \
    const char *is_ = (is), *wanted_ = (wanted);                                      \
    if (is_ == NULL || strcmp(is_, wanted_) != 0) {                                   \
      fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #is,   \
              is_ == NULL ? "(NULL)" : is_, wanted_);                                 \
      checks_failed++;                                                                \
    }                                                                                 \
  } while (0)

#endif
