// What a stream knows about each of its subjects (record keys): how many live records, the first,
// the last.
//
// One sorted map from subject to state, in token order (a subject, then all below it, then its next
// sibling). A wildcard walk jumps: where the filter has `*`, the walk visits each value of that
// token once and seeks past the rest, and where it has `>`, it reads a contiguous run, so the cost
// is that of a token tree (values of the wildcard tokens, times log n) without a tree's nodes.
// Chosen over a token tree for memory (a subject costs its text and about 70 bytes, whatever its
// depth) and because walks come out sorted, which paging needs.
//
// Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_SUBJECT_INDEX_H_
#define BRAID_ENGINE_SUBJECT_INDEX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "braid/record.h"

namespace braid::engine {

struct SubjectState {
  int64_t count = 0;  // live records, at least 1
  Offset first = 0;   // of the first live one; a lower bound when first_stale
  Offset last = 0;    // of the last live one; an upper bound when last_stale
  bool first_stale = false;
  bool last_stale = false;
  friend bool operator==(const SubjectState&, const SubjectState&) = default;
};

class SubjectIndex {
 public:
  // One more record under `subject`. Offsets come in ascending order per subject.
  void Add(std::string_view subject, Offset offset);

  // One record fewer; the subject goes with its last one. Removing the first or the last of several
  // leaves that end stale: the index does not know the neighbour, the owner may look it up and
  // Refresh. Ignored when the subject is unknown or `offset` lies outside [first, last]. Returns
  // the state left, nothing when the subject went (or never was).
  std::optional<SubjectState> Remove(std::string_view subject, Offset offset);

  // Sets ends that the owner has looked up; clears their stale marks.
  void RefreshFirst(std::string_view subject, Offset first);
  void RefreshLast(std::string_view subject, Offset last);

  std::optional<SubjectState> Find(std::string_view subject) const;
  int64_t Count(std::string_view subject) const;
  // The last live record's offset; nothing when there is none. An upper bound when Find() says
  // last_stale.
  std::optional<Offset> Last(std::string_view subject) const;

  // Calls `fn` for each subject that `filter` matches, in token order, from `after` (exclusive;
  // empty: from the first) until it returns false. `fn` must not change the index. Requires a valid
  // filter.
  void ForEachMatching(std::string_view filter,
                       absl::FunctionRef<bool(std::string_view subject, const SubjectState&)> fn,
                       std::string_view after = {}) const;

  struct Totals {
    int64_t subjects = 0;
    int64_t records = 0;
  };
  Totals CountMatching(std::string_view filter) const;

  // Subjects with live records.
  int64_t size() const { return static_cast<int64_t>(states_.size()); }
  void Clear() { states_.clear(); }

 private:
  // Byte order, except that the dot comes before every other byte.
  struct TokenOrder {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  absl::btree_map<std::string, SubjectState, TokenOrder> states_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SUBJECT_INDEX_H_
