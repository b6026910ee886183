#include "engine/stream_parts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/subjects.h"
#include "engine/views.h"
#include "storage/batch_rewrite.h"
#include "storage/log_work.h"

namespace braid::engine {
namespace {

constexpr size_t kOpenBatchBytes = size_t{512} << 10;  // an open batch is written past this

uint64_t AsMs(int64_t timestamp_ms) {
  return timestamp_ms < 0 ? 0 : static_cast<uint64_t>(timestamp_ms);
}

StoredRecord Stored(const RecordView& record, Origin origin, Offset offset, EntryId id) {
  StoredRecord stored;
  static_cast<RecordView&>(stored) = record;
  stored.origin = origin;
  stored.offset = offset;
  stored.id = id;
  return stored;
}

bool IsWholeHeaderSet(const RecordView& record) {
  return record.headers.size() <= 65536;
}

}  // namespace

StreamParts::StreamParts(Stream* owner, StreamOptions stream_options,
                         std::unique_ptr<storage::Log> stream_log)
    : stream(owner),
      options(std::move(stream_options)),
      log(std::move(stream_log)),
      start(log->start_offset()),
      running_max_ms(log->running_max_timestamp_ms()),
      dedup(DedupOptions{.window = options.dedup_window}) {
  AdoptTransform();
}

void StreamParts::AdoptTransform() {
  transform.reset();
  if (options.transform_destination.empty()) return;
  auto made = SubjectTransform::Make(options.transform_source, options.transform_destination);
  if (made.ok()) transform = *std::move(made);  // else its owner has let a bad one through
}

uint64_t StreamParts::stream_id() const {
  return stream->identity().id;
}

Journal& StreamParts::journal() const {
  return stream->catalog().journal();
}

absl::Status StreamParts::CheckAlive() const {
  if (!deleted) return absl::OkStatus();
  return MakeError(Errc::kStreamNotFound, "the stream has been deleted");
}

StreamSnapshot StreamParts::Snapshot() const {
  StreamSnapshot snapshot;
  snapshot.view = log->View();
  snapshot.start = start;
  snapshot.deleted = deleted_offsets;
  snapshot.floors = floors;
  snapshot.stream_id = stream_id();
  snapshot.blocks = &stream->catalog().block_cache();
  return snapshot;
}

std::string StreamParts::SubjectOf(const StoredRecord& record) const {
  return engine::SubjectOf(record, stream->identity(), options.subjects);
}

// --- Appending ---

absl::Status StreamParts::CheckSize(const RecordView& record) const {
  int64_t max_bytes = stream->catalog().options().max_record_bytes;
  if (options.max_record_bytes >= 0) max_bytes = std::min(max_bytes, options.max_record_bytes);
  if (PayloadBytes(record) > max_bytes) {
    return MakeError(Errc::kRecordTooLarge,
                     absl::StrCat("a record may have ", max_bytes, " bytes"));
  }
  if (!IsWholeHeaderSet(record)) return MakeError(Errc::kRecordTooLarge, "too many headers");
  return absl::OkStatus();
}

absl::Status StreamParts::CheckSubject(const RecordView& record,
                                       const AppendOptions& append) const {
  if (append.origin != Origin::kNats || options.subjects.empty()) return absl::OkStatus();
  const std::string_view subject = record.key.value_or("");
  for (const std::string& mine : options.subjects) {
    if (Matches(mine, subject)) return absl::OkStatus();
  }
  return MakeError(Errc::kSubjectMismatch, "the stream does not have that subject");
}

absl::Status StreamParts::CheckExpectations(const RecordView& record, const AppendOptions& append) {
  if (append.expected_last_key.has_value()) {
    const std::string_view filter =
        append.expected_key_filter.empty() ? record.key.value_or("") : append.expected_key_filter;
    auto last = NewestMatching(filter);
    if (!last.ok()) return last.status();
    if (*last != *append.expected_last_key) {
      return MakeError(Errc::kWrongLastKeyOffset, absl::StrCat(*last + 1));
    }
  }
  if (append.expected_last.has_value() && *append.expected_last != next() - 1) {
    return MakeError(Errc::kWrongLastOffset, absl::StrCat(next()));
  }
  return absl::OkStatus();
}

absl::Status StreamParts::CheckEndsSchedule(const AppendOptions& append) const {
  if (append.ends_schedule.empty() || schedules.Has(append.ends_schedule) ||
      subjects.Count(append.ends_schedule) == 0) {
    return absl::OkStatus();
  }
  return MakeError(Errc::kInvalidRecordState, "no schedule has that key");
}

absl::Status StreamParts::CheckRoom(const RecordView& record) const {
  if (options.discard != Discard::kNew) return absl::OkStatus();
  if (options.max_records >= 0 && live() >= options.max_records) {
    return MakeError(Errc::kLimitReached, "maximum messages exceeded");
  }
  if (options.max_bytes >= 0 && tracks_records() &&
      accounted_bytes + AccountedBytes(record) > options.max_bytes) {
    return MakeError(Errc::kLimitReached, "maximum bytes exceeded");
  }
  return absl::OkStatus();
}

std::optional<std::string> StreamParts::MapKey(const RecordView& record,
                                               const AppendOptions& append) const {
  if (!transform.has_value() || append.origin != Origin::kNats) return std::nullopt;
  return transform->Apply(record.key.value_or(""));
}

int64_t StreamParts::TimeOf(const RecordView& record, absl::Time now) const {
  const bool own = record.timestamp_ms >= 0 && !options.append_time;
  return own ? record.timestamp_ms : std::max<int64_t>(0, absl::ToUnixMillis(now));
}

// Decides the entry ID that is asked for.
absl::StatusOr<EntryId> StreamParts::Identify(const EntryIdSpec& spec, absl::Time now) const {
  const auto now_ms = static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(now)));
  return NextEntryId(spec, last_id, now_ms);
}

