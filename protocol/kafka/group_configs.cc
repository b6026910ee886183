#include "protocol/kafka/group_configs.h"

namespace braid::kafka {
namespace {

using enum ConfigType;

constexpr ConfigRule kGroupConfigs[] = {
    {"consumer.heartbeat.interval.ms",
     kInt,
     "5000",
     "How often members of a consumer group are told to send heartbeats.",
     {},
     5'000,
     15'000},
    {"consumer.session.timeout.ms",
     kInt,
     "45000",
     "How long a member of a consumer group may be silent.",
     {},
     45'000,
     60'000},
    {"share.auto.offset.reset", kString, "latest",
     "Where a share group starts on a partition that it has not read from.", "latest,earliest"},
    {"share.heartbeat.interval.ms",
     kInt,
     "5000",
     "How often members of a share group are told to send heartbeats.",
     {},
     5'000,
     15'000},
    {"share.isolation.level", kString, "read_uncommitted",
     "Whether a share group sees records of open and aborted transactions.",
     "read_uncommitted,read_committed"},
    {"share.record.lock.duration.ms",
     kInt,
     "30000",
     "How long a record acquired by a member of a share group stays its own.",
     {},
     15'000,
     60'000},
    {"share.session.timeout.ms",
     kInt,
     "45000",
     "How long a member of a share group may be silent.",
     {},
     45'000,
     60'000},
};

constexpr ConfigRule kClientMetricsConfigs[] = {
    {"interval.ms", kInt, "300000", "Kept; no client is asked for metrics.", {}, 100, 3'600'000},
    {"match", kList, "", "Kept; no client is asked for metrics."},
    {"metrics", kList, "", "Kept; no client is asked for metrics."},
};

}  // namespace

absl::Span<const ConfigRule> GroupConfigs() {
  return kGroupConfigs;
}

absl::Span<const ConfigRule> ClientMetricsConfigs() {
  return kClientMetricsConfigs;
}

}  // namespace braid::kafka
