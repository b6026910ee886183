#include "protocol/redis/glob.h"

#include <utility>

#include "absl/strings/ascii.h"

namespace braid::redis {
namespace {

char Fold(char c, bool ignore_case) {
  return ignore_case ? absl::ascii_tolower(static_cast<unsigned char>(c)) : c;
}

// The class at the start of `pattern` (behind its '['): consumes it and says whether `c` is in it.
// A class that is never closed ends with the pattern.
bool TakeClass(std::string_view& pattern, char c, bool ignore_case) {
  const bool negated = !pattern.empty() && pattern.front() == '^';
  if (negated) pattern.remove_prefix(1);
  bool found = false;
  const auto at = [&](size_t i) { return Fold(pattern[i], ignore_case); };
  while (!pattern.empty() && pattern.front() != ']') {
    if (pattern.front() == '\\' && pattern.size() >= 2) {
      found |= at(1) == c;
      pattern.remove_prefix(2);
    } else if (pattern.size() >= 3 && pattern[1] == '-') {
      char low = at(0);
      char high = at(2);
      if (low > high) std::swap(low, high);
      found |= low <= c && c <= high;
      pattern.remove_prefix(3);
    } else {
      found |= at(0) == c;
      pattern.remove_prefix(1);
    }
  }
  if (!pattern.empty()) pattern.remove_prefix(1);
  return found != negated;
}

// Whether the element at the start of `pattern` (anything but '*') matches `c`; consumes it.
bool TakeOne(std::string_view& pattern, char c, bool ignore_case) {
  const char element = pattern.front();
  pattern.remove_prefix(1);
  if (element == '?') return true;
  if (element == '[') return TakeClass(pattern, Fold(c, ignore_case), ignore_case);
  char literal = element;
  if (element == '\\' && !pattern.empty()) {
    literal = pattern.front();
    pattern.remove_prefix(1);
  }
  return Fold(literal, ignore_case) == Fold(c, ignore_case);
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text, bool ignore_case) {
  // Where to go on when what follows the last '*' fails: behind that '*', one character later.
  bool starred = false;
  std::string_view star_pattern;
  std::string_view star_text;
  while (true) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      starred = true;
      star_pattern = pattern;
      star_text = text;
      continue;
    }
    if (text.empty() && pattern.empty()) return true;
    if (!text.empty() && !pattern.empty() && TakeOne(pattern, text.front(), ignore_case)) {
      text.remove_prefix(1);
      continue;
    }
    if (!starred || star_text.empty()) return false;
    star_text.remove_prefix(1);
    pattern = star_pattern;
    text = star_text;
  }
}

}  // namespace braid::redis
