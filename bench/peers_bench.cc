// Braid's engine beside other embedded stores: the same records appended one at a time and in
// batches of 100, then read from first to last. In turn, medians of three.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string_view>

#include "bench/events.h"
#include "bench/measure.h"
#include "bench/peers.h"
#include "bench/report.h"
#include "fmt/format.h"

namespace braid::bench {
namespace {

constexpr char kUsage[] =
    "peers_bench [--smoke] [--json] [--cpu-time] [--dir DIR] [--bytes N]\n"
    "  --bytes    that each store is given in a round, a third of it in small records; default\n"
    "             128 MiB\n"
    "  --dir      where files are written, and removed again; default: the temporary directory\n"
    "  --cpu-time rates by the CPU time of the calling thread, for a machine that is busy\n"
    "  --smoke    everything small: shows that it works\n";

struct PeersBenchOptions {
  bool smoke = false;
  bool json = false;
  std::string dir = std::filesystem::temp_directory_path().string();
  int64_t bytes = int64_t{128} << 20;
  int rounds = 3;
};

struct Workload {
  std::string name;
  size_t record_bytes;
  size_t batch;
};

// Of one store, round by round.
struct Results {
  std::vector<double> append;  // records per second
  std::vector<double> read;
  double bytes_per_record = 0;
};

void RunOnce(const PeerKind& kind, const Workload& workload, const PeersBenchOptions& options,
             const EventRecords& events, Results& results) {
  const ScratchDir scratch(options.dir);
  const std::unique_ptr<Peer> peer = kind.open(scratch.path());
  const absl::Span<const RecordView> sample = events.records();
  const int64_t bytes =
      workload.record_bytes < kLargeEventBytes ? options.bytes / 3 : options.bytes;
  const size_t batches = static_cast<size_t>(bytes) / workload.record_bytes / workload.batch;
  const auto records = static_cast<double>(batches * workload.batch);
  const size_t sample_batches = sample.size() / workload.batch;
  const Stopwatch appending;
  for (size_t i = 0; i < batches; ++i) {
    peer->Append(sample.subspan(i % sample_batches * workload.batch, workload.batch));
  }
  results.append.push_back(records / appending.seconds());
  peer->Settle();
  const Stopwatch reading;
  const uint64_t read = peer->ReadAll();
  results.read.push_back(records / reading.seconds());
  if (read != batches * workload.batch * workload.record_bytes) {
    Check(absl::InternalError(kind.name + " did not give back what it was given"));
  }
  results.bytes_per_record = static_cast<double>(BytesBelow(scratch.path())) / records;
}

double MedianRatio(const std::vector<double>& ours, const std::vector<double>& theirs) {
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / theirs[i]);
  return Median(ratios);
}

void RunWorkload(const std::vector<PeerKind>& peers, const Workload& workload,
                 const PeersBenchOptions& options, Report& report) {
  const EventRecords events(1, workload.record_bytes, options.smoke ? 200 : 10000);
  std::vector<Results> results(peers.size());
  Results warm;  // and memory of the page cache touched
  for (const PeerKind& peer : peers) RunOnce(peer, workload, options, events, warm);
  for (int round = 0; round < options.rounds; ++round) {
    for (size_t i = 0; i < peers.size(); ++i) {
      RunOnce(peers[i], workload, options, events, results[i]);
    }
  }
  report.Section(workload.name);
  for (size_t i = 0; i < peers.size(); ++i) {
    const Results& of = results[i];
    report.Add({.what = peers[i].name + ": append",
                .value = Median(of.append) / 1e6,
                .unit = "M records/s",
                .how = peers[i].how});
    report.Add({.what = "  read", .value = Median(of.read) / 1e6, .unit = "M records/s"});
    report.Add({.what = "  on disk", .value = of.bytes_per_record, .unit = "B/record"});
    if (i < 2) continue;  // Braid's own
    report.Add({.what = "  Braid's append over it",
                .value = MedianRatio(results[0].append, of.append),
                .unit = "times"});
    report.Add({.what = "  Braid's read over it",
                .value = MedianRatio(results[0].read, of.read),
                .unit = "times"});
    report.Add({.what = "  Braid's read, sealed, over it",
                .value = MedianRatio(results[1].read, of.read),
                .unit = "times"});
  }
}

[[noreturn]] void Usage(int status) {
  std::fputs(kUsage, status == 0 ? stdout : stderr);
  std::exit(status);
}

PeersBenchOptions Parse(int argc, char** argv) {
  PeersBenchOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--help") Usage(0);
    if (flag == "--json") {
      options.json = true;
    } else if (flag == "--cpu-time") {
      Stopwatch::UseCpuTime();
    } else if (flag == "--smoke") {
      options.smoke = true;
      options.bytes = int64_t{256} << 10;
      options.rounds = 1;
    } else if (i + 1 < argc && flag == "--dir") {
      options.dir = argv[++i];
    } else if (i + 1 < argc && flag == "--bytes") {
      options.bytes = std::atoll(argv[++i]);
    } else {
      Usage(2);
    }
  }
  return options;
}

int Run(int argc, char** argv) {
  const PeersBenchOptions options = Parse(argc, argv);
  std::vector<std::string> missing;
  const std::vector<PeerKind> peers = AllPeers(missing);
  Report report(fmt::format("Embedded stores, {} MiB a round in turn, medians of {}",
                            options.bytes >> 20, options.rounds),
                options.json, options.smoke);
  for (const std::string& name : missing) {
    report.Note(name + " was not found when this was built: tools/install-deps bench");
  }
  const Workload workloads[] = {{"100 B, one at a time", kSmallEventBytes, 1},
                                {"100 B, batches of 100", kSmallEventBytes, 100},
                                {"1 KiB, one at a time", kLargeEventBytes, 1},
                                {"1 KiB, batches of 100", kLargeEventBytes, 100}};
  for (const Workload& workload : workloads) RunWorkload(peers, workload, options, report);
  report.Finish();
  return 0;
}

}  // namespace

std::vector<PeerKind> AllPeers(std::vector<std::string>& missing) {
  std::vector<PeerKind> peers = BraidPeers();
  const auto add = [&](std::vector<PeerKind> more) {
    std::move(more.begin(), more.end(), std::back_inserter(peers));
  };
  add(FilePeers());
#ifdef BRAID_HAVE_ROCKSDB
  add(RocksDbPeers());
#else
  missing.push_back("RocksDB");
#endif
#ifdef BRAID_HAVE_LMDB
  add(LmdbPeers());
#else
  missing.push_back("LMDB");
#endif
  (void)missing;
  return peers;
}

}  // namespace braid::bench

int main(int argc, char** argv) {
  return braid::bench::Run(argc, argv);
}
