#include "engine/definitions.h"

#include <algorithm>
#include <cmath>

#include "braid/error.h"

namespace braid::engine {
namespace {

// Every definition begins with the version of its layout. Topics of older versions lack what was
// added in 3, 4 and 5, and have its defaults.
constexpr uint64_t kTopicVersion = 5;
constexpr uint64_t kOldestTopicVersion = 2;
constexpr uint64_t kGroupVersion = 3;
constexpr uint64_t kOldestGroupVersion = 2;  // without dead letters

constexpr double kRatioUnit = 1e6;  // ratios are kept in millionths

absl::Status Malformed(std::string_view what) {
  return MakeError(Errc::kCorrupt, std::string("malformed definition of a ") + std::string(what));
}

void Put(Encoder& out, const StreamOptions& options) {
  out.Duration(options.max_age)
      .I64(options.max_bytes)
      .I64(options.max_records)
      .I64(options.max_records_per_key)
      .I64(options.max_record_bytes)
      .U64(static_cast<uint64_t>(options.discard))
      .Duration(options.dedup_window)
      .U64(options.durability ? 1 + static_cast<uint64_t>(*options.durability) : 0)
      .I64(options.segment_bytes)
      .Duration(options.segment_age)
      .U64(options.codec ? 1 + static_cast<uint64_t>(*options.codec) : 0)
      .Bool(options.compact)
      .I64(std::lround(options.min_dirty_ratio * kRatioUnit))
      .Duration(options.min_compaction_lag)
      .Duration(options.max_compaction_lag)
      .Duration(options.tombstone_retention)
      .U64(static_cast<uint64_t>(options.owner))
      .Str(options.extra)
      .U64(options.subjects.size());
  for (const std::string& subject : options.subjects) out.Str(subject);
  out.Duration(options.max_time_behind).Duration(options.max_time_ahead).Bool(options.append_time);
  out.Bool(options.record_ttl)
      .Duration(options.delete_marker_ttl)
      .Bool(options.schedules)
      .Str(options.transform_source)
      .Str(options.transform_destination);
}

StreamOptions TakeStreamOptions(Decoder& in, uint64_t version) {
  StreamOptions options;
  options.max_age = in.Duration();
  options.max_bytes = in.I64();
  options.max_records = in.I64();
  options.max_records_per_key = in.I64();
  options.max_record_bytes = in.I64();
  options.discard = static_cast<Discard>(in.U64() & 1);
  options.dedup_window = in.Duration();
  if (const uint64_t durability = in.U64(); durability > 0 && durability <= 3) {
    options.durability = static_cast<Durability>(durability - 1);
  }
  options.segment_bytes = in.I64();
  options.segment_age = in.Duration();
  if (const uint64_t codec = in.U64(); codec > 0 && codec <= 5) {
    options.codec = static_cast<Codec>(codec - 1);
  }
  options.compact = in.Bool();
  options.min_dirty_ratio = static_cast<double>(in.I64()) / kRatioUnit;
  options.min_compaction_lag = in.Duration();
  options.max_compaction_lag = in.Duration();
  options.tombstone_retention = in.Duration();
  options.owner = static_cast<Origin>(in.U64() & 3);
  options.extra = in.Str();
  const uint64_t subjects = in.Count();
  for (uint64_t i = 0; i < subjects; ++i) options.subjects.emplace_back(in.Str());
  if (version < 3) return options;
  options.max_time_behind = in.Duration();
  options.max_time_ahead = in.Duration();
  options.append_time = in.Bool();
  if (version < 5) return options;
  options.record_ttl = in.Bool();
  options.delete_marker_ttl = in.Duration();
  options.schedules = in.Bool();
  options.transform_source = in.Str();
  options.transform_destination = in.Str();
  return options;
}

}  // namespace

std::string EncodeTopic(const TopicDefinition& topic) {
  Encoder out;
  out.U64(kTopicVersion)
      .Str({reinterpret_cast<const char*>(topic.uuid.data()), topic.uuid.size()})
      .Time(topic.created)
      .U64(topic.stream_ids.size());
  for (size_t i = 0; i < topic.stream_ids.size(); ++i) {
    out.U64(topic.stream_ids[i]);
    Put(out, topic.options[i]);
  }
  out.I64(topic.expiry_ms).Str(topic.birth_name);
  return out.Take();
}

absl::StatusOr<TopicDefinition> DecodeTopic(std::string_view bytes) {
  Decoder in(bytes);
  TopicDefinition topic;
  const uint64_t version = in.U64();
  if (version < kOldestTopicVersion || version > kTopicVersion) return Malformed("topic");
  const std::string_view uuid = in.Str();
  if (uuid.size() != topic.uuid.size()) return Malformed("topic");
  std::copy(uuid.begin(), uuid.end(), topic.uuid.begin());
  topic.created = in.Time();
  const uint64_t partitions = in.Count();
  for (uint64_t i = 0; i < partitions && in.ok(); ++i) {
    topic.stream_ids.push_back(in.U64());
    topic.options.push_back(TakeStreamOptions(in, version));
  }
  if (version >= 4) {
    topic.expiry_ms = in.I64();
    topic.birth_name = in.Str();
  }
  if (!in.ok() || topic.stream_ids.empty()) return Malformed("topic");
  return topic;
}

std::string EncodeGroup(const GroupDefinition& group) {
  const GroupOptions& options = group.options;
  Encoder out;
  out.U64(kGroupVersion)
      .U64(group.stream_id)
      .Str(group.name)
      .Time(group.created)
      .Duration(options.ack_wait)
      .I64(options.max_deliver)
      .I64(options.max_ack_pending)
      .Bool(options.ack_none)
      .Bool(options.ack_all)
      .U64(static_cast<uint64_t>(options.owner))
      .U64(static_cast<uint64_t>(options.start))
      .I64(options.start_offset)
      .Str(options.extra)
      .U64(options.backoff.size());
  for (const absl::Duration wait : options.backoff) out.Duration(wait);
  out.U64(options.filters.size());
  for (const std::string& filter : options.filters) out.Str(filter);
  out.Str(options.dead_letter);
  return out.Take();
}

absl::StatusOr<GroupDefinition> DecodeGroup(std::string_view bytes) {
  Decoder in(bytes);
  GroupDefinition group;
  const uint64_t version = in.U64();
  if (version < kOldestGroupVersion || version > kGroupVersion) return Malformed("group");
  group.stream_id = in.U64();
  group.name = in.Str();
  group.created = in.Time();
  GroupOptions& options = group.options;
  options.ack_wait = in.Duration();
  options.max_deliver = in.I64();
  options.max_ack_pending = in.I64();
  options.ack_none = in.Bool();
  options.ack_all = in.Bool();
  options.owner = static_cast<Origin>(in.U64() & 3);
  options.start = static_cast<StartAt>(std::min<uint64_t>(in.U64(), 2));
  options.start_offset = in.I64();
  options.extra = in.Str();
  const uint64_t waits = in.Count();
  for (uint64_t i = 0; i < waits; ++i) options.backoff.push_back(in.Duration());
  const uint64_t filters = in.Count();
  for (uint64_t i = 0; i < filters; ++i) options.filters.emplace_back(in.Str());
  if (version >= 3) options.dead_letter = in.Str();
  if (!in.ok()) return Malformed("group");
  return group;
}

}  // namespace braid::engine
