// braid seg dump: batches, and records if wanted, made printable.
#include <fmt/format.h>

#include <string>

#include "braid/error.h"
#include "storage/compression.h"
#include "storage/inspect.h"
#include "storage/record_cursor.h"
#include "tools/cli/verbs.h"
#include "tools/seg/commands.h"
#include "tools/seg/place.h"
#include "tools/seg/printing.h"

namespace braid::seg {
namespace {

// What a batch says beyond the usual: producer, control, transactional, log append time.
std::string Particulars(const BatchHeader& header) {
  std::string text;
  if (header.producer_id >= 0) {
    text += fmt::format(" producer {}/{} sequence {}", header.producer_id, header.producer_epoch,
                        header.base_sequence);
  }
  if (header.transactional()) text += " transactional";
  if (header.control()) text += " control";
  if (header.log_append_time()) text += " log-append-time";
  return text;
}

class Dumper {
 public:
  explicit Dumper(const DumpOptions& options) : options_(options) {}

  // Absl's kCancelled when no more is wanted.
  absl::Status Dump(FileSystem& filesystem, const PlacedLog& log) {
    const auto files = storage::ListLog(filesystem, log.dir);
    if (!files.ok()) return files.status();
    for (const storage::SegmentFile& segment : files->segments) {
      const bool before = segment.summary.bytes > 0 && segment.summary.next_offset <= options_.from;
      if (!segment.has_batches() || before) continue;
      if (!options_.json) fmt::print("{}\n", segment.path);
      file_ = segment.path;
      const auto walk =
          storage::WalkSegment(filesystem, segment, storage::WalkDepth::kBatches,
                               [&](const storage::WalkedBatch& next) { return Show(next); });
      if (!walk.ok()) return walk.status();
      for (const storage::Damage& damage : walk->damage) ShowDamage(damage);
      if (walk->torn_bytes > 0) {
        ShowDamage({walk->bytes, walk->torn_bytes, walk->next_offset, walk->next_offset});
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Shown() {
    if (options_.max >= 0 && ++shown_ >= options_.max) return absl::CancelledError();
    return absl::OkStatus();
  }

  absl::Status Show(const storage::WalkedBatch& next) {
    if (next.header.next_offset() <= options_.from) return absl::OkStatus();
    if (options_.max == 0) return absl::CancelledError();
    ShowHeader(next);
    return options_.records ? ShowRecords(next.batch) : Shown();
  }

  void ShowHeader(const storage::WalkedBatch& next) {
    const BatchHeader& header = next.header;
    if (options_.json) {
      PrintJson(Json{{"type", "batch"},
                     {"file", file_},
                     {"position", next.position},
                     {"bytes", header.total_bytes()},
                     {"base_offset", header.base_offset},
                     {"next_offset", header.next_offset()},
                     {"records", header.record_count},
                     {"base_timestamp_ms", header.base_timestamp_ms},
                     {"max_timestamp_ms", header.max_timestamp_ms},
                     {"codec", CodecName(header.codec())},
                     {"origin", OriginName(header.origin())},
                     {"producer_id", header.producer_id},
                     {"producer_epoch", header.producer_epoch},
                     {"base_sequence", header.base_sequence},
                     {"transactional", header.transactional()},
                     {"control", header.control()},
                     {"crc", fmt::format("{:08x}", header.crc)}});
      return;
    }
    fmt::print(
        "batch at {} offsets {} records {} bytes {} times {} {} codec {} origin {} crc {:08x}{}\n",
        next.position, OffsetsText(header.base_offset, header.next_offset()), header.record_count,
        header.total_bytes(), TimeText(header.base_timestamp_ms), TimeText(header.max_timestamp_ms),
        CodecName(header.codec()), OriginName(header.origin()), header.crc, Particulars(header));
  }

  absl::Status ShowRecords(const Batch& batch) {
    const auto block = storage::RecordsBlock(batch);
    if (!block.ok()) return ShowFault(batch, block.status());
    storage::RecordCursor cursor(batch.header(), block->view());
    RecordView record;
    while (!cursor.done()) {
      if (absl::Status s = cursor.Take(record); !s.ok()) return ShowFault(batch, s);
      if (record.offset < options_.from) continue;
      ShowRecord(record);
      if (absl::Status s = Shown(); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  void ShowRecord(const RecordView& record) {
    if (options_.json) {
      Json json{
          {"type", "record"}, {"offset", record.offset}, {"timestamp_ms", record.timestamp_ms}};
      if (record.key) PutBytes(json, "key", *record.key);
      if (record.value) PutBytes(json, "value", *record.value);
      Json headers = Json::array();
      for (const HeaderView& header : record.headers) {
        Json one = Json::object();
        PutBytes(one, "key", header.key);
        if (header.value) PutBytes(one, "value", *header.value);
        headers.push_back(std::move(one));
      }
      json["headers"] = std::move(headers);
      PrintJson(json);
      return;
    }
    fmt::print("  {} {}", record.offset, TimeText(record.timestamp_ms));
    fmt::print(" key {}", record.key ? Quoted(*record.key) : "null");
    fmt::print(" value {}", record.value ? Quoted(*record.value) : "null");
    for (const HeaderView& header : record.headers) {
      fmt::print(" header {}={}", Quoted(header.key),
                 header.value ? Quoted(*header.value) : "null");
    }
    fmt::print("\n");
  }

  // A batch whose CRC is right and whose records are not: the rest can still be shown.
  absl::Status ShowFault(const Batch& batch, const absl::Status& fault) {
    if (options_.json) {
      PrintJson(Json{{"type", "fault"},
                     {"file", file_},
                     {"base_offset", batch.base_offset()},
                     {"what", std::string(fault.message())}});
    } else {
      fmt::print("  records cannot be read: {}\n", std::string(fault.message()));
    }
    return absl::OkStatus();
  }

  void ShowDamage(const storage::Damage& damage) {
    if (options_.json) {
      PrintJson(Json{{"type", "damage"},
                     {"file", file_},
                     {"position", damage.position},
                     {"bytes", damage.bytes},
                     {"base_offset", damage.offset},
                     {"next_offset", damage.next_offset}});
      return;
    }
    fmt::print("no batch at {} bytes {} offsets {}\n", damage.position, damage.bytes,
               OffsetsText(damage.offset, damage.next_offset));
  }

  const DumpOptions options_;
  std::string file_;
  int64_t shown_ = 0;
};

}  // namespace

int Dump(const std::string& dir, const DumpOptions& options) {
  FileSystem& filesystem = FileSystem::Posix();
  const auto place = Place::Open(filesystem, dir);
  if (!place.ok()) return Complain(place.status(), cli::kUsage);
  for (const PlacedLog& log : place->logs()) {
    const absl::Status status = Dumper(options).Dump(filesystem, log);
    if (!status.ok() && !absl::IsCancelled(status)) return Complain(status, cli::kFailed);
  }
  return 0;
}

}  // namespace braid::seg
