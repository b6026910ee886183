// Idempotent Kafka producers, as one stream sees them: producer id -> epoch and its last five
// batches. A batch retried within those five is recognised and answered with its first offset; one
// that leaves a gap is refused.
//
//   auto check = producers.Check(id, epoch, first_sequence, count);
//   if (check.ok() && !check->duplicate) { ...append...; producers.Record(...); }
//
// Sequences number records, 0 .. 2^31-1, and wrap to 0.
//
// Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_PRODUCERS_H_
#define BRAID_ENGINE_PRODUCERS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "braid/record.h"

namespace braid::engine {

struct ProducerCheck {
  bool duplicate = false;
  Offset base_offset = -1;         // of the original, when duplicate
  int64_t last_timestamp_ms = -1;  // of the original, when duplicate
};

// A batch that was appended.
struct ProducedBatch {
  int64_t producer_id = -1;
  int16_t epoch = -1;
  int32_t first_sequence = -1;
  int32_t record_count = 0;
  Offset base_offset = -1;
  int64_t last_timestamp_ms = -1;
};

// A producer as it is remembered.
struct ProducerState {
  int64_t producer_id = -1;
  int16_t epoch = -1;
  int32_t last_sequence = -1;
  int64_t last_timestamp_ms = -1;
  std::optional<Offset> transaction_start = std::nullopt;  // of its open transaction
};

class Producers {
 public:
  static constexpr int kWindow = 5;                           // batches remembered per producer
  static constexpr int64_t kMaxProducers = int64_t{1} << 16;  // the least recent go first past this

  // May this batch be appended now? Changes nothing. Requires first_sequence >= 0 and record_count
  // >= 1 (kInvalidArgument otherwise). A producer not seen before may begin anywhere; a new epoch
  // begins at 0.
  //   kStaleProducerEpoch   the producer has since appeared with a higher epoch
  //   kOutOfOrderSequence   not the sequence after the last one; also one in the past that is none
  //                         of the batches remembered, since it need not ever have been appended
  absl::StatusOr<ProducerCheck> Check(int64_t producer_id, int16_t epoch, int32_t first_sequence,
                                      int32_t record_count) const;

  // The batch was appended at `now`. Also replays batches found in the log on recovery, in log
  // order; a batch of an older epoch than the one known is ignored, and so is one known already.
  void Record(const ProducedBatch& batch, absl::Time now);

  // A marker of that epoch ended the producer's transaction: batches of lower epochs are stale, and
  // the first one of a higher epoch begins at sequence 0.
  void NoteEpoch(int64_t producer_id, int16_t epoch, absl::Time now);

  // Nothing at or past `offset` was appended after all: forgets the producers that have a batch
  // there, whose earlier ones the log tells. Returns how many went.
  int64_t ForgetFrom(Offset offset);

  // Forgets producers that appended nothing for `idle` or longer. Returns how many went.
  int64_t Expire(absl::Time now, absl::Duration idle = absl::Hours(24));

  std::vector<ProducerState> States() const;  // by id, without their transactions
  int64_t size() const { return static_cast<int64_t>(producers_.size()); }
  int64_t max_id() const;  // -1 when there is none
  void Clear() { producers_.clear(); }

  // Everything, as bytes; sorted by producer id, so that equal states have equal bytes.
  std::string Serialize() const;
  // Replaces everything. kCorrupt, and nothing changes, when `bytes` are not Serialize()'s.
  absl::Status Restore(std::string_view bytes);

 private:
  struct Sent {
    int32_t first_sequence = 0;
    int32_t last_sequence = 0;
    Offset base_offset = 0;
    int64_t last_timestamp_ms = 0;
  };
  struct Producer {
    // The newest batch; nullptr: none of this epoch.
    const Sent* last() const { return sent_count == 0 ? nullptr : &sent[sent_count - 1]; }

    absl::Time last_seen;
    int16_t epoch = 0;
    uint8_t sent_count = 0;
    std::array<Sent, kWindow> sent;  // oldest first; [0, sent_count)
  };
  using Map = absl::flat_hash_map<int64_t, Producer>;

  static absl::StatusOr<Map> Decode(std::string_view bytes);
  void EvictLeastRecent();

  Map producers_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_PRODUCERS_H_
