// One segment file for reading: the file handle and the index, opened when first needed. Who
// appends to the active segment is the Log; this class only hears of the index entries.
//
// A segment is active (index in memory and growing), then sealed (file and index may be closed at
// any time and are opened again on demand), then perhaps retired (removed from the directory; open
// for as long as a LogView wants it). Thread-safe: views read segments without their log's lock.
#ifndef BRAID_STORAGE_SEGMENT_H_
#define BRAID_STORAGE_SEGMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "braid/filesystem.h"
#include "braid/record.h"
#include "storage/segment_index.h"
#include "storage/segment_pool.h"

namespace braid::storage {

// What a log's segments share. The file system outlives them.
struct SegmentHome {
  SegmentHome(FileSystem& filesystem, std::string dir, int64_t index_interval_bytes,
              size_t max_open)
      : filesystem(&filesystem),
        dir(std::move(dir)),
        index_interval_bytes(index_interval_bytes),
        pool(max_open) {}

  FileSystem* const filesystem;
  const std::string dir;
  const int64_t index_interval_bytes;
  SegmentPool pool;
};

class Segment : public std::enable_shared_from_this<Segment> {
 public:
  // The active segment, with what its index holds already.
  static std::shared_ptr<Segment> Active(std::shared_ptr<SegmentHome> home, Offset base_offset,
                                         SegmentIndex index);
  // A sealed one; `summary` is what its file holds.
  static std::shared_ptr<Segment> Sealed(std::shared_ptr<SegmentHome> home,
                                         const SegmentSummary& summary);

  Offset base_offset() const { return base_offset_; }
  std::string path(std::string_view suffix) const;

  // Active only. The index gets an entry for a batch that was just written.
  void AddEntry(const IndexEntry& entry);
  // The index as it stands: what the sidecar is written from.
  SegmentIndex CopyIndex() const;
  // Active becomes sealed. Requires that the sidecar is written.
  void Seal(const SegmentSummary& summary);

  // The file, opened if need be.
  absl::StatusOr<std::shared_ptr<const ReadFile>> File();
  // The last index entry at or before `offset`; the segment's beginning when its index cannot be
  // had.
  absl::StatusOr<IndexEntry> FloorOffset(Offset offset);
  // As SegmentIndex::FloorTimestamp; nullopt also when the index cannot be had.
  std::optional<IndexEntry> FloorTimestamp(int64_t timestamp_ms, uint64_t end_position);

  // The file is about to lose its name. With `readers`, opens it and its index first, for the views
  // that still read it.
  void Retire(bool readers);
  // Closes what can be opened again.
  void Evict();

  // Makes durable what Log cannot: of a sealed segment the .log, and then a note of that in the
  // sidecar; of the active one only the sidecar, if it has one. No-op when that was done already or
  // the segment was retired. Any thread, without the log's lock.
  absl::Status Sync();

 private:
  enum class State { kActive, kSealed, kRetired };

  Segment(std::shared_ptr<SegmentHome> home, Offset base_offset)
      : home_(std::move(home)), base_offset_(base_offset) {}

  absl::Status OpenFileLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status LoadIndexLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The parts of Sync(). Files are opened under the lock, because those of a retired segment must
  // not be made again, and synced without it.
  absl::StatusOr<bool> SyncLog();
  absl::Status SyncIndex(bool log_was_synced);
  absl::Status WriteDurableIndexLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Registers with the pool after something was opened; returns the segment to close in exchange.
  std::shared_ptr<Segment> AdmitLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::shared_ptr<SegmentHome> home_;
  const Offset base_offset_;

  mutable absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kActive;
  SegmentSummary summary_ ABSL_GUARDED_BY(mu_);  // once sealed
  std::shared_ptr<const ReadFile> file_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<SegmentIndex> index_ ABSL_GUARDED_BY(mu_);
  bool in_pool_ ABSL_GUARDED_BY(mu_) = false;
  int64_t index_version_ ABSL_GUARDED_BY(mu_) = 1;  // of the sidecar: 1 while active, 2 once sealed
  int64_t index_synced_ ABSL_GUARDED_BY(mu_) = 0;   // the version that is durable
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_H_
