// The delivery ledger: what was handed out and is not settled. One structure for the pending
// entries of a Redis group, the ack-pending messages of a JetStream consumer and the acquired
// records of a Kafka share group.
//
//                 Deliver                    Expire, Release
//   (not here) ------------> outstanding ---------------------> due, in a queue
//        ^                    |   ^                              |
//        | Ack, Reject,       |   |           Deliver            |
//        | Remove, exhausted  |   +------------------------------+
//        +--------------------+---------------------------------- +
//
// An entry that is due keeps its owner and may still be acknowledged, late. Release with a delay
// leaves it waiting (due, with due_at in the future) until Expire() queues it. Disown takes an
// entry from its owner: it waits, in a queue of its own, for somebody to claim it.
//
// Pure data: no clock, no lock, no I/O. Every call takes `now` and returns what changed, so that
// the owner can journal it. Calls are O(log n) in the entries held, plus what they return.
//
// Memory: about 37 bytes an entry; 45 more when it has a deadline and a sequence number; 18 more
// once somebody has asked for idle entries. Times are kept to the nanosecond, between the years
// 1678 and 2262.
#ifndef BRAID_ENGINE_LEDGER_H_
#define BRAID_ENGINE_LEDGER_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "braid/record.h"

namespace braid::engine {

// Who holds a delivery. The owner of the ledger interns names to small numbers, below 2^29 - 1.
using ConsumerId = uint32_t;
// Holds what was disowned.
inline constexpr ConsumerId kNobody = (1u << 29) - 1;

struct LedgerPolicy {
  absl::Duration ack_wait = absl::ZeroDuration();  // zero: a delivery never expires
  // Wait after delivery 1, 2, ...; the last one repeats. When given it stands over ack_wait.
  std::vector<absl::Duration> backoff = {};
  int64_t max_deliver = -1;      // deliveries before a record is given up; below 1: no limit
  int64_t max_outstanding = -1;  // entries before new records are held back; below 1: no limit
};

// One entry. A value; changing it changes nothing.
struct Delivery {
  Offset offset = -1;
  ConsumerId consumer = 0;
  absl::Time delivered_at = absl::UnixEpoch();   // of the latest delivery
  absl::Time deadline = absl::InfiniteFuture();  // when it expires; infinite: never, or already due
  int64_t count = 0;                             // deliveries so far
  int64_t first_seq = 0;  // the consumer's sequence number of the first delivery
  bool due = false;       // waits to be delivered again, from due_at on
  absl::Time due_at = absl::InfiniteFuture();

  friend bool operator==(const Delivery&, const Delivery&) = default;
};

// How Claim departs from plain delivery.
struct ClaimOptions {
  std::optional<int64_t> count = std::nullopt;            // set the delivery count to this ...
  bool keep_count = false;                                // ... or leave it; neither: one more
  std::optional<absl::Time> delivered_at = std::nullopt;  // default: now
  bool force = false;     // create an entry where none is, as if once delivered
  int64_t first_seq = 0;  // of an entry that `force` creates
};

class Ledger {
 public:
  Ledger() = default;
  explicit Ledger(LedgerPolicy policy);

  const LedgerPolicy& policy() const { return policy_; }
  // Holds for deliveries and extensions from now on; deadlines already set stay.
  void set_policy(LedgerPolicy policy);

  // Hands out `offset`: a new entry with count 1, or the old one with one more, a new owner and no
  // longer due. `seq` is the consumer's sequence number of this delivery; an entry keeps its first.
  // (To forget earlier deliveries, as a Redis group set back does, Remove first.)
  Delivery Deliver(Offset offset, ConsumerId consumer, absl::Time now, int64_t seq);

  // Settles `offset`. Returns the entry that went, or nothing.
  std::optional<Delivery> Ack(Offset offset);
  // Settles everything up to and including `offset`; ascending.
  std::vector<Delivery> AckThrough(Offset offset);
  // Settles `offset` as failed for good. The ledger does the same as for Ack; the caller's accounts
  // differ.
  std::optional<Delivery> Reject(Offset offset) { return Ack(offset); }

