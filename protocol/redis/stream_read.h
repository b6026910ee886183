// XREAD and XREADGROUP: what was asked for, tried now or, with BLOCK, as often as something
// happens.
#ifndef BRAID_PROTOCOL_REDIS_STREAM_READ_H_
#define BRAID_PROTOCOL_REDIS_STREAM_READ_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "braid/record.h"
#include "engine/entry_id.h"
#include "engine/waiter.h"

namespace braid::redis {

struct Call;
class Client;

// One key to read and from where.
struct ReadSource {
  enum class From {
    kAfter,   // entries above `after`; of a group: the consumer's own outstanding ones
    kNewest,  // "+": the newest entry there is
    kNew,     // ">": what the group has given nobody yet
  };
  std::string_view key;
  From from = From::kAfter;
  engine::EntryId after;
  // The end of the stream at the last look, before anything was read; -1: there was no stream.
  Offset seen = -1;
};

// Windows into the request's arguments.
struct ReadRequest {
  bool group_read = false;  // XREADGROUP
  bool has_group = false;   // GROUP was given
  std::string_view group;
  std::string_view consumer;
  bool no_ack = false;
  int64_t count = 0;      // entries per key; 0: all
  int64_t max_count = 0;  // entries of all keys; 0: no limit
  int64_t max_size = 0;   // bytes of reply before the last entry; 0: no limit
  // Of new entries (">"): before them what somebody has had pending for so long.
  std::optional<absl::Duration> min_idle;
  std::optional<int64_t> block_ms;  // wait when there is nothing; 0: for ever
  absl::InlinedVector<ReadSource, 4> sources;
  uint64_t seen_topics = 0;  // Catalog::topics_version() before the last look
};

// A request that found nothing and waits. Owns its bytes.
class BlockedRead {
 public:
  BlockedRead(const ReadRequest& request, absl::Time deadline);
  ReadRequest& request() { return request_; }
  absl::Time deadline() const { return deadline_; }  // on the engine's clock

 private:
  std::string_view Own(std::string_view bytes);
  std::deque<std::string> owned_;
  ReadRequest request_;
  absl::Time deadline_;
};

// Reads the arguments of XREAD or XREADGROUP; latches what is wrong with them.
ReadRequest ParseRead(Call& call, bool group_read);

// Replies with what there is; false, and no reply, when there is nothing. True also for an error.
// Notes in `request` what it saw.
bool TryRead(Client& client, ReadRequest& request);
// Registers `waiter` for everything that could let TryRead find something, or fail.
void ArmRead(Client& client, const ReadRequest& request, const engine::WaiterPtr& waiter);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_STREAM_READ_H_
