#include "engine/stream.h"

#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "engine/after_unlock.h"
#include "engine/catalog.h"
#include "engine/definitions.h"
#include "engine/group.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/live_batches.h"
#include "engine/stream_parts.h"
#include "engine/subjects.h"
#include "engine/views.h"

namespace braid::engine {
namespace {

// Where readers of committed records stop. A trim may go past the first record of a transaction
// that is still open: then at the start, and not below, where there is nothing to be read.
Offset LastStable(const StreamParts& parts) {
  return std::max(parts.start, parts.transactions.LastStable(parts.next()));
}

}  // namespace

int64_t SegmentBytesOf(const EngineOptions& engine, const StreamOptions& stream) {
  return stream.segment_bytes > 0 ? stream.segment_bytes : engine.segment_bytes;
}

AfterUnlock::~AfterUnlock() {
  if (arm_at_ < absl::InfiniteFuture()) {
    stream_->catalog_->ArmStream(stream_->shared_from_this(), arm_at_);
  }
  if (upkeep_) stream_->catalog_->AskForUpkeep(stream_->shared_from_this());
  WakeAll(std::move(waiters_));
  for (const auto& call : calls_) call();
}

Stream::Stream(Catalog* catalog, StreamIdentity identity, StreamOptions options,
               std::unique_ptr<storage::Log> log)
    : catalog_(catalog),
      identity_(std::move(identity)),
      parts_(std::make_unique<StreamParts>(this, std::move(options), std::move(log))) {}

Stream::~Stream() = default;

StreamOptions Stream::options() const {
  absl::MutexLock lock(&mu_);
  return parts_->options;
}

AppendRules Stream::append_rules() const {
  absl::MutexLock lock(&mu_);
  const StreamOptions& options = parts_->options;
  return {.owner = options.owner,
          .max_record_bytes = options.max_record_bytes,
          .segment_bytes = SegmentBytesOf(catalog_->options(), options),
          .compact = options.compact,
          .append_time = options.append_time,
          .max_time_behind = options.max_time_behind,
          .max_time_ahead = options.max_time_ahead};
}

absl::Status Stream::SetOptions(StreamOptions options, Writes& writes) {
  const StreamPtr self = shared_from_this();
  return catalog_->SetOptions({&self, 1}, options, writes);
}

absl::Status Stream::BeforeOptions() {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  // Trims that followed from the old limits are remembered: the new ones may not imply them.
  parts_->JournalStart();
  return absl::OkStatus();
}

absl::Status Stream::AdoptOptions(StreamOptions options) {
  {
    AfterUnlock after(this);
    absl::MutexLock lock(&mu_);
    if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
    const bool tracked = parts_->tracks_records();
    const StreamOptions old = std::exchange(parts_->options, std::move(options));
    const bool rebuild =
        tracked != parts_->tracks_records() || old.dedup_window < parts_->options.dedup_window ||
        old.record_ttl != parts_->options.record_ttl || old.schedules != parts_->options.schedules;
    parts_->AdoptTransform();
    parts_->aged_below = 0;
    parts_->dedup.set_window(parts_->options.dedup_window);
    parts_->log->SetSegmentBytes(SegmentBytesOf(catalog_->options(), parts_->options));
    if (rebuild) parts_->RebuildTracking();
    // What the new ones cannot take now goes with a later append: the options hold either way.
    const absl::Time now = catalog_->Now();
    parts_->EnforceLimits(now, after).IgnoreError();
    auto next = parts_->EnforceAge(now, after);
    if (next.ok()) parts_->Arm(*next, after);
    parts_->ArmTracked(after);
    parts_->EnforceSegmentAge(now, after).IgnoreError();
  }
  catalog_->AskForUpkeep(shared_from_this());
  return absl::OkStatus();
}

absl::StatusOr<Durability> Stream::CheckDurability() const {
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->log->failure(); !s.ok() && !parts_->deleted) return s;
  return parts_->options.durability.value_or(catalog_->options().durability);
}

bool Stream::deleted() const {
  absl::MutexLock lock(&mu_);
  return parts_->deleted;
}

// --- Appending ---

absl::StatusOr<AppendResult> Stream::Append(const RecordView& record, const AppendOptions& options,
                                            Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  if (options.name.has_value()) writes.TouchJournal();
  absl::MutexLock lock(&mu_);
  return parts_->Append(record, options, catalog_->Now(), after);
}

