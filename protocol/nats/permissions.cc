#include "protocol/nats/permissions.h"

#include <algorithm>
#include <utility>

#include "engine/subjects.h"

namespace braid::nats {
namespace {

struct Hits {
  bool any_queue = false;  // a rule without a queue
  bool queued = false;     // some rule with one
  bool queue = false;      // one whose queue is the one asked for
};

Hits HitsOf(const std::vector<SubjectRule>& rules, std::string_view subject,
            std::string_view queue) {
  Hits hits;
  for (const SubjectRule& rule : rules) {
    if (!engine::Matches(rule.subject, subject)) continue;
    if (rule.queue.empty()) {
      hits.any_queue = true;
    } else {
      hits.queued = true;
      hits.queue |= !queue.empty() && engine::Matches(rule.queue, queue);
    }
  }
  return hits;
}

// Where rules with queues match, they decide about a member of a queue.
bool Decides(const Hits& hits, std::string_view queue) {
  return !queue.empty() && hits.queued ? hits.queue : hits.any_queue;
}

bool Holds(const SubjectRules& rules, std::string_view subject, std::string_view queue) {
  if (rules.allow && !Decides(HitsOf(*rules.allow, subject, queue), queue)) return false;
  return !Decides(HitsOf(rules.deny, subject, queue), queue);
}

bool Expired(absl::Time since, const ResponseRule& rule, absl::Time now) {
  return rule.expires > absl::ZeroDuration() && now - since > rule.expires;
}

}  // namespace

Permissions::Permissions(PermissionOptions options) : options_(std::move(options)) {
  if (options_.responses && !options_.publish.allow) options_.publish.allow.emplace();
}

bool Permissions::MayPublish(std::string_view subject) const {
  return Holds(options_.publish, subject, {});
}

bool Permissions::MaySubscribe(std::string_view subject, std::string_view queue) const {
  return Holds(options_.subscribe, subject, queue);
}

bool Permissions::MayReceive(std::string_view subject) const {
  return !HitsOf(options_.subscribe.deny, subject, {}).any_queue;
}

void Responses::Expect(std::string_view reply, const ResponseRule& rule, absl::Time now) {
  absl::MutexLock lock(&mu_);
  if (due_.size() >= kMaxDue) {
    absl::erase_if(due_, [&](const auto& entry) { return Expired(entry.second.since, rule, now); });
    if (due_.size() >= kMaxDue) return;
  }
  due_.insert_or_assign(std::string(reply), Due{.since = now});
}

bool Responses::Take(std::string_view subject, const ResponseRule& rule, absl::Time now) {
  absl::MutexLock lock(&mu_);
  const auto it = due_.find(subject);
  if (it == due_.end()) return false;
  const bool expired = Expired(it->second.since, rule, now);
  if (expired || (rule.max_messages > 0 && ++it->second.taken >= rule.max_messages)) {
    due_.erase(it);
  }
  return !expired;
}

}  // namespace braid::nats
