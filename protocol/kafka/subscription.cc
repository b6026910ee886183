#include "protocol/kafka/subscription.h"

#include <cstdint>
#include <optional>

#include "protocol/kafka/reader.h"

namespace braid::kafka {

std::vector<std::string> SubscribedTopics(std::string_view metadata) {
  // A version, then the topics; what later versions add comes behind.
  const Buffer bytes = Buffer::Copy(metadata);
  Reader reader(bytes, 0);
  const auto version = reader.TakeInt<int16_t>();
  const auto count = reader.TakeInt<int32_t>();
  std::vector<std::string> topics;
  for (int32_t i = 0; i < count && reader.ok(); ++i) {
    const std::optional<std::string_view> topic = reader.TakeHeaderString();
    if (topic) topics.emplace_back(*topic);
  }
  return reader.ok() && version >= 0 && count >= 0 ? topics : std::vector<std::string>();
}

}  // namespace braid::kafka
