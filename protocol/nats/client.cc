#include "protocol/nats/client.h"

#include <algorithm>
#include <utility>

#include "engine/catalog.h"
#include "protocol/nats/router.h"
#include "protocol/nats/websocket.h"

namespace braid::nats {
namespace {

constexpr size_t kMaxKnownSubjects = 1024;

}  // namespace

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

Client::Client(engine::Catalog& catalog, Router& router, net::ConnectionPtr connection,
               ClientOptions options)
    : catalog_(catalog),
      router_(&router),
      connection_(std::move(connection)),
      options_(options),
      start_(catalog.Now()),
      last_activity_(absl::ToUnixNanos(start_)) {}

// --- Who it is
// -----------------------------------------------------------------------------------------

void Client::MoveTo(Router& router) {
  if (&router == router_) return;
  UnsubscribeAll();
  router_ = &router;
}

void Client::SetIdentity(Identity identity) {
  guarded_ = identity.permissions != nullptr;
  absl::MutexLock lock(&mu_);
  identity_ = std::move(identity);
}

void Client::Renew(const Identity& identity) {
  SetIdentity(identity);
  for (const SubscriptionPtr& subscription : SubscriptionList()) {
    if (!MaySubscribe(subscription->subject, subscription->queue)) Remove(subscription);
  }
}

Identity Client::identity() const {
  absl::MutexLock lock(&mu_);
  return identity_;
}

void Client::SetConnect(const ConnectOptions& connect) {
  headers_ = connect.headers;
  echo_ = connect.echo;
  hears_info_ = connect.protocol >= 1;
  absl::MutexLock lock(&mu_);
  connect_ = connect;
}

ConnectOptions Client::connect() const {
  absl::MutexLock lock(&mu_);
  return connect_;
}

// --- What it may do
// ------------------------------------------------------------------------------------

bool Client::MayPublish(std::string_view subject) {
  if (!guarded_) return true;
  const std::shared_ptr<const Permissions> permissions = identity().permissions;
  if (permissions == nullptr) return true;
  if (permissions != asked_ || may_publish_.size() >= kMaxKnownSubjects) may_publish_.clear();
  asked_ = permissions;
  auto known = may_publish_.find(subject);
  if (known == may_publish_.end()) {
    known = may_publish_.emplace(std::string(subject), permissions->MayPublish(subject)).first;
  }
  if (known->second) return true;
  const auto& rule = permissions->responses();
  return rule && responses_.Take(subject, *rule, catalog_.Now());
}

bool Client::MaySubscribe(std::string_view subject, std::string_view queue) const {
  if (!guarded_) return true;
  const std::shared_ptr<const Permissions> permissions = identity().permissions;
  return permissions == nullptr || permissions->MaySubscribe(subject, queue);
}

bool Client::MaySee(const Message& message) {
  const std::shared_ptr<const Permissions> permissions = identity().permissions;
  if (permissions == nullptr) return true;
  if (!permissions->MayReceive(message.subject)) return false;
  const auto& rule = permissions->responses();
  if (rule && !message.reply.empty()) responses_.Expect(message.reply, *rule, catalog_.Now());
  return true;
}

// --- Subscriptions
// -------------------------------------------------------------------------------------

bool Client::Subscribe(std::string_view subject, std::string_view queue, std::string_view sid) {
  auto subscription = std::make_shared<Subscription>();
  subscription->subject = std::string(subject);
  subscription->queue = std::string(queue);
  subscription->sid = std::string(sid);
  subscription->client = shared_from_this();
  {
    absl::MutexLock lock(&mu_);
    const auto count = static_cast<int64_t>(subscriptions_.size());
    if (options_.max_subscriptions > 0 && count >= options_.max_subscriptions) return false;
    if (!subscriptions_.emplace(subscription->sid, subscription).second) return true;
  }
  router_.load()->Subscribe(std::move(subscription));
  return true;
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
    router_.load()->Unsubscribe(subscription);
  }
}

