#include "protocol/redis/channels.h"

#include "protocol/redis/glob.h"
#include "protocol/redis/reply.h"

namespace braid::redis {
namespace {

// One message as it is written, for those who get it through `pattern`, or by the channel's name
// when that is empty.
class Frame {
 public:
  Frame(const Message& message, std::string_view pattern) : message_(message), pattern_(pattern) {}

  const Buffer& For(int version) {
    Buffer& written = version == 3 ? resp3_ : resp2_;
    if (written.empty()) written = Write(version);
    return written;
  }

 private:
  Buffer Write(int version) const {
    Reply reply;
    reply.set_version(version);
    reply.Push(pattern_.empty() ? 3 : 4);
    if (!pattern_.empty()) {
      reply.Bulk("pmessage");
      reply.Bulk(pattern_);
    } else {
      reply.Bulk(message_.kind == ChannelKind::kShard ? "smessage" : "message");
    }
    reply.Bulk(message_.channel);
    reply.Bulk(message_.text);
    return Buffer::Take(reply.Take());
  }

  const Message& message_;
  const std::string_view pattern_;
  Buffer resp2_;
  Buffer resp3_;
};

}  // namespace

template <typename Fn>
void Channels::ForEachMatch(ChannelKind kind, std::string_view channel, Fn fn) const {
  const Table& names = Of(kind);
  const auto named = names.find(channel);
  if (named != names.end()) fn(std::string_view(), named->second);
  if (kind == ChannelKind::kShard) return;
  for (const auto& [pattern, listeners] : Of(ChannelKind::kPattern)) {
    if (GlobMatch(pattern, channel)) fn(std::string_view(pattern), listeners);
  }
}

void Channels::Add(ChannelKind kind, std::string_view name, const ClientHandlePtr& client) {
  absl::MutexLock lock(&mu_);
  Table& names = names_[static_cast<size_t>(kind)];
  if (names[std::string(name)].emplace(client.get(), client).second) ++subscriptions_;
}

void Channels::Remove(ChannelKind kind, std::string_view name, const ClientHandle& client) {
  absl::MutexLock lock(&mu_);
  Table& names = names_[static_cast<size_t>(kind)];
  const auto it = names.find(name);
  if (it == names.end() || it->second.erase(&client) == 0) return;
  --subscriptions_;
  if (it->second.empty()) names.erase(it);
}

int64_t Channels::Receivers(ChannelKind kind, std::string_view channel) const {
  if (empty()) return 0;
  absl::ReaderMutexLock lock(&mu_);
  int64_t receivers = 0;
  ForEachMatch(kind, channel, [&](std::string_view, const Listeners& listeners) {
    receivers += static_cast<int64_t>(listeners.size());
  });
  return receivers;
}

bool Channels::Reaches(ChannelKind kind, std::string_view channel,
                       const ClientHandle& client) const {
  if (empty()) return false;
  absl::ReaderMutexLock lock(&mu_);
  bool reaches = false;
  ForEachMatch(kind, channel, [&](std::string_view, const Listeners& listeners) {
    reaches |= listeners.contains(&client);
  });
  return reaches;
}

int64_t Channels::Deliver(const Message& message, const OutputLimit& limit, absl::Time now) {
  if (empty()) return 0;
  // Held throughout: whoever unsubscribes after this gets no more of it, and no two messages
  // overtake each other.
  absl::MutexLock lock(&mu_);
  int64_t disconnected = 0;
  ForEachMatch(message.kind, message.channel,
               [&](std::string_view pattern, const Listeners& listeners) {
                 Frame frame(message, pattern);
                 for (const auto& [key, client] : listeners) {
                   const Buffer& bytes = frame.For(client->reply_version);
                   if (!client->pushes().Push(bytes, limit, now)) ++disconnected;
                 }
               });
  return disconnected;
}

std::vector<std::string> Channels::Names(ChannelKind kind, std::string_view pattern) const {
  absl::ReaderMutexLock lock(&mu_);
  std::vector<std::string> names;
  for (const auto& [name, listeners] : Of(kind)) {
    if (GlobMatch(pattern, name)) names.push_back(name);
  }
  return names;
}

int64_t Channels::Subscribers(ChannelKind kind, std::string_view name) const {
  absl::ReaderMutexLock lock(&mu_);
  const auto it = Of(kind).find(name);
  return it == Of(kind).end() ? 0 : static_cast<int64_t>(it->second.size());
}

size_t Channels::size(ChannelKind kind) const {
  absl::ReaderMutexLock lock(&mu_);
  return Of(kind).size();
}

}  // namespace braid::redis
