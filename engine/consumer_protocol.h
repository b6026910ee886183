// What consumers tell each other through a classic group: the bytes of the protocol type
// "consumer". A classic group passes them on unread; they are read where such members meet the
// newer protocol, or an administrator asks.
//
// Pure functions. Everything but the version is read as version 3 at most: later ones add behind.
#ifndef BRAID_ENGINE_CONSUMER_PROTOCOL_H_
#define BRAID_ENGINE_CONSUMER_PROTOCOL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::engine {

inline constexpr std::string_view kConsumerProtocolType = "consumer";

using NamedPartitions = std::map<std::string, std::vector<int32_t>>;  // by topic

// A member's metadata.
struct ConsumerSubscription {
  int16_t version = 0;
  std::vector<std::string> topics;
  NamedPartitions owned;  // from version 1 on
  std::optional<std::string> rack_id;
};

// nullopt when the bytes are not one.
std::optional<ConsumerSubscription> DecodeSubscription(std::string_view bytes);

// A member's share. No bytes at all are none.
std::optional<NamedPartitions> DecodeAssignment(std::string_view bytes);
std::string EncodeAssignment(int16_t version, const NamedPartitions& partitions);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_CONSUMER_PROTOCOL_H_
