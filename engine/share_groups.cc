#include "engine/share_groups.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "engine/share_partitions.h"

namespace braid::engine {

// What a timer reaches the groups through: nothing, once they are gone.
struct ShareGroups::Timer {
  absl::Mutex mu;
  ShareGroups* groups ABSL_GUARDED_BY(mu) = nullptr;
};

ShareGroups::ShareGroups(Catalog& catalog)
    : catalog_(catalog), topics_(catalog), timer_(std::make_shared<Timer>()) {
  {
    absl::MutexLock lock(&timer_->mu);
    timer_->groups = this;
  }
  absl::MutexLock lock(&mu_);
  for (const std::string& id : GroupsThatShare(catalog)) {
    groups_.emplace(id, std::make_unique<ShareGroup>());
  }
}

ShareGroups::~ShareGroups() {
  absl::MutexLock lock(&timer_->mu);
  timer_->groups = nullptr;
}

// --- Members ---

absl::StatusOr<ShareHeartbeatReply> ShareGroups::Heartbeat(std::string_view id,
                                                           const ShareHeartbeat& heartbeat) {
  if (absl::Status form = CheckForm(heartbeat); !form.ok()) return form;
  const bool joins = heartbeat.epoch == ShareHeartbeat::kJoins;
  const bool leaves = heartbeat.epoch == ShareHeartbeat::kLeaves;
  std::shared_ptr<const TopicImage> topics = topics_.Current();
  absl::StatusOr<ShareHeartbeatReply> reply;
  absl::Time deadline;
  {
    absl::MutexLock lock(&mu_);
    if (!joins && !groups_.contains(id)) {
      if (leaves) return MakeError(Errc::kUnknownMember, "there is no such group");
      return MakeError(Errc::kFencedMemberEpoch, "the group is gone: the member must join again");
    }
    topics = topics_.Newest();  // whoever was faster may have acted on a newer one
    ShareGroup* const group = FindOrFound(id);
    if (group == nullptr) return MakeError(Errc::kGroupFull, "there are too many groups");
    reply = group->Heartbeat(heartbeat, *topics, catalog_.Now());
    deadline = group->NextDeadline();
  }
  Arm(deadline);
  if (leaves && reply.ok() && gone_) gone_(id, heartbeat.member_id);
  return reply;
}

// --- Administration ---

ShareGroup* ShareGroups::FindOrFound(std::string_view id) {
  if (const auto found = groups_.find(id); found != groups_.end()) return found->second.get();
  if (groups_.size() >= kMaxGroups) {
    const std::set<std::string> sharing = GroupsThatShare(catalog_);
    for (auto it = groups_.begin(); it != groups_.end();) {
      const bool idle = it->second->member_count() == 0 && !sharing.contains(it->first);
      it = idle ? groups_.erase(it) : std::next(it);
    }
  }
  if (groups_.size() >= kMaxGroups) return nullptr;
  return groups_.emplace(std::string(id), std::make_unique<ShareGroup>()).first->second.get();
}

bool ShareGroups::Ensure(std::string_view id) {
  absl::MutexLock lock(&mu_);
  return FindOrFound(id) != nullptr;
}

bool ShareGroups::Has(std::string_view id) const {
  absl::ReaderMutexLock lock(&mu_);
  return groups_.contains(id);
}

std::vector<ShareGroups::Summary> ShareGroups::List() const {
  std::vector<Summary> summaries;
  absl::ReaderMutexLock lock(&mu_);
  summaries.reserve(groups_.size());
  for (const auto& [id, group] : groups_) summaries.push_back({id, group->state()});
  return summaries;
}

std::optional<ShareGroupDescription> ShareGroups::Describe(std::string_view id) const {
  absl::ReaderMutexLock lock(&mu_);
  const auto found = groups_.find(id);
  if (found == groups_.end()) return std::nullopt;
  return found->second->Describe();
}

Errc ShareGroups::CheckEmpty(std::string_view id) const {
  absl::ReaderMutexLock lock(&mu_);
  const auto found = groups_.find(id);
  if (found == groups_.end()) return Errc::kGroupNotFound;
  return found->second->member_count() == 0 ? Errc::kOk : Errc::kGroupNotEmpty;
}

Errc ShareGroups::Delete(std::string_view id) {
  absl::MutexLock lock(&mu_);
  const auto found = groups_.find(id);
  if (found == groups_.end()) return Errc::kGroupNotFound;
  if (found->second->member_count() > 0) return Errc::kGroupNotEmpty;
  groups_.erase(found);
  return Errc::kOk;
}

// --- Time ---

// A timer that comes early is left alone: heartbeats move deadlines away all the time, and it looks
// again when it fires.
void ShareGroups::Arm(absl::Time when) {
  {
    absl::MutexLock lock(&mu_);
    if (when >= armed_for_) return;
    armed_for_ = when;
  }
  TimerId id = catalog_.timers().Add(when, [timer = timer_] {
    absl::MutexLock lock(&timer->mu);
    if (timer->groups != nullptr) timer->groups->OnTimer();
  });
  {
    absl::MutexLock lock(&mu_);
    if (armed_for_ == when) std::swap(id, armed_);
  }
  catalog_.timers().Cancel(id);
}

void ShareGroups::OnTimer() {
  std::vector<std::pair<std::string, std::string>> gone;
  absl::Time next = absl::InfiniteFuture();
  {
    absl::MutexLock lock(&mu_);
    armed_for_ = absl::InfiniteFuture();
    for (auto& [id, group] : groups_) {
      for (std::string& member : group->Expire(catalog_.Now())) {
        gone.emplace_back(id, std::move(member));
      }
      next = std::min(next, group->NextDeadline());
    }
  }
  for (const auto& [group, member] : gone) {
    if (gone_) gone_(group, member);
  }
  Arm(next);
}

}  // namespace braid::engine
