// What one user may publish and subscribe to.
//
//   PermissionOptions options;
//   options.subscribe.allow = {{"orders.>"}, {"jobs", "workers"}};   // the latter in that queue
//   only options.publish.deny = {{"orders.secret"}}; Permissions permissions(options);
//   permissions.MaySubscribe("orders.*", "");
//
// Subjects that are asked for are taken literally: "orders.*" lets "orders.>" pass, as nats-server
// has it. Immutable and thread-safe, but for Responses, which guards itself.
#ifndef BRAID_PROTOCOL_NATS_PERMISSIONS_H_
#define BRAID_PROTOCOL_NATS_PERMISSIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "protocol/nats/text.h"

namespace braid::nats {

struct SubjectRule {
  std::string subject;     // may have wildcards
  std::string queue = {};  // of a subscription: only as a member of a queue this matches
  friend bool operator==(const SubjectRule&, const SubjectRule&) = default;
};

struct SubjectRules {
  std::optional<std::vector<SubjectRule>> allow = {};  // nullopt: everything
  std::vector<SubjectRule> deny = {};                  // beats allow
  friend bool operator==(const SubjectRules&, const SubjectRules&) = default;
};

// Whoever is sent a message with a reply subject may publish there.
struct ResponseRule {
  int64_t max_messages = 1;                   // -1: any number
  absl::Duration expires = absl::Minutes(2);  // zero: never
  friend bool operator==(const ResponseRule&, const ResponseRule&) = default;
};

struct PermissionOptions {
  SubjectRules publish = {};
  SubjectRules subscribe = {};
  std::optional<ResponseRule> responses =
      {};  // with it, nothing may be published but what is allowed
  friend bool operator==(const PermissionOptions&, const PermissionOptions&) = default;
};

class Permissions {
 public:
  explicit Permissions(PermissionOptions options);

  bool MayPublish(std::string_view subject) const;
  bool MaySubscribe(std::string_view subject, std::string_view queue) const;
  // A message on `subject` may be shown to a subscription that was allowed: one with wildcards can
  // match what is denied.
  bool MayReceive(std::string_view subject) const;
  const std::optional<ResponseRule>& responses() const { return options_.responses; }

 private:
  PermissionOptions options_;
};

// The reply subjects one client has been given and may answer to. Thread-safe; bounded.
class Responses {
 public:
  void Expect(std::string_view reply, const ResponseRule& rule, absl::Time now);
  // Uses up one answer; false when none is due on `subject`.
  bool Take(std::string_view subject, const ResponseRule& rule, absl::Time now);

 private:
  struct Due {
    absl::Time since;
    int64_t taken = 0;
  };
  static constexpr size_t kMaxDue = 4096;  // then the expired ones go, or else the new one
  absl::Mutex mu_;
  TextMap<Due> due_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PERMISSIONS_H_
