// The Kafka face of an engine: what all its connections share.
//
//   kafka::Service kafka(catalog, {});
//   server.Listen("127.0.0.1:9092", kafka.session());
//
// Thread-safe; must outlive its sessions. Topics are canonical names spelled for Kafka
// (engine/names.h), so streams made by the other models are topics too. One broker, whose node id
// is Options::node_id, leads every partition and coordinates every group; the leader epoch is
// always 0.
#ifndef BRAID_PROTOCOL_KAFKA_SERVICE_H_
#define BRAID_PROTOCOL_KAFKA_SERVICE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "engine/catalog.h"
#include "engine/coordinator.h"
#include "protocol/server.h"

namespace braid::kafka {

// Every partition's, for ever: there is nobody to take over.
inline constexpr int32_t kLeaderEpoch = 0;
// What an OffsetCommit may carry beside each offset.
inline constexpr size_t kMaxOffsetMetadataBytes = 4096;
inline constexpr int kMaxPartitions = 10'000;  // of one topic

struct Options {
  int32_t node_id = 1;
  std::string advertised;  // "HOST:PORT" clients connect to; empty: the address they dialled
  bool auto_create_topics = true;  // when a client names one that is not there, and lets the broker
  int default_partitions = 1;      // of such a topic, and of one created with -1
  absl::Duration initial_rebalance_delay = absl::ZeroDuration();
  absl::Duration min_session_timeout = absl::Seconds(6);
  absl::Duration max_session_timeout = absl::Minutes(30);
  int32_t max_request_bytes = 100 << 20;  // a longer frame closes its connection
  int32_t max_batch_bytes = 1'048'588;    // a topic's max.message.bytes unless it has its own
  int32_t max_fetch_bytes = 55 << 20;     // of records in one answer, softly
};

class Service {
 public:
  Service(engine::Catalog& catalog, Options options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // For Server::Listen.
  net::SessionFn session();

  engine::Catalog& catalog() { return catalog_; }
  engine::Coordinator& coordinator() { return coordinator_; }
  const Options& options() const { return options_; }
  const std::string& cluster_id() const { return cluster_id_; }  // 22 characters, as Kafka's are

 private:
  engine::Catalog& catalog_;
  const Options options_;
  const std::string cluster_id_;
  engine::Coordinator coordinator_;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_SERVICE_H_
