#include "engine/stream_transactions.h"

#include <algorithm>

#include "braid/error.h"
#include "engine/encoding.h"

namespace braid::engine {

void StreamTransactions::Data(int64_t producer_id, Offset offset) {
  open_.try_emplace(producer_id, offset);
}

void StreamTransactions::Marker(int64_t producer_id, Offset offset, bool committed) {
  if (markers_.contains(static_cast<uint64_t>(offset))) return;
  markers_.add(static_cast<uint64_t>(offset));
  const auto it = open_.find(producer_id);
  if (it == open_.end()) return;
  if (!committed) aborted_.push_back({producer_id, it->second, offset});
  open_.erase(it);
}

Offset StreamTransactions::LastStable(Offset next) const {
  Offset stable = next;
  for (const auto& [id, first] : open_) stable = std::min(stable, first);
  return stable;
}

std::vector<AbortedTransaction> StreamTransactions::Aborted(Offset begin, Offset end) const {
  std::vector<AbortedTransaction> found;
  auto it = std::lower_bound(aborted_.begin(), aborted_.end(), begin,
                             [](const Ended& ended, Offset at) { return ended.marker < at; });
  for (; it != aborted_.end(); ++it) {
    if (it->first < end) found.push_back({it->producer_id, it->first});
  }
  std::sort(found.begin(), found.end(),
            [](const AbortedTransaction& a, const AbortedTransaction& b) {
              return a.first_offset < b.first_offset;
            });
  return found;
}

bool StreamTransactions::IsAborted(int64_t producer_id, Offset offset) const {
  auto it = std::lower_bound(aborted_.begin(), aborted_.end(), offset,
                             [](const Ended& ended, Offset at) { return ended.marker < at; });
  for (; it != aborted_.end(); ++it) {
    if (it->producer_id != producer_id) continue;
    return it->first <= offset;  // the first of its transactions that ends behind `offset`
  }
  return false;
}

void StreamTransactions::Trim(Offset start) {
  const auto kept = std::lower_bound(aborted_.begin(), aborted_.end(), start,
                                     [](const Ended& e, Offset at) { return e.marker < at; });
  aborted_.erase(aborted_.begin(), kept);
  if (!markers_.isEmpty() && markers_.minimum() < static_cast<uint64_t>(start)) {
    markers_ = Within(markers_, start, INT64_MAX);
  }
}

// u open, each: i producer id, i first offset; u aborted, each: i producer id, i first offset, i
// marker; s the markers' bitmap.
std::string StreamTransactions::Serialize() const {
  if (open_.empty() && aborted_.empty() && markers_.isEmpty()) return "";
  Encoder out;
  out.U64(open_.size());
  for (const auto& [id, first] : open_) out.I64(id).I64(first);
  out.U64(aborted_.size());
  for (const Ended& ended : aborted_) {
    out.I64(ended.producer_id).I64(ended.first).I64(ended.marker);
  }
  std::string bitmap(markers_.getSizeInBytes(), '\0');
  markers_.write(bitmap.data());
  return out.Str(bitmap).Take();
}

absl::Status StreamTransactions::Restore(std::string_view bytes) {
  StreamTransactions restored;
  if (!bytes.empty()) {
    const auto damaged = [] { return MakeError(Errc::kCorrupt, "damaged transaction state"); };
    Decoder in(bytes);
    for (uint64_t i = in.Count(); i > 0 && in.ok(); --i) {
      const int64_t id = in.I64();
      restored.open_[id] = in.I64();
    }
    for (uint64_t i = in.Count(); i > 0 && in.ok(); --i) {
      const int64_t id = in.I64(), first = in.I64(), marker = in.I64();
      restored.aborted_.push_back({id, first, marker});
    }
    const std::string_view bitmap = in.Str();
    if (!in.ok() || !in.rest().empty()) return damaged();
    std::optional<OffsetSet> markers = ReadOffsetSet(bitmap);
    if (!markers) return damaged();
    restored.markers_ = *std::move(markers);
  }
  *this = std::move(restored);
  return absl::OkStatus();
}

}  // namespace braid::engine
