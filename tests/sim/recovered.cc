// The strong part of the oracle: what must hold after a restart.
//
// Each log keeps a prefix of what was written to it: a stream's log of its records, the journal of
// all other changes. How long the journal's prefix is cannot be seen, so the oracle narrows it
// down: every fact found allows the steps at which it was true, and some step must be allowed by
// all.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/sim/clients.h"
#include "tests/sim/world.h"

namespace braid::sim {
namespace {

bool SameOptions(const StreamOptions& a, const StreamOptions& b) {
  return a.max_age == b.max_age && a.max_bytes == b.max_bytes && a.max_records == b.max_records &&
         a.max_records_per_key == b.max_records_per_key && a.discard == b.discard &&
         a.dedup_window == b.dedup_window && a.durability == b.durability &&
         a.subjects == b.subjects && a.owner == b.owner;
}

std::set<Offset> Within(const std::set<Offset>& set, Offset begin, Offset end) {
  return {set.lower_bound(begin), set.lower_bound(std::max(begin, end))};
}

// Whether a group that the journal left as `kept` may be found as `info` and `pending` say.
bool Explains(const GroupModel& group, const GroupFacts& kept, Offset start, Offset next,
              absl::Time now, const engine::GroupInfo& info,
              const std::map<Offset, ModelPending>& pending) {
  const bool kafka = group.options.owner == Origin::kKafka;
  const bool redis = group.options.owner == Origin::kRedis;
  if (info.cursor != (kafka ? kept.cursor : std::min(kept.cursor, next))) return false;
  if (info.delivered_seq != kept.deliveries) return false;
  for (const auto& [offset, entry] : pending) {
    const auto it = kept.pending.find(offset);
    if (it == kept.pending.end() || !(it->second == entry)) return false;
  }
  for (const auto& [offset, entry] : kept.pending) {
    if (pending.contains(offset) || offset >= next || (!redis && offset < start)) continue;
    const int64_t most = group.options.max_deliver;
    if (most <= 0 || entry.count < most || (entry.ready_is_known && entry.ready_at > now)) {
      return false;
    }
  }
  return true;
}

std::map<Offset, ModelPending> PendingOf(engine::Group& group) {
  std::map<Offset, ModelPending> out;
  for (const engine::PendingEntry& entry : group.Pending({.max = INT64_MAX})) {
    out[entry.offset] = {.consumer = entry.consumer, .count = entry.delivery_count};
  }
  return out;
}

std::set<std::string> ConsumersOf(engine::Group& group) {
  std::set<std::string> out;
  for (const engine::ConsumerInfo& consumer : group.Consumers()) out.insert(consumer.name);
  return out;
}

}  // namespace

void World::CheckRecovered(End end) {
  const Step least = end == End::kPowerCut ? durable_step_
                     : end == End::kKill   ? written_step_
                                           : step_;
  allowed_ = {{least, step_ + 1}};
  NarrowTopics();
  NarrowSettings();
  std::vector<std::pair<StreamModelPtr, engine::StreamPtr>> streams;
  for (const engine::TopicPtr& topic : catalog_->Topics()) {
    IncarnationPtr incarnation;
    (void)topics_[topic->name].Where([&](const IncarnationPtr& version) {
      if (version != nullptr && version->uuid == topic->uuid) incarnation = version;
      return false;
    });
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      streams.emplace_back(incarnation->partitions[i], topic->partitions[i]);
    }
  }
  for (auto& [model, stream] : streams) NarrowStream(*model, *stream, end);
  const Step last = allowed_.back().end - 1;
  Trace(absl::StrCat("the journal ends at step ", last, " of [", least, ", ", step_, "]"));
  for (auto& [name, history] : topics_) {
    history.RewindTo(last);
    history.ForgetBefore(end == End::kPowerCut ? last : durable_step_);
  }
  for (auto& [key, history] : settings_) {
    history.RewindTo(last);
    history.ForgetBefore(end == End::kPowerCut ? last : durable_step_);
  }
  ++step_;  // what opening itself did comes after
  for (auto& [model, stream] : streams) Adopt(*model, *stream, last, end);
  written_step_ = last;
  if (end == End::kPowerCut) durable_step_ = last;
  ObserveAll();
}

void World::Narrow(const StepRanges& ranges, std::string_view what) {
  const StepRanges before = allowed_;
  allowed_ = Intersect(allowed_, ranges);
  if (!allowed_.empty()) return;
  std::string steps;
  for (const StepRange& range : before)
    absl::StrAppend(&steps, " ", range.begin, "-", range.end - 1);
  Fail(absl::StrCat("after a restart: ", std::string(what),
                    " is as it was at none of the steps that the rest allows:", steps));
}

