/*
 * oss-upload: uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped.
 *
 *   cc -Iinclude bindings/c/examples/oss-upload.c -Ltarget/release -loss_resumable -o oss-upload
 *   LD_LIBRARY_PATH=target/release ./oss-upload --help
 *
 * C99 and POSIX. It starts the upload, then looks at it five times a second: that keeps the terminal,
 * signals and output on this one thread, without a callback.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "oss_resumable.h"

#define PROGRAM "oss-upload"

/* How often the upload is looked at, which is also how long a Ctrl-C may go unnoticed. */
#define LOOK_MS 200

enum exit_code {
  EXIT_DONE = 0,
  EXIT_FOR_GOOD = 1,
  EXIT_USAGE = 2,
  EXIT_TRY_AGAIN = 3,
  EXIT_FILE = 4,
  EXIT_CHECKPOINT = 5,
  EXIT_COMMIT_UNKNOWN = 6,
  EXIT_CANCELED = 130
};

static const char HELP_USAGE[] =
    "usage: " PROGRAM " FILE oss://BUCKET/KEY --region REGION [option]...\n";

/* In pieces, because C99 compilers need not take string literals longer than 4095 bytes. */
static const char HELP_OPTIONS[] =
    "\n"
    "Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or\n"
    "a crash, and only what is missing is sent.\n"
    "\n"
    "  --region REGION          such as cn-hangzhou (default: what the endpoint tells)\n"
    "  --endpoint URL           [http://|https://]host[:port] (default: the region's public one)\n"
    "  --part-size BYTES|auto   102400 to 5368709120 (default: auto)\n"
    "  --threads N|auto         parts in flight, 1 to 1024 (default: auto)\n"
    "  --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)\n"
    "  --no-checkpoint          do not resume, and leave nothing to resume from\n"
    "  --sign v1|v4             the signature version (default: v4)\n"
    "  --header 'Name: value'   a header of the object; may be repeated\n"
    "  --help                   show this and exit\n"
    "  --                       what follows is not an option\n";

static const char HELP_OUTPUT[] =
    "\n"
    "Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,\n"
    "OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba Cloud\n"
    "CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.\n"
    "\n"
    "Output: progress, warnings and errors on stderr. After a success the last line of\n"
    "stdout is: etag=... crc64=... request_id=... resumed_bytes=...\n"
    "\n"
    "Ctrl-C (or SIGTERM) stops the upload and keeps the checkpoint; a second one ends the\n"
    "program at once.\n"
    "\n"
    "Exit codes:\n"
    "  0    uploaded\n"
    "  1    failed, and trying again would not help\n"
    "  2    wrong usage, or an argument out of range\n"
    "  3    the network or OSS (HTTP 429, 5xx) failed: try again later\n"
    "  4    FILE cannot be read, or changed during the upload\n"
    "  5    the checkpoint is in use by another process, or unusable\n"
    "  6    it is not known whether the object was stored; trying again settles it\n"
    "  130  canceled\n";

/* ---- Text ------------------------------------------------------------------------------------ */

/* Prints text of others, such as a server's message, in which nothing may steer the terminal or
   break the line. */
static void print_on_one_line(FILE *out, const char *text) {
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    fputc(byte < 0x20 || byte == 0x7f ? ' ' : byte, out);
  }
}

static const char *or_dash(const char *text) {
  return text != NULL && *text != '\0' ? text : "-";
}

static int usage_error(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs(PROGRAM ": ", stderr);
  vfprintf(stderr, format, arguments);
  fputs(" (see " PROGRAM " --help)\n", stderr);
  va_end(arguments);
  return EXIT_USAGE;
}

static int out_of_memory(void) {
  fputs(PROGRAM ": out of memory\n", stderr);
  return EXIT_FOR_GOOD;
}

/* ---- Arguments ------------------------------------------------------------------------------- */

struct options {
  const char *file;
  char *bucket;
  char *key;
  oss_resumable_config_t config;
  oss_resumable_credentials_t credentials;
  oss_resumable_params_t params;
  oss_resumable_header_t *headers; /* room for one per argument; the names are ours */
};

static char *copy_of(const char *text, size_t length) {
  char *copy = malloc(length + 1);
  if (copy != NULL) {
    memcpy(copy, text, length);
    copy[length] = '\0';
  }
  return copy;
}

