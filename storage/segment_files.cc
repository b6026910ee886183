#include "storage/segment_files.h"

#include <charconv>

#include "fmt/format.h"

namespace braid::storage {
namespace {

constexpr size_t kDigits = 20;

}  // namespace

std::string SegmentPath(std::string_view dir, Offset base_offset, std::string_view suffix) {
  return fmt::format("{}/{:020}{}", dir, base_offset, suffix);
}

std::optional<Offset> ParseSegmentName(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || name.substr(kDigits) != suffix) return std::nullopt;
  const std::string_view digits = name.substr(0, kDigits);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  Offset base_offset = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), base_offset);
  if (error != std::errc()) return std::nullopt;
  return base_offset;
}

}  // namespace braid::storage
