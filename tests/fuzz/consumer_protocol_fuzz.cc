// libFuzzer target: what consumers tell each other through a group, as the broker reads it.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/consumer_protocol.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace braid::engine;
  using braid::fuzz::Check;
  const std::string_view bytes = braid::fuzz::ViewOf(data, size);
  if (const auto subscription = DecodeSubscription(bytes)) {
    Check(subscription->version >= 0, "no version is negative");
    Check(subscription->topics.size() <= size, "no more topics than bytes");
  }
  const auto assignment = DecodeAssignment(bytes);
  if (!assignment) return 0;
  const auto again = DecodeAssignment(EncodeAssignment(1, *assignment));
  Check(again == assignment, "what is written is read");
  return 0;
}