static void free_options(struct options *options) {
  for (size_t i = 0; i < options->params.headers_len; i++) {
    free((char *)options->headers[i].name);
  }
  free(options->headers);
  free(options->bucket);
  free(options->key);
}

/* Digits only: strtoll alone would also take blanks, signs, and whatever follows the number. */
static bool parse_count(const char *text, long long most, long long *value) {
  size_t length = strlen(text);
  if (length == 0 || strspn(text, "0123456789") != length) {
    return false;
  }
  errno = 0;
  *value = strtoll(text, NULL, 10);
  return errno == 0 && *value >= 1 && *value <= most;
}

/* A positive number, or "auto". */
static int parse_count_or_auto(const char *option, const char *text, long long most,
                               long long *value) {
  if (strcmp(text, "auto") == 0) {
    *value = OSS_RESUMABLE_AUTO;
    return EXIT_DONE;
  }
  if (!parse_count(text, most, value)) {
    return usage_error("%s: '%s' is neither a number from 1 to %lld nor 'auto'", option, text, most);
  }
  return EXIT_DONE;
}

static int parse_target(struct options *options, const char *text) {
  static const char scheme[] = "oss://";
  const size_t scheme_length = sizeof scheme - 1;
  if (strncmp(text, scheme, scheme_length) != 0) {
    return usage_error("'%s' does not begin with oss://", text);
  }
  const char *bucket = text + scheme_length;
  const char *slash = strchr(bucket, '/');
  if (slash == NULL || slash == bucket || slash[1] == '\0') {
    return usage_error("'%s' is not of the form oss://BUCKET/KEY", text);
  }
  options->bucket = copy_of(bucket, (size_t)(slash - bucket));
  options->key = copy_of(slash + 1, strlen(slash + 1));
  return options->bucket != NULL && options->key != NULL ? EXIT_DONE : out_of_memory();
}

static int parse_header(struct options *options, const char *text) {
  const char *colon = strchr(text, ':');
  if (colon == NULL || colon == text) {
    /* The text is not repeated: the value of a header may be a secret. */
    return usage_error("--header: expected 'Name: value'");
  }
  char *name = copy_of(text, (size_t)(colon - text));
  if (name == NULL) {
    return out_of_memory();
  }
  oss_resumable_header_t *header = &options->headers[options->params.headers_len++];
  header->name = name;
  header->value = colon + 1 + strspn(colon + 1, " \t");
  return EXIT_DONE;
}

static int parse_option(struct options *options, const char *name, const char *value) {
  long long number = 0;
  if (strcmp(name, "--endpoint") == 0) {
    options->config.endpoint = value;
  } else if (strcmp(name, "--region") == 0) {
    options->config.region = value;
  } else if (strcmp(name, "--checkpoint") == 0) {
    options->params.checkpoint_path = value;
  } else if (strcmp(name, "--header") == 0) {
    return parse_header(options, value);
  } else if (strcmp(name, "--part-size") == 0) {
    int status = parse_count_or_auto(name, value, INT64_MAX, &number);
    options->params.part_size = number;
    return status;
  } else if (strcmp(name, "--threads") == 0) {
    int status = parse_count_or_auto(name, value, INT32_MAX, &number);
    options->params.thread_num = (int32_t)number;
    return status;
  } else if (strcmp(name, "--sign") == 0) {
    if (strcmp(value, "v1") != 0 && strcmp(value, "v4") != 0) {
      return usage_error("--sign: '%s' is neither v1 nor v4", value);
    }
    options->config.signature_version = value[1] - '0';
  } else {
    return usage_error("unknown option '%s'", name);
  }
  return EXIT_DONE;
}

/* Takes "--name value" and "--name=value"; advances *at over what it took. */
static int parse_long_option(struct options *options, char **argv, int *at) {
  char *name = argv[*at];
  char *equals = strchr(name, '=');
  if (equals != NULL) {
    char *bare = copy_of(name, (size_t)(equals - name));
    if (bare == NULL) {
      return out_of_memory();
    }
    int status = parse_option(options, bare, equals + 1);
    free(bare);
    return status;
  }
  if (strcmp(name, "--no-checkpoint") == 0) {
    options->params.enable_checkpoint = 0;
    return EXIT_DONE;
  }
  if (argv[*at + 1] == NULL) {
    return usage_error("'%s' is no option, or needs a value", name);
  }
  *at += 1;
  return parse_option(options, name, argv[*at]);
}

