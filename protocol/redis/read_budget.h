// What MAXCOUNT and MAXSIZE leave for a reply: the entries of all its keys together, in their
// order. Not thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_READ_BUDGET_H_
#define BRAID_PROTOCOL_REDIS_READ_BUDGET_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "engine/stream.h"
#include "protocol/redis/reply.h"
#include "protocol/redis/stream_read.h"

namespace braid::redis {

class ReadBudget {
 public:
  // Of a reply that begins at the end of `reply`. Both outlive it.
  ReadBudget(const ReadRequest& request, const Reply& reply);
  ReadBudget(const ReadBudget&) = delete;
  ReadBudget& operator=(const ReadBudget&) = delete;

  // Whether one more entry may be sent, when `ahead` bytes are going to be written before it. The
  // first one always may.
  bool Admit(size_t ahead = 0);
  // The same of entries that are read before they are written, under a `key` that is not written
  // either; "": it is. Null when there is no limit. Holds until the next call.
  const std::function<bool(const engine::StoredRecord&)>* Admission(std::string_view key);

 private:
  const ReadRequest& request_;
  const Reply& reply_;
  const size_t begin_;
  int64_t sent_ = 0;
  Reply scratch_;
  size_t ahead_ = 0;  // admitted and not yet written
  const std::function<bool(const engine::StoredRecord&)> admit_;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_READ_BUDGET_H_
