// What can be set, as plain structs. Every field has its unit and its default; durations of zero
// and limits of -1 mean "none".
#ifndef BRAID_OPTIONS_H_
#define BRAID_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "braid/codec.h"
#include "braid/record.h"

namespace braid {

class Clock;
class FileSystem;

// When an acknowledgement may be given.
enum class Durability : uint8_t {
  kOs,        // after write(2): survives the death of the process, not of the machine
  kSync,      // after fsync(2), shared by everyone who waits (group commit)
  kInterval,  // after write(2), and fsync(2) follows within EngineOptions::sync_interval
};

struct EngineOptions {
  std::string data_dir = {};  // empty: everything lives in memory and dies with the engine
  FileSystem* filesystem =
      nullptr;                   // default: posix, or a private memory one when data_dir is empty
  const Clock* clock = nullptr;  // default: the system clock. Must outlive the engine
  Durability durability = Durability::kOs;
  absl::Duration sync_interval = absl::Seconds(1);  // of kInterval
  uint64_t seed = 0;  // of the one random generator; 0: from the operating system
  int64_t segment_bytes = int64_t{64} << 20;    // a log rolls to a new segment file past this
  absl::Duration segment_age = absl::Hours(1);  // ... or once its segment is this old
  // Newest batches kept in memory, by each log and by all together (files only).
  int64_t tail_cache_bytes = int64_t{4} << 20;
  int64_t total_tail_cache_bytes = int64_t{32} << 20;
  int64_t decoded_cache_bytes = int64_t{8} << 20;  // decompressed batches kept for their readers
  int64_t open_segments = 256;                     // files of older segments kept open, in all
  int64_t memory_budget_bytes = 0;  // of an engine in memory; 0: none. kOutOfMemory past it
  // Background upkeep (Engine::Maintain): the codec of sealed segments, for records that no Kafka
  // producer compressed itself, and a limit on what is written anew per second (0: none).
  Codec seal_codec = Codec::kLz4;
  int64_t maintain_bytes_per_second = int64_t{64} << 20;
  int64_t max_record_bytes = int64_t{16} << 20;
};

// What a stream that is full does with a new record.
enum class Discard : uint8_t { kOld, kNew };

struct StreamOptions {
  // Limits. Oldest records go first.
  absl::Duration max_age = absl::ZeroDuration();
  int64_t max_bytes = -1;
  int64_t max_records = -1;
  int64_t max_records_per_key = -1;
  int64_t max_record_bytes = -1;  // one record's key, value and headers
  Discard discard = Discard::kOld;

  absl::Duration dedup_window = absl::ZeroDuration();  // how long message ids are remembered
  std::vector<std::string> subjects =
      {};  // record keys are subjects matching one of these; empty: no rule
  std::optional<Durability> durability = {};  // nullopt: the engine's

  int64_t segment_bytes = -1;                         // -1: the engine's
  absl::Duration segment_age = absl::ZeroDuration();  // zero: the engine's
  // Codec of sealed segments, and of batches that Kafka producers bring. nullopt: those keep the
  // codec they came with, and all others get the engine's once their segment is sealed.
  std::optional<Codec> codec = {};

  // Keep only the newest record of each key (the newest max_records_per_key when that is set), in
  // the background, as Kafka's cleanup.policy=compact does: when the part not yet compacted is at
  // least `min_dirty_ratio` of the whole or has records older than `max_compaction_lag`. Records
  // younger than `min_compaction_lag` are left alone; a record with a key and no value is a
  // tombstone, which goes itself `tombstone_retention` after the compaction that first met it.
  bool compact = false;
  double min_dirty_ratio = 0.5;
  absl::Duration min_compaction_lag = absl::ZeroDuration();
  absl::Duration max_compaction_lag = absl::InfiniteDuration();
  absl::Duration tombstone_retention = absl::Hours(24);

  // Of records that bring a time of their own: how far it may lie behind and ahead of the clock
  // when a Kafka client produces them; and whether it counts at all, or is replaced by the time of
  // the append.
  absl::Duration max_time_behind = absl::InfiniteDuration();
  absl::Duration max_time_ahead = absl::InfiniteDuration();
  bool append_time = false;

  // Records say with a header how long they live (engine/expiries.h). When age or that takes the
  // last record of a key, a marker takes its place and lives this long; zero: none does.
  bool record_ttl = false;
  absl::Duration delete_marker_ttl = absl::ZeroDuration();
  // Records may be schedules, which produce others when their time comes (engine/schedules.h).
  bool schedules = false;
  // NATS messages on subjects that `transform_source` matches are stored under others
  // (engine/subject_transform.h). An empty destination: none are.
  std::string transform_source = {};
  std::string transform_destination = {};

  Origin owner = Origin::kKafka;  // the model that created the stream
  std::string extra = {};  // that model's own settings, opaque to the engine, kept with the rest

  friend bool operator==(const StreamOptions&, const StreamOptions&) = default;
};

// Where a new group starts.
enum class StartAt : uint8_t { kEarliest, kLatest, kOffset };

struct GroupOptions {
  StartAt start = StartAt::kEarliest;
  Offset start_offset = 0;  // with kOffset

  // Delivery. With no ack_wait a delivery stays with its consumer until acked or claimed.
  absl::Duration ack_wait = absl::ZeroDuration();
  std::vector<absl::Duration> backoff =
      {};  // wait after delivery 1, 2, ...; the last repeats; over ack_wait
  int64_t max_deliver = -1;
  int64_t max_ack_pending = -1;
  // Canonical name of the topic that gets a copy of what was delivered max_deliver times, made when
  // it is not there; empty: none does.
  std::string dead_letter = {};
  bool ack_none = false;                  // delivered is settled
  bool ack_all = false;                   // an ack settles everything up to it
  std::vector<std::string> filters = {};  // subject patterns; empty: everything

  Origin owner = Origin::kKafka;
  std::string extra = {};  // as StreamOptions::extra
};

}  // namespace braid

#endif  // BRAID_OPTIONS_H_
