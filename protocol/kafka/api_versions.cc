#include <algorithm>
#include <string_view>

#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

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
  request.Reply(reply);
}

void RefuseApiVersions(Request& request) {
  ApiVersionsResponse reply;
  reply.error_code = Wire(ErrorCode::kUnsupportedVersion);
  reply.api_keys.push_back(RangeOf(*FindEndpoint(static_cast<int16_t>(ApiKey::kApiVersions))));
  request.ReplyAs(reply, 0);
}

}  // namespace braid::kafka
