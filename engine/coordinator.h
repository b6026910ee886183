// The classic consumer groups of a broker, by id: one Membership each, with a lock, a place in the
// timer queue, and answers that can be waited for.
//
//   auto joining = coordinator.Join("readers", request);
//   while (!(reply = joining->Take())) { ...wait: joining->Wait(waiter)... }
//
// Memberships live in memory: after a restart members are unknown and join again. What a group has
// committed is kept with the streams (engine/group.h).
//
// Thread-safe. Lock order: registry -> group; no other lock is taken, and nobody woken, under
// either. The catalogue must outlive the coordinator.
#ifndef BRAID_ENGINE_COORDINATOR_H_
#define BRAID_ENGINE_COORDINATOR_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/synchronization/mutex.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/membership.h"
#include "engine/waiter.h"

namespace braid::engine {

// An answer that may not be there yet. One caller takes it; it is completed once.
template <class Reply>
class PendingReply {
 public:
  // The answer, moved out; nullopt while there is none.
  std::optional<Reply> Take() {
    absl::MutexLock lock(&mu_);
    return std::exchange(reply_, std::nullopt);
  }
  // Wakes `waiter` when there is an answer, at once if there is one already.
  void Wait(WaiterPtr waiter) {
    {
      absl::MutexLock lock(&mu_);
      if (!reply_) {
        waiter_ = std::move(waiter);
        return;
      }
    }
    waiter->Wake();
  }
  void Complete(Reply reply) {
    WaiterPtr waiter;
    {
      absl::MutexLock lock(&mu_);
      reply_ = std::move(reply);
      waiter = std::move(waiter_);
    }
    if (waiter) waiter->Wake();
  }

 private:
  absl::Mutex mu_;
  std::optional<Reply> reply_ ABSL_GUARDED_BY(mu_);
  WaiterPtr waiter_ ABSL_GUARDED_BY(mu_);
};

using PendingJoin = std::shared_ptr<PendingReply<JoinReply>>;
using PendingSync = std::shared_ptr<PendingReply<SyncReply>>;

struct GroupSummary {
  std::string id;
  std::string protocol_type;
  GroupState state = GroupState::kEmpty;
};

class Coordinator {
 public:
  // Groups remembered. Past this those without members are forgotten, and new ones refused
  // (kGroupFull) when all have some.
  static constexpr size_t kMaxGroups = 10'000;

  Coordinator(Catalog& catalog, MembershipOptions options);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  // As Membership's functions of these names, of the group `id`. A first Join founds the group; the
  // others answer kUnknownMember where there is none. Join chooses request.new_member_id itself:
  // the instance id or client id, and 16 random bytes in hexadecimal.
  PendingJoin Join(std::string_view id, JoinRequest request);
  PendingSync Sync(std::string_view id, const SyncRequest& request);
  Errc Heartbeat(std::string_view id, std::string_view member_id,
                 const std::optional<std::string>& instance_id, int32_t generation);
  Errc Leave(std::string_view id, std::string_view member_id,
             const std::optional<std::string>& instance_id);
  // Where there is no group: kOk to a simple consumer, kIllegalGeneration to a member of one.
  Errc ValidateCommit(std::string_view id, std::string_view member_id,
                      const std::optional<std::string>& instance_id, int32_t generation);
  // Forgets an empty group. kOk; kGroupNotEmpty; kGroupNotFound.
  Errc Delete(std::string_view id);

  std::vector<GroupSummary> List() const;  // by id
  std::optional<GroupDescription> Describe(std::string_view id) const;
  // What each member subscribes to (Membership::Subscriptions); empty where there is no group.
  std::vector<std::string> Subscriptions(std::string_view id) const;

 private:
  class Entry;
  using EntryPtr = std::shared_ptr<Entry>;

  EntryPtr Find(std::string_view id) const;
  EntryPtr FindOrFound(std::string_view id);  // nullptr when there are too many
  std::string NewMemberId(const JoinRequest& request);
  void ForgetEmptyGroups() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Catalog& catalog_;
  const MembershipOptions options_;
  mutable absl::Mutex mu_;
  absl::btree_map<std::string, EntryPtr, std::less<>> groups_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_COORDINATOR_H_
