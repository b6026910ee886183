#include <algorithm>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "tests/sim/clients.h"

namespace braid::sim {

void RedisClient::DoSomething() {
  const StreamModelPtr model = world.PickStream(Origin::kRedis);
  if (model == nullptr) return;
  const uint64_t dice = world.Below(100);
  if (dice < 70) return Add(model);
  if (dice < 76) return TrimTo(model, world.Between(model->now().start, model->next()));
  if (dice < 90) {
    std::vector<Offset> offsets;
    for (int64_t i = world.Between(1, 3); i > 0; --i) {
      offsets.push_back(world.Between(0, model->next()));
    }
    world.Trace(absl::StrCat("delete ", offsets.front(), " from ", model->identity.topic.str()));
    // The oracle must know the IDs of what goes, for the largest deleted one.
    if (world.Percent(50)) world.CheckWhole(*model);
    return Delete(model, offsets);
  }
  if (dice < 93) return SetIds(model);
  world.CheckWhole(*model);
}

void RedisClient::Add(const StreamModelPtr& model) {
  const engine::StreamPtr stream = world.Handle(*model);
  engine::EntryIdSpec spec;
  const EntryId last = stream->last_id();
  switch (world.Below(6)) {
    case 0:
      spec.ms = last.ms + world.Below(3);
      break;
    case 1:
      spec.ms = last.ms + world.Below(2);
      spec.seq = last.seq + world.Below(4);
      break;
    case 2:
      if (!world.Percent(10)) break;
      spec.ms = static_cast<uint64_t>(world.NowMs() + world.Between(0, 20000));
      spec.seq = uint64_t{1} << world.Between(0, 40);
      break;
    default:
      break;
  }
  const std::string value = world.Payload();
  RecordView record;
  record.headers.push_back({"field", value});
  if (world.Percent(20)) record.value = "lifted";
  const auto expected = engine::NextEntryId(spec, last, static_cast<uint64_t>(world.NowMs()));
  engine::AppendOptions options;
  options.origin = Origin::kRedis;
  options.id = spec;
  const auto result = stream->Append(record, options, writes);
  world.Trace(absl::StrCat("add to ", model->identity.topic.str(), "/", model->identity.partition,
                           " at ", model->next()));
  const Errc code = CodeOf(result.status());
  if (code == Errc::kIdTooSmall || code == Errc::kIdZero || code == Errc::kLimitReached) {
    world.Expect(code == Errc::kLimitReached || !expected.ok(), "a good entry ID was refused");
    return world.Observe(*model);
  }
  if (!world.Refused(result.status())) {
    world.Expect(expected.ok() && *expected == result->id, "an entry got another ID");
    record.timestamp_ms = static_cast<int64_t>(result->id.ms);
    Appended(model, record, Origin::kRedis, *result);
    model->records.back().id = result->id;
  }
  world.Observe(*model);
}

void RedisClient::SetIds(const StreamModelPtr& model) {
  const engine::StreamPtr stream = world.Handle(*model);
  EntryId last = stream->last_id();
  last.ms += world.Below(5);
  last.seq += world.Below(5);
  const auto status = stream->SetIds(last, std::nullopt, std::nullopt, writes);
  world.Trace(absl::StrCat("set last ID of ", model->identity.topic.str(), " to ", Format(last)));
  if (!world.Refused(status)) {
    model->facts.Change(world.step()).least_last_id = last;
    Changed(model);
  }
  world.Observe(*model);
}

}  // namespace braid::sim
