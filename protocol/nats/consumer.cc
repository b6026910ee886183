#include "protocol/nats/consumer.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "engine/catalog.h"
#include "engine/views.h"
#include "protocol/nats/acks.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/jetstream.h"

namespace braid::nats {
namespace {

// After a failed read of the store, or with clients that are slow to read.
constexpr absl::Duration kFailurePause = absl::Seconds(1);
constexpr absl::Duration kCongestionPause = absl::Milliseconds(5);

}  // namespace

Consumer::Consumer(JetStream& jetstream, engine::GroupPtr group, ConsumerConfig config,
                   boost::asio::any_io_executor executor)
    : jetstream_(jetstream),
      group_(std::move(group)),
      stream_name_(engine::JetStreamNameOf(group_->stream()->identity())),
      executor_(std::move(executor)),
      config_(std::move(config)),
      subjects_(group_->stream()->options().subjects),
      publisher_(jetstream.router(), jetstream.catalog().Random()) {
  const engine::GroupInfo info = group_->Info();
  last_consumer_seq_ = info.delivered_seq;
  last_stream_seq_ = info.delivered_offset + 1;
  last_busy_ = jetstream.catalog().Now();
}

// --- Scheduling
// ----------------------------------------------------------------------------------------

void Consumer::Start() {
  Schedule();
}

void Consumer::SetPrelude(std::vector<Offset> offsets) {
  prelude_left_ = static_cast<int64_t>(offsets.size());
  prelude_.assign(offsets.begin(), offsets.end());
}

void Consumer::Pull(PullRequest request) {
  ++waiting_;
  Post([this, request = std::move(request)] { AddPull(request); });
}

void Consumer::FlowControl(std::string reply) {
  Post([this, reply = std::move(reply)] { flow_.Answered(reply); });
}

void Consumer::Configure(ConsumerConfig config) {
  Post([this, config = std::move(config)] {
    if (config.deliver_subject != config_.deliver_subject) flow_.Reset();
    config_ = config;
    if (interest_waiter_ != nullptr) interest_waiter_->Cancel();
  });
}

void Consumer::Stop() {
  if (stopped_.exchange(true)) return;
  jetstream_.Forget(group_->id());
}

void Consumer::Post(std::function<void()> order) {
  {
    absl::MutexLock lock(&mu_);
    orders_.push_back(std::move(order));
  }
  Schedule();
}

void Consumer::Schedule() {
  if (stopped_ || scheduled_.exchange(true)) return;
  boost::asio::post(executor_, [self = shared_from_this()] {
    self->scheduled_ = false;
    self->Run();
  });
}

std::function<void()> Consumer::Waker() {
  return [weak = weak_from_this()] {
    if (const ConsumerPtr self = weak.lock()) self->Schedule();
  };
}

void Consumer::Run() {
  if (stopped_) return;
  std::vector<std::function<void()>> orders;
  {
    absl::MutexLock lock(&mu_);
    orders.swap(orders_);
  }
  for (const auto& order : orders) order();
  if (awaiting_disk_) return;  // what waits for the disk is sent first
  if (group_->deleted()) return End();

  const absl::Time now = jetstream_.catalog().Now();
  failing_ = false;
  const bool more = config_.push() ? RunPush(now) : RunPull(now);
  waiting_ = static_cast<int64_t>(pulls_.size());
  if (stopped_) return;
  publisher_.Flush();
  if (busy()) last_busy_ = now;
  if (DieIfIdle(now)) return;
  if (more && !publisher_.congested()) return Schedule();
  Arm(now);
  if (more) ArmTimer(now + kCongestionPause);
}

// The group is gone: whoever waits is told.
void Consumer::End() {
  while (!pulls_.empty()) {
    SendStatus(pulls_.TakeFront().request.reply, 409, "Consumer Deleted");
  }
  waiting_ = 0;
  publisher_.Flush();
  Stop();
}

void Consumer::Arm(absl::Time now) {
  if (awaiting_disk_) return;
  if (busy() && !failing_ && !flow_.stalled()) ArmGroup();
  absl::Time next = std::min(pulls_.NextDeadline(), IdleDeadline());
  if (bound_) next = std::min(next, heartbeat_at_);
  if (failing_) next = std::min(next, now + kFailurePause);
  ArmTimer(next);
}

void Consumer::ArmTimer(absl::Time when) {
  engine::Timers& timers = jetstream_.catalog().timers();
  if (timer_ != 0) timers.Cancel(timer_);
  timer_ = when == absl::InfiniteFuture() ? 0 : timers.Add(when, Waker());
}

void Consumer::ArmGroup() {
  if (group_waiter_ != nullptr && !group_waiter_->spent()) return;
  group_waiter_ = std::make_shared<engine::Waiter>(Waker());
  group_->Wait(group_waiter_);
}

absl::Time Consumer::IdleDeadline() const {
  if (config_.inactive_threshold <= absl::ZeroDuration() || busy()) return absl::InfiniteFuture();
  return last_busy_ + config_.inactive_threshold;
}

bool Consumer::DieIfIdle(absl::Time now) {
  if (IdleDeadline() > now) return false;
  if (const engine::GroupInfo info = group_->Info(); !config_.push() && info.pending > 0) {
    // Somebody may still be at work on what was delivered last.
    const absl::Time working_until =
        info.last_delivery.value_or(absl::InfinitePast()) + config_.ack_wait;
    if (working_until > now) {
      last_busy_ = working_until - config_.inactive_threshold;
      return false;
    }
  }
  engine::Writes writes;
  const auto deleted = jetstream_.DeleteConsumer(group_->stream(), group_->name(), writes);
  if (deleted.ok()) jetstream_.catalog().Commit(writes).IgnoreError();  // else it dies again later
  jetstream_.AdviseConsumer("delete", stream_name_, group_->name());
  End();
  return true;
}

// --- Messages
// ------------------------------------------------------------------------------------------

Consumer::Taken Consumer::Take(int64_t max_records, int64_t max_bytes) {
  engine::Writes writes;
  engine::GroupFetch fetch;
  fetch.consumer = group_->name();
  fetch.max_records = max_records;
  fetch.max_bytes = max_bytes;
  auto fetched = group_->Fetch(fetch, writes);
  // What was handed out is on record before anybody sees it.
  auto ticket = jetstream_.catalog().Commit(writes);
  if (!fetched.ok() || !ticket.ok()) {
    failing_ = true;
    return Taken::kNothing;
  }
  if (fetched->empty()) return Taken::kNothing;
  taken_ = *std::move(fetched);
  if (ticket->needs_sync) {
    AwaitDurable(*ticket);
    return Taken::kLater;
  }
  SendTaken();
  return Taken::kSome;
}

void Consumer::AwaitDurable(const engine::CommitTicket& ticket) {
  awaiting_disk_ = true;
  auto waiter = std::make_shared<engine::Waiter>([weak = weak_from_this(), ticket] {
    const ConsumerPtr self = weak.lock();
    if (self == nullptr || self->stopped_) return;
    boost::asio::post(self->executor_, [self, ticket] {
      const auto durable = self->jetstream_.catalog().IsDurable(ticket);
      if (durable.ok() && !*durable) return self->AwaitDurable(ticket);
      self->awaiting_disk_ = false;
      // Never durable: never sent. The broker can promise nothing any more.
      if (!durable.ok()) return self->taken_.clear();
      self->SendTaken();
      self->Run();
    });
  });
  jetstream_.catalog().WaitDurable(ticket, std::move(waiter));
}

void Consumer::SendTaken() {
  for (engine::DeliveredRecord& record : taken_) {
    if (config_.push()) {
      SendToPush(record);
    } else if (!SendToPull(record)) {
      carried_.push_back(std::move(record));
    }
  }
  taken_.clear();
}

int64_t Consumer::Send(std::string_view route, const engine::DeliveredRecord& record) {
  AckSubject ack;
  ack.stream = stream_name_;
  ack.consumer = group_->name();
  ack.delivery = record.delivery_count;
  ack.stream_seq = record.offset + 1;
  ack.consumer_seq = record.group_seq + prelude_sent_;
  ack.timestamp_ns = record.timestamp_ms * 1'000'000;
  ack.pending = record.pending_after;
  ack_.clear();
  AppendAckSubject(ack, &ack_);

  const bool plain = record.origin == Origin::kNats && record.key.has_value();
  const std::string foreign =
      plain ? std::string() : engine::SubjectOf(record, group_->stream()->identity(), subjects_);
  const Buffer payload = plain ? Buffer() : engine::PayloadOf(record);
  Message message;
  message.subject = plain ? *record.key : std::string_view(foreign);
  message.reply = ack_;
  message.payload = plain ? record.value.value_or("") : payload.view();
  headers_ = HeaderBlock(record.headers);
  if (config_.headers_only) {
    if (headers_.empty()) headers_.append(kHeaderLine).append("\r\n");
    headers_.resize(headers_.size() - 2);
    AppendHeaderLine("Nats-Msg-Size", fmt::format("{}", message.payload.size()), &headers_);
    headers_.append("\r\n");
    message.payload = {};
  }
  message.headers = headers_;
  if (publisher_.Route(route, message) == 0) return -1;
  last_consumer_seq_ = std::max(last_consumer_seq_, ack.consumer_seq);
  last_stream_seq_ = std::max(last_stream_seq_, ack.stream_seq);
  return static_cast<int64_t>(message.subject.size() + message.reply.size() +
                              message.headers.size() + message.payload.size());
}

void Consumer::SendStatus(std::string_view route, int code, std::string_view text,
                          StatusLines lines, std::string_view reply) {
  const std::string block = StatusBlock(code, text, lines);
  Message message;
  message.subject = route;
  message.reply = reply;
  message.headers = block;
  publisher_.Publish(message);
}

void Consumer::SendHeartbeat(std::string_view route, std::string_view stalled_on) {
  std::vector<std::pair<std::string_view, std::string>> lines = {
      {"Nats-Last-Consumer", fmt::format("{}", last_consumer_seq_)},
      {"Nats-Last-Stream", fmt::format("{}", last_stream_seq_)}};
  if (!stalled_on.empty()) lines.emplace_back("Nats-Consumer-Stalled", std::string(stalled_on));
  SendStatus(route, 100, "Idle Heartbeat", lines);
}

}  // namespace braid::nats
