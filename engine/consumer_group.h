// A consumer group of the newer protocol: the broker decides who reads what, and members learn it
// from heartbeats. One ConsumerGroup is one group; committed offsets are elsewhere. The older kind
// is engine/membership.h.
//
// The group has an epoch, which grows when members, their subscriptions or the topics change. With
// it goes a target: which partitions each member shall have (engine/assignors.h). Each member is
// led there on its own, and has the group's epoch when it has given up what is no longer its own:
//
//                     owns nothing that it shall not
//       Unrevoked ---------------------------------------> Unreleased <----+ others still hold
//           ^                                                  |           | part of its share
//           | it has partitions to give up                     | has all   |
//           |                                                  v           |
//           +---------------- a newer target ------------- Stable ---------+
//
// A partition has one holder: whoever may still read it, be it that the member has been asked to
// give it up. It goes to the next only when its holder no longer reports it, leaves, or is put out.
//
// A pure state machine: no clock, no lock, no I/O. Every call takes `now`, and those that may alter
// shares take the topics there are. Nobody waits: every call answers at once. The owner calls
// Expire(now) by NextDeadline().
//
// A static member (one with an instance id) that leaves for a while keeps its share until its
// session ends; who comes with its instance id takes its place.
//
// Members of the classic protocol may be in it as well (consumer_group_classic.cc), so that the
// clients of a group can be replaced one after the other. They see generations, which are epochs.
#ifndef BRAID_ENGINE_CONSUMER_GROUP_H_
#define BRAID_ENGINE_CONSUMER_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "braid/error.h"
#include "engine/assignors.h"
#include "engine/membership.h"
#include "engine/partitions.h"
#include "engine/topic_image.h"

namespace re2 {
class RE2;
}

namespace braid::engine {

enum class ConsumerGroupState : uint8_t {
  kEmpty,        // no members
  kAssigning,    // the target is older than the group's epoch: the next request makes a new one
  kReconciling,  // some member is on its way to its target
  kStable,
};

// As Kafka spells it: "Empty", "Assigning", ...
std::string_view ConsumerGroupStateName(ConsumerGroupState state);

struct ConsumerGroupOptions {
  size_t max_members = 10'000;
  int32_t first_epoch = 0;    // the group's last one in an earlier life
  MembershipOptions classic;  // limits for members of the classic protocol
};

// Fields without a value are as they were in the heartbeat before.
struct ConsumerHeartbeat {
  static constexpr int32_t kJoins = 0;
  static constexpr int32_t kLeaves = -1;
  static constexpr int32_t kLeavesForAWhile = -2;  // static members

  std::string member_id;  // chosen by the client
  int32_t epoch = kJoins;
  std::optional<std::string> instance_id, rack_id;
  std::optional<absl::Duration> rebalance_timeout;
  std::optional<std::vector<std::string>> topic_names;
  std::optional<std::string> topic_pattern;  // RE2, of whole names; empty: none
  std::optional<std::string> assignor;
  std::optional<PartitionSet> owned;   // that the member reads, or could
  std::string client_id, client_host;  // for Describe
  absl::Duration session_timeout = absl::Seconds(45);
};

struct ConsumerHeartbeatReply {
  std::string member_id;
  int32_t epoch = 0;
  std::optional<PartitionSet> assignment;  // no value: as before
};

// What a member may commit, and fetch offsets for.
struct CommitRight {
  Errc error = Errc::kOk;
  bool epochs = false;               // it counts in epochs: a protocol without those is too old
  std::optional<PartitionSet> only;  // of these alone; the others are kStaleMemberEpoch
};

struct ConsumerMemberDescription {
  std::string member_id;
  std::optional<std::string> instance_id, rack_id;
  int32_t epoch = 0;
  std::string client_id, client_host;
  std::vector<std::string> topic_names;  // ascending
  std::string topic_pattern;
  PartitionSet assigned, target;
  bool classic = false;  // of the classic protocol
};

struct ConsumerGroupDescription {
  ConsumerGroupState state = ConsumerGroupState::kEmpty;
  int32_t epoch = 0;
  int32_t target_epoch = 0;
  std::string_view assignor;
  std::vector<ConsumerMemberDescription> members;  // by member id
};

// Ok, or why `heartbeat` makes no sense in any group: kInvalidArgument, kUnsupportedAssignor,
// kInvalidPattern.
absl::Status CheckForm(const ConsumerHeartbeat& heartbeat);

class ConsumerGroup {
 public:
  explicit ConsumerGroup(ConsumerGroupOptions options = {});
  // The group that these members of a classic one become, at its generation. None may be waiting.
  // Their subscriptions must be readable (CanConvert).
  ConsumerGroup(ConsumerGroupOptions options, const std::vector<ClassicMember>& members,
                const TopicImage& topics, absl::Time now);
  static bool CanConvert(const std::vector<ClassicMember>& members);
  ConsumerGroup(const ConsumerGroup&) = delete;
  ConsumerGroup& operator=(const ConsumerGroup&) = delete;

  // `heartbeat` has passed CheckForm. Errors: kUnknownMember; kFencedMemberEpoch (give up
  // everything, and join again); kUnreleasedInstance (the instance id is in use); kFencedInstance
  // (another has taken it over); kGroupFull.
  absl::StatusOr<ConsumerHeartbeatReply> Heartbeat(const ConsumerHeartbeat& heartbeat,
                                                   const TopicImage& topics, absl::Time now);

  // Who says nothing of a member (negative epoch) may commit while the group has none, and may
  // always fetch. An epoch older than the member's counts for what it had then, and has still.
  // kUnknownMember; kStaleMemberEpoch; kIllegalGeneration (of the classic protocol).
  CommitRight MayCommit(std::string_view member_id, int32_t epoch) const;
  Errc MayFetch(std::string_view member_id, int32_t epoch) const;

