// CreateTopics.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_TOPICS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_TOPICS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kCreateTopicsApi{ApiKey::kCreateTopics, "CreateTopics", 0, 7, 5};

struct CreateTopicsRequest {
  static constexpr Api kApi = kCreateTopicsApi;

  struct Topic {
    struct Assignment {
      int32_t partition_index = 0;
      std::vector<int32_t> broker_ids;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("BrokerIds", m.broker_ids);
      }
      friend bool operator==(const Assignment&, const Assignment&) = default;
    };

    struct Config {
      std::string_view name;
      std::optional<std::string_view> value;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Name", m.name);
        visit("Value", m.value);
      }
      friend bool operator==(const Config&, const Config&) = default;
    };

    std::string_view name;
    // -1: the broker's default, or as Assignments says
    int32_t num_partitions = 0;
    int16_t replication_factor = 0;
    std::vector<Assignment> assignments;
    std::vector<Config> configs;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("NumPartitions", m.num_partitions);
      visit("ReplicationFactor", m.replication_factor);
      visit("Assignments", m.assignments);
      visit("Configs", m.configs);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::vector<Topic> topics;
  int32_t timeout_ms = 60'000;
  bool validate_only = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics);
    visit("TimeoutMs", m.timeout_ms);
    visit("ValidateOnly", m.validate_only, From(1));
  }
  friend bool operator==(const CreateTopicsRequest&, const CreateTopicsRequest&) = default;
};

struct CreateTopicsResponse {
  static constexpr Api kApi = kCreateTopicsApi;

  struct Topic {
    struct Config {
      std::string_view name;
      std::optional<std::string_view> value;
      bool read_only = false;
      int8_t config_source = -1;
      bool is_sensitive = false;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Name", m.name);
        visit("Value", m.value);
        visit("ReadOnly", m.read_only);
        visit("ConfigSource", m.config_source);
        visit("IsSensitive", m.is_sensitive);
      }
      friend bool operator==(const Config&, const Config&) = default;
    };

    std::string_view name;
    Uuid topic_id{};
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    int16_t topic_config_error_code = 0;
    int32_t num_partitions = -1;
    int16_t replication_factor = -1;
    std::optional<std::vector<Config>> configs;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("TopicId", m.topic_id, From(7));
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message, From(1));
      visit("TopicConfigErrorCode", m.topic_config_error_code, From(5).Tag(0));
      visit("NumPartitions", m.num_partitions, From(5));
      visit("ReplicationFactor", m.replication_factor, From(5));
      visit("Configs", m.configs, From(5));
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(2));
    visit("Topics", m.topics);
  }
  friend bool operator==(const CreateTopicsResponse&, const CreateTopicsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_TOPICS_H_
