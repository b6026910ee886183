// The release of NATS that is spoken. Clients choose by it what they try, so it is the newest whose
// client-visible features are offered: consumers lack what came after this one.
#ifndef BRAID_PROTOCOL_NATS_VERSION_H_
#define BRAID_PROTOCOL_NATS_VERSION_H_

#include <cstdint>
#include <string_view>

namespace braid::nats {

inline constexpr std::string_view kNatsVersion = "2.10.0";
// Level of the JetStream API, as account info and asset metadata give it: streams have all
// of 2.14's.
inline constexpr int64_t kApiLevel = 4;

// Metadata of streams and consumers that the server writes. The first is kept with the asset, the
// others are added to what is shown.
inline constexpr std::string_view kRequiredLevelKey = "_nats.req.level";
inline constexpr std::string_view kVersionKey = "_nats.ver";
inline constexpr std::string_view kLevelKey = "_nats.level";

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_VERSION_H_
