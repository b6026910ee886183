// What the Kafka face of an engine can be told at its start, and what is fixed.
#ifndef BRAID_PROTOCOL_KAFKA_OPTIONS_H_
#define BRAID_PROTOCOL_KAFKA_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace braid::kafka {

// Every partition's, for ever: there is nobody to take over.
inline constexpr int32_t kLeaderEpoch = 0;
inline constexpr int32_t kNoLeaderEpoch = -1;  // who does not know it
// What an OffsetCommit may carry beside each offset.
inline constexpr size_t kMaxOffsetMetadataBytes = 4096;
// Names of topics that share groups may write what they give up to begin so.
inline constexpr std::string_view kDeadLetterPrefix = "dlq.";
inline constexpr int kMaxPartitions = 10'000;  // of one topic
// The rate of a client with a quota is taken over so many windows, each so long.
inline constexpr int kQuotaWindows = 11;
inline constexpr absl::Duration kQuotaWindow = absl::Seconds(1);

struct Options {
  int32_t node_id = 1;
  // "HOST:PORT" clients connect to, for each listener; none or empty: the address they dialled
  std::vector<std::string> advertised;
  bool auto_create_topics = true;  // when a client names one that is not there, and lets the broker
  int default_partitions = 1;      // of such a topic, and of one created with -1
  absl::Duration initial_rebalance_delay = absl::ZeroDuration();
  absl::Duration min_session_timeout = absl::Seconds(6);
  absl::Duration max_session_timeout = absl::Minutes(30);
  // Of consumer groups of the newer protocol, unless a group has its own settings.
  absl::Duration consumer_heartbeat_interval = absl::Seconds(5);
  absl::Duration consumer_session_timeout = absl::Seconds(45);
  int32_t max_request_bytes = 100 << 20;  // a longer frame closes its connection
  int32_t max_batch_bytes = 1'048'588;    // a topic's max.message.bytes unless it has its own
  int32_t max_fetch_bytes = 55 << 20;     // of records in one answer, softly
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_OPTIONS_H_
