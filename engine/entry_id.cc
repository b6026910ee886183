#include "engine/entry_id.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "braid/error.h"

namespace braid::engine {
namespace {

// All of `digits` as a number; nothing when it is empty, holds anything else or exceeds 64 bits.
std::optional<uint64_t> ParseNumber(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

absl::Status InvalidId() {
  return MakeError(Errc::kInvalidArgument, "invalid entry ID");
}

absl::Status TooSmall() {
  return MakeError(Errc::kIdTooSmall, "the entry ID does not exceed the last one of the stream");
}

absl::Status Exhausted() {
  return MakeError(Errc::kIdExhausted, "no entry ID is left");
}

}  // namespace

absl::StatusOr<EntryId> EntryId::Parse(std::string_view text, uint64_t default_seq) {
  const size_t dash = text.find('-');
  const auto ms = ParseNumber(text.substr(0, dash));
  if (!ms.has_value()) return InvalidId();
  if (dash == std::string_view::npos) return EntryId{*ms, default_seq};
  const auto seq = ParseNumber(text.substr(dash + 1));
  if (!seq.has_value()) return InvalidId();
  return EntryId{*ms, *seq};
}

std::string Format(EntryId id) {
  return absl::StrCat(id.ms, "-", id.seq);
}

absl::StatusOr<EntryId> Next(EntryId id) {
  if (id == EntryId::kMax) return Exhausted();
  if (id.seq == UINT64_MAX) return EntryId{id.ms + 1, 0};
  return EntryId{id.ms, id.seq + 1};
}

absl::StatusOr<EntryId> Prev(EntryId id) {
  if (id == EntryId::kMin) return Exhausted();
  if (id.seq == 0) return EntryId{id.ms - 1, UINT64_MAX};
  return EntryId{id.ms, id.seq - 1};
}

absl::StatusOr<EntryIdSpec> EntryIdSpec::Parse(std::string_view text) {
  if (text == "*") return EntryIdSpec{};
  if (text.ends_with("-*")) {
    const auto ms = ParseNumber(text.substr(0, text.size() - 2));
    if (!ms.has_value()) return InvalidId();
    return EntryIdSpec{.ms = *ms, .seq = std::nullopt};
  }
  const auto id = EntryId::Parse(text);
  if (!id.ok()) return id.status();
  return EntryIdSpec{.ms = id->ms, .seq = id->seq};
}

absl::StatusOr<EntryId> NextEntryId(const EntryIdSpec& spec, EntryId last, uint64_t now_ms) {
  if (!spec.ms.has_value()) {
    if (spec.seq.has_value()) return InvalidId();
    return now_ms > last.ms ? EntryId{now_ms, 0} : Next(last);
  }
  if (spec.ms == 0 && spec.seq == 0) {
    return MakeError(Errc::kIdZero, "the entry ID must be greater than 0-0");
  }
  if (last == EntryId::kMax) return Exhausted();
  EntryId id{*spec.ms, spec.seq.value_or(0)};
  if (!spec.seq.has_value() && id.ms == last.ms) {
    if (last.seq == UINT64_MAX) return TooSmall();
    id.seq = last.seq + 1;
  }
  if (id <= last) return TooSmall();
  return id;
}

EntryId ForeignEntryId(EntryId last, int64_t running_max_ms, Offset offset) {
  const auto seq = static_cast<uint64_t>(offset);
  const uint64_t ms =
      std::max(last.ms, static_cast<uint64_t>(std::max<int64_t>(running_max_ms, 0)));
  if (const EntryId id{ms, seq}; id > last && id != EntryId::kMin) return id;
  return ms == UINT64_MAX ? EntryId::kMax : EntryId{ms + 1, seq};
}

}  // namespace braid::engine
