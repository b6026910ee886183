// Access rules: there are none, and nobody who would keep to any.
#include <string_view>

#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/create_acls.h"
#include "protocol/kafka/messages/delete_acls.h"
#include "protocol/kafka/messages/describe_acls.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

constexpr std::string_view kWhy = "this broker has no authorizer";

template <class Results>
void RefuseAll(size_t count, Results& results) {
  results.resize(count);
  for (auto& result : results) {
    result.error_code = Wire(ErrorCode::kSecurityDisabled);
    result.error_message = kWhy;
  }
}

}  // namespace

void ServeDescribeAcls(Request& request) {
  const auto asked = request.Read<DescribeAclsRequest>();
  if (!asked) return;
  DescribeAclsResponse reply;
  reply.error_code = Wire(ErrorCode::kSecurityDisabled);
  reply.error_message = kWhy;
  request.Reply(reply);
}

void ServeCreateAcls(Request& request) {
  const auto asked = request.Read<CreateAclsRequest>();
  if (!asked) return;
  CreateAclsResponse reply;
  RefuseAll(asked->creations.size(), reply.results);
  request.Reply(reply);
}

void ServeDeleteAcls(Request& request) {
  const auto asked = request.Read<DeleteAclsRequest>();
  if (!asked) return;
  DeleteAclsResponse reply;
  RefuseAll(asked->filters.size(), reply.filter_results);
  request.Reply(reply);
}

}  // namespace braid::kafka
