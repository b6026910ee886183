// braid seg stats: what a log's bytes are spent on.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "storage/batch_format.h"
#include "storage/compression.h"
#include "storage/inspect.h"
#include "storage/record_cursor.h"
#include "tools/cli/verbs.h"
#include "tools/seg/commands.h"
#include "tools/seg/journal_facts.h"
#include "tools/seg/place.h"
#include "tools/seg/printing.h"

namespace braid::seg {
namespace {

struct Amount {
  int64_t batches = 0;
  int64_t records = 0;
  int64_t bytes = 0;
  int64_t plain_bytes = 0;  // the same, were nothing compressed

  double ratio() const {
    return bytes == 0 ? 1 : static_cast<double>(plain_bytes) / static_cast<double>(bytes);
  }
};

struct LogStats {
  std::map<std::string_view, int64_t> segments;  // by state
  Offset base_offset = 0;
  Offset next_offset = 0;
  Amount all;
  std::map<std::string_view, Amount> codecs;
  std::map<std::string_view, Amount> origins;
  int64_t dead_records = 0;  // stored, and trimmed or deleted
  int64_t dead_bytes = 0;    // their share of their batches, and batches without records
  int64_t dropped = 0;       // offsets whose records repacking has left out
  int64_t damaged_bytes = 0;
};

class Counter {
 public:
  // `facts` may be null.
  explicit Counter(const StreamFacts* facts) : facts_(facts) {}

  absl::StatusOr<LogStats> Count(FileSystem& filesystem, const PlacedLog& log) {
    const auto files = storage::ListLog(filesystem, log.dir);
    if (!files.ok()) return files.status();
    stats_.base_offset = stats_.next_offset =
        files->segments.empty() ? files->manifest.tail_base : files->segments[0].name.base_offset;
    for (const storage::SegmentFile& segment : files->segments) {
      ++stats_.segments[SegmentStateName(segment.state)];
      stats_.dropped += segment.summary.dropped;
      if (!segment.has_batches()) continue;
      const auto walk = storage::WalkSegment(filesystem, segment, storage::WalkDepth::kBatches,
                                             [&](const storage::WalkedBatch& next) {
                                               Add(next.batch);
                                               return absl::OkStatus();
                                             });
      if (!walk.ok()) return walk.status();
      stats_.next_offset = walk->next_offset;
      stats_.damaged_bytes += static_cast<int64_t>(walk->torn_bytes);
      for (const storage::Damage& damage : walk->damage) {
        stats_.damaged_bytes += static_cast<int64_t>(damage.bytes);
      }
    }
    return std::move(stats_);
  }

 private:
  void Add(const Batch& batch) {
    const BatchHeader& header = batch.header();
    Amount amount{.batches = 1, .records = header.record_count, .bytes = header.total_bytes()};
    amount.plain_bytes = amount.bytes;
    const auto block = storage::RecordsBlock(batch);
    if (block.ok()) {
      amount.plain_bytes = static_cast<int64_t>(storage::kBatchHeaderBytes + block->size());
    }
    for (Amount* sum : {&stats_.all, &stats_.codecs[CodecName(header.codec())],
                        &stats_.origins[OriginName(header.origin())]}) {
      sum->batches += amount.batches;
      sum->records += amount.records;
      sum->bytes += amount.bytes;
      sum->plain_bytes += amount.plain_bytes;
    }
    if (header.record_count == 0) {
      stats_.dead_bytes += amount.bytes;
    } else if (block.ok()) {
      const int64_t dead = DeadIn(header, block->view());
      stats_.dead_records += dead;
      stats_.dead_bytes += amount.bytes * dead / amount.records;
    }
  }

  int64_t DeadIn(const BatchHeader& header, std::string_view block) const {
    if (facts_ == nullptr) return 0;
    int64_t dead = 0;
    storage::RecordCursor cursor(header, block);
    RecordView record;
    while (!cursor.done() && cursor.Take(record).ok())
      dead += facts_->IsDead(record.offset) ? 1 : 0;
    return dead;
  }

