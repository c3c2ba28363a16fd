// The test server's controls over the plainest HTTP there is, and what the tests share.
#ifndef SERVER_HPP
#define SERVER_HPP

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include <oss_resumable.hpp>

extern std::string server_url;  // http://127.0.0.1:PORT
extern std::string directory;   // for files

static const char bucket[] = "cpp-tests";
static const std::int64_t part = 102400;

#define CHECK(condition)                                                                      \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      std::fprintf(stderr, "\n%s:%d: in %s: %s\n", __FILE__, __LINE__, __func__, #condition); \
      std::exit(1);                                                                           \
    }                                                                                         \
  } while (0)

inline std::string control(const std::string &method, const std::string &path, const std::string &body = "") {
  sockaddr_in address = sockaddr_in();
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server_url.substr(server_url.rfind(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(connection, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
  const std::string request = method + " /-/" + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
                              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  CHECK(write(connection, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  std::string reply;
  char buffer[65536];
  for (ssize_t count; (count = read(connection, buffer, sizeof buffer)) > 0;) {
    reply.append(buffer, static_cast<std::size_t>(count));
  }
  close(connection);
  const std::size_t content = reply.find("\r\n\r\n");
  CHECK(content != std::string::npos);
  return reply.compare(0, 12, "HTTP/1.1 200") == 0 ? reply.substr(content + 4) : "(" + reply.substr(9, 3) + ")";
}

// Makes the server fail for as long as this is there.
class rule {
 public:
  explicit rule(const std::string &rules) { control("POST", "rules", rules); }
  ~rule() { control("DELETE", "rules"); }
  rule(const rule &) = delete;
  rule &operator=(const rule &) = delete;
};

inline std::string escaped(const std::string &text) {
  std::string plain;
  char code[4];
  for (unsigned char byte : text) {
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(byte));
    plain += code;
  }
  return plain;
}

inline std::string object(const std::string &key) {
  return control("GET", std::string("object?bucket=") + bucket + "&key=" + escaped(key));
}

inline std::size_t count(const std::string &text, const std::string &word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    found++;
  }
  return found;
}

// How many requests of an operation the server has had for a key. The log has the fields in one order.
inline std::size_t requests(const std::string &key, const std::string &op) {
  const std::string log = control("GET", "log");
  std::size_t found = 0;
  const std::string wanted = "\"op\":\"" + op + "\"";
  for (std::size_t at = log.find(wanted); at != std::string::npos; at = log.find(wanted, at + 1)) {
    const std::size_t end = log.find("\"upload_id\"", at);
    found += log.substr(at, end - at).find("\"key\":\"" + key + "\"") != std::string::npos;
  }
  return found;
}

inline bool no_uploads_of(const std::string &key) {
  return control("GET", "uploads").find("\"key\":\"" + key + "\"") == std::string::npos;
}

inline std::string random_bytes(std::int64_t size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::uint64_t state = static_cast<std::uint64_t>(size) + 88172645463325252u;
  for (char &byte : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<char>(state);
  }
  return bytes;
}

// Makes a file in the tests' directory.
inline std::string make_file(const std::string &name, const std::string &bytes) {
  const std::string path = directory + "/" + name;
  std::ofstream(path.c_str(), std::ios::binary) << bytes;
  return path;
}

inline bool exists(const std::string &path) { return access(path.c_str(), F_OK) == 0; }

inline oss_resumable::config server_config() {
  oss_resumable::config config;
  config.endpoint = server_url;
  config.region = "cn-hangzhou";
  config.access_key_id = "test-access-key-id";
  config.access_key_secret = "test-access-key-secret";
  return config;
}

#endif
