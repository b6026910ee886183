// libFuzzer target: bytes as a Kafka client sends them, served by a session.
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/kafka/service.h"
#include "storage/coding.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using braid::fuzz::Check;
  braid::fuzz::Conversation conversation;
  braid::kafka::Options options;
  options.advertised = {"127.0.0.1:9092"};
  options.max_request_bytes = 1 << 20;
  braid::kafka::Service service(conversation.catalog(), options);
  const std::string heard = conversation.Hold(service.session(), braid::fuzz::ViewOf(data, size));
  // Whole answers, each with its correlation id.
  for (std::string_view rest = heard; !rest.empty();) {
    Check(rest.size() >= 8, "an answer has a size and a correlation id");
    const auto length = braid::storage::LoadBigEndian<int32_t>(rest.data());
    Check(length >= 4 && static_cast<size_t>(length) <= rest.size() - 4, "an answer is whole");
    rest.remove_prefix(4 + static_cast<size_t>(length));
  }
  return 0;
}
