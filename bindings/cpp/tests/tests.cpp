// usage: tests URL SNAPSHOT DIRECTORY. A test is a function whose name says what holds.

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <thread>
#include <type_traits>

#include "abi.h"
#include "server.hpp"

std::string server_url, directory;

std::int64_t another_files_choice();  // include_twice.cpp

using oss_resumable::code;

namespace {

std::string snapshot;

oss_resumable::client new_client() { return oss_resumable::client(server_config()); }

template <class Call>
oss_resumable::error thrown_by(Call &&call) {
  try {
    call();
  } catch (const oss_resumable::error &error) {
    return error;
  }
  CHECK(!"nothing was thrown");
  std::abort();
}

void sizes_offsets_codes_and_constants_are_those_of_the_abi() {
  CHECK(abi_holds(snapshot.c_str()));
  CHECK(another_files_choice() == OSS_RESUMABLE_AUTO);
}

void what_owns_something_can_be_moved_and_not_copied() {
  static_assert(!std::is_copy_constructible<oss_resumable::client>::value, "client");
  static_assert(!std::is_copy_constructible<oss_resumable::upload>::value, "upload");
  static_assert(!std::is_copy_constructible<oss_resumable::result>::value, "result");
  static_assert(std::is_nothrow_move_constructible<oss_resumable::upload>::value, "upload");
  static_assert(std::is_nothrow_move_constructible<oss_resumable::client>::value, "client");
  static_assert(std::is_nothrow_copy_constructible<oss_resumable::error>::value, "error");
  const std::string file = make_file("moved", random_bytes(5 * part));
  oss_resumable::client first = new_client(), second;
  second = std::move(first);
  int calls = 0;
  oss_resumable::params params;
  params.progress = [&](std::int64_t, std::int64_t) { return ++calls > 0; };
  oss_resumable::upload started = second.start(bucket, "moved", file, params), running;
  running = std::move(started);
  CHECK(running.wait().ok() && calls > 0);
  CHECK(started.try_wait().code() == code::state);
  CHECK(first.try_upload_file(bucket, "moved", file).code() == code::state);
}

void an_uploaded_object_equals_its_file() {
  const std::string bytes = random_bytes(10 * part + 7);
  const auto result = new_client().upload_file(bucket, "equal", make_file("equal", bytes));
  CHECK(object("equal") == bytes);
  CHECK(requests("equal", "UploadPart") == 11);
  CHECK(result && result.parts() == 11 && result.part_size() == part && result.http_status() == 200);
  CHECK(!result.etag().empty() && !result.upload_id().empty() && !result.request_id().empty());
  CHECK(result.header("X-OSS-Hash-CRC64ECMA") == std::to_string(result.crc64()));
  CHECK(result.headers().size() > 3 && !result.body().empty());
}

void empty_files_memory_and_descriptors_can_be_uploaded() {
  auto client = new_client();
  CHECK(client.upload_file(bucket, "empty", make_file("empty", "")).parts() == 1);
  CHECK(object("empty").empty() && requests("empty", "PutObject") == 1);
  const std::string bytes = random_bytes(3 * part + 1);
  client.upload_file(bucket, "memory", oss_resumable::source::memory(bytes.data(), bytes.size()));
  CHECK(object("memory") == bytes);
  client.upload_file(bucket, "nothing", oss_resumable::source::memory(nullptr, 0));
  CHECK(object("nothing").empty());
  const int descriptor = open(make_file("open", bytes).c_str(), O_RDONLY);
  client.upload_file(bucket, "open", oss_resumable::source::file(descriptor));
  close(descriptor);
  CHECK(object("open") == bytes);
}

void keys_and_paths_may_hold_odd_characters() {
  auto client = new_client();
  for (const std::string name : {"a b+c%25", "\u6587\u4ef6 \"\u00e9\"", "line\nbreak", "\xf0\x9f\x98\x80"}) {
    const std::string bytes = random_bytes(part + 1);
    client.upload_file(bucket, name, make_file(name, bytes));
    CHECK(object(name) == bytes);
  }
  client.upload_file(bucket, "not-utf8", make_file("\xff\xfe", "bytes"));
  CHECK(object("not-utf8") == "bytes");
}

void progress_never_goes_back_and_ends_at_the_total() {
  auto config = server_config();
  config.bandwidth_limit = 4 << 20;
  oss_resumable::client client(config);
  std::int64_t calls = 0, last = 0;
  const auto caller = std::this_thread::get_id();
  oss_resumable::params params;
  params.progress = [&](std::int64_t consumed, std::int64_t total) {
    CHECK(consumed >= last && consumed <= total && total == 20 * part && std::this_thread::get_id() == caller);
    calls++;
    last = consumed;
    return true;
  };
  client.upload_file(bucket, "progress", make_file("progress", random_bytes(20 * part)), params);
  CHECK(calls > 1 && last == 20 * part);
}

void a_canceled_upload_is_resumed() {
  const std::string bytes = random_bytes(30 * part), file = make_file("resumed", bytes);
  auto client = new_client();
  client.set_bandwidth_limit(2 << 20);
  oss_resumable::params params;
  params.enable_checkpoint = true;
  params.progress = [](std::int64_t consumed, std::int64_t total) { return consumed < total / 3; };
  const auto error = thrown_by([&] { client.upload_file(bucket, "resumed", file, params); });
  CHECK(error.code() == code::canceled && object("resumed") == "(404)" && exists(file + ".ucp"));
  const std::size_t before = requests("resumed", "UploadPart");
  client.set_bandwidth_limit(0);
  params.progress = nullptr;
  const auto result = client.upload_file(bucket, "resumed", file, params);
  CHECK(object("resumed") == bytes && !exists(file + ".ucp"));
  CHECK(result.resumed_bytes() >= 5 * part);
  CHECK(requests("resumed", "UploadPart") - before == static_cast<std::size_t>(30 - result.resumed_bytes() / part));
}

void an_exception_of_the_progress_function_cancels_and_comes_out_as_itself() {
  struct own {
    int number;
  };
  auto client = new_client();
  client.set_bandwidth_limit(1 << 20);
  oss_resumable::params params;
  int calls = 0;
  params.progress = [&](std::int64_t, std::int64_t) -> bool {
    calls++;
    throw own{42};
  };
  const std::string file = make_file("throws", random_bytes(20 * part));
  try {
    client.upload_file(bucket, "throws", file, params);
    CHECK(!"nothing was thrown");
  } catch (const own &thrown) {
    CHECK(thrown.number == 42);
  }
  CHECK(calls == 1 && object("throws") == "(404)" && no_uploads_of("throws"));
  // Without throwing, it is in the result.
  const auto result = client.try_upload_file(bucket, "throws", file, params);
  CHECK(result.code() == code::canceled && result.thrown());
}

void an_upload_can_be_watched_and_canceled_by_another_thread() {
  auto client = new_client();
  client.set_bandwidth_limit(400000);
  auto running = client.start(bucket, "watched", make_file("watched", random_bytes(50 * part)));
  CHECK(running.wait_for(std::chrono::milliseconds(0)) == code::pending);
  while (running.progress().parts_done == 0) {
    running.wait_for(std::chrono::milliseconds(10));
  }
  const auto look = running.progress();
  CHECK(look.stage == oss_resumable::stage::upload && look.total_bytes == 50 * part && look.parts_total == 50);
  CHECK(look.consumed_bytes >= part);
  std::thread other([&] {
    running.cancel();
    running.cancel();
  });
  CHECK(running.try_wait().code() == code::canceled);
  other.join();
  CHECK(running.try_wait().code() == code::canceled);
  CHECK(object("watched") == "(404)" && no_uploads_of("watched"));
}

void a_second_thread_that_waits_is_refused() {
  auto client = new_client();
  client.set_bandwidth_limit(400000);
  std::promise<void> inside;
  bool told = false;
  oss_resumable::params params;
  params.progress = [&](std::int64_t, std::int64_t) {
    if (!told) {
      told = true;
      inside.set_value();
    }
    return true;
  };
  auto running = client.start(bucket, "two", make_file("two", random_bytes(50 * part)), params);
  auto first = std::async(std::launch::async, [&] { return running.try_wait().code(); });
  inside.get_future().wait();
  CHECK(running.try_wait().code() == code::state);
  running.cancel();
  CHECK(first.get() == code::canceled);
}

void what_oss_refuses_is_in_the_error() {
  rule refuses(R"({"op":"UploadPart","key":"refused","part":2,"action":{"status":{"code":403,"oss_code":"AccessDenied"}}})");
  auto client = new_client();
  const std::string file = make_file("refused", random_bytes(4 * part));
  const auto error = thrown_by([&] { client.upload_file(bucket, "refused", file); });
  const oss_resumable::error copy(error);
  CHECK(copy.code() == code::service && copy.http_status() == 403 && copy.error_code() == "AccessDenied");
  CHECK(copy.part_number() == 2 && copy.offset() == part && copy.stage() == "upload" && copy.attempts() == 1);
  CHECK(!copy.retryable() && !copy.request_id().empty() && copy.what() == copy.message());
  CHECK(no_uploads_of("refused") && object("refused") == "(404)");
}

void failures_of_the_network_and_the_file_have_reasons() {
  auto config = server_config();
  config.endpoint = "http://127.0.0.1:1";
  config.max_retries = -1;
  const auto network = oss_resumable::client(config).try_upload_file(bucket, "k", make_file("reason", "x"));
  CHECK(network.code() == code::network && network.reason() == "connection_refused" && network.retryable());
  CHECK(network.os_errno() == ECONNREFUSED);
  const auto file = new_client().try_upload_file(bucket, "k", directory + "/none");
  CHECK(file.code() == code::file && file.os_errno() == ENOENT);
}

void bad_arguments_are_named() {
  auto client = new_client();
  const std::string file = make_file("bad", "x");
  oss_resumable::params tiny, many;
  tiny.part_size = 1;
  many.thread_num = 5000;
  const std::string nul("a\0b", 3);
  const struct {
    std::string field;
    oss_resumable::result result;
  } cases[] = {
      {"bucket", client.try_upload_file("", "k", file)},
      {"object", client.try_upload_file(bucket, "", file)},
      {"object", client.try_upload_file(bucket, nul, file)},
      {"object", client.try_upload_file(bucket, "\xff", file)},
      {"filepath", client.try_upload_file(bucket, "k", "")},
      {"filepath", client.try_upload_file(bucket, "k", nul)},
      {"part_size", client.try_upload_file(bucket, "k", file, tiny)},
      {"thread_num", client.try_upload_file(bucket, "k", file, many)},
      {"access_key_id", client.try_set_credentials("", "")},
      {"bandwidth_limit", client.try_set_bandwidth_limit(1)},
  };
  for (const auto &one : cases) {
    CHECK(one.result.code() == code::invalid_argument && one.result.message().compare(0, one.field.size(), one.field) == 0);
  }
  auto config = server_config();
  config.connect_timeout = std::chrono::hours(100000);
  CHECK(thrown_by([&] { oss_resumable::client refused(config); }).message().find("connect_timeout_ms") == 0);
  CHECK(requests("k", "PutObject") == 0);
}

void what_is_closed_says_so_and_closing_twice_is_harmless() {
  auto client = new_client();
  auto running = client.start(bucket, "closed", make_file("closed", random_bytes(5 * part)));
  client.close();
  client.close();
  CHECK(running.wait().ok());  // uploads outlive their client
  running.close();
  running.close();
  running.cancel();
  CHECK(running.try_wait().code() == code::state && running.progress().total_bytes == 0);
  CHECK(thrown_by([&] { client.list_uploads(bucket); }).code() == code::state);
  CHECK(thrown_by([&] { client.set_credentials("a", "b"); }).message() == "the client is closed");
  oss_resumable::client empty;
  CHECK(empty.try_discard(bucket, "k", "f").code() == code::state);
}

void a_running_upload_that_is_destroyed_is_canceled() {
  auto client = new_client();
  client.set_bandwidth_limit(400000);
  {
    auto running = client.start(bucket, "destroyed", make_file("destroyed", random_bytes(50 * part)));
    while (running.progress().parts_done == 0) {
      running.wait_for(std::chrono::milliseconds(10));
    }
  }
  for (int tries = 0; tries < 100 && !no_uploads_of("destroyed"); tries++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  CHECK(no_uploads_of("destroyed") && object("destroyed") == "(404)");
}

void a_provider_is_asked_for_credentials() {
  auto config = server_config();
  config.access_key_id = config.access_key_secret = "";
  int asked = 0;
  config.credentials_provider = [&] {
    asked++;
    oss_resumable::credentials got;
    got.access_key_id = "test-sts-access-key-id";
    got.access_key_secret = "test-sts-access-key-secret";
    got.sts_token = "test-sts-token";
    got.expires = std::chrono::system_clock::now() + std::chrono::hours(1);
    return got;
  };
  oss_resumable::client(config).upload_file(bucket, "provider", make_file("provider", random_bytes(3 * part)));
  CHECK(asked == 1 && object("provider") == random_bytes(3 * part));

  config.credentials_provider = []() -> oss_resumable::credentials { throw 17; };
  const auto began = std::chrono::steady_clock::now();
  try {
    oss_resumable::client(config).upload_file(bucket, "provider", make_file("provider", "x"));
    CHECK(!"nothing was thrown");
  } catch (int thrown) {
    CHECK(thrown == 17 && std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  }
}

void the_log_is_told_without_secrets() {
  std::string all;
  auto config = server_config();
  config.log_level = oss_resumable::log_level::trace;
  config.log = [&](oss_resumable::log_level level, const std::string &line) {
    CHECK(level >= oss_resumable::log_level::error && level <= oss_resumable::log_level::trace);
    all += line + "\n";
  };
  oss_resumable::client(config).upload_file(bucket, "log", make_file("log", random_bytes(2 * part)));
  CHECK(count(all, "\n") > 3 && all.find("test-access-key-secret") == std::string::npos);
}

void headers_and_callbacks_reach_the_server() {
  auto client = new_client();
  oss_resumable::params params;
  params.headers = {{"Content-Type", "text/x-cpp"}, {"x-oss-meta-author", "me"}};
  params.callback = std::make_shared<oss_resumable::callback>();
  params.callback->url = "http://127.0.0.1:1/";
  params.callback->body = "key=${object}&who=${x:who}";
  params.callback->variables = {{"x:who", "me"}};
  const auto result = client.upload_file(bucket, "headers", make_file("headers", "bytes"), params);
  CHECK((result.warnings() & oss_resumable::callback_failed) != 0 && !result.callback_error().empty());
  const std::string objects = control("GET", std::string("objects?bucket=") + bucket + "&key=headers");
  CHECK(objects.find("text/x-cpp") != std::string::npos && objects.find("x-oss-meta-author") != std::string::npos);
}

void unfinished_uploads_are_listed_aborted_and_discarded() {
  rule refuses(R"({"op":"UploadPart","action":{"status":{"code":403,"oss_code":"AccessDenied"}}})");
  auto client = new_client();
  oss_resumable::params params;
  params.enable_checkpoint = true;
  for (const std::string name : {"left1", "left2", "left3", "left4"}) {
    client.try_upload_file(bucket, name, make_file(name, random_bytes(2 * part)), params);
  }
  const auto list = client.list_uploads(bucket, "left");
  CHECK(list.size() == 4 && list[0].object == "left1" && !list[0].upload_id.empty());
  CHECK(std::chrono::system_clock::now() - list[0].initiated < std::chrono::minutes(1));
  CHECK(client.list_uploads(bucket, "left", std::chrono::hours(1)).empty());
  client.abort_upload(bucket, list[0].object, list[0].upload_id);
  CHECK(no_uploads_of("left1"));
  client.discard(bucket, "left2", directory + "/left2");
  CHECK(no_uploads_of("left2") && !exists(directory + "/left2.ucp"));
  CHECK(client.abort_uploads(bucket, "left") == 2 && no_uploads_of("left4"));
}

void many_uploads_of_one_client_run_at_once() {
  auto client = new_client();
  std::vector<std::future<std::uint64_t>> running;
  for (int i = 0; i < 20; i++) {
    const std::string name = "many" + std::to_string(i), file = make_file(name, random_bytes((i + 1) * 50000));
    running.push_back(std::async(std::launch::async,
                                 [&client, name, file] { return client.upload_file(bucket, name, file).crc64(); }));
  }
  for (int i = 0; i < 20; i++) {
    CHECK(running[static_cast<std::size_t>(i)].get() != 0);
    CHECK(object("many" + std::to_string(i)) == random_bytes((i + 1) * 50000));
  }
}

#ifdef OSS_RESUMABLE_STOP_TOKEN
void a_stop_token_cancels() {
  auto client = new_client();
  client.set_bandwidth_limit(400000);
  const std::string file = make_file("stopped", random_bytes(50 * part));
  std::stop_source stop;
  oss_resumable::params params;
  params.progress = [&](std::int64_t consumed, std::int64_t) {
    if (consumed > 0) {
      stop.request_stop();
    }
    return true;
  };
  const auto error = thrown_by([&] { client.upload_file(bucket, "stopped", file, params, stop.get_token()); });
  CHECK(error.code() == code::canceled && object("stopped") == "(404)");
  // A stop from before counts as well.
  CHECK(client.try_upload_file(bucket, "stopped", file, params, stop.get_token()).code() == code::canceled);
}
#endif

void run(const char *name, void (*test)()) {
  std::printf("%s ... ", name);
  std::fflush(stdout);
  test();
  std::puts("ok");
}

}  // namespace

#define RUN(test) run(#test, test)

int main(int argc, char **argv) {
  if (argc != 4) {
    return 2;
  }
  server_url = argv[1];
  snapshot = argv[2];
  directory = argv[3];
  // The server may have served an earlier run.
  control("DELETE", "log");
  for (const std::string key : {"resumed", "throws", "watched", "refused", "destroyed", "stopped"}) {
    control("DELETE", std::string("object?bucket=") + bucket + "&key=" + key);
  }
  RUN(sizes_offsets_codes_and_constants_are_those_of_the_abi);
  RUN(what_owns_something_can_be_moved_and_not_copied);
  RUN(an_uploaded_object_equals_its_file);
  RUN(empty_files_memory_and_descriptors_can_be_uploaded);
  RUN(keys_and_paths_may_hold_odd_characters);
  RUN(progress_never_goes_back_and_ends_at_the_total);
  RUN(a_canceled_upload_is_resumed);
  RUN(an_exception_of_the_progress_function_cancels_and_comes_out_as_itself);
  RUN(an_upload_can_be_watched_and_canceled_by_another_thread);
  RUN(a_second_thread_that_waits_is_refused);
  RUN(what_oss_refuses_is_in_the_error);
  RUN(failures_of_the_network_and_the_file_have_reasons);
  RUN(bad_arguments_are_named);
  RUN(what_is_closed_says_so_and_closing_twice_is_harmless);
  RUN(a_running_upload_that_is_destroyed_is_canceled);
  RUN(a_provider_is_asked_for_credentials);
  RUN(the_log_is_told_without_secrets);
  RUN(headers_and_callbacks_reach_the_server);
  RUN(unfinished_uploads_are_listed_aborted_and_discarded);
  RUN(many_uploads_of_one_client_run_at_once);
#ifdef OSS_RESUMABLE_STOP_TOKEN
  RUN(a_stop_token_cancels);
#endif
}
