#include "protocol/kafka/configs.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "absl/time/time.h"
#include "braid/error.h"

namespace braid::kafka {
namespace {

absl::Status Refuse(std::string_view name, std::string_view value, std::string_view why) {
  return MakeError(Errc::kInvalidArgument, fmt::format("{}={}: {}", name, value, why));
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || text.empty()) return std::nullopt;
  return number;
}

// A number of at least `least`, or -1 for "no limit" where `least` is -1.
absl::Status SetNumber(std::string_view name, std::string_view value, int64_t least,
                       int64_t& field) {
  const std::optional<int64_t> number = Number(value);
  if (!number) return Refuse(name, value, "not a number");
  if (*number < least) return Refuse(name, value, fmt::format("must be at least {}", least));
  field = *number;
  return absl::OkStatus();
}

// One row a setting. `get` gives the topic's own value, or nullopt when it goes by the default.
struct TopicSetting {
  std::string_view name;
  ConfigType type;
  absl::Status (*set)(std::string_view name, std::string_view value, StreamOptions& options);
  std::optional<int64_t> (*get)(const StreamOptions& options);
  std::string (*default_value)(const Options& options);
  std::string_view documentation;
};

// Of settings that have one value only: naming it is fine.
template <const char* kOnly>
absl::Status SetOnly(std::string_view name, std::string_view value, StreamOptions&) {
  if (value == kOnly) return absl::OkStatus();
  return Refuse(name, value, fmt::format("this broker offers {} alone", kOnly));
}
template <const char* kOnly>
std::string Only(const Options&) {
  return kOnly;
}
std::optional<int64_t> NotSet(const StreamOptions&) {
  return std::nullopt;
}

constexpr char kDelete[] = "delete";
constexpr char kProducer[] = "producer";
constexpr char kCreateTime[] = "CreateTime";
constexpr char kOne[] = "1";

absl::Status SetRetentionMs(std::string_view name, std::string_view value, StreamOptions& options) {
  int64_t ms = 0;
  if (absl::Status s = SetNumber(name, value, -1, ms); !s.ok()) return s;
  if (ms == 0) return Refuse(name, value, "nothing would ever be readable");
  options.max_age = ms < 0 ? absl::ZeroDuration() : absl::Milliseconds(ms);
  return absl::OkStatus();
}
std::optional<int64_t> GetRetentionMs(const StreamOptions& options) {
  if (options.max_age <= absl::ZeroDuration()) return std::nullopt;
  return absl::ToInt64Milliseconds(options.max_age);
}

absl::Status SetRetentionBytes(std::string_view name, std::string_view value,
                               StreamOptions& options) {
  return SetNumber(name, value, -1, options.max_bytes);
}
std::optional<int64_t> GetRetentionBytes(const StreamOptions& options) {
  return options.max_bytes < 0 ? std::nullopt : std::optional(options.max_bytes);
}

absl::Status SetMaxMessageBytes(std::string_view name, std::string_view value,
                                StreamOptions& options) {
  int64_t bytes = 0;
  if (absl::Status s = SetNumber(name, value, 0, bytes); !s.ok()) return s;
  if (bytes > std::numeric_limits<int32_t>::max()) return Refuse(name, value, "too large");
  options.max_record_bytes = bytes;
  return absl::OkStatus();
}
std::optional<int64_t> GetMaxMessageBytes(const StreamOptions& options) {
  return options.max_record_bytes < 0 ? std::nullopt : std::optional(options.max_record_bytes);
}
std::string DefaultMaxMessageBytes(const Options& options) {
  return fmt::to_string(options.max_batch_bytes);
}
std::string NoLimit(const Options&) {
  return "-1";
}

constexpr TopicSetting kTopicSettings[] = {
    {"cleanup.policy", ConfigType::kList, SetOnly<kDelete>, NotSet, Only<kDelete>,
     "Old records are deleted by the retention settings; compaction is not offered."},
    {"compression.type", ConfigType::kString, SetOnly<kProducer>, NotSet, Only<kProducer>,
     "Batches are kept as their producer compressed them."},
    {"max.message.bytes", ConfigType::kInt, SetMaxMessageBytes, GetMaxMessageBytes,
     DefaultMaxMessageBytes, "The largest record batch taken, in bytes, compressed as it comes."},
    {"message.timestamp.type", ConfigType::kString, SetOnly<kCreateTime>, NotSet, Only<kCreateTime>,
     "A record's timestamp is the one its producer gave it."},
    {"min.insync.replicas", ConfigType::kInt, SetOnly<kOne>, NotSet, Only<kOne>,
     "There is one replica."},
    {"retention.bytes", ConfigType::kLong, SetRetentionBytes, GetRetentionBytes, NoLimit,
     "A partition's oldest records go when it holds more bytes; -1: no limit."},
    {"retention.ms", ConfigType::kLong, SetRetentionMs, GetRetentionMs, NoLimit,
     "Records older than this go; -1: no limit."},
};

Config BrokerConfig(std::string_view name, std::string value, ConfigType type,
                    std::string_view documentation) {
  return {.name = name,
          .value = std::move(value),
          .type = type,
          .source = ConfigSource::kBrokerFile,
          .read_only = true,
          .documentation = documentation};
}

}  // namespace

