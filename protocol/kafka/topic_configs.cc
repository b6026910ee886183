#include "protocol/kafka/topic_configs.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "absl/time/time.h"
#include "engine/encoding.h"

namespace braid::kafka {
namespace {

using Value = std::optional<std::string_view>;

constexpr std::string_view kNever = "9223372036854775807";
constexpr double kSmallestSegment = 1 << 20;

// A number of milliseconds; the largest there is, and below zero, stand for `forever`.
absl::Duration DurationOf(std::string_view value, absl::Duration forever) {
  const int64_t ms = NumberOf(value);
  // The engine keeps durations in nanoseconds.
  constexpr int64_t kMostMs = std::numeric_limits<int64_t>::max() / 1'000'000;
  return ms < 0 || ms > kMostMs ? forever : absl::Milliseconds(ms);
}
std::string MsOf(absl::Duration duration) {
  return fmt::to_string(absl::ToInt64Milliseconds(duration));
}

bool Lists(std::string_view policy, std::string_view word) {
  const std::vector<std::string> words = ListOf(policy);
  return std::find(words.begin(), words.end(), word) != words.end();
}

// --- One pair a setting -----------------------------------------------------------------------

void SetCleanupPolicy(Value value, StreamOptions& options) {
  options.compact = Lists(value.value_or("delete"), "compact");
}
std::optional<std::string> GetCleanupPolicy(const StreamOptions& options) {
  if (!options.compact) return std::nullopt;
  const bool limited = options.max_age > absl::ZeroDuration() || options.max_bytes >= 0;
  return limited ? "compact,delete" : "compact";
}

struct CodecName {
  std::string_view name;
  Codec codec;
};
constexpr CodecName kCodecs[] = {{"uncompressed", Codec::kNone},
                                 {"gzip", Codec::kGzip},
                                 {"snappy", Codec::kSnappy},
                                 {"lz4", Codec::kLz4},
                                 {"zstd", Codec::kZstd}};

void SetCompressionType(Value value, StreamOptions& options) {
  options.codec.reset();  // "producer"
  for (const CodecName& known : kCodecs) {
    if (value && Trimmed(*value) == known.name) options.codec = known.codec;
  }
}
std::optional<std::string> GetCompressionType(const StreamOptions& options) {
  for (const CodecName& known : kCodecs) {
    if (options.codec == known.codec) return std::string(known.name);
  }
  return std::nullopt;
}

void SetDeleteRetention(Value value, StreamOptions& options) {
  options.tombstone_retention =
      value ? DurationOf(*value, absl::InfiniteDuration()) : StreamOptions().tombstone_retention;
}
std::optional<std::string> GetDeleteRetention(const StreamOptions& options) {
  if (options.tombstone_retention == StreamOptions().tombstone_retention) return std::nullopt;
  return MsOf(options.tombstone_retention);
}

void SetFlushMessages(Value value, StreamOptions& options) {
  options.durability.reset();
  if (value && NumberOf(*value) == 1) options.durability = Durability::kSync;
}
std::optional<std::string> GetFlushMessages(const StreamOptions& options) {
  return options.durability == Durability::kSync ? std::optional<std::string>("1") : std::nullopt;
}

void SetMaxCompactionLag(Value value, StreamOptions& options) {
  options.max_compaction_lag = DurationOf(value.value_or(kNever), absl::InfiniteDuration());
}
std::optional<std::string> GetMaxCompactionLag(const StreamOptions& options) {
  if (options.max_compaction_lag == absl::InfiniteDuration()) return std::nullopt;
  return MsOf(options.max_compaction_lag);
}

void SetMinCompactionLag(Value value, StreamOptions& options) {
  options.min_compaction_lag = DurationOf(value.value_or("0"), absl::InfiniteDuration());
}
std::optional<std::string> GetMinCompactionLag(const StreamOptions& options) {
  if (options.min_compaction_lag <= absl::ZeroDuration()) return std::nullopt;
  return MsOf(options.min_compaction_lag);
}

void SetMaxMessageBytes(Value value, StreamOptions& options) {
  options.max_record_bytes = value ? NumberOf(*value) : -1;
}
std::optional<std::string> GetMaxMessageBytes(const StreamOptions& options) {
  if (options.max_record_bytes < 0) return std::nullopt;
  return fmt::to_string(options.max_record_bytes);
}

void SetTimeAhead(Value value, StreamOptions& options) {
  options.max_time_ahead = DurationOf(value.value_or("3600000"), absl::InfiniteDuration());
}
void SetTimeBehind(Value value, StreamOptions& options) {
  options.max_time_behind = DurationOf(value.value_or(kNever), absl::InfiniteDuration());
}

void SetTimestampType(Value value, StreamOptions& options) {
  options.append_time = value && Trimmed(*value) == "LogAppendTime";
}
std::optional<std::string> GetTimestampType(const StreamOptions& options) {
  return options.append_time ? std::optional<std::string>("LogAppendTime") : std::nullopt;
}

void SetDirtyRatio(Value value, StreamOptions& options) {
  options.min_dirty_ratio = StreamOptions().min_dirty_ratio;
  if (!value) return;
  const std::string_view text = Trimmed(*value);
  std::from_chars(text.data(), text.data() + text.size(), options.min_dirty_ratio);
}
std::optional<std::string> GetDirtyRatio(const StreamOptions& options) {
  if (options.min_dirty_ratio == StreamOptions().min_dirty_ratio) return std::nullopt;
  return fmt::to_string(options.min_dirty_ratio);
}

void SetRetentionBytes(Value value, StreamOptions& options) {
  options.max_bytes = value ? std::max<int64_t>(-1, NumberOf(*value)) : -1;
}
std::optional<std::string> GetRetentionBytes(const StreamOptions& options) {
  if (options.max_bytes < 0) return std::nullopt;
  return fmt::to_string(options.max_bytes);
}

void SetRetentionMs(Value value, StreamOptions& options) {
  options.max_age = DurationOf(value.value_or("-1"), absl::ZeroDuration());
  // Zero is "no limit" to the engine, and "nothing stays" to Kafka.
  if (value && NumberOf(*value) == 0) options.max_age = absl::Milliseconds(1);
}
std::optional<std::string> GetRetentionMs(const StreamOptions& options) {
  if (options.max_age <= absl::ZeroDuration()) return std::nullopt;
  return MsOf(options.max_age);
}

void SetSegmentBytes(Value value, StreamOptions& options) {
  options.segment_bytes = value ? NumberOf(*value) : -1;
}
std::optional<std::string> GetSegmentBytes(const StreamOptions& options) {
  if (options.segment_bytes <= 0) return std::nullopt;
  return fmt::to_string(options.segment_bytes);
}

void SetSegmentMs(Value value, StreamOptions& options) {
  options.segment_age = value ? DurationOf(*value, absl::InfiniteDuration()) : absl::ZeroDuration();
}
std::optional<std::string> GetSegmentMs(const StreamOptions& options) {
  if (options.segment_age <= absl::ZeroDuration()) return std::nullopt;
  return MsOf(options.segment_age);
}

// --- The table --------------------------------------------------------------------------------

using enum ConfigType;

constexpr TopicConfig kTopicConfigs[] = {
    {{"cleanup.policy", kList, "delete",
      "delete: the retention settings remove old records. compact: only the newest record of each "
      "key is kept, and records need keys. Both may be named, or neither: then all is kept.",
      "compact,delete"},
     "log.cleanup.policy",
     SetCleanupPolicy,
     GetCleanupPolicy},
    {{"compression.gzip.level",
      kInt,
      "-1",
      "Kept; this storage has one level for each codec.",
      {},
      -1,
      9},
     "compression.gzip.level"},
    {{"compression.lz4.level",
      kInt,
      "9",
      "Kept; this storage has one level for each codec.",
      {},
      1,
      17},
     "compression.lz4.level"},
    {{"compression.type", kString, "producer",
      "The codec that record batches are kept in; producer: the one they came with.",
      "uncompressed,zstd,lz4,snappy,gzip,producer"},
     "compression.type",
     SetCompressionType,
     GetCompressionType},
    {{"compression.zstd.level",
      kInt,
      "3",
      "Kept; this storage has one level for each codec.",
      {},
      -131072,
      22},
     "compression.zstd.level"},
    {{"delete.retention.ms",
      kLong,
      "86400000",
      "How long a compacted topic keeps a tombstone after the compaction that first met it.",
      {},
      0},
     "log.cleaner.delete.retention.ms",
     SetDeleteRetention,
     GetDeleteRetention},
    {{"errors.deadletterqueue.group.enable", kBoolean, "false",
      "Whether share groups may write records that they give up to this topic."},
     ""},
    {{"file.delete.delay.ms",
      kLong,
      "60000",
      "Kept; files are removed by the next upkeep, and readers keep what they have open.",
      {},
      0},
     "log.segment.delete.delay.ms"},
    {{"flush.messages",
      kLong,
      kNever,
      "1: everything is fsynced before it is acknowledged. More: the broker's durability holds.",
      {},
      1},
     "log.flush.interval.messages",
     SetFlushMessages,
     GetFlushMessages},
    {{"flush.ms", kLong, kNever, "Kept; the broker's durability holds.", {}, 0},
     "log.flush.interval.ms"},
    {{"follower.replication.throttled.replicas", kList, "", "Kept; there is no other replica."},
     ""},
    {{"index.interval.bytes", kInt, "4096", "Kept; the index has steps of its own.", {}, 0},
     "log.index.interval.bytes"},
    {{"leader.replication.throttled.replicas", kList, "", "Kept; there is no other replica."}, ""},
    {{"local.retention.bytes", kLong, "-2", "Kept; nothing is tiered.", {}, -2},
     "log.local.retention.bytes"},
    {{"local.retention.ms", kLong, "-2", "Kept; nothing is tiered.", {}, -2},
     "log.local.retention.ms"},
    {{"max.compaction.lag.ms",
      kLong,
      kNever,
      "A record is compacted at the latest when it is this old, and its segment closed by then.",
      {},
      1},
     "log.cleaner.max.compaction.lag.ms",
     SetMaxCompactionLag,
     GetMaxCompactionLag},
    {{"max.message.bytes",
      kInt,
      "1048588",
      "The largest record batch taken, in bytes, compressed as it comes.",
      {},
      0},
     "message.max.bytes",
     SetMaxMessageBytes,
     GetMaxMessageBytes},
    {{"message.timestamp.after.max.ms",
      kLong,
      "3600000",
      "How far ahead of the broker's clock a producer's timestamp may lie.",
      {},
      0},
     "log.message.timestamp.after.max.ms",
     SetTimeAhead},
    {{"message.timestamp.before.max.ms",
      kLong,
      kNever,
      "How far behind the broker's clock a producer's timestamp may lie.",
      {},
      0},
     "log.message.timestamp.before.max.ms",
     SetTimeBehind},
    {{"message.timestamp.type", kString, "CreateTime",
      "Whether a record's timestamp is its producer's, or that of the append.",
      "CreateTime,LogAppendTime"},
     "log.message.timestamp.type",
     SetTimestampType,
     GetTimestampType},
    {{"min.cleanable.dirty.ratio",
      kDouble,
      "0.5",
      "The part not yet compacted is compacted when it is at least this much of the whole.",
      {},
      0,
      1},
     "log.cleaner.min.cleanable.ratio",
     SetDirtyRatio,
     GetDirtyRatio},
    {{"min.compaction.lag.ms", kLong, "0", "Records younger than this are not compacted.", {}, 0},
     "log.cleaner.min.compaction.lag.ms",
     SetMinCompactionLag,
     GetMinCompactionLag},
    {{"min.insync.replicas",
      kInt,
      "1",
      "Kept; there is one replica, and no more are asked for than there are.",
      {},
      1},
     "min.insync.replicas"},
    {{"preallocate", kBoolean, "false", "Kept; files grow as they are written."},
     "log.preallocate"},
    {{"remote.log.copy.disable", kBoolean, "false", "Kept; nothing is tiered."}, ""},
    {{"remote.log.delete.on.disable", kBoolean, "false", "Kept; nothing is tiered."}, ""},
    {{"remote.storage.enable", kBoolean, "false", "There is no tiered storage, so only false."},
     ""},
    {{"retention.bytes", kLong, "-1",
      "A partition's oldest segments go when it holds more bytes; -1: no limit."},
     "log.retention.bytes",
     SetRetentionBytes,
     GetRetentionBytes},
    {{"retention.ms", kLong, "604800000", "Records older than this go; -1: no limit.", {}, -1},
     "log.retention.ms",
     SetRetentionMs,
     GetRetentionMs},
    {{"segment.bytes",
      kInt,
      "1073741824",
      "A log goes on in a new file past this.",
      {},
      kSmallestSegment},
     "log.segment.bytes",
     SetSegmentBytes,
     GetSegmentBytes},
    {{"segment.index.bytes", kInt, "10485760", "Kept; indexes take what they need.", {}, 4},
     "log.index.size.max.bytes"},
    {{"segment.jitter.ms", kLong, "0", "Kept; nothing is delayed by chance.", {}, 0},
     "log.roll.jitter.ms"},
    {{"segment.ms",
      kLong,
      "604800000",
      "A log goes on in a new file once the present one is this old.",
      {},
      1},
     "log.roll.ms",
     SetSegmentMs,
     GetSegmentMs},
    {{"unclean.leader.election.enable", kBoolean, "false", "Kept; there is one replica."},
     "unclean.leader.election.enable"},
};

std::string Encode(const ConfigMap& own) {
  engine::Encoder out;
  out.U64(own.size());
  for (const auto& [name, value] : own) out.Str(name).Str(value);
  return out.Take();
}

}  // namespace

absl::Span<const TopicConfig> TopicConfigs() {
  return kTopicConfigs;
}

const TopicConfig* FindTopicConfig(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kTopicConfigs), std::end(kTopicConfigs),
                   [name](const TopicConfig& config) { return config.rule.name == name; });
  return found == std::end(kTopicConfigs) ? nullptr : found;
}

