#include "storage/record_cursor.h"

#include "braid/error.h"
#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/varint.h"

namespace braid::storage {
namespace {

// Takes a length and that many bytes; length -1 means null. False when malformed.
bool TakeBytes(std::string_view& in, std::optional<std::string_view>& out) {
  const std::optional<int32_t> length = TakeVarint32(in);
  if (!length || *length < -1) return false;
  if (*length == -1) {
    out.reset();
    return true;
  }
  const auto n = static_cast<size_t>(*length);
  if (n > in.size()) return false;
  out = in.substr(0, n);
  in.remove_prefix(n);
  return true;
}

bool TakeHeaders(std::string_view& in, RecordView& record) {
  record.headers.clear();
  const std::optional<int32_t> count = TakeVarint32(in);
  if (!count || *count < 0) return false;
  if (static_cast<size_t>(*count) > in.size() / kMinHeaderBytes) return false;
  for (int32_t i = 0; i < *count; ++i) {
    std::optional<std::string_view> key;
    HeaderView header;
    if (!TakeBytes(in, key) || !key.has_value() || !TakeBytes(in, header.value)) return false;
    header.key = *key;
    record.headers.push_back(header);
  }
  return true;
}

}  // namespace

bool RecordCursor::ParseBody(std::string_view body, RecordView& record, Offset wanted) {
  if (body.empty()) return false;
  record.attributes = static_cast<uint8_t>(body[0]);
  body.remove_prefix(1);
  const std::optional<int64_t> timestamp_delta = TakeVarint64(body);
  const std::optional<int32_t> offset_delta = TakeVarint32(body);
  if (!timestamp_delta || !offset_delta) return false;
  if (*offset_delta <= last_delta_ || *offset_delta > header_.last_offset_delta) return false;
  last_delta_ = *offset_delta;
  record.offset = header_.base_offset + *offset_delta;
  // Wraps like the subtraction that made the delta: any two times have one.
  record.timestamp_ms =
      header_.log_append_time()
          ? header_.max_timestamp_ms
          : static_cast<int64_t>(static_cast<uint64_t>(header_.base_timestamp_ms) +
                                 static_cast<uint64_t>(*timestamp_delta));
  if (record.offset < wanted && (record.attributes & kRecordHasEntrySeq) == 0) {
    record.key.reset();
    record.value.reset();
    record.headers.clear();
    return true;
  }
  return TakeBytes(body, record.key) && TakeBytes(body, record.value) &&
         TakeHeaders(body, record) && body.empty();
}

absl::Status RecordCursor::Take(RecordView& record, Offset wanted) {
  const std::optional<int32_t> length = TakeVarint32(rest_);
  if (!length || *length < 0 || static_cast<size_t>(*length) > rest_.size()) {
    return MakeError(Errc::kCorruptBatch, "a record's length does not fit its batch");
  }
  const auto n = static_cast<size_t>(*length);
  if (!ParseBody(rest_.substr(0, n), record, wanted)) {
    return MakeError(Errc::kCorruptBatch, "a record's fields do not add up to its length");
  }
  rest_.remove_prefix(n);
  --remaining_;
  return absl::OkStatus();
}

}  // namespace braid::storage
