#include "protocol/nats/stream_info.h"

#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/group.h"

namespace braid::nats {
namespace {

constexpr int64_t kMaxDeleted = 1'000'000;  // sequences listed in one answer

absl::Time TimeOf(int64_t timestamp_ms) {
  return timestamp_ms < 0 ? absl::InfinitePast() : absl::FromUnixMillis(timestamp_ms);
}

StreamNumbers NumbersOf(engine::Stream& stream) {
  const engine::StreamState state = stream.State();
  StreamNumbers numbers;
  numbers.messages = state.records;
  numbers.bytes = state.records == 0 ? 0 : state.record_bytes;
  numbers.last_seq = state.next_offset;
  numbers.last_ts = TimeOf(state.last_timestamp_ms);
  if (state.next_offset > 0) numbers.first_seq = state.start_offset + 1;
  if (state.records > 0) numbers.first_ts = TimeOf(state.first_timestamp_ms);
  numbers.num_subjects = state.subjects;
  numbers.num_deleted = state.deleted;
  numbers.consumer_count = static_cast<int64_t>(stream.Groups(Origin::kNats).size());
  return numbers;
}

}  // namespace

StreamDescription DescribeStream(engine::Stream& stream) {
  StreamDescription description;
  description.config = ConfigOf(stream.identity(), stream.options());
  description.created = stream.identity().created;
  description.state = NumbersOf(stream);
  description.ts = stream.catalog().Now();
  return description;
}

absl::StatusOr<std::vector<int64_t>> DeletedSequences(engine::Stream& stream) {
  const engine::StreamState state = stream.State();
  if (state.deleted > kMaxDeleted) {
    return MakeError(Errc::kUnsupported, "too many deleted messages to list");
  }
  std::vector<int64_t> deleted;
  Offset expected = state.start_offset;
  while (expected < state.next_offset && static_cast<int64_t>(deleted.size()) < state.deleted) {
    engine::RecordRange range;
    range.begin = expected;
    range.end = state.next_offset;
    const auto records = stream.Read(range);
    if (!records.ok()) return records.status();
    if (records->empty()) break;
    for (const engine::StoredRecord& record : *records) {
      for (; expected < record.offset; ++expected) deleted.push_back(expected + 1);
      expected = record.offset + 1;
    }
  }
  for (; expected < state.next_offset && static_cast<int64_t>(deleted.size()) < state.deleted;
       ++expected) {
    deleted.push_back(expected + 1);
  }
  return deleted;
}

}  // namespace braid::nats
