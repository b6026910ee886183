// AlterShareGroupOffsets: a share group without members starts over, at the offsets given.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_SHARE_GROUP_OFFSETS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_SHARE_GROUP_OFFSETS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kAlterShareGroupOffsetsApi{ApiKey::kAlterShareGroupOffsets,
                                                "AlterShareGroupOffsets", 0, 0, 0};

struct AlterShareGroupOffsetsRequest {
  static constexpr Api kApi = kAlterShareGroupOffsetsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t start_offset = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("StartOffset", m.start_offset);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view topic_name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicName", m.topic_name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::string_view group_id;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("Topics", m.topics);
  }
  friend bool operator==(const AlterShareGroupOffsetsRequest&,
                         const AlterShareGroupOffsetsRequest&) = default;
};

struct AlterShareGroupOffsetsResponse {
  static constexpr Api kApi = kAlterShareGroupOffsetsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
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

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<Topic> responses;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("Responses", m.responses);
  }
  friend bool operator==(const AlterShareGroupOffsetsResponse&,
                         const AlterShareGroupOffsetsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_SHARE_GROUP_OFFSETS_H_
