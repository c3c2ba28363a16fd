// Makes the uploads that a request file describes, and prints what became of them.

#include <iostream>
#include <thread>

#include "request.hpp"

namespace {

// What action.throw_at throws; no error of the library can be mistaken for it.
struct own_error : std::runtime_error {
  own_error() : std::runtime_error("CONFORMANCE") {}
};

// One upload and its output.
class run {
 public:
  run(std::string prefix, const request &wanted, std::string bucket, std::string object, std::string file)
      : prefix_(std::move(prefix)), wanted_(wanted), bucket_(std::move(bucket)), object_(std::move(object)),
        file_(std::move(file)) {}

  void operator()(oss_resumable::client &client) {
    try {
      if (wanted_.discard) {
        client.discard(bucket_, object_, file_, wanted_.params.checkpoint_path);
        print("outcome", "ok");
        return;
      }
      oss_resumable::upload running;
      oss_resumable::params params = wanted_.params;
      params.progress = [&](std::int64_t consumed, std::int64_t total) {
        note(consumed, total);
        act(client, running, consumed);
        return true;
      };
      running = client.start(bucket_, object_, file_, params);
      succeed(running.wait());
    } catch (const oss_resumable::error &error) {
      fail(error);
      if (wanted_.discard) {
        return;
      }
    } catch (const own_error &error) {
      print("outcome", "thrown");
      print("thrown", error.what());
    }
    print_progress();
  }

  void fail(const oss_resumable::error &error) {
    print("outcome", "error");
    print("code", std::to_string(static_cast<std::int32_t>(error.code())));
    print_some("message", error.message());
    print_some("stage", error.stage());
    print_some("part_number", error.part_number());
    if (error.offset() >= 0) {
      print("offset", std::to_string(error.offset()));
    }
    print_some("http_status", error.http_status());
    print_some("error_code", error.error_code());
    print_some("request_id", error.request_id());
    print_some("host_id", error.host_id());
    print_some("ec", error.ec());
    print_some("os_errno", error.os_errno());
    print_some("reason", error.reason());
    print_some("attempts", error.attempts());
    print("retryable", error.retryable() ? "1" : "0");
  }

  void print_progress() {
    print("progress.calls", std::to_string(calls_));
    print("progress.last", std::to_string(last_));
    print("progress.total", std::to_string(total_));
    print("progress.monotonic", monotonic_ ? "1" : "0");
  }

  const std::string &output() const { return output_; }

 private:
  void note(std::int64_t consumed, std::int64_t total) {
    monotonic_ = monotonic_ && consumed >= last_ && consumed <= total;
    calls_++;
    last_ = consumed;
    total_ = total;
  }

  void act(oss_resumable::client &client, oss_resumable::upload &running, std::int64_t consumed) {
    if (consumed >= wanted_.credentials_at) {
      wanted_.credentials_at = INT64_MAX;
      client.set_credentials(wanted_.new_id, wanted_.new_secret, wanted_.new_token);
    }
    if (consumed >= wanted_.cancel_at) {
      running.cancel();
    }
    if (consumed >= wanted_.throw_at) {
      throw own_error();
    }
  }

  void succeed(const oss_resumable::result &result) {
    print("outcome", "ok");
    print_some("etag", result.etag());
    print_some("version_id", result.version_id());
    print_some("upload_id", result.upload_id());
    print("crc64", std::to_string(result.crc64()));
    print("resumed_bytes", std::to_string(result.resumed_bytes()));
    print("part_size", std::to_string(result.part_size()));
    print("parts", std::to_string(result.parts()));
    print("retries", std::to_string(result.retries()));
    print("warnings", std::to_string(result.warnings()));
    print_some("callback_error", result.callback_error());
    print_some("body", result.body());
    for (const auto &header : result.headers()) {
      print("header." + header.first, header.second);
    }
  }

  void print(const std::string &name, const std::string &value) {
    output_ += prefix_ + name + "=";
    for (char byte : value) {
      output_ += byte == '%' ? "%25" : byte == '\n' ? "%0A" : byte == '\r' ? "%0D" : std::string(1, byte);
    }
    output_ += "\n";
  }

  void print_some(const std::string &name, const std::string &value) {
    if (!value.empty()) {
      print(name, value);
    }
  }

  void print_some(const std::string &name, std::int32_t number) {
    if (number != 0) {
      print(name, std::to_string(number));
    }
  }

  std::string prefix_;
  request wanted_;
  std::string bucket_, object_, file_;
  std::int64_t calls_ = 0, last_ = 0, total_ = 0;
  bool monotonic_ = true;
  std::string output_;
};

std::vector<run> runs_of(const request &wanted) {
  std::vector<run> runs;
  runs.emplace_back("", wanted, wanted.bucket, wanted.object, wanted.file);
  if (!wanted.second_bucket.empty() || !wanted.second_object.empty() || !wanted.second_file.empty()) {
    // The actions are those of the first upload.
    request second = wanted;
    second.cancel_at = second.throw_at = second.credentials_at = INT64_MAX;
    runs.emplace_back("second.", second, wanted.second_bucket, wanted.second_object, wanted.second_file);
  }
  return runs;
}

void make(const request &wanted, std::vector<run> &runs) {
  try {
    oss_resumable::client client(wanted.config);
    std::vector<std::thread> threads;
    for (run &one : runs) {
      threads.emplace_back([&] { one(client); });
    }
    for (std::thread &thread : threads) {
      thread.join();
    }
  } catch (const oss_resumable::error &error) {
    for (run &one : runs) {
      one.fail(error);
      one.print_progress();
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  try {
    if (argc != 2) {
      throw std::runtime_error("usage: conformance REQUEST");
    }
    const request wanted(argv[1]);
    std::vector<run> runs = runs_of(wanted);
    make(wanted, runs);
    for (const run &one : runs) {
      std::cout << one.output();
    }
    return 0;
  } catch (const std::exception &error) {
    std::cerr << "conformance: " << error.what() << "\n";
    return 2;
  }
}