void World::NarrowTopics() {
  for (const engine::TopicPtr& topic : catalog_->Topics()) {
    Expect(topics_.contains(topic->name), absl::StrCat(topic->name, " was never created"));
  }
  for (const auto& [name, history] : topics_) {
    const engine::TopicPtr found = catalog_->FindTopic(name);
    Narrow(history.Where([&](const IncarnationPtr& version) {
      if (version == nullptr || found == nullptr) return version == nullptr && found == nullptr;
      return version->uuid == found->uuid && version->partitions.size() == found->partitions.size();
    }),
           absl::StrCat("topic ", name, found == nullptr ? ", which is gone," : ""));
  }
}

void World::NarrowSettings() {
  for (const auto& [key, value] : catalog_->Settings("")) {
    Expect(settings_.contains(key), absl::StrCat("setting ", key, " was never put"));
  }
  for (const auto& [key, history] : settings_) {
    const std::string found = catalog_->GetSetting(key).value_or("");
    Narrow(history.Where([&](const std::string& version) { return version == found; }),
           absl::StrCat("setting ", key));
  }
}

// Every record that is there must be the one that was appended at its offset. Returns the holes.
std::set<Offset> World::ReadRecovered(StreamModel& model, engine::Stream& stream, Offset promised) {
  const std::string& name = model.identity.topic;
  engine::RecordRange all;
  all.max_records = INT64_MAX;
  const auto records = stream.Read(all);
  Expect(records.ok(), absl::StrCat(name, " cannot be read: ", records.status().ToString()));
  // The ID of a record that was not promised may depend on what was lost.
  for (Offset offset = promised; offset < model.next(); ++offset) {
    model.records[static_cast<size_t>(offset)].id.reset();
  }
  std::set<Offset> holes;
  Offset at = stream.start_offset();
  for (const engine::StoredRecord& record : *records) {
    for (; at < record.offset; ++at) holes.insert(at);
    ++at;
    ModelRecord& known = model.records[static_cast<size_t>(record.offset)];
    const std::string body = BodyOf(record, record.origin);
    Expect(body == known.body, absl::StrCat("after a restart: ", name, "/", record.offset,
                                            " reads ", body, " for ", known.body));
    Expect(!known.id.has_value() || *known.id == record.id,
           absl::StrCat("after a restart: ", name, "/", record.offset, " has the ID ",
                        Format(record.id), " for ", Format(known.id.value_or(EntryId()))));
  }
  for (; at < stream.next_offset(); ++at) holes.insert(at);
  return holes;
}

void World::NarrowStream(StreamModel& model, engine::Stream& stream, End end) {
  const std::string& name = model.identity.topic;
  const Offset next = stream.next_offset();
  const Offset start = stream.start_offset();
  const Offset least = end == End::kPowerCut ? model.durable
                       : end == End::kKill   ? model.written
                                             : model.next();
  Expect(next >= least, absl::StrCat("after a restart: ", name, " ends at ", next, ", and up to ",
                                     least, " was acknowledged"));
  Expect(next <= model.next(),
         absl::StrCat("after a restart: ", name, " ends at ", next, " past ", model.next()));
  const std::set<Offset> holes = ReadRecovered(model, stream, least);
  const StreamOptions options = stream.options();
  const EntryId last_id = stream.last_id();
  const auto describe = [&](std::string_view what) {
    return absl::StrCat(name, ", ", std::string(what), " (records ", start, " to ", next, ")");
  };
  Narrow(model.facts.Where([&](const StreamFacts& f) { return SameOptions(f.options, options); }),
         describe("its options"));
  Narrow(model.facts.Where([&](const StreamFacts& facts) {
    // A power cut may take records by which limits had taken others.
    const Offset kept = end == End::kPowerCut ? facts.start_by_hand : facts.start;
    return start >= std::min(kept, next);
  }),
         describe(absl::StrCat("its start, ", model.now().start, " before,")));
  Narrow(model.facts.Where(
             [&](const StreamFacts& facts) { return Within(facts.deleted, start, next) == holes; }),
         describe("what is deleted"));
  Narrow(model.facts.Where([&](const StreamFacts& facts) {
    return last_id >= facts.least_last_id && stream.State().max_deleted_id >= facts.max_deleted_id;
  }),
         describe(absl::StrCat("its largest IDs ", Format(last_id), " and deleted ",
                               Format(stream.State().max_deleted_id), ", then ",
                               Format(model.now().least_last_id), " and ",
                               Format(model.now().max_deleted_id), ",")));
  if (next > 0) {
    const auto& newest = model.records[static_cast<size_t>(next - 1)].id;
    Expect(!newest.has_value() || last_id >= *newest,
           absl::StrCat("after a restart: ", name, " has the last ID ", Format(last_id), " for ",
                        Format(newest.value_or(EntryId())), " of ", next - 1));
  }
  NarrowGroups(model, stream);
}

