// Text out of pieces and numbers out of text, over std::string_view.
#ifndef BRAID_TOOLS_LOAD_TEXT_H_
#define BRAID_TOOLS_LOAD_TEXT_H_

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace braid::load {

inline void AppendPiece(std::string& out, std::string_view piece) {
  out.append(piece);
}
inline void AppendPiece(std::string& out, std::integral auto number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

template <class... Pieces>
void AppendText(std::string& out, const Pieces&... pieces) {
  (AppendPiece(out, pieces), ...);
}

template <class... Pieces>
std::string Text(const Pieces&... pieces) {
  std::string out;
  AppendText(out, pieces...);
  return out;
}

// Nullopt unless all of `text` is one decimal number.
inline std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace braid::load

#endif  // BRAID_TOOLS_LOAD_TEXT_H_
