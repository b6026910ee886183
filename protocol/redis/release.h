// Releases of Redis, as far as their streams differ: a server may be told to be an older one, and
// then knows none of the later commands and options. Pure.
#ifndef BRAID_PROTOCOL_REDIS_RELEASE_H_
#define BRAID_PROTOCOL_REDIS_RELEASE_H_

#include <compare>
#include <optional>
#include <string_view>

namespace braid::redis {

struct Release {
  int major = 0;
  int minor = 0;

  // "8.10.1" is 8.10; a patch level changes no command. nullopt for what is no version.
  static std::optional<Release> Parse(std::string_view version);
  friend constexpr auto operator<=>(const Release&, const Release&) = default;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_RELEASE_H_
