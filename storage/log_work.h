// Upkeep of a log, done by whoever has the time: usually one background thread for all logs.
//
//   std::optional<LogWork> work;
//   { lock; work = log.PrepareWork(options); }
//   if (work) {
//     absl::Status outcome = work->Run();          // no lock: reads, writes and syncs files
//     { lock; log.FinishWork(*std::move(work), outcome); }
//   }
//
// Sealing makes closed segments durable, writes their index and lists them in the manifest, which
// then no longer lists what was trimmed or replaced; the files of those go after it. Repacking
// writes sealed segments anew: small batches become large ones, dead records go, offsets stay. The
// log changes over in FinishWork; readers of the old files finish on them.
#ifndef BRAID_STORAGE_LOG_WORK_H_
#define BRAID_STORAGE_LOG_WORK_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "braid/batch.h"
#include "braid/record.h"

namespace braid::storage {

// How segments are written anew.
struct RepackOptions {
  // Of the records that no Kafka producer made.
  Codec codec = Codec::kLz4;
  // Of Kafka's; nullopt keeps the codec of each producer.
  std::optional<Codec> kafka_codec = std::nullopt;
  int64_t batch_bytes = 64 << 10;  // of a batch, before compression
  // A repacked segment is done again once this share of its records has died since.
  double dead_share = 0.5;
  // Which records are dead, and how many in [begin, end); null: none. Called without any lock.
  std::function<bool(Offset)> is_dead = nullptr;
  std::function<int64_t(Offset begin, Offset end)> count_dead = nullptr;
};

struct WorkOptions {
  std::optional<RepackOptions> repack = std::nullopt;  // nullopt: seal only
};

class LogWork {
 public:
  // One kind of work; made by Log.
  struct Task;

  explicit LogWork(std::unique_ptr<Task> task);
  ~LogWork();
  LogWork(LogWork&&) noexcept;
  LogWork& operator=(LogWork&&) noexcept;

  // Does it. Any thread, without the owner's lock. Stops early, with an error that is no failure of
  // the log, once `cancel` (may be null) is set.
  absl::Status Run(const std::atomic<bool>* cancel = nullptr);
  int64_t bytes_written() const;  // by Run(), to segment files: what a limit on I/O counts

 private:
  friend class Log;
  std::unique_ptr<Task> task_;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_LOG_WORK_H_
