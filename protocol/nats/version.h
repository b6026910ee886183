// What this server says it can do: clients choose what they try by it.
#ifndef BRAID_PROTOCOL_NATS_VERSION_H_
#define BRAID_PROTOCOL_NATS_VERSION_H_

#include <string_view>

namespace braid::nats {

// Level of the JetStream API, as account info and asset metadata give it.
inline constexpr int kApiLevel = 4;

// Metadata of streams and consumers that the server writes. The first is kept with the asset, the
// others are added to what is shown.
inline constexpr std::string_view kRequiredLevelKey = "_nats.req.level";
inline constexpr std::string_view kVersionKey = "_nats.ver";
inline constexpr std::string_view kLevelKey = "_nats.level";

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_VERSION_H_
