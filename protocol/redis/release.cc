#include "protocol/redis/release.h"

#include <charconv>

namespace braid::redis {
namespace {

// Takes a number off `text`.
std::optional<int> TakeNumber(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

bool TakeDot(std::string_view& text) {
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Release> Release::Parse(std::string_view version) {
  const auto major = TakeNumber(version);
  if (!major || !TakeDot(version)) return std::nullopt;
  const auto minor = TakeNumber(version);
  if (!minor) return std::nullopt;
  if (TakeDot(version) && !TakeNumber(version)) return std::nullopt;
  if (!version.empty()) return std::nullopt;
  return Release{*major, *minor};
}

}  // namespace braid::redis
