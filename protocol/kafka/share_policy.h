// What the settings of a share group come to.
#ifndef BRAID_PROTOCOL_KAFKA_SHARE_POLICY_H_
#define BRAID_PROTOCOL_KAFKA_SHARE_POLICY_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "engine/share_partitions.h"
#include "protocol/kafka/configs.h"

namespace braid::kafka {

class Request;

struct ShareSettings {
  engine::SharePolicy policy;
  bool committed = false;  // records of open and aborted transactions are passed over
  bool may_renew = true;

  int32_t lock_ms() const { return static_cast<int32_t>(absl::ToInt64Milliseconds(policy.lock)); }
};

// False: the feature share.version is switched off.
bool ServesShareGroups(Request& request);

// Another kind of group has the id.
bool IsNoShareGroup(Request& request, std::string_view id);

ShareSettings ShareSettingsOf(const Configs& configs, std::string_view group);

// "by_duration:PT1H": of share.auto.offset.reset, what is neither "latest" nor "earliest". The
// duration is ISO 8601's, of days and less; nullopt when it is none, or negative.
std::optional<absl::Duration> ResetDuration(std::string_view value);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_SHARE_POLICY_H_
