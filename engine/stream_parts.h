// What a stream's mutex guards, and the rules that need no lock of their own. Every function here
// is called with the stream's mutex held, except during recovery, when nobody else knows the
// stream.
#ifndef BRAID_ENGINE_STREAM_PARTS_H_
#define BRAID_ENGINE_STREAM_PARTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "engine/after_unlock.h"
#include "engine/compaction.h"
#include "engine/dedup.h"
#include "engine/expiries.h"
#include "engine/idempotence.h"
#include "engine/producers.h"
#include "engine/schedules.h"
#include "engine/stream.h"
#include "engine/stream_reader.h"
#include "engine/stream_transactions.h"
#include "engine/subject_index.h"
#include "engine/subject_transform.h"
#include "storage/batch_builder.h"
#include "storage/control_batch.h"
#include "storage/entry_seq.h"
#include "storage/log.h"

namespace braid::engine {

class Journal;

// A record about to be deleted: what is accounted for it.
struct DoomedRecord {
  Offset offset = 0;
  EntryId id = {};
  int64_t accounted_bytes = 0;  // both only of streams that track records
  std::string subject = {};
};

// Of a stream's segments: its own, or the engine's.
int64_t SegmentBytesOf(const EngineOptions& engine, const StreamOptions& stream);

struct StreamParts {
  StreamParts(Stream* stream, StreamOptions options, std::unique_ptr<storage::Log> log);

  // --- State ---
  Stream* const stream;
  StreamOptions options;
  std::unique_ptr<storage::Log> log;
  bool deleted = false;
  bool erased = false;  // deleted, and the journal has it: its files may go at any time

  storage::BatchBuilder open;  // appended and not yet in the log
  Origin open_origin = Origin::kKafka;
  storage::EntrySeqRule open_rule;  // what the open batch implies for its next entry ID
  absl::Status undo_status;         // why the last open batch that was lost was lost

  Offset start = 0;                            // first live offset, or next() when there is none
  Offset journaled_start = 0;                  // what a recovery starts from, before limits
  std::shared_ptr<OffsetSet> deleted_offsets;  // of [start, next()); shared with snapshots
  int64_t deleted_count = 0;
  int64_t accounted_bytes = 0;  // live, kept when tracks_records()

  EntryId last_id;
  EntryId max_deleted_id;
  int64_t entries_added_delta = 0;  // entries_added - next()
  int64_t running_max_ms = -1;      // of all records, the open ones included
  int64_t last_timestamp_ms = -1;   // of the newest record ever appended, while it is known
  std::shared_ptr<std::vector<IdFloor>> floors;
  bool journal_goes_first = false;  // it has something in memory that the open batch needs

  Dedup dedup;
  std::string last_msg_id;
  Idempotence idempotence;
  Producers producers;
  StreamTransactions transactions;
  SubjectIndex subjects;
  std::optional<SubjectTransform> transform;  // of options
  Expiries expiries;                          // with options.record_ttl
  Schedules schedules;                        // with options.schedules
  Offset aged_below = 0;  // what lives below is kept for ever, or for longer than max_age
  std::map<std::pair<Origin, std::string>, GroupPtr, std::less<>> groups;
  WaitList waiters;
  absl::Time armed_at = absl::InfiniteFuture();
  absl::Time segment_began = absl::InfiniteFuture();  // when the active segment got its first batch
  CompactionProgress compaction;
  int64_t died_since_upkeep = 0;  // records; upkeep is asked for when there are many

  // --- Looking ---
  Offset next() const { return log->next_offset() + open.record_count(); }
  int64_t live() const { return next() - start - deleted_count; }
  // Subjects and bytes of single records are accounted for: streams with subjects.
  bool tracks_records() const { return !options.subjects.empty(); }
  bool IsDeleted(Offset offset) const {
    return deleted_offsets != nullptr && deleted_offsets->contains(static_cast<uint64_t>(offset));
  }
  // Of what is in the log: flush first to see everything.
  StreamSnapshot Snapshot() const;
  std::string SubjectOf(const StoredRecord& record) const;
  absl::Status CheckAlive() const;
  // Has the deadlines looked at no later than `when`.
  void Arm(absl::Time when, AfterUnlock& after) {
    if (when >= armed_at) return;
    armed_at = when;
    after.ArmAt(when);
  }

