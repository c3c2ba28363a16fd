// The README's first code block; as a program of its own, so that it can be run as it is printed.

// sample: begin
#include <iostream>
#include <oss_resumable.hpp>

int main() {
  oss_resumable::config config;
  config.endpoint = oss_resumable::environment("OSS_ENDPOINT");  // such as "oss-cn-hangzhou.aliyuncs.com"
  config.region = "cn-hangzhou";
  config.access_key_id = oss_resumable::environment("OSS_ACCESS_KEY_ID");
  config.access_key_secret = oss_resumable::environment("OSS_ACCESS_KEY_SECRET");

  oss_resumable::params params;
  params.part_size = oss_resumable::choose;
  params.thread_num = oss_resumable::choose;
  params.enable_checkpoint = true;
  try {
    oss_resumable::client client(config);
    auto result = client.upload_file("examplebucket", "dir/big.bin", "big.bin", params);
    std::cout << "stored, crc64 " << result.crc64() << "\n";
  } catch (const oss_resumable::error &error) {
    std::cerr << "upload failed: " << error.what() << "\n";
    return 1;
  }
}
// sample: end
