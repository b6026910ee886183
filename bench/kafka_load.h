// The loads of the raw tool, and what they share.
#ifndef BRAID_BENCH_KAFKA_LOAD_H_
#define BRAID_BENCH_KAFKA_LOAD_H_

#include <cstdint>
#include <string>

#include "bench/load.h"
#include "braid/batch.h"

namespace braid::bench {

struct KafkaLoadOptions {
  int port = 0;
  std::string topic = "bench";
  int partitions = 1;
  int connections = 1;
  int in_flight = 5;    // requests a connection has without an answer
  int records = 64;     // of a batch; a request is one batch
  size_t bytes = 1024;  // of a record's value
  Codec codec = Codec::kNone;
  int64_t messages = 1'000'000;  // all of them; a latency load's are rate * seconds
  int rate = 5000;
  double seconds = 5;
  int32_t max_bytes = 1 << 20;  // of a fetch
};

// Batches made ahead, pipelined: the broker is the limit.
LoadResult RunProduceLoad(const KafkaLoadOptions& options);
// Everything a topic has, once per connection.
LoadResult RunFetchLoad(const KafkaLoadOptions& options);
// One-record requests at a fixed rate, from when each was due until a waiting fetch has it.
LoadResult RunLatencyLoad(const KafkaLoadOptions& options);
// A group of one: from its JoinGroup until it has its assignment.
LoadResult RunGroupLoad(const KafkaLoadOptions& options);

}  // namespace braid::bench

#endif  // BRAID_BENCH_KAFKA_LOAD_H_