  // --- Appending ---
  absl::StatusOr<AppendResult> Append(const RecordView& record, const AppendOptions& options,
                                      absl::Time now, AfterUnlock& after);
  absl::StatusOr<AppendResult> AppendMany(absl::Span<const RecordView> records,
                                          const AppendOptions& options, absl::Time now,
                                          AfterUnlock& after);
  absl::StatusOr<AppendResult> AppendAtomic(absl::Span<const AtomicRecord> records, absl::Time now,
                                            AfterUnlock& after, std::vector<AppendResult>* each);
  absl::StatusOr<AppendResult> AppendBatch(Batch batch, absl::Time now, AfterUnlock& after);
  absl::Status AppendMarker(const storage::TransactionMarker& marker, absl::Time now,
                            AfterUnlock& after);
  absl::Status Flush(AfterUnlock& after);
  absl::Status ContinueAt(Offset offset, AfterUnlock& after);
  absl::StatusOr<AppendResult> ImportBatch(const Batch& batch, AfterUnlock& after);

  // --- Removing ---
  // `journaled` false: limits, which recovery applies anew.
  absl::StatusOr<int64_t> TrimTo(Offset new_start, bool journaled, AfterUnlock& after);
  absl::StatusOr<int64_t> Delete(absl::Span<const Offset> offsets, AfterUnlock& after);
  // As Delete, of records that the caller has read.
  absl::StatusOr<int64_t> DeleteRecords(std::vector<DoomedRecord> doomed, AfterUnlock& after);
  DoomedRecord Doom(const StoredRecord& record) const;
  // Stream::Purge.
  absl::StatusOr<int64_t> Purge(std::string_view filter, std::optional<Offset> end, int64_t keep,
                                AfterUnlock& after);
  // A group of a Redis client has not read or not settled the entry; see engine/references.h.
  bool IsReferenced(EntryId id) const;
  // Live records of [begin, end) that none of them refers to, ascending; at most `max`. What is
  // open must have been flushed.
  absl::StatusOr<std::vector<DoomedRecord>> Unreferenced(Offset begin, Offset end,
                                                         int64_t max) const;
  // Outstanding deliveries of the entry, in all groups of Redis clients; true when there were any.
  bool DropReferences(EntryId id);
  struct Doomed {
    std::vector<DoomedRecord> records;
    absl::flat_hash_set<Offset> offsets;  // theirs
  };
  // Dooms the live record with that ID as far as `references` lets it.
  absl::StatusOr<Removal> RemoveEntry(EntryId id, References references,
                                      const StreamSnapshot& snapshot, Doomed& doomed);
  // What a pass of compaction up to `end` found superseded goes.
  void ApplyCompaction(const std::vector<Offset>& superseded, Offset end, absl::Time now,
                       AfterUnlock& after);
  // Offsets whose records are lost count as deleted.
  void MarkLost(storage::OffsetRange lost);
  absl::Status EnforceLimits(absl::Time now, AfterUnlock& after);
  // Closes the active segment when it is old enough, and arms for when it will be.
  absl::Status EnforceSegmentAge(absl::Time now, AfterUnlock& after);
  // Removes what is too old, or at the end of the life that it was given; returns when something
  // next will be (engine/stream_expiry.cc).
  absl::StatusOr<absl::Time> EnforceAge(absl::Time now, AfterUnlock& after);
  // Has schedules that are due produce their records, and arms for the next
  // (engine/stream_schedules.cc).
  void RunSchedules(absl::Time now, AfterUnlock& after);
  // Arms for what records say of themselves.
  void ArmTracked(AfterUnlock& after);
  void AdoptTransform();
  // Drops the segments that hold nothing live; true when there were any.
  bool DropSegments();
  // Writes the start down, so that no record that limits took comes back when they change or when
  // fewer records count against them.
  void JournalStart();
  // Where the log may begin when the stream begins at `first`: the newest record stays, whether it
  // is live or not, because the last entry ID follows from it. Not in memory, where nobody comes
  // back to ask for it.
  Offset LogStart(Offset first) const;
  // Offset of the record that is the `keep`-th newest live one: everything below it is surplus.
  absl::StatusOr<Offset> StartForCount(int64_t keep) const;

  // --- Recovery and checkpoints ---
  // Rebuilds what the log implies: producers since their snapshot, and floors that the tail needs
  // and a power cut took; then IDs, subjects, dedup window.
  struct Told {                 // by the journal
    Offset producers_from = 0;  // producers are as of here
    Offset last_id_from = 0;    // records from here on have IDs above last_id
  };
  absl::Status ReplayTail(absl::Time now, const Told& told);
  absl::Status Rebuild();
  void RebuildTracking();
  void ReplayProducer(const Batch& batch, absl::Time now);
  // The same of its transaction.
  void ReplayTransaction(const Batch& batch);
  void MarkDeleted(const std::vector<DoomedRecord>& doomed);
  OffsetSet& OwnDeletedOffsets();
  void Emit(Journal& journal) const;
  void JournalIds() const;
  void JournalDeletedSet(Journal& out) const;
  // All producers, as of `offset`.
  void JournalProducers(Offset offset) const;

