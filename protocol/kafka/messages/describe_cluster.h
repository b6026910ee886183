// DescribeCluster: the brokers, and who leads them.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CLUSTER_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CLUSTER_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeClusterApi{ApiKey::kDescribeCluster, "DescribeCluster", 0, 2, 0};

struct DescribeClusterRequest {
  static constexpr Api kApi = kDescribeClusterApi;

  bool include_cluster_authorized_operations = false;
  // 1 brokers, 2 controllers
  int8_t endpoint_type = 1;
  bool include_fenced_brokers = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("IncludeClusterAuthorizedOperations", m.include_cluster_authorized_operations);
    visit("EndpointType", m.endpoint_type, From(1));
    visit("IncludeFencedBrokers", m.include_fenced_brokers, From(2));
  }
  friend bool operator==(const DescribeClusterRequest&, const DescribeClusterRequest&) = default;
};

struct DescribeClusterResponse {
  static constexpr Api kApi = kDescribeClusterApi;

  struct Broker {
    int32_t broker_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;
    bool is_fenced = false;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("BrokerId", m.broker_id);
      visit("Host", m.host);
      visit("Port", m.port);
      visit("Rack", m.rack);
      visit("IsFenced", m.is_fenced, From(2));
    }
    friend bool operator==(const Broker&, const Broker&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  int8_t endpoint_type = 1;
  std::string_view cluster_id;
  int32_t controller_id = -1;
  std::vector<Broker> brokers;
  int32_t cluster_authorized_operations = kOperationsNotAsked;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("EndpointType", m.endpoint_type, From(1));
    visit("ClusterId", m.cluster_id);
    visit("ControllerId", m.controller_id);
    visit("Brokers", m.brokers);
    visit("ClusterAuthorizedOperations", m.cluster_authorized_operations);
  }
  friend bool operator==(const DescribeClusterResponse&, const DescribeClusterResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CLUSTER_H_
