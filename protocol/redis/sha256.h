// SHA-256 (FIPS 180-4). Pure.
#ifndef BRAID_PROTOCOL_REDIS_SHA256_H_
#define BRAID_PROTOCOL_REDIS_SHA256_H_

#include <string>
#include <string_view>

namespace braid::redis {

// 64 hex digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SHA256_H_
