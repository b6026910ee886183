#include "protocol/nats/jetstream.h"

#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "engine/views.h"
#include "protocol/nats/acks.h"
#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

constexpr std::string_view kAdvisories = "$JS.EVENT.ADVISORY.";

// Every advisory; fields that do not apply stay empty.
struct Advisory {
  std::string type;
  std::string id;
  absl::Time timestamp;
  std::string stream;
  std::string consumer;
  std::string action;
  std::string reason;
  int64_t consumer_seq = 0;
  int64_t stream_seq = 0;
  int64_t deliveries = 0;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("type", m.type);
    v("id", m.id);
    v("timestamp", m.timestamp);
    v("stream", m.stream);
    v("consumer", m.consumer, Show::kIfSet);
    v("action", m.action, Show::kIfSet);
    v("consumer_seq", m.consumer_seq, Show::kIfSet);
    v("stream_seq", m.stream_seq, Show::kIfSet);
    v("deliveries", m.deliveries, Show::kIfSet);
    v("reason", m.reason, Show::kIfSet);
  }
};

constexpr int kIdLength = 22;

// The last token of an advisory's subject: CREATED, UPDATED, DELETED.
std::string_view TokenOf(std::string_view action) {
  if (action == "create") return "CREATED";
  return action == "delete" ? "DELETED" : "UPDATED";
}

}  // namespace

JetStream::JetStream(engine::Catalog& catalog, Router& router,
                     boost::asio::any_io_executor executor)
    : catalog_(catalog), router_(router), executor_(std::move(executor)) {}

void JetStream::Recover() {
  StartPublishing();
  for (const engine::TopicPtr& topic : catalog_.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      for (const engine::GroupPtr& group : stream->Groups(Origin::kNats)) {
        Watch(group);
        const ConsumerConfig config = ConfigOf(group->name(), group->options());
        if (config.push() || config.inactive_threshold > absl::ZeroDuration()) {
          Run(group, executor_)->Start();
        }
      }
    }
  }
  SweepDeleted();
}

void JetStream::SweepDeleted() {
  std::vector<ConsumerPtr> running;
  {
    absl::MutexLock lock(&mu_);
    if (stopped_) return;
    for (const auto& [id, consumer] : running_) running.push_back(consumer);
  }
  for (const ConsumerPtr& consumer : running) {
    if (consumer->group()->deleted()) consumer->Start();
  }
  auto waiter = std::make_shared<engine::Waiter>([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr || self->stopped()) return;
    boost::asio::post(self->executor_, [self] { self->SweepDeleted(); });
  });
  catalog_.WaitTopics(std::move(waiter));
}

bool JetStream::stopped() {
  absl::MutexLock lock(&mu_);
  return stopped_;
}

void JetStream::Stop() {
  catalog_.SetProducedHook({});
  std::vector<ConsumerPtr> running;
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    for (const auto& [id, consumer] : running_) running.push_back(consumer);
  }
  for (const ConsumerPtr& consumer : running) consumer->Stop();
}

ConsumerPtr JetStream::Run(const engine::GroupPtr& group,
                           const boost::asio::any_io_executor& executor) {
  if (ConsumerPtr known = FindRunning(group->id())) return known;
  auto made =
      std::make_shared<Consumer>(*this, group, ConfigOf(group->name(), group->options()), executor);
  bool stopped = false;
  {
    absl::MutexLock lock(&mu_);
    const auto [it, added] = running_.try_emplace(group->id(), made);
    if (!added) return it->second;
    stopped = stopped_;
  }
  if (stopped) made->Stop();
  return made;
}

ConsumerPtr JetStream::FindRunning(uint64_t group_id) {
  absl::MutexLock lock(&mu_);
  const auto it = running_.find(group_id);
  return it == running_.end() ? nullptr : it->second;
}

void JetStream::Forget(uint64_t group_id) {
  ConsumerPtr forgotten;  // destroyed outside the lock
  absl::MutexLock lock(&mu_);
  const auto it = running_.find(group_id);
  if (it == running_.end()) return;
  forgotten = std::move(it->second);
  running_.erase(it);
}

