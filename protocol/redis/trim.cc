#include "protocol/redis/trim.h"

#include <algorithm>
#include <limits>

namespace braid::redis {
namespace {

constexpr int64_t kNoNodes = std::numeric_limits<int64_t>::max();

// A node of 0 entries has no bound in Redis: then one node holds everything.
int64_t NodeSize(int64_t node_entries) {
  return node_entries > 0 ? node_entries : kNoNodes;
}

// What "~" removes at most when nobody says.
int64_t DefaultLimit(int64_t node_entries) {
  constexpr int64_t kMax = 1000000;
  if (node_entries <= 0) return 10000;
  return node_entries >= kMax / 100 ? kMax : 100 * node_entries;
}

absl::StatusOr<int64_t> TrimApproximately(engine::Stream& stream, const TrimSpec& spec,
                                          int64_t node_entries, engine::Writes& writes) {
  const int64_t node = NodeSize(node_entries);
  const Offset start = stream.start_offset();
  const Offset next = stream.next_offset();
  Offset stop = next;
  int64_t keep = 0;
  if (spec.strategy == TrimSpec::Strategy::kMaxLen) {
    keep = spec.max_len;
    // Without looking closer: no more than next - boundary entries are left from there on.
    const Offset boundary = node == kNoNodes ? next : std::min(next, (start / node + 1) * node);
    if (next - boundary < keep) return 0;
  } else {
    const auto found = stream.LowerBound(spec.min_id);
    if (!found.ok()) return found.status();
    stop = *found;
  }
  absl::Status status;
  const auto count_from = [&](Offset offset) {
    const auto count = stream.CountFrom(offset, {});
    status.Update(count.status());
    return count.value_or(0);
  };
  const Offset point = ApproximateTrimPoint(start, next, stream.record_count(), stop, keep,
                                            spec.limit, node, count_from);
  if (!status.ok()) return status;
  return point > start ? stream.TrimTo(point, writes) : 0;
}

}  // namespace

Offset ApproximateTrimPoint(Offset start, Offset next, int64_t live, Offset stop, int64_t keep,
                            int64_t limit, int64_t node_entries,
                            absl::FunctionRef<int64_t(Offset)> count_from) {
  const auto allowed = [&](Offset offset) {
    const int64_t left = offset == next ? 0 : count_from(offset);
    return left >= keep && (limit == 0 || live - left <= limit);
  };
  if (stop >= next && allowed(next)) return next;
  // Boundaries are node numbers; what is allowed is a prefix of them.
  int64_t low = start / node_entries;  // allowed: removes nothing
  int64_t high = std::min(stop, next) / node_entries;
  while (low < high) {
    const int64_t middle = high - (high - low) / 2;
    if (allowed(middle * node_entries)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return std::max(start, low * node_entries);
}

void TrimSpec::TakeStrategy(Args& args, Strategy chosen) {
  if (strategy != Strategy::kNone) args.Fail(text::kTwoStrategies);
  strategy = chosen;
  approximate = args.SkipOption("~");
  if (!approximate) args.SkipOption("=");
  if (chosen == Strategy::kMinId) {
    min_id = args.NextId();
  } else {
    max_len = args.NextInt();
    if (max_len < 0) args.Fail(text::kMaxlenNegative);
  }
}

bool TrimSpec::TakeOption(Args& args) {
  if (args.SkipOption("MAXLEN")) {
    TakeStrategy(args, Strategy::kMaxLen);
  } else if (args.SkipOption("MINID")) {
    TakeStrategy(args, Strategy::kMinId);
  } else if (args.SkipOption("LIMIT")) {
    limit_given_ = true;
    limit = args.NextInt();
    if (limit < 0) args.Fail(text::kLimitNegative);
  } else {
    return false;
  }
  return true;
}

void TrimSpec::Check(Args& args, int64_t node_entries) {
  if (limit != 0 && strategy == Strategy::kNone) {
    args.Fail(text::kLimitWithoutStrategy);
  } else if (limit_given_ && !approximate) {
    args.Fail(text::kLimitWithoutApprox);
  } else if (!limit_given_ && approximate) {
    limit = DefaultLimit(node_entries);
  }
}

absl::StatusOr<int64_t> Trim(engine::Stream& stream, const TrimSpec& spec, int64_t node_entries,
                             engine::Writes& writes) {
  if (spec.strategy == TrimSpec::Strategy::kNone) return 0;
  if (spec.approximate) return TrimApproximately(stream, spec, node_entries, writes);
  if (spec.strategy == TrimSpec::Strategy::kMaxLen) {
    if (stream.record_count() <= spec.max_len) return 0;
    return stream.TrimToCount(spec.max_len, writes);
  }
  const auto point = stream.LowerBound(spec.min_id);
  if (!point.ok()) return point.status();
  return stream.TrimTo(*point, writes);
}

}  // namespace braid::redis
