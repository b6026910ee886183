#include "tools/seg/kafka_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "braid/error.h"
#include "storage/atomic_file.h"
#include "storage/batch_cursor.h"
#include "storage/batch_format.h"
#include "storage/batch_header.h"
#include "storage/recovery.h"
#include "storage/segment_files.h"

namespace braid::seg {
namespace {

constexpr size_t kWindowBytes = size_t{1} << 20;
constexpr int32_t kMinOldMessageBytes = 14;  // of a message before Kafka 0.11

// True when one of Kafka's older message formats begins at `position`. Zeros, which Kafka may
// allocate ahead, are none.
bool IsOldMessage(const ReadFile& file, uint64_t position) {
  const auto bytes = file.Read(position, storage::kBatchHeaderBytes);
  if (!bytes.ok() || bytes->size() <= storage::kMagicAt) return false;
  std::string padded(bytes->view());
  padded.resize(storage::kBatchHeaderBytes);
  const BatchHeader header = storage::DecodeBatchHeader(padded.data());
  const bool old = header.magic == 0 || header.magic == 1;
  return old && header.batch_length >= kMinOldMessageBytes;
}

absl::StatusOr<Batch> TakeBatch(storage::BatchCursor& cursor) {
  const auto header = cursor.PeekHeader(/*expected=*/-1);
  if (!header.ok()) return header.status();
  auto batch = cursor.Take(*header);
  if (!batch.ok()) return batch.status();
  if (!batch->VerifyCrc().ok()) return MakeError(Errc::kCorrupt, "record batch fails its CRC");
  return batch;
}

}  // namespace

absl::StatusOr<KafkaLog> KafkaLog::Open(FileSystem& filesystem, const std::string& given) {
  KafkaLog log(filesystem, given);
  while (log.dir_.size() > 1 && log.dir_.back() == '/') log.dir_.pop_back();
  if (std::filesystem::path(log.dir_).filename().string().starts_with("__cluster_metadata")) {
    return MakeError(Errc::kUnsupported,
                     fmt::format("{} is the metadata of a Kafka cluster, not a topic", log.dir_));
  }
  const auto names = filesystem.List(log.dir_);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name.ends_with(".log.swap")) {
      return MakeError(
          Errc::kInvalidArgument,
          fmt::format("{}/{}: Kafka was stopped while it cleaned the log; start and stop it once",
                      log.dir_, name));
    }
    const auto segment = storage::ParseSegmentName(name, storage::kLogSuffix);
    if (!segment) continue;
    if (segment->generation > 0) {
      return MakeError(Errc::kInvalidArgument,
                       fmt::format("{} is Braid's own: copy its data directory", log.dir_));
    }
    log.segments_.push_back({segment->base_offset, log.dir_ + "/" + name});
  }
  if (log.segments_.empty()) {
    return MakeError(Errc::kInvalidArgument,
                     fmt::format("{} has no segments of a Kafka partition", log.dir_));
  }
  log.ReadStartOffset();
  return log;
}

// Lines "topic partition offset" below two of a version and a count.
void KafkaLog::ReadStartOffset() {
  const std::filesystem::path real = std::filesystem::weakly_canonical(dir_);
  const auto bytes = storage::ReadWholeFile(
      *filesystem_, (real.parent_path() / "log-start-offset-checkpoint").string());
  if (!bytes.ok()) return;
  std::istringstream lines{std::string(bytes->view())};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string topic;
    std::string partition;
    Offset offset = 0;
    if (words >> topic >> partition >> offset && topic + "-" + partition == real.filename()) {
      start_offset_ = std::max<Offset>(0, offset);
    }
  }
}

absl::Status KafkaLog::ForEachBatch(absl::FunctionRef<absl::Status(const Batch& batch)> batch) {
  Offset next_offset = 0;
  torn_bytes_ = 0;
  for (const SegmentFile& segment : segments_) {
    if (absl::Status s = ReadSegment(segment, next_offset, batch); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status KafkaLog::ReadSegment(const SegmentFile& segment, Offset& next_offset,
                                   absl::FunctionRef<absl::Status(const Batch& batch)> batch) {
  const auto fault = [&](uint64_t position, std::string_view what) {
    return MakeError(Errc::kCorrupt, fmt::format("{} at {}: {}", segment.path, position, what));
  };
  const auto file = filesystem_->OpenRead(segment.path);
  if (!file.ok()) return file.status();
  const auto size = (*file)->Size();
  if (!size.ok()) return size.status();
  next_offset = std::max(next_offset, segment.base_offset);
  storage::BatchCursor cursor(**file, 0, *size, {.window_bytes = kWindowBytes});
  while (!cursor.done()) {
    const uint64_t position = cursor.position();
    const auto next = TakeBatch(cursor);
    if (next.ok()) {
      if (next->base_offset() < next_offset) {
        return fault(position, fmt::format("a batch of offset {} where {} should come or more",
                                           next->base_offset(), next_offset));
      }
      next_offset = next->next_offset();
      if (absl::Status s = batch(*next); !s.ok()) return s;
      continue;
    }
    if (IsOldMessage(**file, position)) {
      return MakeError(Errc::kUnsupported,
                       fmt::format("{} at {}: a message in the format from before Kafka 0.11",
                                   segment.path, position));
    }
    // What an unclean stop leaves at the end; anything else nobody should lose in silence.
    const auto behind = storage::FindNextBatch(**file, position, *size, next_offset);
    if (!behind.ok()) return behind.status();
    const bool is_last = segment.base_offset == newest_base_offset();
    if (*behind || !is_last) return fault(position, std::string(next.status().message()));
    torn_bytes_ = *size - position;
    break;
  }
  return absl::OkStatus();
}

}  // namespace braid::seg
