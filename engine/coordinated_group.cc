#include "engine/coordinated_group.h"

#include <string>

#include "engine/consumer_protocol.h"

namespace braid::engine {
namespace {

template <class Pending, class Reply>
std::function<void()> Delivery(Pending to, Reply reply) {
  return [to = std::move(to), reply = std::move(reply)] { to->Complete(reply); };
}

}  // namespace

CoordinatedGroup::CoordinatedGroup(Catalog& catalog, std::shared_ptr<TopicImages> topics,
                                   MembershipOptions options)
    : catalog_(catalog),
      topics_(std::move(topics)),
      options_(options),
      classic_(std::make_unique<Membership>(options)) {}

CoordinatedGroup::~CoordinatedGroup() {
  catalog_.timers().Cancel(timer_);
}

// --- Requests that may have to wait ---

bool CoordinatedGroup::Join(const JoinRequest& request, const PendingJoin& pending) {
  // Only who joins for the first time founds a classic group.
  const For purpose = request.member_id.empty() ? For::kClassicJoin : For::kAny;
  return With(purpose, [&](const View& view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (view.classic != nullptr) {
      pending_[view.classic->Join(request, view.now)] = pending;
    } else {
      deliveries_.push_back(
          Delivery(pending, view.consumer->Join(request, *view.topics, view.now)));
    }
  });
}

bool CoordinatedGroup::Sync(const SyncRequest& request, const PendingSync& pending) {
  return With(For::kAny, [&](const View& view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (view.classic != nullptr) {
      pending_[view.classic->Sync(request, view.now)] = pending;
    } else {
      deliveries_.push_back(
          Delivery(pending, view.consumer->Sync(request, *view.topics, view.now)));
    }
  });
}

void CoordinatedGroup::TakeReplies() {
  if (classic_ == nullptr) return;
  for (MembershipAnswer& answer : classic_->TakeReplies()) {
    auto node = pending_.extract(answer.ticket);
    if (node.empty()) continue;
    if (auto* join = std::get_if<JoinReply>(&answer.reply)) {
      deliveries_.push_back(Delivery(std::get<PendingJoin>(node.mapped()), std::move(*join)));
    } else {
      deliveries_.push_back(Delivery(std::get<PendingSync>(node.mapped()),
                                     std::get<SyncReply>(std::move(answer.reply))));
    }
  }
}

std::vector<std::function<void()>> CoordinatedGroup::CollectReplies() {
  TakeReplies();
  return std::exchange(deliveries_, {});
}

// --- From one kind to the other ---

MembershipOptions CoordinatedGroup::ClassicOptions() const {
  MembershipOptions options = options_;
  options.first_generation = consumer_->epoch();
  return options;
}

void CoordinatedGroup::BecomeClassicIfEmpty() {
  if (consumer_ == nullptr || consumer_->member_count() > 0) return;
  classic_ = std::make_unique<Membership>(ClassicOptions());
  consumer_.reset();
}

void CoordinatedGroup::BecomeClassicIfAllAre(const TopicImage& topics) {
  if (consumer_ == nullptr || !consumer_->AllClassic()) return;
  classic_ = std::make_unique<Membership>(ClassicOptions(), consumer_->ClassicMembers(topics),
                                          catalog_.Now());
  consumer_.reset();
}

// Stays classic when it has members that are no consumers, or of which that is not to be seen.
void CoordinatedGroup::BecomeConsumerGroup(const TopicImage& topics) {
  if (consumer_ != nullptr) return;
  const std::vector<ClassicMember> members = classic_->Members();
  const bool consumers =
      classic_->protocol_type() == kConsumerProtocolType && ConsumerGroup::CanConvert(members);
  if (!members.empty() && !consumers) return;
  ConsumerGroupOptions options;
  options.max_members = options_.max_members;
  options.first_epoch = classic_->generation();
  options.classic = options_;
  classic_->HandOver();
  TakeReplies();
  pending_.clear();
  consumer_ = std::make_unique<ConsumerGroup>(options, members, topics, catalog_.Now());
  classic_.reset();
}

// --- Time ---

// The next deadline, when the timer comes too late for it. One that comes early is left alone:
// heartbeats move deadlines away all the time, and it looks again when it fires.
std::optional<absl::Time> CoordinatedGroup::EarlierDeadline() {
  const absl::Time next =
      classic_ != nullptr ? classic_->NextDeadline() : consumer_->NextDeadline();
  if (next >= armed_for_) return std::nullopt;
  return armed_for_ = next;
}

void CoordinatedGroup::Arm(absl::Time when) {
  TimerId id = catalog_.timers().Add(when, [weak = weak_from_this(), when] {
    if (const auto group = weak.lock()) group->OnTimer(when);
  });
  {
    absl::MutexLock lock(&mu_);
    // Unless another call has armed an earlier one meanwhile, the old timer goes, and else this.
    if (armed_for_ == when) std::swap(id, timer_);
  }
  catalog_.timers().Cancel(id);
}

void CoordinatedGroup::OnTimer(absl::Time when) {
  With(For::kAny, [&](const View& view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (armed_for_ == when) armed_for_ = absl::InfiniteFuture();
    if (view.classic != nullptr) {
      view.classic->Expire(view.now);
    } else {
      view.consumer->Expire(view.now);
    }
  });
}

}  // namespace braid::engine
