// The progress line of oss-upload.
#ifndef DISPLAY_HPP
#define DISPLAY_HPP

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include <oss_resumable.hpp>

// How often the upload is looked at, which is also how long a Ctrl-C may go unnoticed.
static const std::chrono::milliseconds look_every(200);

class display {
 public:
  // On a terminal at every look, else at most once a second.
  void show_running(const oss_resumable::progress &progress) {
    const double speed = measure(progress);
    const clock::time_point now = clock::now();
    if (progress.total_bytes > 0 && (terminal_ || !shown_ || now - last_line_ >= std::chrono::seconds(1))) {
      show(progress, speed);
      last_line_ = now;
    }
  }

  // The last state, with the speed of the whole run. A run that showed nothing and failed has nothing to say here.
  void show_end(const oss_resumable::progress &progress, bool succeeded) {
    if (!shown_ && !succeeded) {
      return;
    }
    const double elapsed = seconds(clock::now() - started_);
    show(progress, elapsed > 0 ? static_cast<double>(sent(progress)) / elapsed : 0);
    if (terminal_) {
      std::fputc('\n', stderr);
    }
  }

 private:
  typedef std::chrono::steady_clock clock;

  static double seconds(clock::duration time) { return std::chrono::duration<double>(time).count(); }

  static bool is_terminal() {
    const char *term = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && term != nullptr && std::strcmp(term, "dumb") != 0;
  }

  // What this run sent; what an earlier one did would look like an enormous speed.
  static std::int64_t sent(const oss_resumable::progress &progress) {
    return (std::max)(progress.consumed_bytes - progress.resumed_bytes, std::int64_t(0));
  }

  // Bytes per second over the last five seconds: long enough to be steady, short enough to be news.
  double measure(const oss_resumable::progress &progress) {
    looks_.emplace_back(clock::now(), sent(progress));
    if (looks_.size() > 25) {
      looks_.pop_front();
    }
    const double time = seconds(looks_.back().first - looks_.front().first);
    return time > 0 ? static_cast<double>(looks_.back().second - looks_.front().second) / time : 0;
  }

  static std::string duration(double seconds) {
    if (seconds >= 360000) {
      return "days";
    }
    const long whole = static_cast<long>(seconds + 0.5);
    char text[32];
    if (whole >= 3600) {
      std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
      std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
    }
    return text;
  }

  // What stands at the end of the line: the time left while sending, else what is being done.
  std::string state(const oss_resumable::progress &progress, double speed) const {
    switch (progress.stage) {
      case oss_resumable::stage::upload:
        if (speed < 1) {
          return "-:-- left";
        }
        return duration(static_cast<double>(progress.total_bytes - progress.consumed_bytes) / speed) + " left";
      case oss_resumable::stage::done: return "ended after " + duration(seconds(clock::now() - started_));
      case oss_resumable::stage::prepare: return "preparing";
      case oss_resumable::stage::resume: return "resuming";
      case oss_resumable::stage::initiate: return "beginning";
      case oss_resumable::stage::complete: return "completing";
      case oss_resumable::stage::settle: return "settling the commit";
      case oss_resumable::stage::abort: return "cleaning up";
    }
    return "working";  // a newer library may have more stages
  }

  void show(const oss_resumable::progress &progress, double speed) {
    double share = progress.stage == oss_resumable::stage::done ? 1 : 0;
    if (progress.total_bytes > 0) {
      share = static_cast<double>(progress.consumed_bytes) / static_cast<double>(progress.total_bytes);
    }
    const std::size_t filled = static_cast<std::size_t>(share * 12);
    const std::string bar = std::string(filled, '#') + std::string(12 - filled, '-');
    char line[160];
    std::snprintf(line, sizeof line, "[%s] %3d%%  %.1f MB/s  %d/%d parts  %d retries  %s", bar.c_str(),
                  static_cast<int>(share * 100), speed / 1e6, static_cast<int>(progress.parts_done),
                  static_cast<int>(progress.parts_total), static_cast<int>(progress.retries),
                  state(progress, speed).c_str());
    // A line that wraps could not be overwritten.
    std::fprintf(stderr, terminal_ ? "\r\033[K%.79s" : "oss-upload: %s\n", line);
    std::fflush(stderr);
    shown_ = true;
  }

  const bool terminal_ = is_terminal();
  bool shown_ = false;
  const clock::time_point started_ = clock::now();
  clock::time_point last_line_;
  std::deque<std::pair<clock::time_point, std::int64_t>> looks_;
};

#endif
