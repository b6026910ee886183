// Builds one RecordBatch v2 from records.
#ifndef BRAID_STORAGE_BATCH_BUILDER_H_
#define BRAID_STORAGE_BATCH_BUILDER_H_

#include <cstddef>
#include <cstdint>

#include "braid/batch.h"
#include "braid/buffer.h"
#include "braid/record.h"

namespace braid::storage {

// Record attribute byte of Redis-origin records: the first header is the entry's sequence number.
inline constexpr uint8_t kRecordHasEntrySeq = 0x1;

class BatchBuilder {
 public:
  struct Options {
    Codec codec = Codec::kNone;
    Origin origin = Origin::kKafka;
    Offset base_offset = 0;  // a batch that goes to Log::Append gets another there
    // What a batch written anew keeps of the old one.
    uint16_t attributes = 0;  // transactional, log append time
    int64_t producer_id = -1;
    int16_t producer_epoch = -1;
    int32_t base_sequence = -1;
  };

  BatchBuilder() : BatchBuilder(Options{}) {}
  explicit BatchBuilder(Options options);

  // Appends one record at the next offset delta; record.timestamp_ms must be set. The bytes are
  // copied. Requires that the batch stays under 2 GiB, the most that its length field can say.
  void Add(const RecordView& record) { Add(record, record.timestamp_ms); }
  // The same at a time of the caller's.
  void Add(const RecordView& record, int64_t timestamp_ms);

  // The next record gets this offset delta, and the offsets up to there have none; or the batch
  // ends there. Requires delta >= next_delta().
  void SkipTo(int64_t delta);
  int64_t next_delta() const { return next_delta_; }
  // The header's max timestamp becomes at least this.
  void RaiseMaxTimestamp(int64_t timestamp_ms);
  int64_t max_timestamp_ms() const { return max_timestamp_ms_; }  // -1: nothing was added
  // Of the next batch that is built. Requires that nothing was added yet.
  void set_base_offset(Offset base_offset) { options_.base_offset = base_offset; }

  int64_t record_count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // Header and records, before compression; 0 when empty.
  size_t size_bytes() const { return used_; }
  // What size_bytes() would be with `record`, at the next offset delta.
  size_t size_bytes_with(const RecordView& record) const;

  // The finished batch, with a right CRC; the builder is empty afterwards and may
  // be used again. Requires next_delta() > 0: it may cover offsets without any record. Its bytes
  // have no other reader, so Log::Append may patch them.
  Batch Build();

 private:
  int64_t TimestampDelta(int64_t timestamp_ms) const;
  void Reserve(size_t n);
  void WriteHeader(char* data, size_t total_bytes) const;
  Buffer Compressed() const;
  Buffer Finished() &&;

  Options options_;
  MutableBuffer bytes_;  // header space, then records; becomes the batch itself
  size_t used_ = 0;
  size_t expected_bytes_ = 0;  // size of the batch built before: the first guess for the next
  int64_t count_ = 0;
  int64_t next_delta_ = 0;
  int64_t base_timestamp_ms_ = -1;
  int64_t max_timestamp_ms_ = -1;
  bool has_max_timestamp_ = false;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BATCH_BUILDER_H_
