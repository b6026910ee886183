#include "protocol/kafka/config_rule.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace braid::kafka {
namespace {

template <class T>
std::optional<T> Parse(std::string_view text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || text.empty()) return std::nullopt;
  return number;
}

std::optional<double> ParseAs(ConfigType type, std::string_view text) {
  switch (type) {
    case ConfigType::kInt:
      return Parse<int32_t>(text);
    case ConfigType::kLong: {
      const std::optional<int64_t> number = Parse<int64_t>(text);
      return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    }
    default:
      return Parse<double>(text);
  }
}

std::string_view TypeName(ConfigType type) {
  switch (type) {
    case ConfigType::kInt:
      return "a whole number of 32 bits";
    case ConfigType::kLong:
      return "a whole number of 64 bits";
    default:
      return "a number";
  }
}

bool IsWord(std::string_view words, std::string_view word) {
  const std::vector<std::string> allowed = ListOf(words);
  return std::find(allowed.begin(), allowed.end(), word) != allowed.end();
}

std::optional<std::string> FaultOfNumber(const ConfigRule& rule, std::string_view value) {
  const std::optional<double> number = ParseAs(rule.type, value);
  if (!number) return fmt::format("it is not {}", TypeName(rule.type));
  if (!(*number >= rule.least)) return fmt::format("it must be at least {}", rule.least);
  if (!(*number <= rule.most)) return fmt::format("it must be at most {}", rule.most);
  return std::nullopt;
}

std::optional<std::string> FaultOfList(const ConfigRule& rule, std::string_view value) {
  if (rule.accepts != nullptr) {
    if (rule.accepts(value)) return std::nullopt;
    return fmt::format("it is a list of {}", rule.words);
  }
  std::vector<std::string> items = ListOf(value);
  for (const std::string& item : items) {
    if (item.empty()) return "an item of the list is empty";
    if (!rule.words.empty() && !IsWord(rule.words, item)) {
      return fmt::format("its items are of {}", rule.words);
    }
  }
  std::sort(items.begin(), items.end());
  if (std::adjacent_find(items.begin(), items.end()) != items.end()) return "an item comes twice";
  return std::nullopt;
}

}  // namespace

std::string_view Trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> ListOf(std::string_view value) {
  std::vector<std::string> items;
  if (Trimmed(value).empty()) return items;
  for (size_t begin = 0; begin <= value.size();) {
    const size_t comma = std::min(value.find(',', begin), value.size());
    items.emplace_back(Trimmed(value.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  return items;
}

std::optional<std::string> FaultOf(const ConfigRule& rule, std::string_view value) {
  value = Trimmed(value);
  std::optional<std::string> fault;
  switch (rule.type) {
    case ConfigType::kBoolean:
      if (value != "true" && value != "false") fault = "it is neither true nor false";
      break;
    case ConfigType::kString:
      if (!rule.words.empty() && !IsWord(rule.words, value) &&
          !(rule.accepts != nullptr && rule.accepts(value))) {
        fault = fmt::format("it must be one of {}", rule.words);
      }
      break;
    case ConfigType::kList:
      fault = FaultOfList(rule, value);
      break;
    default:
      fault = FaultOfNumber(rule, value);
  }
  if (fault) fault = fmt::format("{} cannot be \"{}\": {}", rule.name, value, *fault);
  return fault;
}

int64_t NumberOf(std::string_view value) {
  return Parse<int64_t>(Trimmed(value)).value_or(0);
}

}  // namespace braid::kafka