// The ID of a record that no Redis client wrote; see IdFloor.
EntryId StreamParts::LiftForeign(int64_t timestamp_ms, Offset offset) {
  uint64_t ms = std::max(AsMs(running_max_ms), AsMs(timestamp_ms));
  if (floors != nullptr && !floors->empty()) ms = std::max(ms, floors->back().ms);
  const EntryId id = ForeignEntryId(last_id, static_cast<int64_t>(ms), offset);
  if (id.ms > ms) {
    AddFloor(offset, id.ms);
    journal_goes_first = true;
  }
  return id;
}

void StreamParts::AddFloor(Offset offset, uint64_t ms) {
  // Snapshots keep the vector they have.
  auto more = floors == nullptr ? std::make_shared<std::vector<IdFloor>>()
                                : std::make_shared<std::vector<IdFloor>>(*floors);
  const auto at =
      std::upper_bound(more->begin(), more->end(), offset,
                       [](Offset wanted, const IdFloor& floor) { return wanted < floor.offset; });
  more->insert(at, {offset, ms});
  floors = std::move(more);
  journal().Put(keys::Of(keys::kIdFloor, stream_id(), static_cast<uint64_t>(offset)),
                Encoder().U64(ms).bytes());
}

absl::StatusOr<AppendResult> StreamParts::Append(const RecordView& record,
                                                 const AppendOptions& append, absl::Time now,
                                                 AfterUnlock& after) {
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (absl::Status s = CheckSubject(record, append); !s.ok()) return s;
  const std::optional<std::string> key = MapKey(record, append);
  if (!key.has_value()) return AppendMapped(record, append, now, after);
  RecordView mapped = record;
  mapped.key = *key;
  return AppendMapped(mapped, append, now, after);
}

