#include "protocol/nats/router.h"

#include <utility>

#include "engine/subjects.h"

namespace braid::nats {
namespace {

// The frame of `message` for one subscription.
void AppendFrame(const Message& message, std::string_view sid, bool headers, std::string* out) {
  const bool with_headers = headers && !message.headers.empty();
  out->append(with_headers ? "HMSG " : "MSG ");
  out->append(message.subject).append(" ").append(sid).append(" ");
  if (!message.reply.empty()) out->append(message.reply).append(" ");
  if (with_headers) {
    AppendNumber(static_cast<int64_t>(message.headers.size()), out);
    out->append(" ");
  }
  const size_t header_bytes = with_headers ? message.headers.size() : 0;
  AppendNumber(static_cast<int64_t>(header_bytes + message.payload.size()), out);
  out->append("\r\n");
  if (with_headers) out->append(message.headers);
  out->append(message.payload).append("\r\n");
}

}  // namespace

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

void Client::Subscribe(std::string_view subject, std::string_view queue, std::string_view sid) {
  auto subscription = std::make_shared<Subscription>();
  subscription->subject = std::string(subject);
  subscription->queue = std::string(queue);
  subscription->sid = std::string(sid);
  subscription->client = shared_from_this();
  {
    absl::MutexLock lock(&mu_);
    if (!subscriptions_.emplace(subscription->sid, subscription).second) return;
  }
  router_.Subscribe(std::move(subscription));
}

void Client::Unsubscribe(std::string_view sid, std::optional<int64_t> max) {
  SubscriptionPtr subscription;
  {
    absl::MutexLock lock(&mu_);
    const auto it = subscriptions_.find(sid);
    if (it == subscriptions_.end()) return;
    subscription = it->second;
  }
  if (max.value_or(0) > 0) {
    subscription->max = *max;
    if (subscription->delivered < *max) return;
  }
  Remove(subscription);
}

void Client::UnsubscribeAll() {
  TextMap<SubscriptionPtr> gone;
  {
    absl::MutexLock lock(&mu_);
    gone.swap(subscriptions_);
  }
  for (const auto& [sid, subscription] : gone) {
    subscription->closed = true;
    router_.Unsubscribe(subscription);
  }
}

bool Client::Deliver(const SubscriptionPtr& subscription, const Message& message,
                     std::string* scratch) {
  if (subscription->closed) return false;
  const int64_t number = ++subscription->delivered;
  const int64_t max = subscription->max;
  if (max > 0 && number > max) return false;
  scratch->clear();
  AppendFrame(message, subscription->sid, headers_, scratch);
  connection_->Send(*scratch);
  if (max > 0 && number == max) Remove(subscription);
  return true;
}

size_t Client::subscriptions() const {
  absl::MutexLock lock(&mu_);
  return subscriptions_.size();
}

void Client::Remove(const SubscriptionPtr& subscription) {
  subscription->closed = true;
  {
    absl::MutexLock lock(&mu_);
    const auto it = subscriptions_.find(subscription->sid);
    if (it != subscriptions_.end() && it->second == subscription) subscriptions_.erase(it);
  }
  router_.Unsubscribe(subscription);
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

bool Publisher::PublishTo(const Client& to, const Message& message) {
  const Match& match = matches_.Find(message.subject);
  for (const SubscriptionPtr& subscription : match.plain) {
    if (subscription->client.get() == &to && Deliver(subscription, message, nullptr)) return true;
  }
  for (const Match::Queue& queue : match.queues) {
    for (const SubscriptionPtr& subscription : queue.members) {
      if (subscription->client.get() == &to && Deliver(subscription, message, nullptr)) return true;
    }
  }
  return false;
}

void Publisher::Flush() {
  congested_ = false;
  for (const ClientPtr& client : touched_) {
    net::Connection& connection = client->connection();
    connection.Flush();
    const size_t waiting = connection.outbox_bytes();
    if (waiting > router_.options().max_pending) {
      connection.Close();
    } else if (waiting > router_.options().max_pending / 4 * 3) {
      congested_ = true;
    }
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
  newest_ = client;
  touched_.insert(client);
}

uint64_t Publisher::Random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ >> 16;
}

}  // namespace braid::nats
