// Quotas as administrators see them.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/alter_client_quotas.h"
#include "protocol/kafka/messages/describe_client_quotas.h"
#include "protocol/kafka/quotas.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

constexpr int8_t kMatchesName = 0;
constexpr int8_t kMatchesDefault = 1;
constexpr int8_t kMatchesAny = 2;

// Fills `filter`, or says why there is none.
Refusal ReadFilter(const DescribeClientQuotasRequest& asked, QuotaFilter& filter) {
  filter.strict = asked.strict;
  for (const auto& component : asked.components) {
    const std::string_view type = component.entity_type;
    if (type.empty()) return {ErrorCode::kInvalidRequest, "a type of entity has a name"};
    if (type != kUserEntity && type != kClientEntity && type != kIpEntity) {
      return {ErrorCode::kUnsupportedVersion, "there are no entities of that type"};
    }
    QuotaFilter::Part part;
    if (component.match_type == kMatchesName && component.match) {
      part = {QuotaFilter::Match::kName, std::string(*component.match)};
    } else if (component.match_type == kMatchesDefault && !component.match) {
      part.match = QuotaFilter::Match::kDefault;
    } else if (component.match_type != kMatchesAny || component.match) {
      return {ErrorCode::kInvalidRequest, "a name is matched by a name, and nothing else is"};
    }
    if (!filter.parts.emplace(type, std::move(part)).second) {
      return {ErrorCode::kInvalidRequest, "a type of entity comes twice"};
    }
  }
  if (filter.parts.size() > 1 && filter.parts.contains(kIpEntity)) {
    return {ErrorCode::kInvalidRequest, "addresses go with no other type of entity"};
  }
  return {};
}

std::optional<std::string_view> Keep(Request& request, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return request.Keep(*text);
}

Refusal Alter(Request& request, const AlterClientQuotasRequest::Entry& entry, bool validate_only) {
  QuotaEntity entity;
  for (const auto& part : entry.entity) {
    std::optional<std::string> name;
    if (part.entity_name) name = std::string(*part.entity_name);
    if (!entity.emplace(part.entity_type, std::move(name)).second) {
      return {ErrorCode::kInvalidRequest, "a type of entity comes twice"};
    }
  }
  std::vector<QuotaChange> changes;
  for (const auto& op : entry.ops) {
    changes.push_back({op.key, op.remove ? std::nullopt : std::optional(op.value)});
  }
  return request.service().quotas().Alter(entity, changes, validate_only, request.writes());
}

}  // namespace

void ServeDescribeClientQuotas(Request& request) {
  const auto asked = request.Read<DescribeClientQuotasRequest>();
  if (!asked) return;
  DescribeClientQuotasResponse reply;
  QuotaFilter filter;
  if (Refusal refusal = ReadFilter(*asked, filter); !refusal.ok()) {
    reply.error_code = Wire(refusal.code);
    reply.error_message = request.Keep(std::move(refusal.message));
    return request.Reply(reply);
  }
  reply.entries.emplace();
  for (const auto& [entity, values] : request.service().quotas().Find(filter)) {
    auto& entry = reply.entries->emplace_back();
    for (const auto& [type, name] : entity) {
      entry.entity.push_back({request.Keep(type), Keep(request, name)});
    }
    for (const auto& [key, value] : values) entry.values.push_back({request.Keep(key), value});
  }
  request.Reply(reply);
}

void ServeAlterClientQuotas(Request& request) {
  const auto asked = request.Read<AlterClientQuotasRequest>();
  if (!asked) return;
  AlterClientQuotasResponse reply;
  for (const auto& entry : asked->entries) {
    Refusal refusal = Alter(request, entry, asked->validate_only);
    auto& answer = reply.entries.emplace_back();
    answer.error_code = Wire(refusal.code);
    if (!refusal.ok()) answer.error_message = request.Keep(std::move(refusal.message));
    for (const auto& part : entry.entity) {
      answer.entity.push_back({part.entity_type, part.entity_name});
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
