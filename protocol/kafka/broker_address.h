// Where clients are told to find this broker: at the address advertised for the listener they came
// in through, or else the one they dialled.
//
// Listeners are numbered from 0, and are named PLAINTEXT, PLAINTEXT2, PLAINTEXT3 ... in the setting
// advertised.listeners, which is a list of NAME://HOST:PORT as Kafka spells it.
#ifndef BRAID_PROTOCOL_KAFKA_BROKER_ADDRESS_H_
#define BRAID_PROTOCOL_KAFKA_BROKER_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace braid::kafka {

class Request;

inline constexpr std::string_view kAdvertisedListeners = "advertised.listeners";

struct BrokerAddress {
  std::string_view host;  // an IPv6 address without its brackets
  int32_t port = 0;

  // "HOST:PORT" or "[HOST]:PORT"; port 0 when there is none.
  static BrokerAddress Parse(std::string_view text);
  // A host, and a port that can be dialled.
  bool complete() const { return !host.empty() && port > 0 && port <= UINT16_MAX; }
  // What `request`'s client must connect to. Lives as long as the request.
  static BrokerAddress Of(Request& request);
};

// One "HOST:PORT" for each listener, as the setting spells them; empty ones are left out.
std::string AdvertisedSetting(absl::Span<const std::string> by_listener);
// Whether it is such a list: known names, each once, each with a complete address.
bool IsAdvertisedSetting(std::string_view setting);
// "HOST:PORT" of the listener; nullopt when the setting does not name it.
std::optional<std::string> FindAdvertised(std::string_view setting, int listener);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_BROKER_ADDRESS_H_
