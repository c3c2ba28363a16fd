/*
 * The log, which goes to stderr unless told otherwise. What the engine has to say comes through here
 * too, on the thread that called. Set it up before the first upload: it is not locked.
 */
#ifndef OSSR_AOS_LOG_H
#define OSSR_AOS_LOG_H

#include "aos_define.h"

AOS_CPP_START

typedef enum {
  AOS_LOG_OFF = 1,
  AOS_LOG_FATAL,
  AOS_LOG_ERROR,
  AOS_LOG_WARN,
  AOS_LOG_INFO,
  AOS_LOG_DEBUG,
  AOS_LOG_TRACE,
  AOS_LOG_ALL
} aos_log_level_e;

/* Gets a finished line, with its line end. */
typedef void (*aos_log_print_pt)(const char *message, int len);
/* Makes the line. */
typedef void (*aos_log_format_pt)(int level, const char *file, int line, const char *function,
                                  const char *fmt, ...) OSSR_PRINTF(5, 6);

void aos_log_set_level(aos_log_level_e level);
/* NULL: stderr. */
void aos_log_set_output(apr_file_t *output);
void aos_log_set_print(aos_log_print_pt print);
void aos_log_set_format(aos_log_format_pt format);

void aos_log_print_default(const char *message, int len);
void aos_log_format_default(int level, const char *file, int line, const char *function,
                            const char *fmt, ...) OSSR_PRINTF(5, 6);

/* From AOS_LOG_WARN on, unless it is set. */
extern aos_log_level_e aos_log_level;
extern aos_log_format_pt aos_log_format;

#define OSSR_LOG(level, ...)                                                 \
  do {                                                                       \
    if (aos_log_level >= (level)) {                                          \
      aos_log_format((level), __FILE__, __LINE__, __func__, __VA_ARGS__);    \
    }                                                                        \
  } while (0)
#define aos_fatal_log(...) OSSR_LOG(AOS_LOG_FATAL, __VA_ARGS__)
#define aos_error_log(...) OSSR_LOG(AOS_LOG_ERROR, __VA_ARGS__)
#define aos_warn_log(...) OSSR_LOG(AOS_LOG_WARN, __VA_ARGS__)
#define aos_info_log(...) OSSR_LOG(AOS_LOG_INFO, __VA_ARGS__)
#define aos_debug_log(...) OSSR_LOG(AOS_LOG_DEBUG, __VA_ARGS__)
#define aos_trace_log(...) OSSR_LOG(AOS_LOG_TRACE, __VA_ARGS__)

AOS_CPP_END

#endif
