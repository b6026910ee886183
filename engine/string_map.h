// Hash map from strings that is looked up by std::string_view without a copy. (Debian's Abseil has
// a string_view type of its own, so absl::flat_hash_map alone does not.)
#ifndef BRAID_ENGINE_STRING_MAP_H_
#define BRAID_ENGINE_STRING_MAP_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace braid::engine {

struct StringViewHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

template <typename T>
using StringMap = absl::flat_hash_map<std::string, T, StringViewHash, std::equal_to<>>;

}  // namespace braid::engine

#endif  // BRAID_ENGINE_STRING_MAP_H_
