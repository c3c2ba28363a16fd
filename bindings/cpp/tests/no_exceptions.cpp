// usage: no_exceptions URL FILE. Compiled with -fno-exceptions: what there is then is enough for an upload.
#include <cstdio>

#include <oss_resumable.hpp>

int main(int argc, char **argv) {
  if (argc != 3) {
    return 2;
  }
  oss_resumable::config config;
  config.endpoint = argv[1];
  config.region = "cn-hangzhou";
  config.access_key_id = "test-access-key-id";
  config.access_key_secret = "test-access-key-secret";
  oss_resumable::result failure;
  oss_resumable::client client = oss_resumable::client::try_new(config, failure);
  std::int64_t last = 0;
  oss_resumable::params params;
  params.progress = [&](std::int64_t consumed, std::int64_t) {
    last = consumed;
    return true;
  };
  const auto stored = client.try_upload_file("cpp-tests", "no-exceptions", argv[2], params);
  const auto refused = client.try_upload_file("cpp-tests", "", argv[2]);
  const bool fine = failure && stored && last > 0 && refused.code() == oss_resumable::code::invalid_argument;
  std::puts(fine ? "an_upload_needs_no_exceptions ... ok" : stored.message().c_str());
  return fine ? 0 : 1;
}
