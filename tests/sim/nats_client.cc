#include <algorithm>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/stream_reader.h"
#include "engine/subjects.h"
#include "engine/views.h"
#include "tests/sim/clients.h"

namespace braid::sim {

void NatsClient::DoSomething() {
  const StreamModelPtr model = world.PickStream(Origin::kNats);
  if (model == nullptr) return;
  const uint64_t dice = world.Below(100);
  if (dice < 72) return Publish(model);
  if (dice < 78) return Purge(model);
  if (dice < 88) return Delete(model, {world.Between(0, model->next())});
  if (dice < 95) return GetLast(model);
  world.CheckWhole(*model);
}

std::string NatsClient::PickSubject(const StreamModel& model) {
  return absl::StrCat(engine::JetStreamNameOf(model.identity), ".",
                      std::string(1, static_cast<char>('a' + world.Below(4))));
}

void NatsClient::Publish(const StreamModelPtr& model) {
  const StreamOptions options = model->now().options;
  const std::string subject = PickSubject(*model);
  const std::string payload = world.Payload();
  std::string msg_id;
  if (world.Percent(40)) {
    // An old one, of any publisher, or a new one.
    msg_id = absl::StrCat("m", world.Percent(40) ? world.Between(0, message_ids_) : ++message_ids_);
  }
  RecordView record;
  record.key = subject;
  record.value = payload;
  if (!msg_id.empty()) record.headers.push_back({"Nats-Msg-Id", msg_id});
  engine::AppendOptions append;
  append.origin = Origin::kNats;
  append.msg_id = msg_id;
  if (world.Percent(10)) append.expected_last = world.Between(model->next() - 2, model->next() - 1);

  const bool wrong_last = append.expected_last.value_or(model->next() - 1) != model->next() - 1;
  const auto known = model->message_ids.find(msg_id);
  const bool in_window = !msg_id.empty() && known != model->message_ids.end() &&
                         world.Now() - known->second.at < options.dedup_window;
  const auto same = static_cast<int64_t>(model->LiveOf(subject).size());
  const bool tracked = !options.subjects.empty();
  const bool replaces =
      tracked && options.max_records_per_key > 0 && same >= options.max_records_per_key;
  const bool full =
      options.discard == Discard::kNew && !replaces &&
      ((options.max_records >= 0 && model->live() >= options.max_records) ||
       (options.max_bytes >= 0 && tracked &&
        model->accounted_bytes() + engine::AccountedBytes(record) > options.max_bytes));

  const auto result = world.Handle(*model)->Append(record, append, writes);
  world.Trace(absl::StrCat("publish ", subject, " ", msg_id, " at ", model->next()));
  if (CodeOf(result.status()) == Errc::kWrongLastOffset) {
    world.Expect(wrong_last, "a right expectation was refused");
    return world.Observe(*model);
  }
  if (CodeOf(result.status()) == Errc::kLimitReached) {
    world.Expect(full, "a stream with room refused a record");
    return world.Observe(*model);
  }
  if (world.Refused(result.status())) return world.Observe(*model);
  world.Expect(!wrong_last, "a wrong expectation was accepted");
  if (in_window && known->second.sure) {
    world.Expect(result->duplicate, absl::StrCat("message ", msg_id, " was stored twice"));
    world.Expect(result->base_offset == known->second.offset,
                 "a repeat was answered with another offset");
  }
  if (result->duplicate) {
    world.Expect(in_window || (known != model->message_ids.end() && !known->second.sure),
                 "a new message was taken for an old one");
    Changed(model);
    return world.Observe(*model);
  }
  world.Expect(!full, "a full stream took a record");
  record.timestamp_ms = world.NowMs();
  Appended(model, record, Origin::kNats, *result, msg_id);
  if (replaces) {
    std::vector<Offset> surplus = model->LiveOf(subject);
    surplus.resize(surplus.size() - static_cast<size_t>(options.max_records_per_key));
    // They go one by one, so that a start moves as often.
    for (const Offset offset : surplus) NoteDeleted(*model, {offset});
  }
  world.Observe(*model);
}

void NatsClient::Purge(const StreamModelPtr& model) {
  if (!Settle(model)) return;
  const std::string filter = world.Percent(30) ? ">" : PickSubject(*model);
  const int64_t keep = world.Percent(50) ? 0 : world.Between(1, 3);
  std::vector<Offset> matching = model->LiveOffsets();
  std::erase_if(matching, [&](Offset offset) {
    return !engine::Matches(filter, model->records[static_cast<size_t>(offset)].subject);
  });
  const auto kept = std::min<size_t>(matching.size(), static_cast<size_t>(keep));
  matching.resize(matching.size() - kept);
  const auto removed = world.Handle(*model)->Purge(filter, std::nullopt, keep, writes);
  world.Trace(absl::StrCat("purge ", model->identity.topic.str(), " of ", filter, " but ", keep));
  if (!world.Refused(removed.status())) {
    world.Expect(*removed == static_cast<int64_t>(matching.size()), "a purge missed some");
    if (filter == ">" && !matching.empty()) {
      NoteTrimmed(*model, matching.back() + 1);
    } else {
      NoteDeleted(*model, matching);
    }
    Changed(model);
  }
  world.Observe(*model);
}

void NatsClient::GetLast(const StreamModelPtr& model) {
  if (model->now().options.subjects.empty()) return;
  const std::string subject = PickSubject(*model);
  const auto record = world.Handle(*model)->ReadLast(subject);
  world.Observe(*model);
  const std::vector<Offset> live = model->LiveOf(subject);
  if (CodeOf(record.status()) == Errc::kRecordNotFound) {
    return world.Expect(live.empty(), "the last of a subject was not found");
  }
  if (world.Refused(record.status())) return;
  world.Expect(!live.empty() && live.back() == record->offset, "another record was the last");
  world.CheckRecord(*model, *record);
}

}  // namespace braid::sim