static int parse_positional(struct options *options, const char *text) {
  if (options->file == NULL) {
    options->file = text;
    return EXIT_DONE;
  }
  if (options->bucket == NULL) {
    return parse_target(options, text);
  }
  return usage_error("one argument too many: '%s'", text);
}

static int check_options(struct options *options) {
  if (options->file == NULL || options->bucket == NULL) {
    return usage_error("FILE and oss://BUCKET/KEY are required");
  }
  if (options->config.endpoint == NULL && options->config.region == NULL) {
    return usage_error("--endpoint or --region is required");
  }
  if (!options->params.enable_checkpoint && options->params.checkpoint_path != NULL) {
    return usage_error("--checkpoint and --no-checkpoint exclude each other");
  }
  options->config.credentials = &options->credentials;
  options->config.proxy_from_environment = 1;
  return EXIT_DONE;
}

static int parse_arguments(struct options *options, int argc, char **argv) {
  options->headers = calloc((size_t)argc, sizeof *options->headers);
  if (options->headers == NULL) {
    return out_of_memory();
  }
  options->params.headers = options->headers;
  bool only_positional = false;
  for (int at = 1; at < argc; at++) {
    int status;
    if (!only_positional && strcmp(argv[at], "--") == 0) {
      only_positional = true;
      continue;
    }
    if (!only_positional && argv[at][0] == '-') {
      status = parse_long_option(options, argv, &at);
    } else {
      status = parse_positional(options, argv[at]);
    }
    if (status != EXIT_DONE) {
      return status;
    }
  }
  return check_options(options);
}

/* ---- Signals --------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop_requested = 0;

static const int STOP_SIGNALS[] = {SIGINT, SIGTERM};
enum { STOP_SIGNAL_COUNT = sizeof STOP_SIGNALS / sizeof STOP_SIGNALS[0] };

static void request_stop(int signal_number) {
  (void)signal_number;
  stop_requested = 1;
}

static void catch_stop_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = request_stop;
  /* The handler is good for one signal only, so that a second one ends the program. */
  action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < STOP_SIGNAL_COUNT; i++) {
    struct sigaction before;
    /* Whoever started us with a signal ignored (a shell's background job) wants it to stay so. */
    if (sigaction(STOP_SIGNALS[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
      sigaction(STOP_SIGNALS[i], &action, NULL);
    }
  }
}

/* After one of the signals came, the next one of either kind ends the program. */
static void let_signals_end_us(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < STOP_SIGNAL_COUNT; i++) {
    struct sigaction before;
    if (sigaction(STOP_SIGNALS[i], NULL, &before) == 0 && before.sa_handler == request_stop) {
      sigaction(STOP_SIGNALS[i], &action, NULL);
    }
  }
}

/* ---- Progress -------------------------------------------------------------------------------- */

/* Speed is measured over the last five seconds: long enough to be steady, short enough to be news. */
enum { SAMPLES = 5000 / LOOK_MS, BAR_WIDTH = 12, LINE_BYTES = 160 };

struct sample {
  double time;
  int64_t sent;
};

struct display {
  bool is_terminal;
  bool shown;
  double started;
  double last_line;
  struct sample samples[SAMPLES];
  size_t sample_count;
};

static double now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void start_display(struct display *display) {
  const char *terminal = getenv("TERM");
  memset(display, 0, sizeof *display);
  display->is_terminal =
      isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
  display->started = now_seconds();
}

static int terminal_columns(void) {
#ifdef TIOCGWINSZ
  struct winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
#endif
  return 80;
}

/* What this run sent; what an earlier one did would look like an enormous speed. */
static int64_t sent_bytes(const oss_resumable_progress_t *progress) {
  int64_t sent = progress->consumed_bytes - progress->resumed_bytes;
  return sent > 0 ? sent : 0;
}

