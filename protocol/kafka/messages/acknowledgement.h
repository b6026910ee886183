// What a member of a share group says of records that it acquired: part of ShareFetch and of
// ShareAcknowledge.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ACKNOWLEDGEMENT_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ACKNOWLEDGEMENT_H_

#include <cstdint>
#include <vector>

#include "protocol/kafka/fields.h"

namespace braid::kafka {

struct AcknowledgementBatch {
  int64_t first_offset = 0;
  int64_t last_offset = 0;  // inclusive
  // One for all, or one each: 0 gap, 1 accept, 2 release, 3 reject, 4 renew.
  std::vector<int8_t> acknowledge_types;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("FirstOffset", m.first_offset);
    visit("LastOffset", m.last_offset);
    visit("AcknowledgeTypes", m.acknowledge_types);
  }
  friend bool operator==(const AcknowledgementBatch&, const AcknowledgementBatch&) = default;
};

// Of one topic's partitions, with what is acknowledged in each.
struct AcknowledgedTopic {
  struct Partition {
    int32_t partition_index = 0;
    std::vector<AcknowledgementBatch> acknowledgement_batches;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("PartitionIndex", m.partition_index);
      visit("AcknowledgementBatches", m.acknowledgement_batches);
    }
    friend bool operator==(const Partition&, const Partition&) = default;
  };

  Uuid topic_id{};
  std::vector<Partition> partitions;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TopicId", m.topic_id);
    visit("Partitions", m.partitions);
  }
  friend bool operator==(const AcknowledgedTopic&, const AcknowledgedTopic&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ACKNOWLEDGEMENT_H_
