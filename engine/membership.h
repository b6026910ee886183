// The classic Kafka consumer group: who belongs, who leads, which generation it is. One Membership
// is one group; committed offsets are elsewhere.
//
//                       first Join
//        Empty ---------------------------> PreparingRebalance <-----------------+
//          ^                                  |            ^                      |
//          | nobody left                      | all joined | Join, Leave,         | Join, Leave,
//          +----------------------------------+ or timeout | expiry               | expiry
//          | Delete                           v            |                      |
//          v                              CompletingRebalance ---------------> Stable
//        Dead                                               Sync of the leader
//
// A pure state machine: no clock, no lock, no I/O. Every call takes `now`. Join and Sync may have
// to wait for others, so each returns a ticket; the answer to it lies in TakeReplies(), at once or
// after a later call (anybody's Join, Sync, Leave, or Expire). The owner drains TakeReplies() after
// every call, and calls Expire(now) by NextDeadline(). Every ticket is answered exactly once, at
// the latest when all deadlines have passed.
//
//   Ticket ticket = group.Join(request, now);
//   for (auto& answer : group.TakeReplies()) Complete(answer.ticket, std::move(answer.reply));
//
// Requests that name a member restart its session: Heartbeat, Sync, ValidateCommit, and Join when
// answered. A member that waits for an answer does not expire.
//
// Dynamic members are known by member id. A static member is known by its instance id, keeps its
// place over a restart, and gets a new member id when it joins again; the old one is fenced.
#ifndef BRAID_ENGINE_MEMBERSHIP_H_
#define BRAID_ENGINE_MEMBERSHIP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "braid/error.h"

namespace braid::engine {

enum class GroupState : uint8_t {
  kEmpty,                // no members
  kPreparingRebalance,   // waits until all members have joined (again)
  kCompletingRebalance,  // waits for the leader's assignment
  kStable,
  kDead,  // deleted
};

// As Kafka spells it: "Empty", "PreparingRebalance", ...
std::string_view GroupStateName(GroupState state);

struct MembershipOptions {
  absl::Duration initial_rebalance_delay =
      absl::ZeroDuration();  // an empty group waits for company
  absl::Duration min_session_timeout = absl::Seconds(6);
  absl::Duration max_session_timeout = absl::Minutes(30);
  size_t max_members = 10000;    // and as many ids given out but not yet used
  int32_t first_generation = 0;  // the group's last one in an earlier life
};

// One way a member can share the work, with what the leader must know for it.
struct GroupProtocol {
  std::string name;
  std::string metadata;
  friend bool operator==(const GroupProtocol&, const GroupProtocol&) = default;
};

struct JoinRequest {
  std::string member_id;                   // empty: not yet a member
  std::optional<std::string> instance_id;  // static membership
  std::string new_member_id;               // the id to give when one is needed; never used before
  std::string client_id, client_host;      // for Describe
  absl::Duration session_timeout;
  absl::Duration rebalance_timeout;      // zero: as session_timeout
  std::string protocol_type;             // "consumer"
  std::vector<GroupProtocol> protocols;  // best first
  bool require_known_member_id = false;  // answer a first join with an id alone (version 4 on)
  bool can_skip_assignment = false;      // understands JoinReply::skip_assignment (version 9 on)
};

struct JoinMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string metadata;
};

struct JoinReply {
  // kInvalidSessionTimeout, kInconsistentProtocol, kMemberIdRequired (member_id is the id to join
  // with), kUnknownMember, kFencedInstance, kGroupFull, kRebalanceInProgress (a later request of
  // the same member took this one's place).
  Errc error = Errc::kOk;
  int32_t generation = -1;
  std::string protocol_type;
  std::string protocol;
  std::string leader;
  std::string member_id;
  bool skip_assignment = false;     // the leader need not assign: the old assignment stands
  std::vector<JoinMember> members;  // for the leader alone
};

struct SyncRequest {
  std::string member_id;
  std::optional<std::string> instance_id;
  int32_t generation = -1;
  std::optional<std::string> protocol_type, protocol;            // checked when given
  std::vector<std::pair<std::string, std::string>> assignments;  // member id -> bytes; leader only
};

