// Finding one record in a log of many gigabytes.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "bench/events.h"
#include "bench/measure.h"
#include "bench/storage_bench.h"
#include "fmt/format.h"
#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "tests/storage/counting_filesystem.h"

namespace braid::bench {
namespace {

// Record number n of the log has time kStartMs + n and entry ID (kStartMs + n)-0.
constexpr int64_t kStartMs = 1767225600000;
constexpr int64_t kBatchRecords = 64;
constexpr int kDifferentBatches = 64;
constexpr int kOpens = 5;
constexpr int64_t kSealEverySegments = 4;

// --- Building, in a process of its own ---

// Batches as upkeep makes them of Redis entries: 64 KiB, lz4.
std::vector<Batch> SealedBatches() {
  Events events(3);
  std::vector<Batch> batches;
  storage::BatchBuilder builder({.codec = Codec::kLz4, .origin = Origin::kRedis});
  for (int i = 0; i < kDifferentBatches; ++i) {
    for (int64_t record_number = 0; record_number < kBatchRecords; ++record_number) {
      RecordView record;
      record.headers.push_back({"event", events.Next().json});
      record.timestamp_ms = kStartMs + record_number;
      builder.Add(record);
    }
    batches.push_back(builder.Build());
  }
  return batches;
}

// A copy whose first record has that time.
Batch At(const Batch& batch, int64_t timestamp_ms) {
  MutableBuffer bytes(batch.bytes().size());
  char* const data = bytes.data();
  std::memcpy(data, batch.bytes().data(), bytes.size());
  using namespace storage;
  StoreBigEndian<int64_t>(data + kBaseTimestampAt, timestamp_ms);
  StoreBigEndian<int64_t>(data + kMaxTimestampAt, timestamp_ms + kBatchRecords - 1);
  StoreBigEndian<uint32_t>(data + kCrcAt,
                           Crc32c({data + kAttributesAt, bytes.size() - kAttributesAt}));
  const size_t size = bytes.size();
  return Must(Batch::Parse(std::move(bytes).Freeze(size)));
}

// Fills the one stream of an engine in `data_dir`: all segments sealed but the last, which is about
// half full.
void Build(const std::string& data_dir, int64_t bytes) {
  EngineOptions engine;
  engine.data_dir = data_dir;
  auto catalog = OpenCatalog(engine);
  const engine::StreamPtr stream = MakeStream(*catalog);
  const std::vector<Batch> batches = SealedBatches();
  const int64_t segment = engine.segment_bytes;
  int64_t written = 0;
  int64_t sealed = 0;
  for (size_t i = 0; written < bytes || (bytes >= segment && written % segment < segment / 2);
       ++i) {
    const Batch& batch = batches[i % batches.size()];
    engine::Writes writes;
    Check(stream->AppendBatch(At(batch, kStartMs + stream->next_offset()), writes).status());
    Check(catalog->Commit(writes).status());
    written += batch.header().total_bytes();
    if (written - sealed < kSealEverySegments * segment) continue;
    sealed = written;
    catalog->Maintain();  // its first piece: what it would repack is packed already
  }
  catalog->Maintain();
}

// What building leaves in the heap must not count as memory of the engine.
void BuildElsewhere(const std::string& data_dir, int64_t bytes) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) Check(absl::ErrnoToStatus(errno, "fork"));
  if (child == 0) {
    Build(data_dir, bytes);
    std::_Exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) Check(absl::InternalError("building the log failed"));
}

// --- Seeking ---

struct SeekCost {
  double reads = 0;  // of files, mean
  double read_kib = 0;
  double microseconds = 0;  // median
};

SeekCost Seek(const CountingFileSystem& files, int64_t seeks, Offset end,
              const std::function<void(Offset offset)>& seek) {
  uint64_t state = 1;
  std::vector<double> latencies;
  const int64_t reads = files.counts().reads;
  const int64_t bytes = files.counts().read_bytes;
  for (int64_t i = 0; i < seeks; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const auto offset = static_cast<Offset>((state >> 16) % static_cast<uint64_t>(end));
    const Stopwatch watch;
    seek(offset);
    latencies.push_back(watch.seconds() * 1e6);
  }
  const auto count = static_cast<double>(seeks);
  return {static_cast<double>(files.counts().reads - reads) / count,
          static_cast<double>(files.counts().read_bytes - bytes) / 1024 / count, Median(latencies)};
}

