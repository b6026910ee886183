// The state of an engine as Prometheus text.
#ifndef BRAID_PROTOCOL_HTTP_METRICS_H_
#define BRAID_PROTOCOL_HTTP_METRICS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog.h"

namespace braid::http {

// Open connections by protocol name.
using ConnectionCounts = std::function<std::vector<std::pair<std::string, int64_t>>()>;

// Gauges, sampled now:
//   stream_consumer_lag{platform,stream,consumer_group}; of a Kafka topic: over all its partitions
//   braid_group_lag_records, braid_group_pending {platform,stream,consumer_group,partition}
//   braid_log_first_position, braid_log_last_position, braid_log_records, braid_log_bytes
//     {log,partition}
//   braid_connections{protocol}
std::string MetricsText(engine::Catalog& catalog, const ConnectionCounts& connections);

}  // namespace braid::http

#endif  // BRAID_PROTOCOL_HTTP_METRICS_H_
