// With this library. usage: ours ENDPOINT BUCKET KEY FILE
#include <iostream>
#include <string>

#include <oss_resumable.hpp>

int main(int argc, char **argv) {
  if (argc != 5) {
    return 2;
  }
  const std::string bucket = argv[2], key = argv[3], file = argv[4];
  oss_resumable::config config;
  config.endpoint = argv[1];
  config.region = "cn-hangzhou";
  config.access_key_id = oss_resumable::environment("OSS_ACCESS_KEY_ID");
  config.access_key_secret = oss_resumable::environment("OSS_ACCESS_KEY_SECRET");
  oss_resumable::params params;
  params.part_size = 102400;
  params.thread_num = 3;
  params.enable_checkpoint = true;
  try {
    oss_resumable::client client(config);
    // migration: begin
    auto result = client.upload_file(bucket, key, file, params);
    // migration: end
    std::cout << result.etag() << "\n";
  } catch (const oss_resumable::error &error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
