// Publishing into streams: a message on a captured subject becomes a record, and its publisher gets
// a PubAck once that is committed.
#ifndef BRAID_PROTOCOL_NATS_CAPTURE_H_
#define BRAID_PROTOCOL_NATS_CAPTURE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/catalog.h"
#include "engine/stream.h"
#include "protocol/nats/atomic_batches.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/fast_batches.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/publication.h"
#include "protocol/nats/router.h"
#include "protocol/nats/turn.h"

namespace braid::nats {

// Why a publish was refused, on the wire.
ApiError PublishError(const absl::Status& status);

// One session's way into the streams: remembers which stream captures which subject. Not
// thread-safe.
class Capture {
 public:
  explicit Capture(JetStream& jetstream) : jetstream_(jetstream), catalog_(jetstream.catalog()) {}

  // Appends `message` to the stream that captures its subject and queues the PubAck, or the error,
  // for its reply subject. False when no stream does.
  bool Publish(const Message& message, Turn& turn);

 private:
  struct Target {
    engine::StreamPtr stream;  // null: nobody captures the subject
    PublishRules rules;
  };

  const Target& Find(std::string_view subject);
  Target LookUp(std::string_view subject) const;

  // Reads and appends; `value`: of a counter, what it has come to.
  absl::StatusOr<engine::AppendResult> Store(const Target& target, const Message& message,
                                             Turn& turn, std::string* value);
  absl::StatusOr<engine::AppendResult> AddToCounter(const Target& target, std::string_view subject,
                                                    const Message& message,
                                                    Publication& publication, Turn& turn,
                                                    std::string* value) const;
  void Answer(const Target& target, const Message& message,
              const absl::StatusOr<engine::AppendResult>& result, std::string_view more,
              Turn& turn);
  void Refuse(const Target& target, const Message& message, const absl::Status& why, Turn& turn);
  // Has the message told of, when the stream republishes.
  void Republished(const Target& target, std::string_view subject, const RecordView& record,
                   const engine::AppendResult& result, Turn& turn);
  // Streams may capture what others republish.
  void CaptureRepublished(Turn& turn);

  // --- Batches (capture_batches.cc) ---
  void PublishAtomic(const Target& target, std::string_view batch, const Message& message,
                     Turn& turn);
  absl::StatusOr<engine::AppendResult> CommitAtomic(const Target& target,
                                                    const std::vector<KeptMessage>& messages,
                                                    bool ended_apart, Turn& turn);
  absl::Status ReadAtomic(const Target& target, const std::vector<KeptMessage>& messages,
                          bool ended_apart, std::deque<Publication>& publications) const;
  void PublishFast(const Target& target, const Message& message, Turn& turn);
  void AddToFast(const Target& target, const FastBatchOp& op, FastBatch& batch,
                 const Message& message, Turn& turn);
  // Ends the batch and says how far it has come.
  void EndFast(const Target& target, const FastBatchOp& op, FastBatch& batch,
               const Message& message, Turn& turn);

  static constexpr size_t kMaxSubjects = 4096;
  static constexpr int kMaxDepth = 8;  // of streams that capture what others republish
  JetStream& jetstream_;
  engine::Catalog& catalog_;
  uint64_t version_ = 0;  // of the topics, that targets_ holds for
  TextMap<Target> targets_;
  std::string json_;
  std::vector<KeptMessage> republished_;  // to be captured
  int depth_ = 0;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CAPTURE_H_
