#include "aos_log.h"

aos_log_level_e aos_log_level = AOS_LOG_WARN;
aos_log_format_pt aos_log_format = aos_log_format_default;
static aos_log_print_pt print_line = aos_log_print_default;
static apr_file_t *output;

void aos_log_set_level(aos_log_level_e level) { aos_log_level = level; }

void aos_log_set_output(apr_file_t *file) { output = file; }

void aos_log_set_print(aos_log_print_pt print) {
  print_line = print == NULL ? aos_log_print_default : print;
}

void aos_log_set_format(aos_log_format_pt format) {
  aos_log_format = format == NULL ? aos_log_format_default : format;
}

void aos_log_print_default(const char *message, int len) {
  if (output == NULL) {
    fwrite(message, 1, (size_t)len, stderr);
  } else {
    apr_file_write_full(output, message, (size_t)len, NULL);
  }
}

void aos_log_format_default(int level, const char *file, int line, const char *function,
                            const char *fmt, ...) {
  char text[4096];
  const int room = (int)sizeof text - 1; /* for the line end */
  apr_time_exp_t t;
  int len;
  va_list args;
  (void)level;
  (void)function;
  if (apr_time_exp_lt(&t, apr_time_now()) != APR_SUCCESS) {
    return;
  }
  len = apr_snprintf(text, (size_t)room, "[%04d-%02d-%02d %02d:%02d:%02d.%03d] %s:%d ",
                     t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                     t.tm_usec / 1000, file, line);
  va_start(args, fmt);
  len += apr_vsnprintf(text + len, (size_t)(room - len), fmt, args);
  va_end(args);
  while (len > 0 && text[len - 1] == '\n') {
    len--;
  }
  text[len++] = '\n';
  print_line(text, len);
}
