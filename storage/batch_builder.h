// Builds one RecordBatch v2 from records.
#ifndef BRAID_STORAGE_BATCH_BUILDER_H_
#define BRAID_STORAGE_BATCH_BUILDER_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "braid/batch.h"
#include "braid/record.h"

namespace braid::storage {

// Record attribute byte of Redis-origin records: the first header is the entry's sequence number.
inline constexpr uint8_t kRecordHasEntrySeq = 0x1;

class BatchBuilder {
 public:
  struct Options {
    Codec codec = Codec::kNone;  // kNone or kLz4
    Origin origin = Origin::kKafka;
  };

  BatchBuilder() : BatchBuilder(Options{}) {}
  explicit BatchBuilder(Options options);

  // Appends one record at the next offset delta; record.timestamp_ms must be set. The bytes are copied.
  void Add(const RecordView& record);

  int64_t record_count() const { return count_; }
  bool empty() const { return count_ == 0; }
  size_t size_bytes() const { return bytes_.size(); }  // before compression

  // The finished batch, with base offset 0 and a right CRC; the builder is empty afterwards and may be
  // used again. Requires !empty(). Its bytes have no other reader, so Log::Append may patch them.
  Batch Build();

 private:
  Options options_;
  std::string bytes_;  // header space, then records
  int64_t count_ = 0;
  int64_t base_timestamp_ms_ = 0;
  int64_t max_timestamp_ms_ = -1;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BATCH_BUILDER_H_