  const StreamFacts* const facts_;
  LogStats stats_;
};

Json ToJson(const Amount& amount) {
  return Json{{"batches", amount.batches},
              {"records", amount.records},
              {"bytes", amount.bytes},
              {"compression_ratio", amount.ratio()}};
}

Json ToJson(const std::map<std::string_view, Amount>& amounts) {
  Json json = Json::object();
  for (const auto& [name, amount] : amounts) json[std::string(name)] = ToJson(amount);
  return json;
}

double Average(int64_t sum, int64_t count) {
  return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

Json ToJson(const PlacedLog& log, const StreamFacts* facts, const LogStats& stats) {
  Json json{{"name", log.name}};
  if (facts != nullptr && !facts->topic.empty()) {
    PutBytes(json, "stream", facts->topic);
    json["partition"] = facts->partition;
  }
  json.update(Json{{"segments", stats.segments},
                   {"base_offset", stats.base_offset},
                   {"next_offset", stats.next_offset},
                   {"batches", stats.all.batches},
                   {"records", stats.all.records},
                   {"bytes", stats.all.bytes},
                   {"compression_ratio", stats.all.ratio()},
                   {"average_batch_bytes", Average(stats.all.bytes, stats.all.batches)},
                   {"average_batch_records", Average(stats.all.records, stats.all.batches)},
                   {"codecs", ToJson(stats.codecs)},
                   {"origins", ToJson(stats.origins)},
                   {"live_records", stats.all.records - stats.dead_records},
                   {"live_bytes", stats.all.bytes - stats.dead_bytes},
                   {"dead_records", stats.dead_records},
                   {"dead_bytes", stats.dead_bytes},
                   {"dropped_by_repacking", stats.dropped},
                   {"damaged_bytes", stats.damaged_bytes}});
  return json;
}

void Print(const std::map<std::string_view, Amount>& amounts, std::string_view title) {
  for (const auto& [name, amount] : amounts) {
    fmt::print("  {:<10}{:<8} {} bytes, {} batches, {} records, compressed {:.2f}:1\n", title, name,
               amount.bytes, amount.batches, amount.records, amount.ratio());
  }
}

void Print(const PlacedLog& log, const StreamFacts* facts, const LogStats& stats) {
  fmt::print("{}", log.name);
  if (facts != nullptr && !facts->topic.empty()) {
    fmt::print(" (stream {}, partition {})", Quoted(facts->topic), facts->partition);
  }
  fmt::print("\n  offsets   {}\n  segments ", OffsetsText(stats.base_offset, stats.next_offset));
  for (const auto& [state, count] : stats.segments) fmt::print(" {} {}", count, state);
  fmt::print(
      "\n  stored    {} bytes, {} batches, {} records; {:.0f} bytes and {:.1f} records a batch\n",
      stats.all.bytes, stats.all.batches, stats.all.records,
      Average(stats.all.bytes, stats.all.batches), Average(stats.all.records, stats.all.batches));
  fmt::print("  live      {} bytes, {} records\n", stats.all.bytes - stats.dead_bytes,
             stats.all.records - stats.dead_records);
  fmt::print("  dead      {} bytes, {} records; {} more dropped by repacking\n", stats.dead_bytes,
             stats.dead_records, stats.dropped);
  if (stats.damaged_bytes > 0) fmt::print("  damaged   {} bytes\n", stats.damaged_bytes);
  Print(stats.codecs, "codec");
  Print(stats.origins, "origin");
}

}  // namespace

int Stats(const std::string& dir, bool json) {
  FileSystem& filesystem = FileSystem::Posix();
  const auto place = Place::Open(filesystem, dir);
  if (!place.ok()) return Complain(place.status(), cli::kUsage);
  std::map<uint64_t, StreamFacts> facts;
  if (place->is_data_directory()) {
    auto read = ReadJournalFacts(filesystem, place->dir() + "/journal");
    if (read.ok()) facts = *std::move(read);  // without a journal nothing is known to be dead
  }
  Json logs = Json::array();
  for (const PlacedLog& log : place->logs()) {
    const auto known = facts.find(log.stream_id.value_or(0));
    const StreamFacts* its_facts = known == facts.end() ? nullptr : &known->second;
    const auto stats = Counter(its_facts).Count(filesystem, log);
    if (!stats.ok()) return Complain(stats.status(), cli::kFailed);
    if (json) {
      logs.push_back(ToJson(log, its_facts, *stats));
    } else {
      Print(log, its_facts, *stats);
    }
  }
  if (json) PrintJson(Json{{"dir", place->dir()}, {"logs", std::move(logs)}});
  return 0;
}

}  // namespace braid::seg
