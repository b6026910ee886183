// Core NATS: messages on their way from one client to others. There is one router an account.
//
// Threads: Router is thread-safe; each session and each consumer pump has a Publisher
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
#include "protocol/nats/client.h"
#include "protocol/nats/message.h"
#include "protocol/nats/sublist.h"

namespace braid::nats {

class Router {
 public:
  Router() = default;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  void Subscribe(SubscriptionPtr subscription);
  void Unsubscribe(const SubscriptionPtr& subscription);
  const Sublist& sublist() const { return sublist_; }
  bool HasInterest(std::string_view subject) const { return sublist_.HasInterest(subject); }
  // Somebody listens to `subject` as a member of `queue`.
  bool HasQueueInterest(std::string_view subject, std::string_view queue) const;
  // Wakes `waiter` when somebody next starts or stops to listen to `subject`.
  void WatchInterest(std::string_view subject, engine::WaiterPtr waiter);

 private:
  struct Watch {
    std::string subject;
    engine::WaiterPtr waiter;
  };
  void WakeWatchers(std::string_view pattern);

  Sublist sublist_;
  std::atomic<int64_t> watch_count_{0};
  absl::Mutex watch_mu_;
  std::vector<Watch> watches_ ABSL_GUARDED_BY(watch_mu_);
};

// One thread's way into the router. Messages are queued at their receivers and leave at Flush().
class Publisher {
 public:
  Publisher(Router& router, uint64_t seed) : matches_(router.sublist()), random_(seed | 1) {}

  // Delivers to all who listen to message.subject; returns how many did. A client that asked for no
  // echo gets nothing it published itself.
  int Publish(const Message& message, const Client* from = nullptr);
  // The same for who listens to `route`, who are shown message.subject.
  int Route(std::string_view route, const Message& message, const Client* from = nullptr);
  // Tells `to` itself, if it listens to message.subject outside of queue groups; no subscription's
  // maximum counts it.
  bool Tell(const ClientPtr& to, const Message& message);

  // Starts writing, once per client that got something. Closes those that read too slowly.
  void Flush();
  // True when some client given something had more than three quarters of its room taken, at the
  // last Flush: whoever publishes should slow down.
  bool congested() const { return congested_; }

 private:
  bool Deliver(const SubscriptionPtr& subscription, const Message& message, const Client* from);
  bool DeliverToOne(const Match::Queue& queue, const Message& message, const Client* from);
  void Remember(const ClientPtr& client);
  void Count();
  uint64_t Random();

  MatchCache matches_;
  uint64_t random_;
  std::string scratch_;
  ClientPtr newest_;  // also in touched_: a run of messages to one client costs one look-up
  int64_t newest_messages_ = 0, newest_bytes_ = 0;  // not yet counted at it
  absl::flat_hash_set<ClientPtr> touched_;
  bool congested_ = false;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_ROUTER_H_
