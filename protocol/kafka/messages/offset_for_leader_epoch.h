// OffsetForLeaderEpoch: where a leader's epoch ended, for clients that check whether a log was cut.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_FOR_LEADER_EPOCH_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_FOR_LEADER_EPOCH_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kOffsetForLeaderEpochApi{ApiKey::kOffsetForLeaderEpoch, "OffsetForLeaderEpoch",
                                              2, 4, 4};

struct OffsetForLeaderEpochRequest {
  static constexpr Api kApi = kOffsetForLeaderEpochApi;

  struct Topic {
    struct Partition {
      int32_t partition = 0;
      int32_t current_leader_epoch = -1;
      int32_t leader_epoch = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Partition", m.partition);
        visit("CurrentLeaderEpoch", m.current_leader_epoch);
        visit("LeaderEpoch", m.leader_epoch);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view topic;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t replica_id = -2;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ReplicaId", m.replica_id, From(3));
    visit("Topics", m.topics);
  }
  friend bool operator==(const OffsetForLeaderEpochRequest&,
                         const OffsetForLeaderEpochRequest&) = default;
};

struct OffsetForLeaderEpochResponse {
  static constexpr Api kApi = kOffsetForLeaderEpochApi;

  struct Topic {
    struct Partition {
      int16_t error_code = 0;
      int32_t partition = 0;
      int32_t leader_epoch = -1;
      int64_t end_offset = -1;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("ErrorCode", m.error_code);
        visit("Partition", m.partition);
        visit("LeaderEpoch", m.leader_epoch);
        visit("EndOffset", m.end_offset);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view topic;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic);
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
  friend bool operator==(const OffsetForLeaderEpochResponse&,
                         const OffsetForLeaderEpochResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_FOR_LEADER_EPOCH_H_
