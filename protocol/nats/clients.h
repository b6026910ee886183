// All clients of a server, those that are connected and the newest of those that were.
#ifndef BRAID_PROTOCOL_NATS_CLIENTS_H_
#define BRAID_PROTOCOL_NATS_CLIENTS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "protocol/nats/client.h"

namespace braid::nats {

// One client at one moment.
struct ClientView {
  uint64_t id = 0;
  std::string address;  // "127.0.0.1:41234"
  bool websocket = false;
  absl::Time start;
  absl::Time last_activity;
  absl::Time stop = absl::InfiniteFuture();  // while it is connected
  CloseReason reason = CloseReason::kClientClosed;
  absl::Duration rtt;
  size_t pending_bytes = 0;
  Traffic traffic;
  size_t subscriptions = 0;
  std::string name, lang, version;
  std::string user, account;

  static ClientView Of(const Client& client);
};

// Thread-safe.
class Clients {
 public:
  // False when `limit` are connected already.
  bool Add(const ClientPtr& client, int64_t limit);
  void Remove(const ClientPtr& client, absl::Time now);

  std::vector<ClientPtr> Connected() const;  // by id
  std::vector<ClientView> Closed() const;    // oldest first
  int64_t count() const;
  int64_t total() const;  // ever connected
  // Of all of them, also of those gone.
  Traffic traffic() const;
  int64_t slow_consumers() const;

 private:
  static constexpr size_t kMaxClosed = 10000;
  mutable absl::Mutex mu_;
  absl::btree_map<uint64_t, ClientPtr> connected_ ABSL_GUARDED_BY(mu_);
  std::deque<ClientView> closed_ ABSL_GUARDED_BY(mu_);
  int64_t total_ ABSL_GUARDED_BY(mu_) = 0;
  Traffic gone_ ABSL_GUARDED_BY(mu_);  // of those not connected any more
  int64_t slow_consumers_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CLIENTS_H_