struct SyncReply {
  // kUnknownMember, kFencedInstance, kIllegalGeneration, kInconsistentProtocol,
  // kRebalanceInProgress.
  Errc error = Errc::kOk;
  std::string protocol_type;
  std::string protocol;
  std::string assignment;
};

using Ticket = uint64_t;

struct MembershipAnswer {
  Ticket ticket = 0;
  std::variant<JoinReply, SyncReply> reply;
};

struct MemberDescription {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id, client_host;
  std::string metadata, assignment;  // empty unless Stable
};

struct GroupDescription {
  GroupState state = GroupState::kEmpty;
  int32_t generation = 0;
  std::string protocol_type;
  std::string protocol;  // empty unless Stable
  std::string leader;
  std::vector<MemberDescription> members;  // by member id
};

// A member as it goes over to the other kind of group (engine/consumer_group.h), or comes from
// there.
struct ClassicMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id, client_host;
  absl::Duration session_timeout, rebalance_timeout;
  std::vector<GroupProtocol> protocols;
  std::string assignment;
};

class Membership {
 public:
  // A member in its first rebalance, which has no session yet, is dropped after this long.
  static constexpr absl::Duration kNewMemberJoinTimeout = absl::Minutes(5);

  explicit Membership(MembershipOptions options = {});
  // A group of these members, at least one and with a protocol in common, at the options' first
  // generation; all have to join again.
  Membership(MembershipOptions options, const std::vector<ClassicMember>& members, absl::Time now);
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  Ticket Join(const JoinRequest& request, absl::Time now);
  Ticket Sync(const SyncRequest& request, absl::Time now);

  // kOk; kRebalanceInProgress (join again); kIllegalGeneration; kUnknownMember; kFencedInstance.
  Errc Heartbeat(std::string_view member_id, const std::optional<std::string>& instance_id,
                 int32_t generation, absl::Time now);

  // A static member may leave by its instance id alone (`member_id` empty). kOk; kUnknownMember;
  // kFencedInstance.
  Errc Leave(std::string_view member_id, const std::optional<std::string>& instance_id,
             absl::Time now);

  // May offsets be committed by this member of this generation? A negative generation without a
  // member is a simple consumer, which may as long as the group has no members. Counts as a
  // heartbeat. kOk; kRebalanceInProgress (between Join and Sync); kIllegalGeneration;
  // kUnknownMember; kFencedInstance.
  Errc ValidateCommit(std::string_view member_id, const std::optional<std::string>& instance_id,
                      int32_t generation, absl::Time now);

  // Empty becomes Dead. kOk; kGroupNotEmpty; kGroupNotFound when dead already. A later first Join
  // starts a dead group anew.
  Errc Delete();

  std::vector<ClassicMember> Members() const;
  // The group ends here, and its members go on elsewhere: who waits is told to join again.
  void HandOver();

  // Runs every deadline up to `now`: members that fell silent, ids never used, rebalances that took
  // long.
  void Expire(absl::Time now);
  // The next one; InfiniteFuture when there is none.
  absl::Time NextDeadline() const;

  // What has been answered since the last call, in order.
  std::vector<MembershipAnswer> TakeReplies() { return std::exchange(replies_, {}); }
  bool has_replies() const { return !replies_.empty(); }

  GroupState state() const { return state_; }
  int32_t generation() const { return generation_; }
  const std::string& protocol_type() const { return protocol_type_; }
  const std::string& protocol() const { return protocol_; }
  const std::string& leader() const { return leader_; }
  size_t member_count() const { return members_.size(); }
  GroupDescription Describe() const;
  // Each member's metadata for the protocol in use (its first one before there is any): what it
  // subscribes to.
  std::vector<std::string> Subscriptions() const;

