// Durability sync: many appenders at once, one group commit for all of them.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "bench/events.h"
#include "bench/measure.h"
#include "bench/storage_bench.h"
#include "fmt/format.h"
#include "tests/storage/counting_filesystem.h"

namespace braid::bench {
namespace {

constexpr int kThreads = 64;
constexpr size_t kDiskAppendBytes = 4096;

// Calls Catalog::Flush on a thread of its own whenever somebody asked since the last time, as the
// server does.
class FlushThread {
 public:
  explicit FlushThread(engine::Catalog& catalog) : catalog_(catalog), thread_([this] { Run(); }) {
    catalog_.SetFlushHook([this] {
      absl::MutexLock lock(&mu_);
      wanted_ = true;
    });
  }
  ~FlushThread() {
    {
      absl::MutexLock lock(&mu_);
      stopped_ = true;
    }
    thread_.join();
  }

 private:
  bool HasWork() const { return wanted_ || stopped_; }
  void Run() {
    for (;;) {
      {
        absl::MutexLock lock(&mu_);
        mu_.Await(absl::Condition(this, &FlushThread::HasWork));
        if (!wanted_) return;
        wanted_ = false;
      }
      Check(catalog_.Flush());
    }
  }

  engine::Catalog& catalog_;
  absl::Mutex mu_;
  bool wanted_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

// Microseconds of each append.
std::vector<double> DiskLatencies(const std::string& dir, int64_t appends) {
  const ScratchDir scratch(dir);
  auto file = Must(FileSystem::Posix().OpenAppend(scratch.path() + "/plain"));
  const Buffer bytes = Buffer::Copy(std::string(kDiskAppendBytes, 'x'));
  std::vector<double> latencies;
  for (int64_t i = 0; i < appends; ++i) {
    const WallStopwatch watch;
    Check(file->Append(bytes));
    Check(file->Sync());
    latencies.push_back(watch.seconds() * 1e6);
  }
  return latencies;
}

void Acknowledged(engine::Catalog& catalog, engine::Stream& stream, const RecordView& record) {
  engine::Writes writes;
  Check(stream.Append(record, {}, writes).status());
  const engine::CommitTicket ticket = Must(catalog.Commit(writes));
  absl::Notification durable;
  catalog.WaitDurable(ticket, std::make_shared<engine::Waiter>([&durable] { durable.Notify(); }));
  durable.WaitForNotification();
  if (!Must(catalog.IsDurable(ticket))) Check(absl::InternalError("woken before durable"));
}

struct SyncRun {
  std::vector<double> latencies;  // microseconds
  double syncs_per_append = 0;
  double appends_per_second = 0;
};

SyncRun EngineLatencies(const std::string& dir, int64_t appends_each) {
  const ScratchDir scratch(dir);
  CountingFileSystem files(FileSystem::Posix());
  EngineOptions options;
  options.data_dir = scratch.path() + "/data";
  options.filesystem = &files;
  options.durability = Durability::kSync;
  auto catalog = OpenCatalog(options);
  FlushThread flusher(*catalog);
  const engine::StreamPtr stream = MakeStream(*catalog);
  const EventRecords events(1, kLargeEventBytes, kThreads);
  Acknowledged(*catalog, *stream, events.records().front());  // the directory's own syncs
  const int64_t syncs_before = files.counts().syncs;
  std::vector<std::vector<double>> latencies(kThreads);
  const WallStopwatch all;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < appends_each; ++i) {
        const WallStopwatch watch;
        Acknowledged(*catalog, *stream, events.records()[t]);
        latencies[t].push_back(watch.seconds() * 1e6);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = all.seconds();
  SyncRun run;
  for (const std::vector<double>& of_one : latencies) {
    run.latencies.insert(run.latencies.end(), of_one.begin(), of_one.end());
  }
  const auto appends = static_cast<double>(run.latencies.size());
  run.syncs_per_append = static_cast<double>(files.counts().syncs - syncs_before) / appends;
  run.appends_per_second = appends / seconds;
  return run;
}

}  // namespace

void BenchSync(const StorageBenchOptions& options, Report& report) {
  report.Section("append, durability sync, 64 threads");
  std::vector<double> disk, engine, syncs, rates;
  const int64_t disk_appends = options.smoke ? 5 : 2000;
  for (int round = 0; round < options.rounds; ++round) {
    const std::vector<double> plain = DiskLatencies(options.dir, disk_appends);
    disk.insert(disk.end(), plain.begin(), plain.end());
    const SyncRun run = EngineLatencies(options.dir, options.sync_appends);
    engine.insert(engine.end(), run.latencies.begin(), run.latencies.end());
    syncs.push_back(run.syncs_per_append);
    rates.push_back(run.appends_per_second);
  }
  const double disk_p99 = Percentile(disk, 99);
  const double engine_p99 = Percentile(engine, 99);
  report.Add(
      {.what = "fsyncs per append",
       .value = Median(syncs),
       .unit = "",
       .aim = AtMost(1.0 / 32),
       .how = fmt::format("each thread appends 1 KiB, commits, waits until it is durable, {} "
                          "times; one flusher; counted below the engine, directories too",
                          options.sync_appends)});
  report.Add({.what = "appends acknowledged", .value = Median(rates) / 1e3, .unit = "k/s"});
  report.Add({.what = "acknowledged append, p50", .value = Median(engine), .unit = "us"});
  report.Add({.what = "acknowledged append, p99", .value = engine_p99, .unit = "us"});
  report.Add({.what = "the disk's own, p50",
              .value = Median(disk),
              .unit = "us",
              .how = "write(2) of 4 KiB and fdatasync, one thread, in turn with the above"});
  report.Add({.what = "the disk's own, p99", .value = disk_p99, .unit = "us"});
  report.Add({.what = "p99 over the disk's own p99",
              .value = engine_p99 / disk_p99,
              .unit = "times",
              .aim = AtMost(3)});
}

}  // namespace braid::bench