/* Adds a look to the window, and returns bytes per second over it. */
static double measure_speed(struct display *display, const oss_resumable_progress_t *progress) {
  if (display->sample_count == SAMPLES) {
    memmove(display->samples, display->samples + 1, (SAMPLES - 1) * sizeof display->samples[0]);
    display->sample_count--;
  }
  struct sample newest = {now_seconds(), sent_bytes(progress)};
  display->samples[display->sample_count++] = newest;
  double seconds = newest.time - display->samples[0].time;
  return seconds > 0 ? (double)(newest.sent - display->samples[0].sent) / seconds : 0;
}

static void format_duration(char *text, size_t size, double seconds) {
  /* Also keeps the conversion below in range when the speed is next to nothing. */
  if (seconds >= 360000) {
    snprintf(text, size, "days");
    return;
  }
  long whole = (long)(seconds + 0.5);
  if (whole >= 3600) {
    snprintf(text, size, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    snprintf(text, size, "%ld:%02ld", whole / 60, whole % 60);
  }
}

/* What stands at the end of the line: the time left while sending, else what is being done. */
static void format_state(char *text, size_t size, const struct display *display,
                         const oss_resumable_progress_t *progress, double speed) {
  char time[24];
  switch (progress->stage) {
    case OSS_RESUMABLE_STAGE_UPLOAD:
      if (speed < 1) {
        snprintf(text, size, "-:-- left");
      } else {
        format_duration(time, sizeof time,
                        (double)(progress->total_bytes - progress->consumed_bytes) / speed);
        snprintf(text, size, "%s left", time);
      }
      return;
    case OSS_RESUMABLE_STAGE_DONE:
      format_duration(time, sizeof time, now_seconds() - display->started);
      snprintf(text, size, "ended after %s", time);
      return;
    case OSS_RESUMABLE_STAGE_PREPARE:
      snprintf(text, size, "preparing");
      return;
    case OSS_RESUMABLE_STAGE_RESUME:
      snprintf(text, size, "resuming");
      return;
    case OSS_RESUMABLE_STAGE_INITIATE:
      snprintf(text, size, "beginning");
      return;
    case OSS_RESUMABLE_STAGE_COMPLETE:
      snprintf(text, size, "completing");
      return;
    case OSS_RESUMABLE_STAGE_SETTLE:
      snprintf(text, size, "settling the commit");
      return;
    case OSS_RESUMABLE_STAGE_ABORT:
      snprintf(text, size, "cleaning up");
      return;
    default: /* a newer library may have more stages */
      snprintf(text, size, "working");
      return;
  }
}

static void format_line(char *line, const struct display *display,
                        const oss_resumable_progress_t *progress, double speed) {
  double share = progress->stage == OSS_RESUMABLE_STAGE_DONE ? 1 : 0;
  if (progress->total_bytes > 0) {
    share = (double)progress->consumed_bytes / (double)progress->total_bytes;
  }
  char bar[BAR_WIDTH + 1];
  int filled = (int)(share * BAR_WIDTH);
  memset(bar, '-', BAR_WIDTH);
  memset(bar, '#', (size_t)filled);
  bar[BAR_WIDTH] = '\0';
  char state[40];
  format_state(state, sizeof state, display, progress, speed);
  snprintf(line, LINE_BYTES,
           "[%s] %3d%%  %.1f MB/s  %" PRId32 "/%" PRId32 " parts  %" PRId32 " retries  %s", bar,
           (int)(share * 100), speed / 1e6, progress->parts_done, progress->parts_total,
           progress->retries, state);
}

static void show(struct display *display, const oss_resumable_progress_t *progress, double speed) {
  char line[LINE_BYTES];
  format_line(line, display, progress, speed);
  if (display->is_terminal) {
    /* A line that wraps could not be overwritten. */
    fprintf(stderr, "\r\033[K%.*s", terminal_columns() - 1, line);
    fflush(stderr);
  } else {
    fprintf(stderr, PROGRAM ": %s\n", line);
  }
  display->shown = true;
}

/* Shows a running upload: on a terminal at every look, else at most once a second. */
static void show_running(struct display *display, const oss_resumable_progress_t *progress) {
  double speed = measure_speed(display, progress);
  bool is_known = progress->total_bytes > 0; /* else there is nothing to show yet */
  double now = now_seconds();
  if (is_known && (display->is_terminal || !display->shown || now - display->last_line >= 1)) {
    show(display, progress, speed);
    display->last_line = now;
  }
}

/* Shows the last state, with the speed of the whole run, and leaves the line. A run that showed
   nothing and failed has nothing to say here. */
static void show_end(struct display *display, const oss_resumable_progress_t *progress,
                     bool succeeded) {
  if (!display->shown && !succeeded) {
    return;
  }
  double seconds = now_seconds() - display->started;
  show(display, progress, seconds > 0 ? (double)sent_bytes(progress) / seconds : 0);
  if (display->is_terminal) {
    fputc('\n', stderr);
  }
}

/* ---- Outcome --------------------------------------------------------------------------------- */

static const char *code_name(oss_resumable_code_t code) {
  switch (code) {
    case OSS_RESUMABLE_E_INVALID_ARGUMENT: return "E_INVALID_ARGUMENT";
    case OSS_RESUMABLE_E_FILE: return "E_FILE";
    case OSS_RESUMABLE_E_FILE_CHANGED: return "E_FILE_CHANGED";
    case OSS_RESUMABLE_E_CHECKPOINT: return "E_CHECKPOINT";
    case OSS_RESUMABLE_E_NETWORK: return "E_NETWORK";
    case OSS_RESUMABLE_E_SERVICE: return "E_SERVICE";
    case OSS_RESUMABLE_E_INTEGRITY: return "E_INTEGRITY";
    case OSS_RESUMABLE_E_CANCELED: return "E_CANCELED";
    case OSS_RESUMABLE_E_STATE: return "E_STATE";
    case OSS_RESUMABLE_E_COMMIT_UNKNOWN: return "E_COMMIT_UNKNOWN";
    case OSS_RESUMABLE_E_CREDENTIALS: return "E_CREDENTIALS";
    case OSS_RESUMABLE_E_INTERNAL: return "E_INTERNAL";
    default: return "error";
  }
}

static int exit_code_of(oss_resumable_code_t code, const oss_resumable_result_t *result) {
  switch (code) {
    case OSS_RESUMABLE_OK: return EXIT_DONE;
    case OSS_RESUMABLE_E_INVALID_ARGUMENT: return EXIT_USAGE;
    case OSS_RESUMABLE_E_FILE: return EXIT_FILE;
    case OSS_RESUMABLE_E_FILE_CHANGED: return EXIT_FILE;
    case OSS_RESUMABLE_E_CHECKPOINT: return EXIT_CHECKPOINT;
    case OSS_RESUMABLE_E_NETWORK: return EXIT_TRY_AGAIN;
    case OSS_RESUMABLE_E_COMMIT_UNKNOWN: return EXIT_COMMIT_UNKNOWN;
    case OSS_RESUMABLE_E_CANCELED: return EXIT_CANCELED;
    case OSS_RESUMABLE_E_SERVICE:
    case OSS_RESUMABLE_E_CREDENTIALS:
      return oss_resumable_result_retryable(result) ? EXIT_TRY_AGAIN : EXIT_FOR_GOOD;
    default: return EXIT_FOR_GOOD;
  }
}

static void print_warnings(uint32_t warnings) {
  static const struct {
    uint32_t bit;
    const char *text;
  } known[] = {
      {OSS_RESUMABLE_WARN_RESUMABILITY_LOST,
       "the checkpoint could not be written, so this upload could not have been resumed"},
      {OSS_RESUMABLE_WARN_CALLBACK_FAILED,
       "the object is stored, but the upload callback of OSS failed"},
      {OSS_RESUMABLE_WARN_RESTARTED,
       "the earlier upload was gone on the server; everything was sent again"},
      {OSS_RESUMABLE_WARN_PART_SIZE_RAISED,
       "the part size was raised so that the file fits into 10,000 parts"},
      {OSS_RESUMABLE_WARN_CHECKPOINT_LEFT, "the checkpoint could not be deleted; it was emptied"},
      {OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST,
       "the object is stored; what the upload callback's receiver answered was lost"},
      {OSS_RESUMABLE_WARN_UPLOAD_LEFT,
       "an unfinished upload may be left on the server"},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if ((warnings & known[i].bit) != 0) {
      fprintf(stderr, PROGRAM ": warning: %s\n", known[i].text);
    }
    warnings &= ~known[i].bit;
  }
  if (warnings != 0) {
    fprintf(stderr, PROGRAM ": warning: 0x%" PRIx32 " (of a newer library)\n", warnings);
  }
}

static void print_failure(oss_resumable_code_t code, const oss_resumable_result_t *result) {
  fprintf(stderr, PROGRAM ": %s oss_code=", code_name(code));
  print_on_one_line(stderr, or_dash(oss_resumable_result_error_code(result)));
  fputs(" request_id=", stderr);
  print_on_one_line(stderr, or_dash(oss_resumable_result_request_id(result)));
  fputs(": ", stderr);
  print_on_one_line(stderr, oss_resumable_result_message(result));
  fputc('\n', stderr);
}

static int print_success(const oss_resumable_result_t *result) {
  fputs("etag=", stdout);
  print_on_one_line(stdout, or_dash(oss_resumable_result_etag(result)));
  printf(" crc64=%" PRIu64 " request_id=", oss_resumable_result_crc64(result));
  print_on_one_line(stdout, or_dash(oss_resumable_result_request_id(result)));
  printf(" resumed_bytes=%" PRId64 "\n", oss_resumable_result_resumed_bytes(result));
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fputs(PROGRAM ": the object is stored, but stdout cannot be written\n", stderr);
    return EXIT_FOR_GOOD;
  }
  return EXIT_DONE;
}

