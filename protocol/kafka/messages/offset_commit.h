// OffsetCommit: a group's positions, to be kept.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_COMMIT_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_COMMIT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kOffsetCommitApi{ApiKey::kOffsetCommit, "OffsetCommit", 0, 10, 8};

struct OffsetCommitRequest {
  static constexpr Api kApi = kOffsetCommitApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t committed_offset = 0;
      int64_t commit_timestamp = -1;
      int32_t committed_leader_epoch = -1;
      std::optional<std::string_view> committed_metadata;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("CommittedOffset", m.committed_offset);
        visit("CommitTimestamp", m.commit_timestamp, Between(1, 1));
        visit("CommittedLeaderEpoch", m.committed_leader_epoch, From(6));
        visit("CommittedMetadata", m.committed_metadata);
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

  std::string_view group_id;
  // -1: no member of the group says so, only its owner
  int32_t generation_id_or_member_epoch = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  int64_t retention_time_ms = -1;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("GenerationIdOrMemberEpoch", m.generation_id_or_member_epoch, From(1));
    visit("MemberId", m.member_id, From(1));
    visit("GroupInstanceId", m.group_instance_id, From(7));
    visit("RetentionTimeMs", m.retention_time_ms, Between(2, 4));
    visit("Topics", m.topics);
  }
  friend bool operator==(const OffsetCommitRequest&, const OffsetCommitRequest&) = default;
};

struct OffsetCommitResponse {
  static constexpr Api kApi = kOffsetCommitApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int16_t error_code = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
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

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(3));
    visit("Topics", m.topics);
  }
  friend bool operator==(const OffsetCommitResponse&, const OffsetCommitResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_COMMIT_H_
