// What the stream's mutex guards of a group, and its journal entries.
#ifndef BRAID_ENGINE_GROUP_PARTS_H_
#define BRAID_ENGINE_GROUP_PARTS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "engine/entry_id.h"
#include "engine/group.h"
#include "engine/idle_waiters.h"
#include "engine/ledger.h"
#include "engine/pending_facts.h"
#include "engine/pending_ids.h"
#include "engine/string_map.h"
#include "engine/waiter.h"

namespace braid::engine {

class Journal;

struct GroupParts {
  explicit GroupParts(GroupOptions options);

  struct Consumer {
    std::string name;
    absl::Time seen;
    std::optional<absl::Time> active;
    bool gone = false;  // its number stays taken
  };

  GroupOptions options;
  bool deleted = false;

  Offset cursor = 0;
  EntryId last_delivered_id;
  // The cursor was set by ID and nothing has been delivered since: records at the cursor may have
  // IDs that it holds back.
  bool cursor_may_be_ahead = false;
  std::optional<int64_t> entries_read;
  int64_t delivered_seq = 0;
  Offset delivered_offset = -1;
  Ledger ledger;
  // Groups that are asked by ID know those of their outstanding entries, also of records that are
  // gone (engine/pending_ids.h).
  bool by_id = false;
  PendingIds pending_ids;

  std::vector<Consumer> consumers;
  StringMap<ConsumerId> consumer_ids;

  std::string metadata;  // of the last Commit
  int32_t leader_epoch = -1;
  absl::Time committed_at = absl::UnixEpoch();

  // Matching records at or past the cursor; nullopt: count again. Only with filters.
  std::optional<int64_t> matching;
  std::optional<absl::Time> last_delivery, last_ack;
  WaitList waiters;
  IdleWaiters idle_waiters;  // each is among `waiters`, too
  std::function<void(const PendingEntry&)> exhausted_listener;

  bool Wants(std::string_view subject) const;  // any filter matches, or there is none
  ConsumerId Intern(std::string_view name, absl::Time now, bool* created = nullptr);
  // The same where names come and go: the number of somebody who holds nothing is given again.
  ConsumerId InternHolder(std::string_view name, absl::Time now, bool* created);
  EntryId IdOf(Offset offset) const { return pending_ids.IdOf(offset).value_or(EntryId()); }
  PendingEntry ToPending(const Delivery& delivery) const;
  void RememberId(Offset offset, EntryId id) {
    if (by_id) pending_ids.Add(offset, id);
  }
  void ForgetId(Offset offset) { pending_ids.Remove(offset); }

  // --- Journal ---
  void EmitDefinition(Journal& journal, const Group& group) const;
  void EmitCursor(Journal& journal, uint64_t group_id) const;
  void EmitConsumer(Journal& journal, uint64_t group_id, ConsumerId consumer) const;
  void EmitPending(Journal& journal, uint64_t group_id, const Delivery& delivery) const;
  void EmitAll(Journal& journal, const Group& group) const;
  static void ErasePending(Journal& journal, uint64_t group_id, Offset offset);
  // What the fetch that is under way has handed out: written before its lock is released.
  DeliveredRun delivered;
  // Reads back what was written.
  absl::Status RestoreCursor(std::string_view value);
  absl::Status RestoreConsumer(uint64_t number, std::string_view value);
  void Restore(const PendingFact& fact);
  // `consumer` was given something then, if there is one of that number.
  void RestoreActive(ConsumerId consumer, absl::Time at);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_GROUP_PARTS_H_
