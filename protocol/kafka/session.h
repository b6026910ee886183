// One client connection: frames in, answers out, in the order they were asked.
#ifndef BRAID_PROTOCOL_KAFKA_SESSION_H_
#define BRAID_PROTOCOL_KAFKA_SESSION_H_

#include <boost/asio/awaitable.hpp>

#include "protocol/connection.h"

namespace braid::kafka {

class Service;

// Serves until the client goes or breaks the protocol. Requests that are there together are
// executed together: one commit, then all their answers. A request that must wait (Fetch,
// JoinGroup, SyncGroup) is begun when everything before it has been answered, and what follows it
// waits, as in Kafka.
net::asio::awaitable<void> Serve(Service& service, net::ConnectionPtr connection, int listener);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_SESSION_H_
