// DescribeShareGroupOffsets: where share groups are in their partitions.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_SHARE_GROUP_OFFSETS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_SHARE_GROUP_OFFSETS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeShareGroupOffsetsApi{ApiKey::kDescribeShareGroupOffsets,
                                                   "DescribeShareGroupOffsets", 0, 1, 0};

struct DescribeShareGroupOffsetsRequest {
  static constexpr Api kApi = kDescribeShareGroupOffsetsApi;

  struct Group {
    struct Topic {
      std::string_view topic_name;
      std::vector<int32_t> partitions;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("TopicName", m.topic_name);
        visit("Partitions", m.partitions);
      }
      friend bool operator==(const Topic&, const Topic&) = default;
    };

    std::string_view group_id;
    std::optional<std::vector<Topic>> topics;  // null: all

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("GroupId", m.group_id);
      visit("Topics", m.topics);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  std::vector<Group> groups;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Groups", m.groups);
  }
  friend bool operator==(const DescribeShareGroupOffsetsRequest&,
                         const DescribeShareGroupOffsetsRequest&) = default;
};

struct DescribeShareGroupOffsetsResponse {
  static constexpr Api kApi = kDescribeShareGroupOffsetsApi;

  struct Group {
    struct Topic {
      struct Partition {
        int32_t partition_index = 0;
        int64_t start_offset = 0;  // -1: none
        int32_t leader_epoch = 0;
        int64_t lag = -1;
        int16_t error_code = 0;
        std::optional<std::string_view> error_message;

        template <class V, class M>
        static void Visit(V& visit, M& m) {
          visit("PartitionIndex", m.partition_index);
          visit("StartOffset", m.start_offset);
          visit("LeaderEpoch", m.leader_epoch);
          visit("Lag", m.lag, From(1));
          visit("ErrorCode", m.error_code);
          visit("ErrorMessage", m.error_message);
        }
        friend bool operator==(const Partition&, const Partition&) = default;
      };

      std::string_view topic_name;
      Uuid topic_id{};
      std::vector<Partition> partitions;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("TopicName", m.topic_name);
        visit("TopicId", m.topic_id);
        visit("Partitions", m.partitions);
      }
      friend bool operator==(const Topic&, const Topic&) = default;
    };

    std::string_view group_id;
    std::vector<Topic> topics;
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("GroupId", m.group_id);
      visit("Topics", m.topics);
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Groups", m.groups);
  }
  friend bool operator==(const DescribeShareGroupOffsetsResponse&,
                         const DescribeShareGroupOffsetsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_SHARE_GROUP_OFFSETS_H_
