// libFuzzer target: a record batch as a producer sends it or a disk gives it back.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/batch.h"
#include "storage/batch_format.h"
#include "storage/batch_validate.h"
#include "storage/coding.h"
#include "storage/control_batch.h"
#include "storage/crc32c.h"
#include "tests/fuzz/check.h"

namespace braid::storage {
namespace {

using fuzz::Check;
using fuzz::ViewOf;

// Bytes looked at, so that a sanitizer sees views that lead astray.
size_t Sum(std::optional<std::string_view> bytes) {
  size_t sum = 0;
  for (const char byte : bytes.value_or("")) sum += static_cast<unsigned char>(byte);
  return sum;
}

size_t LookAt(const std::vector<Record>& records) {
  size_t sum = 0;
  for (const Record& record : records) {
    sum += Sum(record.key) + Sum(record.value);
    for (const HeaderView& header : record.headers) sum += Sum(header.key) + Sum(header.value);
  }
  return sum;
}

// What is accepted is dense, from offset 0, and says what its records say.
void CheckAccepted(const Batch& batch, const std::vector<Record>& records) {
  Check(batch.VerifyCrc().ok(), "an accepted batch has the right CRC");
  Check(batch.header().origin() == Origin::kKafka, "no client forges an origin");
  Check(batch.header().record_count == static_cast<int32_t>(records.size()), "the count is right");
  int64_t max_timestamp_ms = std::numeric_limits<int64_t>::min();
  for (size_t i = 0; i < records.size(); ++i) {
    Check(records[i].offset == static_cast<Offset>(i), "offsets are dense");
    max_timestamp_ms = std::max(max_timestamp_ms, records[i].timestamp_ms);
  }
  Check(batch.header().max_timestamp_ms == max_timestamp_ms, "the max timestamp is the records'");
}

void Read(const Buffer& bytes) {
  const absl::StatusOr<Batch> produced = ParseProducedBatch(bytes);
  if (produced.ok()) Check(produced->bytes().size() == bytes.size(), "one batch, and nothing else");
  const absl::StatusOr<Batch> batch = Batch::Parse(bytes);
  if (!batch.ok()) return;
  Check(batch->bytes().size() <= bytes.size(), "a batch ends within its bytes");
  const absl::StatusOr<std::vector<Record>> records = batch->Records();
  if (records.ok()) LookAt(*records);
  if (DecodeMarker(*batch)) Check(batch->header().control(), "a marker is a control batch");
  const absl::Status valid = ValidateProducedBatch(*batch);
  const absl::StatusOr<Batch> accepted = AcceptProducedBatch(*batch);
  Check(accepted.ok() == valid.ok(), "what is valid is accepted");
  if (!accepted.ok()) return;
  const absl::StatusOr<std::vector<Record>> stored = accepted->Records();
  Check(records.ok() && stored.ok(), "what is accepted can be read");
  Check(LookAt(*stored) == LookAt(*records), "what is accepted is what was sent");
  CheckAccepted(*accepted, *stored);
}

}  // namespace
}  // namespace braid::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace braid::storage;
  std::string bytes(ViewOf(data, size));
  Read(braid::Buffer::Copy(bytes));
  if (size < kBatchHeaderBytes) return 0;
  // Once more with the length and the CRC right, which no mutation would hit.
  StoreBigEndian<int32_t>(bytes.data() + kBatchLengthAt,
                          static_cast<int32_t>(size - kLogOverheadBytes));
  StoreBigEndian<uint32_t>(bytes.data() + kCrcAt,
                           Crc32c(std::string_view(bytes).substr(kAttributesAt)));
  Read(braid::Buffer::Copy(bytes));
  return 0;
}