void World::NarrowGroups(StreamModel& model, engine::Stream& stream) {
  for (const engine::GroupPtr& group : stream.Groups()) {
    Expect(model.groups.contains(group->id()), absl::StrCat(group->name(), " was never created"));
  }
  for (const auto& entry : model.groups) {
    const GroupModel& group = entry.second;
    const engine::GroupPtr found = stream.FindGroup(group.options.owner, group.name);
    const bool exists = found != nullptr && found->id() == entry.first;
    const std::string name = absl::StrCat("group ", model.identity.topic.str(), ".", group.name);
    Narrow(group.facts.Where([&](const GroupFacts& facts) { return facts.exists == exists; }),
           name);
    if (!exists) continue;
    const engine::GroupInfo info = found->Info();
    const std::map<Offset, ModelPending> pending = PendingOf(*found);
    Narrow(group.facts.Where([&](const GroupFacts& facts) {
      return Explains(group, facts, stream.start_offset(), stream.next_offset(), Now(), info,
                      pending);
    }),
           absl::StrCat(name, ", cursor ", info.cursor, " or ", pending.size(), " pending, first ",
                        pending.empty() ? -1 : pending.begin()->first, ", of ", info.delivered_seq,
                        " deliveries (records ", stream.start_offset(), " to ",
                        stream.next_offset(), ") now ", group.now().cursor, "/",
                        group.now().pending.size(), "/", group.now().deliveries, " "));
    const std::set<std::string> consumers = ConsumersOf(*found);
    const std::string metadata = found->committed().metadata;
    Narrow(group.facts.Where([&](const GroupFacts& facts) {
      return facts.consumers == consumers && facts.metadata == metadata;
    }),
           name + ", consumers or metadata");
  }
}

// The model becomes what was found, which is explained.
void World::Adopt(StreamModel& model, engine::Stream& stream, Step last, End end) {
  const bool power = end == End::kPowerCut;
  const Offset start_before = model.now().start;
  const Offset next = stream.next_offset();
  // A record behind it may have kept the journal's word from being missed.
  const EntryId least_last_id = model.facts.At(allowed_.front().begin).least_last_id;
  model.facts.RewindTo(last);
  model.facts.ForgetBefore(power ? last : durable_step_);
  model.RewindTo(next);
  model.written = next;
  if (power) model.durable = next;
  const Offset start = stream.start_offset();
  const Offset kept = std::min(model.now().start, next);
  if (start > kept) {
    // What limits and trims had removed may stay away, though the journal has forgotten why.
    Expect(start <= start_before || WasSurplus(model, std::max(kept, start_before), start),
           absl::StrCat("after a restart: ", model.identity.topic.str(),
                        " has lost the records up to ", start));
  }
  StreamFacts& facts = model.facts.Change(step_);
  facts.start = start;
  facts.least_last_id = std::min(facts.least_last_id, least_last_id);
  facts.start_by_hand = std::min(facts.start_by_hand, next);
  facts.deleted.erase(facts.deleted.lower_bound(next), facts.deleted.end());
  model.DoubtMessageIds();
  AdoptGroups(model, stream, last);
  for (auto it = model.groups.begin(); it != model.groups.end();) {
    it->second.facts.ForgetBefore(power ? last : durable_step_);
    const bool ever = !it->second.facts.Where([](const auto& f) { return f.exists; }).empty();
    it = ever ? std::next(it) : model.groups.erase(it);
  }
}

void World::AdoptGroups(StreamModel& model, engine::Stream& stream, Step last) {
  for (auto& [id, group] : model.groups) {
    group.facts.RewindTo(last);
    if (!group.now().exists) continue;
    const engine::GroupPtr found = stream.FindGroup(group.options.owner, group.name);
    const std::map<Offset, ModelPending> pending = PendingOf(*found);
    GroupFacts& facts = group.facts.Change(step_);
    facts.cursor = found->Info().cursor;
    std::erase_if(facts.pending, [&](const auto& entry) { return !pending.contains(entry.first); });
    // Of steps that differ in nothing else the oracle cannot tell which one this is.
    for (auto& [offset, entry] : facts.pending) entry.ready_is_known = false;
  }
}

}  // namespace braid::sim
