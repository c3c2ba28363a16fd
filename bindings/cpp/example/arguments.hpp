// The arguments of oss-upload.
#ifndef ARGUMENTS_HPP
#define ARGUMENTS_HPP

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <oss_resumable.hpp>

static const char usage[] = "usage: oss-upload FILE oss://BUCKET/KEY --region REGION [option]...\n";

static const char help[] = R"(
Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or
a crash, and only what is missing is sent.

  --region REGION          such as cn-hangzhou (default: what the endpoint tells)
  --endpoint URL           [http://|https://]host[:port] (default: the region's public one)
  --part-size BYTES|auto   102400 to 5368709120 (default: auto)
  --threads N|auto         parts in flight, 1 to 1024 (default: auto)
  --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)
  --no-checkpoint          do not resume, and leave nothing to resume from
  --sign v1|v4             the signature version (default: v4)
  --header 'Name: value'   a header of the object; may be repeated
  --help                   show this and exit
  --                       what follows is not an option

Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,
OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba Cloud
CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.

Output: progress, warnings and errors on stderr. After a success the last line of
stdout is: etag=... crc64=... request_id=... resumed_bytes=...

Ctrl-C (or SIGTERM) stops the upload and keeps the checkpoint; a second one ends the
program at once.

Exit codes:
  0    uploaded
  1    failed, and trying again would not help
  2    wrong usage, or an argument out of range
  3    the network or OSS (HTTP 429, 5xx) failed: try again later
  4    FILE cannot be read, or changed during the upload
  5    the checkpoint is in use by another process, or unusable
  6    it is not known whether the object was stored; trying again settles it
  130  canceled
)";

struct arguments {
  std::string file, bucket, key;
  oss_resumable::config config;
  oss_resumable::params params;
};

inline bool wants_help(const std::vector<std::string> &given) {
  for (const std::string &argument : given) {
    if (argument == "--" || argument == "--help") {
      return argument == "--help";
    }
  }
  return false;
}

// A positive number or "auto"; what is wrong with it, or nothing. Digits only: strtoll alone would also take blanks
// and signs.
inline std::string parse_count(const std::string &option, const std::string &text, std::int64_t most,
                               std::int64_t &number) {
  number = oss_resumable::choose;
  if (text == "auto") {
    return "";
  }
  const bool digits = !text.empty() && text.size() <= 19 && text.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long long value = digits ? std::strtoull(text.c_str(), nullptr, 10) : 0;
  if (value < 1 || value > static_cast<unsigned long long>(most)) {
    return option + ": '" + text + "' is neither a number from 1 to " + std::to_string(most) + " nor 'auto'";
  }
  number = static_cast<std::int64_t>(value);
  return "";
}

inline std::string parse_header(const std::string &text, oss_resumable::headers &headers) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) {
    // The text is not repeated: the value of a header may be a secret.
    return "--header: expected 'Name: value'";
  }
  const std::size_t value = text.find_first_not_of(" \t", colon + 1);
  headers.emplace_back(text.substr(0, colon), value == std::string::npos ? "" : text.substr(value));
  return "";
}

inline std::string parse_option(const std::string &name, const std::string &value, arguments &wanted) {
  std::int64_t number = 0;
  if (name == "--endpoint") {
    wanted.config.endpoint = value;
  } else if (name == "--region") {
    wanted.config.region = value;
  } else if (name == "--checkpoint") {
    wanted.params.checkpoint_path = value;
  } else if (name == "--header") {
    return parse_header(value, wanted.params.headers);
  } else if (name == "--part-size") {
    const std::string wrong = parse_count(name, value, INT64_MAX, number);
    wanted.params.part_size = number;
    return wrong;
  } else if (name == "--threads") {
    const std::string wrong = parse_count(name, value, INT32_MAX, number);
    wanted.params.thread_num = static_cast<std::int32_t>(number);
    return wrong;
  } else if (name == "--sign") {
    if (value != "v1" && value != "v4") {
      return "--sign: '" + value + "' is neither v1 nor v4";
    }
    wanted.config.signature_version = value[1] - '0';
  } else {
    return "unknown option '" + name + "'";
  }
  return "";
}

inline std::string parse_positional(const std::string &text, arguments &wanted) {
  if (wanted.file.empty()) {
    wanted.file = text;
    return "";
  }
  if (!wanted.bucket.empty()) {
    return "one argument too many: '" + text + "'";
  }
  if (text.compare(0, 6, "oss://") != 0) {
    return "'" + text + "' does not begin with oss://";
  }
  const std::size_t slash = text.find('/', 6);
  if (slash == std::string::npos || slash == 6 || slash + 1 == text.size()) {
    return "'" + text + "' is not of the form oss://BUCKET/KEY";
  }
  wanted.bucket = text.substr(6, slash - 6);
  wanted.key = text.substr(slash + 1);
  return "";
}

// What is wrong with the arguments, or nothing.
inline std::string parse(const std::vector<std::string> &given, arguments &wanted) {
  wanted.config.source = std::make_shared<oss_resumable::credentials_source>();
  wanted.config.proxy_from_environment = true;
  wanted.params.part_size = oss_resumable::choose;
  wanted.params.thread_num = oss_resumable::choose;
  wanted.params.enable_checkpoint = true;
  bool only_positional = false;
  for (std::size_t at = 0; at < given.size(); at++) {
    const std::string &argument = given[at];
    std::string wrong;
    const std::size_t equals = argument.find('=');
    if (only_positional || argument.empty() || argument[0] != '-') {
      wrong = parse_positional(argument, wanted);
    } else if (argument == "--") {
      only_positional = true;
    } else if (argument == "--no-checkpoint") {
      wanted.params.enable_checkpoint = false;
    } else if (equals != std::string::npos) {
      wrong = parse_option(argument.substr(0, equals), argument.substr(equals + 1), wanted);
    } else if (at + 1 == given.size()) {
      wrong = "'" + argument + "' is no option, or needs a value";
    } else {
      wrong = parse_option(argument, given[++at], wanted);
    }
    if (!wrong.empty()) {
      return wrong;
    }
  }
  if (wanted.file.empty() || wanted.bucket.empty()) {
    return "FILE and oss://BUCKET/KEY are required";
  }
  if (wanted.config.endpoint.empty() && wanted.config.region.empty()) {
    return "--endpoint or --region is required";
  }
  if (!wanted.params.enable_checkpoint && !wanted.params.checkpoint_path.empty()) {
    return "--checkpoint and --no-checkpoint exclude each other";
  }
  return "";
}

#endif
