// oss-upload: uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped. Arguments, output and
// exit codes are those of the C example of the same name.

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <oss_resumable.hpp>

#include "arguments.hpp"
#include "display.hpp"

namespace {

enum exit_code {
  done = 0,
  for_good = 1,
  usage_wrong = 2,
  try_again = 3,
  file_wrong = 4,
  checkpoint_wrong = 5,
  commit_unknown = 6,
  canceled = 130
};

volatile std::sig_atomic_t stop_requested = 0;

extern "C" void request_stop(int) { stop_requested = 1; }

void handle_stop_signals(void (*handler)(int)) {
  for (int signal_number : {SIGINT, SIGTERM}) {
    // Whoever started us with a signal ignored (a shell's background job) wants it to stay so.
    if (std::signal(signal_number, handler) == SIG_IGN) {
      std::signal(signal_number, SIG_IGN);
    }
  }
}

// Text of others, in which nothing may steer the terminal or break the line; a dash if there is none.
std::string one_line(std::string text) {
  for (char &byte : text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) {
      byte = ' ';
    }
  }
  return text.empty() ? "-" : text;
}

const char *name_of(oss_resumable::code code) {
  switch (code) {
    case oss_resumable::code::invalid_argument: return "E_INVALID_ARGUMENT";
    case oss_resumable::code::file: return "E_FILE";
    case oss_resumable::code::file_changed: return "E_FILE_CHANGED";
    case oss_resumable::code::checkpoint: return "E_CHECKPOINT";
    case oss_resumable::code::network: return "E_NETWORK";
    case oss_resumable::code::service: return "E_SERVICE";
    case oss_resumable::code::integrity: return "E_INTEGRITY";
    case oss_resumable::code::canceled: return "E_CANCELED";
    case oss_resumable::code::state: return "E_STATE";
    case oss_resumable::code::commit_unknown: return "E_COMMIT_UNKNOWN";
    case oss_resumable::code::credentials: return "E_CREDENTIALS";
    case oss_resumable::code::internal: return "E_INTERNAL";
    default: return "error";
  }
}

int exit_code_of(const oss_resumable::result &result) {
  switch (result.code()) {
    case oss_resumable::code::ok: return done;
    case oss_resumable::code::invalid_argument: return usage_wrong;
    case oss_resumable::code::file: return file_wrong;
    case oss_resumable::code::file_changed: return file_wrong;
    case oss_resumable::code::checkpoint: return checkpoint_wrong;
    case oss_resumable::code::network: return try_again;
    case oss_resumable::code::commit_unknown: return commit_unknown;
    case oss_resumable::code::canceled: return canceled;
    case oss_resumable::code::service:
    case oss_resumable::code::credentials: return result.retryable() ? try_again : for_good;
    default: return for_good;
  }
}

void print_warnings(std::uint32_t warnings) {
  static const struct {
    oss_resumable::warning bit;
    const char *text;
  } known[] = {
      {oss_resumable::resumability_lost,
       "the checkpoint could not be written, so this upload could not have been resumed"},
      {oss_resumable::callback_failed, "the object is stored, but the upload callback of OSS failed"},
      {oss_resumable::restarted, "the earlier upload was gone on the server; everything was sent again"},
      {oss_resumable::part_size_raised, "the part size was raised so that the file fits into 10,000 parts"},
      {oss_resumable::checkpoint_left, "the checkpoint could not be deleted; it was emptied"},
      {oss_resumable::callback_reply_lost,
       "the object is stored; what the upload callback's receiver answered was lost"},
      {oss_resumable::upload_left, "an unfinished upload may be left on the server"},
  };
  for (const auto &one : known) {
    if ((warnings & one.bit) != 0) {
      std::cerr << "oss-upload: warning: " << one.text << "\n";
    }
    warnings &= ~static_cast<std::uint32_t>(one.bit);
  }
  if (warnings != 0) {
    std::cerr << "oss-upload: warning: 0x" << std::hex << warnings << std::dec << " (of a newer library)\n";
  }
}

int report(const oss_resumable::result &result) {
  print_warnings(result.warnings());
  if (!result) {
    std::cerr << "oss-upload: " << name_of(result.code()) << " oss_code=" << one_line(result.error_code())
              << " request_id=" << one_line(result.request_id()) << ": " << one_line(result.message()) << "\n";
    return exit_code_of(result);
  }
  std::cout << "etag=" << one_line(result.etag()) << " crc64=" << result.crc64()
            << " request_id=" << one_line(result.request_id()) << " resumed_bytes=" << result.resumed_bytes()
            << "\n";
  if (!std::cout.flush()) {
    std::cerr << "oss-upload: the object is stored, but stdout cannot be written\n";
    return for_good;
  }
  return done;
}

// Waits for the end, shows progress, and passes a Ctrl-C on.
oss_resumable::result watch(oss_resumable::upload &running) {
  display shown;
  bool passed_on = false;
  while (running.wait_for(look_every) == oss_resumable::code::pending) {
    shown.show_running(running.progress());
    if (stop_requested != 0 && !passed_on) {
      passed_on = true;
      handle_stop_signals(SIG_DFL);  // a second one ends the program
      running.cancel();
    }
  }
  oss_resumable::result result = running.try_wait();
  shown.show_end(running.progress(), result.ok());
  return result;
}

int upload(const arguments &wanted) {
  oss_resumable::result result;
  oss_resumable::client client = oss_resumable::client::try_new(wanted.config, result);
  if (!result) {
    return report(result);
  }
  auto running = client.try_start(wanted.bucket, wanted.key, wanted.file, wanted.params, result);
  return result ? report(watch(running)) : report(result);
}

}  // namespace

int main(int argc, char **argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  if (wants_help(given)) {
    std::cout << usage << help;
    return done;
  }
  if (given.empty()) {
    std::cerr << usage;
    return usage_wrong;
  }
  arguments wanted;
  const std::string wrong = parse(given, wanted);
  if (!wrong.empty()) {
    std::cerr << "oss-upload: " << wrong << " (see oss-upload --help)\n";
    return usage_wrong;
  }
  handle_stop_signals(request_stop);
  return upload(wanted);
}
