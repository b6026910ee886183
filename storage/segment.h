// One segment file for reading: the file handle and the index, opened when first needed. Who
// appends to the active segment is the Log; this class only hears of the index entries.
//
// A segment is growing (index in memory; also once it is closed, until it is sealed), then sealed
// (file and index may be closed at any time and are opened again on demand), then perhaps retired
// (about to lose its name; open for as long as a LogView wants it). Thread-safe: views read
// segments without their log's lock.
#ifndef BRAID_STORAGE_SEGMENT_H_
#define BRAID_STORAGE_SEGMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "braid/filesystem.h"
#include "braid/record.h"
#include "storage/segment_files.h"
#include "storage/segment_home.h"
#include "storage/segment_index.h"
#include "storage/segment_summary.h"

namespace braid::storage {

class Segment : public std::enable_shared_from_this<Segment> {
 public:
  // One that still grows, with what its index holds already.
  static std::shared_ptr<Segment> Growing(std::shared_ptr<SegmentHome> home, Offset base_offset,
                                          SegmentIndex index);
  // A sealed one; `summary` is what its file holds.
  static std::shared_ptr<Segment> Sealed(std::shared_ptr<SegmentHome> home,
                                         const SegmentSummary& summary);

  SegmentName name() const { return name_; }
  std::string path(std::string_view suffix) const;
  SegmentHome& home() const { return *home_; }

  // Growing only. The index gets an entry for a batch that was just written.
  void AddEntry(const IndexEntry& entry);
  // The index of a growing one as it stands: what the sidecar is written from.
  SegmentIndex CopyIndex() const;
  // Growing becomes sealed. Requires that the sidecar is written.
  void Seal(const SegmentSummary& summary);

  // The file, opened if need be.
  absl::StatusOr<std::shared_ptr<const ReadFile>> File();
  // Where a reader of `offset` begins.
  absl::StatusOr<IndexStep> FloorOffset(Offset offset);
  // As SegmentIndex::FloorTimestamp; nullopt also when the index cannot be had.
  std::optional<IndexEntry> FloorTimestamp(int64_t timestamp_ms, uint64_t end_position);

  // The file is about to lose its name. With `readers`, opens it and its index first, for the views
  // that still read it.
  void Retire(bool readers);
  // Closes what can be opened again.
  void Evict();

 private:
  enum class State { kGrowing, kSealed, kRetired };

  Segment(std::shared_ptr<SegmentHome> home, SegmentName name)
      : home_(std::move(home)), name_(name) {}

  absl::Status OpenFileLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status LoadIndexLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Runs `open` under the lock, a second time with every other segment closed when it failed for
  // want of file descriptors, say; then tells the pool.
  template <typename Open>
  absl::Status Opening(Open open);

  const std::shared_ptr<SegmentHome> home_;
  const SegmentName name_;

  mutable absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kGrowing;
  SegmentSummary summary_ ABSL_GUARDED_BY(mu_);  // once sealed
  std::shared_ptr<const ReadFile> file_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<SegmentIndex> index_ ABSL_GUARDED_BY(mu_);
  bool in_pool_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_H_
