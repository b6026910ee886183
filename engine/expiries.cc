#include "engine/expiries.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/match.h"
#include "engine/duration_text.h"
#include "engine/record_headers.h"

namespace braid::engine {
namespace {

constexpr absl::Duration kShortest = absl::Seconds(1);

}  // namespace

std::optional<absl::Duration> ParseTtl(std::string_view text) {
  if (absl::EqualsIgnoreCase(absl::string_view(text.data(), text.size()), "never")) {
    return absl::InfiniteDuration();
  }
  auto ttl = ParseDurationText(text);
  if (!ttl.has_value()) {
    int32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    ttl = absl::Seconds(seconds);
  }
  if (*ttl < kShortest || *ttl == absl::InfiniteDuration()) return std::nullopt;
  return absl::Floor(*ttl, absl::Seconds(1));
}

bool IsDeleteMarker(const RecordView& record) {
  const std::string_view reason = HeaderOf(record.headers, kMarkerReasonHeader).value_or("");
  return !reason.empty() || HeaderOf(record.headers, "KV-Operation") == "PURGE";
}

void Expiries::Note(const RecordView& record) {
  if (record.headers.empty()) return;
  const auto text = HeaderOf(record.headers, kTtlHeader);
  const auto ttl = text.has_value() ? ParseTtl(*text) : std::nullopt;
  if (!ttl.has_value()) return;
  int64_t end = INT64_MAX;
  if (*ttl < absl::InfiniteDuration()) {
    end = absl::ToUnixMillis(absl::FromUnixMillis(record.timestamp_ms) + *ttl);
    by_time_.emplace(end, record.offset);
  } else {
    ++immortal_;
  }
  ends_.emplace(record.offset, end);
}

void Expiries::Forget(Offset offset) {
  const auto it = ends_.find(offset);
  if (it == ends_.end()) return;
  if (it->second == INT64_MAX) {
    --immortal_;
  } else {
    by_time_.erase({it->second, offset});
  }
  ends_.erase(it);
}

bool Expiries::IsImmortal(Offset offset) const {
  const auto it = ends_.find(offset);
  return it != ends_.end() && it->second == INT64_MAX;
}

absl::Time Expiries::next() const {
  return by_time_.empty() ? absl::InfiniteFuture() : absl::FromUnixMillis(by_time_.begin()->first);
}

std::vector<Offset> Expiries::DueBy(absl::Time now, size_t max) const {
  const int64_t now_ms = absl::ToUnixMillis(now);
  std::vector<Offset> due;
  for (const auto& [end, offset] : by_time_) {
    if (end > now_ms || due.size() == max) break;
    due.push_back(offset);
  }
  std::sort(due.begin(), due.end());
  return due;
}

void Expiries::Clear() {
  ends_.clear();
  by_time_.clear();
  immortal_ = 0;
}

}  // namespace braid::engine
