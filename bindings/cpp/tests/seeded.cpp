// Does one thing wrong on purpose, as tests/c/seeded.c does: seeded [leak|use-after-free]

#include <cstdio>
#include <cstring>

#include <oss_resumable.hpp>

int main(int argc, char **argv) {
  const char *bug = argc > 1 ? argv[1] : "";
  oss_resumable::config config;
  config.endpoint = "http://127.0.0.1:1";
  config.region = "cn-hangzhou";
  config.access_key_id = "id";
  config.access_key_secret = "secret";
  // Never closed, or used when it is gone.
  oss_resumable::client *client = new oss_resumable::client(config);
  oss_resumable::client *gone = client;
  if (std::strcmp(bug, "leak") != 0) {
    delete client;
  }
  client = nullptr;
  if (std::strcmp(bug, "use-after-free") == 0) {
    gone->set_bandwidth_limit(0);
  }
  gone = nullptr;
  std::puts("done");
  return 0;
}
