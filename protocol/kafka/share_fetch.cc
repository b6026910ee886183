// Members of share groups acquire records, and say what became of them.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/acquisition.h"
#include "engine/share_partitions.h"
#include "engine/views.h"
#include "protocol/kafka/dead_letters.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/share_acknowledge.h"
#include "protocol/kafka/messages/share_fetch.h"
#include "protocol/kafka/quotas.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/share_acknowledgements.h"
#include "protocol/kafka/share_policy.h"
#include "protocol/kafka/share_sessions.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

constexpr int8_t kRecordLimit = 1;  // of ShareAcquireMode

// One partition of a session.
struct Shared {
  engine::TopicPartition partition;
  engine::StreamPtr stream;
  engine::GroupPtr group;  // nullptr: `refusal` says why
  Refusal refusal;
  engine::Acquired acquired;
};

class ShareFetch {
 public:
  ShareFetch(Request& request, const ShareFetchRequest& asked, const ShareSettings& settings)
      : request_(request), asked_(asked), settings_(settings) {}

  // Finds the partitions. They are asked in turn: the first one is another with each epoch.
  void Open(const engine::PartitionSet& partitions) {
    for (const engine::TopicPartition& partition : partitions) shared_.push_back(Find(partition));
    if (shared_.empty()) return;
    const auto turn = static_cast<size_t>(asked_.share_session_epoch) % shared_.size();
    std::rotate(shared_.begin(), shared_.begin() + static_cast<std::ptrdiff_t>(turn),
                shared_.end());
  }

  // Acquires what there is. True when that is answer enough.
  bool Acquire(bool anything_will_do) {
    const bool failed = std::any_of(shared_.begin(), shared_.end(), [](const Shared& shared) {
      return shared.refusal.code != ErrorCode::kNone;
    });
    if (shared_.empty()) return true;
    if (asked_.min_bytes > 1 && !failed && !anything_will_do) {
      const Sum there = AcquireAll(/*look_only=*/true);
      const bool enough = there.bytes >= std::min(asked_.min_bytes, most_bytes()) ||
                          there.records >= asked_.max_records;
      for (Shared& shared : shared_) {
        const engine::AcquireSight sight = shared.acquired.sight;
        shared.acquired = engine::Acquired();
        shared.acquired.sight = sight;
      }
      if (!enough) return false;
    }
    return AcquireAll(/*look_only=*/false).records > 0 || failed;
  }

  void Wait(const engine::WaiterPtr& waiter) {
    for (const Shared& shared : shared_) {
      if (shared.group != nullptr) shared.group->WaitAcquirable(shared.acquired.sight, waiter);
    }
  }

  double bytes() const {
    int64_t bytes = 0;
    for (const Shared& shared : shared_) bytes += shared.acquired.bytes;
    return static_cast<double>(bytes);
  }

  void Answer(const AcknowledgeResults& acknowledged, ShareFetchResponse& reply) {
    std::map<engine::TopicPartition, Shared*> answers;
    for (const auto& [partition, refusal] : acknowledged) answers[partition] = nullptr;
    for (Shared& shared : shared_) {
      const bool any = shared.acquired.records > 0 || !shared.refusal.ok();
      if (any) answers[shared.partition] = &shared;
    }
    for (const auto& [partition, shared] : answers) {
      auto& replied = PartitionIn(reply.responses, partition);
      if (const auto found = acknowledged.find(partition); found != acknowledged.end()) {
        replied.acknowledge_error_code = Wire(found->second.code);
        if (!found->second.ok()) replied.acknowledge_error_message = found->second.message;
      }
      if (shared != nullptr) Fill(*shared, replied);
    }
  }

 private:
  using Replied = ShareFetchResponse::Topic::Partition;

  Shared Find(const engine::TopicPartition& partition) {
    Shared shared;
    shared.partition = partition;
    const engine::TopicPtr topic = request_.catalog().FindTopic(partition.topic);
    shared.stream = PartitionOf(topic, partition.partition);
    if (shared.stream == nullptr) {
      shared.refusal.code =
          topic == nullptr ? ErrorCode::kUnknownTopicId : ErrorCode::kUnknownTopicOrPartition;
      return shared;
    }
    const std::string_view id = *asked_.group_id;
    auto group =
        engine::EnsureSharePartition(*shared.stream, id, settings_.policy, request_.writes());
    if (!group.ok()) {
      shared.refusal = RefusalOf(group.status());
      return shared;
    }
    request_.service().dead_letters().Watch(*group);
    shared.group = *std::move(group);
    return shared;
  }

