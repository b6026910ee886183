// Where clients are told to find this broker.
#ifndef BRAID_PROTOCOL_KAFKA_BROKER_ADDRESS_H_
#define BRAID_PROTOCOL_KAFKA_BROKER_ADDRESS_H_

#include <cstdint>
#include <string_view>

namespace braid::kafka {

class Request;

struct BrokerAddress {
  std::string_view host;  // an IPv6 address without its brackets
  int32_t port = 0;

  // "HOST:PORT" or "[HOST]:PORT"; port 0 when there is none.
  static BrokerAddress Parse(std::string_view text);
  // What `request`'s client must connect to: the address advertised, or else the one it dialled.
  // Lives as long as the request.
  static BrokerAddress Of(Request& request);
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_BROKER_ADDRESS_H_
