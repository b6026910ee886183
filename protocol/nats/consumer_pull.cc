// Pull: requests wait in a queue and are served in turn.
#include <algorithm>
#include <utility>

#include "protocol/nats/consumer.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/text.h"

namespace braid::nats {
namespace {

constexpr int64_t kChunkRecords = 256;  // taken from the group at once
constexpr int64_t kChunkBytes = int64_t{1} << 20;

std::string DurationText(absl::Duration duration) {
  return absl::FormatDuration(duration);
}

}  // namespace

void Consumer::AddPull(PullRequest request) {
  const auto refuse = [&](std::string_view text) { SendStatus(request.reply, 409, text); };
  if (config_.push()) return refuse("Consumer is push based");
  if (config_.max_batch > 0 && request.batch > config_.max_batch) {
    return refuse(fmt::format("Exceeded MaxRequestBatch of {}", config_.max_batch));
  }
  if (config_.max_expires > absl::ZeroDuration() && request.expires > config_.max_expires) {
    return refuse(
        fmt::format("Exceeded MaxRequestExpires of {}", DurationText(config_.max_expires)));
  }
  if (config_.max_bytes > 0 && request.max_bytes > config_.max_bytes) {
    return refuse(fmt::format("Exceeded MaxRequestMaxBytes of {}", config_.max_bytes));
  }
  const absl::Time now = jetstream_.catalog().Now();
  if (static_cast<int64_t>(pulls_.size()) >= config_.max_waiting) DropLostPulls();
  if (static_cast<int64_t>(pulls_.size()) >= config_.max_waiting) {
    // A client that asked for heartbeats notices by itself.
    if (request.idle_heartbeat == absl::ZeroDuration()) refuse("Exceeded MaxWaiting");
    return;
  }
  pulls_.Add(std::move(request), now);
}

bool Consumer::RunPull(absl::Time now) {
  for (const WaitingPull& pull : pulls_.TakeExpired(now)) EndPull(pull, 408, "Request Timeout");
  if (interest_version_ != jetstream_.router().sublist().version()) DropLostPulls();
  SendCarried();
  if (pulls_.empty()) return false;
  // With byte budgets about, a record more than fits would have to wait for the next request.
  const int64_t records =
      pulls_.has_byte_limits() ? 1 : std::min(kChunkRecords, pulls_.messages_left());
  switch (Take(records, kChunkBytes)) {
    case Taken::kSome:
      return true;
    case Taken::kLater:
      return false;
    case Taken::kNothing:
      break;
  }
  FinishNoWait();
  for (const std::string& reply : pulls_.TakeHeartbeats(now)) SendHeartbeat(reply, {});
  return false;
}

// False when no request has room for it.
bool Consumer::SendToPull(const engine::DeliveredRecord& record) {
  const int64_t about = static_cast<int64_t>(record.value ? record.value->size() : 0);
  while (!pulls_.empty()) {
    const WaitingPull& pull = pulls_.front();
    // The exact size is known once it is framed; headers and subjects are small beside the payload,
    // and a request that is served a little past its budget gets nothing more.
    const int64_t overhead = static_cast<int64_t>((record.key ? record.key->size() : 0) +
                                                  stream_name_.size() + group_->name().size() + 60);
    if (!pull.Fits(about + overhead)) {
      EndPull(pulls_.TakeFront(), 409, "Message Size Exceeds MaxBytes");
      continue;
    }
    const int64_t size = Send(pull.request.reply, record);
    if (size >= 0) {
      pulls_.Served(size, jetstream_.catalog().Now());
      return true;
    }
    pulls_.TakeFront();  // nobody listens any more
  }
  return false;
}

// Whether the delivery that was never sent still stands; its ack wait then begins now. Else its
// wait has ended and the group delivers it again, or it has gone.
bool Consumer::StillOurs(const engine::DeliveredRecord& record) {
  const auto pending = group_->FindPending(record.offset);
  if (!pending || pending->delivery_count != record.delivery_count) return false;
  engine::Writes writes;
  const auto extended = group_->Extend(record.offset, writes);
  return jetstream_.catalog().Commit(writes).ok() && extended.ok() && *extended;
}

void Consumer::SendCarried() {
  while (!carried_.empty() && !pulls_.empty()) {
    const engine::DeliveredRecord record = std::move(carried_.front());
    carried_.pop_front();
    if (config_.ack_policy != AckPolicy::kNone && !StillOurs(record)) continue;
    if (!SendToPull(record)) {
      carried_.push_front(record);
      break;
    }
  }
}

void Consumer::DropLostPulls() {
  interest_version_ = jetstream_.router().sublist().version();
  pulls_.TakeIf([this](const WaitingPull& pull) {
    return !jetstream_.router().HasInterest(pull.request.reply);
  });
}

// Nothing is left to give: requests that were not to wait have had what there was.
void Consumer::FinishNoWait() {
  const auto done = pulls_.TakeIf([](const WaitingPull& pull) {
    if (!pull.request.no_wait) return false;
    return pull.served || pull.request.expires == absl::ZeroDuration();
  });
  for (const WaitingPull& pull : done) {
    if (pull.served) {
      EndPull(pull, 408, "Request Timeout");
    } else {
      SendStatus(pull.request.reply, 404, "No Messages");
    }
  }
}

void Consumer::EndPull(const WaitingPull& pull, int code, std::string_view text) {
  const std::pair<std::string_view, std::string> lines[] = {
      {"Nats-Pending-Messages", fmt::format("{}", pull.messages_left)},
      {"Nats-Pending-Bytes", fmt::format("{}", std::max<int64_t>(0, pull.bytes_left))}};
  SendStatus(pull.request.reply, code, text, lines);
}

}  // namespace braid::nats
