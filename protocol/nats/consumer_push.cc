// Push: messages go to the deliver subject for as long as somebody listens there.
#include <algorithm>
#include <utility>

#include "protocol/nats/consumer.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/text.h"

namespace braid::nats {
namespace {

constexpr int64_t kChunkRecords = 256;
constexpr int64_t kChunkBytes = int64_t{1} << 20;
constexpr int kTokenLength = 8;

}  // namespace

bool Consumer::Bound() const {
  const Router& router = jetstream_.router();
  return config_.deliver_group.empty()
             ? router.HasInterest(config_.deliver_subject)
             : router.HasQueueInterest(config_.deliver_subject, config_.deliver_group);
}

void Consumer::WatchInterest() {
  if (interest_waiter_ != nullptr && !interest_waiter_->spent()) return;
  interest_waiter_ = std::make_shared<engine::Waiter>(Waker());
  jetstream_.router().WatchInterest(config_.deliver_subject, interest_waiter_);
}

bool Consumer::RunPush(absl::Time now) {
  for (const WaitingPull& pull : pulls_.TakeIf([](const WaitingPull&) { return true; })) {
    SendStatus(pull.request.reply, 409, "Consumer is push based");
  }
  WatchInterest();  // before looking, so that no change goes unseen
  const bool was_bound = bound_;
  bound_ = Bound();
  if (!bound_) {
    flow_.Reset();
    return false;
  }
  const bool heartbeats = config_.idle_heartbeat > absl::ZeroDuration();
  if (heartbeats && !was_bound) heartbeat_at_ = now + config_.idle_heartbeat;
  if (!flow_.stalled()) {
    if (!prelude_.empty()) return SendPrelude(now);
    switch (Take(kChunkRecords, kChunkBytes)) {
      case Taken::kSome:
        return true;
      case Taken::kLater:
        return false;
      case Taken::kNothing:
        break;
    }
  }
  if (heartbeats && heartbeat_at_ <= now) {
    SendHeartbeat(config_.deliver_subject, flow_.stalled() ? flow_.asked_reply() : "");
    heartbeat_at_ = now + config_.idle_heartbeat;
  }
  return false;
}

// The last record of each subject as of the consumer's creation, before what came later. Always
// more to do afterwards.
bool Consumer::SendPrelude(absl::Time now) {
  const int64_t lag = group_->Info().lag;
  for (int64_t n = 0; n < kChunkRecords && !prelude_.empty() && !flow_.stalled(); ++n) {
    auto stored = group_->stream()->ReadOne(prelude_.front());
    prelude_.pop_front();
    --prelude_left_;
    if (!stored.ok()) continue;  // deleted meanwhile
    engine::DeliveredRecord record;
    static_cast<engine::StoredRecord&>(record) = *std::move(stored);
    record.group_seq = 1;  // and what the prelude has sent before
    record.delivered_at = now;
    record.pending_after = prelude_left_ + lag;
    SendToPush(record);
    ++prelude_sent_;
  }
  return true;
}

void Consumer::SendToPush(const engine::DeliveredRecord& record) {
  const int64_t size = Send(config_.deliver_subject, record);
  if (config_.idle_heartbeat > absl::ZeroDuration()) {
    heartbeat_at_ = jetstream_.catalog().Now() + config_.idle_heartbeat;
  }
  if (!config_.flow_control || size < 0) return;
  flow_.Sent(size);
  if (flow_.ShouldAsk()) AskFlowControl();
}

void Consumer::AskFlowControl() {
  std::string reply = fmt::format("$JS.FC.{}.{}.{}", stream_name_, group_->name(),
                                  jetstream_.NewName(kTokenLength));
  SendStatus(config_.deliver_subject, 100, "FlowControl Request", {}, reply);
  flow_.Asked(std::move(reply));
}

}  // namespace braid::nats
