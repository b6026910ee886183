#include <algorithm>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "tests/sim/clients.h"

namespace braid::sim {

void GroupClient::DoSomething() {
  const StreamModelPtr model = world.PickStream(static_cast<Origin>(world.Below(3)));
  if (model == nullptr) return;
  std::vector<GroupModel*> groups;
  for (auto& [id, group] : model->groups) {
    if (group.now().exists) groups.push_back(&group);
  }
  if (groups.empty() || world.Percent(4)) return Create(model);
  const Place at{model, groups[world.Below(groups.size())], nullptr};
  const Place place{at.model, at.group, world.Handle(*model, *at.group)};
  if (world.Percent(2)) return Remove(place);
  const Origin owner = place.group->options.owner;
  if (owner == Origin::kKafka) return CommitCursor(place);
  const uint64_t dice = world.Below(100);
  if (dice < 50) return Fetch(place);
  if (dice < 75) return Ack(place);
  if (owner == Origin::kNats) return dice < 92 ? Nak(place) : Extend(place);
  if (dice < 80) return CommitCursor(place);
  if (dice < 87) return Claim(place);
  if (dice < 95) return ReadHistory(place);
  Consumers(place);
}

void GroupClient::Create(const StreamModelPtr& model) {
  GroupOptions options;
  options.owner = static_cast<Origin>(world.Below(3));
  options.start = static_cast<StartAt>(world.Below(3));
  options.start_offset = world.Between(0, model->next());
  if (options.owner == Origin::kNats) {
    if (world.Percent(80)) options.ack_wait = absl::Milliseconds(world.Between(500, 20000));
    if (world.Percent(20)) options.backoff = {absl::Seconds(1), absl::Seconds(4)};
    if (world.Percent(50)) options.max_deliver = world.Between(1, 4);
    if (world.Percent(50)) options.max_ack_pending = world.Between(1, 6);
    if (world.Percent(30))
      options.filters = {absl::StrCat(model->identity.topic.str(), ".a"),
                         absl::StrCat(model->identity.topic.str(), ".b")};
    options.ack_all = world.Percent(10);
    options.ack_none = world.Percent(10);
  }
  const std::string name = absl::StrCat("g", world.Below(3));
  const auto created = world.Handle(*model)->CreateGroup(name, options, writes);
  world.Trace(absl::StrCat("create group ", name, " of ", model->identity.topic.str()));
  world.Observe(*model);
  if (CodeOf(created.status()) == Errc::kGroupExists) return;
  if (world.Refused(created.status())) return;
  GroupModel& group = model->groups[(*created)->id()];
  world.Expect(!group.now().exists, "a group id was given twice");
  group.id = (*created)->id();
  group.name = name;
  group.options = options;
  GroupFacts& facts = group.facts.Change(world.step());
  facts = {};
  facts.exists = true;
  facts.cursor = (*created)->Info().cursor;
  const Offset expected = options.start == StartAt::kEarliest ? model->now().start
                          : options.start == StartAt::kLatest ? model->next()
                                                              : options.start_offset;
  world.Expect(facts.cursor == expected, "a group starts elsewhere");
  Changed();
}

void GroupClient::Remove(const Place& at) {
  const auto removed =
      world.Handle(*at.model)->DeleteGroup(at.group->options.owner, at.group->name, writes);
  world.Trace(
      absl::StrCat("delete group ", at.group->name, " of ", at.model->identity.topic.str()));
  if (world.Refused(removed.status())) return;
  world.Expect(*removed, "a group was gone");
  Change(at).exists = false;
  Changed();
}

void GroupClient::CommitCursor(const Place& at) {
  const Offset next = world.Between(at.model->now().start, at.model->next());
  const std::string metadata = world.Percent(30) ? world.Payload() : "";
  absl::Status status;
  if (at.group->options.owner == Origin::kKafka) {
    status = at.handle->Commit(next, metadata, 0, writes);
  } else {
    EntryId before;
    if (next > 0) {
      const auto& id = at.model->records[static_cast<size_t>(next - 1)].id;
      if (!id.has_value()) return;
      before = *id;
    }
    status = at.handle->SetCursor(next, before, std::nullopt, writes);
  }
  world.Trace(absl::StrCat("cursor of ", at.model->identity.topic.str(), ".", at.group->name,
                           " to ", next));
  if (world.Refused(status)) return;
  GroupFacts& facts = Change(at);
  facts.cursor = next;
  if (at.group->options.owner == Origin::kKafka) facts.metadata = metadata;
  Changed();
}

// --- Delivering ---

void GroupClient::Fetch(const Place& at) {
  const std::string consumer = PickConsumer();
  const bool redis = at.group->options.owner == Origin::kRedis;
  engine::GroupFetch fetch;
  fetch.consumer = consumer;
  fetch.max_records = world.Between(1, 5);
  fetch.only_new = redis;
  fetch.no_ack = world.Percent(10);
  const engine::GroupInfo before = at.handle->Info();
  world.Observe(*at.model);
  const Fetched fetched{consumer, at.group->now().cursor, before.last_delivered_id,
                        fetch.no_ack || at.group->options.ack_none};
  world.Expect(before.cursor == fetched.old_cursor, "a cursor moved by itself");
  const auto records = at.handle->Fetch(fetch, writes);
  world.Trace(absl::StrCat("fetch ", at.model->identity.topic.str(), ".", at.group->name, " for ",
                           consumer, ": ", records.ok() ? records->size() : 0, " of ",
                           fetch.max_records));
  if (world.Refused(records.status())) return TakeAsItIs(at);
  world.ObserveRecords(*at.model);  // what it wrote first may have pushed others out
  std::set<Offset> given;
  for (const engine::DeliveredRecord& record : *records) {
    world.Expect(given.insert(record.offset).second, "one fetch gave a record twice");
    CheckDelivery(at, fetched, record);
  }
  if (Change(at).consumers.insert(consumer).second || !given.empty()) Changed();
  CheckCursor(at, fetched, given);
  if (at.group->now().cursor != fetched.old_cursor) Changed();
  const int64_t limit = at.group->options.max_ack_pending;
  const auto outstanding = static_cast<int64_t>(at.group->now().pending.size());
  world.Expect(limit <= 0 || outstanding <= limit, "more is outstanding than allowed");
  const bool room = fetched.settles || limit <= 0 || outstanding < limit;
  const bool more = static_cast<int64_t>(records->size()) == fetch.max_records;
  if (room && !more) CheckNothingIsLeft(at, fetch.only_new);
  world.Observe(*at.model);
}

void GroupClient::CheckDelivery(const Place& at, const Fetched& fetched,
                                const engine::DeliveredRecord& record) {
  const std::string where =
      absl::StrCat(at.model->identity.topic.str(), ".", at.group->name, "/", record.offset);
  world.CheckRecord(*at.model, record);
  const ModelRecord& known = at.model->records[static_cast<size_t>(record.offset)];
  world.Expect(at.group->Wants(known.subject), where + " does not match the filters");
  GroupFacts& facts = Change(at);
  world.Expect(record.group_seq == ++facts.deliveries, where + ": a delivery number is skipped");
  if (record.offset >= fetched.old_cursor) {
    world.Expect(record.delivery_count == 1, where + " is new and was delivered before");
  } else {
    const auto pending = facts.pending.find(record.offset);
    world.Expect(pending != facts.pending.end(), where + " was settled and is delivered again");
    world.Expect(record.delivery_count == pending->second.count + 1, where + " is miscounted");
    world.Expect(pending->second.ready_at <= world.Now() || !pending->second.ready_is_known,
                 where + " is delivered too early");
  }
  const int64_t most = at.group->options.max_deliver;
  world.Expect(most <= 0 || record.delivery_count <= most, where + " is delivered too often");
  if (fetched.settles) {
    facts.pending.erase(record.offset);
    return;
  }
  const absl::Duration wait = at.group->Wait(record.delivery_count);
  facts.pending[record.offset] = {
      .consumer = fetched.consumer,
      .count = record.delivery_count,
      .ready_at = wait > absl::ZeroDuration() ? world.Now() + wait : absl::InfiniteFuture()};
}

// The cursor goes past what was given and past what is not for this group; nothing else.
void GroupClient::CheckCursor(const Place& at, const Fetched& fetched,
                              const std::set<Offset>& given) {
  const engine::GroupInfo info = at.handle->Info();
  world.Expect(info.cursor >= fetched.old_cursor, "a cursor fell");
  for (Offset offset = fetched.old_cursor; offset < info.cursor; ++offset) {
    if (!at.model->IsLive(offset) || given.contains(offset)) continue;
    const ModelRecord& record = at.model->records[static_cast<size_t>(offset)];
    const bool behind = at.group->options.owner == Origin::kRedis && record.id.has_value() &&
                        *record.id <= fetched.old_id;
    world.Expect(behind || !at.group->Wants(record.subject),
                 absl::StrCat(at.group->name, " skipped ", offset, " (",
                              record.id.has_value() ? Format(*record.id) : "?", " after ",
                              Format(fetched.old_id), " cursor ", fetched.old_cursor, "-",
                              info.cursor, " owner ", static_cast<int>(at.group->options.owner),
                              " start ", at.model->now().start));
  }
  world.Expect(given.empty() || info.cursor > *given.rbegin(), "a cursor stayed behind");
  Change(at).cursor = info.cursor;
}

void GroupClient::CheckNothingIsLeft(const Place& at, bool only_new) {
  for (Offset offset = at.group->now().cursor; offset < at.model->next(); ++offset) {
    const ModelRecord& record = at.model->records[static_cast<size_t>(offset)];
    world.Expect(!at.model->IsLive(offset) || !at.group->Wants(record.subject),
                 absl::StrCat(at.group->name, " was not given ", offset));
  }
  if (only_new) return;
  for (const auto& [offset, pending] : at.group->now().pending) {
    world.Expect(
        pending.ready_at > world.Now() || !pending.ready_is_known || !at.model->IsLive(offset),
        absl::StrCat(at.group->name, " was not given ", offset, " again"));
  }
}

void GroupClient::TakeAsItIs(const Place& at) {
  GroupFacts& facts = Change(at);
  const engine::GroupInfo info = at.handle->Info();
  facts.cursor = info.cursor;
  facts.deliveries = info.delivered_seq;
  std::map<Offset, ModelPending> pending;
  for (const engine::PendingEntry& entry : at.handle->Pending({.max = INT64_MAX})) {
    ModelPending& known = pending[entry.offset];
    known = facts.pending[entry.offset];
    if (known.count != entry.delivery_count) {
      const absl::Duration wait = at.group->Wait(entry.delivery_count);
      known.ready_at = wait > absl::ZeroDuration() ? world.Now() + wait : absl::InfiniteFuture();
    }
    known.consumer = entry.consumer;
    known.count = entry.delivery_count;
  }
  facts.pending = std::move(pending);
  facts.consumers.clear();
  for (const engine::ConsumerInfo& consumer : at.handle->Consumers()) {
    facts.consumers.insert(consumer.name);
  }
  world.Observe(*at.model);
}

// --- Settling ---

Offset GroupClient::PickPending(const Place& at) {
  const auto& pending = at.group->now().pending;
  if (pending.empty() || world.Percent(10)) return world.Between(0, at.model->next());
  return std::next(pending.begin(), static_cast<std::ptrdiff_t>(world.Below(pending.size())))
      ->first;
}

void GroupClient::Ack(const Place& at) {
  const Offset offset = PickPending(at);
  const bool term = world.Percent(10);
  const bool through = at.group->options.ack_all && !term;
  const auto settled = term ? at.handle->Term(offset, writes) : at.handle->Ack(offset, writes);
  world.Trace(
      absl::StrCat("ack ", at.model->identity.topic.str(), ".", at.group->name, "/", offset));
  if (world.Refused(settled.status())) return TakeAsItIs(at);
  GroupFacts& facts = Change(at);
  const size_t before = facts.pending.size();
  std::erase_if(facts.pending, [&](const auto& entry) {
    return through ? entry.first <= offset : entry.first == offset;
  });
  world.Expect(*settled == (facts.pending.size() < before), "an ack was misunderstood");
  if (*settled) Changed();
  world.Observe(*at.model);
}

void GroupClient::Nak(const Place& at) {
  at.handle->Expire(world.Now());
  world.Observe(*at.model);
  const Offset offset = PickPending(at);
  const auto delay =
      world.Percent(50) ? absl::ZeroDuration() : absl::Milliseconds(world.Between(1, 10000));
  const auto released = at.handle->Nak(offset, delay, writes);
  world.Trace(
      absl::StrCat("nak ", at.model->identity.topic.str(), ".", at.group->name, "/", offset));
  if (world.Refused(released.status())) return TakeAsItIs(at);
  GroupFacts& facts = Change(at);
  const auto pending = facts.pending.find(offset);
  world.Expect(*released == (pending != facts.pending.end()), "a nak was misunderstood");
  if (*released) Changed();
  if (*released && !pending->second.ready_is_known) return TakeAsItIs(at);
  if (*released) {
    const bool queued = pending->second.ready_at <= world.Now();
    const int64_t most = at.group->options.max_deliver;
    if (!queued && most > 0 && pending->second.count >= most) {
      facts.pending.erase(pending);
    } else if (!queued) {
      pending->second.ready_at = world.Now() + delay;
      pending->second.released = true;
    }
  }
  world.Observe(*at.model);
}

void GroupClient::Extend(const Place& at) {
  at.handle->Expire(world.Now());
  world.Observe(*at.model);
  const Offset offset = PickPending(at);
  const auto extended = at.handle->Extend(offset, writes);
  world.Trace(
      absl::StrCat("extend ", at.model->identity.topic.str(), ".", at.group->name, "/", offset));
  if (world.Refused(extended.status())) return TakeAsItIs(at);
  GroupFacts& facts = Change(at);
  const auto pending = facts.pending.find(offset);
  const bool out = pending != facts.pending.end() && pending->second.ready_at > world.Now() &&
                   !pending->second.released;
  const bool known = pending == facts.pending.end() || pending->second.ready_is_known;
  world.Expect(*extended == out || !known, "an extension was misunderstood");
  if (*extended) {
    const absl::Duration wait = at.group->Wait(pending->second.count);
    pending->second.ready_at =
        wait > absl::ZeroDuration() ? world.Now() + wait : absl::InfiniteFuture();
    Changed();
  }
  world.Observe(*at.model);
}

void GroupClient::Claim(const Place& at) {
  const Offset offset = PickPending(at);
  const std::string consumer = PickConsumer();
  engine::ClaimRequest request;
  request.consumer = consumer;
  request.keep_count = world.Percent(50);
  const auto claimed = at.handle->Claim(offset, request, writes);
  world.Trace(
      absl::StrCat("claim ", at.model->identity.topic.str(), ".", at.group->name, "/", offset));
  if (world.Refused(claimed.status())) return TakeAsItIs(at);
  GroupFacts& facts = Change(at);
  facts.consumers.insert(consumer);
  const auto pending = facts.pending.find(offset);
  world.Expect(claimed->has_value() == (pending != facts.pending.end()),
               "a claim was misunderstood");
  if (claimed->has_value()) {
    pending->second.consumer = consumer;
    pending->second.count += request.keep_count ? 0 : 1;
  }
  Changed();
  world.Observe(*at.model);
}

void GroupClient::ReadHistory(const Place& at) {
  const std::string consumer = PickConsumer();
  const auto history = at.handle->ReadHistory(consumer, 0, INT64_MAX, writes);
  world.Trace(absl::StrCat("history of ", at.model->identity.topic.str(), ".", at.group->name));
  if (world.Refused(history.status())) return TakeAsItIs(at);
  world.ObserveRecords(*at.model);  // what it wrote first may have pushed others out
  GroupFacts& facts = Change(at);
  facts.consumers.insert(consumer);
  size_t mine = 0;
  for (auto& [offset, pending] : facts.pending) {
    if (pending.consumer != consumer) continue;
    const bool live = at.model->IsLive(offset);
    if (!live && at.group->options.owner != Origin::kRedis) continue;
    world.Expect(mine < history->size() && (*history)[mine].record.offset == offset,
                 "a consumer's history lacks an entry");
    const engine::Group::HistoryEntry& entry = (*history)[mine++];
    world.Expect(entry.deleted == !live, "a history entry's life is wrong");
    if (entry.deleted) continue;
    world.CheckRecord(*at.model, entry.record);
    world.Expect(entry.delivery_count == ++pending.count, "a history entry is miscounted");
  }
  world.Expect(mine == history->size(), "a consumer's history has too many entries");
  Changed();
  world.Observe(*at.model);
}

void GroupClient::Consumers(const Place& at) {
  const std::string consumer = PickConsumer();
  GroupFacts& facts = Change(at);
  const bool known = facts.consumers.contains(consumer);
  const bool create = world.Percent(50);
  if (create) {
    world.Expect(at.handle->CreateConsumer(consumer, writes) != known, "a consumer was unknown");
    facts.consumers.insert(consumer);
  } else {
    const int64_t gone = at.handle->DeleteConsumer(consumer, writes);
    const auto held = static_cast<int64_t>(std::erase_if(
        facts.pending, [&](const auto& entry) { return entry.second.consumer == consumer; }));
    world.Expect(gone == (known ? held : -1), "a deleted consumer held another number");
    facts.consumers.erase(consumer);
  }
  world.Trace(absl::StrCat("consumer ", consumer, " of ", at.model->identity.topic.str(), ".",
                           at.group->name));
  if (create != known) Changed();
  world.Observe(*at.model);
}

}  // namespace braid::sim