absl::Status Stream::SetIdempotence(const IdempotenceOptions& options, Writes& writes) {
  writes.TouchJournal();
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  parts_->idempotence.SetOptions(options, catalog_->journal(), identity_.id);
  return absl::OkStatus();
}

Stream::IdempotenceState Stream::idempotence() {
  absl::MutexLock lock(&mu_);
  return {.options = parts_->idempotence.options(),
          .stats = parts_->idempotence.Stats(catalog_->Now())};
}

IdempotenceImage Stream::idempotence_image() {
  absl::MutexLock lock(&mu_);
  return parts_->idempotence.Image();
}

void Stream::AdoptIdempotence(const IdempotenceImage& image, Writes& writes) {
  writes.TouchJournal();
  absl::MutexLock lock(&mu_);
  parts_->idempotence.Adopt(image, parts_->start, catalog_->journal(), identity_.id);
}

absl::Status Stream::RecordName(const IdempotentName& name, EntryId id,
                                const IdempotenceOptions& options, Writes& writes) {
  writes.TouchJournal();
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  Journal& journal = catalog_->journal();
  if (!parts_->idempotence.options().has_value()) {
    parts_->idempotence.SetOptions(options, journal, identity_.id);
  }
  parts_->idempotence.Record(name, id, parts_->start, catalog_->Now(), journal, identity_.id);
  return absl::OkStatus();
}

absl::StatusOr<AppendResult> Stream::AppendMany(absl::Span<const RecordView> records,
                                                const AppendOptions& options, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  return parts_->AppendMany(records, options, catalog_->Now(), after);
}

absl::StatusOr<AppendResult> Stream::AppendAtomic(absl::Span<const AtomicRecord> records,
                                                  Writes& writes, std::vector<AppendResult>* each) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  return parts_->AppendAtomic(records, catalog_->Now(), after, each);
}

absl::StatusOr<AppendResult> Stream::AppendBatch(Batch batch, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  return parts_->AppendBatch(std::move(batch), catalog_->Now(), after);
}

absl::Status Stream::EndTransaction(const storage::TransactionMarker& marker, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  return parts_->AppendMarker(marker, catalog_->Now(), after);
}

absl::Status Stream::Flush() {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  return parts_->Flush(after);
}

absl::Status Stream::FlushSince(uint64_t undone) {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  return this->undone() == undone ? absl::OkStatus() : parts_->undo_status;
}

// --- Reading ---

absl::StatusOr<StreamSnapshot> Stream::Snapshot() {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  return parts_->Snapshot();
}

absl::StatusOr<storage::LogRead> Stream::ReadBatches(Offset from,
                                                     const storage::ReadLimits& limits) {
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  if (from < snapshot->start || from > snapshot->view.next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "outside the stream");
  }
  auto read = snapshot->view.Read(from, limits);
  if (!read.ok()) return read.status();
  if (!read->lost.empty()) catalog_->AskForUpkeep(shared_from_this());
  if (snapshot->deleted != nullptr && !append_rules().compact) {
    if (absl::Status s = DropDeleted(*snapshot, read->batches); !s.ok()) return s;
  }
  return read;
}

absl::StatusOr<Stream::CommittedRead> Stream::ReadCommitted(Offset from,
                                                            storage::ReadLimits limits) {
  CommittedRead committed;
  StreamSnapshot snapshot;
  {
    AfterUnlock after(this);
    absl::MutexLock lock(&mu_);
    if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
    if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
    snapshot = parts_->Snapshot();
    committed.last_stable_offset = LastStable(*parts_);
  }
  if (from < snapshot.start || from > snapshot.view.next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "outside the stream");
  }
  limits.end =
      std::min(limits.end.value_or(committed.last_stable_offset), committed.last_stable_offset);
  committed.read.next_offset = from;
  if (from >= *limits.end) return committed;
  auto read = snapshot.view.Read(from, limits);
  if (!read.ok()) return read.status();
  if (!read->lost.empty()) catalog_->AskForUpkeep(shared_from_this());
  if (snapshot.deleted != nullptr && !append_rules().compact) {
    if (absl::Status s = DropDeleted(snapshot, read->batches); !s.ok()) return s;
  }
  committed.read = *std::move(read);
  // Whatever lies below the last stable offset has ended: later news changes nothing of it. But a
  // trim takes what was known of the transactions that were read, and so the reader came too late.
  absl::MutexLock lock(&mu_);
  if (from < parts_->log->start_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "trimmed meanwhile");
  }
  committed.aborted = parts_->transactions.Aborted(from, committed.read.next_offset);
  return committed;
}