absl::StatusOr<AppendResult> StreamParts::AppendMapped(const RecordView& record,
                                                       const AppendOptions& append, absl::Time now,
                                                       AfterUnlock& after) {
  if (absl::Status s = CheckExpectations(record, append); !s.ok()) return s;
  if (!append.refusal_after_expectations.ok()) return append.refusal_after_expectations;
  if (absl::Status s = CheckEndsSchedule(append); !s.ok()) return s;
  if (!append.msg_id.empty()) {
    if (std::optional<Offset> original = dedup.Find(append.msg_id, now)) {
      return AppendResult{
          .base_offset = *original, .next_offset = *original + 1, .id = {}, .duplicate = true};
    }
  }
  if (append.name.has_value()) {
    if (const std::optional<EntryId> original = idempotence.Find(*append.name, now)) {
      idempotence.CountDuplicate(journal(), stream_id());
      return AppendResult{.id = *original, .duplicate = true};
    }
  }
  if (append.expected_last_msg_id.has_value() && *append.expected_last_msg_id != last_msg_id) {
    return MakeError(Errc::kWrongLastMessageId, last_msg_id);
  }
  if (!append.refusal_after_ids.ok()) return append.refusal_after_ids;
  if (absl::Status s = CheckSize(record); !s.ok()) return s;
  const std::string_view key = record.key.value_or("");
  const bool replaces = options.max_records_per_key > 0 && tracks_records() &&
                        subjects.Count(key) >= options.max_records_per_key;
  if (!replaces && append.rollup == Rollup::kNone) {
    if (absl::Status s = CheckRoom(record); !s.ok()) return s;
  }
  if (!open.empty() && (open_origin != append.origin || open.size_bytes() >= kOpenBatchBytes)) {
    if (absl::Status s = Flush(after); !s.ok()) return s;
  }
  auto result = AppendChecked(record, append, now, after);
  if (!result.ok()) return result;
  if (replaces) {
    if (absl::Status s = EnforcePerKey(key, after); !s.ok()) return s;
  }
  if (append.rollup != Rollup::kNone || !append.ends_schedule.empty()) {
    if (absl::Status s = ReplaceBy(append, key, result->base_offset, after); !s.ok()) return s;
  }
  return result;
}

// Adds to the open batch.
absl::StatusOr<AppendResult> StreamParts::AppendChecked(const RecordView& record,
                                                        const AppendOptions& append, absl::Time now,
                                                        AfterUnlock& after) {
  if (open.empty() && open_origin != append.origin) {
    open = storage::BatchBuilder({.codec = Codec::kNone, .origin = append.origin});
    open_origin = append.origin;
  }
  if (open.empty()) open_rule = storage::EntrySeqRule();

  const Offset offset = next();
  const Offset previous =
      append.tell_previous ? NewestMatching(record.key.value_or("")).value_or(-1) : -1;
  EntryId id;
  int64_t timestamp_ms = 0;
  if (append.id.has_value()) {
    auto identified = Identify(*append.id, now);
    if (!identified.ok()) return identified.status();
    id = *identified;
    RecordView stored = record;  // that derives the ID
    constexpr uint64_t kLatest = INT64_MAX;
    stored.timestamp_ms = timestamp_ms = static_cast<int64_t>(std::min(id.ms, kLatest));
    if (id.ms > kLatest && (floors == nullptr || floors->empty() || floors->back().ms < id.ms)) {
      AddFloor(offset, id.ms);  // no timestamp is that large
      journal_goes_first = true;
    }
    std::string seq_text;
    storage::PutEntrySeq(open_rule, stored, id.seq, seq_text);
    open.Add(stored);
  } else {
    timestamp_ms = TimeOf(record, now);
    id = LiftForeign(timestamp_ms, offset);
    open.Add(record, timestamp_ms);
  }
  if (journal().InSection()) {
    stream->catalog().NoteInSection(*stream, offset);
    journal_goes_first = true;
  }
  last_id = id;
  running_max_ms = std::max(running_max_ms, timestamp_ms);
  last_timestamp_ms = timestamp_ms;
  if (!append.msg_id.empty()) dedup.Record(append.msg_id, offset, now);
  last_msg_id = append.msg_id;
  if (append.name.has_value()) NoteName(append, offset, id, now);
  if (options.max_age > absl::ZeroDuration() && (live() == 1 || expiries.any_immortal())) {
    Arm(now + options.max_age, after);
  }
  if (tracks_records() || !groups.empty()) {
    StoredRecord seen = Stored(record, append.origin, offset, id);
    seen.timestamp_ms = timestamp_ms;
    Track(seen);
    CountForGroups(seen);
    ArmTracked(after);
  }
  return AppendResult{.base_offset = offset,
                      .next_offset = offset + 1,
                      .id = id,
                      .timestamp_ms = timestamp_ms,
                      .previous = previous};
}

