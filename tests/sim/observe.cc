// The cheap part of the oracle: what must hold after every call.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "storage/batch_builder.h"
#include "tests/sim/clients.h"
#include "tests/sim/world.h"

namespace braid::sim {

void World::Observe(StreamModel& model) {
  ObserveRecords(model);
  for (auto& [id, group] : model.groups) {
    if (group.now().exists) ObserveGroup(model, group);
  }
}

void World::ObserveRecords(StreamModel& model) {
  const engine::StreamPtr stream = Handle(model);
  const Offset next = stream->next_offset();
  Expect(next <= model.next(), absl::StrCat(model.identity.topic.str(), ": a record at ", next - 1,
                                            " that nobody appended, or that was refused"));
  if (next < model.next()) {
    // A write that failed takes all that was gathered for it along.
    Expect(in_trouble(), "records vanished");
    Expect(next >= model.written, "acknowledged records vanished");
    model.RewindTo(next);
  }
  // A failed write has the window rebuilt from what is live.
  if (in_trouble()) model.DoubtMessageIds();
  ObserveStart(model, stream->start_offset());
}

void World::ObserveAll() {
  for (const auto& [name, history] : topics_) {
    if (history.now() == nullptr) continue;
    for (const StreamModelPtr& stream : history.now()->partitions) Observe(*stream);
  }
}

// Whether limits had to take every live record of [begin, start): each was too old, or one too many
// or too large for what is live behind it.
bool World::WasSurplus(const StreamModel& model, Offset begin, Offset start) const {
  const StreamOptions& options = model.now().options;
  const auto too_old = [&](const ModelRecord& record) {
    return options.max_age > absl::ZeroDuration() &&
           absl::FromUnixMillis(record.timestamp_ms) + options.max_age <= Now();
  };
  int64_t behind = 0;
  int64_t bytes = 0;
  for (Offset offset = model.next() - 1; offset >= begin; --offset) {
    if (model.now().deleted.contains(offset)) continue;
    const ModelRecord& record = model.records[static_cast<size_t>(offset)];
    bytes += record.accounted_bytes;
    if (offset < start && !too_old(record)) {
      if (options.discard == Discard::kNew) return false;
      if (options.max_records >= 0 && behind >= options.max_records) return true;
      // Without subjects bytes are those of whole segments, which the model does not know.
      return options.max_bytes >= 0 && (options.subjects.empty() || bytes > options.max_bytes);
    }
    ++behind;
  }
  return true;
}

void World::ObserveStart(StreamModel& model, Offset start) {
  const Offset before = model.now().start;
  Expect(start >= before, absl::StrCat(model.identity.topic.str(), ": removed records came back"));
  if (start == before) return;
  Expect(WasSurplus(model, before, start),
         absl::StrCat(model.identity.topic.str(), ": records up to ", start, " vanished, from ",
                      before));
  model.facts.Change(step_).start = start;
}

void World::ObserveGroup(StreamModel& model, GroupModel& group) {
  const engine::GroupPtr handle = Handle(model, group);
  std::map<Offset, ModelPending> found;
  for (const engine::PendingEntry& entry : handle->Pending({.max = INT64_MAX})) {
    found[entry.offset] = {.consumer = entry.consumer, .count = entry.delivery_count};
  }
  std::vector<Offset> gone;
  for (const auto& [offset, pending] : group.now().pending) {
    const auto it = found.find(offset);
    if (it != found.end()) {
      Expect(it->second == pending, absl::StrCat(group.name, ": pending ", offset, " changed"));
      continue;
    }
    const bool exhausted = group.options.max_deliver > 0 &&
                           pending.count >= group.options.max_deliver &&
                           (pending.ready_at <= Now() || !pending.ready_is_known);
    Expect(exhausted || !model.IsLive(offset),
           absl::StrCat(group.name, ": pending ", offset, " vanished"));
    gone.push_back(offset);
  }
  for (const auto& [offset, pending] : found) {
    Expect(group.now().pending.contains(offset),
           absl::StrCat(group.name, ": pending ", offset, " appeared"));
    Expect(group.options.owner == Origin::kRedis || model.IsLive(offset),
           absl::StrCat(group.name, ": pending ", offset, " of a record that is gone"));
  }
  if (gone.empty()) return;
  GroupFacts& facts = group.facts.Change(step_);
  for (const Offset offset : gone) facts.pending.erase(offset);
}

void World::CheckRecord(StreamModel& model, const engine::StoredRecord& record) {
  const std::string where = absl::StrCat(model.identity.topic.str(), "/", record.offset);
  Expect(model.IsLive(record.offset), where + " is served and should not be");
  ModelRecord& known = model.records[static_cast<size_t>(record.offset)];
  const std::string body = BodyOf(record, record.origin);
  Expect(body == known.body, absl::StrCat(where, " reads ", body, " for ", known.body));
  if (known.id.has_value()) {
    Expect(*known.id == record.id,
           absl::StrCat(where, " had the ID ", Format(*known.id), " and has ", Format(record.id)));
  }
  known.id = record.id;
}

void World::CheckWhole(StreamModel& model) {
  const engine::StreamPtr stream = Handle(model);
  engine::RecordRange all;
  all.max_records = INT64_MAX;
  if (Percent(15)) {
    // A wrong bit on the way costs an answer, never its truth, and not the next answer.
    disk_->SetFaults({.flip_read = 0.2, .reorder = true});
    const auto records = stream->Read(all);
    // Of what was passed over as damaged the times are missing, which count for the IDs behind it.
    const bool whole = records.ok() && static_cast<int64_t>(records->size()) == model.live();
    for (size_t i = 0; records.ok() && i < records->size(); ++i) {
      engine::StoredRecord record = (*records)[i];
      const auto& id = model.records[static_cast<size_t>(record.offset)].id;
      const bool learned = id.has_value();
      if (!whole && learned) record.id = *id;
      CheckRecord(model, record);
      if (!whole && !learned) model.records[static_cast<size_t>(record.offset)].id.reset();
    }
    disk_->SetFaults({.reorder = true});
    faults_on_ = false;
    well_since_ = step_;
  }
  const auto records = stream->Read(all);
  Observe(model);
  if (Refused(records.status())) return;
  const std::vector<Offset> live = model.LiveOffsets();
  const engine::StoredRecord* previous = nullptr;
  size_t i = 0;
  for (const engine::StoredRecord& record : *records) {
    Expect(i < live.size() && record.offset == live[i],
           absl::StrCat(model.identity.topic.str(), ": ", record.offset, " is read for ",
                        i < live.size() ? live[i] : -1));
    ++i;
    CheckRecord(model, record);
    Expect(previous == nullptr || previous->id < record.id,
           absl::StrCat(model.identity.topic.str(), ": IDs fall at ", record.offset));
    previous = &record;
  }
  Expect(i == live.size(),
         absl::StrCat(model.identity.topic.str(), ": ", live.size() - i, " records are not read"));
  const engine::StreamState state = stream->State();
  Expect(state.records == static_cast<int64_t>(live.size()), "the count of records is wrong");
  Expect(state.next_offset == model.next(), "the next offset is wrong");
  Expect(previous == nullptr || state.last_id >= previous->id, "the last ID is too small");
  Expect(stream->record_count() == state.records, "two counts of records differ");
  CheckBatches(model, *stream);
}

// What a Kafka consumer sees: every offset in dense batches, and of a stream that is not compacted
// no record that was deleted.
void World::CheckBatches(StreamModel& model, engine::Stream& stream) {
  Offset at = model.now().start;
  storage::ReadLimits limits;
  limits.max_bytes = Between(1, 5000);
  while (at < model.next()) {
    const auto read = stream.ReadBatches(at, limits);
    if (Refused(read.status())) return;
    Expect(!read->batches.empty(), "a fetch inside the log is empty");
    Expect(read->batches.front().base_offset() <= at, "a fetch skipped offsets");
    for (const Batch& batch : read->batches) {
      Expect(batch.next_offset() > at, "a fetch went back");
      Expect(batch.VerifyCrc().ok(), "a fetch gave a batch with a wrong CRC");
      const auto records = batch.Records();
      Expect(records.ok(), "a fetched batch does not decode");
      for (const Record& record : *records) {
        RecordView view = record;
        if ((view.attributes & storage::kRecordHasEntrySeq) != 0) {
          view.headers.erase(view.headers.begin());
        }
        if (record.offset >= at) {
          Expect(model.IsLive(record.offset) || batch.header().control() ||
                     stream.append_rules().compact,
                 absl::StrCat("a fetch gave the deleted record at ", record.offset));
          for (; at < record.offset; ++at) {
            Expect(!model.IsLive(at), "a fetch leaves out what is live");
          }
          ++at;
          Expect(BodyOf(view, batch.header().origin()) ==
                     model.records[static_cast<size_t>(record.offset)].body,
                 absl::StrCat("a fetch gave other bytes at ", record.offset));
        }
      }
      for (; at < batch.next_offset(); ++at) {
        Expect(!model.IsLive(at), "a fetch leaves out what is live");
      }
    }
  }
}

}  // namespace braid::sim