  // --- Members of the classic protocol: as Membership's functions of these names, but for that
  // everything is answered at once, and that nobody leads.
  JoinReply Join(const JoinRequest& request, const TopicImage& topics, absl::Time now);
  SyncReply Sync(const SyncRequest& request, const TopicImage& topics, absl::Time now);
  Errc ClassicHeartbeat(std::string_view member_id, const std::optional<std::string>& instance_id,
                        int32_t generation, absl::Time now);
  // By its instance id alone, members of either protocol may be put out.
  Errc Leave(std::string_view member_id, const std::optional<std::string>& instance_id);
  // There are members, and all are of the classic protocol.
  bool AllClassic() const;
  // Those members, to go on as a classic group.
  std::vector<ClassicMember> ClassicMembers(const TopicImage& topics) const;

  // Runs every deadline up to `now`: members that fell silent, or did not give up in time what they
  // were asked to.
  void Expire(absl::Time now);
  absl::Time NextDeadline() const;  // InfiniteFuture when there is none

  ConsumerGroupState state() const;
  int32_t epoch() const { return epoch_; }
  size_t member_count() const { return members_.size(); }
  ConsumerGroupDescription Describe() const;
  // The names of the topics that members subscribe to, by name or pattern.
  std::set<std::string> SubscribedTopics(const TopicImage& topics) const;

 private:
  enum class Progress : uint8_t { kStable, kUnrevoked, kUnreleased };
  using Held = std::map<TopicPartition, int32_t>;  // -> the holder's epoch when it was given

  // What only members of the classic protocol have.
  struct Classic {
    absl::Duration session_timeout;
    std::vector<GroupProtocol> protocols;
  };
  struct Member {
    std::string id;
    std::optional<std::string> instance_id, rack_id;
    std::string client_id, client_host;
    absl::Duration rebalance_timeout = absl::ZeroDuration();
    std::string assignor;  // empty: no wish
    std::set<std::string> topic_names;
    std::shared_ptr<const re2::RE2> topic_pattern;  // nullptr: none
    std::set<TopicId> subscribed;                   // what both come to

    int32_t epoch = 0;
    int32_t previous_epoch = 0;
    Progress progress = Progress::kStable;
    Held assigned;        // what it may read
    Held revoking;        // what it has been asked to give up
    PartitionSet target;  // what it shall have
    absl::Time session_deadline = absl::InfiniteFuture();
    absl::Time rebalance_deadline = absl::InfiniteFuture();
    std::optional<Classic> classic;
  };
  using Members = std::map<std::string, Member, std::less<>>;

  // consumer_group.cc: requests
  absl::Status Depart(const ConsumerHeartbeat& heartbeat);
  absl::StatusOr<Member*> FindKnown(const ConsumerHeartbeat& heartbeat);
  absl::StatusOr<Member*> FindOrAdmit(const ConsumerHeartbeat& heartbeat);
  // `member` has the instance id that somebody joins with.
  absl::StatusOr<Member*> Replace(Member& member, const ConsumerHeartbeat& heartbeat);
  absl::Status CheckEpoch(const Member& member, const ConsumerHeartbeat& heartbeat) const;
  // True when it now subscribes to something else.
  bool Update(Member& member, const ConsumerHeartbeat& heartbeat);
  Member* Find(std::string_view member_id);
  Member* FindInstance(std::string_view instance_id);
  Member& Add(const std::string& member_id, const std::optional<std::string>& instance_id);
  // The member's place under another id, as if it had just joined.
  Member& TakeOver(Member& member, const std::string& new_id);
  void Remove(const std::string& member_id);
  static Errc EpochError(const Member& member) {
    return member.classic ? Errc::kIllegalGeneration : Errc::kStaleMemberEpoch;
  }

  // consumer_group_target.cc: who shall have what, and how members get there
  // Looks at the topics, and at the subscriptions if `changed`; makes a new target if need be.
  void Refresh(bool changed, const TopicImage& topics);
  bool ResolveSubscriptions(const TopicImage& topics);
  void MakeTarget();
  const Assignor& PreferredAssignor() const;
  // Brings `member` as near to its target as can be, knowing what it owns: no value, that is not
  // known.
  void Reconcile(Member& member, const std::optional<PartitionSet>& owned, absl::Time now);
  static PartitionSet PartitionsOf(const Held& held);
  static bool OwnsAny(const std::optional<PartitionSet>& owned, const Held& of);
  bool HeldByAnother(const TopicPartition& partition, const Member& member) const;
  bool WaitsForOthers(const Member& member) const;
  // Becomes the holder of these, and of nothing else.
  void Hold(Member& member, Held assigned, Held revoking);
  void Release(const Member& member);

  // consumer_group_classic.cc
  Errc FindClassic(std::string_view member_id, const std::optional<std::string>& instance_id,
                   Member*& found);
  bool Accepts(const JoinRequest& request) const;
  Errc AdmitClassic(const JoinRequest& request, Member*& admitted);
  bool MustRejoin(const Member& member) const;
  static void ActBy(Member& member, absl::Time deadline);
  std::string ShareOf(const Member& member, const TopicImage& topics) const;

  const ConsumerGroupOptions options_;
  int32_t epoch_ = 0;
  int32_t target_epoch_ = 0;
  Members members_;
  std::map<std::string, std::string, std::less<>> instances_;  // instance id -> member id
  std::map<TopicPartition, std::string> holders_;              // -> member id
  TopicSizes sizes_;                                           // of what is subscribed to
  uint64_t topics_version_ = 0;                                // when that was so
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_CONSUMER_GROUP_H_
