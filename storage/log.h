// A Log is an ordered run of record batches in segment files of one directory. It knows offsets,
// times and bytes; it knows no topics, keys or groups, and calls nobody back.
//
// Threads: a Log is guarded by its owner's mutex (one per Stream). Two things leave the lock: a
// LogView, which reads an immutable snapshot, and a LogSync, which makes the past durable.
//
// Files: <base offset, 20 digits>.log, .bindex (docs/format.md). The newest segment is the active
// one; the others are sealed and never change.
#ifndef BRAID_STORAGE_LOG_H_
#define BRAID_STORAGE_LOG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/batch.h"
#include "braid/filesystem.h"

namespace braid::storage {

struct LogOptions {
  int64_t segment_bytes = int64_t{64} << 20;    // roll before an append that would exceed this
  int64_t index_interval_bytes = 4096;          // one index entry about every so many bytes
  int64_t tail_cache_bytes = int64_t{4} << 20;  // 0: none; ignored on in-memory file systems
};

// What opening had to repair or could not.
struct RecoveryReport {
  int64_t torn_bytes = 0;  // cut from the end of the active segment
  // One line for each damage found inside a segment: file, position, offset, bytes that cannot be
  // served.
  std::vector<std::string> damage;
};

struct ReadLimits {
  int64_t max_bytes = int64_t{1} << 20;  // soft: stops before the batch that would exceed it ...
  bool at_least_one = true;              // ... but never before the first one
  std::optional<Offset> end;             // stop before the batch that starts at or past this
};

struct LogRead {
  std::vector<Batch> batches;  // the first one holds the offset asked for, or is the next after it
  // Largest max_timestamp_ms of all batches before batches.front(), -1 if none: entry IDs need it.
  int64_t running_max_timestamp_ms = -1;
};

// An immutable snapshot of a log. Copyable, thread-safe, valid after the log has moved on, trimmed
// or died.
class LogView {
 public:
  LogView();
  ~LogView();
  LogView(const LogView&);
  LogView(LogView&&) noexcept;
  LogView& operator=(const LogView&);
  LogView& operator=(LogView&&) noexcept;

  Offset start_offset() const;  // as of the snapshot
  Offset next_offset() const;

  // Whole batches from the one that contains `from`. Empty at next_offset(). kOffsetOutOfRange
  // outside [start_offset, next_offset]; kCorrupt where stored bytes are damaged.
  absl::StatusOr<LogRead> Read(Offset from, const ReadLimits& limits) const;

  // Largest offset b such that b is the base of an index step and every batch before b has
  // max_timestamp_ms < `timestamp_ms`: where a forward scan for that time, or for an entry ID, may
  // begin.
  Offset SeekTimestamp(int64_t timestamp_ms) const;

 private:
  friend class Log;
  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot_;
};

// The files that were dirty when it was taken. Run() may be called without the owner's lock, while
// the log is appended to.
class LogSync {
 public:
  LogSync();
  ~LogSync();
  LogSync(LogSync&&) noexcept;
  LogSync& operator=(LogSync&&) noexcept;
  // Offsets below end_offset() are durable once this returns ok.
  absl::Status Run();
  Offset end_offset() const { return end_offset_; }

 private:
  friend class Log;
  struct Files;
  std::unique_ptr<Files> files_;
  Offset end_offset_ = 0;
};

// A segment that TrimTo removed or Append closed.
struct SegmentInfo {
  Offset base_offset = 0;
  Offset next_offset = 0;
  int64_t bytes = 0;
  int64_t max_timestamp_ms = -1;          // within the segment
  int64_t running_max_timestamp_ms = -1;  // of everything up to its end
};

struct LogAppend {
  Offset base_offset = 0;
  std::optional<SegmentInfo> sealed;  // the segment this append closed, if it rolled
};

class Log {
 public:
  // Opens or creates `dir`. Sealed segments load their index; the active one is scanned, a torn
  // tail is cut, and damage before the tail is reported, kept and refused on read (kCorrupt).
  // `report` may be null.
  static absl::StatusOr<std::unique_ptr<Log>> Open(FileSystem& filesystem, std::string dir,
                                                   const LogOptions& options,
                                                   RecoveryReport* report);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Assigns the batch's base offset and leader epoch 0 by writing into its first 16 bytes, which
  // nobody else may be reading yet, and writes it with one write. After a failed write the file is
  // cut back and the error returned: nothing was appended.
  absl::StatusOr<LogAppend> Append(Batch batch);

  // Closes the active segment; no-op when it is empty.
  absl::StatusOr<std::optional<SegmentInfo>> Roll();

  // Makes `offset` the first one (not past next_offset) and removes the segments wholly below it;
  // returns those. The start within a segment is not stored: the owner remembers it and trims again
  // after Open.
  absl::StatusOr<std::vector<SegmentInfo>> TrimTo(Offset offset);

  // Continues an empty log at `offset` (>= next_offset).
  absl::Status StartAt(Offset offset);

  LogView View() const;
  LogSync PrepareSync();

  Offset start_offset() const;
  Offset next_offset() const;
  int64_t bytes() const;                      // in segment files, from the first segment on
  int64_t running_max_timestamp_ms() const;   // of all appended, -1 if nothing
  std::vector<SegmentInfo> segments() const;  // oldest first, the active one last

 private:
  struct Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_LOG_H_
