// Batches that are published: all or none of one, or with few acknowledgements.
#include <utility>

#include "protocol/nats/capture.h"
#include "protocol/nats/counter.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"
#include "protocol/nats/version.h"

namespace braid::nats {
namespace {

constexpr size_t kMaxBatchName = 64;
constexpr int kMaxTries = 10'000;  // as for one message
constexpr std::string_view kCommitHeader = "Nats-Batch-Commit";
constexpr std::string_view kExpectedId = "Nats-Expected-Last-Msg-Id";

// False: the message asks for more than this server offers.
bool IsSupported(std::string_view headers) {
  const std::string_view level = HeaderIn(headers, "Nats-Required-Api-Level");
  return level.empty() || ParseNumber(level).value_or(kApiLevel + 1) <= kApiLevel;
}

bool IsTooLarge(const Message& message, const PublishRules& rules) {
  const size_t size = message.headers.size() + message.payload.size();
  return rules.max_msg_size > 0 && size > static_cast<size_t>(rules.max_msg_size);
}

std::string BatchMembers(std::string_view batch, int64_t count) {
  std::string json = ",\"batch\":";
  AppendJsonString(batch, &json);
  return json.append(fmt::format(",\"count\":{}", count));
}

// What the messages of one batch do to each other.
class BatchState {
 public:
  explicit BatchState(const engine::StreamPtr& stream) : stream_(stream) {}

  absl::Status CheckRollup(const Publication& publication, std::string_view subject) {
    const engine::Rollup rollup = publication.append.rollup;
    if (rollup == engine::Rollup::kKey && seen_.contains(subject)) {
      return MakeApiError(ApiErrc::kRollup, "batch rollup sub invalid");
    }
    if (rollup == engine::Rollup::kAll && !seen_.empty()) {
      return MakeApiError(ApiErrc::kRollup, "batch rollup all invalid");
    }
    seen_[subject] = true;
    return absl::OkStatus();
  }

  // Several may add to one counter: the first finds it as the stream has it.
  absl::Status AddToCounter(Publication& publication, std::string_view subject) {
    if (publication.increment().empty() || !publication.append.refusal_after_ids.ok()) {
      return absl::OkStatus();
    }
    auto it = counters_.find(subject);
    if (it == counters_.end()) {
      auto newest = stream_->ReadLast(subject);
      if (!newest.ok() && CodeOf(newest.status()) != Errc::kRecordNotFound) return newest.status();
      auto counter = newest.ok() ? Counter::Of(*newest) : Counter();
      if (!counter.ok()) return counter.status();
      publication.append.expected_last_key = newest.ok() ? newest->offset : -1;
      it = counters_.emplace(std::string(subject), *std::move(counter)).first;
    }
    const std::string increment(publication.increment());
    it->second.Add(increment);
    publication.SetCounter(it->second.body(), increment, it->second.sources());
    return absl::OkStatus();
  }