void AddSeek(Report& report, const std::string& what, const SeekCost& cost, bool judged,
             std::string how) {
  Figure reads{.what = what, .value = cost.reads, .unit = "reads/seek", .how = std::move(how)};
  if (judged) reads.aim = AtMost(1);
  report.Add(std::move(reads));
  report.Add({.what = "  bytes of files", .value = cost.read_kib, .unit = "KiB/seek"});
  report.Add({.what = "  time, median", .value = cost.microseconds, .unit = "us"});
}

void Expect(bool right) {
  if (!right) Check(absl::InternalError("a seek found the wrong record"));
}

}  // namespace

void BenchSeek(const StorageBenchOptions& options, Report& report) {
  const ScratchDir scratch(options.dir);
  const std::string data_dir = scratch.path() + "/data";
  BuildElsewhere(data_dir, options.big_bytes);
  const double before_mib = ResidentMib();
  CountingFileSystem files(FileSystem::Posix());
  EngineOptions engine;
  engine.data_dir = data_dir;
  engine.filesystem = &files;
  std::vector<double> opens;
  std::unique_ptr<engine::Catalog> catalog;
  for (int i = 0; i < kOpens; ++i) {
    catalog.reset();
    const Stopwatch watch;
    catalog = OpenCatalog(engine);
    opens.push_back(watch.seconds() * 1e3);
  }
  const engine::StreamPtr stream = catalog->FindTopic("bench")->partitions.front();
  const Offset end = stream->next_offset();
  report.Section(fmt::format("seek in a log of {:.2f} GiB, {} events in lz4 batches of 64 KiB",
                             static_cast<double>(stream->State().disk_bytes) / (int64_t{1} << 30),
                             end));
  report.Add(
      {.what = "open",
       .value = Median(opens),
       .unit = "ms",
       .aim = AtMost(50),
       .how = fmt::format("Catalog::Open, {} times, median; the files are in the page cache; "
                          "the last segment, about half full, is not sealed",
                          kOpens)});

  // Loads every index.
  const Offset step = std::max<Offset>(1, end / 2000);
  for (Offset offset = 0; offset < end; offset += step) Check(stream->ReadOne(offset).status());

  const std::string how = fmt::format(
      "{} random seeks, calls of ReadFile::Read on average, after every index was loaded",
      options.seeks);
  AddSeek(report, "to an offset, Stream::ReadOne",
          Seek(files, options.seeks, end,
               [&](Offset offset) { Expect(Must(stream->ReadOne(offset)).offset == offset); }),
          true, how);
  AddSeek(report, "to an offset, Stream::Read of one record",
          Seek(files, options.seeks, end,
               [&](Offset offset) {
                 const auto records = Must(stream->Read({.begin = offset, .max_records = 1}));
                 Expect(records.size() == 1 && records.front().offset == offset);
               }),
          true, how);
  AddSeek(report, "to a time, Stream::FindTime",
          Seek(files, options.seeks, end,
               [&](Offset offset) {
                 const auto found = Must(stream->FindTime(kStartMs + offset));
                 Expect(found.has_value() && found->offset == offset);
               }),
          true, how);
  const auto id_of = [](Offset offset) {
    return engine::EntryId{static_cast<uint64_t>(kStartMs + offset), 0};
  };
  AddSeek(report, "to a Redis ID, Stream::LowerBound",
          Seek(files, options.seeks, end,
               [&](Offset offset) { Expect(Must(stream->LowerBound(id_of(offset))) == offset); }),
          true, how);
  AddSeek(report, "XRANGE of one ID: LowerBound and Stream::Read",
          Seek(files, options.seeks, end,
               [&](Offset offset) {
                 const Offset begin = Must(stream->LowerBound(id_of(offset)));
                 const auto records = Must(stream->Read({.begin = begin, .max_records = 1}));
                 Expect(records.size() == 1 && records.front().id == id_of(offset));
               }),
          false, how);

  // A consumer that reads on, for what that keeps in memory.
  Offset next = 0;
  for (int64_t read_bytes = 0; read_bytes < int64_t{1} << 30 && next < end;) {
    const storage::LogRead read = Must(stream->ReadBatches(next, {}));
    for (const Batch& batch : read.batches) read_bytes += batch.header().total_bytes();
    next = read.next_offset;
  }
  report.Add({.what = "memory while serving",
              .value = ResidentMib(),
              .unit = "MiB VmRSS",
              .aim = AtMost(64),
              .how = fmt::format("of the whole benchmark process, after all of the above and 1 GiB "
                                 "read on in batches; {:.1f} MiB before the log was opened",
                                 before_mib)});
}

}  // namespace braid::bench