absl::StatusOr<bool> JetStream::DeleteConsumer(const engine::StreamPtr& stream,
                                               std::string_view name, engine::Writes& writes) {
  const engine::GroupPtr group = stream->FindGroup(Origin::kNats, name);
  if (group == nullptr) return false;
  const auto deleted = stream->DeleteGroup(Origin::kNats, name, writes);
  if (!deleted.ok()) return deleted;
  if (const ConsumerPtr consumer = FindRunning(group->id())) consumer->Start();  // to end
  return deleted;
}

void JetStream::Watch(const engine::GroupPtr& group) {
  const std::string stream = engine::JetStreamNameOf(group->stream()->identity());
  group->SetExhaustedListener(
      [weak = weak_from_this(), stream, name = group->name()](const engine::PendingEntry& entry) {
        if (const auto self = weak.lock()) {
          self->AdviseMaxDeliveries(stream, name, entry.offset + 1, entry.delivery_count);
        }
      });
}

void JetStream::AdviseStream(std::string_view action, std::string_view stream) {
  const std::string subject = fmt::format("{}STREAM.{}.{}", kAdvisories, TokenOf(action), stream);
  if (!router_.HasInterest(subject)) return;
  Advisory advisory;
  advisory.type = "io.nats.jetstream.advisory.v1.stream_action";
  advisory.stream = std::string(stream);
  advisory.action = std::string(action);
  advisory.id = NewName(kIdLength);
  advisory.timestamp = catalog_.Now();
  Publish(subject, WriteJson(advisory));
}

void JetStream::AdviseConsumer(std::string_view action, std::string_view stream,
                               std::string_view consumer) {
  const std::string subject =
      fmt::format("{}CONSUMER.{}.{}.{}", kAdvisories, TokenOf(action), stream, consumer);
  if (!router_.HasInterest(subject)) return;
  Advisory advisory;
  advisory.type = "io.nats.jetstream.advisory.v1.consumer_action";
  advisory.stream = std::string(stream);
  advisory.consumer = std::string(consumer);
  advisory.action = std::string(action);
  advisory.id = NewName(kIdLength);
  advisory.timestamp = catalog_.Now();
  Publish(subject, WriteJson(advisory));
}

void JetStream::AdviseMaxDeliveries(std::string_view stream, std::string_view consumer,
                                    int64_t stream_seq, int64_t deliveries) {
  const std::string subject =
      fmt::format("{}CONSUMER.MAX_DELIVERIES.{}.{}", kAdvisories, stream, consumer);
  if (!router_.HasInterest(subject)) return;
  Advisory advisory;
  advisory.type = "io.nats.jetstream.advisory.v1.max_deliver";
  advisory.stream = std::string(stream);
  advisory.consumer = std::string(consumer);
  advisory.stream_seq = stream_seq;
  advisory.deliveries = deliveries;
  advisory.id = NewName(kIdLength);
  advisory.timestamp = catalog_.Now();
  Publish(subject, WriteJson(advisory));
}

void JetStream::AdviseTerminated(std::string_view stream, std::string_view consumer,
                                 const AckSubject& ack, std::string_view reason) {
  const std::string subject =
      fmt::format("{}CONSUMER.MSG_TERMINATED.{}.{}", kAdvisories, stream, consumer);
  if (!router_.HasInterest(subject)) return;
  Advisory advisory;
  advisory.type = "io.nats.jetstream.advisory.v1.terminated";
  advisory.stream = std::string(stream);
  advisory.consumer = std::string(consumer);
  advisory.consumer_seq = ack.consumer_seq;
  advisory.stream_seq = ack.stream_seq;
  advisory.deliveries = ack.delivery;
  advisory.reason = std::string(reason);
  advisory.id = NewName(kIdLength);
  advisory.timestamp = catalog_.Now();
  Publish(subject, WriteJson(advisory));
}

std::string JetStream::NewName(int length) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string name;
  uint64_t random = 0;
  for (int i = 0; i < length; ++i) {
    if (i % 8 == 0) random = catalog_.Random();
    name.push_back(kAlphabet[random % kAlphabet.size()]);
    random /= kAlphabet.size();
  }
  return name;
}

void JetStream::Publish(std::string_view subject, std::string_view json) {
  Publisher publisher(router_, catalog_.Random());
  Message message;
  message.subject = subject;
  message.payload = json;
  publisher.Publish(message);
  publisher.Flush();
}

}  // namespace braid::nats
