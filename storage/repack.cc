#include "storage/repack.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/batch_format.h"
#include "storage/compression.h"
#include "storage/record_cursor.h"

namespace braid::storage {
namespace {

constexpr int64_t kMaxCoveredOffsets = int64_t{1} << 30;  // by one batch: its field has 31 bits

}  // namespace

Repacker::Repacker(const RepackOptions& options, Offset base_offset, int64_t running_max_before_ms,
                   Sink sink)
    : options_(options),
      sink_(std::move(sink)),
      open_base_(base_offset),
      covered_(base_offset),
      true_max_ms_(running_max_before_ms),
      told_max_ms_(running_max_before_ms) {}

Repacker::Kind Repacker::KindOf(const BatchHeader& header) const {
  Kind kind;
  kind.origin = header.origin();
  kind.alone = header.transactional() || header.control() || header.log_append_time() ||
               (header.attributes & kDeleteHorizonBit) != 0;
  kind.codec = options_.codec;
  if (kind.origin == Origin::kKafka) kind.codec = options_.kafka_codec.value_or(header.codec());
  return kind;
}

bool Repacker::HasDead(const BatchHeader& header) const {
  if (options_.count_dead == nullptr) return false;
  return options_.count_dead(header.base_offset, header.next_offset()) > 0;
}

absl::Status Repacker::Emit(const Batch& batch) {
  ++batches_out_;
  told_max_ms_ = std::max(told_max_ms_, batch.header().max_timestamp_ms);
  return sink_(batch);
}

// The gathering batch ends here, and covers what went in so far.
absl::Status Repacker::Close() {
  if (covered_ == open_base_) {
    open_.reset();
    return absl::OkStatus();
  }
  if (!open_) {  // only dead records: a batch without any keeps their place
    builder_ = BatchBuilder({.codec = Codec::kNone, .origin = Origin::kNats});
    builder_.set_base_offset(open_base_);
  }
  builder_.SkipTo(covered_ - open_base_);
  if (told_max_ms_ < true_max_ms_) builder_.RaiseMaxTimestamp(true_max_ms_);
  open_.reset();
  open_base_ = covered_;
  return Emit(builder_.Build());
}

void Repacker::Open(Kind kind) {
  BatchBuilder::Options options{
      .codec = kind.codec, .origin = kind.origin, .base_offset = open_base_};
  if (kind.alone) {
    options.attributes =
        static_cast<uint16_t>(alone_.attributes & (kLogAppendTimeBit | kTransactionalBit |
                                                   kControlBit | kDeleteHorizonBit));
    options.producer_id = alone_.producer_id;
    options.producer_epoch = alone_.producer_epoch;
    options.base_sequence = alone_.base_sequence;
  }
  builder_ = BatchBuilder(options);
  open_ = kind;
  out_rule_ = EntrySeqRule();
}

// As it is, byte for byte.
absl::Status Repacker::Pass(const Batch& batch) {
  if (absl::Status status = Close(); !status.ok()) return status;
  const BatchHeader& header = batch.header();
  covered_ = open_base_ = header.next_offset();
  true_max_ms_ = std::max(true_max_ms_, header.max_timestamp_ms);
  kept_ += header.record_count;
  return Emit(batch);
}

absl::Status Repacker::AddRecord(RecordView& record, Origin origin, EntrySeqRule& rule) {
  const uint64_t seq = origin == Origin::kRedis ? TakeEntrySeq(rule, record) : 0;
  const bool dead = options_.is_dead != nullptr && options_.is_dead(record.offset);
  if (dead) {
    true_max_ms_ = std::max(true_max_ms_, record.timestamp_ms);
    covered_ = record.offset + 1;
    if (covered_ - open_base_ < kMaxCoveredOffsets) return absl::OkStatus();
    const Kind kind = *open_;
    if (absl::Status status = Close(); !status.ok()) return status;
    Open(kind);
    return absl::OkStatus();
  }
  // What readers of the new batches take for the running maximum here; a header tells more than its
  // records do, so a batch is ended where they would take it for less.
  const bool told_less = told_max_ms_ < true_max_ms_ && record.timestamp_ms < true_max_ms_;
  // Not one record past the size: 64 KiB are one block of an lz4 frame, and a small second one
  // would compress badly.
  const bool full = builder_.next_delta() > 0 &&
                    static_cast<int64_t>(builder_.size_bytes_with(record)) > options_.batch_bytes;
  const Kind kind = *open_;
  if ((told_less && covered_ > open_base_) || (full && !kind.alone)) {
    if (absl::Status status = Close(); !status.ok()) return status;
    Open(kind);
  }
  builder_.SkipTo(record.offset - open_base_);
  std::string seq_text;
  if (origin == Origin::kRedis) PutEntrySeq(out_rule_, record, seq, seq_text);
  builder_.Add(record);
  ++kept_;
  true_max_ms_ = std::max(true_max_ms_, record.timestamp_ms);
  told_max_ms_ = std::max(told_max_ms_, record.timestamp_ms);
  covered_ = record.offset + 1;
  return absl::OkStatus();
}

absl::Status Repacker::AddRecords(const Batch& batch, Kind kind) {
  const absl::StatusOr<Buffer> block = RecordsBlock(batch);
  if (!block.ok()) return block.status();
  const BatchHeader& header = batch.header();
  // Compressed, it looked small.
  const bool large = static_cast<int64_t>(block->size()) >= options_.batch_bytes / 2;
  if (large && header.codec() == kind.codec && !HasDead(header)) return Pass(batch);
  if (open_ != kind || kind.alone) {
    if (absl::Status status = Close(); !status.ok()) return status;
    alone_ = header;
    Open(kind);
  }
  RecordCursor cursor(header, block->view());
  RecordView record;
  EntrySeqRule rule;
  while (!cursor.done()) {
    if (absl::Status status = cursor.Take(record); !status.ok()) return status;
    if (absl::Status status = AddRecord(record, kind.origin, rule); !status.ok()) return status;
  }
  covered_ = header.next_offset();
  true_max_ms_ = std::max(true_max_ms_, header.max_timestamp_ms);
  return kind.alone ? Close() : absl::OkStatus();
}

absl::Status Repacker::Add(const Batch& batch) {
  ++batches_in_;
  const BatchHeader& header = batch.header();
  const Kind kind = KindOf(header);
  const bool large = header.total_bytes() >= options_.batch_bytes / 2;
  const bool as_wanted = header.codec() == kind.codec || header.record_count == 0;
  // A producer's batch of some size is what this would make of it anyway.
  const bool passes = kind.alone || (large && as_wanted);
  if (passes && !HasDead(header)) return Pass(batch);
  return AddRecords(batch, kind);
}

absl::Status Repacker::Finish() {
  return Close();
}

}  // namespace braid::storage
