// The release of NATS that is spoken. Clients choose by it what they try, so it is the newest whose
// client-visible features are offered.
#ifndef BRAID_PROTOCOL_NATS_VERSION_H_
#define BRAID_PROTOCOL_NATS_VERSION_H_

#include <cstdint>
#include <string_view>

namespace braid::nats {

inline constexpr std::string_view kNatsVersion = "2.14.3";
// What that release calls its JetStream API level.
inline constexpr int64_t kApiLevel = 4;

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_VERSION_H_
