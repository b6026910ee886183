// One client connection: operations in, messages out.
//
// Everything parsed from one socket read is executed, committed once, and answered; only then is
// more read. Answers of JetStream wait for the commit, messages between clients do not.
#ifndef BRAID_PROTOCOL_NATS_SESSION_H_
#define BRAID_PROTOCOL_NATS_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "protocol/connection.h"
#include "protocol/nats/acks.h"
#include "protocol/nats/capture.h"
#include "protocol/nats/hello.h"
#include "protocol/nats/parser.h"
#include "protocol/nats/pinger.h"
#include "protocol/nats/router.h"
#include "protocol/nats/service.h"
#include "protocol/nats/turn.h"

namespace braid::nats {

// Serves `connection` until it ends.
boost::asio::awaitable<void> Serve(Service& service, net::ConnectionPtr connection);

class Session {
 public:
  Session(Service& service, net::ConnectionPtr connection);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  boost::asio::awaitable<void> Run();

 private:
  // Executes all complete operations received; how many bytes to wait for before the next try.
  size_t ExecuteInput();
  // Commits and lets the answers out. False when the connection is to end.
  boost::asio::awaitable<bool> FinishTurn();
  // Lets slow readers of what this client publishes catch up.
  boost::asio::awaitable<void> SlowDown();

  void Execute(const Op& op);
  void OnConnect(const Op& op);
  void OnPublish(const Op& op);
  void OnSubscribe(const Op& op);
  void OnUnsubscribe(const Op& op);
  void OnPing(const Op& op);
  void OnPong(const Op& op);
  void OnNothing(const Op& op);

  // $JS.>: requests and acknowledgements. False when nobody there takes it.
  bool HandleJetStream(const Message& message);
  bool HandleAck(const Message& message);
  bool HandleFlowControl(const Message& message);
  engine::GroupPtr FindGroup(std::string_view stream, std::string_view consumer);
  void SendNoResponders(std::string_view reply);

  void Ok() {
    if (connect_.verbose) out_.append("+OK\r\n");
  }
  void Error(std::string_view text);  // stays open
  void Fail(std::string_view text);   // says so and closes
  void FailParse(ParseError error);

  Service& service_;
  const net::ConnectionPtr connection_;
  const ClientPtr client_;
  const boost::asio::any_io_executor executor_;
  Publisher publisher_;
  Capture capture_;
  std::shared_ptr<Pinger> pinger_;
  ConnectOptions connect_;
  bool connected_ = false;   // CONNECT has come
  bool told_twice_ = false;  // the second INFO has been sent
  bool failed_ = false;
  Turn turn_;
  std::string out_;  // answers of this connection's own: +OK, -ERR, PONG, INFO

  // The group acknowledged last: acks come in runs.
  engine::GroupPtr group_;
  std::string group_stream_, group_consumer_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_SESSION_H_
