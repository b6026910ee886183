// Walks the records of one batch, decompressed, in order:
//
//   RecordCursor cursor(batch.header(), block);
//   RecordView record;
//   while (!cursor.done()) {
//     if (absl::Status status = cursor.Take(record); !status.ok()) return status;
//   }
//
// No count or length of the bytes is believed before it has been compared with the bytes that are
// there.
#ifndef BRAID_STORAGE_RECORD_CURSOR_H_
#define BRAID_STORAGE_RECORD_CURSOR_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "braid/batch.h"
#include "braid/record.h"

namespace braid::storage {

class RecordCursor {
 public:
  // Both must outlive the cursor and the records it gives out.
  RecordCursor(const BatchHeader& header, std::string_view block)
      : header_(header), rest_(block), remaining_(header.record_count) {}

  // True when all records that the header promises were taken.
  bool done() const { return remaining_ <= 0; }
  // Bytes of the block not taken yet: 0 at the end of a well-made block.
  size_t rest_bytes() const { return rest_.size(); }

  // Takes the next record, which points into the block. kCorruptBatch when its bytes do not add up
  // or its offset is not between the one before and the batch's last. Requires !done().
  // Of one before `wanted` nothing is read but where and when it is: whoever looks for the records
  // from there on passes over the rest of the batch cheaply. One that carries its entry sequence
  // (storage/entry_seq.h) is read whole.
  absl::Status Take(RecordView& record, Offset wanted = 0);

 private:
  bool ParseBody(std::string_view body, RecordView& record, Offset wanted);

  const BatchHeader& header_;
  std::string_view rest_;
  int32_t remaining_;
  int32_t last_delta_ = -1;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_RECORD_CURSOR_H_
