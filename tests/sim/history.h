// Versions of a fact, each with the step that made it. The journal keeps a prefix of all steps;
// after a crash the oracle asks which steps the journal may end at for what it finds, and holds
// that one such step explains all facts together.
#ifndef BRAID_TESTS_SIM_HISTORY_H_
#define BRAID_TESTS_SIM_HISTORY_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace braid::sim {

using Step = int64_t;

struct StepRange {
  Step begin = 0;
  Step end = 0;  // exclusive
};
using StepRanges = std::vector<StepRange>;  // ascending, apart

// The steps in both.
inline StepRanges Intersect(const StepRanges& a, const StepRanges& b) {
  StepRanges out;
  for (const StepRange& x : a) {
    for (const StepRange& y : b) {
      const StepRange both{std::max(x.begin, y.begin), std::min(x.end, y.end)};
      if (both.begin < both.end) out.push_back(both);
    }
  }
  return out;
}

template <typename T>
class History {
 public:
  // What holds before the first step.
  explicit History(T initial = {}) { versions_.emplace_back(0, std::move(initial)); }

  const T& now() const { return versions_.back().second; }

  // The version that holds at `at`.
  const T& At(Step at) const {
    size_t i = versions_.size() - 1;
    while (i > 0 && versions_[i].first > at) --i;
    return versions_[i].second;
  }

  // The version that holds from `at` on, to be changed: at first like the one before it.
  T& Change(Step at) {
    if (versions_.back().first < at) versions_.emplace_back(at, versions_.back().second);
    return versions_.back().second;
  }

  // The steps whose version `matches`.
  template <typename Predicate>
  StepRanges Where(Predicate matches) const {
    StepRanges out;
    for (size_t i = 0; i < versions_.size(); ++i) {
      if (!matches(versions_[i].second)) continue;
      const bool last = i + 1 == versions_.size();
      out.push_back({versions_[i].first, last ? INT64_MAX : versions_[i + 1].first});
    }
    return out;
  }

  // Steps after `at` have not happened.
  void RewindTo(Step at) {
    while (versions_.size() > 1 && versions_.back().first > at) versions_.pop_back();
  }
  // Nobody goes back to before `at`.
  void ForgetBefore(Step at) {
    size_t first = versions_.size() - 1;
    while (first > 0 && versions_[first].first > at) --first;
    versions_.erase(versions_.begin(), versions_.begin() + static_cast<std::ptrdiff_t>(first));
  }

 private:
  std::vector<std::pair<Step, T>> versions_;  // by step; never empty
};

}  // namespace braid::sim

#endif  // BRAID_TESTS_SIM_HISTORY_H_
