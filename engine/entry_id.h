// Entry IDs of the Redis model: a millisecond and a sequence within it, strictly increasing per
// stream.
//
// Pure: nothing here knows a clock or a stream. What a stream stores of an ID, and how IDs are
// found again, is the stream's business (docs/format.md).
#ifndef BRAID_ENGINE_ENTRY_ID_H_
#define BRAID_ENGINE_ENTRY_ID_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "braid/record.h"

namespace braid::engine {

// Ordered by ms, then seq. 0-0 is smaller than every ID an entry can have.
struct EntryId {
  uint64_t ms = 0;
  uint64_t seq = 0;

  static const EntryId kMin;  // 0-0
  static const EntryId kMax;  // 18446744073709551615-18446744073709551615

  // "ms-seq", or "ms" alone, which takes `default_seq` (0 at the start of a range, the largest
  // number at its end). Decimal digits only, each number within 64 bits; leading zeros are allowed.
  // Anything else
  // ("-", "1-", "1-*", "+1", spaces, signs): kInvalidArgument.
  static absl::StatusOr<EntryId> Parse(std::string_view text, uint64_t default_seq = 0);

  friend auto operator<=>(const EntryId&, const EntryId&) = default;
};

inline constexpr EntryId EntryId::kMin{0, 0};
inline constexpr EntryId EntryId::kMax{UINT64_MAX, UINT64_MAX};

// "ms-seq".
std::string Format(EntryId id);

// The smallest ID above `id`; kIdExhausted when there is none.
absl::StatusOr<EntryId> Next(EntryId id);
// The largest ID below `id`; kIdExhausted when there is none.
absl::StatusOr<EntryId> Prev(EntryId id);

// What a writer asked for: `*` is neither, `ms-*` is ms alone, `ms-seq` is both (as is a bare `ms`,
// which means `ms-0`). seq without ms is not a thing.
struct EntryIdSpec {
  std::optional<uint64_t> ms = std::nullopt;
  std::optional<uint64_t> seq = std::nullopt;

  // "*", "ms-*", "ms-seq" or "ms". kInvalidArgument otherwise.
  static absl::StatusOr<EntryIdSpec> Parse(std::string_view text);
  friend bool operator==(const EntryIdSpec&, const EntryIdSpec&) = default;
};

// The ID of a new entry in a stream whose last ID is `last` (0-0: none yet).
//   *       (now_ms, 0); the successor of `last` when that would not exceed it (the clock stood
//   still or
//           went back), so that the millisecond is reused.
//   ms-*    the next sequence within ms: 0 in a new millisecond, last.seq + 1 in the last one;
//   `0-*` in a
//           fresh stream is 0-1.
//   ms-seq  exactly that.
// Errors: kIdZero for 0-0; kIdExhausted when `last` is the largest ID; kIdTooSmall when the result
// would not exceed `last`, also when `ms-*` has no sequence left in ms.
absl::StatusOr<EntryId> NextEntryId(const EntryIdSpec& spec, EntryId last, uint64_t now_ms);

// The ID under which a record that no Redis client wrote is seen: (the largest timestamp so far,
// offset), moved one millisecond on when that would not exceed `last` or would be 0-0. `last` is
// the ID of the record before it, `running_max_ms` the largest timestamp of all records up to and
// including this one (negative counts as 0). Exceeds `last` except where `last` leaves no
// millisecond: then kMax.
EntryId ForeignEntryId(EntryId last, int64_t running_max_ms, Offset offset);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_ENTRY_ID_H_
