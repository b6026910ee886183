#include "engine/group_parts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/definitions.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/subjects.h"

namespace braid::engine {
namespace {

LedgerPolicy PolicyOf(const GroupOptions& options) {
  return {.ack_wait = options.ack_wait,
          .backoff = options.backoff,
          .max_deliver = options.max_deliver,
          .max_outstanding = options.max_ack_pending};
}

void PutOptionalTime(Encoder& out, const std::optional<absl::Time>& time) {
  out.Time(time.value_or(absl::InfinitePast()));
}

std::optional<absl::Time> TakeOptionalTime(Decoder& in) {
  const absl::Time time = in.Time();
  return time == absl::InfinitePast() ? std::nullopt : std::optional(time);
}

absl::Status Checked(const Decoder& in, std::string_view what) {
  if (in.ok()) return absl::OkStatus();
  return MakeError(Errc::kCorrupt, absl::StrCat("malformed journal entry: ", std::string(what)));
}

}  // namespace

GroupParts::GroupParts(GroupOptions group_options)
    : options(std::move(group_options)),
      ledger(PolicyOf(options)),
      by_id(options.owner == Origin::kRedis) {}

bool GroupParts::Wants(std::string_view subject) const {
  if (options.filters.empty()) return true;
  return std::any_of(options.filters.begin(), options.filters.end(),
                     [&](const std::string& filter) { return Matches(filter, subject); });
}

ConsumerId GroupParts::Intern(std::string_view name, absl::Time now, bool* created) {
  auto [it, inserted] =
      consumer_ids.try_emplace(std::string(name), static_cast<ConsumerId>(consumers.size()));
  if (inserted) consumers.push_back({.name = it->first, .seen = now, .active = std::nullopt});
  if (created != nullptr) *created = inserted;
  return it->second;
}

ConsumerId GroupParts::InternHolder(std::string_view name, absl::Time now, bool* created) {
  if (consumer_ids.contains(name)) return Intern(name, now, created);
  for (ConsumerId i = 0; i < consumers.size(); ++i) {
    if (ledger.PendingOf(i) > 0) continue;
    consumer_ids.erase(consumers[i].name);
    consumers[i] = {.name = std::string(name), .seen = now, .active = std::nullopt};
    consumer_ids[consumers[i].name] = i;
    *created = true;
    return i;
  }
  return Intern(name, now, created);
}

PendingEntry GroupParts::ToPending(const Delivery& delivery) const {
  return {.offset = delivery.offset,
          .id = IdOf(delivery.offset),
          .consumer = delivery.consumer < consumers.size() ? consumers[delivery.consumer].name : "",
          .delivered_at = delivery.delivered_at,
          .delivery_count = delivery.count,
          .disowned = delivery.consumer == kNobody};
}

// --- Journal ---

void GroupParts::EmitDefinition(Journal& journal, const Group& group) const {
  journal.Put(keys::Of(keys::kGroup, group.id()),
              EncodeGroup({.stream_id = group.stream()->identity().id,
                           .name = group.name(),
                           .created = group.created(),
                           .options = options}));
}

void GroupParts::EmitCursor(Journal& journal, uint64_t group_id) const {
  Encoder out;
  out.I64(cursor)
      .U64(last_delivered_id.ms)
      .U64(last_delivered_id.seq)
      .I64(entries_read.value_or(-1))
      .I64(delivered_seq)
      .I64(delivered_offset)
      .Str(metadata)
      .I64(leader_epoch)
      .Time(committed_at);
  PutOptionalTime(out, last_delivery);
  PutOptionalTime(out, last_ack);
  journal.Put(keys::Of(keys::kCursor, group_id), out.bytes());
}

absl::Status GroupParts::RestoreCursor(std::string_view value) {
  Decoder in(value);
  cursor = in.I64();
  last_delivered_id.ms = in.U64();
  last_delivered_id.seq = in.U64();
  cursor_may_be_ahead = by_id;
  const int64_t read = in.I64();
  entries_read = read < 0 ? std::nullopt : std::optional(read);
  delivered_seq = in.I64();
  delivered_offset = in.I64();
  metadata = in.Str();
  leader_epoch = static_cast<int32_t>(in.I64());
  committed_at = in.Time();
  last_delivery = TakeOptionalTime(in);
  last_ack = TakeOptionalTime(in);
  return Checked(in, "cursor");
}

void GroupParts::EmitConsumer(Journal& journal, uint64_t group_id, ConsumerId consumer) const {
  const Consumer& known = consumers[consumer];
  Encoder out;
  out.Str(known.name).Time(known.seen).Bool(known.gone);
  PutOptionalTime(out, known.active);
  journal.Put(keys::Of(keys::kConsumer, group_id, consumer), out.bytes());
}

absl::Status GroupParts::RestoreConsumer(uint64_t number, std::string_view value) {
  Decoder in(value);
  Consumer consumer;
  consumer.name = in.Str();
  consumer.seen = in.Time();
  consumer.gone = in.Bool();
  consumer.active = TakeOptionalTime(in);
  // Numbers are given in order, so a gap means that the journal is not one.
  if (!in.ok() || number > consumers.size()) {
    return MakeError(Errc::kCorrupt, "malformed journal entry: consumer");
  }
  if (number == consumers.size()) consumers.emplace_back();
  if (!consumer.gone) consumer_ids[consumer.name] = static_cast<ConsumerId>(number);
  if (consumer.gone) {
    auto it = consumer_ids.find(consumer.name);
    if (it != consumer_ids.end() && it->second == number) consumer_ids.erase(it);
  }
  consumers[number] = std::move(consumer);
  return absl::OkStatus();
}

void GroupParts::EmitPending(Journal& journal, uint64_t group_id, const Delivery& delivery) const {
  journal.Put(keys::Of(keys::kPending, group_id, static_cast<uint64_t>(delivery.offset)),
              EncodePending({.delivery = delivery, .id = IdOf(delivery.offset)}));
}

void GroupParts::ErasePending(Journal& journal, uint64_t group_id, Offset offset) {
  journal.Erase(keys::Of(keys::kPending, group_id, static_cast<uint64_t>(offset)));
}

void GroupParts::Restore(const PendingFact& fact) {
  ledger.Restore(fact.delivery);
  RememberId(fact.delivery.offset, fact.id);
}

void GroupParts::RestoreActive(ConsumerId consumer, absl::Time at) {
  if (consumer >= consumers.size()) return;
  consumers[consumer].seen = std::max(consumers[consumer].seen, at);
  consumers[consumer].active = std::max(consumers[consumer].active.value_or(at), at);
}

void GroupParts::EmitAll(Journal& journal, const Group& group) const {
  EmitDefinition(journal, group);
  EmitCursor(journal, group.id());
  for (ConsumerId i = 0; i < consumers.size(); ++i) EmitConsumer(journal, group.id(), i);
  ledger.ForEach(0, INT64_MAX, std::nullopt, [&](const Delivery& delivery) {
    EmitPending(journal, group.id(), delivery);
    return true;
  });
}

}  // namespace braid::engine
