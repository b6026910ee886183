// Batches of messages that are stored all or none: what has come of those that are not yet
// committed.
//
//   Nats-Batch-Id: <up to 64 bytes>  Nats-Batch-Sequence: 1, 2, 3, ...  and at the last message
//   Nats-Batch-Commit: 1, or eob when that message itself is not to be stored.
//
// Messages are kept in memory until the commit; a batch that is not committed ends with the
// connection's server, and nobody was promised more. One that gets no message for ten seconds, has
// a gap or grows too large is abandoned, and an advisory says so.
//
// Thread-safe.
#ifndef BRAID_PROTOCOL_NATS_ATOMIC_BATCHES_H_
#define BRAID_PROTOCOL_NATS_ATOMIC_BATCHES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "engine/catalog.h"
#include "protocol/nats/router.h"

namespace braid::nats {

// A message that keeps its own bytes.
struct KeptMessage {
  std::string subject, headers, payload;
  Message view() const {
    return {.subject = subject, .reply = {}, .headers = headers, .payload = payload};
  }
};

class AtomicBatches : public std::enable_shared_from_this<AtomicBatches> {
 public:
  enum class Commit : uint8_t { kNo, kWithThis, kWithoutThis };
  struct Limits {
    int64_t messages = 1000;  // of a batch
    size_t bytes = size_t{64} << 20;
    size_t bytes_in_all = size_t{256} << 20;  // of all batches
    size_t per_stream = 50;                   // batches at a time
    size_t in_all = 1000;
    absl::Duration idle = absl::Seconds(10);
  };
  // Why a batch was abandoned: timeout, large, incomplete, unsupported.
  using AbandonedFn =
      std::function<void(std::string_view stream, std::string_view batch, std::string_view reason)>;

  AtomicBatches(engine::Catalog& catalog, AbandonedFn abandoned)
      : catalog_(catalog), abandoned_(std::move(abandoned)) {}

  struct Part {
    uint64_t stream_id = 0;
    std::string_view stream;
    std::string_view batch;
    int64_t sequence = 0;
    std::optional<Commit> commit = Commit::kNo;  // nullopt: what was asked for is none of these
    bool supported = true;                       // false: it asks for more than this server offers
  };
  // Takes the message into its batch. The whole batch when this commits it, which is then forgotten
  // here; nullopt while more is to come. Errors: ApiErrc; but for the limits on the number of
  // batches and a batch that nobody has begun, the batch is forgotten.
  absl::StatusOr<std::optional<std::vector<KeptMessage>>> Add(const Part& part,
                                                              const Message& message);

 private:
  using Key = std::pair<uint64_t, std::string>;  // stream id, batch
  struct Batch {
    std::string stream;
    std::vector<KeptMessage> messages;
    int64_t last_sequence = 0;
    size_t bytes = 0;
    absl::Time last_seen;
    uint64_t number = 0;  // tells it from a later one of that name
  };

  absl::StatusOr<std::optional<std::vector<KeptMessage>>> AddLocked(const Part& part,
                                                                    const Message& message,
                                                                    std::string_view* abandoned)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckBegin(const Part& part) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Erase(std::map<Key, Batch>::iterator batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Watch(const Key& key, uint64_t number, absl::Time when);
  void LookAt(const Key& key, uint64_t number);

  engine::Catalog& catalog_;
  const AbandonedFn abandoned_;
  const Limits limits_;
  absl::Mutex mu_;
  std::map<Key, Batch> batches_ ABSL_GUARDED_BY(mu_);
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;  // in batches_
  uint64_t next_number_ ABSL_GUARDED_BY(mu_) = 1;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_ATOMIC_BATCHES_H_
