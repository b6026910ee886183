#include "protocol/redis/args.h"

#include "absl/status/statusor.h"

namespace braid::redis {

using engine::EntryId;

std::string_view Args::NextFromEnd() {
  if (rest_.empty()) return Next();
  const std::string_view arg = rest_.back();
  rest_.remove_suffix(1);
  return arg;
}

int64_t Args::NextInt(std::string_view error) {
  const auto value = ParseInt64(Next());
  if (value) return *value;
  Fail(error);
  return 0;
}

EntryId Args::NextId(uint64_t default_seq) {
  const absl::StatusOr<EntryId> id = EntryId::Parse(Next(), default_seq);
  if (id.ok()) return *id;
  Fail(text::kInvalidId);
  return {};
}

EntryId Args::NextIdOrEnd(uint64_t default_seq) {
  if (Skip("-")) return EntryId::kMin;
  if (Skip("+")) return EntryId::kMax;
  return NextId(default_seq);
}

EntryId Args::NextStart() {
  if (Peek().substr(0, 1) != "(") return NextIdOrEnd(0);
  const absl::StatusOr<EntryId> id = EntryId::Parse(Next().substr(1), 0);
  if (!id.ok()) {
    Fail(text::kInvalidId);
    return {};
  }
  const absl::StatusOr<EntryId> next = engine::Next(*id);
  if (!next.ok()) Fail(text::kInvalidStart);
  return next.value_or(EntryId{});
}

EntryId Args::NextEnd() {
  if (Peek().substr(0, 1) != "(") return NextIdOrEnd(UINT64_MAX);
  const absl::StatusOr<EntryId> id = EntryId::Parse(Next().substr(1), UINT64_MAX);
  if (!id.ok()) {
    Fail(text::kInvalidId);
    return {};
  }
  const absl::StatusOr<EntryId> prev = engine::Prev(*id);
  if (!prev.ok()) Fail(text::kInvalidEnd);
  return prev.value_or(EntryId{});
}

int64_t Args::NextTimeoutMs() {
  const int64_t timeout = NextInt(text::kBadTimeout);
  if (timeout < 0) Fail(text::kNegativeTimeout);
  return timeout;
}

}  // namespace braid::redis
