// Appending by one thread, in memory and to disk.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/events.h"
#include "bench/measure.h"
#include "bench/storage_bench.h"
#include "fmt/format.h"
#include "storage/batch_builder.h"
#include "storage/log.h"

namespace braid::bench {
namespace {

constexpr size_t kBatchRecords = 100;
constexpr size_t kSampleBytes = size_t{24} << 20;  // of different records, appended over and over
// What a log in memory keeps, so that memory is used again as in a process that has run for a
// while.
constexpr int64_t kKeptBytes = int64_t{64} << 20;
constexpr int64_t kMemorySegmentBytes = int64_t{16} << 20;

using Span = absl::Span<const RecordView>;

// Records of one size in batches of 100.
class Sample {
 public:
  Sample(size_t record_bytes, size_t sample_bytes)
      : record_bytes_(record_bytes),
        events_(1, record_bytes,
                std::max<size_t>(1, sample_bytes / record_bytes / kBatchRecords) * kBatchRecords) {}

  size_t record_bytes() const { return record_bytes_; }
  size_t batch_bytes() const { return record_bytes_ * kBatchRecords; }  // of payload
  size_t batches() const { return events_.records().size() / kBatchRecords; }
  Span batch(size_t i) const {
    return Span(events_.records()).subspan(i % batches() * kBatchRecords, kBatchRecords);
  }
  Batch Build(storage::BatchBuilder& builder, size_t i) const {
    for (RecordView record : batch(i)) {
      record.timestamp_ms = 1767225600000;
      builder.Add(record);
    }
    return builder.Build();
  }
  std::string Name() const { return fmt::format("{} B x {}", record_bytes_, kBatchRecords); }

 private:
  const size_t record_bytes_;
  const EventRecords events_;
};

// A rate in batches per second as the figure that the size is judged by.
Figure RateFigure(const Sample& sample, double batches_per_second, std::string what,
                  std::string how) {
  const bool small = sample.record_bytes() < 1000;
  const double scale =
      small ? 1e6 / kBatchRecords : 1e9 / static_cast<double>(sample.batch_bytes());
  return {.what = sample.Name() + ", " + what,
          .value = batches_per_second / scale,
          .unit = small ? "M records/s" : "GB/s",
          .aim = AtLeast(small ? 10 : 3),
          .how = std::move(how)};
}

// Batches per second of `append(i)`: the median of some rounds, after one that warms up.
double Rate(const StorageBenchOptions& options, const std::function<void(size_t i)>& append) {
  std::vector<double> rates;
  size_t i = 0;
  for (int round = -1; round < options.rounds; ++round) {
    const size_t first = i;
    const Stopwatch watch;
    double seconds = 0;
    do {
      for (int step = 0; step < 64; ++step) append(i++);
      seconds = watch.seconds();
    } while (seconds < options.seconds);
    if (round >= 0) rates.push_back(static_cast<double>(i - first) / seconds);
  }
  return Median(rates);
}

// --- In memory ---

void TrimToKept(storage::Log& log) {
  if (log.bytes() <= kKeptBytes) return;
  Check(log.TrimTo(log.segments()[1].base_offset).status());
}

double ReadyBatchesRate(const StorageBenchOptions& options, const Sample& sample) {
  const std::unique_ptr<FileSystem> memory = FileSystem::Memory();
  auto log =
      Must(storage::Log::Open(*memory, "/log", {.segment_bytes = kMemorySegmentBytes}, nullptr));
  storage::BatchBuilder builder;
  const size_t count = options.smoke ? 64 : (size_t{128} << 20) / sample.batch_bytes();
  std::vector<double> rates;
  for (int round = -1; round < options.rounds; ++round) {
    std::vector<Batch> batches;
    for (size_t i = 0; i < count; ++i) batches.push_back(sample.Build(builder, i));
    const Stopwatch watch;
    for (Batch& batch : batches) Check(log->Append(std::move(batch)).status());
    if (round >= 0) rates.push_back(static_cast<double>(count) / watch.seconds());
    Check(log->TrimTo(log->next_offset()).status());
  }
  return Median(rates);
}

double BuiltBatchesRate(const StorageBenchOptions& options, const Sample& sample) {
  const std::unique_ptr<FileSystem> memory = FileSystem::Memory();
  auto log =
      Must(storage::Log::Open(*memory, "/log", {.segment_bytes = kMemorySegmentBytes}, nullptr));
  storage::BatchBuilder builder;
  return Rate(options, [&](size_t i) {
    Check(log->Append(sample.Build(builder, i)).status());
    TrimToKept(*log);
  });
}

double StreamRate(const StorageBenchOptions& options, const Sample& sample) {
  EngineOptions engine;
  engine.segment_bytes = kMemorySegmentBytes;
  auto catalog = OpenCatalog(engine);
  StreamOptions limited;
  limited.max_bytes = kKeptBytes;
  const engine::StreamPtr stream = MakeStream(*catalog, limited);
  return Rate(options, [&](size_t i) {
    engine::Writes writes;
    Check(stream->AppendMany(sample.batch(i), {}, writes).status());
    Check(catalog->Commit(writes).status());
  });
}

// --- To disk ---

// The bytes of a sample as batches, again and again: a batch is used anew only when 16 MiB of
// others have passed, more than any cache of the engine keeps.
class ReadyBatches {
 public:
  explicit ReadyBatches(const Sample& sample) {
    storage::BatchBuilder builder;
    for (size_t i = 0; i < sample.batches(); ++i) batches_.push_back(sample.Build(builder, i));
  }
  const Batch& operator[](size_t i) const { return batches_[i % batches_.size()]; }

