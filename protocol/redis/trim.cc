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

// The end of what MINID asks to remove, or of everything.
absl::StatusOr<Offset> StopOf(engine::Stream& stream, const TrimSpec& spec) {
  if (spec.strategy == TrimSpec::Strategy::kMaxLen) return stream.next_offset();
  return stream.LowerBound(spec.min_id);
}

// Where the nodes that are surplus end.
absl::StatusOr<Offset> SurplusNodes(engine::Stream& stream, const TrimSpec& spec, int64_t node) {
  const Offset start = stream.start_offset();
  const Offset next = stream.next_offset();
  const auto stop = StopOf(stream, spec);
  if (!stop.ok()) return stop.status();
  // Without looking closer: no more than next - boundary entries are left from there on.
  const Offset boundary = node == kNoNodes ? next : std::min(next, (start / node + 1) * node);
  if (next - boundary < spec.max_len) return start;
  absl::Status status;
  const auto count_from = [&](Offset offset) {
    const auto count = stream.CountFrom(offset, {});
    status.Update(count.status());
    return count.value_or(0);
  };
  const Offset point = ApproximateTrimPoint(start, next, stream.record_count(), *stop, spec.max_len,
                                            spec.limit, node, count_from);
  if (!status.ok()) return status;
  return point;
}

// Node after node, as long as all of the next one is surplus, whether it may go or not.
absl::StatusOr<int64_t> TrimAckedNodes(engine::Stream& stream, const TrimSpec& spec, int64_t node,
                                       engine::Writes& writes) {
  const Offset next = stream.next_offset();
  const auto stop = StopOf(stream, spec);
  if (!stop.ok()) return stop.status();
  int64_t removed = 0;
  for (Offset begin = stream.start_offset(); begin < *stop;) {
    const Offset end = node == kNoNodes ? next : std::min(next, (begin / node + 1) * node);
    const auto left = stream.CountFrom(begin, {});
    const auto behind = stream.CountFrom(end, {});
    if (!left.ok()) return left.status();
    if (!behind.ok()) return behind.status();
    const int64_t entries = *left - *behind;
    if (end > *stop || stream.record_count() - entries < spec.max_len) break;
    if (spec.limit > 0 && removed + entries > spec.limit) break;
    const auto gone = stream.TrimUnreferenced(begin, end, INT64_MAX, writes);
    if (!gone.ok()) return gone.status();
    removed += *gone;
    begin = end;
  }
  return removed;
}

// What lies before `point` goes, with whatever refers to it.
absl::StatusOr<int64_t> TrimAt(engine::Stream& stream, const TrimSpec& spec, Offset point,
                               engine::Writes& writes) {
  if (point <= stream.start_offset()) return 0;
  if (spec.references == engine::References::kDrop) return stream.TrimWithReferences(point, writes);
  return stream.TrimTo(point, writes);
}

absl::StatusOr<int64_t> TrimToLength(engine::Stream& stream, const TrimSpec& spec,
                                     engine::Writes& writes) {
  const int64_t surplus = stream.record_count() - spec.max_len;
  if (surplus <= 0) return 0;
  if (spec.references == engine::References::kRespect) {
    return stream.TrimUnreferenced(0, stream.next_offset(), surplus, writes);
  }
  if (spec.references == engine::References::kKeep) return stream.TrimToCount(spec.max_len, writes);
  const auto point = stream.StartForCount(spec.max_len);
  if (!point.ok()) return point.status();
  return TrimAt(stream, spec, *point, writes);
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

bool TakeReferences(Args& args, engine::References& references) {
  if (args.Skip("KEEPREF")) {
    references = engine::References::kKeep;
  } else if (args.Skip("DELREF")) {
    references = engine::References::kDrop;
  } else if (args.Skip("ACKED")) {
    references = engine::References::kRespect;
  } else {
    return false;
  }
  return true;
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
  const bool respect = spec.references == engine::References::kRespect;
  const int64_t node = NodeSize(node_entries);
  if (spec.approximate && respect) return TrimAckedNodes(stream, spec, node, writes);
  if (!spec.approximate && spec.strategy == TrimSpec::Strategy::kMaxLen) {
    return TrimToLength(stream, spec, writes);
  }
  const auto point =
      spec.approximate ? SurplusNodes(stream, spec, node) : stream.LowerBound(spec.min_id);
  if (!point.ok()) return point.status();
  if (respect) return stream.TrimUnreferenced(0, *point, INT64_MAX, writes);
  return TrimAt(stream, spec, *point, writes);
}

}  // namespace braid::redis
