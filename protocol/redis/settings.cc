#include "protocol/redis/settings.h"

#include <charconv>
#include <deque>
#include <limits>
#include <utility>

#include "fmt/format.h"
#include "protocol/redis/request_parser.h"
#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

constexpr std::array<std::string_view, kClientClasses> kClassNames = {"normal", "slave", "pubsub"};

constexpr auto kUnits = std::to_array<std::pair<std::string_view, int64_t>>({
    {"", 1},
    {"b", 1},
    {"k", 1000},
    {"kb", int64_t{1} << 10},
    {"m", 1000 * 1000},
    {"mb", int64_t{1} << 20},
    {"g", 1000 * 1000 * 1000},
    {"gb", int64_t{1} << 30},
});

constexpr std::array<std::string_view, 3> kDebugAccess = {"no", "local", "yes"};

std::optional<size_t> ClassNamed(std::string_view name) {
  if (SameWord(name, "replica")) return static_cast<size_t>(ClientClass::kReplica);
  for (size_t i = 0; i < kClassNames.size(); ++i) {
    if (SameWord(name, kClassNames[i])) return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<DebugAccess> ParseDebugAccess(std::string_view text) {
  for (size_t i = 0; i < kDebugAccess.size(); ++i) {
    if (SameWord(text, kDebugAccess[i])) return static_cast<DebugAccess>(i);
  }
  return std::nullopt;
}

std::string_view NameOf(DebugAccess access) {
  return kDebugAccess[static_cast<size_t>(access)];
}

std::optional<int64_t> ParseBytes(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(stop, static_cast<size_t>(end - stop));
  for (const auto& [name, factor] : kUnits) {
    if (!SameWord(unit, name)) continue;
    if (number > std::numeric_limits<int64_t>::max() / factor) return std::nullopt;
    return number * factor;
  }
  return std::nullopt;
}

OutputLimit Settings::output_limit(ClientClass kind) const {
  absl::MutexLock lock(&mu_);
  return output_limits_[static_cast<size_t>(kind)];
}

std::string Settings::output_limits() const {
  absl::MutexLock lock(&mu_);
  std::string out;
  for (size_t i = 0; i < kClientClasses; ++i) {
    const OutputLimit& limit = output_limits_[i];
    out += fmt::format("{}{} {} {} {}", i == 0 ? "" : " ", kClassNames[i], limit.hard, limit.soft,
                       limit.soft_seconds);
  }
  return out;
}

bool Settings::SetOutputLimits(std::string_view value, bool apply, std::string& error) {
  std::deque<std::string> words;
  if (!SplitWords(value, words) || words.empty() || words.size() % 4 != 0) {
    error = "Wrong number of arguments in buffer limit configuration.";
    return false;
  }
  absl::MutexLock lock(&mu_);
  std::array<OutputLimit, kClientClasses> limits = output_limits_;
  for (size_t i = 0; i < words.size(); i += 4) {
    const auto kind = ClassNamed(words[i]);
    if (!kind) {
      error = "Invalid client class specified in buffer limit configuration.";
      return false;
    }
    const auto hard = ParseBytes(words[i + 1]);
    const auto soft = ParseBytes(words[i + 2]);
    const auto seconds = ParseBytes(words[i + 3]);
    if (!hard || !soft || !seconds) {
      error = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
      return false;
    }
    limits[*kind] = {.hard = *hard, .soft = *soft, .soft_seconds = *seconds};
  }
  if (apply) output_limits_ = limits;
  return true;
}

}  // namespace braid::redis