void StreamParts::NoteName(const AppendOptions& append, Offset offset, EntryId id, absl::Time now) {
  if (!idempotence.options().has_value()) {
    idempotence.SetOptions(append.idempotence, journal(), stream_id());
  }
  idempotence.Record(*append.name, id, offset, now, journal(), stream_id());
}

absl::StatusOr<AppendResult> StreamParts::AppendMany(absl::Span<const RecordView> records,
                                                     const AppendOptions& append, absl::Time now,
                                                     AfterUnlock& after) {
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  for (const RecordView& record : records) {
    if (absl::Status s = CheckSize(record); !s.ok()) return s;
    if (absl::Status s = CheckSubject(record, append); !s.ok()) return s;
  }
  // One batch: what is open goes first, and nothing in between is written.
  if (absl::Status s = Flush(after); !s.ok()) return s;
  AppendResult result{.base_offset = next(), .next_offset = next(), .id = {}};
  for (const RecordView& record : records) {
    auto appended = AppendChecked(record, append, now, after);
    if (!appended.ok()) return appended.status();
    result.next_offset = appended->next_offset;
  }
  if (absl::Status s = Flush(after); !s.ok()) return s;
  return result;
}

absl::StatusOr<AppendResult> StreamParts::AppendBatch(Batch batch, absl::Time now,
                                                      AfterUnlock& after) {
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (absl::Status s = Flush(after); !s.ok()) return s;
  const BatchHeader& header = batch.header();
  const bool numbered = header.producer_id >= 0;
  if (numbered) {
    auto check = producers.Check(header.producer_id, header.producer_epoch, header.base_sequence,
                                 header.record_count);
    if (!check.ok()) return check.status();
    if (check->duplicate) {
      return AppendResult{.base_offset = check->base_offset,
                          .next_offset = check->base_offset + header.last_offset_delta + 1,
                          .id = {},
                          .duplicate = true,
                          .append_time_ms = options.append_time ? check->last_timestamp_ms : -1};
    }
  }
  if (numbered && !header.transactional() && transactions.IsOpen(header.producer_id)) {
    return MakeError(Errc::kInvalidTransactionState, "the producer has a transaction open");
  }
  auto fitted = FitBatch(std::move(batch), now);
  if (!fitted.ok()) return fitted.status();
  return AppendFitted(*fitted, now, after);
}

// The batch as the stream keeps it: in its codec, and with its time.
absl::StatusOr<Batch> StreamParts::FitBatch(Batch batch, absl::Time now) const {
  if (options.codec.has_value() && batch.header().codec() != *options.codec) {
    auto recompressed = storage::Recompress(batch, *options.codec);
    if (!recompressed.ok()) return recompressed;
    batch = *std::move(recompressed);
  }
  if (!options.append_time) return batch;
  return storage::WithAppendTime(std::move(batch), absl::ToUnixMillis(now));
}

absl::StatusOr<AppendResult> StreamParts::AppendFitted(const Batch& batch, absl::Time now,
                                                       AfterUnlock& after) {
  const BatchHeader& header = batch.header();
  const bool numbered = header.producer_id >= 0;
  const Offset base = log->next_offset();
  const EntryId first = LiftForeign(-1, base);
  auto appended = Write(batch);
  if (!appended.ok()) {
    DropFloorsFrom(base);
    return appended.status();
  }
  running_max_ms = std::max(running_max_ms, header.max_timestamp_ms);
  last_timestamp_ms = header.max_timestamp_ms;
  const Offset next_offset = base + header.last_offset_delta + 1;
  last_id = {std::max(first.ms, AsMs(running_max_ms)), static_cast<uint64_t>(next_offset - 1)};
  if (numbered) {
    producers.Record({.producer_id = header.producer_id,
                      .epoch = header.producer_epoch,
                      .first_sequence = header.base_sequence,
                      .record_count = header.record_count,
                      .base_offset = base,
                      .last_timestamp_ms = header.max_timestamp_ms},
                     now);
  }
  if (header.transactional()) transactions.Data(header.producer_id, base);
  if (tracks_records() || !groups.empty()) {
    absl::Status status = Snapshot().ForEach(base, [&](StoredRecord&& record) {
      Track(record);
      CountForGroups(record);
      return true;
    });
    if (!status.ok()) return status;
    ArmTracked(after);
  }
  if (options.max_age > absl::ZeroDuration()) Arm(now + options.max_age, after);
  Appended(*appended, after);
  EnforceLimits(now, after).IgnoreError();  // the batch is in; what stays too long goes later
  return AppendResult{.base_offset = base,
                      .next_offset = next_offset,
                      .id = {},
                      .append_time_ms = header.log_append_time() ? header.max_timestamp_ms : -1};
}

