#include "tests/sim/world.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "tests/sim/clients.h"

namespace braid::sim {
namespace {

// One bounded step of what the engine does in the background.
void Maintain(engine::Catalog& catalog) {
  catalog.Maintain();
}

EngineOptions OptionsOf(std::mt19937_64& random, const Clock* clock) {
  EngineOptions options;
  options.data_dir = "/data";
  options.clock = clock;
  options.durability = random() % 4 == 0 ? Durability::kSync : Durability::kOs;
  options.segment_bytes = static_cast<int64_t>(300 + random() % 4000);
  options.tail_cache_bytes = random() % 2 == 0 ? 0 : 2000;
  return options;
}

}  // namespace

World::World(const RunOptions& options)
    : options_(options),
      random_(options.seed),
      disk_(FaultFileSystem::Create(options.seed ^ 0x5eed)),
      engine_options_(OptionsOf(random_, &clock_)) {
  disk_->SetFaults({.reorder = true});
  clients_.push_back(std::make_unique<KafkaClient>(*this));
  clients_.push_back(std::make_unique<KafkaClient>(*this));
  clients_.push_back(std::make_unique<RedisClient>(*this));
  clients_.push_back(std::make_unique<RedisClient>(*this));
  clients_.push_back(std::make_unique<NatsClient>(*this));
  clients_.push_back(std::make_unique<NatsClient>(*this));
  clients_.push_back(std::make_unique<GroupClient>(*this));
  clients_.push_back(std::make_unique<GroupClient>(*this));
  clients_.push_back(std::make_unique<GroupClient>(*this));
  clients_.push_back(std::make_unique<TopicClient>(*this));
}

World::~World() = default;

std::string World::Run() {
  try {
    Open();
    for (int i = 0; i < options_.steps; ++i) {
      NextStep();
      DoStep();
    }
    NextStep();
    Restart(Percent(50) ? End::kPowerCut : End::kClean);
  } catch (const Broken& broken) {
    return absl::StrCat("seed ", options_.seed, ", step ", step_, ": ", broken.what());
  }
  return "";
}

void World::DoStep() {
  const uint64_t dice = Below(1000);
  if (process_->dead()) return Restart(Percent(50) ? End::kKill : End::kPowerCut);
  if (sync_failed_ && Percent(20)) return Restart(Percent(50) ? End::kKill : End::kPowerCut);
  if (dice < 760) return clients_[Below(clients_.size())]->Act();
  if (dice < 830) return Advance();
  if (dice < 890) return Flush();
  if (dice < 940) {
    if (StreamModelPtr model = PickStream(static_cast<Origin>(Below(3)))) CheckWhole(*model);
    return;
  }
  if (dice < 965) return ToggleFaults();
  if (dice < 970) return Restart(End::kClean);
  if (dice < 978) return Restart(End::kKill);
  if (dice < 986) return Restart(End::kPowerCut);
  Maintain(*catalog_);
}

void World::Trace(std::string_view what) {
  if (options_.verbose) {
    std::printf("%5lld %s\n", static_cast<long long>(step_), std::string(what).c_str());
  }
}

void World::Fail(std::string_view what) const {
  throw Broken(std::string(what));
}

std::string World::Payload() {
  std::string payload = absl::StrCat("v", ++payloads_, ".");
  payload.append(Percent(5) ? 1500 : Below(60), 'x');
  return payload;
}

bool World::Refused(const absl::Status& status, Step since) {
  if (status.ok()) return false;
  const Errc code = CodeOf(status);
  const bool disk = code == Errc::kIo || code == Errc::kOutOfSpace;
  const bool trouble = in_trouble() || since <= well_since_;
  if (!disk || !trouble) Fail(absl::StrCat("unexpected: ", status.ToString()));
  Trace(absl::StrCat("  refused: ", std::string(status.message())));
  return true;
}

StreamModelPtr World::PickStream(Origin model) {
  const bool foreign = Percent(10);
  std::vector<StreamModelPtr> choice;
  for (const auto& [name, history] : topics_) {
    if (history.now() == nullptr) continue;
    for (const StreamModelPtr& stream : history.now()->partitions) {
      if (foreign || stream->now().options.owner == model) choice.push_back(stream);
    }
  }
  return choice.empty() ? nullptr : choice[Below(choice.size())];
}

bool World::HasProducer(int64_t id) const {
  for (const auto& [name, history] : topics_) {
    if (history.now() == nullptr) continue;
    for (const StreamModelPtr& stream : history.now()->partitions) {
      for (const ModelRecord& record : stream->records) {
        if (record.producer_id == id) return true;
      }
    }
  }
  return false;
}

engine::StreamPtr World::Handle(const StreamModel& model) const {
  const engine::TopicPtr topic = catalog_->FindTopic(model.identity.topic.str());
  Expect(topic != nullptr, absl::StrCat(model.identity.topic.str(), " is gone"));
  return topic->partitions[static_cast<size_t>(model.identity.partition)];
}

engine::GroupPtr World::Handle(const StreamModel& model, const GroupModel& group) const {
  engine::GroupPtr found = Handle(model)->FindGroup(group.options.owner, group.name);
  Expect(found != nullptr && found->id() == group.id, "a group is gone");
  return found;
}

// --- Time and durability ---

void World::Advance() {
  const auto by = absl::Milliseconds(Percent(10) ? Between(1000, 60000) : Between(0, 2000));
  Trace(absl::StrCat("clock +", absl::ToInt64Milliseconds(by), " ms"));
  clock_.Advance(by);
  MaybeDie();
  catalog_->Tick();
  Survive();
  ObserveAll();
}

void World::Flush() {
  MaybeDie();
  const absl::Status status = catalog_->Flush();
  Survive();
  Trace(absl::StrCat("flush: ", status.ok() ? "ok" : std::string(status.message())));
  // Without the log that failed the others are as good as ever.
  if (sync_failed_ && !failed_may_be_gone_) {
    Expect(!status.ok(), "a flush after a failed one says ok");
  }
  if (status.ok()) sync_failed_ = false;
  if (!status.ok() && !sync_failed_) {
    // A failed fsync ends all promises, also when it was one that nobody waited for.
    Expect(sync_may_have_failed_ || Refused(status), "unreachable");
    sync_failed_ = true;
    failed_may_be_gone_ = false;
  }
  for (Ticket& ticket : tickets_) {
    const absl::StatusOr<bool> durable = catalog_->IsDurable(ticket.ticket);
    if (status.ok()) Expect(durable.ok() && *durable, "a flush left a commit behind");
    if (!durable.ok() || !*durable) continue;
    durable_step_ = std::max(durable_step_, ticket.step);
    for (auto& [stream, next] : ticket.streams) {
      stream->durable = std::max(stream->durable, std::min(next, stream->next()));
    }
  }
  tickets_.clear();
  if (!status.ok()) return;
  durable_step_ = std::max(durable_step_, written_step_);
  for (const auto& [name, history] : topics_) {
    if (history.now() == nullptr) continue;
    for (const StreamModelPtr& stream : history.now()->partitions) {
      stream->durable = std::max(stream->durable, stream->written);
    }
  }
}

void World::Acknowledge(const engine::CommitTicket& ticket, Step step,
                        const std::vector<StreamModelPtr>& streams) {
  written_step_ = std::max(written_step_, step);
  Ticket& waiting = tickets_.emplace_back(Ticket{ticket, step, {}});
  for (const StreamModelPtr& stream : streams) {
    stream->written = stream->next();
    waiting.streams.emplace_back(stream, stream->next());
  }
}

// --- Faults ---

void World::ToggleFaults() {
  Faults faults{.reorder = true};
  faults_on_ = !faults_on_;
  if (!faults_on_) well_since_ = step_;
  if (faults_on_) {
    switch (Below(5)) {
      case 0:
        faults.fail_write = 0.3;
        break;
      case 1:
        faults.short_write = 0.3;
        faults.fail_truncate = 0.3;
        break;
      case 2:
        faults.fail_sync = 0.5;
        sync_may_have_failed_ = true;
        break;
      case 3:
        faults.room_bytes = Between(0, 2000);
        break;
      default:
        faults.fail_name = 0.3;
        faults.fail_remove = 0.3;
        faults.fail_write = 0.1;
    }
  }
  Trace(!faults_on_              ? "the disk is well again"
        : faults.fail_sync > 0   ? "fsync fails"
        : faults.short_write > 0 ? "writes and truncates fail halfway"
        : faults.room_bytes >= 0 ? "the disk is full"
        : faults.fail_name > 0   ? "creating files fails"
                                 : "writes fail");
  disk_->SetFaults(faults);
}

void World::MaybeDie() {
  if (Percent(2)) process_->DieAfter(Between(1, 8));
}

void World::Survive() {
  if (!process_->dead()) process_->DieAfter(-1);
}

void World::Restart(End end) {
  if (faults_on_) ToggleFaults();
  // A log that could not be synced takes no farewell either.
  if (end == End::kClean && (process_->dead() || process_->sync_failed())) end = End::kKill;
  if (end != End::kClean) process_->Die();
  Trace(end == End::kClean ? "closes" : end == End::kKill ? "is killed" : "loses power");
  catalog_.reset();
  if (end == End::kPowerCut) disk_->Crash();
  if (Percent(50)) clock_.Advance(absl::Milliseconds(Between(0, 5000)));
  while (Percent(15)) {  // dies while it opens, perhaps more than once
    process_ = std::make_unique<ProcessFileSystem>(disk_.get(), options_.sabotage);
    process_->DieAfter(Between(1, 12));
    engine_options_.filesystem = process_.get();
    auto opened = engine::Catalog::Open(engine_options_);
    process_->Die();
    opened = absl::CancelledError();
    if (Percent(30)) {
      disk_->Crash();
      end = End::kPowerCut;
    }
    Trace("dies while opening");
  }
  for (const auto& client : clients_) client->Forget(end);
  Open();
  CheckRecovered(end);
  Trace("is open again");
}

void World::Open() {
  process_ = std::make_unique<ProcessFileSystem>(disk_.get(), options_.sabotage);
  engine_options_.filesystem = process_.get();
  engine_options_.seed = 1 + Below(uint64_t{1} << 40);  // no two lives give the same topic ids
  auto opened = engine::Catalog::Open(engine_options_);
  Expect(opened.ok(), absl::StrCat("does not open: ", opened.status().ToString()));
  catalog_ = *std::move(opened);
  for (const std::string& note : catalog_->recovery_notes()) Trace(absl::StrCat("  note: ", note));
  sync_failed_ = sync_may_have_failed_ = false;
  tickets_.clear();
}

}  // namespace braid::sim
