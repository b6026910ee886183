// The consumer groups of a broker, by id: classic ones (engine/membership.h) and those of the newer
// protocol (engine/consumer_group.h), with locks, a place in the timer queue, and answers that can
// be waited for.
//
//   auto joining = coordinator.Join("readers", request);
//   while (!(reply = joining->Take())) { ...wait: joining->Wait(waiter)... }
//
// Members live in memory: after a restart they are unknown and join again. What a group has
// committed is kept with the streams (engine/group.h).
//
// Thread-safe. Lock order: registry -> group -> images of the topics; no other lock is taken, and
// nobody woken, under these. The catalogue must outlive the coordinator.
#ifndef BRAID_ENGINE_COORDINATOR_H_
#define BRAID_ENGINE_COORDINATOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/consumer_group.h"
#include "engine/coordinated_group.h"
#include "engine/membership.h"
#include "engine/pending_reply.h"
#include "engine/topic_image.h"

namespace braid::engine {

enum class GroupKind : uint8_t { kClassic, kConsumer };

struct GroupSummary {
  std::string id;
  std::string protocol_type;
  GroupKind kind = GroupKind::kClassic;
  std::string_view state;  // as Kafka spells it
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
  // `generation` is an epoch where members count in those (CommitRight::epochs). Where there is no
  // group: kOk to a simple consumer, kGroupNotFound to a member of one.
  CommitRight MayCommit(std::string_view id, std::string_view member_id,
                        const std::optional<std::string>& instance_id, int32_t generation);
  // Only consumer groups ask who fetches offsets.
  Errc MayFetch(std::string_view id, std::string_view member_id, int32_t epoch) const;
  // ConsumerGroup::Heartbeat, and what CheckForm says. Joining founds the group. A member of a
  // group that is not there any more, as after a restart, is kFencedMemberEpoch; of one that is
  // classic by now, kUnknownMember. kGroupNotFound: the id belongs to a classic group that cannot
  // become a consumer group.
  absl::StatusOr<ConsumerHeartbeatReply> ConsumerGroupHeartbeat(std::string_view id,
                                                                const ConsumerHeartbeat& heartbeat);
  // Forgets an empty group. kOk; kGroupNotEmpty; kGroupNotFound.
  Errc Delete(std::string_view id);

  std::vector<GroupSummary> List() const;  // by id
  std::optional<GroupKind> KindOf(std::string_view id) const;
  // nullopt where there is none of its kind.
  std::optional<GroupDescription> Describe(std::string_view id) const;
  std::optional<ConsumerGroupDescription> DescribeConsumerGroup(std::string_view id) const;
  // The topics that members subscribe to, as far as that is to be seen; none where there is no
  // group.
  std::set<std::string> SubscribedTopics(std::string_view id) const;
  // Never given before: for members that bring no id of their own.
  std::string NewMemberId();

 private:
  using GroupPtr = std::shared_ptr<CoordinatedGroup>;

  GroupPtr Find(std::string_view id) const;
  GroupPtr FindOrFound(std::string_view id);  // nullptr when there are too many
  void ForgetEmptyGroups() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Catalog& catalog_;
  const MembershipOptions options_;
  const std::shared_ptr<TopicImages> topics_;
  mutable absl::Mutex mu_;
  absl::btree_map<std::string, GroupPtr, std::less<>> groups_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_COORDINATOR_H_
