// DeleteTopics: by name, and since version 6 by id.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_TOPICS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_TOPICS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDeleteTopicsApi{ApiKey::kDeleteTopics, "DeleteTopics", 0, 6, 4};

struct DeleteTopicsRequest {
  static constexpr Api kApi = kDeleteTopicsApi;

  struct Topic {
    std::optional<std::string_view> name;
    Uuid topic_id{};

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("TopicId", m.topic_id);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::vector<Topic> topics;
  std::vector<std::string_view> topic_names;
  int32_t timeout_ms = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics, From(6));
    visit("TopicNames", m.topic_names, Between(0, 5));
    visit("TimeoutMs", m.timeout_ms);
  }
  friend bool operator==(const DeleteTopicsRequest&, const DeleteTopicsRequest&) = default;
};

struct DeleteTopicsResponse {
  static constexpr Api kApi = kDeleteTopicsApi;

  struct Topic {
    std::optional<std::string_view> name;
    Uuid topic_id{};
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name, NullableFrom(6));
      visit("TopicId", m.topic_id, From(6));
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message, From(5));
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> responses;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("Responses", m.responses);
  }
  friend bool operator==(const DeleteTopicsResponse&, const DeleteTopicsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_TOPICS_H_
