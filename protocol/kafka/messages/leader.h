// Who leads a partition, as Produce and Fetch answers say it.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_LEADER_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_LEADER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/kafka/fields.h"

namespace braid::kafka {

struct LeaderIdAndEpoch {
  int32_t leader_id = -1;
  int32_t leader_epoch = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("LeaderId", m.leader_id);
    visit("LeaderEpoch", m.leader_epoch);
  }
  friend bool operator==(const LeaderIdAndEpoch&, const LeaderIdAndEpoch&) = default;
};

struct NodeEndpoint {
  int32_t node_id = 0;
  std::string_view host;
  int32_t port = 0;
  std::optional<std::string_view> rack;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("NodeId", m.node_id);
    visit("Host", m.host);
    visit("Port", m.port);
    visit("Rack", m.rack);
  }
  friend bool operator==(const NodeEndpoint&, const NodeEndpoint&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_LEADER_H_