  int32_t most_bytes() const {
    return std::min(asked_.max_bytes, request_.service().options().max_fetch_bytes);
  }

  struct Sum {
    int64_t records = 0;
    int64_t bytes = 0;
  };
  Sum AcquireAll(bool look_only) {
    Sum sum;
    for (Shared& shared : shared_) {
      if (shared.group == nullptr) continue;
      engine::AcquireRequest wanted;
      wanted.consumer = *asked_.member_id;
      wanted.max_records = asked_.max_records - sum.records;
      wanted.max_bytes = most_bytes() - sum.bytes;
      wanted.run_length = std::max(1, asked_.batch_size);
      wanted.whole_batches = asked_.share_acquire_mode != kRecordLimit;
      wanted.committed = settings_.committed;
      wanted.look_only = look_only;
      if (wanted.max_records <= 0 || wanted.max_bytes <= 0) break;
      auto acquired = shared.group->Acquire(wanted, request_.writes());
      if (!acquired.ok()) {
        shared.refusal = RefusalOf(acquired.status());
        shared.group = nullptr;
        continue;
      }
      shared.acquired = *std::move(acquired);
      sum.records += shared.acquired.records;
      sum.bytes += shared.acquired.bytes;
    }
    return sum;
  }

  static void Fill(Shared& shared, Replied& replied) {
    replied.error_code = Wire(shared.refusal.code);
    if (!shared.refusal.ok()) replied.error_message = shared.refusal.message;
    for (const Batch& batch : shared.acquired.batches) {
      const absl::StatusOr<Batch> rendered = engine::RenderForKafka(batch);
      if (!rendered.ok()) {
        replied.error_code = Wire(ErrorOf(rendered.status()));
        replied.records.parts.clear();
        return;
      }
      replied.records.parts.push_back(rendered->bytes());
    }
    for (const engine::AcquiredRun& run : shared.acquired.runs) {
      const auto count = static_cast<int16_t>(std::min<int64_t>(run.delivery_count, INT16_MAX));
      replied.acquired_records.push_back({run.first, run.last, count});
    }
  }

  Request& request_;
  const ShareFetchRequest& asked_;
  const ShareSettings& settings_;
  std::vector<Shared> shared_;
};

// Who asks, and in which session: common to both requests.
template <class Asked>
ErrorCode CheckAsker(Request& request, const Asked& asked) {
  if (!ServesShareGroups(request)) return ErrorCode::kUnsupportedVersion;
  const bool known =
      asked.group_id && !asked.group_id->empty() && asked.member_id && !asked.member_id->empty();
  if (!known || asked.share_session_epoch < kShareSessionCloses) return ErrorCode::kInvalidRequest;
  return IsNoShareGroup(request, *asked.group_id) ? ErrorCode::kGroupIdNotFound : ErrorCode::kNone;
}

template <class Asked>
ShareSessionStep StepOf(Request& request, const Asked& asked) {
  ShareSessionStep step;
  step.group = *asked.group_id;
  step.member = *asked.member_id;
  step.epoch = asked.share_session_epoch;
  step.connection = &request.connection();
  return step;
}

ErrorCode CheckShareFetch(const ShareFetchRequest& asked, const ShareSettings& settings) {
  if (asked.share_session_epoch == kShareSessionOpens && AcknowledgesAny(asked.topics)) {
    return ErrorCode::kInvalidRequest;  // nothing can have been acquired yet
  }
  if (!asked.is_renew_ack) return ErrorCode::kNone;
  const bool fetches = asked.max_bytes != 0 || asked.min_bytes != 0 || asked.max_records != 0 ||
                       asked.max_wait_ms != 0;
  return fetches || !settings.may_renew ? ErrorCode::kInvalidRequest : ErrorCode::kNone;
}

}  // namespace

