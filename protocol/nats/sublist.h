// Who listens to what: subscriptions in a tree of subject tokens.
//
//   Sublist list;
//   list.Insert(subscription);                       // "orders.*", queue "workers"
//   MatchPtr match = list.Match("orders.us");        // immutable, may be kept while version()
//   stands
//
// Thread-safe. A match costs the number of tokens times the wildcards met on the way, whatever the
// number of subscriptions that do not match.
#ifndef BRAID_PROTOCOL_NATS_SUBLIST_H_
#define BRAID_PROTOCOL_NATS_SUBLIST_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "protocol/nats/text.h"

namespace braid::nats {

class Client;

// One SUB of one client.
struct Subscription {
  std::string subject;  // may have wildcards
  std::string queue;    // empty: gets every message
  std::string sid;      // the client's name for it
  std::shared_ptr<Client> client;
  std::atomic<int64_t> delivered{0};
  std::atomic<int64_t> max{0};  // messages in its life; 0: no end
  std::atomic<bool> closed{false};
};
using SubscriptionPtr = std::shared_ptr<Subscription>;

// Everybody a subject reaches.
struct Match {
  std::vector<SubscriptionPtr> plain;
  // One message goes to one member of each group; a queue name is one group whatever its patterns.
  struct Queue {
    std::string name;
    std::vector<SubscriptionPtr> members;  // never empty
  };
  std::vector<Queue> queues;
  bool empty() const { return plain.empty() && queues.empty(); }
};
using MatchPtr = std::shared_ptr<const Match>;

class Sublist {
 public:
  Sublist();
  ~Sublist();
  Sublist(const Sublist&) = delete;
  Sublist& operator=(const Sublist&) = delete;

  // Requires a valid subject (engine/subjects.h).
  void Insert(SubscriptionPtr subscription);
  // False when it was not there.
  bool Remove(const SubscriptionPtr& subscription);

  // `subject` is taken literally. Never null.
  MatchPtr Match(std::string_view subject) const;
  // As !Match(subject)->empty(), for less.
  bool HasInterest(std::string_view subject) const;

  // Grows with every change: a Match holds as long as this stands.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  int64_t size() const;
  // Every subscription there is.
  std::vector<SubscriptionPtr> All() const;
  // How many came and went, ever.
  int64_t inserts() const { return inserts_.load(std::memory_order_relaxed); }

 private:
  struct Node;
  // Calls `visit` for each node whose pattern matches, until it returns false.
  template <class Visit>
  static bool Walk(const Node& node, std::string_view rest, Visit& visit);

  mutable absl::Mutex mu_;
  std::unique_ptr<Node> root_ ABSL_GUARDED_BY(mu_);
  int64_t size_ ABSL_GUARDED_BY(mu_) = 0;
  std::atomic<uint64_t> version_{1};
  std::atomic<int64_t> inserts_{0};
};

// Matches one thread has asked for before. Not thread-safe; bounded.
class MatchCache {
 public:
  explicit MatchCache(const Sublist& sublist) : sublist_(sublist) {}
  const Match& Find(std::string_view subject);

 private:
  static constexpr size_t kMaxEntries = 1024;
  const Sublist& sublist_;
  uint64_t version_ = 0;
  TextMap<MatchPtr> entries_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_SUBLIST_H_
