#include "protocol/kafka/service.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "absl/strings/escaping.h"
#include "braid/error.h"
#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/refused_calls.h"
#include "protocol/kafka/session.h"

namespace braid::kafka {
namespace {

engine::MembershipOptions MembershipOptionsOf(const Options& options) {
  engine::MembershipOptions membership;
  membership.initial_rebalance_delay = options.initial_rebalance_delay;
  membership.min_session_timeout = options.min_session_timeout;
  membership.max_session_timeout = options.max_session_timeout;
  return membership;
}

// Base64 for URLs, without padding.
std::string ClusterIdOf(const engine::Catalog& catalog) {
  const auto& bytes = catalog.cluster_id();
  return absl::WebSafeBase64Escape({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

Service::Service(engine::Catalog& catalog, Options options)
    : catalog_(catalog),
      options_(std::move(options)),
      cluster_id_(ClusterIdOf(catalog)),
      coordinator_(catalog, MembershipOptionsOf(options_)),
      configs_(catalog, options_),
      features_(catalog, SupportedFeatures()),
      quotas_(catalog),
      share_sessions_(catalog),
      share_groups_(catalog),
      dead_letters_(std::make_shared<DeadLetters>(catalog, configs_, features_)) {
  share_groups_.SetGoneHook([this](std::string_view group, std::string_view member) {
    share_sessions_.MemberGone(group, member);
  });
  dead_letters_->WatchAll();
}

absl::Status Service::Advertise(absl::Span<const std::string> by_listener) {
  const std::string setting = AdvertisedSetting(by_listener);
  const ConfigChange change{kAdvertisedListeners,
                            setting.empty() ? ConfigOperation::kDelete : ConfigOperation::kSet,
                            setting};
  engine::Writes writes;
  const Refusal refusal =
      configs_.Alter(ConfigResourceType::kBroker, fmt::to_string(options_.node_id), {&change, 1},
                     /*validate_only=*/false, writes);
  if (!refusal.ok()) return MakeError(Errc::kInvalidArgument, refusal.message);
  return catalog_.Commit(writes).status();
}

absl::Status Service::Inject(CallFault fault) {
  const absl::Span<const Endpoint> all = Endpoints();
  const auto endpoint = std::find_if(all.begin(), all.end(), [&](const Endpoint& candidate) {
    return candidate.api.name == fault.call;
  });
  if (endpoint == all.end()) {
    return MakeError(Errc::kInvalidArgument, fmt::format("there is no call \"{}\"", fault.call));
  }
  if (fault.kind == CallFault::Kind::kRefuse) {
    if (!CanBeRefused(endpoint->api.key)) {
      return MakeError(Errc::kInvalidArgument, fault.call + " cannot be refused");
    }
    if (fault.error == 0 || fault.error != static_cast<int16_t>(fault.error)) {
      return MakeError(Errc::kInvalidArgument, "refusing takes an error");
    }
  }
  faults_.Add(std::move(fault));
  return absl::OkStatus();
}

net::SessionFn Service::session(int listener) {
  return [this, listener](net::ConnectionPtr connection) {
    return Serve(*this, std::move(connection), listener);
  };
}

}  // namespace braid::kafka
