// What the journal says of outstanding deliveries: one of them, all that one fetch handed out, or
// all that one acknowledgement settled. docs/format.md, "Journal entries".
#ifndef BRAID_ENGINE_PENDING_FACTS_H_
#define BRAID_ENGINE_PENDING_FACTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "braid/record.h"
#include "engine/encoding.h"
#include "engine/entry_id.h"
#include "engine/ledger.h"

namespace braid::engine {

class Journal;

struct PendingFact {
  Delivery delivery;
  EntryId id;  // 0-0: of a group that does not ask for IDs
};

std::string EncodePending(const PendingFact& fact);
// kCorrupt.
absl::StatusOr<PendingFact> DecodePending(Offset offset, std::string_view value);

// Deliveries of one fetch: one consumer, one time, none of them due. Not thread-safe.
class DeliveredRun {
 public:
  void Add(const PendingFact& fact);
  // Writes what was added, if anything, and starts over.
  void Put(Journal& journal, uint64_t group_id);
  // Worth writing: a run is held in memory whole.
  bool full() const { return facts_.bytes().size() >= kFullBytes; }

 private:
  static constexpr size_t kFullBytes = size_t{64} << 10;
  Encoder facts_;
  uint64_t count_ = 0;
  ConsumerId consumer_ = 0;
  PendingFact last_;
};
// Calls `fn` for each, in the order they were added. kCorrupt.
absl::Status ExpandDelivered(std::string_view value,
                             absl::FunctionRef<void(const PendingFact&)> fn);

// Deliveries that are no longer outstanding. Not thread-safe.
class SettledRun {
 public:
  void Add(Offset offset);
  // Writes what was added, if anything, and starts over.
  void Put(Journal& journal, uint64_t group_id);

 private:
  Encoder offsets_;
  uint64_t count_ = 0;
  Offset last_ = 0;
};
absl::Status ExpandSettled(std::string_view value, absl::FunctionRef<void(Offset)> fn);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_PENDING_FACTS_H_