static int report(oss_resumable_code_t code, const oss_resumable_result_t *result) {
  print_warnings(oss_resumable_result_warnings(result));
  if (code == OSS_RESUMABLE_OK) {
    return print_success(result);
  }
  print_failure(code, result);
  return exit_code_of(code, result);
}

/* ---- The upload ------------------------------------------------------------------------------ */

/* Waits for the end, and passes a Ctrl-C on. */
static oss_resumable_code_t watch(oss_resumable_upload_t *upload) {
  struct display display;
  start_display(&display);
  oss_resumable_progress_t progress = OSS_RESUMABLE_PROGRESS_INIT;
  bool canceled = false;
  for (;;) {
    oss_resumable_code_t code = oss_resumable_upload_wait(upload, LOOK_MS);
    oss_resumable_upload_progress(upload, &progress);
    if (code != OSS_RESUMABLE_PENDING) {
      show_end(&display, &progress, code == OSS_RESUMABLE_OK);
      return code;
    }
    show_running(&display, &progress);
    if (stop_requested && !canceled) {
      canceled = true;
      let_signals_end_us();
      oss_resumable_upload_cancel(upload);
    }
  }
}

static int upload(const struct options *options) {
  oss_resumable_client_t *client = NULL;
  oss_resumable_upload_t *running = NULL;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_client_new(&options->config, &client, &result);
  if (code == OSS_RESUMABLE_OK) {
    code = oss_resumable_upload_start(client, options->bucket, options->key, options->file,
                                      &options->params, &running, &result);
  }
  if (code == OSS_RESUMABLE_OK) {
    code = watch(running);
    oss_resumable_upload_result(running, &result);
  }
  int status = report(code, result);
  oss_resumable_result_free(result);
  oss_resumable_upload_free(running);
  oss_resumable_client_free(client);
  return status;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    if (strcmp(argv[i], "--help") == 0) {
      fputs(HELP_USAGE, stdout);
      fputs(HELP_OPTIONS, stdout);
      fputs(HELP_OUTPUT, stdout);
      return EXIT_DONE;
    }
  }
  if (argc < 2) {
    fputs(HELP_USAGE, stderr);
    return EXIT_USAGE;
  }
  if (oss_resumable_version_number() / 10000 != OSS_RESUMABLE_VERSION_MAJOR) {
    fprintf(stderr, PROGRAM ": library %s is of another major version than its header\n",
            oss_resumable_version());
    return EXIT_FOR_GOOD;
  }
  struct options options = {.config = OSS_RESUMABLE_CONFIG_INIT,
                            .credentials = OSS_RESUMABLE_CREDENTIALS_INIT,
                            .params = OSS_RESUMABLE_PARAMS_INIT};
  options.params.enable_checkpoint = 1;
  options.params.part_size = OSS_RESUMABLE_AUTO;
  options.params.thread_num = OSS_RESUMABLE_AUTO;
  int status = parse_arguments(&options, argc, argv);
  if (status == EXIT_DONE) {
    catch_stop_signals();
    status = upload(&options);
  }
  free_options(&options);
  return status;
}
