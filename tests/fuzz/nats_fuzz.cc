// libFuzzer target: bytes as a NATS client sends them, served by a session, JetStream and all.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/nats/service.h"
#include "protocol/nats/text.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/conversation.h"

namespace {

using braid::fuzz::Check;

// Cuts one line or message off the front of what the server said.
void TakeFrame(std::string_view& rest) {
  const size_t end = rest.find("\r\n");
  Check(end != std::string_view::npos, "a line ends");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  if (!line.starts_with("MSG ") && !line.starts_with("HMSG ")) return;
  const std::optional<int64_t> bytes = braid::nats::ParseNumber(line.substr(line.rfind(' ') + 1));
  Check(bytes && *bytes >= 0, "a message has a size");
  const auto size = static_cast<size_t>(*bytes);
  Check(rest.size() >= size + 2 && rest.substr(size, 2) == "\r\n",
        "a message is as long as it says");
  rest.remove_prefix(size + 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  braid::fuzz::Conversation conversation;
  braid::nats::ServiceOptions options;
  options.limits.max_payload = 1 << 16;
  braid::nats::Service service(conversation.server(), options);
  const std::string heard = conversation.Hold(service.session(), braid::fuzz::ViewOf(data, size));
  Check(heard.starts_with("INFO {"), "the server introduces itself");
  for (std::string_view rest = heard; !rest.empty();) TakeFrame(rest);
  return 0;
}
