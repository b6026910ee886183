// "HOST:PORT" and socket endpoints.
#ifndef BRAID_PROTOCOL_ADDRESS_H_
#define BRAID_PROTOCOL_ADDRESS_H_

#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "absl/status/statusor.h"

namespace braid::net {

// "127.0.0.1:9092", "localhost:0", "[::1]:6379", ":4222" and "0.0.0.0:4222" (every interface). Host
// names are looked up, which may block. kInvalidArgument names the text that is no such address.
absl::StatusOr<boost::asio::ip::tcp::endpoint> ParseAddress(std::string_view text);

// "127.0.0.1:9092", "[::1]:9092". An IPv4 address inside an IPv6 one is written as the former.
std::string FormatAddress(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_ADDRESS_H_
