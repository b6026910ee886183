#include "protocol/nats/clients.h"

#include <utility>

namespace braid::nats {

ClientView ClientView::Of(const Client& client) {
  ClientView view;
  view.id = client.connection().id();
  view.address = client.connection().remote_address();
  view.websocket = client.options().websocket;
  view.start = client.start();
  view.last_activity = client.last_activity();
  view.rtt = client.rtt();
  view.pending_bytes = client.connection().outbox_bytes();
  view.traffic = client.traffic();
  view.subscriptions = client.subscriptions();
  const ConnectOptions connect = client.connect();
  view.name = connect.name;
  view.lang = connect.lang;
  view.version = connect.version;
  const Identity identity = client.identity();
  view.user = identity.user;
  view.account = identity.account;
  return view;
}

bool Clients::Add(const ClientPtr& client, int64_t limit) {
  absl::MutexLock lock(&mu_);
  ++total_;
  if (limit > 0 && static_cast<int64_t>(connected_.size()) >= limit) return false;
  connected_.emplace(client->connection().id(), client);
  return true;
}

void Clients::Remove(const ClientPtr& client, absl::Time now) {
  ClientView view = ClientView::Of(*client);
  view.stop = now;
  view.reason = client->reason();
  absl::MutexLock lock(&mu_);
  connected_.erase(view.id);
  gone_ += view.traffic;
  if (view.reason == CloseReason::kSlowConsumerPendingBytes ||
      view.reason == CloseReason::kSlowConsumerWriteDeadline) {
    ++slow_consumers_;
  }
  closed_.push_back(std::move(view));
  if (closed_.size() > kMaxClosed) closed_.pop_front();
}

std::vector<ClientPtr> Clients::Connected() const {
  std::vector<ClientPtr> clients;
  absl::MutexLock lock(&mu_);
  clients.reserve(connected_.size());
  for (const auto& [id, client] : connected_) clients.push_back(client);
  return clients;
}

std::vector<ClientView> Clients::Closed() const {
  absl::MutexLock lock(&mu_);
  return {closed_.begin(), closed_.end()};
}

int64_t Clients::count() const {
  absl::MutexLock lock(&mu_);
  return static_cast<int64_t>(connected_.size());
}

int64_t Clients::total() const {
  absl::MutexLock lock(&mu_);
  return total_;
}

Traffic Clients::traffic() const {
  const std::vector<ClientPtr> connected = Connected();
  Traffic traffic;
  for (const ClientPtr& client : connected) traffic += client->traffic();
  absl::MutexLock lock(&mu_);
  traffic += gone_;
  return traffic;
}

int64_t Clients::slow_consumers() const {
  absl::MutexLock lock(&mu_);
  return slow_consumers_;
}

}  // namespace braid::nats