  struct Released {
    std::optional<Delivery>
        entry;               // as it is now, or as it was when exhausted; none: not outstanding
    bool exhausted = false;  // had its max_deliver deliveries and is gone
  };
  // Gives `offset` back: due again at now + delay (at once when delay <= 0, behind what is already
  // due). The backoff plays no part. An entry in the queue already stays where it is.
  Released Release(Offset offset, absl::Time now, absl::Duration delay);

  // Takes the current delivery back, as if there had not been one: due at once, however often it
  // was delivered before. The entry as it is now; nothing when it is not outstanding or already
  // due.
  std::optional<Delivery> Retract(Offset offset, absl::Time now);

  // Takes `offset` from its owner and queues it, behind all that was disowned before; it keeps its
  // place when nobody owns it already. `count`: its deliveries from now on; default: as they are.
  // The entry as it is now; nothing when it is not outstanding.
  std::optional<Delivery> Disown(Offset offset, absl::Time now, std::optional<int64_t> count);

  // Restarts the wait of the current delivery without counting one. False, and nothing changes,
  // when `offset` is not outstanding or is already due.
  bool Extend(Offset offset, absl::Time now);

  // Moves `offset` to `to` when its latest delivery is at least `min_idle` ago (a negative or zero
  // min_idle always holds), with a new deadline, and returns it. Nothing when it is not outstanding
  // (and not forced) or not idle enough. Entries that are due can be claimed and are due no longer;
  // what nobody owns is idle enough.
  std::optional<Delivery> Claim(Offset offset, ConsumerId to, absl::Time now,
                                absl::Duration min_idle, const ClaimOptions& options = {});

  struct Expired {
    std::vector<Offset> due;          // queued by this sweep, ascending
    std::vector<Delivery> exhausted;  // gone: the last wait ended; ascending
  };
  // Everything whose deadline or due_at is not after `now` is queued for redelivery, or dropped
  // when it has had its max_deliver deliveries.
  Expired Expire(absl::Time now);

  // What to deliver again before anything new, oldest sweep first, ascending within a sweep; at
  // most `max`. They stay queued until delivered, claimed or settled. Call Expire(now) before.
  std::vector<Offset> NextDue(size_t max = std::numeric_limits<size_t>::max()) const;
  std::optional<Offset> FirstDue() const;
  int64_t due_count() const { return static_cast<int64_t>(queue_.size()); }

  // When Expire() next has something to do: InfiniteFuture for never.
  absl::Time NextDeadline() const;

  // --- Idle entries: what was disowned, in that order, and then what was delivered longest ago.
  // Calls `fn` for those delivered at `until` or earlier, until it returns false. `fn` must not
  // change the ledger. The first call sorts all entries; from then on they are kept sorted.
  void ForEachIdle(absl::Time until, absl::FunctionRef<bool(const Delivery&)> fn);
  // When the first of them was delivered: InfinitePast when one was disowned, InfiniteFuture when
  // there is none.
  absl::Time OldestDelivery();
  // Leaves `offset` out of them until it is delivered or claimed again: its record is gone.
  void PassOver(Offset offset);

  std::optional<Delivery> Find(Offset offset) const;
  bool Contains(Offset offset) const { return entries_.contains(offset); }

  // Calls `fn` for the entries of [begin, end), ascending, of `consumer` alone if given, until it
  // returns false. `fn` must not change the ledger.
  void ForEach(Offset begin, Offset end, std::optional<ConsumerId> consumer,
               absl::FunctionRef<bool(const Delivery&)> fn) const;

  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  bool empty() const { return entries_.empty(); }
  int64_t PendingOf(ConsumerId consumer) const;
  // Entries delivered more than once.
  int64_t redelivered() const { return redelivered_; }
  // How many new records may be handed out under max_outstanding; int64 max without a limit.
  int64_t Room() const;
  std::optional<Offset> lowest() const;
  std::optional<Offset> highest() const;