const TopicConfig* FindTopicConfigOf(std::string_view broker_name) {
  const auto* found = std::find_if(
      std::begin(kTopicConfigs), std::end(kTopicConfigs),
      [broker_name](const TopicConfig& config) { return config.broker_name == broker_name; });
  return broker_name.empty() || found == std::end(kTopicConfigs) ? nullptr : found;
}

std::optional<std::string> FaultOfTopicConfigs(const ConfigMap& own) {
  for (const auto& [name, value] : own) {
    const TopicConfig* config = FindTopicConfig(name);
    if (config == nullptr) return fmt::format("topics have no setting {}", name);
    if (std::optional<std::string> fault = FaultOf(config->rule, value)) return fault;
    if (name == "remote.storage.enable" && Trimmed(value) == "true") {
      return "remote.storage.enable cannot be true: there is no tiered storage";
    }
  }
  const auto number = [&own](std::string_view name) {
    const auto found = own.find(name);
    return NumberOf(found == own.end() ? FindTopicConfig(name)->rule.default_value : found->second);
  };
  if (number("min.compaction.lag.ms") > number("max.compaction.lag.ms")) {
    return "min.compaction.lag.ms cannot exceed max.compaction.lag.ms";
  }
  return std::nullopt;
}

void ApplyTopicConfigs(const ConfigMap& own, const ConfigMap& defaults, StreamOptions& options) {
  const auto value_of = [&](std::string_view name) -> Value {
    if (const auto found = own.find(name); found != own.end()) return found->second;
    if (const auto found = defaults.find(name); found != defaults.end()) return found->second;
    return std::nullopt;
  };
  for (const TopicConfig& config : kTopicConfigs) {
    if (config.apply != nullptr) config.apply(value_of(config.rule.name), options);
  }
  if (Lists(value_of("cleanup.policy").value_or("delete"), "delete")) return;
  options.max_age = absl::ZeroDuration();
  options.max_bytes = -1;
}

bool CarriesTopicConfigs(const StreamOptions& options) {
  return options.owner == Origin::kKafka && !options.extra.empty();
}

ConfigMap OwnTopicConfigs(const StreamOptions& options) {
  ConfigMap own;
  if (CarriesTopicConfigs(options)) {
    engine::Decoder in(options.extra);
    const uint64_t count = in.Count();
    for (uint64_t i = 0; i < count && in.ok(); ++i) {
      const std::string name(in.Str());
      own[name] = in.Str();
    }
    return own;
  }
  for (const TopicConfig& config : kTopicConfigs) {
    if (config.read == nullptr) continue;
    if (std::optional<std::string> value = config.read(options)) {
      own[std::string(config.rule.name)] = *std::move(value);
    }
  }
  return own;
}

void KeepTopicConfigs(const ConfigMap& own, StreamOptions& options) {
  options.extra = Encode(own);
}

}  // namespace braid::kafka
