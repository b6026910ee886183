// One client connection: operations in, messages out.
//
// Everything parsed from one socket read is executed, committed once, and answered; only then is
// more read. Answers of JetStream wait for the commit, messages between clients do not.
#ifndef BRAID_PROTOCOL_NATS_SESSION_H_
#define BRAID_PROTOCOL_NATS_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
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
#include "protocol/nats/websocket.h"

namespace braid::nats {

// Serves `connection` until it ends.
boost::asio::awaitable<void> Serve(Service& service, net::ConnectionPtr connection);
// The same inside of a WebSocket, which it is made into first.
boost::asio::awaitable<void> ServeWebsocket(Service& service, net::ConnectionPtr connection);

class Session {
 public:
  Session(Service& service, net::ConnectionPtr connection, bool websocket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  boost::asio::awaitable<void> Run();

 private:
  // Greets, or refuses.
  bool Open();
  // What was received and not yet consumed.
  std::string_view Input() const { return websocket_ ? websocket_->Input() : connection_->Input(); }
  void Consume(size_t n) { return websocket_ ? websocket_->Consume(n) : connection_->Consume(n); }
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
  void OnError(const Op& op);
  void Become(Identity identity);
  // Tells the publisher that nobody was there, if it asked to be told.
  void SendNoResponders(const Message& message);

  // $JS.>: requests and acknowledgements. False when nobody there takes it.
  bool HandleJetStream(const Message& message);
  bool HandleAck(const Message& message);
  bool HandleFlowControl(const Message& message);
  engine::GroupPtr FindGroup(std::string_view stream, std::string_view consumer);

  void Ok() {
    if (connect_.verbose) out_.append("+OK\r\n");
  }
  void Error(std::string_view text);  // stays open
  // Says so, if `text` is not empty, and closes.
  void Fail(std::string_view text, CloseReason reason);
  void FailParse(ParseError error);

  Service& service_;
  const net::ConnectionPtr connection_;
  const ClientPtr client_;
  const boost::asio::any_io_executor executor_;
  std::unique_ptr<WebsocketInput> websocket_;  // nullptr: TCP as it is
  Account* account_;
  std::optional<Publisher> publisher_;  // always; of account_
  Capture capture_;
  std::shared_ptr<Pinger> pinger_;
  ConnectOptions connect_;
  engine::TimerId auth_timer_ = 0;
  bool known_ = false;       // who it is: nothing else may be done before
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
