#include "engine/stream_reader.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/compression.h"
#include "storage/entry_seq.h"
#include "storage/record_cursor.h"

namespace braid::engine {
namespace {

// Asked of the log at once: twice as much with each read that goes on where the last one ended.
constexpr int64_t kFirstReadBytes = 64 << 10;
constexpr int64_t kMostReadBytes = 256 << 10;
constexpr int64_t kReservedRecords = 1000;  // room for so many at once, the usual limit of a read

uint64_t AsMs(int64_t timestamp_ms) {
  return timestamp_ms < 0 ? 0 : static_cast<uint64_t>(timestamp_ms);
}

}  // namespace

// A count of bitmaps (u64), and for each its upper half (u32) and its lower halves. The library's
// own way to read them with care looks past the end all the same, so their sizes are added up
// first.
std::optional<OffsetSet> ReadOffsetSet(std::string_view bytes) {
  uint64_t bitmaps = 0;
  if (bytes.size() < sizeof bitmaps) return std::nullopt;
  std::memcpy(&bitmaps, bytes.data(), sizeof bitmaps);
  std::string_view rest = bytes.substr(sizeof bitmaps);
  for (; bitmaps > 0; --bitmaps) {
    if (rest.size() < sizeof(uint32_t)) return std::nullopt;
    rest.remove_prefix(sizeof(uint32_t));
    const size_t size = roaring_bitmap_portable_deserialize_size(rest.data(), rest.size());
    if (size == 0) return std::nullopt;
    rest.remove_prefix(size);
  }
  if (!rest.empty()) return std::nullopt;
  const std::string aligned(bytes);
  try {
    return OffsetSet::read(aligned.data());
  } catch (const std::exception&) {  // the library's way to refuse bytes that are no set
    return std::nullopt;
  }
}

OffsetSet Within(const OffsetSet& set, Offset begin, Offset end) {
  OffsetSet out;
  auto it = set.begin();
  const auto last = set.end();
  for (it.move(static_cast<uint64_t>(begin)); !(it == last); ++it) {
    if (*it >= static_cast<uint64_t>(end)) break;
    out.add(*it);
  }
  return out;
}

int64_t CountWithin(const OffsetSet& set, Offset begin, Offset end) {
  const uint64_t below_end = end == 0 ? 0 : set.rank(static_cast<uint64_t>(end - 1));
  const uint64_t below = begin == 0 ? 0 : set.rank(static_cast<uint64_t>(begin - 1));
  return static_cast<int64_t>(below_end - below);
}

int64_t PayloadBytes(const RecordView& record) {
  size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
  for (const HeaderView& header : record.headers) {
    bytes += header.key.size() + header.value.value_or("").size();
  }
  return static_cast<int64_t>(bytes);
}

int64_t AccountedBytes(const RecordView& record) {
  size_t bytes = 30 + record.key.value_or("").size() + record.value.value_or("").size();
  if (!record.headers.empty()) {
    bytes += 4 + 12;  // length field; "NATS/1.0" CRLF and the closing CRLF
    for (const HeaderView& header : record.headers) {
      bytes += header.key.size() + header.value.value_or("").size() + 4;  // ": " CRLF
    }
  }
  return static_cast<int64_t>(bytes);
}

uint64_t StreamSnapshot::FloorAt(Offset offset) const {
  if (floors == nullptr) return 0;
  uint64_t ms = 0;
  for (const IdFloor& floor : *floors) {
    if (floor.offset > offset) break;
    ms = std::max(ms, floor.ms);
  }
  return ms;
}

absl::StatusOr<storage::LogRead> StreamSnapshot::ReadLog(Offset from,
                                                         const storage::ReadLimits& limits) const {
  auto read = view.Read(from, limits);
  if (read.ok() && !read->lost.empty()) met_damage = true;
  return read;
}

template <typename Fn>
absl::Status StreamSnapshot::Walk(const Batch& batch, int64_t running_max_ms, Offset wanted,
                                  Fn fn) const {
  const BatchHeader& header = batch.header();
  // A transaction marker is no record of an application's.
  if (header.control()) return absl::OkStatus();
  const auto block =
      blocks != nullptr ? blocks->RecordsOf(stream_id, batch) : storage::RecordsBlock(batch);
  if (!block.ok()) return block.status();
  const Origin origin = header.origin();
  uint64_t running_max = AsMs(running_max_ms);
  storage::EntrySeqRule rule;
  storage::RecordCursor cursor(header, block->view());
  StoredRecord stored;
  stored.origin = origin;
  if (header.transactional()) stored.transaction = header.producer_id;
  while (!cursor.done()) {
    if (absl::Status status = cursor.Take(stored, wanted); !status.ok()) return status;
    const uint64_t ms = AsMs(stored.timestamp_ms);
    running_max = std::max(running_max, ms);
    if (origin == Origin::kRedis) {
      // The largest timestamp stands for all milliseconds above it; the floor tells which.
      const bool beyond = stored.timestamp_ms == INT64_MAX;
      const uint64_t id_ms = beyond ? std::max(ms, FloorAt(stored.offset)) : ms;
      stored.id = {id_ms, storage::TakeEntrySeq(rule, stored)};
    } else {
      running_max = std::max(running_max, FloorAt(stored.offset));
      stored.id = {running_max, static_cast<uint64_t>(stored.offset)};
    }
    if (!fn(stored, *block)) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredRecord>> StreamSnapshot::Decode(const Batch& batch,
                                                                 int64_t running_max_ms) const {
  std::vector<StoredRecord> out;
  absl::Status status =
      Walk(batch, running_max_ms, 0, [&](StoredRecord& record, const Buffer& block) {
        record.owner = block;
        out.push_back(std::move(record));
        return true;
      });
  if (!status.ok()) return status;
  return out;
}

absl::Status StreamSnapshot::ForEach(Offset begin,
                                     absl::FunctionRef<bool(StoredRecord&&)> fn) const {
  Offset next = std::max(begin, start);
  storage::ReadLimits limits;
  limits.max_bytes = kFirstReadBytes;
  limits.one_segment = true;  // what is sought is mostly in the first batches: one file read
  while (next < view.next_offset()) {
    auto read = ReadLog(next, limits);
    if (!read.ok()) return read.status();
    int64_t running_max = read->running_max_timestamp_ms;
    for (const Batch& batch : read->batches) {
      bool stopped = false;
      absl::Status status =
          Walk(batch, running_max, next, [&](StoredRecord& record, const Buffer& block) {
            if (record.offset < next || !IsLive(record.offset)) return true;
            record.owner = block;
            stopped = !fn(std::move(record));
            return !stopped;
          });
      if (!status.ok() || stopped) return status;
      running_max = std::max(running_max, batch.header().max_timestamp_ms);
    }
    if (read->next_offset <= next) break;
    next = read->next_offset;
    limits.max_bytes = std::min(2 * limits.max_bytes, kMostReadBytes);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredRecord>> StreamSnapshot::Read(const RecordRange& range) const {
  if (range.reverse) return ReadReverse(range);
  std::vector<StoredRecord> out;
  if (range.max_records <= 0) return out;
  int64_t bytes = 0;
  const Offset end = std::min(range.end.value_or(view.next_offset()), view.next_offset());
  const int64_t there = std::max<int64_t>(0, end - std::max(range.begin, start));
  out.reserve(static_cast<size_t>(std::min({range.max_records, there, kReservedRecords})));
  absl::Status status = ForEach(range.begin, [&](StoredRecord&& record) {
    if (record.offset >= end) return false;
    bytes += PayloadBytes(record);
    if (!out.empty() && bytes > range.max_bytes) return false;
    out.push_back(std::move(record));
    return static_cast<int64_t>(out.size()) < range.max_records && out.back().offset + 1 < end;
  });
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<std::vector<StoredRecord>> StreamSnapshot::ReadReverse(
    const RecordRange& range) const {
  std::vector<StoredRecord> out;
  const Offset begin = std::max(range.begin, start);
  Offset end = std::min(range.end.value_or(view.next_offset()), view.next_offset());
  int64_t bytes = 0;
  storage::ReadLimits one_batch;
  one_batch.max_bytes = 1;
  while (end > begin && static_cast<int64_t>(out.size()) < range.max_records) {
    auto read = ReadLog(end - 1, one_batch);
    if (!read.ok()) return read.status();
    if (!read->lost.empty()) {  // go on before the damage
      end = std::min(end - 1, read->lost.front().begin);
      continue;
    }
    if (read->batches.empty()) break;
    const Batch& batch = read->batches.front();
    auto records = Decode(batch, read->running_max_timestamp_ms);
    if (!records.ok()) return records.status();
    for (auto it = records->rbegin(); it != records->rend(); ++it) {
      if (it->offset >= end || it->offset < begin || !IsLive(it->offset)) continue;
      bytes += PayloadBytes(*it);
      if (!out.empty() && bytes > range.max_bytes) return out;
      out.push_back(std::move(*it));
      if (static_cast<int64_t>(out.size()) >= range.max_records) return out;
    }
    end = std::min(end - 1, batch.base_offset());
  }
  return out;
}

absl::StatusOr<StoredRecord> StreamSnapshot::ReadOne(Offset offset) const {
  if (IsLive(offset)) {
    storage::ReadLimits one_batch;
    one_batch.max_bytes = 1;
    auto read = ReadLog(offset, one_batch);
    if (!read.ok()) return read.status();
    if (!read->batches.empty()) {
      std::optional<StoredRecord> found;
      absl::Status status = Walk(read->batches.front(), read->running_max_timestamp_ms, offset,
                                 [&](StoredRecord& record, const Buffer& block) {
                                   if (record.offset != offset) return true;
                                   record.owner = block;
                                   found = std::move(record);
                                   return false;
                                 });
      if (!status.ok()) return status;
      if (found) return *std::move(found);
    }
  }
  return MakeError(Errc::kRecordNotFound, "no record at that offset");
}

absl::StatusOr<Offset> StreamSnapshot::LowerBound(EntryId id) const {
  Offset from = view.SeekTimestamp(
      static_cast<int64_t>(std::min<uint64_t>(id.ms, static_cast<uint64_t>(INT64_MAX))));
  if (floors != nullptr) {
    for (const IdFloor& floor : *floors) {
      if (floor.ms >= id.ms) from = std::min(from, floor.offset);
    }
  }
  Offset found = view.next_offset();
  absl::Status status = ForEach(from, [&](StoredRecord&& record) {
    if (record.id < id) return true;
    found = record.offset;
    return false;
  });
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<std::optional<Stream::OffsetAndTime>> StreamSnapshot::FindTime(
    int64_t timestamp_ms) const {
  std::optional<Stream::OffsetAndTime> found;
  absl::Status status = ForEach(view.SeekTimestamp(timestamp_ms), [&](StoredRecord&& record) {
    if (record.timestamp_ms < timestamp_ms) return true;
    found = Stream::OffsetAndTime{record.offset, record.timestamp_ms};
    return false;
  });
  if (!status.ok()) return status;
  return found;
}

int64_t StreamSnapshot::CountFrom(Offset from) const {
  const Offset begin = std::max(from, start);
  if (begin >= view.next_offset()) return 0;
  int64_t count = view.next_offset() - begin;
  if (deleted != nullptr) {
    const uint64_t below = begin == 0 ? 0 : deleted->rank(static_cast<uint64_t>(begin - 1));
    count -= static_cast<int64_t>(deleted->cardinality() - below);
  }
  return count;
}

}  // namespace braid::engine
