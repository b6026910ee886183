// The sequence part of Redis entry IDs, as batches of origin Redis hold it (docs/format.md, "Redis
// IDs"): one more than that of the record before it in the batch when both have the same
// milliseconds, else 0; or what a leading header `.seq` says, which record attribute bit 0 marks.
#ifndef BRAID_STORAGE_ENTRY_SEQ_H_
#define BRAID_STORAGE_ENTRY_SEQ_H_

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "braid/record.h"
#include "fmt/format.h"
#include "storage/batch_builder.h"

namespace braid::storage {

inline constexpr std::string_view kEntrySeqHeader = ".seq";

// What the next record of a batch implies. One per batch, told of its records in order.
class EntrySeqRule {
 public:
  uint64_t Implied(int64_t timestamp_ms) const {
    return any_ && timestamp_ms == timestamp_ms_ ? seq_ + 1 : 0;
  }
  void Note(int64_t timestamp_ms, uint64_t seq) {
    any_ = true;
    timestamp_ms_ = timestamp_ms;
    seq_ = seq;
  }

 private:
  bool any_ = false;
  int64_t timestamp_ms_ = 0;
  uint64_t seq_ = 0;
};

// The sequence of a stored record, whose `.seq` header, if it has one, is taken off.
inline uint64_t TakeEntrySeq(EntrySeqRule& rule, RecordView& record) {
  uint64_t seq = rule.Implied(record.timestamp_ms);
  if ((record.attributes & kRecordHasEntrySeq) != 0 && !record.headers.empty()) {
    const std::string_view text = record.headers.front().value.value_or("");
    uint64_t said = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), said).ec == std::errc()) seq = said;
    record.headers.erase(record.headers.begin());
    record.attributes = static_cast<uint8_t>(record.attributes & ~kRecordHasEntrySeq);
  }
  rule.Note(record.timestamp_ms, seq);
  return seq;
}

// Gives `record`, about to be stored, that sequence; `text` keeps the header's bytes and must
// outlive the storing.
inline void PutEntrySeq(EntrySeqRule& rule, RecordView& record, uint64_t seq, std::string& text) {
  if (seq != rule.Implied(record.timestamp_ms)) {
    text = fmt::format_int(seq).str();
    record.attributes |= kRecordHasEntrySeq;
    record.headers.insert(record.headers.begin(), HeaderView{kEntrySeqHeader, text});
  }
  rule.Note(record.timestamp_ms, seq);
}

}  // namespace braid::storage

#endif  // BRAID_STORAGE_ENTRY_SEQ_H_
