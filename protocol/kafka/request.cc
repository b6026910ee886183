#include "protocol/kafka/request.h"

#include <algorithm>

namespace braid::kafka {
namespace {

// Key, version and correlation id.
constexpr size_t kFixedHeaderBytes = 8;
// Past this a client is not held up, however far it is above its quota.
constexpr absl::Duration kLongestPause = absl::Hours(1);

}  // namespace

bool Request::ReadFixedHeader(Buffer frame) {
  frame_ = std::move(frame);
  Reader reader(frame_, 0);
  header_.api_key = reader.TakeInt<int16_t>();
  header_.api_version = reader.TakeInt<int16_t>();
  header_.correlation_id = reader.TakeInt<int32_t>();
  return reader.ok();
}

bool Request::ReadHeader(const Api& api) {
  Reader reader(frame_, kFixedHeaderBytes);
  header_.client_id = reader.TakeHeaderString();
  if (header_.api_version >= api.flexible_from) reader.SkipTags();
  body_at_ = reader.position();
  return reader.ok();
}

absl::Duration Request::Charge(std::string_view key, double amount) {
  Quotas& quotas = service_.quotas();
  if (!quotas.any()) return absl::ZeroDuration();
  const absl::Duration pause = quotas.Charge(key, user(), client_id(), amount, catalog().Now());
  PauseFor(pause);
  return pause;
}

void Request::PauseFor(absl::Duration pause) {
  pause_ = std::min(std::max(pause_, pause), kLongestPause);
}

bool Request::ChargePartitions(int partitions, bool strict) {
  if (!strict) {
    Charge(kMutationRate, partitions);
    return true;
  }
  const absl::Duration pause =
      service_.quotas().TryCharge(kMutationRate, user(), client_id(), partitions, catalog().Now());
  PauseFor(pause);
  return pause <= absl::ZeroDuration();
}

void Request::ChargeTime() {
  if (began_ == absl::InfinitePast() || !service_.quotas().any()) return;
  constexpr double kPercent = 100;
  const absl::Duration before = pause_;
  Charge(kRequestPercentage, absl::ToDoubleSeconds(catalog().Now() - began_) * kPercent);
  // One slow request holds its client up for a window and no longer.
  pause_ = std::max(before, std::min(pause_, kQuotaWindow));
}

void Request::BeginReply(bool flexible) {
  out_.Clear();
  out_.PutInt<int32_t>(0);  // the size, known in EndReply
  out_.PutInt<int32_t>(header_.correlation_id);
  if (flexible) out_.PutVarint(0);  // no tags
}

void Request::EndReply() {
  if (answer_lost_) return;
  out_.PatchInt32(0, static_cast<int32_t>(out_.total_size() - sizeof(int32_t)));
  const std::string_view bytes = out_.bytes();
  size_t done = 0;
  for (const Writer::Splice& splice : out_.splices()) {
    connection_.Send(bytes.substr(done, splice.at - done));
    connection_.Send(splice.buffer);
    done = splice.at;
  }
  connection_.Send(bytes.substr(done));
}

}  // namespace braid::kafka
