#include "protocol/kafka/quotas.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "engine/encoding.h"
#include "protocol/kafka/options.h"

namespace braid::kafka {
namespace {

constexpr std::string_view kPrefix = "kafka/quota/";

struct QuotaKey {
  std::string_view name;
  bool of_ip;
  bool whole;  // takes whole numbers only
};
constexpr QuotaKey kKeys[] = {{kProducerByteRate, false, true},
                              {kConsumerByteRate, false, true},
                              {kRequestPercentage, false, false},
                              {kMutationRate, false, false},
                              {kConnectionRate, true, true}};

std::string NameOf(const QuotaEntity& entity) {
  engine::Encoder out;
  for (const auto& [type, name] : entity) {
    out.Str(type).Bool(name.has_value()).Str(name.value_or(""));
  }
  return std::string(kPrefix) + out.Take();
}

QuotaEntity EntityOf(std::string_view key) {
  QuotaEntity entity;
  engine::Decoder in(key.substr(kPrefix.size()));
  while (in.ok() && !in.rest().empty()) {
    const std::string type(in.Str());
    const bool named = in.Bool();
    const std::string name(in.Str());
    entity[type] = named ? std::optional(name) : std::nullopt;
  }
  return entity;
}

std::string Encode(const QuotaValues& values) {
  engine::Encoder out;
  for (const auto& [key, value] : values) out.Str(key).U64(std::bit_cast<uint64_t>(value));
  return out.Take();
}

QuotaValues Decode(std::string_view bytes) {
  QuotaValues values;
  engine::Decoder in(bytes);
  while (in.ok() && !in.rest().empty()) {
    const std::string key(in.Str());
    values[key] = std::bit_cast<double>(in.U64());
  }
  return values;
}

std::optional<std::string> FaultOf(const QuotaEntity& entity) {
  if (entity.empty()) return "a quota is for somebody";
  for (const auto& [type, name] : entity) {
    if (type != kUserEntity && type != kClientEntity && type != kIpEntity) {
      return fmt::format("there are no entities of type \"{}\"", type);
    }
    if (name && name->empty()) return "the name of an entity is not empty";
  }
  if (entity.size() > 1 && entity.contains(kIpEntity)) {
    return "addresses go with no other type of entity";
  }
  return std::nullopt;
}

std::optional<std::string> FaultOf(const QuotaEntity& entity, const QuotaChange& change) {
  const auto* key = std::find_if(std::begin(kKeys), std::end(kKeys),
                                 [&](const QuotaKey& known) { return known.name == change.key; });
  if (key == std::end(kKeys) || key->of_ip != entity.contains(kIpEntity)) {
    return fmt::format("such entities have no quota \"{}\"", change.key);
  }
  if (!change.value) return std::nullopt;
  if (!(*change.value > 0) || std::isinf(*change.value)) {
    return fmt::format("{} must be above zero", change.key);
  }
  if (key->whole && *change.value != std::floor(*change.value)) {
    return fmt::format("{} is a whole number", change.key);
  }
  return std::nullopt;
}

bool Passes(const QuotaFilter& filter, const QuotaEntity& entity) {
  if (filter.strict && filter.parts.size() != entity.size()) return false;
  return std::all_of(filter.parts.begin(), filter.parts.end(), [&](const auto& part) {
    const auto found = entity.find(part.first);
    if (found == entity.end()) return false;
    switch (part.second.match) {
      case QuotaFilter::Match::kName:
        return found->second == part.second.name;
      case QuotaFilter::Match::kDefault:
        return !found->second.has_value();
      default:
        return true;
    }
  });
}

}  // namespace

Quotas::Quotas(engine::Catalog& catalog) : catalog_(catalog) {
  absl::MutexLock lock(&mu_);
  for (const auto& [key, value] : catalog.Settings(kPrefix)) {
    quotas_[EntityOf(key)] = Decode(value);
  }
  any_ = !quotas_.empty();
}

std::vector<std::pair<QuotaEntity, QuotaValues>> Quotas::Find(const QuotaFilter& filter) const {
  std::vector<std::pair<QuotaEntity, QuotaValues>> found;
  absl::ReaderMutexLock lock(&mu_);
  for (const auto& quota : quotas_) {
    if (Passes(filter, quota.first)) found.emplace_back(quota);
  }
  return found;
}

Refusal Quotas::Alter(const QuotaEntity& entity, absl::Span<const QuotaChange> changes,
                      bool validate_only, engine::Writes& writes) {
  std::optional<std::string> fault = FaultOf(entity);
  for (const QuotaChange& change : changes) {
    if (!fault) fault = FaultOf(entity, change);
  }
  if (fault) return {ErrorCode::kInvalidRequest, *std::move(fault)};
  if (validate_only) return {};
  absl::MutexLock lock(&mu_);
  QuotaValues& values = quotas_[entity];
  for (const QuotaChange& change : changes) {
    if (change.value) {
      values[std::string(change.key)] = *change.value;
    } else {
      values.erase(std::string(change.key));
    }
  }
  const absl::Status put = catalog_.PutSetting(NameOf(entity), Encode(values), writes);
  if (values.empty()) quotas_.erase(entity);
  any_ = !quotas_.empty();
  return RefusalOf(put);
}

// The most special quota holds: by user and client, then by user, then by client; of each, one by
// name goes before the default.
std::optional<Quotas::Limit> Quotas::LimitOf(std::string_view key, std::string_view user,
                                             std::string_view client_id) const {
  struct Candidate {
    bool of_user, user_by_name, of_client, client_by_name;
  };
  static constexpr Candidate kOrder[] = {
      {true, true, true, true},   {true, true, true, false},   {true, true, false, false},
      {true, false, true, true},  {true, false, true, false},  {true, false, false, false},
      {false, false, true, true}, {false, false, true, false},
  };
  for (const Candidate& candidate : kOrder) {
    QuotaEntity entity;
    const auto name = [](bool by_name, std::string_view text) {
      return by_name ? std::optional<std::string>(text) : std::nullopt;
    };
    if (candidate.of_user) entity[std::string(kUserEntity)] = name(candidate.user_by_name, user);
    if (candidate.of_client) {
      entity[std::string(kClientEntity)] = name(candidate.client_by_name, client_id);
    }
    const auto found = quotas_.find(entity);
    if (found == quotas_.end()) continue;
    const auto value = found->second.find(key);
    if (value == found->second.end()) continue;
    // One meter for each user and client that the quota tells apart.
    engine::Encoder meter;
    meter.Str(key);
    if (candidate.of_user) meter.Str("user").Str(user);
    if (candidate.of_client) meter.Str("client").Str(client_id);
    return Limit{value->second, meter.Take()};
  }
  return std::nullopt;
}

std::optional<Quotas::Limit> Quotas::LimitOfIp(std::string_view ip) const {
  for (const std::optional<std::string>& name : {std::optional<std::string>(ip), {}}) {
    const auto found = quotas_.find(QuotaEntity{{std::string(kIpEntity), name}});
    if (found == quotas_.end()) continue;
    const auto value = found->second.find(kConnectionRate);
    if (value == found->second.end()) continue;
    return Limit{value->second, engine::Encoder().Str(kConnectionRate).Str(ip).Take()};
  }
  return std::nullopt;
}

engine::RateWindow* Quotas::MeterOf(Limit& limit, absl::Time now) {
  if (meters_.size() >= kMaxMeters && !meters_.contains(limit.meter)) {
    absl::erase_if(meters_, [now](auto& meter) { return meter.second.idle(now); });
    if (meters_.size() >= kMaxMeters) return nullptr;
  }
  return &meters_.try_emplace(std::move(limit.meter), kQuotaWindows, kQuotaWindow).first->second;
}

absl::Duration Quotas::Charge(std::string_view key, std::string_view user,
                              std::string_view client_id, double amount, absl::Time now) {
  if (!any()) return absl::ZeroDuration();
  absl::MutexLock lock(&mu_);
  std::optional<Limit> limit = LimitOf(key, user, client_id);
  engine::RateWindow* meter = limit ? MeterOf(*limit, now) : nullptr;
  if (meter == nullptr) return absl::ZeroDuration();
  meter->Record(amount, now);
  return meter->PauseFor(limit->per_second, now);
}

absl::Duration Quotas::Take(std::optional<Limit> limit, double amount, absl::Time now) {
  if (!limit) return absl::ZeroDuration();
  if (buckets_.size() >= kMaxMeters && !buckets_.contains(limit->meter)) {
    const double rate = limit->per_second;
    absl::erase_if(buckets_, [&](const auto& bucket) { return bucket.second.idle(rate, now); });
    if (buckets_.size() >= kMaxMeters) return absl::ZeroDuration();
  }
  engine::TokenBucket& bucket =
      buckets_.try_emplace(std::move(limit->meter), kQuotaWindows * kQuotaWindow).first->second;
  return bucket.Take(amount, limit->per_second, now);
}

absl::Duration Quotas::TryCharge(std::string_view key, std::string_view user,
                                 std::string_view client_id, double amount, absl::Time now) {
  if (!any()) return absl::ZeroDuration();
  absl::MutexLock lock(&mu_);
  return Take(LimitOf(key, user, client_id), amount, now);
}

absl::Duration Quotas::TryConnect(std::string_view ip, absl::Time now) {
  if (!any()) return absl::ZeroDuration();
  absl::MutexLock lock(&mu_);
  return Take(LimitOfIp(ip), 1, now);
}

std::optional<double> Quotas::Burst(std::string_view key, std::string_view user,
                                    std::string_view client_id) const {
  if (!any()) return std::nullopt;
  absl::ReaderMutexLock lock(&mu_);
  const std::optional<Limit> limit = LimitOf(key, user, client_id);
  if (!limit) return std::nullopt;
  return engine::RateWindow::Burst(kQuotaWindows, kQuotaWindow, limit->per_second);
}

}  // namespace braid::kafka
