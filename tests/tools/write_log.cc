// Makes a log for tests of the tools, as a broker's upkeep leaves it but in a moment:
//
//   write_log DIR SEGMENTS BATCHES [CODEC]
//
// SEGMENTS sealed segments of BATCHES batches with three records each, and such a tail. With a
// codec (none, lz4, zstd) each sealed segment is then repacked with it, for which every record
// whose offset divides by 5 counts as dead. Record n: key "k<n % 7>", value "value n", header h =
// n, time 1767225600000 + n ms. All records are Kafka's.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "storage/batch_builder.h"
#include "storage/log.h"
#include "storage/log_work.h"

namespace braid::storage {
namespace {

constexpr int64_t kNewYear = 1767225600000;
constexpr int kRecords = 3;

Batch MakeBatch(Offset base) {
  BatchBuilder builder({.codec = Codec::kNone, .origin = Origin::kKafka});
  for (Offset n = base; n < base + kRecords; ++n) {
    const std::string key = "k" + std::to_string(n % 7);
    const std::string value = "value " + std::to_string(n);
    const std::string header = std::to_string(n);
    RecordView record;
    record.key = key;
    record.value = value;
    record.timestamp_ms = kNewYear + n;
    record.headers.push_back({"h", header});
    builder.Add(record);
  }
  return builder.Build();
}

absl::Status Upkeep(Log& log, const WorkOptions& options) {
  while (std::optional<LogWork> work = log.PrepareWork(options)) {
    const absl::Status outcome = work->Run();
    if (absl::Status s = log.FinishWork(*std::move(work), outcome); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status Append(Log& log, int batches) {
  for (int i = 0; i < batches; ++i) {
    if (auto appended = log.Append(MakeBatch(log.next_offset())); !appended.ok()) {
      return appended.status();
    }
  }
  return absl::OkStatus();
}

absl::Status Write(const std::string& dir, int segments, int batches, const char* codec) {
  auto log = Log::Open(FileSystem::Posix(), dir, {}, nullptr);
  if (!log.ok()) return log.status();
  WorkOptions work;
  if (codec != nullptr) {
    const std::map<std::string, Codec> codecs = {
        {"none", Codec::kNone}, {"lz4", Codec::kLz4}, {"zstd", Codec::kZstd}};
    work.repack = RepackOptions{.kafka_codec = codecs.at(codec)};
    work.repack->is_dead = [](Offset offset) { return offset % 5 == 0; };
    work.repack->count_dead = [](Offset begin, Offset end) {
      return (end + 4) / 5 - (begin + 4) / 5;
    };
  }
  for (int i = 0; i < segments; ++i) {
    if (absl::Status s = Append(**log, batches); !s.ok()) return s;
    if (auto rolled = (*log)->Roll(); !rolled.ok()) return rolled.status();
    if (absl::Status s = Upkeep(**log, {}); !s.ok()) return s;
  }
  if (absl::Status s = Upkeep(**log, work); !s.ok()) return s;
  return Append(**log, batches);
}

}  // namespace
}  // namespace braid::storage

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const absl::Status status = braid::storage::Write(argv[1], std::atoi(argv[2]), std::atoi(argv[3]),
                                                    argc > 4 ? argv[4] : nullptr);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