absl::Status StreamParts::AppendMarker(const storage::TransactionMarker& marker, absl::Time now,
                                       AfterUnlock& after) {
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (absl::Status s = Flush(after); !s.ok()) return s;
  const Offset offset = log->next_offset();
  auto appended = Write(storage::EncodeMarker(marker));
  if (!appended.ok()) return appended.status();
  running_max_ms = std::max(running_max_ms, marker.timestamp_ms);
  producers.NoteEpoch(marker.producer_id, marker.producer_epoch, now);
  transactions.Marker(marker.producer_id, offset, marker.committed);
  absl::Status status = MarkHoles({{offset, offset + 1}});
  Appended(*appended, after);
  return status;
}

absl::Status StreamParts::Flush(AfterUnlock& after) {
  if (open.empty()) return absl::OkStatus();
  Batch batch = open.Build();
  auto appended = Write(batch);
  if (!appended.ok()) {
    UndoOpen(appended.status());
    return appended.status();
  }
  Appended(*appended, after);
  // The batch is in, whatever becomes of the limits: they are applied again at the next one.
  EnforceLimits(stream->catalog().Now(), after).IgnoreError();
  return absl::OkStatus();
}

void StreamParts::Appended(const storage::LogAppend& append, AfterUnlock& after) {
  stream->catalog().MarkDirty(stream->shared_from_this());
  after.Wake(waiters.Take());
  const bool first_of_segment =
      append.sealed.has_value() || segment_began == absl::InfiniteFuture();
  if (append.sealed.has_value()) SegmentClosed(after);
  if (first_of_segment) {
    segment_began = stream->catalog().Now();
    Arm(segment_began + segment_age(), after);
  }
}

void StreamParts::SegmentClosed(AfterUnlock& after) {
  segment_began = absl::InfiniteFuture();
  // Later recoveries read producers from here instead of from the closed segments, also when there
  // are none. A batch that is in both is harmless.
  JournalProducers(log->segments().back().base_offset);
  after.AskForUpkeep();
  UpkeepIfOverdue();
}

void StreamParts::UpkeepIfOverdue() {
  if (!log->upkeep_is_overdue()) return;
  std::optional<storage::LogWork> work = log->PrepareWork({});
  if (!work.has_value()) return;
  absl::Status outcome = journal().FlushAndSync();
  if (outcome.ok()) outcome = work->Run();
  log->FinishWork(*std::move(work), outcome).IgnoreError();  // it is tried again with the next one
}

// Upkeep has something to gain once an eighth of what lives has died.
void StreamParts::Died(int64_t records, AfterUnlock& after) {
  died_since_upkeep += records;
  if (died_since_upkeep < std::max<int64_t>(1024, live() / 8)) return;
  died_since_upkeep = 0;
  after.AskForUpkeep();
}

absl::Duration StreamParts::segment_age() const {
  const absl::Duration age = options.segment_age > absl::ZeroDuration()
                                 ? options.segment_age
                                 : stream->catalog().options().segment_age;
  // Only closed segments are compacted.
  return options.compact ? std::min(age, options.max_compaction_lag) : age;
}

// The open batch could not be written: nothing in it has been acknowledged, and it never was.
void StreamParts::UndoOpen(const absl::Status& why) {
  undo_status = why;
  stream->NoteUndone();
  const Offset lost_from = log->next_offset();
  if (deleted_offsets != nullptr) {
    deleted_offsets = std::make_shared<OffsetSet>(Within(*deleted_offsets, start, lost_from));
    deleted_count = static_cast<int64_t>(deleted_offsets->cardinality());
  }
  start = std::min(start, lost_from);
  idempotence.ForgetFrom(lost_from, journal(), stream_id());
  running_max_ms = log->running_max_timestamp_ms();
  DropFloorsFrom(lost_from);
  RebuildTracking();
}