 private:
  absl::StatusOr<Batch> FitBatch(Batch batch, absl::Time now) const;
  absl::StatusOr<AppendResult> AppendFitted(const Batch& batch, absl::Time now, AfterUnlock& after);
  absl::StatusOr<AppendResult> AppendChecked(const RecordView& record, const AppendOptions& append,
                                             absl::Time now, AfterUnlock& after);
  absl::Status CheckSubject(const RecordView& record, const AppendOptions& append) const;
  absl::Status CheckSize(const RecordView& record) const;
  absl::Status CheckExpectations(const RecordView& record, const AppendOptions& append);
  absl::Status CheckEndsSchedule(const AppendOptions& append) const;
  absl::Status CheckRoom(const RecordView& record) const;
  // The key that the record is stored under, when that is another.
  std::optional<std::string> MapKey(const RecordView& record, const AppendOptions& append) const;
  absl::StatusOr<AppendResult> AppendMapped(const RecordView& record, const AppendOptions& append,
                                            absl::Time now, AfterUnlock& after);
  // What goes because of a record that is in.
  absl::Status ReplaceBy(const AppendOptions& append, std::string_view key, Offset offset,
                         AfterUnlock& after);
  // Newest live record whose key matches, at any wildcard; -1: none.
  absl::StatusOr<Offset> NewestMatching(std::string_view filter);
  absl::StatusOr<Offset> LastOf(std::string_view subject, const SubjectState& state);
  int64_t TimeOf(const RecordView& record, absl::Time now) const;
  absl::StatusOr<EntryId> Identify(const EntryIdSpec& spec, absl::Time now) const;
  EntryId LiftForeign(int64_t timestamp_ms, Offset offset);
  // From `offset` on foreign records have at least `ms` in their IDs.
  void AddFloor(Offset offset, uint64_t ms);
  // The foreign record at `offset` must have an ID above that one, or above that of the record
  // before it.
  struct IdStep {
    Offset offset = 0;
    std::optional<EntryId> above = std::nullopt;
  };
  // Gives a floor to each that has not; steps ascend.
  absl::Status RaiseFallenIds(const std::vector<IdStep>& steps);
  void NoteName(const AppendOptions& append, Offset offset, EntryId id, absl::Time now);
  void Track(const StoredRecord& record);
  void Untrack(const StoredRecord& record);
  void Forget(std::string_view subject, Offset offset);
  // --- Ends of lives ---
  struct Ending {
    DoomedRecord record;
    bool is_marker = false;
  };
  absl::StatusOr<absl::Time> TrimAged(absl::Time now, AfterUnlock& after);
  absl::StatusOr<absl::Time> CollectAged(absl::Time now, std::vector<Ending>* endings);
  absl::Status EndLives(std::vector<Ending> endings, absl::Time now, AfterUnlock& after);
  absl::Status PlaceMarker(std::string_view subject, absl::Time now, AfterUnlock& after);
  void Announce(Offset offset, Offset previous, AfterUnlock& after);
  absl::Status Produce(const Schedules::Due& due, absl::Time now, AfterUnlock& after);
  void CountForGroups(const StoredRecord& record);
  absl::Status EnforcePerKey(std::string_view subject, AfterUnlock& after);
  absl::StatusOr<Offset> FirstOf(std::string_view subject, const SubjectState& state);
  void Appended(const storage::LogAppend& append, AfterUnlock& after);
  void SegmentClosed(AfterUnlock& after);
  // Upkeep that nobody does is done here, as Catalog::Maintain() would: nothing goes from the disk
  // before the journal durably says what it told.
  void UpkeepIfOverdue();
  void Died(int64_t records, AfterUnlock& after);
  void UndoOpen(const absl::Status& why);
  absl::Status MarkHoles(const std::vector<storage::OffsetRange>& holes);
  absl::StatusOr<storage::LogAppend> Write(const Batch& batch);
  void DropFloorsFrom(Offset offset);
  void KeepRunningMax(int64_t ms);
  void NoteTrim(Offset old_start, bool journaled);
  uint64_t stream_id() const;
  absl::Duration segment_age() const;
  Journal& journal() const;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_STREAM_PARTS_H_
