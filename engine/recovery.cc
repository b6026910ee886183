#include "engine/recovery.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/after_unlock.h"
#include "engine/group.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/names.h"
#include "engine/stream_parts.h"
#include "engine/transactions.h"
#include "engine/values.h"

namespace braid::engine {
namespace {

std::string StreamsDir(const EngineOptions& options) {
  return absl::StrCat(options.data_dir, "/streams");
}

std::string StreamDirName(const StreamIdentity& identity) {
  return absl::StrCat(EscapeForFile(identity.birth_name), "-", identity.partition, "~",
                      identity.id);
}

// The id in a directory's name, whatever suffix follows.
std::optional<uint64_t> StreamIdOf(std::string_view name) {
  const size_t mark = name.rfind('~');
  if (mark == std::string_view::npos) return std::nullopt;
  uint64_t id = 0;
  const std::string_view digits = name.substr(mark + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return parsed.ec == std::errc() ? std::optional(id) : std::nullopt;
}

std::string ParentOf(const std::string& dir) {
  const size_t slash = dir.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : dir.substr(0, slash);
}

absl::Status Malformed(char kind) {
  return MakeError(Errc::kCorrupt,
                   absl::StrCat("malformed journal entry of kind ", std::string(1, kind)));
}

}  // namespace

std::string StreamDir(const EngineOptions& options, const StreamIdentity& identity) {
  return absl::StrCat(StreamsDir(options), "/", StreamDirName(identity));
}

void RemoveStreamDir(FileSystem& filesystem, const std::string& dir) {
  const std::string doomed = dir + std::string(kDeletedSuffix);
  if (filesystem.Rename(dir, doomed).ok()) filesystem.RemoveAll(doomed).IgnoreError();
}

absl::Status Recovery::Run() {
  if (absl::Status s = OpenFiles(); !s.ok()) return s;
  absl::Status replayed =
      catalog_.journal_->Replay([&](std::string_view key, std::optional<std::string_view> value) {
        return Apply(key, value);
      });
  if (!replayed.ok()) return replayed;
  UndoSections();
  if (absl::Status s = BuildTopics(); !s.ok()) return s;
  if (absl::Status s = catalog_.transactions_->Recover(); !s.ok()) return s;
  if (absl::Status s = catalog_.values_->Recover(); !s.ok()) return s;
  NameCluster();
  if (absl::Status s = catalog_.journal_->Flush(); !s.ok()) return s;
  if (journal_was_ahead_) {
    if (absl::Status s = catalog_.journal_->PrepareSync().Run(); !s.ok()) return s;
  }
  return FinishDeletions();
}

absl::Status Recovery::OpenFiles() {
  EngineOptions& options = catalog_.options_;
  if (options.filesystem != nullptr) {
    catalog_.filesystem_ = options.filesystem;
  } else if (options.data_dir.empty()) {
    catalog_.owned_filesystem_ = FileSystem::Memory(
        static_cast<uint64_t>(std::max<int64_t>(0, options.memory_budget_bytes)));
    catalog_.filesystem_ = catalog_.owned_filesystem_.get();
  } else {
    catalog_.filesystem_ = &FileSystem::Posix();
  }
  if (options.data_dir.empty()) options.data_dir = "/braid";
  FileSystem& files = *catalog_.filesystem_;
  if (absl::Status s = files.CreateDirs(StreamsDir(options)); !s.ok()) return s;
  auto lock = files.Lock(options.data_dir + "/LOCK");
  if (!lock.ok()) return lock.status();
  catalog_.lock_ = *std::move(lock);
  storage::RecoveryReport report;
  auto journal = Journal::Open(files, options.data_dir + "/journal", catalog_.clock_, &report);
  if (!journal.ok()) return journal.status();
  catalog_.journal_ = *std::move(journal);
  for (const std::string& dir : {options.data_dir, ParentOf(options.data_dir)}) {
    if (absl::Status s = files.SyncDir(dir); !s.ok()) return s;
  }
  if (catalog_.owned_filesystem_ != nullptr) catalog_.journal_->Discard();
  if (report.torn_bytes > 0) {
    catalog_.recovery_notes_.push_back(
        absl::StrCat("journal: cut ", report.torn_bytes, " bytes torn off the end"));
  }
  for (const std::string& damage : report.damage) catalog_.recovery_notes_.push_back(damage);
  return absl::OkStatus();
}

// --- Replay ---

absl::Status Recovery::Apply(std::string_view key, std::optional<std::string_view> value) {
  if (key.empty()) return Malformed('?');
  const char kind = key.front();
  const std::string_view rest = key.substr(1);
  switch (kind) {
    case keys::kCluster:
      if (!value.has_value() || value->size() != catalog_.cluster_id_.size())
        return Malformed(kind);
      std::copy(value->begin(), value->end(), catalog_.cluster_id_.begin());
      return absl::OkStatus();
    case keys::kIds: {
      Decoder in(value.value_or(""));
      max_object_id_ = std::max(max_object_id_, in.U64());
      absl::MutexLock lock(&catalog_.mu_);
      catalog_.next_public_id_ = in.I64();
      return in.ok() ? absl::OkStatus() : Malformed(kind);
    }
    case keys::kSetting: {
      absl::MutexLock lock(&catalog_.mu_);
      if (value.has_value()) {
        catalog_.settings_[std::string(rest)] = *value;
      } else {
        catalog_.settings_.erase(std::string(rest));
      }
      return absl::OkStatus();
    }
    case keys::kSection:
      return ApplySection(rest, value);
    case keys::kTransaction:
      return catalog_.transactions_->Restore(rest, value);
    case keys::kTopic: {
      if (!value.has_value()) {
        auto erased = topics_.find(std::string(rest));
        if (erased == topics_.end()) return absl::OkStatus();
        erased_streams_.insert(erased->second.stream_ids.begin(), erased->second.stream_ids.end());
        topics_.erase(erased);
        return absl::OkStatus();
      }
      auto definition = DecodeTopic(*value);
      if (!definition.ok()) return definition.status();
      for (const uint64_t id : definition->stream_ids) {
        max_object_id_ = std::max(max_object_id_, id);
      }
      topics_[std::string(rest)] = *std::move(definition);
      return absl::OkStatus();
    }
    case keys::kGroup:
    case keys::kCursor:
    case keys::kConsumer:
    case keys::kPending:
    case keys::kDelivered:
    case keys::kSettled:
      return ApplyGroupFact(kind, rest, value);
    default:
      return ApplyStreamFact(kind, rest, value);
  }
}

absl::Status Recovery::ApplyStreamFact(char kind, std::string_view rest,
                                       std::optional<std::string_view> value) {
  Decoder key(rest);
  Decoder in(value.value_or(""));
  StreamFacts& facts = streams_[key.U64()];
  switch (kind) {
    case keys::kStart:
      facts.start = in.I64();
      break;
    case keys::kDeletedSet: {
      std::optional<OffsetSet> deleted = ReadOffsetSet(value.value_or(""));
      if (!deleted) return Malformed(kind);
      facts.deleted = *std::move(deleted);
      break;
    }
    case keys::kDeleted: {
      const uint64_t count = in.Count();
      for (uint64_t i = 0; i < count; ++i) facts.deleted.add(static_cast<uint64_t>(in.I64()));
      break;
    }
    case keys::kEntryIds: {
      EntryId last;
      last.ms = in.U64();
      last.seq = in.U64();
      facts.last_id = last;
      facts.entries_added_delta = in.I64();
      facts.max_deleted_id.ms = in.U64();
      facts.max_deleted_id.seq = in.U64();
      facts.last_id_from = in.I64();
      break;
    }
    case keys::kIdFloor: {
      const auto offset = static_cast<Offset>(key.U64());
      if (value.has_value()) {
        facts.floors[offset] = in.U64();
      } else {
        facts.floors.erase(offset);
      }
      break;
    }
    case keys::kScheduled: {
      const auto offset = static_cast<Offset>(key.U64());
      if (value.has_value()) {
        facts.scheduled[offset] = in.I64();
      } else {
        facts.scheduled.erase(offset);
      }
      break;
    }
    case keys::kCompaction:
      facts.compaction = value.value_or("");
      break;
    case keys::kIdempotence:
      facts.idempotence = value.value_or("");
      break;
    case keys::kNamedEntry: {
      std::string producer(key.Str());
      std::string id(key.Str());
      if (value.has_value()) {
        facts.names[{std::move(producer), std::move(id)}] = *value;
      } else {
        facts.names.erase({std::move(producer), std::move(id)});
      }
      break;
    }
    case keys::kProducers:
      facts.producers_from = in.I64();
      facts.producers = in.Str();
      facts.transactions = in.Str();
      break;
    default:
      return Malformed(kind);
  }
  return key.ok() && in.ok() ? absl::OkStatus() : Malformed(kind);
}

absl::Status Recovery::ApplyGroupFact(char kind, std::string_view rest,
                                      std::optional<std::string_view> value) {
  Decoder key(rest);
  const uint64_t id = key.U64();
  max_object_id_ = std::max(max_object_id_, id);
  if (kind == keys::kGroup && !value.has_value()) {
    groups_.erase(id);
    return key.ok() ? absl::OkStatus() : Malformed(kind);
  }
  GroupFacts& facts = groups_[id];
  switch (kind) {
    case keys::kGroup: {
      auto definition = DecodeGroup(*value);
      if (!definition.ok()) return definition.status();
      facts.definition = *std::move(definition);
      break;
    }
    case keys::kCursor:
      facts.cursor = value.value_or("");
      break;
    case keys::kConsumer: {
      const uint64_t number = key.U64();
      facts.consumers[number] = value.value_or("");
      facts.active.erase(static_cast<ConsumerId>(number));
      break;
    }
    case keys::kDelivered: {
      const auto delivered = [&](const PendingFact& fact) {
        facts.pending[fact.delivery.offset] = fact;
        facts.active[fact.delivery.consumer] = fact.delivery.delivered_at;
      };
      if (absl::Status s = ExpandDelivered(value.value_or(""), delivered); !s.ok()) return s;
      break;
    }
    case keys::kSettled: {
      const auto settled = [&](Offset offset) { facts.pending.erase(offset); };
      if (absl::Status s = ExpandSettled(value.value_or(""), settled); !s.ok()) return s;
      break;
    }
    default: {
      const auto offset = static_cast<Offset>(key.U64());
      if (!value.has_value()) {
        facts.pending.erase(offset);
        break;
      }
      auto fact = DecodePending(offset, *value);
      if (!fact.ok()) return fact.status();
      facts.pending[offset] = *fact;
    }
  }
  return key.ok() ? absl::OkStatus() : Malformed(kind);
}

// --- Building ---

absl::Status Recovery::BuildTopics() {
  std::map<uint64_t, StreamPtr> built;
  for (auto& [name, definition] : topics_) {
    auto topic = std::make_shared<Topic>();
    topic->name = name;
    topic->uuid = definition.uuid;
    const int partitions = static_cast<int>(definition.stream_ids.size());
    for (int i = 0; i < partitions; ++i) {
      const uint64_t id = definition.stream_ids[static_cast<size_t>(i)];
      auto stream = catalog_.MakeStream(
          {.id = id,
           .topic = name,
           .partition = i,
           .partition_count = partitions,
           .created = definition.created,
           .birth_name = definition.birth_name.empty() ? name : definition.birth_name},
          definition.options[static_cast<size_t>(i)]);
      if (!stream.ok()) return stream.status();
      if (absl::Status s = BuildStream(**stream, streams_[id]); !s.ok()) return s;
      (*stream)->expiry_ms_ = definition.expiry_ms;
      built[id] = *stream;
      topic->partitions.push_back(*std::move(stream));
    }
    absl::MutexLock lock(&catalog_.mu_);
    catalog_.InstallTopic(std::move(topic));
  }
  for (auto& [id, facts] : groups_) {
    if (!facts.definition.has_value()) continue;
    auto it = built.find(facts.definition->stream_id);
    if (it == built.end()) continue;
    if (absl::Status s = BuildGroup(it->second, id, facts); !s.ok()) return s;
  }
  {
    absl::MutexLock lock(&catalog_.mu_);
    catalog_.next_object_id_ = std::max(catalog_.next_object_id_, max_object_id_ + 1);
    catalog_.SkipPublicIds(max_producer_id_);
  }
  for (auto& [id, stream] : built) {
    WatchDeadlines(*stream, catalog_.Now());
    // Nobody knows what of it the life before has synced; the next flush promises it all.
    catalog_.MarkDirty(stream);
    catalog_.ArmExpiry(stream);
  }
  return absl::OkStatus();
}

// What has become too old goes at once. The waits of groups end with the first tick: by then those
// who want to hear of what they give up are listening.
void Recovery::WatchDeadlines(Stream& stream, absl::Time now) {
  AfterUnlock after(&stream);
  absl::MutexLock lock(&stream.mu_);
  StreamParts& parts = *stream.parts_;
  if (const auto next = parts.EnforceAge(now, after); next.ok()) parts.Arm(*next, after);
  parts.ArmTracked(after);
  parts.EnforceSegmentAge(now, after).IgnoreError();
  for (const auto& [key, group] : parts.groups) {
    parts.Arm(group->parts_->ledger.NextDeadline(), after);
  }
}

void Recovery::ForgetPastEnd(StreamParts& parts, StreamFacts& facts) {
  const Offset next = parts.log->next_offset();
  const uint64_t id = parts.stream->identity().id;
  Journal& journal = *catalog_.journal_;
  if (facts.start > next) {
    facts.start = next;
    journal.Put(keys::Of(keys::kStart, id), Encoder().I64(next).bytes());
    journal_was_ahead_ = true;
  }
  if (!facts.deleted.isEmpty() && facts.deleted.maximum() >= static_cast<uint64_t>(next)) {
    facts.deleted = Within(facts.deleted, 0, next);
    std::string bytes(facts.deleted.getSizeInBytes(), '\0');
    facts.deleted.write(bytes.data());
    journal.Put(keys::Of(keys::kDeletedSet, id), bytes);
    journal_was_ahead_ = true;
  }
  if (facts.last_id_from > next) {
    facts.last_id_from = next;
    facts.last_id_was_ahead = true;
  }
  while (!facts.floors.empty() && facts.floors.rbegin()->first >= next) {
    const Offset offset = facts.floors.rbegin()->first;
    facts.floors.erase(offset);
    journal.Erase(keys::Of(keys::kIdFloor, id, static_cast<uint64_t>(offset)));
    journal_was_ahead_ = true;
  }
  while (!facts.scheduled.empty() && facts.scheduled.rbegin()->first >= next) {
    const Offset offset = facts.scheduled.rbegin()->first;
    facts.scheduled.erase(offset);
    journal.Erase(keys::Of(keys::kScheduled, id, static_cast<uint64_t>(offset)));
    journal_was_ahead_ = true;
  }
}

absl::Status Recovery::BuildStream(Stream& stream, StreamFacts& facts) {
  AfterUnlock after(&stream);
  absl::MutexLock lock(&stream.mu_);
  StreamParts& parts = *stream.parts_;
  ForgetPastEnd(parts, facts);
  if (!facts.floors.empty()) {
    parts.floors = std::make_shared<std::vector<IdFloor>>();
    for (const auto& [offset, ms] : facts.floors) parts.floors->push_back({offset, ms});
  }
  parts.start = std::max(facts.start, parts.log->start_offset());
  while (facts.deleted.contains(static_cast<uint64_t>(parts.start))) ++parts.start;
  parts.journaled_start = facts.start;
  facts.deleted = Within(facts.deleted, parts.start, parts.log->next_offset());
  parts.deleted_count = static_cast<int64_t>(facts.deleted.cardinality());
  if (parts.deleted_count > 0) {
    parts.deleted_offsets = std::make_shared<OffsetSet>(std::move(facts.deleted));
  }
  if (facts.last_id.has_value()) parts.last_id = *facts.last_id;
  parts.max_deleted_id = facts.max_deleted_id;
  parts.entries_added_delta = facts.entries_added_delta;
  if (!facts.compaction.empty()) {
    if (absl::Status s = parts.compaction.Restore(facts.compaction); !s.ok()) return s;
  }
  const absl::Time now = catalog_.Now();
  if (absl::Status s = BuildProducers(parts, facts, now); !s.ok()) return s;
  if (facts.idempotence.has_value()) {
    if (absl::Status s = parts.idempotence.RestoreSettings(*facts.idempotence); !s.ok()) return s;
  }
  for (const auto& [name, bytes] : facts.names) {
    absl::Status restored = parts.idempotence.RestoreName(name.first, name.second, bytes);
    if (!restored.ok()) return restored;
  }
  parts.idempotence.RestoreDone(parts.log->next_offset(), now);
  for (const auto& [offset, due_ms] : facts.scheduled) parts.schedules.Remember(offset, due_ms);
  if (absl::Status s = parts.Rebuild(); !s.ok()) return s;
  if (facts.last_id_was_ahead) {
    parts.JournalIds();
    journal_was_ahead_ = true;
  }
  for (const storage::OffsetRange& lost : catalog_.lost_at_open_) parts.MarkLost(lost);
  catalog_.lost_at_open_.clear();
  parts.DropSegments();
  after.AskForUpkeep();
  return parts.EnforceLimits(now, after);
}

absl::Status Recovery::BuildProducers(StreamParts& parts, const StreamFacts& facts,
                                      absl::Time now) {
  if (!facts.producers.empty()) {
    if (absl::Status s = parts.producers.Restore(facts.producers); !s.ok()) return s;
  }
  if (absl::Status s = parts.transactions.Restore(facts.transactions); !s.ok()) return s;
  const Offset next = parts.log->next_offset();
  const bool ahead = parts.producers.ForgetFrom(next) > 0 || facts.producers_from > next;
  if (ahead) parts.transactions.Clear();
  absl::Status replayed = parts.ReplayTail(now, {.producers_from = ahead ? 0 : facts.producers_from,
                                                 .last_id_from = facts.last_id_from});
  if (!replayed.ok()) return replayed;
  max_producer_id_ = std::max(max_producer_id_, parts.producers.max_id());
  if (ahead) journal_was_ahead_ = true;
  // The sealed segments that only the log told of may now be trimmed.
  const bool behind = facts.producers_from < parts.log->segments().back().base_offset;
  if (ahead || behind) parts.JournalProducers(next);
  return absl::OkStatus();
}

absl::Status Recovery::BuildGroup(const StreamPtr& stream, uint64_t id, GroupFacts& facts) {
  absl::MutexLock lock(&stream->mu_);
  const GroupDefinition& definition = *facts.definition;
  auto group = std::make_shared<Group>(stream, id, definition.name, definition.options);
  group->created_ = definition.created;
  GroupParts& parts = *group->parts_;
  if (facts.cursor.has_value()) {
    if (absl::Status s = parts.RestoreCursor(*facts.cursor); !s.ok()) return s;
  }
  for (const auto& [number, bytes] : facts.consumers) {
    if (absl::Status s = parts.RestoreConsumer(number, bytes); !s.ok()) return s;
  }
  const Offset next = stream->parts_->next();
  for (const auto& [consumer, at] : facts.active) parts.RestoreActive(consumer, at);
  for (const auto& [offset, fact] : facts.pending) {
    // Of records that a power cut took, nothing is outstanding.
    if (offset >= next) {
      GroupParts::ErasePending(*catalog_.journal_, id, offset);
      journal_was_ahead_ = true;
      continue;
    }
    if (!parts.by_id && offset < stream->parts_->start) {  // limits took it just now, as NoteTrim
      stream->parts_->JournalStart();
      GroupParts::ErasePending(*catalog_.journal_, id, offset);
      continue;
    }
    parts.Restore(fact);
  }
  if (group->shared() && parts.ledger.highest().value_or(-1) >= parts.cursor) {
    // The journal ends between what was delivered and the cursor behind it.
    parts.cursor = *parts.ledger.highest() + 1;
    parts.delivered_offset = parts.cursor - 1;
    parts.EmitCursor(*catalog_.journal_, id);
  }
  if ((definition.options.owner != Origin::kKafka || group->shared()) && parts.cursor > next) {
    // What it read last is gone, and what comes now may have smaller IDs.
    parts.cursor = next;
    parts.last_delivered_id = std::min(parts.last_delivered_id, stream->parts_->last_id);
    parts.EmitCursor(*catalog_.journal_, id);
    journal_was_ahead_ = true;
  }
  stream->parts_->groups.emplace(std::make_pair(group->owner(), group->name()), group);
  return absl::OkStatus();
}

void Recovery::NameCluster() {
  const std::array<uint8_t, 16> none{};
  catalog_.reopened_ = catalog_.cluster_id_ != none;
  if (catalog_.reopened_) return;
  const uint64_t random[2] = {catalog_.Random(), catalog_.Random()};
  std::copy_n(reinterpret_cast<const uint8_t*>(random), none.size(), catalog_.cluster_id_.begin());
  catalog_.journal_->Put(
      keys::Of(keys::kCluster),
      {reinterpret_cast<const char*>(catalog_.cluster_id_.data()), catalog_.cluster_id_.size()});
}

// Finishes deletions that were cut short. A directory that nobody owns and nobody deleted is only
// reported: recovery throws away nothing it does not understand. Its id is not given again.
absl::Status Recovery::FinishDeletions() {
  std::set<std::string> owned;
  for (const TopicPtr& topic : catalog_.AllTopics()) {
    for (const StreamPtr& stream : topic->partitions)
      owned.insert(StreamDirName(stream->identity()));
  }
  auto names = catalog_.filesystem_->List(StreamsDir(catalog_.options_));
  if (!names.ok()) return absl::OkStatus();
  std::vector<std::string> doomed;
  for (const std::string& name : *names) {
    if (owned.contains(name)) continue;
    const std::string path = absl::StrCat(StreamsDir(catalog_.options_), "/", name);
    const std::optional<uint64_t> id = StreamIdOf(name);
    if (name.ends_with(kDeletedSuffix)) {
      catalog_.filesystem_->RemoveAll(path).IgnoreError();
    } else if (id.has_value() && erased_streams_.contains(*id)) {
      doomed.push_back(path);
    } else {
      catalog_.recovery_notes_.push_back(absl::StrCat(path, ": belongs to no stream, left alone"));
    }
    absl::MutexLock lock(&catalog_.mu_);
    catalog_.next_object_id_ = std::max(catalog_.next_object_id_, id.value_or(0) + 1);
  }
  if (doomed.empty()) return absl::OkStatus();
  if (absl::Status s = catalog_.journal_->PrepareSync().Run(); !s.ok()) return s;
  for (const std::string& path : doomed) RemoveStreamDir(*catalog_.filesystem_, path);
  return absl::OkStatus();
}

}  // namespace braid::engine
