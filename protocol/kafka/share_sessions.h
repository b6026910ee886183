// Share sessions: which partitions a member of a share group acquires from, so that its requests
// name only what changes. A session belongs to a member and to the connection that opened it.
//
//   epoch 0     opens one, in the place of any other of the member's
//   epoch n     the next one after n-1: what is named is added, or forgotten
//   epoch -1    closes it, and gives back what the member holds
//
// Thread-safe.
#ifndef BRAID_PROTOCOL_KAFKA_SHARE_SESSIONS_H_
#define BRAID_PROTOCOL_KAFKA_SHARE_SESSIONS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/catalog.h"
#include "engine/partitions.h"
#include "engine/writes.h"
#include "protocol/connection.h"
#include "protocol/kafka/errors.h"

namespace braid::kafka {

inline constexpr int32_t kShareSessionOpens = 0;
inline constexpr int32_t kShareSessionCloses = -1;

struct ShareSessionStep {
  std::string_view group, member;
  int32_t epoch = 0;
  const net::Connection* connection = nullptr;
  engine::PartitionSet add, forget;
};

class ShareSessions {
 public:
  static constexpr size_t kMaxSessions = 2000;
  static constexpr size_t kMaxPartitions = 100'000;  // of one session

  explicit ShareSessions(engine::Catalog& catalog) : catalog_(catalog) {}
  ShareSessions(const ShareSessions&) = delete;
  ShareSessions& operator=(const ShareSessions&) = delete;

  struct Outcome {
    ErrorCode error = ErrorCode::kNone;
    engine::PartitionSet partitions = {};  // of the session, as it is now
    uint64_t session = 0;                  // which one it is
  };
  // kShareSessionNotFound, kInvalidShareSessionEpoch, kShareSessionLimitReached.
  Outcome Take(const ShareSessionStep& step);

  // The member's session is still that one. Who waited before it acquired asks before, since a
  // member that has gone acquires nothing; and after, since it may have gone meanwhile.
  bool IsOpen(std::string_view group, std::string_view member, uint64_t session) const;

  // The session ends, and what the member holds is given back.
  void MemberGone(std::string_view group, std::string_view member);
  void Disconnected(const net::Connection* connection);

  // Gives back what the member holds of these partitions.
  void Release(std::string_view group, std::string_view member,
               const engine::PartitionSet& partitions, engine::Writes& writes);

 private:
  using Key = std::pair<std::string, std::string>;  // group, member
  struct Session {
    uint64_t number = 0;
    int32_t next_epoch = 1;
    const net::Connection* connection = nullptr;
    engine::PartitionSet partitions;
  };

  void End(const Key& key, const Session& session);

  engine::Catalog& catalog_;
  mutable absl::Mutex mu_;
  std::map<Key, Session> sessions_ ABSL_GUARDED_BY(mu_);
  uint64_t opened_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_SHARE_SESSIONS_H_
