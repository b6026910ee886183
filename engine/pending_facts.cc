#include "engine/pending_facts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/journal.h"
#include "engine/keys.h"

namespace braid::engine {
namespace {

absl::Status Malformed(std::string_view what) {
  return MakeError(Errc::kCorrupt, absl::StrCat("malformed journal entry: ", std::string(what)));
}

// Whole numbers wrap, so that any two have a difference.
int64_t Difference(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t Sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

}  // namespace

std::string EncodePending(const PendingFact& fact) {
  const Delivery& delivery = fact.delivery;
  return Encoder()
      .U64(delivery.consumer)
      .Time(delivery.delivered_at)
      .Time(delivery.deadline)
      .I64(delivery.count)
      .I64(delivery.first_seq)
      .Bool(delivery.due)
      .Time(delivery.due_at)
      .U64(fact.id.ms)
      .U64(fact.id.seq)
      .Take();
}

absl::StatusOr<PendingFact> DecodePending(Offset offset, std::string_view value) {
  Decoder in(value);
  PendingFact fact;
  fact.delivery.offset = offset;
  fact.delivery.consumer = static_cast<ConsumerId>(in.U64());
  fact.delivery.delivered_at = in.Time();
  fact.delivery.deadline = in.Time();
  fact.delivery.count = in.I64();
  fact.delivery.first_seq = in.I64();
  fact.delivery.due = in.Bool();
  fact.delivery.due_at = in.Time();
  fact.id.ms = in.U64();
  fact.id.seq = in.U64();
  if (!in.ok()) return Malformed("pending entry");
  return fact;
}

// --- Runs ---

void DeliveredRun::Add(const PendingFact& fact) {
  const Delivery& delivery = fact.delivery;
  consumer_ = delivery.consumer;
  facts_.I64(Difference(delivery.offset, last_.delivery.offset))
      .I64(delivery.count)
      .I64(Difference(delivery.first_seq, last_.delivery.first_seq))
      .Duration(delivery.deadline - delivery.delivered_at)
      .I64(Difference(static_cast<int64_t>(fact.id.ms), static_cast<int64_t>(last_.id.ms)))
      .U64(fact.id.seq);
  last_ = fact;
  ++count_;
}

void DeliveredRun::Put(Journal& journal, uint64_t group_id) {
  if (count_ == 0) return;
  Encoder value;
  value.U64(consumer_).Time(last_.delivery.delivered_at).U64(count_);
  std::string bytes = value.Take();
  bytes.append(facts_.bytes());
  journal.Put(keys::Of(keys::kDelivered, group_id), bytes);
  *this = DeliveredRun();
}

absl::Status ExpandDelivered(std::string_view value,
                             absl::FunctionRef<void(const PendingFact&)> fn) {
  Decoder in(value);
  PendingFact fact;
  Delivery& delivery = fact.delivery;
  delivery.consumer = static_cast<ConsumerId>(in.U64());
  delivery.delivered_at = in.Time();
  const uint64_t count = in.Count();
  for (uint64_t i = 0; i < count; ++i) {
    delivery.offset = Sum(delivery.offset, in.I64());
    delivery.count = in.I64();
    delivery.first_seq = Sum(delivery.first_seq, in.I64());
    delivery.deadline = delivery.delivered_at + in.Duration();
    fact.id.ms += static_cast<uint64_t>(in.I64());
    fact.id.seq = in.U64();
    if (!in.ok()) break;
    fn(fact);
  }
  return in.ok() ? absl::OkStatus() : Malformed("deliveries");
}

void SettledRun::Add(Offset offset) {
  offsets_.I64(Difference(offset, last_));
  last_ = offset;
  ++count_;
}

void SettledRun::Put(Journal& journal, uint64_t group_id) {
  if (count_ == 0) return;
  std::string bytes = Encoder().U64(count_).Take();
  bytes.append(offsets_.bytes());
  journal.Put(keys::Of(keys::kSettled, group_id), bytes);
  *this = SettledRun();
}

absl::Status ExpandSettled(std::string_view value, absl::FunctionRef<void(Offset)> fn) {
  Decoder in(value);
  const uint64_t count = in.Count();
  Offset offset = 0;
  for (uint64_t i = 0; i < count; ++i) {
    offset = Sum(offset, in.I64());
    if (!in.ok()) break;
    fn(offset);
  }
  return in.ok() ? absl::OkStatus() : Malformed("settled deliveries");
}

}  // namespace braid::engine
