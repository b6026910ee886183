// libFuzzer target: the sidecar of a segment, as a disk gives it back.
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "storage/segment_index.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/index_bytes.h"

namespace braid::storage {
namespace {

using fuzz::Check;
using fuzz::ViewOf;

void CheckFloors(const IndexFile& file, int64_t wanted) {
  const IndexEntry* by_offset = file.index.FloorOffset(wanted);
  if (by_offset != nullptr) Check(by_offset->offset <= wanted, "a floor is not above");
  const IndexEntry* by_time =
      file.index.FloorTimestamp(wanted, static_cast<uint64_t>(file.summary.bytes));
  if (by_time == nullptr) return;
  Check(by_time->running_max_before_ms < wanted, "nothing before a time's floor is as late");
  Check(by_time->position < static_cast<uint64_t>(file.summary.bytes), "a position is in the file");
}

void Read(std::string_view bytes) {
  const absl::StatusOr<IndexFile> file = DecodeIndexFile(bytes);
  if (!file.ok()) return;
  const SegmentSummary& summary = file->summary;
  Check(0 <= summary.base_offset && summary.base_offset <= summary.next_offset,
        "offsets are a range");
  Check(summary.bytes >= 0, "a size is not negative");
  CheckFloors(*file, std::numeric_limits<int64_t>::min());
  CheckFloors(*file, std::numeric_limits<int64_t>::max());
  for (const IndexEntry& entry : file->index.entries()) {
    CheckFloors(*file, entry.offset);
    CheckFloors(*file, entry.running_max_before_ms);
  }
  const std::string again = EncodeIndexFile(summary, file->index);
  const absl::StatusOr<IndexFile> same = DecodeIndexFile(again);
  Check(same.ok() && same->index.entries() == file->index.entries(), "what is written is read");
}

}  // namespace
}  // namespace braid::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = braid::storage::ViewOf(data, size);
  braid::storage::Read(bytes);
  braid::storage::Read(braid::fuzz::WithRightIndexCrcs(std::string(bytes)));
  return 0;
}
