// One group of a coordinator, of either kind, with what it takes to run one: a lock, a place in the
// timer queue, and the requests that wait for an answer.
//
// Without members a group is of the kind that is asked for next. A classic group of consumers
// becomes a consumer group when a member of the newer protocol joins it, and a consumer group is a
// classic one again when the last of those has gone; members of the classic protocol stay in it
// over both.
//
// Thread-safe. Nobody is woken under its lock. A forgotten group does nothing: whoever holds one
// looks its id up again.
#ifndef BRAID_ENGINE_COORDINATED_GROUP_H_
#define BRAID_ENGINE_COORDINATED_GROUP_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/catalog.h"
#include "engine/consumer_group.h"
#include "engine/membership.h"
#include "engine/pending_reply.h"
#include "engine/timers.h"
#include "engine/topic_image.h"

namespace braid::engine {

class CoordinatedGroup : public std::enable_shared_from_this<CoordinatedGroup> {
 public:
  CoordinatedGroup(Catalog& catalog, std::shared_ptr<TopicImages> topics,
                   MembershipOptions options);
  ~CoordinatedGroup();

  // What an action sees of it: exactly one of the two is there.
  struct View {
    Membership* classic = nullptr;
    ConsumerGroup* consumer = nullptr;
    const TopicImage* topics = nullptr;  // nullptr where nobody needs them
    absl::Time now;

    size_t member_count() const {
      return classic != nullptr ? classic->member_count() : consumer->member_count();
    }
  };

  // What an action comes from: a request that one kind of group serves only.
  enum class For : uint8_t { kAny, kClassicJoin, kConsumerJoin };

  // Runs `act` on the group, made one that `purpose` can be served by if that is possible, then
  // delivers what was answered and looks after the next deadline. False, and nothing ran, when it
  // is forgotten.
  template <class Act>
  bool With(For purpose, const Act& act) ABSL_LOCKS_EXCLUDED(mu_) {
    std::shared_ptr<const TopicImage> topics = topics_->Current();
    std::vector<std::function<void()>> deliveries;
    std::optional<absl::Time> arm;
    {
      absl::MutexLock lock(&mu_);
      topics = topics_->Newest();  // whoever was faster may have acted on a newer one
      if (forgotten_) return false;
      if (purpose == For::kClassicJoin) BecomeClassicIfEmpty();
      if (purpose == For::kConsumerJoin) BecomeConsumerGroup(*topics);
      act(View{classic_.get(), consumer_.get(), topics.get(), catalog_.Now()});
      BecomeClassicIfAllAre(*topics);
      deliveries = CollectReplies();
      arm = EarlierDeadline();
    }
    if (arm) Arm(*arm);
    for (const auto& deliver : deliveries) deliver();
    return true;
  }

  bool Join(const JoinRequest& request, const PendingJoin& pending);
  bool Sync(const SyncRequest& request, const PendingSync& pending);

  template <class Sight>
  void Look(const Sight& look) const ABSL_LOCKS_EXCLUDED(mu_) {
    const std::shared_ptr<const TopicImage> topics = topics_->Current();
    absl::MutexLock lock(&mu_);
    look(View{classic_.get(), consumer_.get(), topics.get(), catalog_.Now()});
  }

  // Forgets the group if `may` says so, looking at it.
  template <class May>
  bool ForgetIf(const May& may) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const View view{classic_.get(), consumer_.get(), nullptr, catalog_.Now()};
    if (!forgotten_ && may(view)) forgotten_ = true;
    return forgotten_;
  }

 private:
  using AnyPending = std::variant<PendingJoin, PendingSync>;

  void BecomeClassicIfEmpty() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void BecomeClassicIfAllAre(const TopicImage& topics) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void BecomeConsumerGroup(const TopicImage& topics) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  MembershipOptions ClassicOptions() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void TakeReplies() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<std::function<void()>> CollectReplies() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::optional<absl::Time> EarlierDeadline() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Arm(absl::Time when) ABSL_LOCKS_EXCLUDED(mu_);
  void OnTimer(absl::Time when);

  Catalog& catalog_;
  const std::shared_ptr<TopicImages> topics_;
  const MembershipOptions options_;
  mutable absl::Mutex mu_;
  std::unique_ptr<Membership> classic_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<ConsumerGroup> consumer_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<Ticket, AnyPending> pending_ ABSL_GUARDED_BY(mu_);
  std::vector<std::function<void()>> deliveries_ ABSL_GUARDED_BY(mu_);  // of this action
  TimerId timer_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time armed_for_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  bool forgotten_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_COORDINATED_GROUP_H_
