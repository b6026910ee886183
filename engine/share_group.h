// The members of a Kafka share group, and which partitions each may acquire records of. One
// ShareGroup is one group; what is acquired is with the partitions (engine/share_partitions.h).
//
// Several members may have the same partition: none has to give up anything before another gets it,
// so that a member has what is meant for it with its next heartbeat. The group's epoch grows when
// members, their subscriptions or the topics change.
//
// A pure state machine: no clock, no lock, no I/O. Every call takes `now`, and those that may alter
// shares take the topics there are. The owner calls Expire(now) by NextDeadline().
#ifndef BRAID_ENGINE_SHARE_GROUP_H_
#define BRAID_ENGINE_SHARE_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/partitions.h"
#include "engine/topic_image.h"

namespace braid::engine {

// Fields without a value are as they were in the heartbeat before.
struct ShareHeartbeat {
  static constexpr int32_t kJoins = 0;
  static constexpr int32_t kLeaves = -1;

  std::string member_id;  // chosen by the client
  int32_t epoch = kJoins;
  std::optional<std::string> rack_id;
  std::optional<std::vector<std::string>> topic_names;
  std::string client_id, client_host;  // for Describe
  absl::Duration session_timeout = absl::Seconds(45);
};

struct ShareHeartbeatReply {
  std::string member_id;
  int32_t epoch = 0;
  std::optional<PartitionSet> assignment;  // no value: as before
};

struct ShareMemberDescription {
  std::string member_id;
  std::optional<std::string> rack_id;
  int32_t epoch = 0;
  std::string client_id, client_host;
  std::vector<std::string> topic_names;  // ascending
  PartitionSet assigned;
};

struct ShareGroupDescription {
  std::string_view state;  // as Kafka spells it: "Empty", "Stable"
  int32_t epoch = 0;
  int32_t target_epoch = 0;
  std::vector<ShareMemberDescription> members;  // by member id
};

// The one way to share partitions out that there is.
inline constexpr std::string_view kShareAssignor = "simple";

// Ok, or why `heartbeat` makes no sense in any group: kInvalidArgument.
absl::Status CheckForm(const ShareHeartbeat& heartbeat);

// Who may read what: each member at least one partition of each of its topics, and each partition
// at least one member, as evenly as can be.
std::map<std::string, PartitionSet> ShareOut(
    const std::map<TopicId, std::vector<std::string>>& subscribers, const TopicSizes& sizes);

class ShareGroup {
 public:
  static constexpr size_t kMaxMembers = 200;

  ShareGroup() = default;
  ShareGroup(const ShareGroup&) = delete;
  ShareGroup& operator=(const ShareGroup&) = delete;

  // `heartbeat` has passed CheckForm. Errors: kUnknownMember; kFencedMemberEpoch (join again);
  // kGroupFull.
  absl::StatusOr<ShareHeartbeatReply> Heartbeat(const ShareHeartbeat& heartbeat,
                                                const TopicImage& topics, absl::Time now);

  // Puts out members that fell silent. Their ids.
  std::vector<std::string> Expire(absl::Time now);
  absl::Time NextDeadline() const;  // InfiniteFuture when there is none

  size_t member_count() const { return members_.size(); }
  std::string_view state() const { return members_.empty() ? "Empty" : "Stable"; }
  ShareGroupDescription Describe() const;

 private:
  struct Member {
    std::optional<std::string> rack_id;
    std::string client_id, client_host;
    std::set<std::string> topic_names;
    int32_t epoch = 0;
    int32_t previous_epoch = 0;
    PartitionSet assigned;
    absl::Time deadline = absl::InfiniteFuture();
  };

  absl::StatusOr<Member*> FindOrAdmit(const ShareHeartbeat& heartbeat);
  void Refresh(const TopicImage& topics);

  int32_t epoch_ = 0;
  bool changed_ = false;  // members or subscriptions, since the target was made
  std::map<std::string, Member, std::less<>> members_;
  std::map<std::string, PartitionSet> target_;
  TopicSizes sizes_;                        // of what is subscribed to
  std::optional<uint64_t> topics_version_;  // when that was so
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SHARE_GROUP_H_
