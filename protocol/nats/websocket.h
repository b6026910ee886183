// The protocol inside of WebSocket messages (RFC 6455), as browsers speak it: one HTTP upgrade,
// then frames whose payloads, back to back, are what a TCP connection would carry.
//
// Extensions are declined. Client frames have to be masked; fragments, pings and closes are
// handled.
#ifndef BRAID_PROTOCOL_NATS_WEBSOCKET_H_
#define BRAID_PROTOCOL_NATS_WEBSOCKET_H_

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "protocol/connection.h"

namespace braid::nats {

enum class WebsocketOp : uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// One unmasked frame with its header, as servers send it.
std::string WebsocketFrame(WebsocketOp op, std::string_view payload);

// What a server answers to a Sec-WebSocket-Key.
std::string WebsocketAccept(std::string_view key);

// Reads the upgrade request from `connection` and answers it. False when the connection is not to
// become a WebSocket; it has been told why.
boost::asio::awaitable<bool> UpgradeToWebsocket(net::Connection& connection);

// The bytes inside the frames that arrive. As the reading side of net::Connection; not thread-safe.
class WebsocketInput {
 public:
  WebsocketInput(net::Connection& connection, size_t max_frame)
      : connection_(connection), max_frame_(max_frame) {}

  std::string_view Input() const { return std::string_view(bytes_).substr(begin_); }
  void Consume(size_t n);
  // Receives until Input() has `n` bytes. False when the peer is gone, closes, or breaks the rules.
  boost::asio::awaitable<bool> ReadAtLeast(size_t n);

 private:
  enum class Step : uint8_t { kMore, kFrame, kEnd };
  // Takes one whole frame out of the connection's input.
  Step TakeFrame();
  Step Obey(WebsocketOp op, bool last, std::string_view masked, std::string_view mask);
  Step Refuse(uint16_t code);

  net::Connection& connection_;
  const size_t max_frame_;
  std::string bytes_;
  size_t begin_ = 0;
  bool fragmented_ = false;  // a message has begun and not ended
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_WEBSOCKET_H_
