// What the clients of all models have in common.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/stream_reader.h"
#include "engine/views.h"
#include "tests/sim/clients.h"

namespace braid::sim {

void Client::Act() {
  if (writes.empty()) began_ = world.step();
  const int64_t calls = world.Percent(70) ? 1 : world.Between(2, 6);
  for (int64_t i = 0; i < calls; ++i) {
    world.NextStep();
    DoSomething();
  }
  world.NextStep();
  if (world.Percent(75)) Commit();
}

void Client::Forget(End end) {
  (void)end;
  writes.TakeStreams();
  touched_.clear();
  rewinds_.clear();
  changed_ = 0;
}

void Client::Changed(const StreamModelPtr& stream) {
  Changed();
  if (std::find(touched_.begin(), touched_.end(), stream) == touched_.end()) {
    touched_.push_back(stream);
    rewinds_.push_back(stream->rewinds);
  }
}

bool Client::Commit() {
  if (changed_ == 0) return true;
  world.Expect(!writes.empty(), "a change was not noted for the commit");
  world.MaybeDie();
  const absl::StatusOr<engine::CommitTicket> ticket = world.catalog().Commit(writes);
  const bool refused = world.Refused(ticket.status(), began_);
  world.Survive();
  world.Trace(refused ? "commit: refused" : "commit");
  if (!refused) {
    for (size_t i = 0; i < touched_.size(); ++i) {
      world.Expect(touched_[i]->rewinds == rewinds_[i],
                   "a commit was answered whose records another one's failure took along");
    }
    world.Acknowledge(*ticket, changed_, touched_);
  }
  touched_.clear();
  rewinds_.clear();
  changed_ = 0;
  world.ObserveAll();
  return !refused;
}

void Client::Appended(const StreamModelPtr& model, const RecordView& record, Origin origin,
                      const engine::AppendResult& result, std::string_view msg_id) {
  world.Expect(result.base_offset == model->next(), "an append did not get the next offset");
  engine::StoredRecord stored;
  static_cast<RecordView&>(stored) = record;
  stored.origin = origin;
  ModelRecord& kept = model->records.emplace_back();
  kept.body = BodyOf(record, origin);
  kept.subject = engine::SubjectOf(stored, model->identity, model->now().options.subjects);
  kept.msg_id = msg_id;
  kept.timestamp_ms = record.timestamp_ms;
  kept.accounted_bytes = engine::AccountedBytes(record);
  if (!msg_id.empty()) {
    model->message_ids[kept.msg_id] = {.offset = result.base_offset, .at = world.Now()};
  }
  Changed(model);
}

void Client::NoteDeleted(StreamModel& model, const std::vector<Offset>& offsets) {
  if (offsets.empty()) return;
  StreamFacts& facts = model.facts.Change(world.step());
  const bool at_start = std::find(offsets.begin(), offsets.end(), facts.start) != offsets.end();
  for (const Offset offset : offsets) {
    facts.deleted.insert(offset);
    const auto& id = model.records[static_cast<size_t>(offset)].id;
    if (id.has_value()) facts.max_deleted_id = std::max(facts.max_deleted_id, *id);
  }
  if (at_start) {
    facts.start = facts.start_by_hand = model.SkipDeleted(facts.start, facts.deleted);
  }
}

bool Client::Settle(const StreamModelPtr& model) {
  const bool refused = world.Refused(world.Handle(*model)->Flush());
  world.Observe(*model);
  return !refused;
}

void Client::Delete(const StreamModelPtr& model, const std::vector<Offset>& offsets) {
  if (!Settle(model)) return;
  std::vector<Offset> live;
  for (const Offset offset : offsets) {
    if (model->IsLive(offset) && std::find(live.begin(), live.end(), offset) == live.end()) {
      live.push_back(offset);
    }
  }
  const auto removed = world.Handle(*model)->Delete(offsets, writes);
  if (!world.Refused(removed.status())) {
    world.Expect(*removed == static_cast<int64_t>(live.size()), "a deletion missed some");
    NoteDeleted(*model, live);
    Changed(model);
  }
  world.Observe(*model);
}

void Client::NoteTrimmed(StreamModel& model, Offset start) {
  start = std::min(start, model.next());
  if (start <= model.now().start) return;
  StreamFacts& facts = model.facts.Change(world.step());
  facts.start = facts.start_by_hand = model.SkipDeleted(start, facts.deleted);
}

void Client::TrimTo(const StreamModelPtr& model, Offset start) {
  if (!Settle(model)) return;
  int64_t expected = 0;
  for (const Offset offset : model->LiveOffsets()) expected += offset < start ? 1 : 0;
  const auto removed = world.Handle(*model)->TrimTo(start, writes);
  world.Trace(absl::StrCat("trim ", model->identity.topic.str(), " to ", start));
  if (!world.Refused(removed.status())) {
    world.Expect(*removed == expected, "a trim took another number of records");
    NoteTrimmed(*model, start);
    Changed(model);
  }
  world.Observe(*model);
}

}  // namespace braid::sim
