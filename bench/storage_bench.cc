// What the segment store promises, measured: see --help. Every figure says how it is taken.
#include "bench/storage_bench.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "bench/measure.h"
#include "braid/testing.h"

namespace braid::bench {
namespace {

constexpr char kUsage[] =
    "storage_bench [--smoke] [--json] [--cpu-time] [--section NAME]... [--dir DIR]\n"
    "              [--rounds N] [--events N] [--big-bytes N]\n"
    "  --section    memory, disk, sync, read, size or seek; default: all\n"
    "  --dir        where files are written, and removed again; default: the temporary directory\n"
    "  --rounds     timed, of what is done in turn; default 5\n"
    "  --events     events of 1 KiB that each model stores (size); default 1000000\n"
    "  --big-bytes  of the log that is searched (seek); default 10 GiB\n"
    "  --cpu-time   rates of one thread by its CPU time, for a machine that is busy\n"
    "  --smoke      everything small: shows that it works\n";

struct SectionRow {
  const char* name;
  void (*run)(const StorageBenchOptions& options, Report& report);
};

// Seeking first: it looks at the memory of the process.
constexpr SectionRow kSections[] = {{"seek", BenchSeek},       {"memory", BenchMemoryAppend},
                                    {"disk", BenchDiskAppend}, {"sync", BenchSync},
                                    {"read", BenchRead},       {"size", BenchSize}};

StorageBenchOptions Full() {
  StorageBenchOptions options;
  options.disk_bytes = int64_t{384} << 20;
  options.sync_appends = 500;
  options.read_events = 200000;
  options.events = 1000000;
  options.big_bytes = int64_t{10} << 30;
  options.seeks = 2000;
  return options;
}

StorageBenchOptions Smoke() {
  StorageBenchOptions options;
  options.smoke = true;
  options.seconds = 0.005;
  options.rounds = 1;
  options.disk_bytes = int64_t{1} << 20;
  options.sync_appends = 2;
  options.read_events = 1000;
  options.events = 2000;
  options.big_bytes = int64_t{64} << 20;
  options.seeks = 50;
  return options;
}

[[noreturn]] void Usage(int status) {
  std::fputs(kUsage, status == 0 ? stdout : stderr);
  std::exit(status);
}

int Run(int argc, char** argv) {
  bool json = false;
  bool smoke = false;
  bool cpu_time = false;
  std::vector<std::string_view> wanted;
  for (int i = 1; i < argc; ++i) {
    json |= std::strcmp(argv[i], "--json") == 0;
    smoke |= std::strcmp(argv[i], "--smoke") == 0;
    cpu_time |= std::strcmp(argv[i], "--cpu-time") == 0;
  }
  StorageBenchOptions options = smoke ? Smoke() : Full();
  options.dir = std::filesystem::temp_directory_path().string();
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--json" || flag == "--smoke" || flag == "--cpu-time") continue;
    if (flag == "--help") Usage(0);
    if (++i == argc) Usage(2);
    if (flag == "--section") {
      wanted.push_back(argv[i]);
    } else if (flag == "--dir") {
      options.dir = argv[i];
    } else if (flag == "--events") {
      options.events = std::atoll(argv[i]);
    } else if (flag == "--rounds") {
      options.rounds = std::atoi(argv[i]);
    } else if (flag == "--big-bytes") {
      options.big_bytes = std::atoll(argv[i]);
    } else {
      Usage(2);
    }
  }
  if (cpu_time) Stopwatch::UseCpuTime();
  Report report(cpu_time ? "Braid's segment store, by CPU time" : "Braid's segment store", json,
                smoke);
  size_t found = 0;
  for (const SectionRow& section : kSections) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), section.name) == wanted.end()) {
      continue;
    }
    ++found;
    section.run(options, report);
  }
  if (!wanted.empty() && found != wanted.size()) Usage(2);
  report.Finish();
  return 0;
}

}  // namespace

std::unique_ptr<engine::Catalog> OpenCatalog(EngineOptions options) {
  return Must(engine::Catalog::Open(std::move(options)));
}

engine::StreamPtr MakeStream(engine::Catalog& catalog, StreamOptions options) {
  engine::Writes writes;
  const engine::TopicPtr topic = Must(catalog.CreateTopic("bench", 1, std::move(options), writes));
  Check(catalog.Commit(writes).status());
  return topic->partitions.front();
}

void SealAll(engine::Catalog& catalog, ManualClock& clock) {
  clock.Advance(catalog.options().segment_age + absl::Seconds(1));
  catalog.Tick();
  while (catalog.Maintain().more) {
  }
}

}  // namespace braid::bench

int main(int argc, char** argv) {
  return braid::bench::Run(argc, argv);
}
