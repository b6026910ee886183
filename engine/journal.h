// The journal: one Log of key -> value that holds everything which must survive and is not a
// message - definitions, cursors, outstanding deliveries, producer snapshots. An entry without a
// value erases.
//
// It is kept small by checkpoints: seal what there is, have the owner write all live state again,
// drop what was sealed. An entry states a fact whole, so replaying old ones before newer ones is
// harmless.
//
// Thread-safe. Entries gather in memory until Flush(), which whoever acknowledges calls first.
#ifndef BRAID_ENGINE_JOURNAL_H_
#define BRAID_ENGINE_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "braid/clock.h"
#include "braid/filesystem.h"
#include "storage/batch_builder.h"
#include "storage/log.h"
#include "storage/log_work.h"

namespace braid::engine {

class Journal {
 public:
  static absl::StatusOr<std::unique_ptr<Journal>> Open(FileSystem& filesystem,
                                                       const std::string& dir, const Clock* clock,
                                                       storage::RecoveryReport* report);

  // Every entry, oldest first. Stops at the first error `apply` returns.
  using Apply =
      absl::FunctionRef<absl::Status(std::string_view key, std::optional<std::string_view> value)>;
  absl::Status Replay(Apply apply);

  // For an engine that dies with its memory: entries are dropped unwritten from now on.
  void Discard();

  // --- Atomic sections (engine/atomic_section.h) ---
  // What this thread puts between the two is written as parts of a section. One at a time.
  void BeginSection();
  void EndSection();
  bool InSection() const;  // this thread is in one
  // A record of the section; to be flushed before the record itself is written.
  void NoteAppend(uint64_t stream_id, Offset offset);

  void Put(std::string_view key, std::string_view value);
  void Erase(std::string_view key);
  // Several changes that are written together or not at all, in this order.
  struct Change {
    std::string key;
    std::optional<std::string> value;  // none: erase
  };
  void PutTogether(absl::Span<const Change> changes);
  // Writes what has gathered, as one batch. After an error it is kept, and the next call tries
  // again.
  absl::Status Flush();
  storage::LogSync PrepareSync();
  // What was put is durable once this returns ok.
  absl::Status FlushAndSync();
  // Bytes since the last checkpoint; bytes that checkpoint took.
  int64_t bytes() const;
  int64_t checkpoint_bytes() const;

  // Seals what is closed and removes what checkpoints replaced. Blocks on the disk.
  absl::Status Upkeep();

  // Between the two, the owner puts all its live state; other changes may come in between.
  absl::StatusOr<Offset> BeginCheckpoint();
  absl::Status EndCheckpoint(Offset boundary);

 private:
  Journal(std::unique_ptr<storage::Log> log, const Clock* clock);
  void Add(std::string_view key, std::optional<std::string_view> value);
  void AddLocked(std::string_view key, std::optional<std::string_view> value, int64_t now_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FlushIfLarge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status FlushLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Clock* const clock_;
  mutable absl::Mutex mu_;
  std::unique_ptr<storage::Log> log_ ABSL_PT_GUARDED_BY(mu_);
  storage::BatchBuilder gathering_ ABSL_GUARDED_BY(mu_);
  std::optional<Batch> unwritten_ ABSL_GUARDED_BY(mu_);  // a batch whose write failed
  int64_t checkpoint_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool discard_ ABSL_GUARDED_BY(mu_) = false;
  // Of the newest section; of the thread that is in it.
  uint64_t section_ = 0;
  bool section_is_empty_ = true;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_JOURNAL_H_
