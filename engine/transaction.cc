#include "engine/transaction.h"

#include "braid/error.h"
#include "engine/encoding.h"

namespace braid::engine {
namespace {

constexpr uint64_t kVersion = 2;
constexpr uint64_t kVersionWithoutDecided = 1;

absl::Status Fenced() {
  return MakeError(Errc::kProducerFenced, "a newer producer has the transactional id");
}
absl::Status WrongState(std::string_view why) {
  return MakeError(Errc::kInvalidTransactionState, why);
}

void Put(Encoder& out, ProducerIdentity producer) {
  out.I64(producer.id).I64(producer.epoch);
}
ProducerIdentity TakeIdentity(Decoder& in) {
  ProducerIdentity producer;
  producer.id = in.I64();
  producer.epoch = static_cast<int16_t>(in.I64());
  return producer;
}

}  // namespace

std::string_view TransactionStateName(TransactionState state) {
  switch (state) {
    case TransactionState::kEmpty:
      return "Empty";
    case TransactionState::kOngoing:
      return "Ongoing";
    case TransactionState::kPrepareCommit:
      return "PrepareCommit";
    case TransactionState::kPrepareAbort:
      return "PrepareAbort";
    case TransactionState::kCompleteCommit:
      return "CompleteCommit";
    case TransactionState::kCompleteAbort:
      return "CompleteAbort";
  }
  return "Unknown";
}

absl::Status Transaction::Check(ProducerIdentity asker) const {
  if (asker.id != producer.id) {
    return MakeError(Errc::kInvalidProducerMapping,
                     "the transactional id belongs to another producer id");
  }
  if (asker.epoch != producer.epoch) return Fenced();
  if (preparing()) {
    return MakeError(Errc::kConcurrentTransactions, "the transaction before is being ended");
  }
  return absl::OkStatus();
}

void Transaction::Begin(absl::Time now) {
  changed = now;
  if (ongoing()) return;
  state = TransactionState::kOngoing;
  began = now;
  previous = {};
  streams.clear();
  groups.clear();
  offsets.clear();
}

absl::StatusOr<ProducerIdentity> Transaction::Take(
    std::optional<ProducerIdentity> asker, absl::Duration new_timeout, absl::Time now,
    const std::function<absl::StatusOr<int64_t>()>& next_id) {
  if (asker.has_value() && *asker != producer) {
    // The answer that gave it the epoch it does not know of was lost.
    const bool repeats = previous.epoch >= 0 && *asker == previous;
    return repeats ? absl::StatusOr<ProducerIdentity>(producer) : Fenced();
  }
  const ProducerIdentity before = producer;
  if (absl::Status s = Bump(next_id); !s.ok()) return s;
  previous = asker.has_value() ? before : ProducerIdentity();
  timeout = new_timeout;
  state = TransactionState::kEmpty;
  changed = now;
  return producer;
}

absl::Status Transaction::Bump(const std::function<absl::StatusOr<int64_t>()>& next_id) {
  if (producer.id >= 0 && producer.epoch < kMaxEpoch) {
    ++producer.epoch;
    return absl::OkStatus();
  }
  const absl::StatusOr<int64_t> id = next_id();
  if (!id.ok()) return id.status();
  producer = {*id, 0};
  return absl::OkStatus();
}

absl::StatusOr<Transaction::Ending> Transaction::MayEnd(ProducerIdentity asker, bool commit,
                                                        bool bumps) const {
  const bool committed = state == TransactionState::kCompleteCommit;
  if (bumps && completed() && previous.epoch >= 0 && asker == previous) {
    if (committed == commit) return Ending::kRepeat;
    return WrongState("the transaction has ended the other way");
  }
  // A repeat may come while the first one is still at it.
  const bool repeats = bumps && preparing() && previous.epoch >= 0 && asker == previous;
  const absl::Status check = Check(repeats ? producer : asker);
  const bool same_way =
      state == (commit ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort);
  if (CodeOf(check) == Errc::kConcurrentTransactions && !same_way) {
    return WrongState("the transaction is being ended the other way");
  }
  if (!check.ok()) return check;
  if (ongoing()) return Ending::kBegin;
  if (bumps) {
    if (!commit) return Ending::kNothing;
    return WrongState("there is no transaction to commit");
  }
  if (completed() && committed == commit) return Ending::kRepeat;
  return WrongState("there is no transaction to end");
}

void Transaction::Prepare(ProducerIdentity as, bool commit, absl::Time now,
                          std::map<uint64_t, Offset> ends) {
  state = commit ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort;
  marker = as;
  decided_commit = commit;
  decided = std::move(ends);
  changed = now;
}

void Transaction::Complete(absl::Time now) {
  state = state == TransactionState::kPrepareCommit ? TransactionState::kCompleteCommit
                                                    : TransactionState::kCompleteAbort;
  changed = now;
  streams.clear();
  groups.clear();
  offsets.clear();
}

bool Transaction::Decided(ProducerIdentity who, uint64_t stream, Offset start) const {
  if (who.id != marker.id || who.epoch > marker.epoch) return false;
  const auto end = decided.find(stream);
  return end != decided.end() && start < end->second;
}

// u version; producer, previous, marker: i id, i epoch each; t timeout, u state, t began, t
// changed; u streams, u id each; u groups, s each; u offsets, each: s group, u stream, i offset, i
// leader epoch, s metadata; u decided as commit, u streams decided, u id and i end each.
std::string Transaction::Serialize() const {
  Encoder out;
  out.U64(kVersion);
  Put(out, producer);
  Put(out, previous);
  Put(out, marker);
  out.Duration(timeout).U64(static_cast<uint64_t>(state)).Time(began).Time(changed);
  out.U64(streams.size());
  for (const uint64_t stream : streams) out.U64(stream);
  out.U64(groups.size());
  for (const std::string& group : groups) out.Str(group);
  out.U64(offsets.size());
  for (const auto& [where, pending] : offsets) {
    out.Str(where.first).U64(where.second);
    out.I64(pending.offset).I64(pending.leader_epoch).Str(pending.metadata);
  }
  out.U64(decided_commit ? 1 : 0).U64(decided.size());
  for (const auto& [stream, end] : decided) out.U64(stream).I64(end);
  return out.Take();
}

absl::StatusOr<Transaction> Transaction::Parse(std::string_view bytes) {
  const auto damaged = [] { return MakeError(Errc::kCorrupt, "damaged transaction"); };
  Decoder in(bytes);
  const uint64_t version = in.U64();
  if (version != kVersion && version != kVersionWithoutDecided) return damaged();
  Transaction parsed;
  parsed.producer = TakeIdentity(in);
  parsed.previous = TakeIdentity(in);
  parsed.marker = TakeIdentity(in);
  parsed.timeout = in.Duration();
  const uint64_t state = in.U64();
  if (state > static_cast<uint64_t>(TransactionState::kCompleteAbort)) return damaged();
  parsed.state = static_cast<TransactionState>(state);
  parsed.began = in.Time();
  parsed.changed = in.Time();
  for (uint64_t i = in.Count(); i > 0 && in.ok(); --i) parsed.streams.insert(in.U64());
  for (uint64_t i = in.Count(); i > 0 && in.ok(); --i) parsed.groups.emplace(in.Str());
  for (uint64_t i = in.Count(); i > 0 && in.ok(); --i) {
    std::string group(in.Str());
    const uint64_t stream = in.U64();
    PendingOffset pending;
    pending.offset = in.I64();
    pending.leader_epoch = static_cast<int32_t>(in.I64());
    pending.metadata = in.Str();
    parsed.offsets[{std::move(group), stream}] = std::move(pending);
  }
  if (version != kVersionWithoutDecided) {
    parsed.decided_commit = in.U64() != 0;
    for (uint64_t i = in.Count(); i > 0 && in.ok(); --i) {
      const uint64_t stream = in.U64();
      parsed.decided[stream] = in.I64();
    }
  }
  if (!in.ok() || !in.rest().empty()) return damaged();
  return parsed;
}

}  // namespace braid::engine
