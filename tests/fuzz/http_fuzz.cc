// libFuzzer target: bytes as an HTTP client sends them, served by a session.
#include <cstdint>
#include <string>

#include "protocol/http/service.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  braid::fuzz::Conversation conversation;
  braid::http::Service service(conversation.catalog(),
                               [] { return std::vector<std::pair<std::string, int64_t>>{}; });
  const std::string heard = conversation.Hold(service.session(), braid::fuzz::ViewOf(data, size));
  braid::fuzz::Check(heard.empty() || heard.starts_with("HTTP/1.1 "), "answers are HTTP");
  return 0;
}
