// Asks a client soon after it came, and whenever it was silent for a while, whether it is still
// there, and closes its connection when it is not.
#ifndef BRAID_PROTOCOL_NATS_PINGER_H_
#define BRAID_PROTOCOL_NATS_PINGER_H_

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "engine/catalog.h"
#include "engine/timers.h"
#include "protocol/nats/client.h"

namespace braid::nats {

// Thread-safe. Holds the client only weakly.
class Pinger : public std::enable_shared_from_this<Pinger> {
 public:
  Pinger(engine::Catalog& catalog, const ClientPtr& client, absl::Duration interval, int max_out)
      : catalog_(catalog), client_(client), interval_(interval), max_out_(max_out) {}

  // The first PING measures how far away the client is. A bit later for some than for others, since
  // many clients come at once when a server does.
  void Start() {
    const ClientPtr client = client_.lock();
    if (client == nullptr) return;
    const absl::Duration first = std::min(interval_, kFirst);
    const auto spread = static_cast<double>(client->connection().id() * 618 % 1000) / 1000;
    Arm(first + first * kSpread * spread);
  }
  void Stop() {
    stopped_ = true;
    catalog_.timers().Cancel(timer_);
  }
  // A PONG has come.
  void Answered() {
    const ClientPtr client = client_.lock();
    if (client == nullptr || out_.exchange(0) == 0) return;
    answered_ = absl::ToUnixNanos(client->last_activity());
    client->MeasuredRtt(client->last_activity() - absl::FromUnixNanos(asked_));
  }

 private:
  static constexpr absl::Duration kFirst = absl::Seconds(2);
  static constexpr double kSpread = 0.2;

  void Arm(absl::Duration wait) {
    timer_ = catalog_.timers().Add(catalog_.Now() + wait, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Ping();
    });
  }
  // It said something else than PONG lately.
  bool Active(const Client& client, absl::Time now) const {
    return asked_ != 0 && absl::ToUnixNanos(client.last_activity()) > answered_ &&
           now - client.last_activity() < interval_;
  }
  void Ping() {
    const ClientPtr client = client_.lock();
    if (stopped_ || client == nullptr || client->connection().closed()) return;
    const absl::Time now = catalog_.Now();
    if (!Active(*client, now)) {
      if (out_ >= max_out_) return client->Fail("Stale Connection", CloseReason::kStaleConnection);
      ++out_;
      asked_ = absl::ToUnixNanos(now);
      client->Send("PING\r\n");
      client->connection().FlushSoon();
    }
    Arm(interval_);
  }

  engine::Catalog& catalog_;
  const std::weak_ptr<Client> client_;
  const absl::Duration interval_;
  const int max_out_;
  std::atomic<int> out_{0};
  std::atomic<int64_t> asked_{0}, answered_{0};  // nanoseconds since 1970
  std::atomic<bool> stopped_{false};
  std::atomic<engine::TimerId> timer_{0};
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PINGER_H_