 private:
  const engine::StreamPtr& stream_;
  TextMap<bool> seen_;
  TextMap<Counter> counters_;
};

}  // namespace

void Capture::PublishAtomic(const Target& target, std::string_view batch, const Message& message,
                            Turn& turn) {
  const PublishRules& rules = target.rules;
  const auto refuse = [&](ApiErrc errc) { Refuse(target, message, MakeApiError(errc), turn); };
  if (rules.sealed) return refuse(ApiErrc::kSealed);
  if (IsTooLarge(message, rules)) return refuse(ApiErrc::kMessageTooLarge);
  if (!rules.atomic) return refuse(ApiErrc::kAtomicPublishDisabled);
  if (batch.size() > kMaxBatchName) return refuse(ApiErrc::kAtomicInvalidId);
  const auto sequence = ParseNumber(HeaderIn(message.headers, "Nats-Batch-Sequence"));
  if (!sequence.has_value() || *sequence < 0) return refuse(ApiErrc::kAtomicMissingSequence);
  AtomicBatches::Part part{.stream_id = target.stream->identity().id,
                           .stream = rules.name,
                           .batch = batch,
                           .sequence = *sequence,
                           .supported = IsSupported(message.headers)};
  if (HasHeader(message.headers, kCommitHeader)) {
    const std::string_view commit = HeaderIn(message.headers, kCommitHeader);
    part.commit = commit == "1"     ? std::optional(AtomicBatches::Commit::kWithThis)
                  : commit == "eob" ? std::optional(AtomicBatches::Commit::kWithoutThis)
                                    : std::nullopt;
  }
  auto whole = jetstream_.atomic_batches().Add(part, message);
  if (!whole.ok()) return Refuse(target, message, whole.status(), turn);
  if (!whole->has_value()) {
    if (!message.reply.empty() && !rules.no_ack) turn.Reply(message.reply, {}, {});
    return;
  }
  const bool ended_apart = part.commit == AtomicBatches::Commit::kWithoutThis;
  const auto result = CommitAtomic(target, **whole, ended_apart, turn);
  Answer(target, message, result, BatchMembers(batch, static_cast<int64_t>((*whole)->size())),
         turn);
}

// The result's offset is the last message's.
absl::StatusOr<engine::AppendResult> Capture::CommitAtomic(const Target& target,
                                                           const std::vector<KeptMessage>& messages,
                                                           bool ended_apart, Turn& turn) {
  for (int tries = 0; tries < kMaxTries; ++tries) {
    std::deque<Publication> publications;
    absl::Status read = ReadAtomic(target, messages, ended_apart, publications);
    if (!read.ok()) return read;
    std::vector<engine::AtomicRecord> records;
    for (const Publication& publication : publications) {
      records.push_back({publication.record, publication.append});
    }
    std::vector<engine::AppendResult> each;
    auto appended = target.stream->AppendAtomic(records, turn.writes, &each);
    if (!appended.ok()) {
      const bool counted_meanwhile =
          target.rules.counter && CodeOf(appended.status()) == Errc::kWrongLastKeyOffset;
      if (counted_meanwhile) continue;
      return appended;
    }
    if (appended->duplicate) return MakeApiError(ApiErrc::kAtomicDuplicate);
    for (size_t i = 0; i < each.size(); ++i) {
      Republished(target, target.rules.Stored(messages[i].subject), records[i].record, each[i],
                  turn);
    }
    return each.back();
  }
  return MakeApiError(ApiErrc::kUnavailable);
}

absl::Status Capture::ReadAtomic(const Target& target, const std::vector<KeptMessage>& messages,
                                 bool ended_apart, std::deque<Publication>& publications) const {
  BatchState state(target.stream);
  for (const KeptMessage& message : messages) {
    if (!HeaderIn(message.headers, kExpectedId).empty()) {
      return MakeApiError(ApiErrc::kAtomicUnsupportedHeader, kExpectedId);
    }
    Publication& publication = publications.emplace_back();
    if (absl::Status s = publication.Read(message.view(), target.rules); !s.ok()) return s;
    const std::string subject = target.rules.Stored(message.subject);
    if (absl::Status s = state.CheckRollup(publication, subject); !s.ok()) return s;
    if (absl::Status s = state.AddToCounter(publication, subject); !s.ok()) return s;
    publication.append.tell_previous = target.rules.republish != nullptr;
    const bool last = &message == &messages.back();
    if (ended_apart && last) publication.SetHeader(kCommitHeader, "1");
  }
  return absl::OkStatus();
}

// --- With few acknowledgements
// --------------------------------------------------------------------------------------------

void Capture::PublishFast(const Target& target, const Message& message, Turn& turn) {
  const PublishRules& rules = target.rules;
  const auto refuse = [&](ApiErrc errc) { Refuse(target, message, MakeApiError(errc), turn); };
  if (rules.sealed) return refuse(ApiErrc::kSealed);
  if (IsTooLarge(message, rules)) return refuse(ApiErrc::kMessageTooLarge);
  if (!rules.batched) return refuse(ApiErrc::kBatchPublishDisabled);
  const auto op = FastBatchOp::Parse(message.reply);
  if (!op.has_value()) return refuse(ApiErrc::kBatchInvalidPattern);
  if (op->batch.size() > kMaxBatchName) return refuse(ApiErrc::kBatchInvalidId);
  const uint64_t stream_id = target.stream->identity().id;
  const auto batch = jetstream_.fast_batches().Find(stream_id, *op);
  if (!batch.ok()) return Refuse(target, message, batch.status(), turn);
  absl::MutexLock lock(&(*batch)->mu);
  if ((*batch)->ended) return refuse(ApiErrc::kBatchUnknownId);
  if (!IsSupported(message.headers)) {
    (*batch)->ended = true;
    jetstream_.fast_batches().Forget(stream_id, op->batch);
    return refuse(ApiErrc::kRequiredApiLevel);
  }
  (*batch)->last_seen = catalog_.Now();
  AddToFast(target, *op, **batch, message, turn);
}

void Capture::AddToFast(const Target& target, const FastBatchOp& op, FastBatch& batch,
                        const Message& message, Turn& turn) {
  const auto say = [&](std::string_view json) {
    if (!target.rules.no_ack) turn.Reply(message.reply, {}, json);
  };
  const uint64_t stream_id = target.stream->identity().id;
  const auto acknowledge = [&] {
    if (batch.AckIsDue(jetstream_.fast_batches().OpenIn(stream_id))) say(batch.Ack());
  };
  const int64_t expected = batch.last() + 1;
  if (op.kind == FastBatchOp::Kind::kPing) {
    if (op.sequence >= expected) {
      say(FastBatch::Gap(expected, op.sequence + 1));
      if (!op.gaps_ok || !batch.gaps_ok()) return EndFast(target, op, batch, message, turn);
      batch.SetLast(op.sequence);
    }
    batch.AckIsDue(jetstream_.fast_batches().OpenIn(stream_id));
    return say(batch.Ack());
  }
  if (op.sequence > expected) say(FastBatch::Gap(expected, op.sequence));
  if (op.sequence < expected || (op.sequence > expected && !batch.gaps_ok())) {
    return EndFast(target, op, batch, message, turn);
  }
  if (op.kind == FastBatchOp::Kind::kCommitWithout) {
    batch.SetLast(op.sequence - 1);
    return EndFast(target, op, batch, message, turn);
  }
  if (op.kind == FastBatchOp::Kind::kBegin) say(batch.FirstAck());
  std::string value;
  const auto result = Store(target, message, turn, &value);
  if (result.ok()) {
    batch.SetLast(op.sequence);
    if (!result->duplicate) batch.NoteStored(result->base_offset + 1);
    if (op.commits() && op.sequence == 1 && result->duplicate) {
      batch.NoteStored(result->base_offset + 1);
      batch.ended = true;
      jetstream_.fast_batches().Forget(stream_id, op.batch);
      return Answer(target, message, result, BatchMembers(op.batch, 1), turn);
    }
    if (op.commits()) return EndFast(target, op, batch, message, turn);
    return acknowledge();
  }
  // A first message is refused as if it were alone.
  if (!batch.gaps_ok() && op.sequence == 1) {
    batch.ended = true;
    jetstream_.fast_batches().Forget(stream_id, op.batch);
    return Refuse(target, message, result.status(), turn);
  }
  say(FastBatch::Error(op.sequence, PublishError(result.status())));
  if (batch.gaps_ok()) batch.SetLast(op.sequence);
  if (batch.gaps_ok() && !op.commits()) return;
  if (op.commits()) batch.SetLast(op.sequence - 1);
  EndFast(target, op, batch, message, turn);
}

void Capture::EndFast(const Target& target, const FastBatchOp& op, FastBatch& batch,
                      const Message& message, Turn& turn) {
  batch.ended = true;
  jetstream_.fast_batches().Forget(target.stream->identity().id, op.batch);
  const absl::StatusOr<engine::AppendResult> result =
      engine::AppendResult{.base_offset = batch.stream_sequence() - 1};
  Answer(target, message, result, BatchMembers(op.batch, batch.last()), turn);
}

}  // namespace braid::nats
