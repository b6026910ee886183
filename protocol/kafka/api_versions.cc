#include <algorithm>
#include <string_view>

#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/features.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

constexpr int16_t kFirstZeroLevelVersion = 4;

ApiVersionsResponse::Range RangeOf(const Endpoint& endpoint) {
  return {.api_key = static_cast<int16_t>(endpoint.api.key),
          .min_version = endpoint.shown_min_version,
          .max_version = endpoint.api.max_version};
}

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Letters, digits, dots and dashes, with a letter or digit at each end: what Kafka takes for the
// name and version of a client's software.
bool IsSoftwareToken(std::string_view text) {
  const auto inner = [](char c) { return IsLetterOrDigit(c) || c == '.' || c == '-'; };
  return !text.empty() && IsLetterOrDigit(text.front()) && IsLetterOrDigit(text.back()) &&
         std::all_of(text.begin(), text.end(), inner);
}

void AddFeatures(Request& request, ApiVersionsResponse& reply) {
  const Features& features = request.service().features();
  for (const Feature& feature : features.supported()) {
    // Older clients take a range that begins at 0 for an error.
    const bool shown = feature.min_level > 0 || request.version() >= kFirstZeroLevelVersion;
    if (shown) {
      reply.supported_features.push_back({feature.name, feature.min_level, feature.max_level});
    }
    const int16_t level = features.Level(feature);
    if (level > 0) reply.finalized_features.push_back({feature.name, level, level});
  }
  if (!features.supported().empty()) reply.finalized_features_epoch = features.Epoch();
}

}  // namespace

void ServeApiVersions(Request& request) {
  const auto asked = request.Read<ApiVersionsRequest>();
  if (!asked) return;
  ApiVersionsResponse reply;
  if (request.version() >= 3 && !(IsSoftwareToken(asked->client_software_name) &&
                                  IsSoftwareToken(asked->client_software_version))) {
    reply.error_code = Wire(ErrorCode::kInvalidRequest);
    return request.Reply(reply);
  }
  for (const Endpoint& endpoint : Endpoints()) reply.api_keys.push_back(RangeOf(endpoint));
  AddFeatures(request, reply);
  request.Reply(reply);
}

void RefuseApiVersions(Request& request) {
  ApiVersionsResponse reply;
  reply.error_code = Wire(ErrorCode::kUnsupportedVersion);
  reply.api_keys.push_back(RangeOf(*FindEndpoint(static_cast<int16_t>(ApiKey::kApiVersions))));
  request.ReplyAs(reply, 0);
}

}  // namespace braid::kafka
