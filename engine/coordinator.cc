#include "engine/coordinator.h"

#include <cstdint>
#include <functional>
#include <iterator>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "engine/timers.h"

namespace braid::engine {

// One group. A forgotten entry answers as if it were not there; who holds one looks the id up
// again.
class Coordinator::Entry : public std::enable_shared_from_this<Entry> {
 public:
  Entry(Catalog& catalog, const MembershipOptions& options)
      : catalog_(catalog), membership_(options) {}
  ~Entry() { catalog_.timers().Cancel(timer_); }

  // Runs `act` on the membership, then delivers what it answered and looks after the next deadline.
  // False, and nothing ran, when the entry is forgotten.
  template <class Act>
  bool With(const Act& act) ABSL_LOCKS_EXCLUDED(mu_) {
    std::vector<std::function<void()>> deliveries;
    std::optional<absl::Time> arm;
    {
      absl::MutexLock lock(&mu_);
      if (forgotten_) return false;
      act(membership_);
      deliveries = CollectReplies();
      arm = EarlierDeadline();
    }
    if (arm) Arm(*arm);
    for (const auto& deliver : deliveries) deliver();
    return true;
  }

  // As With, for the calls that are answered by ticket.
  template <class Reply, class Question>
  bool Ask(const std::shared_ptr<PendingReply<Reply>>& pending, const Question& ask) {
    return With([&](Membership& membership)
                    ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { pending_[ask(membership)] = pending; });
  }

  template <class Sight>
  void Look(const Sight& look) const ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    look(membership_);
  }

  // Forgets the group if `may` says so, looking at the membership.
  template <class May>
  bool ForgetIf(const May& may) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (!forgotten_ && may(membership_)) forgotten_ = true;
    return forgotten_;
  }

 private:
  using AnyPending = std::variant<PendingJoin, PendingSync>;

  std::vector<std::function<void()>> CollectReplies() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    std::vector<std::function<void()>> deliveries;
    for (MembershipAnswer& answer : membership_.TakeReplies()) {
      auto node = pending_.extract(answer.ticket);
      if (node.empty()) continue;
      deliveries.push_back(Delivery(std::move(node.mapped()), std::move(answer.reply)));
    }
    return deliveries;
  }

  static std::function<void()> Delivery(AnyPending pending,
                                        std::variant<JoinReply, SyncReply> reply) {
    if (auto* join = std::get_if<JoinReply>(&reply)) {
      return [to = std::get<PendingJoin>(pending), join = std::move(*join)] { to->Complete(join); };
    }
    return [to = std::get<PendingSync>(pending), sync = std::get<SyncReply>(std::move(reply))] {
      to->Complete(sync);
    };
  }

  // The next deadline, when the timer comes too late for it. One that comes early is left alone:
  // heartbeats move deadlines away all the time, and it looks again when it fires.
  std::optional<absl::Time> EarlierDeadline() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const absl::Time next = membership_.NextDeadline();
    if (next >= armed_for_) return std::nullopt;
    return armed_for_ = next;
  }

  void Arm(absl::Time when) ABSL_LOCKS_EXCLUDED(mu_) {
    TimerId id = catalog_.timers().Add(when, [weak = weak_from_this(), when] {
      if (const EntryPtr entry = weak.lock()) entry->OnTimer(when);
    });
    {
      absl::MutexLock lock(&mu_);
      // Unless another call has armed an earlier one meanwhile, the old timer goes, and else this.
      if (armed_for_ == when) std::swap(id, timer_);
    }
    catalog_.timers().Cancel(id);
  }

  void OnTimer(absl::Time when) {
    With([&](Membership& membership) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      if (armed_for_ == when) armed_for_ = absl::InfiniteFuture();
      membership.Expire(catalog_.Now());
    });
  }

  Catalog& catalog_;
  mutable absl::Mutex mu_;
  Membership membership_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<Ticket, AnyPending> pending_ ABSL_GUARDED_BY(mu_);
  TimerId timer_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time armed_for_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  bool forgotten_ ABSL_GUARDED_BY(mu_) = false;
};

Coordinator::Coordinator(Catalog& catalog, MembershipOptions options)
    : catalog_(catalog), options_(options) {}

Coordinator::~Coordinator() = default;

PendingJoin Coordinator::Join(std::string_view id, JoinRequest request) {
  request.new_member_id = NewMemberId(request);
  auto pending = std::make_shared<PendingReply<JoinReply>>();
  const auto ask = [&](Membership& group) { return group.Join(request, catalog_.Now()); };
  while (true) {
    const bool first = request.member_id.empty();
    const EntryPtr entry = first ? FindOrFound(id) : Find(id);
    if (entry == nullptr) {
      JoinReply refusal;
      refusal.error = first ? Errc::kGroupFull : Errc::kUnknownMember;
      refusal.member_id = request.member_id;
      pending->Complete(std::move(refusal));
      return pending;
    }
    if (entry->Ask(pending, ask)) return pending;
  }
}

