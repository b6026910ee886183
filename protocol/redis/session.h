// One connection's life: requests are executed as they arrive, everything a socket read brought is
// committed once, and then its replies leave.
#ifndef BRAID_PROTOCOL_REDIS_SESSION_H_
#define BRAID_PROTOCOL_REDIS_SESSION_H_

#include <boost/asio/awaitable.hpp>

#include "protocol/connection.h"
#include "protocol/redis/service.h"

namespace braid::redis {

boost::asio::awaitable<void> Serve(Service& service, net::ConnectionPtr connection);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SESSION_H_
