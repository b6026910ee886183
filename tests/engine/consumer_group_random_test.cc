// Many members of both protocols that join, leave, fail, come back and change their minds, over a
// network that loses answers. No partition is ever read by two, and when it grows quiet all are
// shared evenly.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/consumer_group.h"
#include "engine/consumer_protocol.h"
#include "tests/engine/consumer_group_fixture.h"

namespace braid::engine {
namespace {

constexpr absl::Duration kSession = absl::Seconds(45);
constexpr absl::Duration kRebalance = absl::Seconds(60);

class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) Grow(absl::StrCat("topic-", i));
  }

  void Step() {
    switch (Below(12)) {
      case 0:
        if (clients_.size() < 8) Start();
        return;
      case 1:
        if (Below(3) == 0) Stop();
        return;
      case 2:  // a process dies; its partitions are read no more
        if (Below(4) == 0 && !clients_.empty()) clients_.erase(Some());
        return;
      case 3:
        if (Below(4) == 0) Grow(absl::StrCat("topic-", Below(4)));
        return;
      case 4:
        if (!clients_.empty()) Some()->says_all = true;
        return;
      case 5:
        if (Below(3) == 0 && !clients_.empty()) {
          Some()->topics = SomeTopics();
          Some()->says_all = true;
        }
        return;
      case 6:
        now_ += absl::Seconds(Below(15));
        group_.Expire(now_);
        return;
      default:
        if (!clients_.empty()) Beat(*Some());
    }
  }

  // What clients read, not what the group thinks, is what must never overlap. A client whose
  // session has ended unknown to it is a case that no broker can help; fencing tells it later.
  void CheckNobodyReadsTheSame() {
    std::map<TopicPartition, std::string> readers;
    const ConsumerGroupDescription shown = group_.Describe();
    for (const Client& client : clients_) {
      const bool in = std::any_of(shown.members.begin(), shown.members.end(),
                                  [&](const auto& m) { return m.member_id == client.id; });
      if (!in) continue;
      for (const TopicPartition& partition : client.owned) {
        EXPECT_TRUE(readers.emplace(partition, client.id).second) << "read by two";
      }
    }
    PartitionSet targets;
    for (const ConsumerMemberDescription& member : shown.members) {
      for (const TopicPartition& partition : member.target) {
        EXPECT_TRUE(targets.insert(partition).second) << "meant for two";
      }
      EXPECT_LE(member.epoch, shown.epoch);
    }
    EXPECT_GE(shown.epoch, epoch_);
    epoch_ = shown.epoch;
  }

  void Settle() {
    lossless_ = true;
    for (Client& client : clients_) client.topics = {"topic-0", "topic-1"};
    for (int round = 0; round < 60; ++round) {  // longer than sessions and rebalances last
      now_ += absl::Seconds(5);
      group_.Expire(now_);
      for (Client& client : clients_) {
        client.says_all = client.says_all || round == 0;
        Beat(client);
        CheckNobodyReadsTheSame();
      }
    }
    ASSERT_EQ(group_.member_count(), clients_.size());
    if (clients_.empty()) return;
    EXPECT_EQ(group_.state(), ConsumerGroupState::kStable);
    size_t all = 0, least = SIZE_MAX, most = 0;
    for (const Client& client : clients_) {
      all += client.owned.size();
      least = std::min(least, client.owned.size());
      most = std::max(most, client.owned.size());
    }
    const auto size = [this](const char* name) { return topics_.topics[name].partitions; };
    EXPECT_EQ(all, static_cast<size_t>(size("topic-0") + size("topic-1")));
    EXPECT_LE(most - least, 1u);
  }

 private:
  // A process: it reads `owned`, and is told by answers what else.
  struct Client {
    std::string id;
    std::optional<std::string> instance_id;
    std::vector<std::string> topics;
    int32_t epoch = 0;
    PartitionSet owned;
    std::optional<PartitionSet> told;  // not yet acted upon
    bool says_all = true;              // of the classic protocol: joins next
    bool classic = false;
    bool eager = false;  // gives up everything before it joins again
    bool synced = false;
  };
  using ClientIt = std::vector<Client>::iterator;

  uint32_t Below(size_t n) { return static_cast<uint32_t>(random_() % n); }
  ClientIt Some() { return clients_.begin() + Below(clients_.size()); }

  void Grow(const std::string& name) {
    TopicImage::Entry& topic = topics_.topics[name];
    topic.id[0] = static_cast<uint8_t>(name.back());
    topic.partitions += static_cast<int32_t>(1 + Below(3));
    ++topics_.version;
  }
  std::vector<std::string> SomeTopics() {
    std::vector<std::string> names;
    for (int i = 0; i < 4; ++i) {
      if (Below(2) == 0) names.push_back(absl::StrCat("topic-", i));
    }
    if (names.empty()) names.push_back("topic-0");
    return names;
  }

  void Start() {
    Client client;
    client.id = absl::StrCat("member-", ++ids_);
    client.classic = Below(3) == 0;
    client.eager = Below(2) == 0;
    if (!client.classic && Below(4) == 0) {
      client.instance_id = absl::StrCat("instance-", Below(3));
      for (const Client& other : clients_) {
        if (other.instance_id == client.instance_id) return;  // runs already
      }
    }
    client.topics = SomeTopics();
    clients_.push_back(std::move(client));
  }

  void Stop() {
    if (clients_.empty()) return;
    const ClientIt client = Some();
    if (client->classic) {
      group_.Leave(client->id, std::nullopt);
      clients_.erase(client);
      return;
    }
    ConsumerHeartbeat heartbeat;
    heartbeat.member_id = client->id;
    heartbeat.instance_id = client->instance_id;
    heartbeat.epoch = client->instance_id && Below(2) == 0 ? ConsumerHeartbeat::kLeavesForAWhile
                                                           : ConsumerHeartbeat::kLeaves;
    if (Below(3) != 0) group_.Heartbeat(heartbeat, topics_, now_).IgnoreError();
    clients_.erase(client);
  }

  void Beat(Client& client) {
    if (client.classic) {
      BeatAsClassic(client);
    } else {
      BeatAsConsumer(client);
    }
  }

  // A heartbeat, and a join and a sync when they are called for. An answer that is lost leads to
  // another join.
  void BeatAsClassic(Client& client) {
    if (client.says_all) {
      JoinAsClassic(client);
    } else if (!client.synced) {
      SyncAsClassic(client);
    } else {
      const Errc error = group_.ClassicHeartbeat(client.id, std::nullopt, client.epoch, now_);
      if (error == Errc::kRebalanceInProgress) {
        client.says_all = true;
        if (lossless_) JoinAsClassic(client);
      } else if (error != Errc::kOk) {
        StartAnew(client);
      }
    }
  }
  void JoinAsClassic(Client& client) {
    if (client.eager) client.owned.clear();
    NamedPartitions owned;
    for (const TopicPartition& partition : client.owned) {
      owned[std::string("topic-") + static_cast<char>(partition.topic[0])].push_back(
          partition.partition);
    }
    JoinRequest join;
    join.member_id = client.id;
    join.session_timeout = kSession;
    join.rebalance_timeout = kRebalance;
    join.protocol_type = "consumer";
    join.protocols = {{"any", Subscription(client.topics, owned)}};
    const JoinReply reply = group_.Join(join, topics_, now_);
    if (Lost()) return;
    if (reply.error == Errc::kUnknownMember) return StartAnew(client);
    ASSERT_EQ(reply.error, Errc::kOk);
    client.epoch = reply.generation;
    client.says_all = false;
    client.synced = false;
    if (lossless_) SyncAsClassic(client);
  }
  void SyncAsClassic(Client& client) {
    SyncRequest sync;
    sync.member_id = client.id;
    sync.generation = client.epoch;
    const SyncReply reply = group_.Sync(sync, topics_, now_);
    client.says_all = true;
    if (Lost() || reply.error == Errc::kRebalanceInProgress) return;
    if (reply.error != Errc::kOk) return StartAnew(client);
    PartitionSet share;
    const std::optional<NamedPartitions> named = DecodeAssignment(reply.assignment);
    ASSERT_TRUE(named.has_value());
    for (const auto& [name, partitions] : *named) {
      for (const int32_t p : partitions) share.insert({topics_.topics[name].id, p});
    }
    client.synced = true;
    // Who has given something up joins again, to say so.
    client.says_all =
        !std::includes(share.begin(), share.end(), client.owned.begin(), client.owned.end());
    client.owned = std::move(share);
  }
  void StartAnew(Client& client) {
    client.id = absl::StrCat("member-", ++ids_);
    client.owned.clear();
    client.says_all = true;
  }
  bool Lost() { return !lossless_ && Below(5) == 0; }

  // Acts, perhaps, on what it was told; then says what it owns, unless nothing is new.
  void BeatAsConsumer(Client& client) {
    if (client.told && (lossless_ || Below(2) == 0)) client.owned = *std::move(client.told);
    if (client.told && client.owned == *client.told) client.told.reset();
    ConsumerHeartbeat heartbeat;
    heartbeat.member_id = client.id;
    heartbeat.instance_id = client.instance_id;
    heartbeat.epoch = client.epoch;
    heartbeat.client_id = "client";
    if (lossless_ || client.says_all || client.epoch == 0 || Below(2) == 0) {
      heartbeat.owned = client.owned;
    }
    if (client.says_all || client.epoch == 0) {
      heartbeat.rebalance_timeout = kRebalance;
      heartbeat.topic_names = client.topics;
    }
    ASSERT_TRUE(CheckForm(heartbeat).ok());
    const auto reply = group_.Heartbeat(heartbeat, topics_, now_);
    if (Lost()) {
      // The answer is lost. Next time it says everything, and it does not begin on what it was told
      // before: that may be over by now.
      client.says_all = true;
      client.told.reset();
      return;
    }
    if (!reply.ok()) {
      const Errc error = CodeOf(reply.status());
      EXPECT_TRUE(error == Errc::kUnknownMember || error == Errc::kFencedMemberEpoch ||
                  error == Errc::kUnreleasedInstance || error == Errc::kFencedInstance)
          << reply.status();
      client.owned.clear();
      client.told.reset();
      client.epoch = 0;
      return;
    }
    client.says_all = false;
    client.epoch = reply->epoch;
    if (reply->assignment) client.told = reply->assignment;
    if (lossless_ && client.told) client.owned = *std::exchange(client.told, std::nullopt);
  }

  std::mt19937 random_;
  ConsumerGroup group_;
  TopicImage topics_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  std::vector<Client> clients_;
  int ids_ = 0;
  int32_t epoch_ = 0;
  bool lossless_ = false;
};

TEST(ConsumerGroupRandomTest, NoPartitionHasTwoReadersAndAllAreSharedInTheEnd) {
  const uint32_t base = std::random_device()();
  for (uint32_t run = 0; run < 300; ++run) {
    SCOPED_TRACE(absl::StrCat("seed ", base + run));
    World world(base + run);
    for (int i = 0; i < 400; ++i) {
      world.Step();
      world.CheckNobodyReadsTheSame();
      if (::testing::Test::HasFailure()) return;
    }
    world.Settle();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace braid::engine
