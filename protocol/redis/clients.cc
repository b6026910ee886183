#include "protocol/redis/clients.h"

#include <algorithm>
#include <utility>

namespace braid::redis {

std::string ClientHandle::name() const {
  absl::MutexLock lock(&mu_);
  return name_;
}

void ClientHandle::set_name(std::string_view name) {
  absl::MutexLock lock(&mu_);
  name_ = name;
}

std::string ClientHandle::library() const {
  absl::MutexLock lock(&mu_);
  return library_;
}

std::string ClientHandle::library_version() const {
  absl::MutexLock lock(&mu_);
  return library_version_;
}

void ClientHandle::set_library(std::string_view name) {
  absl::MutexLock lock(&mu_);
  library_ = name;
}

void ClientHandle::set_library_version(std::string_view version) {
  absl::MutexLock lock(&mu_);
  library_version_ = version;
}

bool ClientHandle::blocked() const {
  absl::MutexLock lock(&mu_);
  return waiter_ != nullptr;
}

void ClientHandle::SetWaiter(engine::WaiterPtr waiter) {
  absl::MutexLock lock(&mu_);
  waiter_ = std::move(waiter);
}

std::optional<Unblock> ClientHandle::ClearWaiter() {
  absl::MutexLock lock(&mu_);
  waiter_ = nullptr;
  return std::exchange(unblocked_, std::nullopt);
}

bool ClientHandle::TryUnblock(Unblock how) {
  engine::WaiterPtr waiter;
  {
    absl::MutexLock lock(&mu_);
    if (waiter_ == nullptr || unblocked_) return false;
    unblocked_ = how;
    waiter = waiter_;
  }
  waiter->Wake();  // already spent: the session is about to look at `unblocked_` anyway
  return true;
}

ClientHandlePtr Clients::Add(ClientHandle::Identity identity) {
  auto handle = std::make_shared<ClientHandle>(std::move(identity));
  absl::MutexLock lock(&mu_);
  clients_[handle->id()] = handle;
  return handle;
}

void Clients::Remove(uint64_t id) {
  absl::MutexLock lock(&mu_);
  clients_.erase(id);
}

ClientHandlePtr Clients::Find(uint64_t id) const {
  absl::MutexLock lock(&mu_);
  const auto it = clients_.find(id);
  return it == clients_.end() ? nullptr : it->second;
}

std::vector<ClientHandlePtr> Clients::All() const {
  absl::MutexLock lock(&mu_);
  std::vector<ClientHandlePtr> all;
  all.reserve(clients_.size());
  for (const auto& [id, handle] : clients_) all.push_back(handle);
  return all;
}

size_t Clients::size() const {
  absl::MutexLock lock(&mu_);
  return clients_.size();
}

size_t Clients::blocked() const {
  const std::vector<ClientHandlePtr> all = All();
  return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const auto& handle) {
    return handle->blocked() || handle->paused;
  }));
}

}  // namespace braid::redis
