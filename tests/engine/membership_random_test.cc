// Random clients against one group; after every step what must always hold, and at the end that
// nobody was left without an answer.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/membership.h"

namespace braid::engine {
namespace {

constexpr size_t kMaxMembers = 5;

class RandomGroup {
 public:
  explicit RandomGroup(uint32_t seed)
      : random_(seed),
        group_({.initial_rebalance_delay = absl::Seconds(static_cast<int>(seed % 3)),
                .max_members = kMaxMembers}) {}

  void Step() {
    switch (Below(12)) {
      case 0:
      case 1:
        return Join("");
      case 2:
      case 3:
      case 4:
        return Join(SomeMember());
      case 5:
      case 6:
      case 7:
        return Sync(SomeMember());
      case 8:
        group_.Heartbeat(SomeMember(), SomeInstance(), SomeGeneration(), now_);
        break;
      case 9:
        group_.ValidateCommit(SomeMember(), SomeInstance(), SomeGeneration(), now_);
        break;
      case 10:
        if (Below(3) == 0) {
          group_.Leave(Below(2) == 0 ? SomeMember() : "", SomeInstance(), now_);
        } else if (Below(10) == 0) {
          group_.Delete();
        }
        break;
      case 11:
        now_ += absl::Seconds(Below(5));
        if (Below(4) == 0) now_ += absl::Seconds(Below(60));
        group_.Expire(now_);
        EXPECT_GT(group_.NextDeadline(), now_);
        break;
    }
    Collect();
  }

  void CheckInvariants() {
    const GroupDescription shown = group_.Describe();
    EXPECT_GE(shown.generation, generation_) << "generation fell";
    generation_ = shown.generation;
    EXPECT_EQ(shown.state == GroupState::kEmpty || shown.state == GroupState::kDead,
              shown.members.empty() && shown.state != GroupState::kPreparingRebalance);
    // While preparing, those who have yet to join again may be shed for newcomers.
    const bool preparing = shown.state == GroupState::kPreparingRebalance;
    EXPECT_LE(shown.members.size(), preparing ? 2 * kMaxMembers : kMaxMembers);
    int leaders = 0;
    std::set<std::string> instances;
    for (const MemberDescription& member : shown.members) {
      leaders += member.member_id == shown.leader;
      if (member.instance_id.has_value()) {
        EXPECT_TRUE(instances.insert(*member.instance_id).second) << "two members of one instance";
      }
      if (shown.state == GroupState::kStable) {
        EXPECT_EQ(member.assignment, absl::StrCat("work of generation ", shown.generation));
        EXPECT_NE(member.metadata, "");
      }
    }
    EXPECT_EQ(leaders, shown.members.empty() ? 0 : 1);
  }

  // Silence: every deadline passes, one after the other.
  void LetAllDeadlinesPass() {
    for (int i = 0; group_.NextDeadline() != absl::InfiniteFuture(); ++i) {
      ASSERT_LT(i, 1000) << "deadlines without end";
      now_ = std::max(now_, group_.NextDeadline());
      group_.Expire(now_);
      Collect();
      CheckInvariants();
    }
    EXPECT_TRUE(waiting_.empty()) << waiting_.size() << " tickets never answered";
    EXPECT_EQ(group_.member_count(), 0u);
  }

 private:
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }

  void Join(const std::string& member_id) {
    JoinRequest request;
    request.member_id = member_id;
    request.instance_id = SomeInstance();
    request.new_member_id = absl::StrCat("member-", ++ids_);
    request.session_timeout = absl::Seconds(6 + Below(30));
    request.rebalance_timeout = absl::Seconds(Below(60));
    request.protocol_type = "consumer";
    if (Below(3) != 0) request.protocols.push_back({"sticky", absl::StrCat("s", Below(2))});
    request.protocols.push_back({"range", absl::StrCat("r", Below(2))});
    request.require_known_member_id = Below(2) == 0;
    request.can_skip_assignment = Below(2) == 0;
    known_.push_back(request.new_member_id);
    Expect(group_.Join(request, now_));
  }

  // As a leader would: work for everybody it was told of; followers say nothing.
  void Sync(const std::string& member_id) {
    SyncRequest request;
    request.member_id = member_id;
    request.instance_id = SomeInstance();
    request.generation = SomeGeneration();
    for (const MemberDescription& member : group_.Describe().members) {
      request.assignments.emplace_back(member.member_id,
                                       absl::StrCat("work of generation ", group_.generation()));
    }
    Expect(group_.Sync(request, now_));
  }

  void Expect(Ticket ticket) {
    EXPECT_TRUE(waiting_.insert(ticket).second) << "ticket given twice";
    Collect();
  }

  void Collect() {
    for (const MembershipAnswer& answer : group_.TakeReplies()) {
      EXPECT_EQ(waiting_.erase(answer.ticket), 1u) << "answered twice, or never asked";
      const auto* join = std::get_if<JoinReply>(&answer.reply);
      if (join == nullptr || join->error != Errc::kOk) continue;
      const bool one_leader =
          leader_of_.emplace(join->generation, join->leader).first->second == join->leader;
      // Static members change their ids within a generation; only those make the leader's name
      // change.
      EXPECT_TRUE(one_leader || had_static_) << "two leaders in generation " << join->generation;
    }
  }

  std::string SomeMember() {
    const GroupDescription shown = group_.Describe();
    if (!shown.members.empty() && Below(8) != 0) {
      return shown.members[Below(shown.members.size())].member_id;
    }
    return known_.empty() ? "nobody" : known_[Below(known_.size())];
  }
  std::optional<std::string> SomeInstance() {
    if (Below(4) != 0) return std::nullopt;
    had_static_ = true;
    return absl::StrCat("instance-", Below(3));
  }
  int32_t SomeGeneration() {
    return Below(10) == 0 ? static_cast<int32_t>(Below(5)) - 1 : group_.generation();
  }

  std::mt19937 random_;
  Membership group_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  int ids_ = 0;
  int32_t generation_ = 0;
  bool had_static_ = false;
  std::vector<std::string> known_;  // every id ever made
  std::set<Ticket> waiting_;
  std::map<int32_t, std::string> leader_of_;
};

TEST(MembershipRandomTest, InvariantsHoldAndEveryTicketIsAnswered) {
  const uint32_t base = std::random_device()();
  for (uint32_t run = 0; run < 500; ++run) {
    SCOPED_TRACE(absl::StrCat("seed ", base + run));
    RandomGroup world(base + run);
    for (int i = 0; i < 300; ++i) {
      world.Step();
      world.CheckInvariants();
      if (::testing::Test::HasFailure()) return;
    }
    world.LetAllDeadlinesPass();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace braid::engine
