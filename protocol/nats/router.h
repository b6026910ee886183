// Core NATS: who is connected, and messages on their way from one client to others.
//
// Threads: Router and Client are thread-safe; each session and each consumer pump has a Publisher
// of its own, which is not.
#ifndef BRAID_PROTOCOL_NATS_ROUTER_H_
#define BRAID_PROTOCOL_NATS_ROUTER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "engine/waiter.h"
#include "protocol/connection.h"
#include "protocol/nats/sublist.h"

namespace braid::nats {

// Views, valid for the call they are passed to.
struct Message {
  std::string_view subject;
  std::string_view reply;
  std::string_view headers;  // a whole header block, or nothing
  std::string_view payload;
};

struct RouterOptions {
  size_t max_pending = size_t{64} << 20;  // outbound bytes of one client; past it, it is closed
};

class Router {
 public:
  explicit Router(RouterOptions options = {}) : options_(options) {}

  void Subscribe(SubscriptionPtr subscription);
  void Unsubscribe(const SubscriptionPtr& subscription);
  const Sublist& sublist() const { return sublist_; }
  bool HasInterest(std::string_view subject) const { return sublist_.HasInterest(subject); }
  // Somebody listens to `subject` as a member of `queue`.
  bool HasQueueInterest(std::string_view subject, std::string_view queue) const;
  // Wakes `waiter` when somebody next starts or stops to listen to `subject`.
  void WatchInterest(std::string_view subject, engine::WaiterPtr waiter);
  const RouterOptions& options() const { return options_; }

 private:
  struct Watch {
    std::string subject;
    engine::WaiterPtr waiter;
  };
  void WakeWatchers(std::string_view pattern);

  const RouterOptions options_;
  Sublist sublist_;
  std::atomic<int64_t> watch_count_{0};
  absl::Mutex watch_mu_;
  std::vector<Watch> watches_ ABSL_GUARDED_BY(watch_mu_);
};

// A connected client: its subscriptions, and what it asked for in CONNECT.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Router& router, net::ConnectionPtr connection)
      : router_(router), connection_(std::move(connection)) {}

  net::Connection& connection() const { return *connection_; }
  void SetOptions(bool headers, bool echo) {
    headers_ = headers;
    echo_ = echo;
  }
  bool headers() const { return headers_; }
  bool echo() const { return echo_; }

  // A `sid` already in use keeps its first subscription.
  void Subscribe(std::string_view subject, std::string_view queue, std::string_view sid);
  // At once, or once it has had `max` messages in its life.
  void Unsubscribe(std::string_view sid, std::optional<int64_t> max);
  // Ends all subscriptions: the connection is gone.
  void UnsubscribeAll();
  // Queues `message` for `subscription`, one of this client's. False when that has ended. `scratch`
  // is the caller's to reuse.
  bool Deliver(const SubscriptionPtr& subscription, const Message& message, std::string* scratch);
  size_t subscriptions() const;

 private:
  void Remove(const SubscriptionPtr& subscription);

  Router& router_;
  const net::ConnectionPtr connection_;
  std::atomic<bool> headers_{false};
  std::atomic<bool> echo_{true};
  mutable absl::Mutex mu_;
  TextMap<SubscriptionPtr> subscriptions_ ABSL_GUARDED_BY(mu_);
};
using ClientPtr = std::shared_ptr<Client>;

// One thread's way into the router. Messages are queued at their receivers and leave at Flush().
class Publisher {
 public:
  Publisher(Router& router, uint64_t seed)
      : router_(router), matches_(router.sublist()), random_(seed | 1) {}

  // Delivers to all who listen to message.subject; returns how many did. A client that asked for no
  // echo gets nothing it published itself.
  int Publish(const Message& message, const Client* from = nullptr);
  // The same for who listens to `route`, who are shown message.subject.
  int Route(std::string_view route, const Message& message, const Client* from = nullptr);
  // Delivers to the first subscription of `to` that listens to message.subject.
  bool PublishTo(const Client& to, const Message& message);

  // Starts writing, once per client that got something. Closes those that read too slowly.
  void Flush();
  // True when some client given something had more than three quarters of its room taken, at the
  // last Flush: whoever publishes should slow down.
  bool congested() const { return congested_; }

 private:
  bool Deliver(const SubscriptionPtr& subscription, const Message& message, const Client* from);
  bool DeliverToOne(const Match::Queue& queue, const Message& message, const Client* from);
  void Remember(const ClientPtr& client);
  uint64_t Random();

  Router& router_;
  MatchCache matches_;
  uint64_t random_;
  std::string scratch_;
  ClientPtr newest_;  // also in touched_: a run of messages to one client costs one look-up
  absl::flat_hash_set<ClientPtr> touched_;
  bool congested_ = false;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_ROUTER_H_
