// Who listens to what: channels, patterns of channels, and shard channels, which are channels of
// their own kind. Messages are written once for each protocol version and shared by all who get
// them.
//
// Every message of a channel reaches all its subscribers in one order. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_CHANNELS_H_
#define BRAID_PROTOCOL_REDIS_CHANNELS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "protocol/redis/clients.h"
#include "protocol/redis/settings.h"

namespace braid::redis {

struct Message {
  ChannelKind kind = ChannelKind::kChannel;  // kChannel or kShard
  std::string channel;
  std::string text;
};

class Channels {
 public:
  void Add(ChannelKind kind, std::string_view name, const ClientHandlePtr& client);
  void Remove(ChannelKind kind, std::string_view name, const ClientHandle& client);

  // How often a message would be delivered: once for every subscription that brings it.
  int64_t Receivers(ChannelKind kind, std::string_view channel) const;
  // Whether `client` would get it.
  bool Reaches(ChannelKind kind, std::string_view channel, const ClientHandle& client) const;
  // Hands the message to everybody who listens now. Returns how many were disconnected because they
  // do not read.
  int64_t Deliver(const Message& message, const OutputLimit& limit, absl::Time now);

  // Names with a subscriber that match the glob-style `pattern`, in order.
  std::vector<std::string> Names(ChannelKind kind, std::string_view pattern) const;
  int64_t Subscribers(ChannelKind kind, std::string_view name) const;
  // Names with a subscriber.
  size_t size(ChannelKind kind) const;
  // Whether nobody listens to anything; costs no lock.
  bool empty() const { return subscriptions_.load(std::memory_order_relaxed) == 0; }

 private:
  using Listeners = absl::flat_hash_map<const ClientHandle*, ClientHandlePtr>;
  using Table = absl::btree_map<std::string, Listeners, std::less<>>;

  const Table& Of(ChannelKind kind) const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return names_[static_cast<size_t>(kind)];
  }
  // Calls fn(pattern or "", listeners) for everything that brings messages of the channel.
  template <typename Fn>
  void ForEachMatch(ChannelKind kind, std::string_view channel, Fn fn) const
      ABSL_SHARED_LOCKS_REQUIRED(mu_);

  std::atomic<int64_t> subscriptions_{0};
  mutable absl::Mutex mu_;
  std::array<Table, kChannelKinds> names_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_CHANNELS_H_
