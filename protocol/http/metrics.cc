#include "protocol/http/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <tuple>

#include "engine/stream.h"
#include "engine/views.h"
#include "protocol/http/lag.h"

namespace braid::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

MetricFamily Gauge(const std::string& name, const std::string& help) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  return family;
}

void Add(MetricFamily& family, std::vector<ClientMetric::Label> labels, int64_t value) {
  ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  metric.gauge.value = static_cast<double>(value);
}

void AddGroups(engine::Catalog& catalog, std::vector<MetricFamily>& out) {
  MetricFamily lag = Gauge("stream_consumer_lag", "Records a consumer group has yet to be given.");
  MetricFamily records = Gauge("braid_group_lag_records", "The same, partition by partition.");
  MetricFamily pending = Gauge("braid_group_pending", "Records delivered and not yet settled.");
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> totals;
  for (const LagRow& row : CollectLag(catalog)) {
    totals[{std::string(row.platform), row.stream, row.group}] += row.lag;
    std::vector<ClientMetric::Label> labels = {{"platform", std::string(row.platform)},
                                               {"stream", row.stream},
                                               {"consumer_group", row.group},
                                               {"partition", std::to_string(row.partition)}};
    Add(records, labels, row.lag);
    Add(pending, std::move(labels), row.pending);
  }
  for (const auto& [key, total] : totals) {
    const auto& [platform, stream, group] = key;
    Add(lag, {{"platform", platform}, {"stream", stream}, {"consumer_group", group}}, total);
  }
  out.push_back(std::move(lag));
  out.push_back(std::move(records));
  out.push_back(std::move(pending));
}

void AddLogs(engine::Catalog& catalog, std::vector<MetricFamily>& out) {
  MetricFamily first = Gauge("braid_log_first_position", "First offset that is still there.");
  MetricFamily last = Gauge("braid_log_last_position", "Newest offset ever given; -1: none yet.");
  MetricFamily records = Gauge("braid_log_records", "Live records.");
  MetricFamily bytes = Gauge("braid_log_bytes", "Bytes in segment files.");
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      const engine::StreamState state = stream->State();
      const std::vector<ClientMetric::Label> labels = {
          {"log", engine::KafkaNameOf(stream->identity())},
          {"partition", std::to_string(stream->identity().partition)}};
      Add(first, labels, state.start_offset);
      Add(last, labels, state.next_offset - 1);
      Add(records, labels, state.records);
      Add(bytes, labels, state.disk_bytes);
    }
  }
  for (MetricFamily* family : {&first, &last, &records, &bytes}) out.push_back(std::move(*family));
}

}  // namespace

std::string MetricsText(engine::Catalog& catalog, const ConnectionCounts& connections) {
  std::vector<MetricFamily> families;
  AddGroups(catalog, families);
  AddLogs(catalog, families);
  MetricFamily open = Gauge("braid_connections", "Open connections.");
  for (const auto& [protocol, count] : connections()) Add(open, {{"protocol", protocol}}, count);
  families.push_back(std::move(open));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace braid::http
