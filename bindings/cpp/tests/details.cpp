// The README's second block, between the markers. usage: details ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <oss_resumable.hpp>

int main(int argc, char **argv) {
  if (argc != 7) {
    return 2;
  }
  const std::string bucket = argv[2], key = argv[3], file = argv[4], url = argv[5];
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[6]));
  oss_resumable::config config;
  config.endpoint = argv[1];
  config.region = "cn-hangzhou";
  config.access_key_id = oss_resumable::environment("OSS_ACCESS_KEY_ID");
  config.access_key_secret = oss_resumable::environment("OSS_ACCESS_KEY_SECRET");
  oss_resumable::client client(config);

  // snippet: begin
  oss_resumable::params params;
  params.enable_checkpoint = true;
  params.headers = {{"Content-Type", "video/mp4"}, {"x-oss-meta-owner", "me"}};
  params.callback = std::make_shared<oss_resumable::callback>();
  params.callback->url = url;  // OSS calls it when the object is stored
  params.callback->body = "key=${object}&size=${size}";
  params.progress = [deadline](std::int64_t consumed, std::int64_t total) {
    std::cout << consumed << " of " << total << " bytes\n";
    return std::chrono::steady_clock::now() < deadline;  // false cancels
  };
  try {
    auto result = client.upload_file(bucket, key, file, params);
    std::cout << "the receiver answered: " << result.body() << "\n";
  } catch (const oss_resumable::error &error) {
    if (error.code() != oss_resumable::code::canceled) {
      throw;
    }
    std::cout << "canceled: the same call goes on where this one stopped\n";
    return 1;
  }
  // snippet: end
}
