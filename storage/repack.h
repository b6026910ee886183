// Writes batches anew: small ones become large ones, compressed; dead records go. Offsets, times,
// headers and entry IDs of the living stay what they were, and so does what batches must tell about
// the dead: the batches that come out cover the same offsets without a gap, and the running maximum
// of timestamps, from which foreign entry IDs derive, is nowhere lower than it was.
//
//   Repacker repacker(options, base_offset, running_max_before_ms, [&](const Batch& out) {...});
//   for (const Batch& batch : batches) { if (auto s = repacker.Add(batch); !s.ok()) return s; }
//   repacker.Finish();
#ifndef BRAID_STORAGE_REPACK_H_
#define BRAID_STORAGE_REPACK_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "braid/batch.h"
#include "braid/record.h"
#include "storage/batch_builder.h"
#include "storage/entry_seq.h"
#include "storage/log_work.h"

namespace braid::storage {

// Not thread-safe.
class Repacker {
 public:
  using Sink = absl::AnyInvocable<absl::Status(const Batch& batch)>;

  // `options` must outlive it. The first batch added starts at `base_offset`.
  Repacker(const RepackOptions& options, Offset base_offset, int64_t running_max_before_ms,
           Sink sink);

  // The next batch: it starts where the one before ended. Errors: those of decoding it
  // (kCorruptBatch) and of the sink.
  absl::Status Add(const Batch& batch);
  // What is gathered goes out.
  absl::Status Finish();

  int64_t records_kept() const { return kept_; }
  int64_t batches_in() const { return batches_in_; }
  int64_t batches_out() const { return batches_out_; }

 private:
  // What batches must have in common to become one.
  struct Kind {
    Origin origin = Origin::kKafka;
    Codec codec = Codec::kNone;
    bool alone = false;  // shares its batch with no other: its header says things of all of it
    friend bool operator==(const Kind&, const Kind&) = default;
  };

  Kind KindOf(const BatchHeader& header) const;
  bool HasDead(const BatchHeader& header) const;
  absl::Status Pass(const Batch& batch);
  absl::Status AddRecords(const Batch& batch, Kind kind);
  absl::Status AddRecord(RecordView& record, Origin origin, EntrySeqRule& rule);
  void Open(Kind kind);
  absl::Status Close();
  absl::Status Emit(const Batch& batch);

  const RepackOptions& options_;
  Sink sink_;
  BatchBuilder builder_;
  std::optional<Kind> open_;  // of the batch that gathers; nullopt: none does
  BatchHeader alone_;         // of the batch that went in last, which one alone takes over
  EntrySeqRule out_rule_;     // of the batch that gathers
  Offset open_base_ = 0;
  Offset covered_ = 0;        // everything below it is in batches that went in
  int64_t true_max_ms_ = -1;  // running maximum of what went in
  int64_t told_max_ms_ = -1;  // the same as readers of what came out would have it
  int64_t kept_ = 0;
  int64_t batches_in_ = 0;
  int64_t batches_out_ = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_REPACK_H_
