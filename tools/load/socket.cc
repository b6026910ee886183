#include "tools/load/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include "braid/error.h"
#include "tools/load/text.h"

namespace braid::load {
namespace {

constexpr int kReadSeconds = 30;
constexpr size_t kReadBytes = size_t{256} << 10;

absl::Status Failed(std::string_view what) {
  return MakeError(Errc::kIo, Text(what, ": ", strerror(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Socket>> Socket::Connect(std::string_view address) {
  const size_t colon = address.rfind(':');
  const std::optional<int64_t> port =
      colon == std::string_view::npos ? std::nullopt : ParseNumber(address.substr(colon + 1));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  if (!port.has_value() || *port < 1 || *port > 65535 ||
      inet_pton(AF_INET, std::string(address.substr(0, colon)).c_str(), &to.sin_addr) != 1) {
    return MakeError(Errc::kIo, Text("not an address: ", address));
  }
  to.sin_port = htons(static_cast<uint16_t>(*port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed("socket");
  std::unique_ptr<Socket> connection(new Socket(fd));
  const int on = 1;
  const timeval patience = {.tv_sec = kReadSeconds, .tv_usec = 0};
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    return Failed(Text("connecting to ", address));
  }
  return connection;
}

Socket::~Socket() {
  close(fd_);
}

absl::Status Socket::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("send");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status Socket::ReadMore() {
  if (consumed_ > 0) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  const size_t had = buffer_.size();
  buffer_.resize(had + kReadBytes);
  ssize_t n = 0;
  do {
    n = recv(fd_, buffer_.data() + had, kReadBytes, 0);
  } while (n < 0 && errno == EINTR);
  buffer_.resize(had + static_cast<size_t>(n > 0 ? n : 0));
  if (n < 0) return Failed("recv");
  if (n == 0) return MakeError(Errc::kIo, "the broker closed the connection");
  return absl::OkStatus();
}

absl::Status Socket::Need(size_t n) {
  while (unread().size() < n) {
    if (absl::Status s = ReadMore(); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string_view> Socket::Line() {
  size_t searched = 0;
  size_t end = std::string_view::npos;
  while ((end = unread().find("\r\n", searched)) == std::string_view::npos) {
    searched = unread().empty() ? 0 : unread().size() - 1;
    if (absl::Status s = ReadMore(); !s.ok()) return s;
  }
  const std::string_view line = unread().substr(0, end);
  Consume(end + 2);
  return line;
}

}  // namespace braid::load
