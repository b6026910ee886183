// What clients may use up: limits by user and client id, kept in the catalogue's settings, and how
// much each has used of late.
//
// Thread-safe. While no quota is set, charging costs one load.
#ifndef BRAID_PROTOCOL_KAFKA_QUOTAS_H_
#define BRAID_PROTOCOL_KAFKA_QUOTAS_H_

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/catalog.h"
#include "engine/rate_window.h"
#include "engine/token_bucket.h"
#include "engine/writes.h"
#include "protocol/kafka/refusal.h"

namespace braid::kafka {

inline constexpr std::string_view kUserEntity = "user";
inline constexpr std::string_view kClientEntity = "client-id";
inline constexpr std::string_view kIpEntity = "ip";

// Bytes of records a second, or the share of one thread in percent.
inline constexpr std::string_view kProducerByteRate = "producer_byte_rate";
inline constexpr std::string_view kConsumerByteRate = "consumer_byte_rate";
inline constexpr std::string_view kRequestPercentage = "request_percentage";
// Partitions made or deleted a second, and connections that an address may open a second.
inline constexpr std::string_view kMutationRate = "controller_mutation_rate";
inline constexpr std::string_view kConnectionRate = "connection_creation_rate";

// Whom a quota is for: by type of entity, a name, or nullopt for all that have no quota by name.
using QuotaEntity = std::map<std::string, std::optional<std::string>, std::less<>>;
using QuotaValues = std::map<std::string, double, std::less<>>;

// Which entities are asked for.
struct QuotaFilter {
  enum class Match { kName, kDefault, kAny };
  struct Part {
    Match match = Match::kAny;
    std::string name;
  };
  std::map<std::string, Part, std::less<>> parts;
  bool strict = false;  // nothing but these types
};

struct QuotaChange {
  std::string_view key;
  std::optional<double> value;  // nullopt: none any more
};

class Quotas {
 public:
  explicit Quotas(engine::Catalog& catalog);
  Quotas(const Quotas&) = delete;
  Quotas& operator=(const Quotas&) = delete;

  std::vector<std::pair<QuotaEntity, QuotaValues>> Find(const QuotaFilter& filter) const;
  // kInvalidRequest: no such entity, key or value.
  Refusal Alter(const QuotaEntity& entity, absl::Span<const QuotaChange> changes,
                bool validate_only, engine::Writes& writes);

  // `amount` of `key` was used by a client; returns how long it has to pause.
  absl::Duration Charge(std::string_view key, std::string_view user, std::string_view client_id,
                        double amount, absl::Time now);
  // As Charge, but when the quota has been used up nothing is recorded: what was asked for must not
  // be done, and may be asked for again after the pause that is returned. Zero: go on.
  absl::Duration TryCharge(std::string_view key, std::string_view user, std::string_view client_id,
                           double amount, absl::Time now);
  // The same for one more connection from an IP address.
  absl::Duration TryConnect(std::string_view ip, absl::Time now);
  // What may be used in one go; nullopt: there is no quota.
  std::optional<double> Burst(std::string_view key, std::string_view user,
                              std::string_view client_id) const;
  bool any() const { return any_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kMaxMeters = 10'000;

  // The quota that holds, and the name of its meter.
  struct Limit {
    double per_second = 0;
    std::string meter;
  };
  std::optional<Limit> LimitOf(std::string_view key, std::string_view user,
                               std::string_view client_id) const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  std::optional<Limit> LimitOfIp(std::string_view ip) const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  // nullptr when there is no room for one more.
  engine::RateWindow* MeterOf(Limit& limit, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Duration Take(std::optional<Limit> limit, double amount, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  engine::Catalog& catalog_;
  std::atomic<bool> any_{false};
  mutable absl::Mutex mu_;
  std::map<QuotaEntity, QuotaValues> quotas_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, engine::RateWindow> meters_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, engine::TokenBucket> buckets_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_QUOTAS_H_