absl::Status ApplyTopicConfig(std::string_view name, std::string_view value,
                              StreamOptions& options) {
  const auto* setting =
      std::find_if(std::begin(kTopicSettings), std::end(kTopicSettings),
                   [name](const TopicSetting& candidate) { return candidate.name == name; });
  if (setting == std::end(kTopicSettings)) {
    return Refuse(name, value, "this broker does not offer that setting");
  }
  return setting->set(name, value, options);
}

std::vector<Config> TopicConfigs(const StreamOptions& options, Service& service) {
  std::vector<Config> configs;
  for (const TopicSetting& setting : kTopicSettings) {
    const std::optional<int64_t> own = setting.get(options);
    configs.push_back(
        {.name = setting.name,
         .value = own ? fmt::to_string(*own) : setting.default_value(service.options()),
         .type = setting.type,
         .source = own ? ConfigSource::kTopic : ConfigSource::kDefault,
         .read_only = false,
         .documentation = setting.documentation});
  }
  return configs;
}

std::vector<Config> BrokerConfigs(Service& service) {
  const Options& options = service.options();
  const auto ms = [](absl::Duration duration) {
    return fmt::to_string(absl::ToInt64Milliseconds(duration));
  };
  return {
      BrokerConfig("auto.create.topics.enable", options.auto_create_topics ? "true" : "false",
                   ConfigType::kBoolean, "A topic is created when a client asks for it."),
      BrokerConfig("broker.id", fmt::to_string(options.node_id), ConfigType::kInt,
                   "The one broker's node id."),
      BrokerConfig("default.replication.factor", "1", ConfigType::kInt, "There is one broker."),
      BrokerConfig("fetch.max.bytes", fmt::to_string(options.max_fetch_bytes), ConfigType::kInt,
                   "Most bytes of records in one fetch answer, softly."),
      BrokerConfig("group.initial.rebalance.delay.ms", ms(options.initial_rebalance_delay),
                   ConfigType::kInt, "How long an empty group's first rebalance waits."),
      BrokerConfig("group.max.session.timeout.ms", ms(options.max_session_timeout),
                   ConfigType::kInt, "The longest session a member may have."),
      BrokerConfig("group.min.session.timeout.ms", ms(options.min_session_timeout),
                   ConfigType::kInt, "The shortest session a member may have."),
      BrokerConfig("log.retention.bytes", "-1", ConfigType::kLong, "No limit."),
      BrokerConfig("log.retention.ms", "-1", ConfigType::kLong, "No limit."),
      BrokerConfig("log.segment.bytes", fmt::to_string(service.catalog().options().segment_bytes),
                   ConfigType::kLong, "A log goes on in a new file past this."),
      BrokerConfig("message.max.bytes", fmt::to_string(options.max_batch_bytes), ConfigType::kInt,
                   "The largest record batch a topic takes, unless it says otherwise."),
      BrokerConfig("num.partitions", fmt::to_string(options.default_partitions), ConfigType::kInt,
                   "Partitions of a topic created without saying how many."),
      BrokerConfig("offset.metadata.max.bytes", fmt::to_string(kMaxOffsetMetadataBytes),
                   ConfigType::kInt, "What may be committed beside an offset."),
      BrokerConfig("socket.request.max.bytes", fmt::to_string(options.max_request_bytes),
                   ConfigType::kInt, "The longest request."),
  };
}

}  // namespace braid::kafka