// A floor goes before the record that needs it, whose ID would be another without it, and the name
// of a record of an atomic section before the record.
absl::StatusOr<storage::LogAppend> StreamParts::Write(const Batch& batch) {
  if (journal_goes_first) {
    if (absl::Status s = journal().Flush(); !s.ok()) return s;
    journal_goes_first = false;
  }
  return log->Append(batch);
}

// The records that they were for are not there, and others will be.
void StreamParts::DropFloorsFrom(Offset offset) {
  if (floors == nullptr || floors->empty() || floors->back().offset < offset) return;
  auto kept = std::make_shared<std::vector<IdFloor>>(*floors);
  for (; !kept->empty() && kept->back().offset >= offset; kept->pop_back()) {
    journal().Erase(
        keys::Of(keys::kIdFloor, stream_id(), static_cast<uint64_t>(kept->back().offset)));
  }
  floors = std::move(kept);
}

void StreamParts::Track(const StoredRecord& record) {
  if (!tracks_records()) return;
  const std::string subject = SubjectOf(record);
  subjects.Add(subject, record.offset);
  accounted_bytes += AccountedBytes(record);
  if (options.record_ttl) expiries.Note(record);
  if (options.schedules) schedules.Note(subject, record);
}

void StreamParts::Untrack(const StoredRecord& record) {
  if (!tracks_records()) return;
  const std::string subject = SubjectOf(record);
  subjects.Remove(subject, record.offset);
  accounted_bytes -= AccountedBytes(record);
  Forget(subject, record.offset);
}

void StreamParts::Forget(std::string_view subject, Offset offset) {
  if (options.record_ttl) expiries.Forget(offset);
  if (options.schedules && schedules.Forget(subject, offset)) {
    journal().Erase(keys::Of(keys::kScheduled, stream_id(), static_cast<uint64_t>(offset)));
  }
}

void StreamParts::ArmTracked(AfterUnlock& after) {
  if (!expiries.empty()) Arm(expiries.next(), after);
  if (!schedules.empty()) Arm(absl::FromUnixMillis(schedules.next_due_ms()), after);
}

void StreamParts::CountForGroups(const StoredRecord& record) {
  for (auto& [key, group] : groups) {
    GroupParts& parts = *group->parts_;
    if (parts.matching.has_value() && parts.Wants(SubjectOf(record))) ++*parts.matching;
  }
}

// --- What the journal is told ---

void StreamParts::JournalIds() const {
  journal().Put(keys::Of(keys::kEntryIds, stream_id()), Encoder()
                                                            .U64(last_id.ms)
                                                            .U64(last_id.seq)
                                                            .I64(entries_added_delta)
                                                            .U64(max_deleted_id.ms)
                                                            .U64(max_deleted_id.seq)
                                                            .I64(next())
                                                            .bytes());
}

void StreamParts::JournalProducers(Offset offset) const {
  journal().Put(
      keys::Of(keys::kProducers, stream_id()),
      Encoder().I64(offset).Str(producers.Serialize()).Str(transactions.Serialize()).bytes());
}

void StreamParts::Emit(Journal& out) const {
  const uint64_t id = stream_id();
  out.Put(keys::Of(keys::kStart, id), Encoder().I64(start).bytes());
  JournalIds();
  if (compaction.clean_end() > 0) out.Put(keys::Of(keys::kCompaction, id), compaction.Serialize());
  if (deleted_offsets != nullptr && deleted_count > 0) {
    JournalDeletedSet(out);
  }
  if (floors != nullptr) {
    for (const IdFloor& floor : *floors) {
      out.Put(keys::Of(keys::kIdFloor, id, static_cast<uint64_t>(floor.offset)),
              Encoder().U64(floor.ms).bytes());
    }
  }
  idempotence.EmitAll(out, id);
  schedules.ForEachJournaled([&](Offset offset, int64_t due_ms) {
    out.Put(keys::Of(keys::kScheduled, id, static_cast<uint64_t>(offset)),
            Encoder().I64(due_ms).bytes());
  });
  // As of the end of the log: what is open has no producer.
  JournalProducers(log->next_offset());
  for (const auto& [key, group] : groups) group->parts_->EmitAll(out, *group);
}

}  // namespace braid::engine
