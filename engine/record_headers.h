// What a record's headers say to the engine.
#ifndef BRAID_ENGINE_RECORD_HEADERS_H_
#define BRAID_ENGINE_RECORD_HEADERS_H_

#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "braid/record.h"

namespace braid::engine {

// The first value under `key`; nullopt when there is none. A null value is an empty one.
inline std::optional<std::string_view> HeaderOf(absl::Span<const HeaderView> headers,
                                                std::string_view key) {
  for (const HeaderView& header : headers) {
    if (header.key == key) return header.value.value_or("");
  }
  return std::nullopt;
}

}  // namespace braid::engine

#endif  // BRAID_ENGINE_RECORD_HEADERS_H_
