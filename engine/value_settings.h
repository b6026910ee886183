// Values as settings: "values/k/<name>" says what a value is, "values/e/<id><element>" holds one
// element of it. docs/format.md, "Values".
#ifndef BRAID_ENGINE_VALUE_SETTINGS_H_
#define BRAID_ENGINE_VALUE_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace braid::engine::value_settings {

inline constexpr std::string_view kValue = "values/k/";
inline constexpr std::string_view kElement = "values/e/";

// Eight bytes that sort as the number does.
inline std::string Ordered(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}
inline std::optional<uint64_t> TakeOrdered(std::string_view& bytes) {
  if (bytes.size() < 8) return std::nullopt;
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(8);
  return number;
}

// Positions in a list go both ways from 0.
inline constexpr uint64_t kMiddle = uint64_t{1} << 63;
inline std::string Position(int64_t position) {
  return Ordered(static_cast<uint64_t>(position) + kMiddle);
}

inline std::string ValueKey(std::string_view name) {
  return std::string(kValue).append(name);
}
inline std::string ElementKey(uint64_t id, std::string_view element) {
  return std::string(kElement).append(Ordered(id)).append(element);
}
// An element's setting: never empty, since an empty setting is none.
inline std::string Content(std::string_view content) {
  return std::string("=").append(content);
}

}  // namespace braid::engine::value_settings

#endif  // BRAID_ENGINE_VALUE_SETTINGS_H_