PendingSync Coordinator::Sync(std::string_view id, const SyncRequest& request) {
  auto pending = std::make_shared<PendingReply<SyncReply>>();
  const EntryPtr entry = Find(id);
  const auto ask = [&](Membership& group) { return group.Sync(request, catalog_.Now()); };
  if (entry == nullptr || !entry->Ask(pending, ask)) {
    SyncReply refusal;
    refusal.error = Errc::kUnknownMember;
    pending->Complete(std::move(refusal));
  }
  return pending;
}

Errc Coordinator::Heartbeat(std::string_view id, std::string_view member_id,
                            const std::optional<std::string>& instance_id, int32_t generation) {
  Errc answer = Errc::kUnknownMember;
  if (const EntryPtr entry = Find(id)) {
    entry->With([&](Membership& group) {
      answer = group.Heartbeat(member_id, instance_id, generation, catalog_.Now());
    });
  }
  return answer;
}

Errc Coordinator::Leave(std::string_view id, std::string_view member_id,
                        const std::optional<std::string>& instance_id) {
  Errc answer = Errc::kUnknownMember;
  if (const EntryPtr entry = Find(id)) {
    entry->With(
        [&](Membership& group) { answer = group.Leave(member_id, instance_id, catalog_.Now()); });
  }
  return answer;
}

Errc Coordinator::ValidateCommit(std::string_view id, std::string_view member_id,
                                 const std::optional<std::string>& instance_id,
                                 int32_t generation) {
  Errc answer = generation < 0 ? Errc::kOk : Errc::kIllegalGeneration;
  if (const EntryPtr entry = Find(id)) {
    entry->With([&](Membership& group) {
      answer = group.ValidateCommit(member_id, instance_id, generation, catalog_.Now());
    });
  }
  return answer;
}

Errc Coordinator::Delete(std::string_view id) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Errc::kGroupNotFound;
  Errc answer = Errc::kGroupNotFound;
  const bool forgotten = entry->ForgetIf([&](Membership& group) {
    answer = group.Delete();
    return answer == Errc::kOk;
  });
  if (!forgotten) return answer;
  absl::MutexLock lock(&mu_);
  const auto it = groups_.find(id);
  if (it != groups_.end() && it->second == entry) groups_.erase(it);
  return answer;
}

std::vector<GroupSummary> Coordinator::List() const {
  std::vector<std::pair<std::string, EntryPtr>> entries;
  {
    absl::ReaderMutexLock lock(&mu_);
    entries.assign(groups_.begin(), groups_.end());
  }
  std::vector<GroupSummary> summaries;
  summaries.reserve(entries.size());
  for (const auto& [id, entry] : entries) {
    entry->Look([&, &id = id](const Membership& group) {
      summaries.push_back({id, group.protocol_type(), group.state()});
    });
  }
  return summaries;
}

std::optional<GroupDescription> Coordinator::Describe(std::string_view id) const {
  std::optional<GroupDescription> description;
  if (const EntryPtr entry = Find(id)) {
    entry->Look([&](const Membership& group) { description = group.Describe(); });
  }
  return description;
}

std::vector<std::string> Coordinator::Subscriptions(std::string_view id) const {
  std::vector<std::string> subscriptions;
  if (const EntryPtr entry = Find(id)) {
    entry->Look([&](const Membership& group) { subscriptions = group.Subscriptions(); });
  }
  return subscriptions;
}

Coordinator::EntryPtr Coordinator::Find(std::string_view id) const {
  absl::ReaderMutexLock lock(&mu_);
  const auto it = groups_.find(id);
  return it == groups_.end() ? nullptr : it->second;
}

Coordinator::EntryPtr Coordinator::FindOrFound(std::string_view id) {
  if (EntryPtr entry = Find(id)) return entry;
  absl::MutexLock lock(&mu_);
  if (groups_.size() >= kMaxGroups) ForgetEmptyGroups();
  if (groups_.size() >= kMaxGroups) return nullptr;
  EntryPtr& entry = groups_[std::string(id)];
  if (entry == nullptr) entry = std::make_shared<Entry>(catalog_, options_);
  return entry;
}

void Coordinator::ForgetEmptyGroups() {
  const auto memberless = [](Membership& group) { return group.member_count() == 0; };
  for (auto it = groups_.begin(); it != groups_.end();) {
    it = it->second->ForgetIf(memberless) ? groups_.erase(it) : std::next(it);
  }
}

std::string Coordinator::NewMemberId(const JoinRequest& request) {
  const std::string& name = request.instance_id ? *request.instance_id : request.client_id;
  return absl::StrCat(name, "-",
                      absl::StrFormat("%016x%016x", catalog_.Random(), catalog_.Random()));
}

}  // namespace braid::engine
