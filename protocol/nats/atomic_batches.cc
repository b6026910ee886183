#include "protocol/nats/atomic_batches.h"

#include <algorithm>

#include "protocol/nats/errors.h"

namespace braid::nats {

absl::StatusOr<std::optional<std::vector<KeptMessage>>> AtomicBatches::Add(const Part& part,
                                                                           const Message& message) {
  std::string_view abandoned;
  auto added = [&] {
    absl::MutexLock lock(&mu_);
    return AddLocked(part, message, &abandoned);
  }();
  if (!abandoned.empty()) abandoned_(part.stream, part.batch, abandoned);
  return added;
}

absl::Status AtomicBatches::CheckBegin(const Part& part) const {
  if (part.sequence != 1) {
    const int64_t stored = part.commit == Commit::kWithoutThis ? part.sequence - 1 : part.sequence;
    if (stored > limits_.messages) {
      return MakeApiError(ApiErrc::kAtomicTooLarge, fmt::format("{}", limits_.messages));
    }
    return MakeApiError(ApiErrc::kAtomicIncomplete);
  }
  const auto of_stream = static_cast<size_t>(std::distance(
      batches_.lower_bound({part.stream_id, ""}), batches_.lower_bound({part.stream_id + 1, ""})));
  if (of_stream >= limits_.per_stream || batches_.size() >= limits_.in_all) {
    return MakeApiError(ApiErrc::kAtomicTooMany);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::vector<KeptMessage>>> AtomicBatches::AddLocked(
    const Part& part, const Message& message, std::string_view* abandoned) {
  const Key key{part.stream_id, std::string(part.batch)};
  auto it = batches_.find(key);
  if (it == batches_.end()) {
    if (absl::Status s = CheckBegin(part); !s.ok()) return s;
    it = batches_.emplace(key, Batch()).first;
    it->second.stream = std::string(part.stream);
    it->second.number = next_number_++;
    Watch(key, it->second.number, catalog_.Now() + limits_.idle);
  }
  Batch& batch = it->second;
  const auto refuse = [&](ApiErrc errc, std::string_view words, std::string_view reason)
                          ABSL_NO_THREAD_SAFETY_ANALYSIS {
                            *abandoned = reason;
                            Erase(it);
                            return MakeApiError(errc, words);
                          };
  if (!part.commit.has_value()) return refuse(ApiErrc::kAtomicInvalidCommit, "", "");
  if (!part.supported) return refuse(ApiErrc::kRequiredApiLevel, "", "unsupported");
  batch.last_seen = catalog_.Now();
  const bool stored = part.commit != Commit::kWithoutThis;
  if (part.sequence != batch.last_sequence + 1 || (!stored && batch.messages.empty())) {
    return refuse(ApiErrc::kAtomicIncomplete, "", "incomplete");
  }
  batch.last_sequence = part.sequence;
  if (stored) {
    if (part.sequence > limits_.messages) {
      return refuse(ApiErrc::kAtomicTooLarge, fmt::format("{}", limits_.messages), "large");
    }
    const size_t bytes = message.subject.size() + message.headers.size() + message.payload.size();
    batch.bytes += bytes;
    bytes_ += bytes;
    if (batch.bytes > limits_.bytes) {
      return refuse(ApiErrc::kAtomicTooLarge, fmt::format("{} bytes", limits_.bytes), "large");
    }
    if (bytes_ > limits_.bytes_in_all) return refuse(ApiErrc::kAtomicTooMany, "", "large");
    batch.messages.push_back(
        {std::string(message.subject), std::string(message.headers), std::string(message.payload)});
  }
  if (part.commit == Commit::kNo) return std::optional<std::vector<KeptMessage>>();
  std::optional<std::vector<KeptMessage>> whole = std::move(batch.messages);
  Erase(it);
  return whole;
}

void AtomicBatches::Erase(std::map<Key, Batch>::iterator batch) {
  bytes_ -= batch->second.bytes;
  batches_.erase(batch);
}

void AtomicBatches::Watch(const Key& key, uint64_t number, absl::Time when) {
  catalog_.timers().Add(when, [weak = weak_from_this(), key, number] {
    if (const auto self = weak.lock()) self->LookAt(key, number);
  });
}

// One timer a batch, however many messages it gets: it is set again for what came meanwhile.
void AtomicBatches::LookAt(const Key& key, uint64_t number) {
  std::string stream;
  {
    absl::MutexLock lock(&mu_);
    const auto it = batches_.find(key);
    if (it == batches_.end() || it->second.number != number) return;
    const absl::Time end = it->second.last_seen + limits_.idle;
    if (catalog_.Now() < end) return Watch(key, number, end);
    stream = it->second.stream;
    Erase(it);
  }
  abandoned_(stream, key.second, "timeout");
}

}  // namespace braid::nats
