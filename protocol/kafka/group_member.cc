#include "protocol/kafka/group_member.h"

#include "protocol/kafka/broker_address.h"

namespace braid::kafka {

std::string ClientHost(Request& request) {
  const std::string remote = request.connection().remote_address();
  return "/" + std::string(BrokerAddress::Parse(remote).host);
}

}  // namespace braid::kafka
