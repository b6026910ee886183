// Kafka's transactions as one stream sees them: which producers have one open and since when, which
// were aborted, and where their markers lie. It follows from the log; the coordinator of
// transactions is engine/transactions.h.
//
// Records of an open transaction are in the log like all others. A reader that wants committed ones
// only stops at the last stable offset, below which every transaction has ended, and passes over
// the records of those that were aborted.
//
// Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_STREAM_TRANSACTIONS_H_
#define BRAID_ENGINE_STREAM_TRANSACTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "braid/record.h"
#include "engine/stream_reader.h"

namespace braid::engine {

class StreamTransactions {
 public:
  // A batch of `producer_id`'s transaction was appended at `offset`; the first one opens it.
  void Data(int64_t producer_id, Offset offset);
  // Its marker was appended at `offset`. Also one that was seen before, or that ends nothing.
  void Marker(int64_t producer_id, Offset offset, bool committed);

  bool IsOpen(int64_t producer_id) const { return open_.contains(producer_id); }
  // Producer id -> first offset of its open transaction.
  const absl::btree_map<int64_t, Offset>& open() const { return open_; }
  // First offset of the oldest open transaction; `next` when none is open.
  Offset LastStable(Offset next) const;
  // Those with a record or the marker in [begin, end), by first offset.
  std::vector<AbortedTransaction> Aborted(Offset begin, Offset end) const;
  // Whether `offset` is a record of a transaction of `producer_id` that was aborted.
  bool IsAborted(int64_t producer_id, Offset offset) const;
  // Offsets of markers. They hold no record for anybody, and yet stay when dead records go: they
  // end what readers are told was aborted.
  const OffsetSet& markers() const { return markers_; }

  // Everything below `start` is gone.
  void Trim(Offset start);
  void Clear() { *this = StreamTransactions(); }

  std::string Serialize() const;
  // kCorrupt, and nothing changes, when `bytes` are not Serialize()'s.
  absl::Status Restore(std::string_view bytes);

 private:
  struct Ended {
    int64_t producer_id = -1;
    Offset first = 0;
    Offset marker = 0;
  };

  absl::btree_map<int64_t, Offset> open_;
  std::vector<Ended> aborted_;  // by marker
  OffsetSet markers_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_STREAM_TRANSACTIONS_H_
