// Fetch: stored batches from offsets on, waiting for them when there are none yet.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_FETCH_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_FETCH_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"
#include "protocol/kafka/messages/leader.h"

namespace braid::kafka {

inline constexpr Api kFetchApi{ApiKey::kFetch, "Fetch", 4, 18, 12};

struct ReplicaIdAndEpoch {
  int32_t replica_id = -1;
  int64_t replica_epoch = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ReplicaId", m.replica_id);
    visit("ReplicaEpoch", m.replica_epoch);
  }
  friend bool operator==(const ReplicaIdAndEpoch&, const ReplicaIdAndEpoch&) = default;
};

struct EpochEndOffset {
  int32_t epoch = -1;
  int64_t end_offset = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Epoch", m.epoch);
    visit("EndOffset", m.end_offset);
  }
  friend bool operator==(const EpochEndOffset&, const EpochEndOffset&) = default;
};

struct OffsetAndEpoch {
  int64_t end_offset = -1;
  int32_t epoch = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("EndOffset", m.end_offset);
    visit("Epoch", m.epoch);
  }
  friend bool operator==(const OffsetAndEpoch&, const OffsetAndEpoch&) = default;
};

struct FetchRequest {
  static constexpr Api kApi = kFetchApi;

  struct Topic {
    struct Partition {
      int32_t partition = 0;
      int32_t current_leader_epoch = -1;
      int64_t fetch_offset = 0;
      int32_t last_fetched_epoch = -1;
      int64_t log_start_offset = -1;
      int32_t partition_max_bytes = 0;
      Uuid replica_directory_id{};
      std::optional<int64_t> high_watermark;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Partition", m.partition);
        visit("CurrentLeaderEpoch", m.current_leader_epoch, From(9));
        visit("FetchOffset", m.fetch_offset);
        visit("LastFetchedEpoch", m.last_fetched_epoch, From(12));
        visit("LogStartOffset", m.log_start_offset, From(5));
        visit("PartitionMaxBytes", m.partition_max_bytes);
        visit("ReplicaDirectoryId", m.replica_directory_id, From(17).Tag(0));
        visit("HighWatermark", m.high_watermark, From(18).Tag(1));
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view topic;
    Uuid topic_id{};
    FewOf<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic, Between(0, 12));
      visit("TopicId", m.topic_id, From(13));
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct ForgottenTopic {
    std::string_view topic;
    Uuid topic_id{};
    std::vector<int32_t> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic, Between(7, 12));
      visit("TopicId", m.topic_id, From(13));
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const ForgottenTopic&, const ForgottenTopic&) = default;
  };

  std::optional<std::string_view> cluster_id;
  int32_t replica_id = -1;
  std::optional<ReplicaIdAndEpoch> replica_state;
  int32_t max_wait_ms = 0;
  int32_t min_bytes = 0;
  int32_t max_bytes = INT32_MAX;
  int8_t isolation_level = 0;
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  FewOf<Topic> topics;
  std::vector<ForgottenTopic> forgotten_topics_data;
  std::string_view rack_id;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ClusterId", m.cluster_id, From(12).Tag(0));
    visit("ReplicaId", m.replica_id, Between(0, 14));
    visit("ReplicaState", m.replica_state, From(15).Tag(1));
    visit("MaxWaitMs", m.max_wait_ms);
    visit("MinBytes", m.min_bytes);
    visit("MaxBytes", m.max_bytes);
    visit("IsolationLevel", m.isolation_level);
    visit("SessionId", m.session_id, From(7));
    visit("SessionEpoch", m.session_epoch, From(7));
    visit("Topics", m.topics);
    visit("ForgottenTopicsData", m.forgotten_topics_data, From(7));
    visit("RackId", m.rack_id, From(11));
  }
  friend bool operator==(const FetchRequest&, const FetchRequest&) = default;
};

struct FetchResponse {
  static constexpr Api kApi = kFetchApi;

  struct Topic {
    struct Partition {
      struct AbortedTransaction {
        int64_t producer_id = 0;
        int64_t first_offset = 0;

        template <class V, class M>
        static void Visit(V& visit, M& m) {
          visit("ProducerId", m.producer_id);
          visit("FirstOffset", m.first_offset);
        }
        friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
      };

      int32_t partition_index = 0;
      int16_t error_code = 0;
      int64_t high_watermark = -1;
      int64_t last_stable_offset = -1;
      int64_t log_start_offset = -1;
      std::optional<EpochEndOffset> diverging_epoch;
      std::optional<LeaderIdAndEpoch> current_leader;
      std::optional<OffsetAndEpoch> snapshot_id;
      std::optional<std::vector<AbortedTransaction>> aborted_transactions;
      int32_t preferred_read_replica = -1;
      // Empty, never null: clients choke on null
      Records records;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
        visit("HighWatermark", m.high_watermark);
        visit("LastStableOffset", m.last_stable_offset);
        visit("LogStartOffset", m.log_start_offset, From(5));
        visit("DivergingEpoch", m.diverging_epoch, From(12).Tag(0));
        visit("CurrentLeader", m.current_leader, From(12).Tag(1));
        visit("SnapshotId", m.snapshot_id, From(12).Tag(2));
        visit("AbortedTransactions", m.aborted_transactions);
        visit("PreferredReadReplica", m.preferred_read_replica, From(11));
        visit("Records", m.records);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view topic;
    Uuid topic_id{};
    FewOf<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic, Between(0, 12));
      visit("TopicId", m.topic_id, From(13));
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  int32_t session_id = 0;
  FewOf<Topic> responses;
  std::vector<NodeEndpoint> node_endpoints;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code, From(7));
    visit("SessionId", m.session_id, From(7));
    visit("Responses", m.responses);
    visit("NodeEndpoints", m.node_endpoints, From(16).Tag(0));
  }
  friend bool operator==(const FetchResponse&, const FetchResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_FETCH_H_
