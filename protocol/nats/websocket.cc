#include "protocol/nats/websocket.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "protocol/nats/text.h"

namespace braid::nats {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::empty_body>;

constexpr uint32_t kMaxHeaderBytes = 16 << 10;
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr uint16_t kProtocolError = 1002;
constexpr uint16_t kTooBig = 1009;
constexpr size_t kMaxControlPayload = 125;

void AppendBigEndian(uint64_t value, int bytes, std::string* out) {
  while (bytes-- > 0) out->push_back(static_cast<char>(value >> (8 * bytes)));
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// Receives until `parser` has the whole request. False when there is none.
boost::asio::awaitable<bool> ReadUpgrade(net::Connection& connection, Parser& parser) {
  while (!parser.is_done()) {
    const std::string_view input = connection.Input();
    if (!input.empty()) {
      beast::error_code error;
      const size_t used = parser.put(boost::asio::buffer(input.data(), input.size()), error);
      connection.Consume(used);
      if (error && error != beast::http::error::need_more) co_return false;
      if (parser.is_done()) break;
    }
    const bool more = co_await connection.Read();
    if (!more) co_return false;
  }
  co_return true;
}

}  // namespace

std::string WebsocketFrame(WebsocketOp op, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 10);
  frame.push_back(static_cast<char>(0x80 | static_cast<uint8_t>(op)));
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(payload.size()));
  } else if (payload.size() <= 0xFFFF) {
    frame.push_back(126);
    AppendBigEndian(payload.size(), 2, &frame);
  } else {
    frame.push_back(127);
    AppendBigEndian(payload.size(), 8, &frame);
  }
  frame.append(payload);
  return frame;
}

std::string WebsocketAccept(std::string_view key) {
  std::string text(key);
  text.append(kGuid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<size_t>(size)};
}

boost::asio::awaitable<bool> UpgradeToWebsocket(net::Connection& connection) {
  Parser parser;
  parser.eager(true);
  parser.header_limit(kMaxHeaderBytes);
  const bool whole = co_await ReadUpgrade(connection, parser);
  const auto key = parser.get()[beast::http::field::sec_websocket_key];
  if (!whole || !beast::websocket::is_upgrade(parser.get()) || key.empty()) {
    connection.Send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    connection.CloseAfterFlush();
    co_return false;
  }
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  answer.append(WebsocketAccept({key.data(), key.size()})).append("\r\n\r\n");
  connection.Send(answer);
  co_return true;
}

void WebsocketInput::Consume(size_t n) {
  begin_ += n;
  if (begin_ < bytes_.size()) return;
  bytes_.clear();
  begin_ = 0;
}

boost::asio::awaitable<bool> WebsocketInput::ReadAtLeast(size_t n) {
  while (bytes_.size() - begin_ < n) {
    const Step step = TakeFrame();
    if (step == Step::kEnd) co_return false;
    if (step == Step::kFrame) continue;
    const bool more = co_await connection_.Read();
    if (!more) co_return false;
  }
  co_return true;
}

WebsocketInput::Step WebsocketInput::TakeFrame() {
  const std::string_view input = connection_.Input();
  if (input.size() < 2) return Step::kMore;
  const auto first = static_cast<uint8_t>(input[0]), second = static_cast<uint8_t>(input[1]);
  if ((first & 0x70) != 0 || (second & 0x80) == 0) return Refuse(kProtocolError);
  uint64_t size = second & 0x7F;
  size_t at = 2;
  if (size >= 126) {
    const size_t bytes = size == 126 ? 2 : 8;
    if (input.size() < at + bytes) return Step::kMore;
    size = BigEndian(input.substr(at, bytes));
    at += bytes;
  }
  if (size > max_frame_) return Refuse(kTooBig);
  if (input.size() < at + 4 + size) return Step::kMore;
  const std::string_view mask = input.substr(at, 4);
  const auto op = static_cast<WebsocketOp>(first & 0x0F);
  const Step step = Obey(op, (first & 0x80) != 0, input.substr(at + 4, size), mask);
  connection_.Consume(at + 4 + size);
  return step;
}

WebsocketInput::Step WebsocketInput::Obey(WebsocketOp op, bool last, std::string_view masked,
                                          std::string_view mask) {
  std::string payload(masked);
  for (size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  const bool control = op >= WebsocketOp::kClose;
  if (control && (!last || payload.size() > kMaxControlPayload)) return Refuse(kProtocolError);
  switch (op) {
    case WebsocketOp::kText:
    case WebsocketOp::kBinary:
    case WebsocketOp::kContinuation:
      if (fragmented_ != (op == WebsocketOp::kContinuation)) return Refuse(kProtocolError);
      fragmented_ = !last;
      if (begin_ > 0) bytes_.erase(0, std::exchange(begin_, 0));
      bytes_.append(payload);
      return Step::kFrame;
    case WebsocketOp::kPing:
      connection_.Send(WebsocketFrame(WebsocketOp::kPong, payload));
      connection_.Flush();
      return Step::kFrame;
    case WebsocketOp::kPong:
      return Step::kFrame;
    case WebsocketOp::kClose:
      connection_.Send(WebsocketFrame(WebsocketOp::kClose, payload.substr(0, 2)));
      connection_.CloseAfterFlush();
      return Step::kEnd;
  }
  return Refuse(kProtocolError);
}

WebsocketInput::Step WebsocketInput::Refuse(uint16_t code) {
  std::string payload;
  AppendBigEndian(code, 2, &payload);
  connection_.Send(WebsocketFrame(WebsocketOp::kClose, payload));
  connection_.CloseAfterFlush();
  return Step::kEnd;
}

}  // namespace braid::nats
