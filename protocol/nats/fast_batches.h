// Batches of messages of which one acknowledgement tells for many, so that publishers need not
// count each. How they go on is in the reply subjects:
//
//   <inbox>.<batch>.<flow>.<gap>.<sequence>.<operation>.$FI
//
// flow: at most how many messages an acknowledgement may be for; gap: ok or fail, what a missing
// message does to the rest; operation: 0 begins, 1 adds, 2 commits with this message, 3 without it,
// 4 asks how far things are. Answers are {"type":"ack"|"gap"|"err", ...} and in the end a PubAck.
//
// Sources: ADR-50 of NATS. Thread-safe, but for FastBatch, which is guarded by its mutex.
#ifndef BRAID_PROTOCOL_NATS_FAST_BATCHES_H_
#define BRAID_PROTOCOL_NATS_FAST_BATCHES_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "engine/catalog.h"
#include "protocol/nats/errors.h"

namespace braid::nats {

inline constexpr std::string_view kFastBatchSuffix = ".$FI";

// What a reply subject says; views into it.
struct FastBatchOp {
  enum class Kind : uint8_t { kBegin, kAdd, kCommit, kCommitWithout, kPing };
  Kind kind = Kind::kBegin;
  std::string_view batch;
  int64_t sequence = 0;
  int64_t flow = 0;
  bool gaps_ok = false;

  bool commits() const { return kind == Kind::kCommit || kind == Kind::kCommitWithout; }
  // nullopt: not of that form.
  static std::optional<FastBatchOp> Parse(std::string_view reply);
};

// How far a batch has got.
class FastBatch {
 public:
  FastBatch(int64_t flow, bool gaps_ok, size_t open_batches);

  bool gaps_ok() const { return gaps_ok_; }
  int64_t last() const { return last_; }                        // sequence in the batch
  int64_t stream_sequence() const { return stream_sequence_; }  // of its newest stored message
  void SetLast(int64_t sequence) { last_ = sequence; }
  void NoteStored(int64_t stream_sequence) { stream_sequence_ = stream_sequence; }

  // True when an acknowledgement is due; how many messages the next one is for follows from how
  // many batches the stream has open.
  bool AckIsDue(size_t open_batches);
  std::string Ack() const;       // the newest that was due
  std::string FirstAck() const;  // of a batch that begins
  static std::string Gap(int64_t expected, int64_t sequence);
  static std::string Error(int64_t sequence, const ApiError& error);

  absl::Mutex mu;
  bool ended = false;  // committed or abandoned
  absl::Time last_seen;

 private:
  const int64_t max_flow_;
  const bool gaps_ok_;
  int64_t flow_;
  int64_t last_ = 0;
  int64_t acknowledged_ = 0;
  int64_t stream_sequence_ = 0;
};
using FastBatchPtr = std::shared_ptr<FastBatch>;

class FastBatches : public std::enable_shared_from_this<FastBatches> {
 public:
  explicit FastBatches(engine::Catalog& catalog) : catalog_(catalog) {}

  // The batch that `op` is about, which begins with sequence 1. Errors: ApiErrc.
  absl::StatusOr<FastBatchPtr> Find(uint64_t stream_id, const FastBatchOp& op);
  void Forget(uint64_t stream_id, std::string_view batch);
  size_t OpenIn(uint64_t stream_id);

 private:
  using Key = std::pair<uint64_t, std::string>;  // stream id, batch

  size_t CountOf(uint64_t stream_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Watch(const Key& key, std::weak_ptr<FastBatch> batch, absl::Time when);
  void LookAt(const Key& key, const FastBatchPtr& batch);

  static constexpr size_t kMaxPerStream = 1000;
  static constexpr size_t kMaxInAll = 50'000;
  static constexpr absl::Duration kIdle = absl::Seconds(10);

  engine::Catalog& catalog_;
  absl::Mutex mu_;
  std::map<Key, FastBatchPtr> batches_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_FAST_BATCHES_H_
