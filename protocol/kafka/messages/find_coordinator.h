// FindCoordinator: which broker looks after a group.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_FIND_COORDINATOR_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_FIND_COORDINATOR_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kFindCoordinatorApi{ApiKey::kFindCoordinator, "FindCoordinator", 0, 6, 3};

struct FindCoordinatorRequest {
  static constexpr Api kApi = kFindCoordinatorApi;

  std::string_view key;
  // 0 group, 1 transactional id, 2 share group partition
  int8_t key_type = 0;
  std::vector<std::string_view> coordinator_keys;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Key", m.key, Between(0, 3));
    visit("KeyType", m.key_type, From(1));
    visit("CoordinatorKeys", m.coordinator_keys, From(4));
  }
  friend bool operator==(const FindCoordinatorRequest&, const FindCoordinatorRequest&) = default;
};

struct FindCoordinatorResponse {
  static constexpr Api kApi = kFindCoordinatorApi;

  struct Coordinator {
    std::string_view key;
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Key", m.key);
      visit("NodeId", m.node_id);
      visit("Host", m.host);
      visit("Port", m.port);
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
    }
    friend bool operator==(const Coordinator&, const Coordinator&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  int32_t node_id = 0;
  std::string_view host;
  int32_t port = 0;
  std::vector<Coordinator> coordinators;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("ErrorCode", m.error_code, Between(0, 3));
    visit("ErrorMessage", m.error_message, Between(1, 3));
    visit("NodeId", m.node_id, Between(0, 3));
    visit("Host", m.host, Between(0, 3));
    visit("Port", m.port, Between(0, 3));
    visit("Coordinators", m.coordinators, From(4));
  }
  friend bool operator==(const FindCoordinatorResponse&, const FindCoordinatorResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_FIND_COORDINATOR_H_
