// Topics, their options, and settings.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "tests/sim/clients.h"
#include "tests/sim/world.h"

namespace braid::sim {

void World::ActOnTopics(Client& client) {
  const uint64_t dice = Below(100);
  const bool none = PickStream(Origin::kKafka) == nullptr && PickStream(Origin::kNats) == nullptr;
  if (none || dice < 25) return CreateTopic(client);
  if (dice < 33) return DeleteTopic(client);
  if (dice < 65) return ChangeOptions(client);
  PutSetting(client);
}

StreamOptions World::RandomOptions(Origin owner, const std::string& name) {
  StreamOptions options;
  options.owner = owner;
  if (Percent(20)) options.max_age = absl::Milliseconds(Between(1000, 60000));
  if (Percent(15)) options.durability = Durability::kSync;
  if (owner == Origin::kNats) {
    options.subjects = {name + ".>"};
    if (Percent(70)) options.dedup_window = absl::Seconds(Between(1, 120));
    if (Percent(30)) options.discard = Discard::kNew;
    if (Percent(40)) {
      options.max_records_per_key = Between(1, 3);
      return options;
    }
  }
  if (Percent(30)) options.max_records = Between(1, 12);
  if (Percent(20)) options.max_bytes = Between(300, 5000);
  return options;
}

void World::CreateTopic(Client& client) {
  const auto owner = static_cast<Origin>(Below(3));
  const std::string name = absl::StrCat("t", Below(6));
  const int partitions = owner == Origin::kKafka && Percent(30) ? 2 : 1;
  const StreamOptions options = RandomOptions(owner, name);
  const auto topic = catalog_->CreateTopic(name, partitions, options, client.writes);
  Trace(absl::StrCat("create ", name, " of model ", static_cast<int>(owner)));
  History<IncarnationPtr>& history = topics_[name];
  if (CodeOf(topic.status()) == Errc::kStreamExists) {
    return Expect(history.now() != nullptr, "a name is taken that is free");
  }
  if (Refused(topic.status())) return;
  Expect(history.now() == nullptr, "a topic was created twice");
  auto incarnation = std::make_shared<Incarnation>();
  incarnation->uuid = (*topic)->uuid;
  for (const engine::StreamPtr& stream : (*topic)->partitions) {
    auto model = std::make_shared<StreamModel>();
    model->identity = stream->identity();
    StreamFacts first;
    first.options = options;
    model->facts = History<StreamFacts>(first);
    Expect(stream->next_offset() == 0, absl::StrCat(name, ": a new stream is not empty"));
    incarnation->partitions.push_back(std::move(model));
  }
  history.Change(step_) = std::move(incarnation);
  client.Changed();
}

void World::DeleteTopic(Client& client) {
  const std::string name = absl::StrCat("t", Below(6));
  const absl::Status status = catalog_->DeleteTopic(name, client.writes);
  Trace(absl::StrCat("delete ", name));
  History<IncarnationPtr>& history = topics_[name];
  if (CodeOf(status) == Errc::kStreamNotFound) {
    return Expect(history.now() == nullptr, "a topic is gone");
  }
  Expect(history.now() != nullptr, "a topic was there that never was");
  // Refused or not, it is gone for this process; the deletion is promised with the next commit.
  failed_may_be_gone_ = true;
  history.Change(step_) = nullptr;
  if (!Refused(status)) client.Changed();
}

void World::ChangeOptions(Client& client) {
  const StreamModelPtr model = PickStream(static_cast<Origin>(Below(3)));
  if (model == nullptr) return;
  StreamOptions options = RandomOptions(model->now().options.owner, model->identity.topic.str());
  options.subjects = model->now().options.subjects;
  const engine::StreamPtr stream = Handle(*model);
  const absl::Status flushed = stream->Flush();
  Observe(*model);
  if (Refused(flushed)) return;
  const absl::Status status = stream->SetOptions(options, client.writes);
  Trace(absl::StrCat("options of ", model->identity.topic.str(), ": records ", options.max_records,
                     ", bytes ", options.max_bytes, ", per key ", options.max_records_per_key,
                     ", age ", absl::ToInt64Milliseconds(options.max_age), " ms"));
  model->facts.Change(step_).options = options;
  if (!Refused(status)) client.Changed();
  model->DoubtMessageIds();
  Observe(*model);
}

void World::PutSetting(Client& client) {
  const std::string key = absl::StrCat("sim/", Below(4));
  // Sometimes large enough for the journal to be written anew.
  const bool large = options_.seed % 16 == 0 && Percent(30);
  std::string value = Percent(20) ? "" : absl::StrCat(++payloads_);
  if (!value.empty() && large) value.append(size_t{1500} << 10, 's');
  Trace(absl::StrCat("set ", key, ", ", value.size(), " bytes"));
  if (Refused(catalog_->PutSetting(key, value, client.writes))) return;
  settings_[key].Change(step_) = std::move(value);
  client.Changed();
}

}  // namespace braid::sim