Offset Stream::last_stable_offset() {
  absl::MutexLock lock(&mu_);
  return LastStable(*parts_);
}

bool Stream::InTransaction(int64_t producer_id) {
  absl::MutexLock lock(&mu_);
  return parts_->transactions.IsOpen(producer_id);
}

// Upkeep quarantines and reports the damage that a reader met.
void Stream::NoteDamage(const StreamSnapshot& snapshot) {
  if (snapshot.met_damage) catalog_->AskForUpkeep(shared_from_this());
}

absl::StatusOr<std::vector<StoredRecord>> Stream::Read(const RecordRange& range) {
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  auto records = snapshot->Read(range);
  NoteDamage(*snapshot);
  return records;
}

absl::StatusOr<StoredRecord> Stream::ReadOne(Offset offset) {
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  auto record = snapshot->ReadOne(offset);
  NoteDamage(*snapshot);
  return record;
}

absl::StatusOr<StoredRecord> Stream::ReadLast(std::string_view key) {
  std::optional<SubjectState> state;
  {
    absl::MutexLock lock(&mu_);
    state = parts_->subjects.Find(key);
  }
  if (!state.has_value()) return MakeError(Errc::kRecordNotFound, "no record with that key");
  if (!state->last_stale) return ReadOne(state->last);
  // The newest of that key was deleted: look downwards for the one before it.
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  for (Offset end = state->last + 1; end > state->first;) {
    RecordRange range{.begin = state->first, .end = end, .max_records = 256, .reverse = true};
    auto records = snapshot->Read(range);
    if (!records.ok()) return records.status();
    if (records->empty()) break;
    for (StoredRecord& record : *records) {
      absl::MutexLock lock(&mu_);
      if (parts_->SubjectOf(record) != key) continue;
      parts_->subjects.RefreshLast(key, record.offset);
      return std::move(record);
    }
    end = records->back().offset;
  }
  return MakeError(Errc::kRecordNotFound, "no record with that key");
}

absl::StatusOr<Offset> Stream::LowerBound(EntryId id) {
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  return snapshot->LowerBound(id);
}

absl::StatusOr<Offset> Stream::Find(EntryId id) {
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  auto offset = snapshot->LowerBound(id);
  if (!offset.ok()) return offset.status();
  auto record = snapshot->ReadOne(*offset);
  if (!record.ok()) return record.status();
  if (record->id != id) return MakeError(Errc::kRecordNotFound, "no entry with that ID");
  return *offset;
}

absl::StatusOr<std::optional<Stream::OffsetAndTime>> Stream::FindTime(int64_t timestamp_ms) {
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  return snapshot->FindTime(timestamp_ms);
}

StreamState Stream::State() {
  StreamState state;
  StreamSnapshot snapshot;
  {
    AfterUnlock after(this);
    absl::MutexLock lock(&mu_);
    parts_->Flush(after).IgnoreError();  // what cannot be written is not part of the state
    snapshot = parts_->Snapshot();
    state.start_offset = parts_->start;
    state.next_offset = parts_->next();
    state.records = parts_->live();
    state.deleted = parts_->deleted_count;
    state.disk_bytes = parts_->log->bytes();
    state.record_bytes = parts_->tracks_records() ? parts_->accounted_bytes : parts_->log->bytes();
    state.subjects = parts_->subjects.size();
    state.last_id = parts_->last_id;
    state.max_deleted_id = parts_->max_deleted_id;
    state.entries_added = parts_->next() + parts_->entries_added_delta;
    state.last_timestamp_ms = parts_->last_timestamp_ms;
  }
  RecordRange one;
  one.max_records = 1;
  if (auto first = snapshot.Read(one); first.ok() && !first->empty()) {
    state.first_id = first->front().id;
    state.first_timestamp_ms = first->front().timestamp_ms;
  }
  one.reverse = true;
  if (auto last = snapshot.Read(one); last.ok() && !last->empty()) {
    state.last_timestamp_ms = last->front().timestamp_ms;
  }
  return state;
}

