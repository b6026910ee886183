#include "protocol/nats/fast_batches.h"

#include <algorithm>
#include <limits>

#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

constexpr int64_t kDefaultFlow = 10;
constexpr int64_t kMaxFlow = std::numeric_limits<uint16_t>::max();
constexpr int64_t kFlowOfStream = 500;  // of all its batches together

// Takes the last token off `subject`.
std::string_view TakeLast(std::string_view* subject) {
  const size_t dot = subject->rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view token = subject->substr(dot + 1);
  *subject = subject->substr(0, dot);
  return token;
}

struct FlowAnswer {
  std::string type;
  int64_t seq = 0;
  std::optional<int64_t> last_seq, msgs;
  std::optional<ApiError> error;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("type", m.type);
    v("last_seq", m.last_seq);
    v("seq", m.seq);
    v("msgs", m.msgs);
    v("error", m.error);
  }
};

std::string AckFor(int64_t sequence, int64_t flow) {
  FlowAnswer answer;
  answer.type = "ack";
  answer.seq = sequence;
  answer.msgs = flow;
  return WriteJson(answer);
}

}  // namespace

std::optional<FastBatchOp> FastBatchOp::Parse(std::string_view reply) {
  if (!reply.ends_with(kFastBatchSuffix)) return std::nullopt;
  reply.remove_suffix(kFastBatchSuffix.size());
  const auto kind = ParseNumber(TakeLast(&reply));
  const auto sequence = ParseNumber(TakeLast(&reply));
  const std::string_view gap = TakeLast(&reply);
  const auto flow = ParseNumber(TakeLast(&reply));
  FastBatchOp op;
  op.batch = TakeLast(&reply);
  if (!kind || *kind < 0 || *kind > static_cast<int64_t>(Kind::kPing)) return std::nullopt;
  if (!sequence || *sequence < 1 || *sequence == std::numeric_limits<int64_t>::max()) {
    return std::nullopt;
  }
  if ((gap != "ok" && gap != "fail") || op.batch.empty()) return std::nullopt;
  op.kind = static_cast<Kind>(*kind);
  op.sequence = *sequence;
  op.gaps_ok = gap == "ok";
  op.flow = flow && *flow > 0 ? std::min(*flow, kMaxFlow) : kDefaultFlow;
  const bool first = op.sequence == 1;
  if (op.kind == Kind::kBegin && !first) return std::nullopt;
  if (first && (op.kind == Kind::kAdd || op.kind == Kind::kCommitWithout)) return std::nullopt;
  return op;
}

FastBatch::FastBatch(int64_t flow, bool gaps_ok, size_t open_batches)
    : max_flow_(flow),
      gaps_ok_(gaps_ok),
      // Alone it gets what it wants, and beside others it begins slowly.
      flow_(open_batches > 0 ? 1 : std::min(flow, kFlowOfStream)) {}

bool FastBatch::AckIsDue(size_t open_batches) {
  if (last_ < acknowledged_ + flow_) return false;
  acknowledged_ += (last_ - acknowledged_) / flow_ * flow_;
  const auto share = kFlowOfStream / static_cast<int64_t>(std::max<size_t>(1, open_batches));
  const int64_t goal = std::clamp<int64_t>(share, 1, max_flow_);
  flow_ = flow_ < goal ? std::min(flow_ * 2, goal) : std::max(flow_ / 2, goal);
  return true;
}

std::string FastBatch::Ack() const {
  return AckFor(acknowledged_, flow_);
}

std::string FastBatch::FirstAck() const {
  return AckFor(0, flow_);
}

std::string FastBatch::Gap(int64_t expected, int64_t sequence) {
  FlowAnswer answer;
  answer.type = "gap";
  answer.last_seq = expected;
  answer.seq = sequence;
  return WriteJson(answer);
}

std::string FastBatch::Error(int64_t sequence, const ApiError& error) {
  FlowAnswer answer;
  answer.type = "err";
  answer.seq = sequence;
  answer.error = error;
  return WriteJson(answer);
}

size_t FastBatches::CountOf(uint64_t stream_id) const {
  return static_cast<size_t>(std::distance(batches_.lower_bound({stream_id, ""}),
                                           batches_.lower_bound({stream_id + 1, ""})));
}

size_t FastBatches::OpenIn(uint64_t stream_id) {
  absl::MutexLock lock(&mu_);
  return CountOf(stream_id);
}

absl::StatusOr<FastBatchPtr> FastBatches::Find(uint64_t stream_id, const FastBatchOp& op) {
  const Key key{stream_id, std::string(op.batch)};
  const absl::Time now = catalog_.Now();
  absl::MutexLock lock(&mu_);
  if (const auto it = batches_.find(key); it != batches_.end()) return it->second;
  if (op.sequence != 1) return MakeApiError(ApiErrc::kBatchUnknownId);
  const size_t open = CountOf(stream_id);
  if (open >= kMaxPerStream || batches_.size() >= kMaxInAll) {
    return MakeApiError(ApiErrc::kBatchTooMany);
  }
  auto batch = std::make_shared<FastBatch>(op.flow, op.gaps_ok, open);
  batches_.emplace(key, batch);
  Watch(key, batch, now + kIdle);
  return batch;
}

void FastBatches::Forget(uint64_t stream_id, std::string_view batch) {
  absl::MutexLock lock(&mu_);
  batches_.erase({stream_id, std::string(batch)});
}

void FastBatches::Watch(const Key& key, std::weak_ptr<FastBatch> batch, absl::Time when) {
  catalog_.timers().Add(when, [weak = weak_from_this(), key, batch = std::move(batch)] {
    const auto self = weak.lock();
    const FastBatchPtr alive = batch.lock();
    if (self != nullptr && alive != nullptr) self->LookAt(key, alive);
  });
}

// As AtomicBatches does; nobody is told of a batch that is abandoned.
void FastBatches::LookAt(const Key& key, const FastBatchPtr& batch) {
  {
    absl::MutexLock lock(&batch->mu);
    if (batch->ended) return;
    const absl::Time end = batch->last_seen + kIdle;
    if (catalog_.Now() < end) return Watch(key, batch, end);
    batch->ended = true;
  }
  absl::MutexLock lock(&mu_);
  const auto it = batches_.find(key);
  if (it != batches_.end() && it->second == batch) batches_.erase(it);
}

}  // namespace braid::nats
