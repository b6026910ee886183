// NATS inside of WebSockets.
#include "protocol/nats/websocket.h"

#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

// A client's frame, masked.
std::string Masked(std::string_view payload, int op = 2, bool last = true) {
  constexpr char kMask[] = {0x12, 0x34, 0x56, 0x78};
  std::string frame = WebsocketFrame(static_cast<WebsocketOp>(op), payload);
  if (!last) frame[0] = static_cast<char>(frame[0] & 0x7F);
  frame[1] = static_cast<char>(frame[1] | 0x80);
  const size_t begin = frame.size() - payload.size();
  for (size_t i = begin; i < frame.size(); ++i) {
    frame[i] = static_cast<char>(frame[i] ^ kMask[(i - begin) % 4]);
  }
  frame.insert(begin, kMask, 4);
  return frame;
}

class WebsocketTest : public NatsTest {
 protected:
  WebsocketTest() {
    server->Stop();
    // A listener more needs a server that has not started.
    service.reset();
    server = std::make_unique<net::Server>(*catalog, 0);
    service = std::make_unique<Service>(*server, ServiceOptions());
    websocket_address = *server->Listen("127.0.0.1:0", service->websocket_session());
    address = Serve(service->session());
  }

  std::string Upgraded(net::Client& client) {
    client.Send(
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    RunUntil([&] { return client.Peek().find("INFO ") != std::string::npos || client.ended(); });
    return client.Take();
  }
  // The payloads of all frames that have come.
  std::string Payloads(net::Client& client) {
    Settle();
    const std::string bytes = client.Take();
    std::string text;
    for (size_t at = 0; at + 2 <= bytes.size();) {
      size_t size = static_cast<unsigned char>(bytes[at + 1]);
      at += 2;
      if (size == 126) {
        size =
            static_cast<unsigned char>(bytes[at]) * 256 + static_cast<unsigned char>(bytes[at + 1]);
        at += 2;
      }
      text += bytes.substr(at, size);
      at += size;
    }
    return text;
  }

  std::string websocket_address;
};

TEST(WebsocketFrameTest, LengthsTakeOneThreeOrNineBytes) {
  EXPECT_EQ(WebsocketFrame(WebsocketOp::kBinary, "ab"),
            "\x82\x02"
            "ab");
  EXPECT_EQ(WebsocketFrame(WebsocketOp::kBinary, std::string(126, 'x')).size(), 4 + 126u);
  EXPECT_EQ(WebsocketFrame(WebsocketOp::kBinary, std::string(65536, 'x')).size(), 10 + 65536u);
}

TEST(WebsocketFrameTest, AcceptIsThatOfTheStandard) {
  EXPECT_EQ(WebsocketAccept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_F(WebsocketTest, SpeaksTheSameProtocolAsTcp) {
  net::Client browser(websocket_address);
  const std::string hello = Upgraded(browser);
  EXPECT_TRUE(hello.starts_with("HTTP/1.1 101 ")) << hello;
  EXPECT_NE(hello.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);
  Peer other(*this);
  other.Subscribe("a", "1");
  browser.Send(Masked("CONNECT {\"verbose\":false}\r\nSUB b 1\r\nPUB a 2\r\nh"));
  browser.Send(Masked("i\r\nPING\r\n"));
  EXPECT_EQ(other.Next().payload, "hi");
  EXPECT_EQ(Payloads(browser), "PONG\r\n");
  other.Publish("b", std::string(300, 'x'));
  EXPECT_EQ(Payloads(browser), "MSG b 1 300\r\n" + std::string(300, 'x') + "\r\n");
  EXPECT_TRUE(service->clients().Connected().front()->options().websocket);
}

TEST_F(WebsocketTest, FragmentsPingsAndCloseAreHandled) {
  net::Client browser(websocket_address);
  Upgraded(browser);
  browser.Send(Masked("PI", 2, false) + Masked("hey", 9) + Masked("NG\r\n", 0, true));
  Settle();
  EXPECT_EQ(browser.Take(), "\x8A\x03hey\x82\x06PONG\r\n");
  browser.Send(Masked(std::string("\x03\xE8", 2), 8));
  EXPECT_TRUE(RunUntil([&] { return browser.ended(); }));
  EXPECT_EQ(browser.Take(), "\x88\x02\x03\xE8");
}

TEST_F(WebsocketTest, BrokenFramesEndTheConnection) {
  const std::string offences[] = {
      WebsocketFrame(WebsocketOp::kBinary, "PING\r\n"),             // not masked
      "\xC2\x80",                                                   // a reserved bit
      Masked("x", 0),                                               // continues nothing
      Masked("P", 2, false) + Masked("P", 2),                       // begins inside
      Masked("x", 3),                                               // no such operation
      Masked("x", 9, false),                                        // a ping in parts
      std::string("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10),  // too long
  };
  for (const std::string& offence : offences) {
    net::Client browser(websocket_address);
    Upgraded(browser);
    browser.Send(offence);
    EXPECT_TRUE(RunUntil([&] { return browser.ended(); })) << testing::PrintToString(offence);
    EXPECT_EQ(browser.Take().substr(0, 3), "\x88\x02\x03");
  }
}

TEST_F(WebsocketTest, WhatIsNoUpgradeIsRefused) {
  for (const char* request : {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "PING\r\n\r\n"}) {
    net::Client client(websocket_address);
    client.Send(request);
    EXPECT_TRUE(RunUntil([&] { return client.ended(); })) << request;
    EXPECT_TRUE(client.Take().starts_with("HTTP/1.1 400 ")) << request;
  }
}

}  // namespace
}  // namespace braid::nats
