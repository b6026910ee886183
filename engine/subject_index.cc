#include "engine/subject_index.h"

#include <algorithm>
#include <utility>

#include "engine/subjects.h"

namespace braid::engine {
namespace {

// In token order, past `subject` and everything below it.
std::string PastRun(std::string_view subject) {
  return std::string(subject) + '\0';
}

// Where the next subject that `filter` can match lies, given that `subject` does not match.
struct Jump {
  enum Kind { kNext, kSeek, kStop } kind = kNext;
  std::string target;  // with kSeek: lower bound of what can match; beyond `subject`
};

Jump JumpFrom(std::string_view subject, std::string_view filter) {
  const SubjectTokens filter_tokens(filter), subject_tokens(subject);
  auto f = filter_tokens.begin();
  auto s = subject_tokens.begin();
  size_t begin = 0;          // of the token *s
  std::string_view starred;  // `subject` up to the last token that a `*` stands for
  for (; f != filter_tokens.end() && s != subject_tokens.end(); ++f, ++s) {
    const std::string_view token = *s;
    if (*f == "*") {
      starred = subject.substr(0, begin + token.size());
    } else if (token < *f) {
      return {Jump::kSeek, std::string(subject.substr(0, begin)).append(*f)};
    } else if (token > *f) {  // nothing more under this value of the last `*`
      if (starred.empty()) return {Jump::kStop, {}};
      return {Jump::kSeek, PastRun(starred)};
    }
    begin += token.size() + 1;
  }
  // Longer than the filter: so is everything below its first tokens. Shorter: its children come
  // next.
  if (s != subject_tokens.end()) return {Jump::kSeek, PastRun(subject.substr(0, begin - 1))};
  return {};
}

// What all subjects that `filter` matches begin with.
std::string_view LiteralPrefix(std::string_view filter) {
  size_t size = 0;
  for (const std::string_view token : SubjectTokens(filter)) {
    if (token == "*" || token == ">") return filter.substr(0, size);
    size += token.size() + 1;
  }
  return filter;
}

}  // namespace

bool SubjectIndex::TokenOrder::operator()(std::string_view a, std::string_view b) const {
  const size_t shared = std::min(a.size(), b.size());
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.begin() + shared, b.begin());
  if (in_a == a.begin() + shared) return a.size() < b.size();
  const auto rank = [](char c) { return c == '.' ? -1 : int{static_cast<unsigned char>(c)}; };
  return rank(*in_a) < rank(*in_b);
}

void SubjectIndex::Add(std::string_view subject, Offset offset) {
  auto it = states_.find(subject);
  if (it == states_.end()) {
    states_.emplace(subject, SubjectState{.count = 1, .first = offset, .last = offset});
    return;
  }
  ++it->second.count;
  it->second.last = offset;
  it->second.last_stale = false;
}

std::optional<SubjectState> SubjectIndex::Remove(std::string_view subject, Offset offset) {
  auto it = states_.find(subject);
  if (it == states_.end()) return std::nullopt;
  SubjectState& state = it->second;
  if (offset < state.first || offset > state.last) return state;
  if (--state.count == 0) {
    states_.erase(it);
    return std::nullopt;
  }
  if (offset == state.first) {
    state.first = offset + 1;
    state.first_stale = true;
  }
  if (offset == state.last) {
    state.last = offset - 1;
    state.last_stale = true;
  }
  if (state.count == 1) {  // one end known is both
    if (!state.first_stale) state.last = state.first;
    if (!state.last_stale) state.first = state.last;
    state.first_stale = state.last_stale = state.first_stale && state.last_stale;
  }
  return state;
}

void SubjectIndex::RefreshFirst(std::string_view subject, Offset first) {
  auto it = states_.find(subject);
  if (it == states_.end()) return;
  it->second.first = first;
  it->second.first_stale = false;
}

void SubjectIndex::RefreshLast(std::string_view subject, Offset last) {
  auto it = states_.find(subject);
  if (it == states_.end()) return;
  it->second.last = last;
  it->second.last_stale = false;
}

std::optional<SubjectState> SubjectIndex::Find(std::string_view subject) const {
  auto it = states_.find(subject);
  if (it == states_.end()) return std::nullopt;
  return it->second;
}

int64_t SubjectIndex::Count(std::string_view subject) const {
  auto it = states_.find(subject);
  return it == states_.end() ? 0 : it->second.count;
}

std::optional<Offset> SubjectIndex::Last(std::string_view subject) const {
  auto it = states_.find(subject);
  if (it == states_.end()) return std::nullopt;
  return it->second.last;
}

void SubjectIndex::ForEachMatching(
    std::string_view filter, absl::FunctionRef<bool(std::string_view, const SubjectState&)> fn,
    std::string_view after) const {
  auto it = states_.lower_bound(LiteralPrefix(filter));
  if (!after.empty() && it != states_.end() && !states_.key_comp()(after, it->first)) {
    it = states_.upper_bound(after);
  }
  while (it != states_.end()) {
    if (Matches(filter, it->first)) {
      if (!fn(it->first, it->second)) return;
      ++it;
      continue;
    }
    const Jump jump = JumpFrom(it->first, filter);
    if (jump.kind == Jump::kStop) return;
    it = jump.kind == Jump::kNext ? std::next(it) : states_.lower_bound(jump.target);
  }
}

SubjectIndex::Totals SubjectIndex::CountMatching(std::string_view filter) const {
  Totals totals;
  ForEachMatching(filter, [&totals](std::string_view, const SubjectState& state) {
    ++totals.subjects;
    totals.records += state.count;
    return true;
  });
  return totals;
}

}  // namespace braid::engine
