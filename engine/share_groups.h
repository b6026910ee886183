// The Kafka share groups of an engine: what engine/coordinator.h is to groups whose members divide
// partitions among them. A group is founded by who joins it first, and is there until it is
// deleted; those that have partitions are there again after a restart, without members.
//
// Thread-safe. Nobody is called under the lock.
#ifndef BRAID_ENGINE_SHARE_GROUPS_H_
#define BRAID_ENGINE_SHARE_GROUPS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/share_group.h"
#include "engine/timers.h"
#include "engine/topic_image.h"

namespace braid::engine {

class ShareGroups {
 public:
  // Groups remembered. Past this those with neither members nor partitions are forgotten, and new
  // ones refused (kGroupFull) when all have some.
  static constexpr size_t kMaxGroups = 10'000;
  // Called when a member has left `group`, or was put out.
  using GoneHook = std::function<void(std::string_view group, std::string_view member)>;

  explicit ShareGroups(Catalog& catalog);
  ~ShareGroups();
  ShareGroups(const ShareGroups&) = delete;
  ShareGroups& operator=(const ShareGroups&) = delete;

  // Set once, before use.
  void SetGoneHook(GoneHook hook) { gone_ = std::move(hook); }

  // ShareGroup::Heartbeat, and what CheckForm says. Joining founds the group. A member of a group
  // that there is not is kFencedMemberEpoch when it stays, and kUnknownMember when it leaves.
  absl::StatusOr<ShareHeartbeatReply> Heartbeat(std::string_view id,
                                                const ShareHeartbeat& heartbeat);

  // It is there from now on: somebody acquires records in its name. False when there are too many.
  bool Ensure(std::string_view id);
  bool Has(std::string_view id) const;
  struct Summary {
    std::string id;
    std::string_view state;
  };
  std::vector<Summary> List() const;  // by id
  std::optional<ShareGroupDescription> Describe(std::string_view id) const;
  // Ok when the group is there and has no members: kGroupNotFound, kGroupNotEmpty.
  Errc CheckEmpty(std::string_view id) const;
  // Forgets it, under the same conditions.
  Errc Delete(std::string_view id);

 private:
  struct Timer;

  // nullptr when there are too many.
  ShareGroup* FindOrFound(std::string_view id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Looks after silent members no later than `when`.
  void Arm(absl::Time when) ABSL_LOCKS_EXCLUDED(mu_);
  void OnTimer() ABSL_LOCKS_EXCLUDED(mu_);

  Catalog& catalog_;
  TopicImages topics_;
  GoneHook gone_;
  const std::shared_ptr<Timer> timer_;
  mutable absl::Mutex mu_;
  absl::btree_map<std::string, std::unique_ptr<ShareGroup>, std::less<>> groups_
      ABSL_GUARDED_BY(mu_);
  absl::Time armed_for_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  TimerId armed_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SHARE_GROUPS_H_
