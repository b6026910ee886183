// A classic group and its members in the words of its tests: clients that join, sync, beat and
// leave, with every answer collected by ticket.
#ifndef BRAID_TESTS_ENGINE_MEMBERSHIP_FIXTURE_H_
#define BRAID_TESTS_ENGINE_MEMBERSHIP_FIXTURE_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/membership.h"

namespace braid::engine {

class MembershipTest : public ::testing::Test {
 protected:
  static constexpr absl::Duration kSession = absl::Seconds(10);
  static constexpr absl::Duration kRebalance = absl::Seconds(60);

  // Another group, whose tickets begin anew.
  void StartGroup(MembershipOptions options) {
    group_ = std::make_unique<Membership>(options);
    joins_.clear();
    syncs_.clear();
  }
  Membership& group() { return *group_; }
  absl::Time now() const { return now_; }

  // Time passes in one step; the timer runs at its end.
  void Pass(absl::Duration time) {
    now_ += time;
    group_->Expire(now_);
    Collect();
  }

  // --- Requests; answers by ticket ---
  JoinRequest Request(const std::string& member_id = "") {
    JoinRequest request;
    request.member_id = member_id;
    request.new_member_id = absl::StrCat("member-", ++ids_);
    request.client_id = "client";
    request.client_host = "/127.0.0.1";
    request.session_timeout = kSession;
    request.rebalance_timeout = kRebalance;
    request.protocol_type = "consumer";
    request.protocols = {{"range", "topics:a"}};
    return request;
  }
  Ticket Join(const JoinRequest& request) {
    const Ticket ticket = group_->Join(request, now_);
    Collect();
    return ticket;
  }
  Ticket Join(const std::string& member_id = "") { return Join(Request(member_id)); }
  JoinRequest StaticRequest(const std::string& instance_id, const std::string& member_id = "") {
    JoinRequest request = Request(member_id);
    request.instance_id = instance_id;
    return request;
  }

  // With `assignments` as a leader, without as a follower. The current generation unless told
  // otherwise.
  Ticket Sync(const std::string& member_id,
              std::vector<std::pair<std::string, std::string>> assignments = {},
              std::optional<int32_t> generation = std::nullopt) {
    SyncRequest request;
    request.member_id = member_id;
    request.generation = generation.value_or(group_->generation());
    request.assignments = std::move(assignments);
    const Ticket ticket = group_->Sync(request, now_);
    Collect();
    return ticket;
  }
  Errc Beat(const std::string& member_id, std::optional<int32_t> generation = std::nullopt) {
    return group_->Heartbeat(member_id, std::nullopt, generation.value_or(group_->generation()),
                             now_);
  }
  Errc Commit(const std::string& member_id, std::optional<int32_t> generation = std::nullopt) {
    return group_->ValidateCommit(member_id, std::nullopt,
                                  generation.value_or(group_->generation()), now_);
  }
  Errc Leave(const std::string& member_id) {
    const Errc error = group_->Leave(member_id, std::nullopt, now_);
    Collect();
    return error;
  }

  bool Waits(Ticket ticket) const { return !joins_.contains(ticket) && !syncs_.contains(ticket); }
  const JoinReply& Joined(Ticket ticket) {
    if (!joins_.contains(ticket)) ADD_FAILURE() << "no answer to join ticket " << ticket;
    return joins_[ticket];
  }
  const SyncReply& Synced(Ticket ticket) {
    if (!syncs_.contains(ticket)) ADD_FAILURE() << "no answer to sync ticket " << ticket;
    return syncs_[ticket];
  }
  Errc JoinError(Ticket ticket) { return Joined(ticket).error; }
  Errc SyncError(Ticket ticket) { return Synced(ticket).error; }

  // --- Whole groups ---
  // A stable group of one; returns its id.
  std::string StableGroupOfOne() {
    const std::string leader = Joined(Join()).member_id;
    Sync(leader, {{leader, "all"}});
    EXPECT_EQ(group_->state(), GroupState::kStable);
    return leader;
  }
  struct Pair {
    std::string leader, follower;
  };
  // Both have joined; nobody has synced.
  Pair CompletingPair() {
    const std::string first = StableGroupOfOne();
    const Ticket second = Join();
    Join(first);
    EXPECT_EQ(group_->state(), GroupState::kCompletingRebalance);
    return {first, Joined(second).member_id};
  }
  Pair StablePair() {
    const Pair pair = CompletingPair();
    Sync(pair.leader, {{pair.leader, "left"}, {pair.follower, "right"}});
    Sync(pair.follower);
    EXPECT_EQ(group_->state(), GroupState::kStable);
    return pair;
  }
  // A third one knocks; the pair has yet to join again.
  struct Preparing : Pair {
    Ticket newcomer;
  };
  Preparing PreparingTrio() {
    const Pair pair = StablePair();
    const Ticket newcomer = Join();
    EXPECT_EQ(group_->state(), GroupState::kPreparingRebalance);
    return {pair, newcomer};
  }
  void DeadGroup() { EXPECT_EQ(group_->Delete(), Errc::kOk); }

 private:
  void Collect() {
    for (MembershipAnswer& answer : group_->TakeReplies()) {
      EXPECT_TRUE(Waits(answer.ticket)) << "ticket " << answer.ticket << " answered twice";
      if (auto* join = std::get_if<JoinReply>(&answer.reply)) {
        joins_[answer.ticket] = std::move(*join);
      } else {
        syncs_[answer.ticket] = std::get<SyncReply>(std::move(answer.reply));
      }
    }
  }

  std::unique_ptr<Membership> group_ = std::make_unique<Membership>();
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  int ids_ = 0;
  std::map<Ticket, JoinReply> joins_;
  std::map<Ticket, SyncReply> syncs_;
};

}  // namespace braid::engine

#endif  // BRAID_TESTS_ENGINE_MEMBERSHIP_FIXTURE_H_
