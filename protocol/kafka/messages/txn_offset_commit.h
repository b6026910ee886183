// TxnOffsetCommit: a group's positions, to be kept once the transaction is committed.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_TXN_OFFSET_COMMIT_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_TXN_OFFSET_COMMIT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kTxnOffsetCommitApi{ApiKey::kTxnOffsetCommit, "TxnOffsetCommit", 0, 5, 3};

struct TxnOffsetCommitRequest {
  static constexpr Api kApi = kTxnOffsetCommitApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t committed_offset = 0;
      int32_t committed_leader_epoch = -1;
      std::optional<std::string_view> committed_metadata;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("CommittedOffset", m.committed_offset);
        visit("CommittedLeaderEpoch", m.committed_leader_epoch, From(2));
        visit("CommittedMetadata", m.committed_metadata);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::string_view transactional_id;
  std::string_view group_id;
  int64_t producer_id = 0;
  int16_t producer_epoch = 0;
  int32_t generation_id = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TransactionalId", m.transactional_id);
    visit("GroupId", m.group_id);
    visit("ProducerId", m.producer_id);
    visit("ProducerEpoch", m.producer_epoch);
    visit("GenerationId", m.generation_id, From(3));
    visit("MemberId", m.member_id, From(3));
    visit("GroupInstanceId", m.group_instance_id, From(3));
    visit("Topics", m.topics);
  }
  friend bool operator==(const TxnOffsetCommitRequest&, const TxnOffsetCommitRequest&) = default;
};

struct TxnOffsetCommitResponse {
  static constexpr Api kApi = kTxnOffsetCommitApi;

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
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Topics", m.topics);
  }
  friend bool operator==(const TxnOffsetCommitResponse&, const TxnOffsetCommitResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_TXN_OFFSET_COMMIT_H_
