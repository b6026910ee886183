// The patterns of KEYS, SCAN and CONFIG GET: * ? [a-z] [^a-z] and \ before a character taken as it
// is.
#ifndef BRAID_PROTOCOL_REDIS_GLOB_H_
#define BRAID_PROTOCOL_REDIS_GLOB_H_

#include <string_view>

namespace braid::redis {

// Pure; time is bounded by the product of the two lengths.
bool GlobMatch(std::string_view pattern, std::string_view text, bool ignore_case = false);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_GLOB_H_
