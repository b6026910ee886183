// How members of a Kafka share group read: whole stored batches, uncopied, with a list of which of
// their records are the member's for a while; and what they say of those afterwards. The group
// (engine/group.h) is on the stream, and its ledger knows who holds what:
//
//   available     due in the ledger, or at or past the cursor
//   acquired      out, until its lock expires
//   acknowledged, archived     behind the cursor and not in the ledger
#ifndef BRAID_ENGINE_ACQUISITION_H_
#define BRAID_ENGINE_ACQUISITION_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "braid/batch.h"
#include "braid/record.h"

namespace braid::engine {

struct AcquireRequest {
  std::string_view consumer;
  int64_t max_records = 500;
  int64_t max_bytes = int64_t{1} << 20;  // of batches; the first is always given
  int64_t run_length = 500;              // a run of acquired records is not made longer than this
  bool whole_batches = true;             // the last batch may exceed max_records
  bool committed = false;                // nothing of open or aborted transactions
  bool look_only = false;                // say what there is, and acquire nothing
};

// Records that were delivered equally often, without a gap.
struct AcquiredRun {
  Offset first = 0;
  Offset last = 0;  // inclusive
  int64_t delivery_count = 0;
  friend bool operator==(const AcquiredRun&, const AcquiredRun&) = default;
};

// As of when it was looked: what Group::WaitAcquirable waits to see change.
struct AcquireSight {
  Offset end = 0;
  int64_t due = 0;
  bool full = false;  // max_ack_pending is reached
};

struct Acquired {
  std::vector<Batch> batches;     // ascending; also records that are not acquired
  std::vector<AcquiredRun> runs;  // ascending
  int64_t records = 0;
  int64_t bytes = 0;  // of the batches
  AcquireSight sight;
};

// What becomes of an acquired record.
enum class Verdict : uint8_t {
  kGap,      // there is no such record
  kAccept,   // done
  kRelease,  // somebody shall try again
  kReject,   // nobody can do it
  kRenew,    // it takes longer
};

struct Settlement {
  Offset first = 0;
  Offset last = 0;                // inclusive
  std::vector<Verdict> verdicts;  // one for all, or one each

  Verdict Of(Offset offset) const {
    return verdicts.size() == 1 ? verdicts.front()
                                : verdicts.at(static_cast<size_t>(offset - first));
  }
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_ACQUISITION_H_