bool Client::Deliver(const SubscriptionPtr& subscription, const Message& message,
                     std::string* scratch) {
  if (subscription->closed) return false;
  if (guarded_ && !MaySee(message)) return false;
  const int64_t number = ++subscription->delivered;
  const int64_t max = subscription->max;
  if (max > 0 && number > max) return false;
  scratch->clear();
  AppendFrame(message, subscription->sid, headers_, scratch);
  Send(*scratch);
  if (max > 0 && number == max) Remove(subscription);
  return true;
}

void Client::Tell(const Subscription& subscription, const Message& message) {
  std::string frame;
  AppendFrame(message, subscription.sid, headers_, &frame);
  Send(frame);
}

size_t Client::subscriptions() const {
  absl::MutexLock lock(&mu_);
  return subscriptions_.size();
}

std::vector<SubscriptionPtr> Client::SubscriptionList() const {
  std::vector<SubscriptionPtr> list;
  absl::MutexLock lock(&mu_);
  for (const auto& [sid, subscription] : subscriptions_) list.push_back(subscription);
  return list;
}

void Client::Remove(const SubscriptionPtr& subscription) {
  subscription->closed = true;
  {
    absl::MutexLock lock(&mu_);
    const auto it = subscriptions_.find(subscription->sid);
    if (it != subscriptions_.end() && it->second == subscription) subscriptions_.erase(it);
  }
  router_.load()->Unsubscribe(subscription);
}

// --- Bytes
// ---------------------------------------------------------------------------------------------

void Client::Send(std::string_view bytes) {
  if (options_.websocket) {
    if (!bytes.empty()) SendRaw(WebsocketFrame(WebsocketOp::kBinary, bytes));
  } else {
    SendRaw(bytes);
  }
}

void Client::SendRaw(std::string_view bytes) {
  queued_.fetch_add(bytes.size(), std::memory_order_relaxed);
  connection_->Send(bytes);
}

size_t Client::Flush() {
  connection_->Flush();
  const size_t waiting = connection_->outbox_bytes();
  if (waiting > options_.max_pending) {
    Close(CloseReason::kSlowConsumerPendingBytes);
  } else if (waiting > 0) {
    WatchWrites();
  }
  return waiting;
}

// What is queued now has to be gone in time; with more after it, the watch goes on.
void Client::WatchWrites() {
  if (watching_.exchange(true)) return;
  const uint64_t due = queued_;
  catalog_.timers().Add(catalog_.Now() + options_.write_deadline, [weak = weak_from_this(), due] {
    if (const auto self = weak.lock()) self->CheckWrites(due);
  });
}

void Client::CheckWrites(uint64_t due) {
  watching_ = false;
  if (connection_->closed()) return;
  const uint64_t waiting = connection_->outbox_bytes();
  if (queued_ - waiting < due) return Close(CloseReason::kSlowConsumerWriteDeadline);
  if (waiting > 0) WatchWrites();
}

// --- Counting
// ------------------------------------------------------------------------------------------

// Only the session counts what came in, so that no two add at once.
void Client::CountIn(int64_t messages, int64_t bytes) {
  in_messages_.store(in_messages_.load(std::memory_order_relaxed) + messages,
                     std::memory_order_relaxed);
  in_bytes_.store(in_bytes_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
}

void Client::CountOut(int64_t messages, int64_t bytes) {
  out_messages_.fetch_add(messages, std::memory_order_relaxed);
  out_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

Traffic Client::traffic() const {
  Traffic traffic;
  traffic.in_messages = in_messages_.load(std::memory_order_relaxed);
  traffic.in_bytes = in_bytes_.load(std::memory_order_relaxed);
  traffic.out_messages = out_messages_.load(std::memory_order_relaxed);
  traffic.out_bytes = out_bytes_.load(std::memory_order_relaxed);
  return traffic;
}

// --- The end
// -------------------------------------------------------------------------------------------

void Client::EndWith(CloseReason reason) {
  if (!ending_.exchange(true)) reason_ = reason;
}

void Client::Fail(std::string_view text, CloseReason reason) {
  EndWith(reason);
  if (!text.empty()) {
    std::string line = "-ERR '";
    line.append(text).append("'\r\n");
    Send(line);
  }
  connection_->CloseAfterFlush();
}

void Client::Close(CloseReason reason) {
  EndWith(reason);
  connection_->Close();
}

}  // namespace braid::nats
