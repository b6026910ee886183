#include "protocol/nats/router.h"

#include <utility>

#include "engine/subjects.h"

namespace braid::nats {
void Router::Subscribe(SubscriptionPtr subscription) {
  const std::string pattern = subscription->subject;
  sublist_.Insert(std::move(subscription));
  WakeWatchers(pattern);
}

void Router::Unsubscribe(const SubscriptionPtr& subscription) {
  if (sublist_.Remove(subscription)) WakeWatchers(subscription->subject);
}

bool Router::HasQueueInterest(std::string_view subject, std::string_view queue) const {
  const MatchPtr match = sublist_.Match(subject);
  for (const Match::Queue& group : match->queues) {
    if (group.name == queue) return true;
  }
  return false;
}

void Router::WatchInterest(std::string_view subject, engine::WaiterPtr waiter) {
  absl::MutexLock lock(&watch_mu_);
  std::erase_if(watches_, [](const Watch& watch) { return watch.waiter->spent(); });
  watches_.push_back({.subject = std::string(subject), .waiter = std::move(waiter)});
  watch_count_ = static_cast<int64_t>(watches_.size());
}

void Router::WakeWatchers(std::string_view pattern) {
  if (watch_count_ == 0) return;
  std::vector<engine::WaiterPtr> wake;
  {
    absl::MutexLock lock(&watch_mu_);
    std::erase_if(watches_, [&](const Watch& watch) {
      if (!engine::Matches(pattern, watch.subject)) return watch.waiter->spent();
      wake.push_back(watch.waiter);
      return true;
    });
    watch_count_ = static_cast<int64_t>(watches_.size());
  }
  engine::WakeAll(std::move(wake));
}

int Publisher::Publish(const Message& message, const Client* from) {
  return Route(message.subject, message, from);
}

int Publisher::Route(std::string_view route, const Message& message, const Client* from) {
  const Match& match = matches_.Find(route);
  int delivered = 0;
  for (const SubscriptionPtr& subscription : match.plain) {
    delivered += Deliver(subscription, message, from) ? 1 : 0;
  }
  for (const Match::Queue& queue : match.queues) {
    delivered += DeliverToOne(queue, message, from) ? 1 : 0;
  }
  return delivered;
}

bool Publisher::Tell(const ClientPtr& to, const Message& message) {
  for (const SubscriptionPtr& subscription : matches_.Find(message.subject).plain) {
    if (subscription->client != to) continue;
    to->Tell(*subscription, message);
    Remember(to);
    return true;
  }
  return false;
}

void Publisher::Flush() {
  congested_ = false;
  Count();
  for (const ClientPtr& client : touched_) {
    congested_ |= client->Flush() > client->options().max_pending / 4 * 3;
  }
  touched_.clear();
  newest_.reset();
}

bool Publisher::Deliver(const SubscriptionPtr& subscription, const Message& message,
                        const Client* from) {
  const ClientPtr& client = subscription->client;
  if (client.get() == from && !client->echo()) return false;
  if (!client->Deliver(subscription, message, &scratch_)) return false;
  Remember(client);
  ++newest_messages_;
  newest_bytes_ += static_cast<int64_t>(message.size());
  return true;
}

bool Publisher::DeliverToOne(const Match::Queue& queue, const Message& message,
                             const Client* from) {
  const size_t count = queue.members.size();
  const size_t start = Random() % count;
  for (size_t i = 0; i < count; ++i) {
    if (Deliver(queue.members[(start + i) % count], message, from)) return true;
  }
  return false;
}

void Publisher::Remember(const ClientPtr& client) {
  if (client == newest_) return;
  Count();
  newest_ = client;
  touched_.insert(client);
}

void Publisher::Count() {
  if (newest_ != nullptr) newest_->CountOut(newest_messages_, newest_bytes_);
  newest_messages_ = newest_bytes_ = 0;
}

uint64_t Publisher::Random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ >> 16;
}

}  // namespace braid::nats
