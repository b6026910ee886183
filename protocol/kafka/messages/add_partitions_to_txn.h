// AddPartitionsToTxn: partitions that a transaction is about to write to. From version 4 on of
// several transactions at once, as brokers ask each other; some clients send that form too.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ADD_PARTITIONS_TO_TXN_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ADD_PARTITIONS_TO_TXN_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kAddPartitionsToTxnApi{ApiKey::kAddPartitionsToTxn, "AddPartitionsToTxn", 0, 5,
                                            3};

struct AddPartitionsToTxnRequest {
  static constexpr Api kApi = kAddPartitionsToTxnApi;

  struct Topic {
    std::string_view name;
    std::vector<int32_t> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct Transaction {
    std::string_view transactional_id;
    int64_t producer_id = 0;
    int16_t producer_epoch = 0;
    bool verify_only = false;  // asks whether they are part of it
    std::vector<Topic> topics;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TransactionalId", m.transactional_id);
      visit("ProducerId", m.producer_id);
      visit("ProducerEpoch", m.producer_epoch);
      visit("VerifyOnly", m.verify_only);
      visit("Topics", m.topics);
    }
    friend bool operator==(const Transaction&, const Transaction&) = default;
  };

  std::vector<Transaction> transactions;
  std::string_view transactional_id;
  int64_t producer_id = 0;
  int16_t producer_epoch = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Transactions", m.transactions, From(4));
    visit("V3AndBelowTransactionalId", m.transactional_id, Between(0, 3));
    visit("V3AndBelowProducerId", m.producer_id, Between(0, 3));
    visit("V3AndBelowProducerEpoch", m.producer_epoch, Between(0, 3));
    visit("V3AndBelowTopics", m.topics, Between(0, 3));
  }
  friend bool operator==(const AddPartitionsToTxnRequest&,
                         const AddPartitionsToTxnRequest&) = default;
};

struct AddPartitionsToTxnResponse {
  static constexpr Api kApi = kAddPartitionsToTxnApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int16_t partition_error_code = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("PartitionErrorCode", m.partition_error_code);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view name;
    std::vector<Partition> results_by_partition;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("ResultsByPartition", m.results_by_partition);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct Result {
    std::string_view transactional_id;
    std::vector<Topic> topic_results;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TransactionalId", m.transactional_id);
      visit("TopicResults", m.topic_results);
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::vector<Result> results_by_transaction;
  std::vector<Topic> results_by_topic;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code, From(4));
    visit("ResultsByTransaction", m.results_by_transaction, From(4));
    visit("ResultsByTopicV3AndBelow", m.results_by_topic, Between(0, 3));
  }
  friend bool operator==(const AddPartitionsToTxnResponse&,
                         const AddPartitionsToTxnResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ADD_PARTITIONS_TO_TXN_H_
