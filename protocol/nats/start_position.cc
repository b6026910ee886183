#include "protocol/nats/start_position.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "engine/subjects.h"
#include "engine/views.h"
#include "protocol/nats/errors.h"

namespace braid::nats {
namespace {

constexpr int64_t kScanRecords = 512;

// Calls `visit` for each record that matches a filter, newest first, until it returns false.
absl::Status ForEachBackwards(
    engine::Stream& stream, const std::vector<std::string>& filters, Offset end,
    absl::FunctionRef<bool(const engine::StoredRecord&, const std::string& subject)> visit) {
  const std::vector<std::string> subjects = stream.options().subjects;
  engine::RecordRange range;
  range.max_records = kScanRecords;
  range.reverse = true;
  range.end = end;
  while (true) {
    const auto records = stream.Read(range);
    if (!records.ok()) return records.status();
    if (records->empty()) return absl::OkStatus();
    for (const engine::StoredRecord& record : *records) {
      const std::string subject = engine::SubjectOf(record, stream.identity(), subjects);
      const bool wanted =
          filters.empty() || std::any_of(filters.begin(), filters.end(), [&](const auto& filter) {
            return engine::Matches(filter, subject);
          });
      if (wanted && !visit(record, subject)) return absl::OkStatus();
    }
    range.end = records->back().offset;
  }
}

absl::StatusOr<StartPosition> FindLast(engine::Stream& stream, const ConsumerConfig& config) {
  StartPosition start;
  start.offset = stream.next_offset();
  const absl::Status status =
      ForEachBackwards(stream, config.filters(), start.offset,
                       [&](const engine::StoredRecord& record, const std::string&) {
                         start.offset = record.offset;
                         return false;
                       });
  if (!status.ok()) return status;
  return start;
}

absl::StatusOr<StartPosition> FindLastPerSubject(engine::Stream& stream,
                                                 const ConsumerConfig& config) {
  if (!config.push() || config.ack_policy != AckPolicy::kNone || config.durable()) {
    return MakeApiError(ApiErrc::kInvalidPolicy,
                        "consumer delivery policy is deliver last per subject, which needs an "
                        "ephemeral push consumer without acks");
  }
  StartPosition start;
  start.offset = stream.next_offset();
  absl::flat_hash_map<std::string, Offset> last;
  // How many subjects there are to find, on streams that count them: no need to look further back.
  size_t wanted = 0;
  for (const std::string& filter : config.filters()) {
    wanted += stream.SubjectCounts(filter, INT64_MAX).size();
  }
  const absl::Status status =
      ForEachBackwards(stream, config.filters(), start.offset,
                       [&](const engine::StoredRecord& record, const std::string& subject) {
                         last.try_emplace(subject, record.offset);
                         return wanted == 0 || last.size() < wanted;
                       });
  if (!status.ok()) return status;
  for (const auto& [subject, offset] : last) start.prelude.push_back(offset);
  std::sort(start.prelude.begin(), start.prelude.end());
  return start;
}

absl::StatusOr<StartPosition> FindTime(engine::Stream& stream, absl::Time time) {
  StartPosition start;
  const auto at = stream.FindTime(absl::ToUnixMillis(time));
  if (!at.ok()) return at.status();
  start.offset = *at ? (*at)->offset : stream.next_offset();
  return start;
}

}  // namespace

absl::StatusOr<StartPosition> FindStart(engine::Stream& stream, const ConsumerConfig& config) {
  StartPosition start;
  switch (config.deliver_policy) {
    case DeliverPolicy::kAll:
      start.offset = stream.start_offset();
      return start;
    case DeliverPolicy::kNew:
      start.offset = stream.next_offset();
      return start;
    case DeliverPolicy::kByStartSequence:
      start.offset =
          std::clamp<Offset>(config.opt_start_seq - 1, stream.start_offset(), stream.next_offset());
      return start;
    case DeliverPolicy::kByStartTime:
      return FindTime(stream, config.opt_start_time.value_or(absl::InfinitePast()));
    case DeliverPolicy::kLast:
      return FindLast(stream, config);
    case DeliverPolicy::kLastPerSubject:
      return FindLastPerSubject(stream, config);
  }
  return start;
}

}  // namespace braid::nats
