#include "protocol/redis/stream_reply.h"

#include <algorithm>
#include <vector>

#include "engine/views.h"
#include "protocol/redis/errors.h"

namespace braid::redis {
namespace {

// A long range is read in pieces, so that it costs its reply and little more.
constexpr int64_t kPageRecords = 512;
constexpr int64_t kPageBytes = int64_t{1} << 20;

// Where to read: the offsets that bound the range on the side the reading starts from. The other
// side is found by looking at IDs.
absl::StatusOr<engine::RecordRange> FirstPage(engine::Stream& stream, const EntryRange& range) {
  engine::RecordRange page;
  page.reverse = range.reverse;
  page.max_bytes = kPageBytes;
  if (range.reverse) {
    const auto after = engine::Next(range.last);
    if (!after.ok()) return page;  // up to the largest ID: all
    const auto end = stream.LowerBound(*after);
    if (!end.ok()) return end.status();
    page.end = *end;
  } else if (range.first != engine::EntryId::kMin) {
    const auto begin = stream.LowerBound(range.first);
    if (!begin.ok()) return begin.status();
    page.begin = *begin;
  }
  return page;
}

void WriteIdAndFields(Reply& reply, const engine::StoredRecord& record) {
  reply.Id(record.id);
  const std::vector<engine::FieldView> fields = engine::FieldsOf(record);
  reply.Array(2 * fields.size());
  for (const engine::FieldView& field : fields) {
    reply.Bulk(field.name);
    reply.Bulk(field.value);
  }
}

}  // namespace

void WriteEntry(Reply& reply, const engine::StoredRecord& record) {
  reply.Array(2);
  WriteIdAndFields(reply, record);
}

void WriteClaimedEntry(Reply& reply, const engine::DeliveredRecord& record) {
  reply.Array(4);
  WriteIdAndFields(reply, record);
  reply.Integer(absl::ToInt64Milliseconds(record.idle));
  reply.Integer(record.prior_deliveries);
}

absl::StatusOr<size_t> WriteEntries(Reply& reply, engine::Stream& stream, const EntryRange& range) {
  if (range.first > range.last || range.first > stream.last_id()) return size_t{0};
  auto page = FirstPage(stream, range);
  if (!page.ok()) return page.status();
  size_t written = 0;
  while (true) {
    page->max_records = kPageRecords;
    if (range.count > 0) {
      page->max_records = std::min(kPageRecords, range.count - static_cast<int64_t>(written));
    }
    if (page->max_records <= 0) return written;
    const auto records = stream.Read(*page);
    if (!records.ok()) return records.status();
    for (const engine::StoredRecord& record : *records) {
      if (record.id < range.first || record.id > range.last) return written;
      if (range.admit && !range.admit()) return written;
      WriteEntry(reply, record);
      ++written;
    }
    if (records->empty()) return written;
    if (range.reverse) {
      page->end = records->back().offset;
    } else {
      page->begin = records->back().offset + 1;
    }
  }
}

bool WriteEntryArray(Reply& reply, engine::Stream& stream, const EntryRange& range) {
  const size_t begin = reply.BeginArray();
  const auto written = WriteEntries(reply, stream, range);
  if (!written.ok()) {
    reply.Truncate(begin);
    reply.Error(ErrorText(written.status()));
    return false;
  }
  reply.EndArray(begin, *written);
  return true;
}

}  // namespace braid::redis
