// libFuzzer target: compressed records as a producer sends them, in each of the codecs.
//
// The input is a byte that says which codec, and what is to be decompressed.
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/compression.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace braid;
  using fuzz::Check;
  constexpr size_t kLimit = 64 << 10;
  constexpr uint8_t kCodecs = 5;
  if (size == 0) return 0;
  const auto codec = static_cast<Codec>(data[0] % kCodecs);
  const auto bytes = storage::Decompress(codec, fuzz::ViewOf(data + 1, size - 1), kLimit);
  if (!bytes.ok()) return 0;
  Check(bytes->size() <= kLimit, "no bomb goes off");
  std::string packed;
  Check(storage::CompressTo(codec, bytes->view(), packed).ok(), "anything can be compressed");
  const auto again = storage::Decompress(codec, packed, kLimit);
  Check(again.ok() && again->view() == bytes->view(), "what is compressed is decompressed");
  return 0;
}
