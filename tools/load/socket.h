// A blocking TCP connection with a read buffer: all that a small wire client needs.
#ifndef BRAID_TOOLS_LOAD_SOCKET_H_
#define BRAID_TOOLS_LOAD_SOCKET_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace braid::load {

// Owns its descriptor. One thread. Every error is kIo; after one the socket is of no more use.
class Socket {
 public:
  // `address` is "127.0.0.1:PORT". Small writes leave at once; a read gives up after 30 seconds.
  static absl::StatusOr<std::unique_ptr<Socket>> Connect(std::string_view address);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  absl::Status Send(std::string_view bytes);

  // What has arrived and was not consumed. Views into it die with the next ReadMore().
  std::string_view unread() const { return std::string_view(buffer_).substr(consumed_); }
  void Consume(size_t n) { consumed_ += n; }
  // Waits for more bytes than unread() has.
  absl::Status ReadMore();
  // Waits until unread() has `n` bytes.
  absl::Status Need(size_t n);
  // The next line, consumed, without its CRLF; valid until the next ReadMore().
  absl::StatusOr<std::string_view> Line();

 private:
  explicit Socket(int fd) : fd_(fd) {}

  int fd_;
  std::string buffer_;
  size_t consumed_ = 0;
};

}  // namespace braid::load

#endif  // BRAID_TOOLS_LOAD_SOCKET_H_
