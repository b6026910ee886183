#include "protocol/redis/syntax.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "absl/types/span.h"
#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

using Type = Argument::Type;

constexpr std::string_view kOpen = "[";
constexpr std::string_view kClose = "]";
constexpr std::string_view kOr = "|";
constexpr std::string_view kMore = "...";

constexpr auto kKeys = std::to_array<std::string_view>({"destination", "key", "newkey", "source"});
constexpr auto kIntegers = std::to_array<std::string_view>(
    {"bits",  "count",        "cursor",        "db",         "decrement",    "destination-db",
     "index", "index1",       "index2",        "limit",      "milliseconds", "min-idle-time",
     "ms",    "numids",       "numkeys",       "numlocal",   "numreplicas",  "offset",
     "port",  "seconds",      "slot",          "start-slot", "end-slot",     "timeout",
     "ttl",   "entries-read", "entries-added", "bytes",      "frequency",    "version"});

bool IsToken(std::string_view word) {
  const char first = word.front();
  return !(first >= 'a' && first <= 'z');
}

template <typename List>
bool Has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

Type TypeOf(std::string_view name) {
  if (Has(kKeys, name)) return Type::kKey;
  if (Has(kIntegers, name)) return Type::kInteger;
  if (name == "pattern") return Type::kPattern;
  return name.starts_with("unix-time") ? Type::kUnixTime : Type::kString;
}

Argument Value(std::string_view name) {
  return {.name = std::string(name), .type = TypeOf(name)};
}

Argument Token(std::string_view word) {
  return {.name = Lowered(word), .type = Type::kToken, .token = std::string(word)};
}

// "[", "]", "|", "..." and words; a word may be an alternative of words.
std::vector<std::string_view> Split(std::string_view syntax) {
  std::vector<std::string_view> parts;
  size_t at = 0;
  while (at < syntax.size()) {
    if (syntax[at] == ' ') {
      ++at;
      continue;
    }
    if (syntax[at] == '[' || syntax[at] == ']') {
      parts.push_back(syntax.substr(at++, 1));
      continue;
    }
    size_t end = std::min(syntax.find_first_of(" []", at), syntax.size());
    // "seconds|PX": what is before the bar is the end of one alternative.
    for (size_t bar = syntax.find('|', at + 1); bar < end; bar = syntax.find('|', bar + 1)) {
      const bool ends = std::islower(static_cast<unsigned char>(syntax[bar - 1])) != 0;
      if (bar + 1 >= end || !ends ||
          std::isupper(static_cast<unsigned char>(syntax[bar + 1])) == 0) {
        continue;
      }
      parts.push_back(syntax.substr(at, bar - at));
      parts.push_back(syntax.substr(bar, 1));
      at = bar + 1;
    }
    parts.push_back(syntax.substr(at, end - at));
    at = end;
  }
  return parts;
}

// Several as one.
Argument Together(Type type, std::vector<Argument> arguments) {
  if (arguments.size() == 1) return std::move(arguments.front());
  std::string name;
  for (const Argument& argument : arguments) name += (name.empty() ? "" : "_") + argument.name;
  return {.name = std::move(name), .type = type, .arguments = std::move(arguments)};
}

class Parser {
 public:
  explicit Parser(std::string_view syntax) : parts_(Split(syntax)), rest_(parts_) {}

  // Up to the end, or the bracket that closes.
  std::vector<Argument> Group() {
    std::vector<Argument> alternatives;
    std::vector<Argument> sequence;
    while (!rest_.empty() && rest_.front() != kClose) {
      const std::string_view part = Take();
      if (part == kOr) {
        alternatives.push_back(Together(Type::kBlock, std::exchange(sequence, {})));
      } else if (part == kOpen) {
        AddOptional(sequence);
      } else if (part == kMore) {
        more_ = true;
      } else {
        sequence.push_back(Word(part));
      }
    }
    if (alternatives.empty()) return sequence;
    alternatives.push_back(Together(Type::kBlock, std::move(sequence)));
    return {Together(Type::kOneOf, std::move(alternatives))};
  }

 private:
  std::string_view Take() {
    const std::string_view part = rest_.front();
    rest_.remove_prefix(1);
    return part;
  }

  void AddOptional(std::vector<Argument>& sequence) {
    more_ = false;
    std::vector<Argument> inner = Group();
    if (!rest_.empty()) Take();  // "]"
    if (std::exchange(more_, false) && Repeats(sequence, inner)) return;
    if (inner.empty()) return;
    Argument argument = Together(Type::kBlock, std::move(inner));
    argument.optional = true;
    sequence.push_back(std::move(argument));
  }

  // Whether `again` is what `sequence` ends with, which then may be given more than once.
  static bool Repeats(std::vector<Argument>& sequence, const std::vector<Argument>& again) {
    if (again.empty() || again.size() > sequence.size()) return false;
    const auto first = sequence.end() - static_cast<std::ptrdiff_t>(again.size());
    if (!std::equal(again.begin(), again.end(), first,
                    [](const Argument& a, const Argument& b) { return a.name == b.name; })) {
      return false;
    }
    std::vector<Argument> tail(std::make_move_iterator(first),
                               std::make_move_iterator(sequence.end()));
    sequence.erase(first, sequence.end());
    sequence.push_back(Together(Type::kBlock, std::move(tail)));
    sequence.back().multiple = true;
    return true;
  }

  Argument Word(std::string_view part) {
    if (part.size() > 1 && part.find('|') != std::string_view::npos) return OneOf(part);
    if (!IsToken(part)) return Value(part);
    const bool has_value = !rest_.empty() && rest_.front() != kOpen && rest_.front() != kClose &&
                           rest_.front() != kOr && rest_.front() != kMore &&
                           !IsToken(rest_.front());
    if (!has_value) return Token(part);
    Argument value = Word(Take());
    value.token = std::string(part);
    return value;
  }

  static Argument OneOf(std::string_view words) {
    std::vector<Argument> choices;
    while (!words.empty()) {
      const size_t end = std::min(words.find('|'), words.size());
      const std::string_view word = words.substr(0, end);
      choices.push_back(IsToken(word) ? Token(word) : Value(word));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    return Together(Type::kOneOf, std::move(choices));
  }

  const std::vector<std::string_view> parts_;
  absl::Span<const std::string_view> rest_;
  bool more_ = false;  // the group just read ends in "..."
};

}  // namespace

std::vector<Argument> ParseSyntax(std::string_view syntax) {
  return Parser(syntax).Group();
}

}  // namespace braid::redis
