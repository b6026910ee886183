// A Log is an ordered run of record batches in segment files of one directory. It knows offsets,
// times and bytes; it knows no topics, keys or groups, and calls nobody back.
//
// Threads: a Log is guarded by its owner's mutex (one per Stream). Three things leave the lock: a
// LogView, which reads an immutable snapshot, a LogSync, which makes the past durable, and a
// LogWork (storage/log_work.h), which does the upkeep.
//
// Files (docs/format.md): <base offset, 20 digits>.log and .bindex, and the MANIFEST. The newest
// segment is the active one. A roll closes it; it never changes again. Upkeep then seals it: made
// durable, indexed, listed in the manifest.
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

class LogWork;
class SegmentPool;
class TailBudget;
struct WorkOptions;

struct LogOptions {
  int64_t segment_bytes = int64_t{64} << 20;    // roll before an append that would exceed this
  int64_t index_interval_bytes = 16 << 10;      // one index entry about every so many bytes
  int64_t tail_cache_bytes = int64_t{4} << 20;  // 0: none; ignored on in-memory file systems
  // Bounds shared by several logs; null: the log has its own.
  std::shared_ptr<SegmentPool> segment_pool = nullptr;
  std::shared_ptr<TailBudget> tail_budget = nullptr;
};

// Offsets [begin, end).
struct OffsetRange {
  Offset begin = 0;
  Offset end = 0;
  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

// What opening had to repair or could not.
struct RecoveryReport {
  int64_t torn_bytes = 0;  // cut from the end of the log, or set aside behind it
  // One line for each damage: file, position, offsets and bytes that cannot be served.
  std::vector<std::string> damage;
  std::vector<OffsetRange> lost;  // the offsets that those lines speak of
};

struct ReadLimits {
  int64_t max_bytes = int64_t{1} << 20;  // soft: stops before the batch that would exceed it ...
  bool at_least_one = true;              // ... but never before the first one
  std::optional<Offset> end;             // stop before the batch that starts at or past this
  bool one_segment = false;              // stop at the end of the first segment that has any
};

struct LogRead {
  std::vector<Batch> batches;  // the first one holds the offset asked for, or is the next after it
  // Largest max_timestamp_ms of all batches before batches.front(), -1 if none: entry IDs need it.
  int64_t running_max_timestamp_ms = -1;
  Offset next_offset = 0;  // where reading goes on: behind the batches, and behind damage
  // Damage that was passed over: no batch holds these offsets any more. The log reports what is new
  // of it in TakeDamage().
  std::vector<OffsetRange> lost;
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

  // Whole batches from the one that contains `from`, or from the next one behind damage. Empty at
  // next_offset(). kOffsetOutOfRange outside [start_offset, next_offset]; kIo.
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
  // Offsets below end_offset() are durable once this returns ok. After an error nobody knows what
  // of them is: the log refuses every later append, with that error.
  absl::Status Run();
  Offset end_offset() const { return end_offset_; }

 private:
  friend class Log;
  struct Files;
  std::unique_ptr<Files> files_;
  Offset end_offset_ = 0;
};

// A segment as its log knows it.
struct SegmentInfo {
  Offset base_offset = 0;
  Offset next_offset = 0;
  int64_t bytes = 0;
  int64_t max_timestamp_ms = -1;          // within the segment
  int64_t running_max_timestamp_ms = -1;  // of everything up to its end
  bool sealed = false;
  bool repacked = false;
};

// Damage that a reader met while the log was open.
struct DamageReport {
  std::string description;  // one line: file, position, offsets, bytes
  OffsetRange lost;
};

struct LogAppend {
  Offset base_offset = 0;
  std::optional<SegmentInfo> sealed;  // the segment this append closed, if it rolled
};

class Log {
 public:
  // Opens or creates `dir`. Sealed segments are taken from the manifest; what lies behind them is
  // scanned, a torn end is cut, and damage is reported, kept, and passed over by readers. `report`
  // may be null.
  static absl::StatusOr<std::unique_ptr<Log>> Open(FileSystem& filesystem, std::string dir,
                                                   const LogOptions& options,
                                                   RecoveryReport* report);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Assigns the batch's base offset and leader epoch 0 by writing into its first 16 bytes, which
  // nobody else may be reading yet, and writes it with one write. After a failed write the file is
  // cut back and the error returned: nothing was appended, and the next append may succeed. After a
  // failed sync, here or in a LogSync, every append gives that error.
  absl::StatusOr<LogAppend> Append(Batch batch);

  // Closes the active segment; no-op when it is empty.
  absl::StatusOr<std::optional<SegmentInfo>> Roll();

  // Of segments to come, and of what is repacked: LogOptions::segment_bytes.
  void SetSegmentBytes(int64_t bytes);

  // Makes `offset` the first one (not past next_offset) and drops the segments wholly below it;
  // returns those. Their files go with the next upkeep, and the start is not stored: the owner
  // remembers it and trims again after Open.
  absl::StatusOr<std::vector<SegmentInfo>> TrimTo(Offset offset);

  // Continues an empty log at `offset` (>= next_offset).
  absl::Status StartAt(Offset offset);

  LogView View() const;
  LogSync PrepareSync();

  // Upkeep, one bounded piece at a time: sealing and removals first, then repacking; nullopt when
  // there is none. The owner runs the piece without its lock and hands it back with the outcome
  // before it asks for the next one.
  std::optional<LogWork> PrepareWork(const WorkOptions& options);
  absl::Status FinishWork(LogWork work, const absl::Status& outcome);
  // Much has been left undone, and an owner that has nobody to do it does it now.
  bool upkeep_is_overdue() const;
  // What readers found damaged since the last call. It is quarantined from here on.
  std::vector<DamageReport> TakeDamage();

  Offset start_offset() const;
  Offset next_offset() const;
  // Ok, or the error of the sync that failed: the log takes no more.
  absl::Status failure() const;
  Offset durable_offset() const;              // everything below it survives a power cut
  int64_t bytes() const;                      // in segment files, from the first segment on
  int64_t running_max_timestamp_ms() const;   // of all appended, -1 if nothing
  std::vector<SegmentInfo> segments() const;  // oldest first, the active one last

  struct Impl;  // storage/log_impl.h

 private:
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_LOG_H_
