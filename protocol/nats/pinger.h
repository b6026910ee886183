// Asks a silent client now and then whether it is still there, and closes its connection when it is
// not.
#ifndef BRAID_PROTOCOL_NATS_PINGER_H_
#define BRAID_PROTOCOL_NATS_PINGER_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "engine/catalog.h"
#include "engine/timers.h"
#include "protocol/connection.h"

namespace braid::nats {

// Thread-safe. Holds the connection only weakly.
class Pinger : public std::enable_shared_from_this<Pinger> {
 public:
  Pinger(engine::Catalog& catalog, const net::ConnectionPtr& connection, absl::Duration interval,
         int max_out)
      : catalog_(catalog), connection_(connection), interval_(interval), max_out_(max_out) {}

  void Start() { Arm(); }
  void Stop() {
    stopped_ = true;
    catalog_.timers().Cancel(timer_);
  }
  // A PONG has come.
  void Answered() { out_ = 0; }

 private:
  void Arm() {
    timer_ = catalog_.timers().Add(catalog_.Now() + interval_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Ping();
    });
  }
  void Ping() {
    const net::ConnectionPtr connection = connection_.lock();
    if (stopped_ || connection == nullptr || connection->closed()) return;
    if (out_ >= max_out_) {
      connection->Send("-ERR 'Stale Connection'\r\n");
      connection->CloseAfterFlush();
      return;
    }
    ++out_;
    connection->Send("PING\r\n");
    connection->FlushSoon();
    Arm();
  }

  engine::Catalog& catalog_;
  const std::weak_ptr<net::Connection> connection_;
  const absl::Duration interval_;
  const int max_out_;
  std::atomic<int> out_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<engine::TimerId> timer_{0};
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PINGER_H_
