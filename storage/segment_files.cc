#include "storage/segment_files.h"

#include <charconv>

#include "fmt/format.h"

namespace braid::storage {
namespace {

constexpr size_t kDigits = 20;

// All of `digits` as a number; nullopt when there is anything else in it.
template <typename T>
std::optional<T> ParseDigits(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  T value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

std::string SegmentPath(std::string_view dir, Offset base_offset, uint32_t generation,
                        std::string_view suffix) {
  if (generation == 0) return fmt::format("{}/{:020}{}", dir, base_offset, suffix);
  return fmt::format("{}/{:020}.{}{}", dir, base_offset, generation, suffix);
}

std::optional<SegmentName> ParseSegmentName(std::string_view name, std::string_view suffix) {
  if (name.size() < kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const std::optional<Offset> base = ParseDigits<Offset>(name.substr(0, kDigits));
  if (!base) return std::nullopt;
  std::string_view rest = name.substr(kDigits, name.size() - kDigits - suffix.size());
  if (rest.empty()) return SegmentName{*base, 0};
  if (rest.front() != '.') return std::nullopt;
  rest.remove_prefix(1);
  const std::optional<uint32_t> generation = ParseDigits<uint32_t>(rest);
  if (!generation || *generation == 0 || rest.front() == '0') return std::nullopt;
  return SegmentName{*base, *generation};
}

}  // namespace braid::storage
