// The real redis-server of this machine, and blocking connections to it and to Braid.
#ifndef BRAID_TESTS_PROTOCOL_REDIS_REAL_REDIS_H_
#define BRAID_TESTS_PROTOCOL_REDIS_REAL_REDIS_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/protocol/net/loopback.h"
#include "tests/protocol/redis/resp_value.h"

namespace braid::redis {

using Request = std::vector<std::string>;

inline constexpr const char* kRedisServer = "/usr/bin/redis-server";

// A blocking connection.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  ~Wire() { ::close(fd_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // The bytes of one reply.
  std::string Call(const Request& request) {
    const std::string bytes = EncodeRequest(request);
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return "send failed";
    while (true) {
      std::string_view rest = received_;
      if (TakeReply(rest)) {
        const std::string reply = received_.substr(0, received_.size() - rest.size());
        received_ = std::string(rest);
        return reply;
      }
      char block[65536];
      const ssize_t n = ::recv(fd_, block, sizeof block, 0);
      if (n <= 0) return "connection closed";
      received_.append(block, static_cast<size_t>(n));
    }
  }

 private:
  int fd_;
  std::string received_;
};

inline int ConnectUnix(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::snprintf(to.sun_path, sizeof to.sun_path, "%s", path.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return fd;
  ::close(fd);
  return -1;
}

inline int ConnectTcp(const std::string& address) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return fd;
}

// A redis-server of its own, on a Unix socket in a directory of its own.
class RealRedis {
 public:
  RealRedis() {
    char name[] = "/tmp/braid-redis-XXXXXX";
    directory_ = ::mkdtemp(name);
    socket_ = directory_ + "/s";
    pid_ = ::fork();
    if (pid_ == 0) {
      const int null = ::open("/dev/null", O_WRONLY);
      ::dup2(null, STDOUT_FILENO);
      ::execl(kRedisServer, kRedisServer, "--port", "0", "--unixsocket", socket_.c_str(), "--save",
              "", "--dir", directory_.c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~RealRedis() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

  // Waits until it accepts; -1 when it does not.
  int Connect() {
    const auto give_up = std::chrono::steady_clock::now() + net::kPatience;
    while (std::chrono::steady_clock::now() < give_up) {
      const int fd = ConnectUnix(socket_);
      if (fd >= 0) return fd;
      std::this_thread::yield();
    }
    return -1;
  }

 private:
  std::string directory_;
  std::string socket_;
  pid_t pid_ = -1;
};

}  // namespace braid::redis

#endif  // BRAID_TESTS_PROTOCOL_REDIS_REAL_REDIS_H_
