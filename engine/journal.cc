#include "engine/journal.h"

#include <utility>
#include <vector>

#include "braid/error.h"
#include "engine/keys.h"

namespace braid::engine {
namespace {

// Entries are written before this many bytes gather, so that a checkpoint does not hold them all.
constexpr size_t kFlushBytes = size_t{1} << 20;

thread_local const Journal* section_of_this_thread = nullptr;

// What somebody wanted, and not what follows from a log or names what was given away.
bool IsDecision(char kind) {
  switch (kind) {
    case keys::kSetting:
    case keys::kTopic:
    case keys::kStart:
    case keys::kDeletedSet:
    case keys::kDeleted:
    case keys::kEntryIds:
    case keys::kGroup:
    case keys::kCursor:
    case keys::kConsumer:
    case keys::kPending:
    case keys::kDelivered:
    case keys::kSettled:
    case keys::kIdempotence:
    case keys::kNamedEntry:
    case keys::kAppended:
      return true;
    default:
      return false;
  }
}

}  // namespace

Journal::Journal(std::unique_ptr<storage::Log> log, const Clock* clock)
    : clock_(clock), log_(std::move(log)) {}

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(FileSystem& filesystem,
                                                       const std::string& dir, const Clock* clock,
                                                       storage::RecoveryReport* report) {
  storage::LogOptions options;
  options.tail_cache_bytes = 0;
  auto log = storage::Log::Open(filesystem, dir, options, report);
  if (!log.ok()) return log.status();
  return std::unique_ptr<Journal>(new Journal(*std::move(log), clock));
}

absl::Status Journal::Replay(Apply apply) {
  storage::LogView view;
  {
    absl::MutexLock lock(&mu_);
    view = log_->View();
  }
  for (Offset next = view.start_offset(); next < view.next_offset();) {
    auto read = view.Read(next, {});
    if (!read.ok()) return read.status();
    if (!read->lost.empty()) {
      return MakeError(Errc::kCorrupt, "the journal is damaged; braid seg verify says where");
    }
    for (const Batch& batch : read->batches) {
      auto records = batch.Records();
      if (!records.ok()) return records.status();
      for (const Record& record : *records) {
        if (absl::Status s = apply(record.key.value_or(""), record.value); !s.ok()) return s;
      }
      next = batch.next_offset();
    }
  }
  return absl::OkStatus();
}

void Journal::BeginSection() {
  section_of_this_thread = this;
  section_is_empty_ = true;
  ++section_;
}

void Journal::EndSection() {
  section_of_this_thread = nullptr;
  if (!section_is_empty_) Add(keys::Of(keys::kSection, section_), "");
}

bool Journal::InSection() const {
  return section_of_this_thread == this;
}

void Journal::NoteAppend(uint64_t stream_id, Offset offset) {
  Add(keys::Of(keys::kAppended, stream_id, static_cast<uint64_t>(offset)), "");
}

void Journal::Add(std::string_view key, std::optional<std::string_view> value) {
  const int64_t now_ms = absl::ToUnixMillis(clock_->Now());
  absl::MutexLock lock(&mu_);
  AddLocked(key, value, now_ms);
  FlushIfLarge();
}

void Journal::PutTogether(absl::Span<const Change> changes) {
  const int64_t now_ms = absl::ToUnixMillis(clock_->Now());
  absl::MutexLock lock(&mu_);
  for (const Change& change : changes) AddLocked(change.key, change.value, now_ms);
  FlushIfLarge();
}

void Journal::AddLocked(std::string_view key, std::optional<std::string_view> value,
                        int64_t now_ms) {
  if (discard_) return;
  std::string part;
  if (InSection() && IsDecision(key.front())) {
    section_is_empty_ = false;
    part = keys::Of(keys::kSection, section_).append(key);
    key = part;
  }
  RecordView record;
  record.key = key;
  record.value = value;
  record.timestamp_ms = now_ms;
  gathering_.Add(record);
}

void Journal::FlushIfLarge() {
  if (gathering_.size_bytes() >= kFlushBytes) {
    // An error stays with the batch, and the Flush() before the next acknowledgement reports it.
    FlushLocked().IgnoreError();
  }
}

void Journal::Discard() {
  absl::MutexLock lock(&mu_);
  discard_ = true;
}

void Journal::Put(std::string_view key, std::string_view value) {
  Add(key, value);
}

void Journal::Erase(std::string_view key) {
  Add(key, std::nullopt);
}

absl::Status Journal::FlushLocked() {
  if (unwritten_.has_value()) {
    auto appended = log_->Append(*unwritten_);
    if (!appended.ok()) return appended.status();
    unwritten_.reset();
  }
  if (gathering_.empty()) return absl::OkStatus();
  Batch batch = gathering_.Build();
  auto appended = log_->Append(batch);
  if (!appended.ok()) {
    unwritten_ = std::move(batch);
    return appended.status();
  }
  return absl::OkStatus();
}

absl::Status Journal::Flush() {
  absl::MutexLock lock(&mu_);
  return FlushLocked();
}

storage::LogSync Journal::PrepareSync() {
  absl::MutexLock lock(&mu_);
  return log_->PrepareSync();
}

absl::Status Journal::FlushAndSync() {
  if (absl::Status s = Flush(); !s.ok()) return s;
  return PrepareSync().Run();
}

int64_t Journal::bytes() const {
  absl::MutexLock lock(&mu_);
  return log_->bytes();
}

int64_t Journal::checkpoint_bytes() const {
  absl::MutexLock lock(&mu_);
  return checkpoint_bytes_;
}

absl::Status Journal::Upkeep() {
  while (true) {
    std::optional<storage::LogWork> work;
    {
      absl::MutexLock lock(&mu_);
      work = log_->PrepareWork({});
    }
    if (!work) return absl::OkStatus();
    const absl::Status outcome = work->Run();
    absl::MutexLock lock(&mu_);
    if (absl::Status s = log_->FinishWork(*std::move(work), outcome); !s.ok()) return s;
  }
}

absl::StatusOr<Offset> Journal::BeginCheckpoint() {
  absl::MutexLock lock(&mu_);
  if (absl::Status s = FlushLocked(); !s.ok()) return s;
  auto rolled = log_->Roll();
  if (!rolled.ok()) return rolled.status();
  return log_->next_offset();
}

absl::Status Journal::EndCheckpoint(Offset boundary) {
  storage::LogSync sync;
  {
    absl::MutexLock lock(&mu_);
    if (absl::Status s = FlushLocked(); !s.ok()) return s;
    sync = log_->PrepareSync();
  }
  // What replaces the old entries must be durable before they go.
  if (absl::Status s = sync.Run(); !s.ok()) return s;
  absl::MutexLock lock(&mu_);
  auto removed = log_->TrimTo(boundary);
  if (!removed.ok()) return removed.status();
  checkpoint_bytes_ = log_->bytes();
  return absl::OkStatus();
}

}  // namespace braid::engine
