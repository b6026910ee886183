// MAXLEN and MINID: what XADD and XTRIM remove from the old end of a stream.
//
// "=" removes exactly what is surplus. "~" removes whole nodes only: runs of entries that begin at
// multiples of stream-node-max-entries, counted over all entries ever added. So MAXLEN ~ 555 leaves
// 600 of 1000 entries. A node of Redis is also full at stream-node-max-bytes (4096), which would
// need a record of where each node began, as large entries make them all different: here nodes have
// no bound in bytes, as with stream-node-max-bytes 0. Of large entries "~" so leaves some more than
// Redis does, but never more than a node.
//
// KEEPREF, DELREF and ACKED say what becomes of what groups have pending of the entries that go
// (engine/references.h). With ACKED what a group has not settled stays, and younger entries go in
// its place.
#ifndef BRAID_PROTOCOL_REDIS_TRIM_H_
#define BRAID_PROTOCOL_REDIS_TRIM_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "engine/entry_id.h"
#include "engine/references.h"
#include "engine/stream.h"
#include "engine/writes.h"
#include "protocol/redis/args.h"

namespace braid::redis {

struct TrimSpec {
  enum class Strategy { kNone, kMaxLen, kMinId };
  Strategy strategy = Strategy::kNone;
  bool approximate = false;
  int64_t max_len = 0;
  engine::EntryId min_id;
  int64_t limit = 0;  // entries removed at most; 0: no limit
  engine::References references = engine::References::kKeep;

  // Takes one MAXLEN, MINID or LIMIT with its arguments off `args`; false when something else is
  // next. LIMIT must come with a strategy and "~": Check() says so at the end.
  bool TakeOption(Args& args);
  // Latches what is wrong with the whole, and chooses the default limit.
  void Check(Args& args, int64_t node_entries);

 private:
  void TakeStrategy(Args& args, Strategy chosen);
  bool limit_given_ = false;
};

// Takes one KEEPREF, DELREF or ACKED off `args`; false when something else is next.
bool TakeReferences(Args& args, engine::References& references);

// Trims and returns how many entries went.
absl::StatusOr<int64_t> Trim(engine::Stream& stream, const TrimSpec& spec, int64_t node_entries,
                             engine::Writes& writes);

// The first offset that stays, of a stream of `live` entries in [start, next): the largest node
// boundary up to `stop` (or `next` itself) from which at least `keep` entries are left and before
// which at most `limit` (0: any number) are. `count_from` says how many are live from an offset on.
// Pure.
Offset ApproximateTrimPoint(Offset start, Offset next, int64_t live, Offset stop, int64_t keep,
                            int64_t limit, int64_t node_entries,
                            absl::FunctionRef<int64_t(Offset)> count_from);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_TRIM_H_
