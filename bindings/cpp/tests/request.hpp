// The request file of the conformance program: see "The conformance program" in the README of all bindings.
#ifndef REQUEST_HPP
#define REQUEST_HPP

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include <oss_resumable.hpp>

struct request {
  oss_resumable::config config;
  oss_resumable::params params;
  std::string bucket, object, file;
  std::string second_bucket, second_object, second_file;
  // At which byte of the first upload something happens.
  std::int64_t cancel_at = INT64_MAX, throw_at = INT64_MAX, credentials_at = INT64_MAX;
  std::string new_id, new_secret, new_token;
  bool discard = false;

  explicit request(const std::string &path) {
    std::ifstream file_of_lines(path.c_str(), std::ios::binary);
    if (!file_of_lines) {
      throw std::runtime_error("cannot read " + path);
    }
    for (std::string line; std::getline(file_of_lines, line);) {
      const std::size_t equals = line.find('=');
      if (equals != std::string::npos) {
        set(line.substr(0, equals), decoded(line.substr(equals + 1)));
      } else if (!line.empty()) {
        throw std::runtime_error("no name=value: " + line);
      }
    }
  }

 private:
  static std::string decoded(const std::string &text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); at++) {
      const std::string code = text.substr(at, 3);
      if (code == "%25" || code == "%0A" || code == "%0D") {
        plain += code == "%25" ? '%' : code == "%0A" ? '\n' : '\r';
        at += 2;
      } else {
        plain += text[at];
      }
    }
    return plain;
  }

  static bool begins(const std::string &name, const std::string &with, std::string &rest) {
    if (name.compare(0, with.size(), with) != 0) {
      return false;
    }
    rest = name.substr(with.size());
    return true;
  }

  oss_resumable::callback &callback() {
    if (!params.callback) {
      params.callback = std::make_shared<oss_resumable::callback>();
    }
    return *params.callback;
  }

  oss_resumable::credentials_source &source() {
    if (!config.source) {
      config.source = std::make_shared<oss_resumable::credentials_source>();
    }
    return *config.source;
  }

  // The place for a text of this name, or NULL.
  std::string *text(const std::string &name) {
    std::map<std::string, std::string *> places;
    std::string field;
    if (begins(name, "credentials.", field)) {
      oss_resumable::credentials_source &from = source();
      places["provider"] = &from.provider;
      places["profile_file"] = &from.profile_file;
      places["profile_name"] = &from.profile_name;
      places["process"] = &from.process;
      places["role_name"] = &from.role_name;
      places["metadata_endpoint"] = &from.metadata_endpoint;
      places["role_arn"] = &from.role_arn;
      places["oidc_provider_arn"] = &from.oidc_provider_arn;
      places["oidc_token_file"] = &from.oidc_token_file;
      places["role_session_name"] = &from.role_session_name;
      places["sts_endpoint"] = &from.sts_endpoint;
    } else if (begins(name, "upload.callback.", field)) {
      oss_resumable::callback &to = callback();
      places["url"] = &to.url;
      places["host"] = &to.host;
      places["body"] = &to.body;
      places["body_type"] = &to.body_type;
    } else {
      field = name;
      places["config.endpoint"] = &config.endpoint;
      places["config.region"] = &config.region;
      places["config.access_key_id"] = &config.access_key_id;
      places["config.access_key_secret"] = &config.access_key_secret;
      places["config.sts_token"] = &config.sts_token;
      places["config.user_agent"] = &config.user_agent;
      places["upload.bucket"] = &bucket;
      places["upload.object"] = &object;
      places["upload.file"] = &file;
      places["upload.checkpoint_path"] = &params.checkpoint_path;
      places["second.bucket"] = &second_bucket;
      places["second.object"] = &second_object;
      places["second.file"] = &second_file;
      places["action.new_access_key_id"] = &new_id;
      places["action.new_access_key_secret"] = &new_secret;
      places["action.new_sts_token"] = &new_token;
    }
    const auto found = places.find(field);
    return found == places.end() ? nullptr : found->second;
  }

  void set(const std::string &name, const std::string &value) {
    std::string rest;
    if (std::string *place = text(name)) {
      *place = value;
    } else if (begins(name, "upload.header.", rest)) {
      params.headers.emplace_back(rest, value);
    } else if (begins(name, "upload.callback.var.", rest)) {
      callback().variables.emplace_back("x:" + rest, value);
    } else {
      set_number(name, value);
    }
  }

  void set_number(const std::string &name, const std::string &value) {
    const bool chosen = value == "auto" && (name == "upload.part_size" || name == "upload.thread_num");
    std::size_t used = 0;
    const long long number = chosen ? oss_resumable::choose : std::stoll(value, &used);
    if (!chosen && used != value.size()) {
      throw std::runtime_error("unknown name, or not a number: " + name);
    }
    if (name == "config.connect_timeout_ms") {
      config.connect_timeout = std::chrono::milliseconds(number);
    } else if (name == "config.stall_timeout_ms") {
      config.stall_timeout = std::chrono::milliseconds(number);
    } else if (name == "config.retry_timeout_ms") {
      config.retry_timeout = std::chrono::milliseconds(number);
    } else if (name == "config.max_retries") {
      config.max_retries = static_cast<std::int32_t>(number);
    } else if (name == "config.bandwidth_limit") {
      config.bandwidth_limit = number;
    } else if (name == "upload.part_size") {
      params.part_size = number;
    } else if (name == "upload.thread_num") {
      params.thread_num = static_cast<std::int32_t>(number);
    } else if (name == "upload.enable_checkpoint") {
      params.enable_checkpoint = number != 0;
    } else if (name == "upload.verify_on_resume") {
      params.verify_on_resume = static_cast<oss_resumable::verify>(number);
    } else if (name == "upload.resume_by_content") {
      params.resume_by_content = number != 0;
    } else if (name == "action.cancel_at") {
      cancel_at = number;
    } else if (name == "action.throw_at") {
      throw_at = number;
    } else if (name == "action.new_credentials_at") {
      credentials_at = number;
    } else if (name == "action.discard") {
      discard = number != 0;
    } else if (name != "action.gc") {  // there is no collector
      throw std::runtime_error("unknown name: " + name);
    }
  }
};

#endif
