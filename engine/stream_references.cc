// Removing records with an eye to the Redis groups that refer to them.
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "braid/error.h"
#include "engine/after_unlock.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/group_parts.h"
#include "engine/stream_parts.h"

namespace braid::engine {

bool StreamParts::IsReferenced(EntryId id) const {
  return std::any_of(groups.begin(), groups.end(), [&](const auto& entry) {
    const GroupParts& parts = *entry.second->parts_;
    return parts.by_id && (id > parts.last_delivered_id || parts.pending_ids.Find(id).has_value());
  });
}

bool StreamParts::DropReferences(EntryId id) {
  bool dropped = false;
  for (auto& [key, group] : groups) {
    const std::optional<Offset> offset = group->parts_->pending_ids.Find(id);
    if (!offset.has_value() || !group->parts_->ledger.Ack(*offset).has_value()) continue;
    group->Forget(*offset);
    dropped = true;
  }
  return dropped;
}

// The record itself is only doomed: the caller deletes all of them together.
absl::StatusOr<Removal> StreamParts::RemoveEntry(EntryId id, References references,
                                                 const StreamSnapshot& snapshot, Doomed& doomed) {
  if (references == References::kRespect && IsReferenced(id)) return Removal::kReferenced;
  if (references == References::kDrop) DropReferences(id);
  if (id > last_id) return Removal::kNone;
  const auto offset = snapshot.LowerBound(id);
  if (!offset.ok()) return offset.status();
  if (!snapshot.IsLive(*offset) || !doomed.offsets.insert(*offset).second) return Removal::kNone;
  const auto record = snapshot.ReadOne(*offset);
  if (!record.ok()) return record.status();
  if (record->id != id) {
    doomed.offsets.erase(*offset);
    return Removal::kNone;
  }
  doomed.records.push_back(Doom(*record));
  return Removal::kRemoved;
}

absl::StatusOr<std::vector<Removal>> Stream::RemoveEntries(absl::Span<const EntryId> ids,
                                                           References references, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  writes.TouchJournal();
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  const StreamSnapshot snapshot = parts_->Snapshot();
  std::vector<Removal> removals;
  StreamParts::Doomed doomed;
  for (const EntryId id : ids) {
    auto removal = parts_->RemoveEntry(id, references, snapshot, doomed);
    if (!removal.ok()) return removal.status();
    removals.push_back(*removal);
  }
  const auto deleted = parts_->DeleteRecords(std::move(doomed.records), after);
  if (!deleted.ok()) return deleted.status();
  return removals;
}

absl::StatusOr<Group::Settled> Group::AckAndRemove(absl::Span<const EntryId> ids,
                                                   References references, Writes& writes) {
  AfterUnlock after(stream_.get());
  writes.Touch(stream_);
  writes.TouchJournal();
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  StreamParts& stream = *stream_->parts_;
  if (absl::Status s = stream.Flush(after); !s.ok()) return s;
  const StreamSnapshot snapshot = stream.Snapshot();
  Settled settled;
  StreamParts::Doomed doomed;
  for (const EntryId id : ids) {
    const std::optional<Offset> offset = parts_->pending_ids.Find(id);
    if (!offset.has_value() || !parts_->ledger.Ack(*offset).has_value()) {
      settled.removals.push_back(Removal::kNone);
      continue;
    }
    Forget(*offset);
    parts_->last_ack = stream_->catalog_->Now();
    const auto removal = stream.RemoveEntry(id, references, snapshot, doomed);
    if (!removal.ok()) return removal.status();
    // Settled, and gone already: nothing is left to be removed.
    settled.removals.push_back(*removal == Removal::kNone ? Removal::kRemoved : *removal);
  }
  const auto deleted = stream.DeleteRecords(std::move(doomed.records), after);
  if (!deleted.ok()) return deleted.status();
  settled.deleted = *deleted;
  return settled;
}

absl::StatusOr<std::vector<DoomedRecord>> StreamParts::Unreferenced(Offset begin, Offset end,
                                                                    int64_t max) const {
  const StreamSnapshot snapshot = Snapshot();
  std::vector<const GroupParts*> readers;
  end = std::min(end, next());
  for (const auto& [key, group] : groups) {
    const GroupParts& parts = *group->parts_;
    if (!parts.by_id) continue;
    readers.push_back(&parts);
    Offset unread = parts.cursor;
    if (parts.cursor_may_be_ahead) {
      const auto after = Next(parts.last_delivered_id);
      const auto found = after.ok() ? snapshot.LowerBound(*after) : next();
      if (!found.ok()) return found.status();
      unread = std::max(unread, *found);
    }
    end = std::min(end, unread);
  }
  std::vector<DoomedRecord> doomed;
  for (Offset at = std::max(begin, start); at < end; ++at) {
    if (static_cast<int64_t>(doomed.size()) >= max) break;
    if (IsDeleted(at)) continue;
    const bool pending = std::any_of(readers.begin(), readers.end(), [&](const GroupParts* parts) {
      return parts->ledger.Contains(at);
    });
    if (pending) continue;
    if (!tracks_records()) {
      doomed.push_back({.offset = at});
      continue;
    }
    const auto record = snapshot.ReadOne(at);
    if (!record.ok()) return record.status();
    doomed.push_back(Doom(*record));
  }
  return doomed;
}

absl::StatusOr<int64_t> Stream::TrimWithReferences(Offset end, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  writes.TouchJournal();
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  for (auto& [key, group] : parts_->groups) {
    GroupParts& parts = *group->parts_;
    if (!parts.by_id) continue;
    std::vector<Offset> referred;
    parts.ledger.ForEach(parts_->start, end, std::nullopt, [&](const Delivery& delivery) {
      referred.push_back(delivery.offset);
      return true;
    });
    for (const Offset offset : referred) {
      if (parts_->IsDeleted(offset)) continue;  // it is not this trim that removes it
      parts.ledger.Ack(offset);
      group->Forget(offset);
    }
  }
  return parts_->TrimTo(end, /*journaled=*/true, after);
}

absl::StatusOr<int64_t> Stream::TrimUnreferenced(Offset begin, Offset end, int64_t max,
                                                 Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  writes.TouchJournal();
  absl::MutexLock lock(&mu_);
  if (absl::Status s = parts_->CheckAlive(); !s.ok()) return s;
  if (absl::Status s = parts_->Flush(after); !s.ok()) return s;
  auto doomed = parts_->Unreferenced(begin, end, max);
  if (!doomed.ok()) return doomed.status();
  // What lies at the start goes as a trim does, which takes less room in the journal.
  Offset prefix = parts_->start;
  size_t trimmed = 0;
  for (; trimmed < doomed->size() && (*doomed)[trimmed].offset == prefix; ++trimmed) {
    ++prefix;
    while (prefix < parts_->next() && parts_->IsDeleted(prefix)) ++prefix;
  }
  auto removed = parts_->TrimTo(prefix, /*journaled=*/true, after);
  if (!removed.ok()) return removed.status();
  doomed->erase(doomed->begin(), doomed->begin() + static_cast<std::ptrdiff_t>(trimmed));
  const EntryId max_deleted = parts_->max_deleted_id;
  const auto deleted = parts_->DeleteRecords(*std::move(doomed), after);
  if (!deleted.ok()) return deleted.status();
  // A trim leaves the largest deleted ID as it is.
  parts_->max_deleted_id = max_deleted;
  if (*deleted > 0) parts_->JournalIds();
  return *removed + *deleted;
}

}  // namespace braid::engine
