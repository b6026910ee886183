// OffsetFetch: a group's kept positions; of many groups at once since version 8.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_FETCH_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_FETCH_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kOffsetFetchApi{ApiKey::kOffsetFetch, "OffsetFetch", 0, 10, 6};

struct OffsetFetchRequest {
  static constexpr Api kApi = kOffsetFetchApi;

  struct Topic {
    std::string_view name;
    std::vector<int32_t> partition_indexes;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("PartitionIndexes", m.partition_indexes);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct Group {
    struct GroupTopic {
      std::string_view name;
      Uuid topic_id{};
      std::vector<int32_t> partition_indexes;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Name", m.name, Between(0, 9));
        visit("TopicId", m.topic_id, From(10));
        visit("PartitionIndexes", m.partition_indexes);
      }
      friend bool operator==(const GroupTopic&, const GroupTopic&) = default;
    };

    std::string_view group_id;
    std::optional<std::string_view> member_id;
    int32_t member_epoch = -1;
    // Null: every topic with a position
    std::optional<std::vector<GroupTopic>> topics;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("GroupId", m.group_id);
      visit("MemberId", m.member_id, From(9));
      visit("MemberEpoch", m.member_epoch, From(9));
      visit("Topics", m.topics);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  std::string_view group_id;
  // Null: every topic with a position
  std::optional<std::vector<Topic>> topics;
  std::vector<Group> groups;
  bool require_stable = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id, Between(0, 7));
    visit("Topics", m.topics, Between(0, 7).NullableFrom(2));
    visit("Groups", m.groups, From(8));
    visit("RequireStable", m.require_stable, From(7));
  }
  friend bool operator==(const OffsetFetchRequest&, const OffsetFetchRequest&) = default;
};

struct OffsetFetchResponse {
  static constexpr Api kApi = kOffsetFetchApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t committed_offset = -1;
      int32_t committed_leader_epoch = -1;
      std::optional<std::string_view> metadata;
      int16_t error_code = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("CommittedOffset", m.committed_offset);
        visit("CommittedLeaderEpoch", m.committed_leader_epoch, From(5));
        visit("Metadata", m.metadata);
        visit("ErrorCode", m.error_code);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view name;
    Uuid topic_id{};
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name, Between(0, 9));
      visit("TopicId", m.topic_id, From(10));
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct Group {
    std::string_view group_id;
    std::vector<Topic> topics;
    int16_t error_code = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("GroupId", m.group_id);
      visit("Topics", m.topics);
      visit("ErrorCode", m.error_code);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  int16_t error_code = 0;
  std::vector<Group> groups;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(3));
    visit("Topics", m.topics, Between(0, 7));
    visit("ErrorCode", m.error_code, Between(2, 7));
    visit("Groups", m.groups, From(8));
  }
  friend bool operator==(const OffsetFetchResponse&, const OffsetFetchResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_FETCH_H_
