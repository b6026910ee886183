#include "protocol/redis/subscriptions.h"

#include <algorithm>

namespace braid::redis {

void Subscriptions::Add(ChannelKind kind, std::string_view name) {
  if (!Of(kind).emplace(name).second) return;
  ++handle_->subscribed(kind);
  channels_.Add(kind, name, handle_);
}

void Subscriptions::Remove(ChannelKind kind, std::string_view name) {
  const auto it = Of(kind).find(name);
  if (it == Of(kind).end()) return;
  channels_.Remove(kind, name, *handle_);
  Of(kind).erase(it);
  --handle_->subscribed(kind);
}

void Subscriptions::Clear() {
  for (size_t i = 0; i < kChannelKinds; ++i) {
    const auto kind = static_cast<ChannelKind>(i);
    for (const std::string& name : Names(kind)) Remove(kind, name);
  }
}

std::vector<std::string> Subscriptions::Names(ChannelKind kind) const {
  return {Of(kind).begin(), Of(kind).end()};
}

bool Subscriptions::empty() const {
  return std::all_of(names_.begin(), names_.end(), [](const auto& names) { return names.empty(); });
}

}  // namespace braid::redis
