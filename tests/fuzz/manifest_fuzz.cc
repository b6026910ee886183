// libFuzzer target: the list of a log's sealed segments, as a disk gives it back.
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/manifest.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/index_bytes.h"

namespace braid::storage {
namespace {

using fuzz::Check;
using fuzz::ViewOf;

void Read(std::string_view bytes) {
  const absl::StatusOr<Manifest> manifest = DecodeManifest(bytes);
  if (!manifest.ok()) return;
  const absl::StatusOr<Manifest> again = DecodeManifest(EncodeManifest(*manifest));
  Check(again.ok() && *again == *manifest, "what is written is read");
  Offset next = manifest->sealed.empty() ? manifest->tail_base : manifest->sealed[0].base_offset;
  for (const SegmentSummary& segment : manifest->sealed) {
    Check(segment.base_offset == next && segment.next_offset > next, "segments follow each other");
    Check(segment.bytes >= 0, "a size is not negative");
    for (const Damage& damage : segment.damage) {
      Check(segment.base_offset <= damage.offset && damage.next_offset <= segment.next_offset,
            "damage lies within its segment");
      Check(damage.position + damage.bytes <= static_cast<uint64_t>(segment.bytes),
            "damage lies within its file");
    }
    next = segment.next_offset;
  }
  Check(next == manifest->tail_base, "the tail begins where the sealed segments end");
}

}  // namespace
}  // namespace braid::storage

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = braid::storage::ViewOf(data, size);
  braid::storage::Read(bytes);
  braid::storage::Read(braid::fuzz::WithRightManifestCrc(std::string(bytes)));
  return 0;
}