Offset Stream::start_offset() {
  absl::MutexLock lock(&mu_);
  return parts_->start;
}

Offset Stream::next_offset() {
  absl::MutexLock lock(&mu_);
  return parts_->next();
}

EntryId Stream::last_id() {
  absl::MutexLock lock(&mu_);
  return parts_->last_id;
}

int64_t Stream::record_count() {
  absl::MutexLock lock(&mu_);
  return parts_->live();
}

int64_t Stream::disk_bytes() {
  absl::MutexLock lock(&mu_);
  return parts_->log->bytes();
}

std::vector<ProducerState> Stream::ProducerStates() {
  absl::MutexLock lock(&mu_);
  std::vector<ProducerState> states = parts_->producers.States();
  for (ProducerState& state : states) {
    const auto open = parts_->transactions.open().find(state.producer_id);
    if (open != parts_->transactions.open().end()) state.transaction_start = open->second;
  }
  return states;
}

absl::StatusOr<int64_t> Stream::CountFrom(Offset from, const std::vector<std::string>& filters) {
  auto snapshot = Snapshot();
  if (!snapshot.ok()) return snapshot.status();
  if (filters.empty()) return snapshot->CountFrom(from);
  GroupOptions filtered;
  filtered.filters = filters;
  const GroupParts matcher(filtered);
  const std::vector<std::string> subjects = options().subjects;
  int64_t count = 0;
  absl::Status status = snapshot->ForEach(from, [&](StoredRecord&& record) {
    if (matcher.Wants(SubjectOf(record, identity_, subjects))) ++count;
    return true;
  });
  if (!status.ok()) return status;
  return count;
}

std::vector<std::pair<std::string, int64_t>> Stream::SubjectCounts(std::string_view filter,
                                                                   int64_t max) {
  std::vector<std::pair<std::string, int64_t>> out;
  absl::MutexLock lock(&mu_);
  parts_->subjects.ForEachMatching(filter,
                                   [&](std::string_view subject, const SubjectState& state) {
                                     if (static_cast<int64_t>(out.size()) >= max) return false;
                                     out.emplace_back(subject, state.count);
                                     return true;
                                   });
  return out;
}

// --- Removing ---

absl::StatusOr<int64_t> Stream::TrimTo(Offset start, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  return parts_->TrimTo(start, /*journaled=*/true, after);
}

absl::StatusOr<int64_t> Stream::TrimToCount(int64_t keep, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  auto start = parts_->StartForCount(keep);
  if (!start.ok()) return start.status();
  return parts_->TrimTo(*start, /*journaled=*/true, after);
}

absl::StatusOr<Offset> Stream::StartForCount(int64_t keep) {
  absl::MutexLock lock(&mu_);
  return parts_->StartForCount(keep);
}

absl::StatusOr<int64_t> Stream::Delete(absl::Span<const Offset> offsets, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  return parts_->Delete(offsets, after);
}

absl::StatusOr<int64_t> Stream::Purge(std::string_view filter, std::optional<Offset> end,
                                      int64_t keep, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  return parts_->Purge(filter, end, keep, after);
}

absl::Time Stream::ApplyRetention(absl::Time now) {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  if (parts_->deleted) return absl::InfiniteFuture();
  // What cannot be trimmed now (a full disk) is tried again at the next append.
  parts_->EnforceLimits(now, after).IgnoreError();
  auto next = parts_->EnforceAge(now, after);
  return next.value_or(absl::InfiniteFuture());
}

absl::Status Stream::SetIds(EntryId last, std::optional<int64_t> entries_added,
                            std::optional<EntryId> max_deleted, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  parts_->last_id = last;
  if (entries_added.has_value()) parts_->entries_added_delta = *entries_added - parts_->next();
  if (max_deleted.has_value()) parts_->max_deleted_id = *max_deleted;
  parts_->JournalIds();
  return absl::OkStatus();
}

// --- Waiting ---

void Stream::Wait(Offset past, WaiterPtr waiter) {
  {
    absl::MutexLock lock(&mu_);
    if (!parts_->deleted && parts_->next() <= past) {
      parts_->waiters.Add(std::move(waiter));
      return;
    }
  }
  waiter->Wake();
}

