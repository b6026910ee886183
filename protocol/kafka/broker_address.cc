#include "protocol/kafka/broker_address.h"

#include <charconv>

#include "protocol/kafka/request.h"

namespace braid::kafka {

BrokerAddress BrokerAddress::Parse(std::string_view text) {
  BrokerAddress address;
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  }
  address.host = text.substr(0, colon);
  if (address.host.size() >= 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return address;
}

BrokerAddress BrokerAddress::Of(Request& request) {
  const std::string& advertised = request.service().options().advertised;
  if (!advertised.empty()) return Parse(advertised);
  return Parse(request.Keep(request.connection().local_address()));
}

}  // namespace braid::kafka
