// Which APIs are served, in which versions, by whom. ApiVersions answers from this table.
#ifndef BRAID_PROTOCOL_KAFKA_DISPATCH_H_
#define BRAID_PROTOCOL_KAFKA_DISPATCH_H_

#include <cstdint>

#include <boost/asio/awaitable.hpp>

#include "absl/types/span.h"
#include "protocol/connection.h"
#include "protocol/kafka/api.h"

namespace braid::kafka {

class Request;

struct Endpoint {
  const Api& api;
  // What clients are told is the lowest version. Lower than the lowest served for Produce alone:
  // librdkafka before 2.11 takes a Produce without version 0 for a broker without compression.
  int16_t shown_min_version;
  // One of the two: answers at once, or may have to wait first.
  void (*serve)(Request&) = nullptr;
  net::asio::awaitable<void> (*serve_waiting)(Request&) = nullptr;

  bool Serves(int16_t version) const {
    return api.min_version <= version && version <= api.max_version;
  }
};

// By rising key.
absl::Span<const Endpoint> Endpoints();
// nullptr for a key that is not served.
const Endpoint* FindEndpoint(int16_t key);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_DISPATCH_H_
