// Who is connected: what CLIENT LIST shows of a client, and what CLIENT KILL and CLIENT UNBLOCK may
// do to it. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_CLIENTS_H_
#define BRAID_PROTOCOL_REDIS_CLIENTS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/waiter.h"
#include "protocol/redis/command.h"
#include "protocol/redis/push_queue.h"

namespace braid::redis {

enum class Unblock { kTimeout, kError };

// What can be subscribed to (channels.h).
enum class ChannelKind { kChannel, kPattern, kShard };
inline constexpr size_t kChannelKinds = 3;

// One client, as everybody may see it.
class ClientHandle {
 public:
  struct Identity {
    uint64_t id = 0;
    std::string address;        // the client's
    std::string local_address;  // the one it dialled
    absl::Time since;
    std::function<void()> close;              // ends the connection, from any thread
    std::function<size_t()> outbox_bytes;     // not yet taken by the kernel
    std::function<void(const Buffer&)> send;  // puts bytes behind its replies, from any thread
  };

  explicit ClientHandle(Identity identity)
      : identity_(std::move(identity)),
        pushes_({identity_.send, identity_.outbox_bytes, identity_.close}) {}

  uint64_t id() const { return identity_.id; }
  const std::string& address() const { return identity_.address; }
  const std::string& local_address() const { return identity_.local_address; }
  absl::Time since() const { return identity_.since; }
  size_t outbox_bytes() const { return identity_.outbox_bytes ? identity_.outbox_bytes() : 0; }
  void Kill() {
    if (identity_.close) identity_.close();
  }

  // What it is told without having asked.
  PushQueue& pushes() { return pushes_; }
  // Its subscriptions of one kind, counted.
  std::atomic<int64_t>& subscribed(ChannelKind kind) {
    return subscribed_[static_cast<size_t>(kind)];
  }
  int64_t subscribed(ChannelKind kind) const { return subscribed_[static_cast<size_t>(kind)]; }
  bool subscribed() const {
    return subscribed(ChannelKind::kChannel) > 0 || subscribed(ChannelKind::kPattern) > 0 ||
           subscribed(ChannelKind::kShard) > 0;
  }
  ClientClass kind() const { return subscribed() ? ClientClass::kPubSub : ClientClass::kNormal; }

  std::string name() const;
  void set_name(std::string_view name);
  std::string library() const;
  std::string library_version() const;
  void set_library(std::string_view name);
  void set_library_version(std::string_view version);

  // Shown in CLIENT LIST; written by the client's session alone.
  std::atomic<const Command*> last_command{nullptr};
  std::atomic<int64_t> last_active_ms{0};
  std::atomic<int64_t> input_bytes{0};
  std::atomic<int64_t> input_free{0};  // bytes reserved behind them
  std::atomic<int64_t> args_bytes{0};  // of memory for arguments
  std::atomic<int> reply_version{2};
  std::atomic<int> database{0};
  std::atomic<int> queued{-1};  // commands since MULTI; -1: no transaction
  std::atomic<int> watched{0};
  std::atomic<bool> no_evict{false};
  std::atomic<bool> no_touch{false};
  std::atomic<bool> monitoring{false};
  std::atomic<bool> paused{false};  // its next request waits for the end of CLIENT PAUSE

  // --- Blocking
  // --------------------------------------------------------------------------------------
  bool blocked() const;
  // The session is about to wait with `waiter`.
  void SetWaiter(engine::WaiterPtr waiter);
  // It no longer waits; returns how it was unblocked, if it was.
  std::optional<Unblock> ClearWaiter();
  // False when it does not wait.
  bool TryUnblock(Unblock how);

 private:
  const Identity identity_;
  PushQueue pushes_;
  std::array<std::atomic<int64_t>, kChannelKinds> subscribed_{};
  mutable absl::Mutex mu_;
  std::string name_ ABSL_GUARDED_BY(mu_);
  std::string library_ ABSL_GUARDED_BY(mu_);
  std::string library_version_ ABSL_GUARDED_BY(mu_);
  engine::WaiterPtr waiter_ ABSL_GUARDED_BY(mu_);
  std::optional<Unblock> unblocked_ ABSL_GUARDED_BY(mu_);
};

using ClientHandlePtr = std::shared_ptr<ClientHandle>;

class Clients {
 public:
  ClientHandlePtr Add(ClientHandle::Identity identity);
  void Remove(uint64_t id);
  ClientHandlePtr Find(uint64_t id) const;   // nullptr when gone
  std::vector<ClientHandlePtr> All() const;  // by id
  size_t size() const;
  size_t blocked() const;

 private:
  mutable absl::Mutex mu_;
  absl::btree_map<uint64_t, ClientHandlePtr> clients_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_CLIENTS_H_
