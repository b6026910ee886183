#include "protocol/kafka/group_configs.h"

#include <limits>

#include "protocol/kafka/share_policy.h"

namespace braid::kafka {
namespace {

using enum ConfigType;

bool IsResetDuration(std::string_view value) {
  return ResetDuration(value).has_value();
}

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
    {"errors.deadletterqueue.copy.record.enable", kBoolean, "false",
     "Whether the dead-letter topic gets the record itself, and not only headers that name it."},
    {"errors.deadletterqueue.topic.name", kString, "",
     "The topic for records that a share group gives up; none: there is no such topic."},
    {"share.auto.offset.reset", kString, "latest",
     "Where a share group starts on a partition that it has not read from: also "
     "by_duration:PnDTnHnMnS.",
     "latest,earliest", std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max(),
     IsResetDuration},
    {"share.delivery.count.limit",
     kInt,
     "5",
     "How often a share group delivers a record before it gives it up.",
     {},
     2,
     10},
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
    {"share.partition.max.record.locks",
     kInt,
     "2000",
     "How many records of one partition may be out to members of a share group.",
     {},
     100,
     4'000},
    {"share.record.lock.duration.ms",
     kInt,
     "30000",
     "How long a record acquired by a member of a share group stays its own.",
     {},
     15'000,
     60'000},
    {"share.renew.acknowledge.enable", kBoolean, "true",
     "Whether members of a share group may make the lock of a record last longer."},
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
