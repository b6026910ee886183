// What one client has subscribed to; gone with it. Belongs to its session; what others may see are
// the counts in its ClientHandle.
#ifndef BRAID_PROTOCOL_REDIS_SUBSCRIPTIONS_H_
#define BRAID_PROTOCOL_REDIS_SUBSCRIPTIONS_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "protocol/redis/channels.h"

namespace braid::redis {

class Subscriptions {
 public:
  Subscriptions(Channels& channels, ClientHandlePtr handle)
      : channels_(channels), handle_(std::move(handle)) {}
  ~Subscriptions() { Clear(); }
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  // Of something subscribed to already, or not at all, nothing changes.
  void Add(ChannelKind kind, std::string_view name);
  void Remove(ChannelKind kind, std::string_view name);
  void Clear();

  std::vector<std::string> Names(ChannelKind kind) const;
  int64_t size(ChannelKind kind) const { return static_cast<int64_t>(Of(kind).size()); }
  bool empty() const;

 private:
  using NameSet = absl::btree_set<std::string, std::less<>>;
  const NameSet& Of(ChannelKind kind) const { return names_[static_cast<size_t>(kind)]; }
  NameSet& Of(ChannelKind kind) { return names_[static_cast<size_t>(kind)]; }

  Channels& channels_;
  const ClientHandlePtr handle_;
  std::array<NameSet, kChannelKinds> names_;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SUBSCRIPTIONS_H_
