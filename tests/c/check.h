/*
 * Checks for the C test programs. A test is a function whose name says what holds; the first check
 * that fails ends the program with 1.
 */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: in %s: %s\n", __FILE__, __LINE__, __func__, #condition); \
      exit(1); \
    } \
  } while (0)

/* Both sides are integers that fit into 64 bits with a sign. */
#define CHECK_EQUAL(actual, expected) \
  do { \
    int64_t actual_ = (int64_t)(actual), expected_ = (int64_t)(expected); \
    if (actual_ != expected_) { \
      fprintf(stderr, "%s:%d: in %s: %s is %" PRId64 ", not %s (%" PRId64 ")\n", __FILE__, \
              __LINE__, __func__, #actual, actual_, #expected, expected_); \
      exit(1); \
    } \
  } while (0)

#define CHECK_TEXT(actual, expected) \
  do { \
    const char *actual_ = (actual), *expected_ = (expected); \
    if (actual_ == NULL || strcmp(actual_, expected_) != 0) { \
      fprintf(stderr, "%s:%d: in %s: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, __func__, \
              #actual, actual_ == NULL ? "(NULL)" : actual_, expected_); \
      exit(1); \
    } \
  } while (0)

#define CHECK_CONTAINS(actual, expected) \
  do { \
    const char *actual_ = (actual), *expected_ = (expected); \
    if (actual_ == NULL || strstr(actual_, expected_) == NULL) { \
      fprintf(stderr, "%s:%d: in %s: \"%s\" does not contain \"%s\"\n", __FILE__, __LINE__, \
              __func__, actual_ == NULL ? "(NULL)" : actual_, expected_); \
      exit(1); \
    } \
  } while (0)

/* The name is printed first, so that a crash says where it happened. */
#define RUN(test) \
  do { \
    printf("%s ... ", #test); \
    fflush(stdout); \
    test(); \
    printf("ok\n"); \
    fflush(stdout); \
  } while (0)

#endif
