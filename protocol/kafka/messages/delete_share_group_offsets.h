// DeleteShareGroupOffsets: a share group without members forgets topics.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_SHARE_GROUP_OFFSETS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_SHARE_GROUP_OFFSETS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDeleteShareGroupOffsetsApi{ApiKey::kDeleteShareGroupOffsets,
                                                 "DeleteShareGroupOffsets", 0, 0, 0};

struct DeleteShareGroupOffsetsRequest {
  static constexpr Api kApi = kDeleteShareGroupOffsetsApi;

  struct Topic {
    std::string_view topic_name;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicName", m.topic_name);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::string_view group_id;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("Topics", m.topics);
  }
  friend bool operator==(const DeleteShareGroupOffsetsRequest&,
                         const DeleteShareGroupOffsetsRequest&) = default;
};

struct DeleteShareGroupOffsetsResponse {
  static constexpr Api kApi = kDeleteShareGroupOffsetsApi;

  struct Topic {
    std::string_view topic_name;
    Uuid topic_id{};
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicName", m.topic_name);
      visit("TopicId", m.topic_id);
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<Topic> responses;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("Responses", m.responses);
  }
  friend bool operator==(const DeleteShareGroupOffsetsResponse&,
                         const DeleteShareGroupOffsetsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_SHARE_GROUP_OFFSETS_H_