 private:
  std::vector<Batch> batches_;
};

// Bytes per second of one thread that writes `bytes` of batches with write(2) into a new file.
double PlainWrites(const std::string& dir, const ReadyBatches& ready, int64_t bytes) {
  const ScratchDir scratch(dir);
  const std::string path = scratch.path() + "/plain";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) Check(absl::ErrnoToStatus(errno, path));
  int64_t written = 0;
  const Stopwatch watch;
  for (size_t i = 0; written < bytes; ++i) {
    const std::string_view batch = ready[i].bytes().view();
    if (::write(fd, batch.data(), batch.size()) != static_cast<ssize_t>(batch.size())) {
      Check(absl::ErrnoToStatus(errno, path));
    }
    written += static_cast<int64_t>(batch.size());
  }
  const double seconds = watch.seconds();
  ::close(fd);
  return static_cast<double>(written) / seconds;
}

using AppendOne = std::function<void(engine::Stream& stream, size_t i, engine::Writes& writes)>;

// Bytes per second that an engine's log on disk grows by.
double EngineWrites(const std::string& dir, int64_t bytes, const AppendOne& append) {
  const ScratchDir scratch(dir);
  EngineOptions options;
  options.data_dir = scratch.path() + "/data";
  auto catalog = OpenCatalog(options);
  const engine::StreamPtr stream = MakeStream(*catalog);
  int64_t before = 0;
  for (size_t i = 0; i < 4; ++i) {  // the first append of a stream opens its file
    engine::Writes writes;
    append(*stream, i, writes);
    Check(catalog->Commit(writes).status());
  }
  before = stream->State().disk_bytes;
  const int64_t batch_bytes = before / 4;
  int64_t written = 0;
  const Stopwatch watch;
  for (size_t i = 4; written < bytes; ++i) {
    engine::Writes writes;
    append(*stream, i, writes);
    Check(catalog->Commit(writes).status());
    written += batch_bytes;
  }
  const double seconds = watch.seconds();
  return static_cast<double>(stream->State().disk_bytes - before) / seconds;
}

void AddDiskFigures(const StorageBenchOptions& options, const Sample& sample,
                    const ReadyBatches& ready, std::string door, const AppendOne& append,
                    Report& report) {
  const auto engine = [&] { return EngineWrites(options.dir, options.disk_bytes, append); };
  const auto plain = [&] { return PlainWrites(options.dir, ready, options.disk_bytes); };
  (void)InTurn(1, engine, plain);  // touches the memory of the page cache
  const InTurnResult result = InTurn(options.rounds, engine, plain);
  const std::string name = sample.Name() + ", " + door;
  report.Add(
      {.what = name,
       .value = result.a / 1e9,
       .unit = "GB/s",
       .how = fmt::format("new log and new file in turn, {} MiB each, {} rounds after one to "
                          "warm up, removed before they are written back; medians",
                          options.disk_bytes >> 20, options.rounds)});
  report.Add(
      {.what = "  plain write(2) of the same bytes", .value = result.b / 1e9, .unit = "GB/s"});
  report.Add({.what = "  share of plain write(2)",
              .value = 100 * result.ratio,
              .unit = "%",
              .aim = AtLeast(85)});
}

}  // namespace

void BenchMemoryAppend(const StorageBenchOptions& options, Report& report) {
  report.Section("append in memory, one thread");
  for (const size_t bytes : {kSmallEventBytes, kLargeEventBytes}) {
    const Sample sample(bytes, options.smoke ? 64 << 10 : kSampleBytes);
    report.Add(RateFigure(sample, ReadyBatchesRate(options, sample), "Log, ready batches",
                          "storage::Log::Append of batches built before; payload bytes; medians "
                          "after a round to warm up, memory used again"));
    report.Add(RateFigure(sample, BuiltBatchesRate(options, sample), "Log and BatchBuilder",
                          "BatchBuilder::Add, Build and Log::Append; the log keeps 64 MiB"));
    report.Add(RateFigure(sample, StreamRate(options, sample), "Stream::AppendMany",
                          "AppendMany and Catalog::Commit a batch; the stream keeps 64 MiB"));
  }
}

void BenchDiskAppend(const StorageBenchOptions& options, Report& report) {
  report.Section("append to disk, one thread, durability os");
  for (const size_t bytes : {kSmallEventBytes, kLargeEventBytes}) {
    const Sample sample(bytes, options.smoke ? 64 << 10 : kSampleBytes);
    const ReadyBatches ready(sample);
    AddDiskFigures(
        options, sample, ready, "Stream::AppendBatch",
        [&](engine::Stream& stream, size_t i, engine::Writes& writes) {
          Check(stream.AppendBatch(ready[i], writes).status());
        },
        report);
    AddDiskFigures(
        options, sample, ready, "Stream::AppendMany",
        [&](engine::Stream& stream, size_t i, engine::Writes& writes) {
          Check(stream.AppendMany(sample.batch(i), {}, writes).status());
        },
        report);
  }
}

}  // namespace braid::bench