net::asio::awaitable<void> ServeShareFetch(Request& request) {
  const auto asked = request.Read<ShareFetchRequest>();
  if (!asked) co_return;
  ShareFetchResponse reply;
  reply.error_code = Wire(CheckAsker(request, *asked));
  if (reply.error_code != 0) co_return request.Reply(reply);
  const ShareSettings settings = ShareSettingsOf(request.service().configs(), *asked->group_id);
  reply.acquisition_lock_timeout_ms = settings.lock_ms();
  reply.error_code = Wire(CheckShareFetch(*asked, settings));
  if (reply.error_code != 0) co_return request.Reply(reply);
  ShareSessionStep step = StepOf(request, *asked);
  step.add = PartitionsNamed(asked->topics);
  for (const auto& topic : asked->forgotten_topics_data) {
    for (const int32_t partition : topic.partitions) {
      step.forget.insert({topic.topic_id, partition});
    }
  }
  ShareSessions& sessions = request.service().share_sessions();
  const ShareSessions::Outcome session = sessions.Take(step);
  reply.error_code = Wire(session.error);
  if (reply.error_code != 0) co_return request.Reply(reply);
  if (!request.service().share_groups().Ensure(step.group)) {
    reply.error_code = Wire(ErrorCode::kGroupMaxSizeReached);
    co_return request.Reply(reply);
  }
  const AcknowledgeResults acknowledged =
      Acknowledge(request, step.group, step.member, asked->topics, asked->is_renew_ack);
  ShareFetch fetch(request, *asked, settings);
  const bool closes = step.epoch == kShareSessionCloses;
  if (closes) sessions.Release(step.group, step.member, session.partitions, request.writes());
  if (!closes && asked->max_records > 0 && asked->max_bytes > 0) {
    const auto open = [&] { return sessions.IsOpen(step.group, step.member, session.session); };
    fetch.Open(session.partitions);
    const absl::Time deadline = request.catalog().Now() + absl::Milliseconds(asked->max_wait_ms);
    const std::function<void(engine::WaiterPtr)> arm = [&fetch](const engine::WaiterPtr& waiter) {
      fetch.Wait(waiter);
    };
    bool late = request.catalog().Now() >= deadline;
    while (!fetch.Acquire(late) && !late) {
      // What was acknowledged does not wait with it.
      const absl::Status committed =
          co_await net::Commit(request.connection(), request.catalog(), request.writes());
      if (!committed.ok()) co_return request.Close();
      const net::WakeReason reason = co_await request.connection().Wait(deadline, arm);
      if (reason == net::WakeReason::kClosed || !open()) break;
      late = request.catalog().Now() >= deadline;
    }
    if (!open()) {
      sessions.Release(step.group, step.member, session.partitions, request.writes());
      reply.error_code = Wire(ErrorCode::kShareSessionNotFound);
      co_return request.Reply(reply);
    }
  }
  request.Charge(kConsumerByteRate, fetch.bytes());
  fetch.Answer(acknowledged, reply);
  request.Reply(reply);
}

void ServeShareAcknowledge(Request& request) {
  const auto asked = request.Read<ShareAcknowledgeRequest>();
  if (!asked) return;
  ShareAcknowledgeResponse reply;
  reply.error_code = Wire(CheckAsker(request, *asked));
  if (reply.error_code != 0) return request.Reply(reply);
  const ShareSettings settings = ShareSettingsOf(request.service().configs(), *asked->group_id);
  reply.acquisition_lock_timeout_ms = settings.lock_ms();
  ErrorCode error = ErrorCode::kNone;
  if (asked->share_session_epoch == kShareSessionOpens) {
    error = ErrorCode::kInvalidShareSessionEpoch;  // only fetching opens one
  } else if (asked->is_renew_ack && !settings.may_renew) {
    error = ErrorCode::kInvalidRequest;
  }
  const ShareSessionStep step = StepOf(request, *asked);
  ShareSessions& sessions = request.service().share_sessions();
  ShareSessions::Outcome session;
  if (error == ErrorCode::kNone) {
    session = sessions.Take(step);
    error = session.error;
  }
  reply.error_code = Wire(error);
  if (reply.error_code != 0) return request.Reply(reply);
  const AcknowledgeResults acknowledged =
      Acknowledge(request, step.group, step.member, asked->topics, asked->is_renew_ack);
  if (step.epoch == kShareSessionCloses) {
    sessions.Release(step.group, step.member, session.partitions, request.writes());
  }
  for (const auto& [partition, refusal] : acknowledged) {
    auto& replied = PartitionIn(reply.responses, partition);
    replied.error_code = Wire(refusal.code);
    if (!refusal.ok()) replied.error_message = refusal.message;
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