// --- Groups ---

absl::StatusOr<GroupPtr> Stream::CreateGroup(std::string_view name, GroupOptions options,
                                             Writes& writes) {
  const uint64_t id = catalog_->NewObjectId();
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  auto key = std::make_pair(options.owner, std::string(name));
  if (parts_->groups.contains(key)) {
    return MakeError(Errc::kGroupExists, "the stream has a group of that name");
  }
  const StartAt start = options.start;
  const Offset asked = options.start_offset;
  auto group = std::make_shared<Group>(shared_from_this(), id, key.second, std::move(options));
  group->created_ = catalog_->Now();
  GroupParts& parts = *group->parts_;
  switch (start) {
    case StartAt::kEarliest:
      parts.cursor = parts_->start;
      break;
    case StartAt::kLatest:
      parts.cursor = parts_->next();
      break;
    case StartAt::kOffset:
      parts.cursor = std::max<Offset>(0, asked);
      break;
  }
  parts.delivered_offset = parts.cursor - 1;
  parts_->groups.emplace(std::move(key), group);
  parts.EmitDefinition(catalog_->journal(), *group);
  parts.EmitCursor(catalog_->journal(), id);
  writes.TouchJournal();
  return group;
}

GroupPtr Stream::FindGroup(Origin owner, std::string_view name) {
  absl::MutexLock lock(&mu_);
  auto it = parts_->groups.find(std::make_pair(owner, std::string(name)));
  return it == parts_->groups.end() ? nullptr : it->second;
}

std::vector<GroupPtr> Stream::Groups() {
  absl::MutexLock lock(&mu_);
  std::vector<GroupPtr> out;
  for (const auto& [key, group] : parts_->groups) out.push_back(group);
  return out;
}

std::vector<GroupPtr> Stream::Groups(Origin owner) {
  std::vector<GroupPtr> out = Groups();
  std::erase_if(out, [&](const GroupPtr& group) { return group->owner() != owner; });
  return out;
}

absl::StatusOr<bool> Stream::DeleteGroup(Origin owner, std::string_view name, Writes& writes) {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  auto it = parts_->groups.find(std::make_pair(owner, std::string(name)));
  if (it == parts_->groups.end()) return false;
  const GroupPtr group = it->second;
  parts_->groups.erase(it);
  group->parts_->deleted = true;
  after.Wake(group->parts_->waiters.Take());
  after.Wake(parts_->waiters.Take());
  catalog_->journal().Erase(keys::Of(keys::kGroup, group->id()));
  writes.TouchJournal();
  return true;
}

// --- Deadlines ---

void Stream::RunDeadlines() {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  if (parts_->deleted) return;
  const absl::Time now = catalog_->Now();
  if (parts_->armed_at <= now) parts_->armed_at = absl::InfiniteFuture();
  auto next = parts_->EnforceAge(now, after);
  if (next.ok()) parts_->Arm(*next, after);
  parts_->RunSchedules(now, after);
  parts_->EnforceSegmentAge(now, after).IgnoreError();  // as what cannot be trimmed
  for (const auto& [key, group] : parts_->groups) {
    group->ExpireLocked(*parts_, now, after);
    group->WakeIdle(*parts_, now, after);
    parts_->Arm(group->parts_->ledger.NextDeadline(), after);
  }
}

bool Stream::erased() const {
  absl::MutexLock lock(&mu_);
  return parts_->erased;
}

void Stream::Close(bool erased) {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  parts_->deleted = true;
  parts_->erased = erased;
  if (!parts_->open.empty()) parts_->open.Build();  // nobody can be told of it any more
  after.Wake(parts_->waiters.Take());
  for (const auto& [key, group] : parts_->groups) {
    group->parts_->deleted = true;
    after.Wake(group->parts_->waiters.Take());
  }
  parts_->groups.clear();
}

void Stream::WakeAllWaiters() {
  AfterUnlock after(this);
  absl::MutexLock lock(&mu_);
  after.Wake(parts_->waiters.Take());
  for (const auto& [key, group] : parts_->groups) after.Wake(group->parts_->waiters.Take());
}

}  // namespace braid::engine