  // Forgets the entries of [begin, end): their records are gone. Ascending.
  std::vector<Delivery> Remove(Offset begin, Offset end);
  // Forgets everything `consumer` holds. Ascending.
  std::vector<Delivery> RemoveConsumer(ConsumerId consumer);

  // Puts back what Find() once returned, replacing any entry there. A due entry waits for Expire().
  void Restore(const Delivery& delivery);

  // How long delivery number `count` (from 1) may take.
  absl::Duration Wait(int64_t count) const;

 private:
  friend class LedgerPeer;  // tests/engine/ledger_test.cc: sets sweep_

  enum class State : uint32_t {
    kOut,      // `at`: deadline
    kDelayed,  // `at`: due_at; not yet queued
    kQueued,   // `at`: since when it is due; sweeps_ has its place
    kDisowned  // `at`: its place in disowned_; never: passed over
  };
  struct Entry {
    int64_t delivered_at = 0;  // Unix nanoseconds
    uint32_t count = 0;        // kLarge: see large_counts_
    ConsumerId consumer : 29 = 0;
    State state : 2 = State::kOut;
    uint32_t timed : 1 = 0;  // has Timing
  };
  static_assert(sizeof(Entry) == 16, "an entry is paid for a million times");
  using Entries = absl::btree_map<Offset, Entry>;
  // What most entries of a group without deadlines do without.
  struct Timing {
    int64_t at = 0;         // Unix nanoseconds, see State; never: no deadline
    int64_t first_seq = 0;  // 0: not numbered
  };
  static constexpr uint32_t kLarge = std::numeric_limits<uint32_t>::max();

  Delivery ToDelivery(Offset offset, const Entry& entry) const;
  Entry& Insert(Offset offset, ConsumerId consumer, int64_t first_seq);
  Delivery Erase(Entries::iterator it);
  int64_t CountOf(Offset offset, const Entry& entry) const;
  void SetCount(Offset offset, Entry& entry, int64_t count);
  void SetConsumer(Offset offset, Entry& entry, ConsumerId consumer);
  void SetDelivered(Offset offset, Entry& entry, int64_t at);
  Timing TimingOf(Offset offset, const Entry& entry) const;
  void SetAt(Offset offset, Entry& entry, int64_t at);
  // The only two that touch timers_, queue_ and disowned_.
  void Schedule(Offset offset, Entry& entry, State state, int64_t at);
  void Unschedule(Offset offset, const Entry& entry);
  void SortIdle();
  void StartSweep();
  bool Exhausted(Offset offset, const Entry& entry) const;
  int64_t DeadlineOf(Offset offset, const Entry& entry) const;

  LedgerPolicy policy_;
  Entries entries_;
  absl::btree_map<Offset, Timing> timings_;            // of entries that are `timed`
  absl::flat_hash_map<Offset, int64_t> large_counts_;  // from kLarge on
  absl::flat_hash_map<ConsumerId, absl::btree_set<Offset>> by_consumer_;  // no empty sets
  absl::btree_set<std::pair<int64_t, Offset>>
      timers_;  // (at, offset) of finite deadlines and delays
  absl::btree_set<std::pair<uint32_t, Offset>> queue_;    // (sweep, offset) of State::kQueued
  absl::flat_hash_map<Offset, uint32_t> sweeps_;          // of State::kQueued
  absl::btree_set<std::pair<int64_t, Offset>> disowned_;  // (at, offset) of State::kDisowned
  // (delivered_at, offset) of what is owned and not passed over; null until somebody asks.
  std::optional<absl::btree_set<std::pair<int64_t, Offset>>> idle_;
  uint32_t sweep_ = 0;  // the newest that queue_ holds
  int64_t redelivered_ = 0;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_LEDGER_H_
