// Reading a sealed log from its beginning to its end, all of it in the page cache.
#include <fcntl.h>
#include <lz4frame.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/events.h"
#include "bench/measure.h"
#include "bench/storage_bench.h"
#include "braid/testing.h"
#include "fmt/format.h"
#include "storage/batch_format.h"
#include "storage/compression.h"

namespace braid::bench {
namespace {

constexpr int64_t kRecordsAtOnce = 1000;
constexpr size_t kReadBytes = size_t{1} << 20;

// Keeps the compiler from leaving out what nobody looks at.
volatile uint64_t sink;

// The log, and what its blocks hold.
struct Sealed {
  std::vector<Batch> batches;  // all of them
  int64_t block_bytes = 0;     // in clear
  std::vector<std::string> files;
};

Sealed LoadSealed(engine::Stream& stream, const std::string& dir) {
  Sealed sealed;
  Offset next = 0;
  while (next < stream.next_offset()) {
    storage::LogRead read = Must(stream.ReadBatches(next, {}));
    for (Batch& batch : read.batches) {
      if (batch.header().codec() != Codec::kLz4) Check(absl::InternalError("not compressed"));
      sealed.block_bytes += static_cast<int64_t>(Must(storage::RecordsBlock(batch)).size());
      sealed.batches.push_back(std::move(batch));
    }
    next = read.next_offset;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    const std::string path = entry.path().string();
    const bool of_stream = path.find("/streams/") != std::string::npos;
    if (of_stream && path.ends_with(".log") && entry.file_size() > 0) sealed.files.push_back(path);
  }
  return sealed;
}

// Seconds of decompressing every block into the same memory.
double Decompress(const Sealed& sealed) {
  std::vector<char> out(size_t{1} << 20);
  LZ4F_dctx* context = nullptr;
  LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
  uint64_t total = 0;
  const Stopwatch watch;
  for (const Batch& batch : sealed.batches) {
    const std::string_view block = batch.bytes().view().substr(storage::kBatchHeaderBytes);
    size_t given = out.size();
    size_t taken = block.size();
    if (LZ4F_decompress(context, out.data(), &given, block.data(), &taken, nullptr) != 0) {
      Check(absl::InternalError("a block is not one lz4 frame"));
    }
    total += given;
  }
  const double seconds = watch.seconds();
  LZ4F_freeDecompressionContext(context);
  sink = total;
  return seconds;
}

double ReadRecords(engine::Stream& stream) {
  uint64_t total = 0;
  engine::RecordRange range{.max_records = kRecordsAtOnce};
  const Stopwatch watch;
  while (range.begin < stream.next_offset()) {
    const std::vector<engine::StoredRecord> records = Must(stream.Read(range));
    for (const engine::StoredRecord& record : records) total += record.value->size();
    range.begin = records.back().offset + 1;
  }
  const double seconds = watch.seconds();
  sink = total;
  return seconds;
}

double ReadBatches(engine::Stream& stream) {
  uint64_t total = 0;
  Offset next = 0;
  storage::ReadLimits limits;
  limits.max_bytes = static_cast<int64_t>(kReadBytes);
  const Stopwatch watch;
  while (next < stream.next_offset()) {
    const storage::LogRead read = Must(stream.ReadBatches(next, limits));
    for (const Batch& batch : read.batches) total += batch.bytes().size();
    next = read.next_offset;
  }
  const double seconds = watch.seconds();
  sink = total;
  return seconds;
}

double ReadFiles(const Sealed& sealed) {
  std::vector<char> buffer(kReadBytes);
  uint64_t total = 0;
  const Stopwatch watch;
  for (const std::string& path : sealed.files) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) Check(absl::ErrnoToStatus(errno, path));
    off_t at = 0;
    for (;;) {
      const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), at);
      if (got < 0) Check(absl::ErrnoToStatus(errno, path));
      if (got == 0) break;
      at += got;
    }
    total += static_cast<uint64_t>(at);
    ::close(fd);
  }
  const double seconds = watch.seconds();
  sink = total;
  return seconds;
}

}  // namespace

void BenchRead(const StorageBenchOptions& options, Report& report) {
  const ScratchDir scratch(options.dir);
  ManualClock clock;
  EngineOptions engine;
  engine.data_dir = scratch.path() + "/data";
  engine.clock = &clock;
  auto catalog = OpenCatalog(engine);
  const engine::StreamPtr stream = MakeStream(*catalog);
  Events events(1);
  engine::AppendOptions append;
  append.origin = Origin::kNats;
  engine::Writes writes;
  for (int64_t i = 0; i < options.read_events; ++i) {
    const Event& event = events.Next();
    RecordView record;
    record.key = event.type;
    record.value = event.json;
    record.timestamp_ms = event.time_ms;
    Check(stream->Append(record, append, writes).status());
    if (i % 64 == 0) Check(catalog->Commit(writes).status());
  }
  Check(catalog->Commit(writes).status());
  SealAll(*catalog, clock);
  // Opened anew: what was appended last is in no cache of the engine.
  catalog.reset();
  catalog = OpenCatalog(engine);
  const engine::StreamPtr sealed_stream = catalog->FindTopic("bench")->partitions.front();
  const Sealed sealed = LoadSealed(*sealed_stream, engine.data_dir);
  int64_t stored_bytes = 0;
  for (const Batch& batch : sealed.batches) stored_bytes += batch.header().total_bytes();

  report.Section(fmt::format("read a sealed lz4 log: {} events of 1 KiB, {} MiB on disk",
                             options.read_events, stored_bytes >> 20));
  const auto block_gb = static_cast<double>(sealed.block_bytes) / 1e9;
  const auto stored_gb = static_cast<double>(stored_bytes) / 1e9;
  const InTurnResult records = InTurn(
      options.rounds, [&] { return block_gb / ReadRecords(*sealed_stream); },
      [&] { return block_gb / Decompress(sealed); });
  report.Add({.what = "record by record, Stream::Read",
              .value = records.a,
              .unit = "GB/s",
              .how = "1000 records a call, bytes of the blocks in clear; in turn, medians"});
  report.Add({.what = "the same",
              .value = records.a * static_cast<double>(options.read_events) / block_gb / 1e6,
              .unit = "M records/s"});
  report.Add({.what = "bare lz4 of the same blocks",
              .value = records.b,
              .unit = "GB/s",
              .how = "LZ4F_decompress from memory into the same 1 MiB, again and again"});
  report.Add(
      {.what = "share of bare lz4", .value = 100 * records.ratio, .unit = "%", .aim = AtLeast(70)});
  const InTurnResult batches = InTurn(
      options.rounds, [&] { return stored_gb / ReadBatches(*sealed_stream); },
      [&] { return stored_gb / ReadFiles(sealed); });
  report.Add({.what = "whole batches, Stream::ReadBatches",
              .value = batches.a,
              .unit = "GB/s",
              .how = "1 MiB a call, CRC checked; in turn, medians"});
  report.Add({.what = "plain pread of the same files",
              .value = batches.b,
              .unit = "GB/s",
              .how = "1 MiB a call into the same memory"});
  report.Add({.what = "share of plain pread",
              .value = 100 * batches.ratio,
              .unit = "%",
              .aim = AtLeast(90)});
}

}  // namespace braid::bench
