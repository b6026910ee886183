// libFuzzer target: a log is opened over a directory of arbitrary files, read from end to end,
// appended to, kept up, and opened again.
//
// The input is a list of files: a byte that says which, two of its size (little-endian), its bytes.
//   bits 0-1  .log, .bindex, .1.log (a repacked segment), MANIFEST
//   bits 2-4  its base offset, an index into kBases
//   bit 7     put the checksums right
// A file that comes twice goes on where it left off.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "braid/testing.h"
#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "storage/log.h"
#include "storage/log_work.h"
#include "storage/manifest.h"
#include "storage/segment_files.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/index_bytes.h"

namespace braid::storage {
namespace {

using fuzz::Check;
using fuzz::ViewOf;

constexpr char kDir[] = "log";
constexpr int kMaxReads = 500;
constexpr Offset kBases[] = {0, 1, 2, 4, 8, 100, Offset{1} << 40, Offset{1} << 62};
const LogOptions kOptions{
    .segment_bytes = 300, .index_interval_bytes = 100, .tail_cache_bytes = 1000};

// The CRC of each batch, as far as their lengths lead.
std::string WithRightBatchCrcs(std::string bytes) {
  for (size_t at = 0; bytes.size() - at >= kBatchHeaderBytes;) {
    const auto length = LoadBigEndian<int32_t>(bytes.data() + at + kBatchLengthAt);
    const size_t left = bytes.size() - at - kLogOverheadBytes;
    if (length < static_cast<int32_t>(kBatchHeaderBytes - kLogOverheadBytes)) break;
    const size_t size = std::min(static_cast<size_t>(length), left) + kLogOverheadBytes;
    StoreBigEndian<uint32_t>(
        bytes.data() + at + kCrcAt,
        Crc32c(std::string_view(bytes).substr(at + kAttributesAt, size - kAttributesAt)));
    at += size;
  }
  return bytes;
}

void Store(FileSystem& files, const std::string& path, std::string bytes) {
  const auto file = files.OpenAppend(path);
  Check(file.ok() && (*file)->Append(Buffer::Take(std::move(bytes))).ok(), "a file can be written");
}

std::string PathOf(int kind, Offset base) {
  switch (kind) {
    case 0:
      return SegmentPath(kDir, base, kLogSuffix);
    case 1:
      return SegmentPath(kDir, base, kIndexSuffix);
    case 2:
      return SegmentPath(kDir, base, /*generation=*/1, kLogSuffix);
    default:
      return std::string(kDir) + "/" + std::string(kManifestName);
  }
}

std::string WithRightCrcs(int kind, std::string bytes) {
  if (kind == 1) return fuzz::WithRightIndexCrcs(std::move(bytes));
  if (kind == 3) return fuzz::WithRightManifestCrc(std::move(bytes));
  return WithRightBatchCrcs(std::move(bytes));
}

void MakeFiles(FileSystem& files, std::string_view input) {
  Check(files.CreateDirs(kDir).ok(), "a directory can be made");
  while (input.size() >= 3) {
    const auto which = static_cast<uint8_t>(input[0]);
    const size_t size = static_cast<uint8_t>(input[1]) | static_cast<uint8_t>(input[2]) << 8;
    std::string bytes(input.substr(3, size));
    input.remove_prefix(3 + bytes.size());
    if ((which & 0x80) != 0) bytes = WithRightCrcs(which & 3, std::move(bytes));
    Store(files, PathOf(which & 3, kBases[which >> 2 & 7]), std::move(bytes));
  }
}

// Reads all there is, in order and without a step back. The number of batches.
int ReadAll(const LogView& view) {
  ReadLimits limits;
  limits.max_bytes = 200;
  int batches = 0;
  Offset from = view.start_offset();
  for (int reads = 0; from < view.next_offset() && reads < kMaxReads; ++reads) {
    const absl::StatusOr<LogRead> read = view.Read(from, limits);
    Check(read.ok(), "damage keeps nobody from reading on");
    Check(read->next_offset > from, "reading gets on");
    Check(read->next_offset <= view.next_offset(), "reading ends at the end");
    for (const Batch& batch : read->batches) {
      Check(batch.VerifyCrc().ok(), "what is read has the right CRC");
      Check(batch.next_offset() > from, "reading does not go back");
      batch.Records().status().IgnoreError();
      from = batch.next_offset();
      ++batches;
    }
    from = read->next_offset;
  }
  for (const int64_t time : {int64_t{-1}, int64_t{0}, int64_t{1000}, int64_t{1} << 62}) {
    const Offset found = view.SeekTimestamp(time);
    Check(view.start_offset() <= found && found <= view.next_offset(), "a time is in the log");
  }
  return batches;
}

// All the upkeep there is.
void KeepUp(Log& log, const WorkOptions& options) {
  constexpr int kMaxWorks = 1000;
  for (int i = 0; i < kMaxWorks; ++i) {
    std::optional<LogWork> work = log.PrepareWork(options);
    if (!work) return;
    const absl::Status outcome = work->Run();
    if (!log.FinishWork(*std::move(work), outcome).ok()) return;
  }
  Check(false, "upkeep ends");
}

std::unique_ptr<Log> Open(FileSystem& files, RecoveryReport& report) {
  absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(files, kDir, kOptions, &report);
  return log.ok() ? *std::move(log) : nullptr;
}

Batch OneRecord() {
  BatchBuilder builder;
  RecordView record;
  record.value = "appended";
  record.timestamp_ms = 1000;
  builder.Add(record);
  return builder.Build();
}

void OpenTwice(FileSystem& files) {
  RecoveryReport first;
  std::unique_ptr<Log> log = Open(files, first);
  if (log == nullptr) return;
  const Offset start = log->start_offset();
  const int batches = ReadAll(log->View());
  const Offset end = log->next_offset();
  Check(start <= end, "a log does not end before it starts");
  const absl::StatusOr<LogAppend> appended = log->Append(OneRecord());
  if (!appended.ok()) return;  // the offsets have run out
  Check(appended->base_offset == end, "appending goes on at the end");
  const absl::StatusOr<LogRead> read = log->View().Read(end, {});
  Check(read.ok() && read->batches.size() == 1, "what was appended can be read");
  const bool met_damage = !first.damage.empty() || !log->TakeDamage().empty();
  KeepUp(*log, {});
  ReadAll(log->View());
  log.reset();
  RecoveryReport second;
  log = Open(files, second);
  Check(log != nullptr, "what was opened can be opened again");
  Check(second.torn_bytes == 0, "the first opening left nothing torn");
  Check(log->start_offset() == start && log->next_offset() == end + 1, "it holds what it held");
  // Where batches are damaged, what lies between two sound ones is a guess, which more batches may
  // change.
  const bool all_is_known = !met_damage && end - start <= kMaxReads;
  if (all_is_known) Check(ReadAll(log->View()) == batches + 1, "and all of it can be read");
  WorkOptions repack;
  repack.repack.emplace();
  KeepUp(*log, repack);
  ReadAll(log->View());
}

}  // namespace
}  // namespace braid::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto files = braid::FaultFileSystem::Create(1);
  braid::storage::MakeFiles(*files, braid::storage::ViewOf(data, size));
  braid::storage::OpenTwice(*files);
  return 0;
}
