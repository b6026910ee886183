// A consumer group and its members in the words of its tests. Topics are named, and a partition is
// written "topic/3".
#ifndef BRAID_TESTS_ENGINE_CONSUMER_GROUP_FIXTURE_H_
#define BRAID_TESTS_ENGINE_CONSUMER_GROUP_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/consumer_group.h"
#include "engine/consumer_protocol.h"

namespace braid::engine {

// What a consumer of the classic protocol says when it joins, in version 1.
inline std::string Subscription(const std::vector<std::string>& topics,
                                const NamedPartitions& owned = {}) {
  const auto number = [](size_t n) {
    return std::string{'\0', '\0', static_cast<char>(n >> 8), static_cast<char>(n)};
  };
  std::string bytes = std::string("\0\1", 2) + number(topics.size());
  for (const std::string& topic : topics) bytes += number(topic.size()).substr(2) + topic;
  bytes += "\xff\xff\xff\xff" + number(owned.size());
  for (const auto& [topic, partitions] : owned) {
    bytes += number(topic.size()).substr(2) + topic + number(partitions.size());
    for (const int32_t p : partitions) bytes += number(static_cast<size_t>(p));
  }
  return bytes;
}

class ConsumerGroupTest : public ::testing::Test {
 protected:
  static constexpr absl::Duration kSession = absl::Seconds(45);
  static constexpr absl::Duration kRebalance = absl::Seconds(300);

  ConsumerGroupTest() { SetTopic("a", 4); }

  ConsumerGroup& group() { return *group_; }
  const TopicImage& topics() const { return topics_; }
  absl::Time now() const { return now_; }
  void StartGroup(ConsumerGroupOptions options) {
    group_ = std::make_unique<ConsumerGroup>(options);
  }
  void StartGroup(std::unique_ptr<ConsumerGroup> group) { group_ = std::move(group); }

  // Creates the topic, or gives it another number of partitions.
  void SetTopic(const std::string& name, int32_t partitions) {
    TopicImage::Entry& topic = topics_.topics[name];
    if (topic.partitions == 0) topic.id[0] = ++topics_made_;
    topic.partitions = partitions;
    ++topics_.version;
  }
  void DeleteTopic(const std::string& name) {
    topics_.topics.erase(name);
    ++topics_.version;
  }
  void Pass(absl::Duration time) {
    now_ += time;
    group_->Expire(now_);
  }

  std::string Text(const PartitionSet& partitions) const {
    std::string text;
    for (const TopicPartition& partition : partitions) {
      std::string name = "gone";
      for (const auto& [topic, entry] : topics_.topics) {
        if (entry.id == partition.topic) name = topic;
      }
      absl::StrAppend(&text, text.empty() ? "" : " ", name, "/", partition.partition);
    }
    return text;
  }
  PartitionSet Some(const std::string& topic, const std::vector<int32_t>& partitions) const {
    PartitionSet set;
    for (const int32_t p : partitions) set.insert({topics_.topics.find(topic)->second.id, p});
    return set;
  }

  // --- Heartbeats ---
  static ConsumerHeartbeat Joining(const std::string& id, std::vector<std::string> names = {"a"}) {
    ConsumerHeartbeat heartbeat;
    heartbeat.member_id = id;
    heartbeat.rebalance_timeout = kRebalance;
    heartbeat.topic_names = std::move(names);
    heartbeat.owned.emplace();
    heartbeat.client_id = "client";
    heartbeat.client_host = "/127.0.0.1";
    return heartbeat;
  }
  absl::StatusOr<ConsumerHeartbeatReply> Send(const ConsumerHeartbeat& heartbeat) {
    if (absl::Status form = CheckForm(heartbeat); !form.ok()) return form;
    return group_->Heartbeat(heartbeat, topics_, now_);
  }
  Errc ErrorOf(const ConsumerHeartbeat& heartbeat) { return CodeOf(Send(heartbeat).status()); }

  // A member as its client sees it.
  struct Client {
    std::string id;
    int32_t epoch = 0;
    PartitionSet owned;
    std::optional<std::string> instance_id;
  };
  ConsumerHeartbeat Beating(const Client& client) {
    ConsumerHeartbeat heartbeat;
    heartbeat.member_id = client.id;
    heartbeat.epoch = client.epoch;
    heartbeat.instance_id = client.instance_id;
    heartbeat.owned = client.owned;
    return heartbeat;
  }
  // Takes the answer for what it says. True when it had an assignment.
  bool Heed(Client& client, const absl::StatusOr<ConsumerHeartbeatReply>& reply) {
    EXPECT_TRUE(reply.ok()) << reply.status();
    if (!reply.ok()) return false;
    client.epoch = reply->epoch;
    if (!reply->assignment) return false;
    client.owned = *reply->assignment;
    return true;
  }
  Client Join(const std::string& id, std::vector<std::string> names = {"a"}) {
    Client client{id, 0, {}, {}};
    EXPECT_TRUE(Heed(client, Send(Joining(id, std::move(names)))));
    return client;
  }
  bool Beat(Client& client) { return Heed(client, Send(Beating(client))); }
  Errc Leave(const Client& client, int32_t epoch = ConsumerHeartbeat::kLeaves) {
    ConsumerHeartbeat heartbeat;
    heartbeat.member_id = client.id;
    heartbeat.instance_id = client.instance_id;
    heartbeat.epoch = epoch;
    return ErrorOf(heartbeat);
  }
  // Until nothing changes any more.
  void Settle(const std::vector<Client*>& clients) {
    for (int round = 0; round < 10; ++round) {
      for (Client* client : clients) Beat(*client);
    }
    EXPECT_EQ(group_->state(), ConsumerGroupState::kStable);
  }

  // --- The classic protocol ---
  static JoinRequest ClassicJoining(const std::string& id, const NamedPartitions& owned = {},
                                    const std::vector<std::string>& topics = {"a"}) {
    JoinRequest join;
    join.member_id = id;
    join.new_member_id = "new-" + id;
    join.client_id = "old client";
    join.session_timeout = absl::Seconds(10);
    join.rebalance_timeout = absl::Seconds(60);
    join.protocol_type = "consumer";
    join.protocols = {{"range", Subscription(topics, owned)}};
    return join;
  }
  JoinReply ClassicJoin(const JoinRequest& request) { return group_->Join(request, topics_, now_); }
  // What the sync says the member has: "a:0,1".
  std::string ClassicShare(const std::string& id, int32_t generation) {
    SyncRequest sync;
    sync.member_id = id;
    sync.generation = generation;
    const SyncReply reply = group_->Sync(sync, topics_, now_);
    if (reply.error != Errc::kOk) return std::string(ErrcName(reply.error));
    return Text(*DecodeAssignment(reply.assignment));
  }
  static std::string Text(const NamedPartitions& named) {
    std::string text;
    for (const auto& [topic, partitions] : named) {
      for (const int32_t p : partitions) {
        absl::StrAppend(&text, text.empty() ? "" : " ", topic, "/", p);
      }
    }
    return text;
  }
  Errc ClassicBeat(const std::string& id, int32_t generation) {
    return group_->ClassicHeartbeat(id, std::nullopt, generation, now_);
  }

 private:
  std::unique_ptr<ConsumerGroup> group_ = std::make_unique<ConsumerGroup>();
  TopicImage topics_;
  uint8_t topics_made_ = 0;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
};

}  // namespace braid::engine

#endif  // BRAID_TESTS_ENGINE_CONSUMER_GROUP_FIXTURE_H_
