// The header made for the next minor version, and the library of this one.
#include <cstdio>
#include <string>

#include "oss_resumable.h"

constexpr int this_version = OSS_RESUMABLE_VERSION_NUMBER;
static int made_for = this_version;
#undef OSS_RESUMABLE_VERSION_NUMBER
#define OSS_RESUMABLE_VERSION_NUMBER made_for

#include <oss_resumable.hpp>

static oss_resumable::result of_version(int number) {
  made_for = number;
  oss_resumable::config config;
  config.region = "cn-hangzhou";
  config.access_key_id = config.access_key_secret = "test";
  oss_resumable::result failure;
  oss_resumable::client::try_new(config, failure);
  return failure;
}

int main() {
  const auto same = of_version(this_version), patch = of_version(this_version / 100 * 100 + 99);
  const auto minor = of_version(this_version + 100), major = of_version(this_version + 10000);
  bool thrown = false;
  try {
    oss_resumable::client refused{oss_resumable::config()};
  } catch (const oss_resumable::error &failure) {
    thrown = failure.code() == oss_resumable::code::state;
  }
  const bool fine = same && patch && thrown && minor.code() == oss_resumable::code::state &&
                    major.code() == oss_resumable::code::state &&
                    minor.message().find(oss_resumable_version()) != std::string::npos;
  std::puts(fine ? "a_library_of_another_version_is_refused ... ok" : minor.message().c_str());
  return fine ? 0 : 1;
}
