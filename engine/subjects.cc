#include "engine/subjects.h"

namespace braid::engine {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n\f";

bool IsWildcard(std::string_view token) {
  return token == "*" || token == ">";
}

// Which side's wildcards count when two patterns are compared token by token: those of `wide`
// always.
enum class Rule {
  kMatches,   // `narrow` is a subject: it has none
  kOverlaps,  // both sides'
  kSubset,    // a wildcard of `narrow` must be covered by one of `wide`
};

// Tokens other than `>`.
bool TokensAgree(std::string_view narrow, std::string_view wide, Rule rule) {
  return wide == "*" || narrow == wide || (rule == Rule::kOverlaps && narrow == "*");
}

bool Compare(std::string_view narrow, std::string_view wide, Rule rule) {
  const SubjectTokens narrow_tokens(narrow), wide_tokens(wide);
  auto a = narrow_tokens.begin();
  auto b = wide_tokens.begin();
  const auto end = wide_tokens.end();
  while (a != end && b != end) {
    if (*b == ">") return true;  // at least one token of `narrow` is left
    if (*a == ">") {
      if (rule == Rule::kOverlaps) return true;
      if (rule == Rule::kSubset) return false;
    }
    if (!TokensAgree(*a, *b, rule)) return false;
    ++a;
    ++b;
  }
  return a == end && b == end;
}

}  // namespace

bool IsValidSubject(std::string_view subject) {
  if (subject.empty() || subject.find_first_of(kWhiteSpace) != std::string_view::npos) return false;
  const SubjectTokens tokens(subject);
  for (auto it = tokens.begin(); it != tokens.end(); ++it) {
    if ((*it).empty()) return false;
    if (*it == ">" && !it.last()) return false;
  }
  return true;
}

bool IsValidPublishSubject(std::string_view subject) {
  return IsValidSubject(subject) && !HasWildcard(subject);
}

bool IsValidFilter(std::string_view filter) {
  return IsValidSubject(filter);
}

bool HasWildcard(std::string_view subject) {
  if (subject.find_first_of("*>") == std::string_view::npos) return false;
  for (const std::string_view token : SubjectTokens(subject)) {
    if (IsWildcard(token)) return true;
  }
  return false;
}

bool Matches(std::string_view pattern, std::string_view subject) {
  return Compare(subject, pattern, Rule::kMatches);
}

bool Overlaps(std::string_view a, std::string_view b) {
  return Compare(a, b, Rule::kOverlaps);
}

bool IsSubsetOf(std::string_view narrow, std::string_view wide) {
  return Compare(narrow, wide, Rule::kSubset);
}

}  // namespace braid::engine