 private:
  struct Member {
    std::string id;
    std::optional<std::string> instance_id;
    std::string client_id, client_host;
    absl::Duration session_timeout, rebalance_timeout;
    std::vector<GroupProtocol> protocols;
    std::string assignment;
    bool is_new = true;      // never yet part of a generation
    absl::Time deadline;     // of its session; holds while it waits for nothing
    Ticket join_ticket = 0;  // waiting, when not 0
    Ticket sync_ticket = 0;

    // Waiting members do not expire, except a new one that waits too long.
    bool MayExpire() const { return sync_ticket == 0 && (join_ticket == 0 || is_new); }
  };
  // PreparingRebalance ends at `deadline`, or when all have joined unless `initial`.
  struct Barrier {
    absl::Time deadline = absl::InfiniteFuture();
    bool initial = false;                             // of an empty group: only time ends it
    bool new_member = false;                          // company came: wait once more ...
    absl::Duration remaining = absl::ZeroDuration();  // ... within this
  };

  // membership.cc: requests
  Errc JoinNew(const JoinRequest& request, Ticket ticket, absl::Time now);
  Errc JoinKnown(const JoinRequest& request, Ticket ticket, absl::Time now);
  void AddMember(const JoinRequest& request, const std::string& id, Ticket ticket, absl::Time now);
  void RejoinStatic(const JoinRequest& request, Ticket ticket, absl::Time now);
  bool AskForSameTopics(const std::vector<GroupProtocol>& before,
                        const std::vector<GroupProtocol>& now) const;
  Member& RenameStatic(const std::string& instance_id, const std::string& new_id);
  Errc CheckMember(std::string_view member_id, const std::optional<std::string>& instance_id) const;
  Errc CheckSync(const SyncRequest& request) const;
  bool HasRoom(const std::string& member_id) const;
  bool Accepts(const JoinRequest& request) const;
  void Update(Member& member, const JoinRequest& request);
  void Touch(Member& member, absl::Time now);
  Member* Find(std::string_view member_id);

  // membership_rebalance.cc: generations
  void Rebalance(absl::Time now);
  void PrepareRebalance(absl::Time now);
  void TryCompleteJoin(absl::Time now);
  void CompleteJoin(absl::Time now);
  void CompleteSync(const SyncRequest& request, absl::Time now);
  bool ElectLeader();
  std::string SelectProtocol() const;
  bool SupportedByAll(std::string_view protocol, std::string_view except_member) const;
  absl::Duration RebalanceTimeout() const;
  // A rebalance follows, or is under way, or ends: nothing else may.
  void RemoveMember(const std::string& id, Errc why);
  void RemoveAndRebalance(const std::string& id, Errc why, absl::Time now);
  bool ExpireOne(absl::Time now);
  void BarrierTimedOut(absl::Time now);
  void SyncTimedOut(absl::Time now);
  void Synced(const std::string& member_id);

  JoinReply CurrentGeneration(const Member& member) const;
  std::vector<JoinMember> MembersForLeader() const;
  void AnswerJoin(Ticket ticket, JoinReply reply);
  void RefuseJoin(Ticket ticket, Errc error, std::string_view member_id);
  void RefuseSync(Ticket ticket, Errc error);
  // To the requests that `member` waits with, if it does.
  void RefuseWaiting(Member& member, Errc error);
  void RefuseSync(Member& member, Errc error);
  void GiveAssignment(Member& member);

  const MembershipOptions options_;
  GroupState state_ = GroupState::kEmpty;
  int32_t generation_ = 0;
  std::string protocol_type_;
  std::string protocol_;                                       // of the current generation
  std::string leader_;                                         // empty or a key of members_
  std::map<std::string, Member, std::less<>> members_;         // by member id
  std::map<std::string, std::string, std::less<>> instances_;  // instance id -> member id
  std::map<std::string, absl::Time, std::less<>> pending_;  // ids given out, not yet used -> expiry
  Barrier barrier_;                                         // while PreparingRebalance
  std::set<std::string, std::less<>> unsynced_;             // joined this generation, yet to Sync
  absl::Time sync_deadline_ = absl::InfiniteFuture();       // when those are dropped
  Ticket last_ticket_ = 0;
  std::vector<MembershipAnswer> replies_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_MEMBERSHIP_H_
