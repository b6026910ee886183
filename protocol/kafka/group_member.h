// What requests say of the member of a group that sends them.
#ifndef BRAID_PROTOCOL_KAFKA_GROUP_MEMBER_H_
#define BRAID_PROTOCOL_KAFKA_GROUP_MEMBER_H_

#include <optional>
#include <string>
#include <string_view>

#include "protocol/kafka/request.h"

namespace braid::kafka {

// A nullable text of the request, for who keeps it.
inline std::optional<std::string> Owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

// The host that it comes from, as Kafka shows it.
std::string ClientHost(Request& request);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_GROUP_MEMBER_H_
