// One transactional id: who may use it, and what its transaction has touched. Its rules, as Kafka's
// transaction coordinator has them (KIP-98, KIP-360, KIP-890); engine/transactions.h keeps many of
// them, locks them and carries out what they decide.
//
// Pure: no clock, no lock, no I/O.
#ifndef BRAID_ENGINE_TRANSACTION_H_
#define BRAID_ENGINE_TRANSACTION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "braid/record.h"

namespace braid::engine {

struct ProducerIdentity {
  int64_t id = -1;
  int16_t epoch = -1;
  friend bool operator==(const ProducerIdentity&, const ProducerIdentity&) = default;
};

enum class TransactionState : uint8_t {
  kEmpty,  // the id is taken, nothing was begun
  kOngoing,
  kPrepareCommit,  // decided and written down; the streams and groups are being told
  kPrepareAbort,
  kCompleteCommit,  // all have been told
  kCompleteAbort,
};

// A group's offset in a stream, to be committed with the transaction.
struct PendingOffset {
  Offset offset = 0;
  int32_t leader_epoch = -1;
  std::string metadata;
};

struct Transaction {
  static constexpr int16_t kMaxEpoch = INT16_MAX - 1;  // one is left, to fence the last producer

  ProducerIdentity producer;
  // Whom `producer` replaced, while a repeat of the request that did so may come; epoch -1: nobody.
  ProducerIdentity previous;
  // Of the transaction that is being ended, or ended last: its producer as markers have it, how it
  // was decided, and what that covers: below these offsets, by stream, what the producer had open.
  // Kept until the next decision, for a power cut may take the markers.
  ProducerIdentity marker;
  bool decided_commit = false;
  std::map<uint64_t, Offset> decided;
  absl::Duration timeout;
  TransactionState state = TransactionState::kEmpty;
  absl::Time began;              // while ongoing
  absl::Time changed;            // last
  std::set<uint64_t> streams;    // that have, or may have, its records
  std::set<std::string> groups;  // that offsets may be sent for
  std::map<std::pair<std::string, uint64_t>, PendingOffset> offsets;  // by group and stream

  bool ongoing() const { return state == TransactionState::kOngoing; }
  bool preparing() const {
    return state == TransactionState::kPrepareCommit || state == TransactionState::kPrepareAbort;
  }
  bool completed() const {
    return state == TransactionState::kCompleteCommit || state == TransactionState::kCompleteAbort;
  }

  // Whether `asker` may work in it: kInvalidProducerMapping, kProducerFenced,
  // kConcurrentTransactions while its end is being carried out.
  absl::Status Check(ProducerIdentity asker) const;
  // Becomes ongoing, if it is not.
  void Begin(absl::Time now);
  // The producer that asks for the id, and may say who it was, gets the next epoch; an id with
  // epoch 0 when this one's epochs are used up: `next_id` gives it. Requires that it is not ongoing
  // or being ended.
  absl::StatusOr<ProducerIdentity> Take(std::optional<ProducerIdentity> asker,
                                        absl::Duration new_timeout, absl::Time now,
                                        const std::function<absl::StatusOr<int64_t>()>& next_id);

  // What an end asked for comes to.
  enum class Ending {
    kBegin,    // it is to be carried out
    kRepeat,   // it was done before
    kNothing,  // there is nothing to end; the epoch alone moves on
  };
  // `bumps`: the producer goes on with the next epoch (KIP-890). kInvalidTransactionState when the
  // state does not allow it, and as Check.
  absl::StatusOr<Ending> MayEnd(ProducerIdentity asker, bool commit, bool bumps) const;
  // Prepares the end; markers carry the producer `as` that. `ends`: of its records, by stream.
  void Prepare(ProducerIdentity as, bool commit, absl::Time now, std::map<uint64_t, Offset> ends);
  // The next epoch, or another producer id with epoch 0.
  absl::Status Bump(const std::function<absl::StatusOr<int64_t>()>& next_id);
  // All were told.
  void Complete(absl::Time now);
  // Whether what that producer has open in the stream since `start` is of the transaction that was
  // decided last, and not of one begun since.
  bool Decided(ProducerIdentity who, uint64_t stream, Offset start) const;

  std::string Serialize() const;
  static absl::StatusOr<Transaction> Parse(std::string_view bytes);  // kCorrupt
};

std::string_view TransactionStateName(TransactionState state);  // as Kafka's tools show it

}  // namespace braid::engine

#endif  // BRAID_ENGINE_TRANSACTION_H_
